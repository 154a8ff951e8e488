import type { Clause, Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type {
  ChangeConfig,
  ChangeDeed,
  ChangeInput,
  ChangeReason,
  ChangeState,
  Said,
  Seen,
  Setting,
  TopicAction,
} from "./types.ts";

export type Result = Step<ChangeState, ChangeDeed, ChangeReason>;
export type Of<Kind extends ChangeInput["kind"]> = Extract<ChangeInput, { kind: Kind }>;

export const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  ...{ kind, rule, text, values },
});
export const stay = (state: ChangeState, reason: ChangeReason, rule: string, text: string): Result => ({
  state,
  actions: [],
  reason,
  trace: [clause(reason.startsWith("held_") ? "held" : "vetoed", rule, text)],
});
export const to = (
  state: ChangeState,
  reason: ChangeReason,
  rule: string,
  text: string,
  actions: readonly ChangeDeed[] = [],
  kind: Clause["kind"] = "chosen",
): Result => ({ state, actions, reason, trace: [clause(kind, rule, text)] });

export const said = ({ by, why }: { readonly by: string; readonly why: string }, at: Millis): Said => ({ by, why, at });
export const topicAction = ({ opportunity }: ChangeState): TopicAction | undefined =>
  opportunity?.action.type === "topic_configs" ? opportunity.action : undefined;

/** What is over leaves nothing behind but itself. */
export function ended(
  state: ChangeState,
  status: ChangeState["status"],
  now: Millis,
  how: ChangeState["ended"],
): ChangeState {
  const { blindSince: _, trouble: __, ...rest } = state;
  return { ...rest, status, since: now, ...(how ? { ended: how } : {}) };
}

export function deed(
  config: ChangeConfig,
  action: TopicAction,
  now: Millis,
  set: readonly Setting[],
  expect: readonly Setting[],
) {
  const { cluster, topic, topicId } = action;
  return {
    type: "set_configs" as const,
    key: `${config.id}@${now}`,
    cluster,
    topic,
    ...(topicId === undefined ? {} : { topicId }),
    set,
    expect,
  };
}

/** It holds, and is looked after where records depend on it. */
export const guarded = (state: ChangeState, now: Millis): ChangeState => {
  const { trouble: _, ...rest } = state;
  return { ...rest, status: state.retentionMs === undefined ? "applied" : "guarded", since: now };
};

/** What the floor is made from, term by term. */
export const floorClauses = (seen: Seen): readonly Clause[] =>
  seen.status !== "seen" || seen.floor?.status !== "known"
    ? []
    : seen.floor.terms.map(({ rule, ms, text }) => clause("computed", rule, text, { ms }));
