import type { Clause } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type { FlinkReason } from "./reasons.ts";
import type {
  FlinkAction,
  FlinkConfig,
  FlinkFailure,
  FlinkLook,
  FlinkMoved,
  FlinkPhase,
  FlinkSwitch,
} from "./types.ts";

/** What every phase is given: the look is one in which the jobs could be read. */
export interface Scene {
  readonly config: FlinkConfig;
  readonly look: FlinkLook & { readonly jobs: NonNullable<FlinkLook["jobs"]> };
  readonly now: Millis;
}

export const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

/** Nothing to do but to wait. */
export const hold = (
  is: FlinkSwitch,
  reason: FlinkReason,
  text: string,
  values: Clause["values"] = {},
): FlinkMoved => ({
  is,
  actions: [],
  reason,
  trace: [clause("held", is.phase, text, values)],
});

/** Another phase; what was waited for in the last one is over. */
export const enter = (is: FlinkSwitch, phase: FlinkPhase, now: Millis): FlinkSwitch => ({ ...is, phase, since: now });

export const moved = (
  is: FlinkSwitch,
  reason: FlinkReason,
  text: string,
  actions: readonly FlinkAction[] = [],
): FlinkMoved => ({
  is,
  actions,
  reason,
  trace: [clause("chosen", is.phase, text)],
});

type Without<A> = A extends FlinkAction ? Omit<A, "key" | "service" | "rollout"> : never;

const subjectOf = (action: Without<FlinkAction>): string =>
  "jobId" in action ? action.jobId : action.type === "tell" ? action.event : "jar";

export const askedKey = (type: FlinkAction["type"], subject: string): string => `${type}:${subject}`;

/** The action with its key, and the switch that knows it was asked for. */
export function ask(
  is: FlinkSwitch,
  { config, now }: Pick<Scene, "config" | "now">,
  action: Without<FlinkAction>,
): { readonly is: FlinkSwitch; readonly action: FlinkAction } {
  const name = askedKey(action.type, subjectOf(action));
  const full = { ...action, service: config.service, rollout: is.id, key: `${is.id}:${name}:${now}` } as FlinkAction;
  const { refused, ...rest } = is;
  return {
    is: {
      ...rest,
      ...(refused && refused.type !== action.type ? { refused } : {}),
      asked: { ...is.asked, [name]: now },
    },
    action: full,
  };
}

/** Whether it was never asked for, or so long ago that what became of it would have shown. */
export const mayAsk = (
  is: FlinkSwitch,
  { config, now }: Scene,
  type: FlinkAction["type"],
  subject: string,
): boolean => {
  const at = is.asked[askedKey(type, subject)];
  return at === undefined || now - at >= config.lingerMs;
};

/** Whether something that was asked for may still come true although it cannot be seen. */
export const mayStillCome = (is: FlinkSwitch, scene: Scene, type: FlinkAction["type"], subject: string): boolean =>
  !mayAsk(is, scene, type, subject);

/** A word to people, once for each event of a rollout. */
export function tell(
  is: FlinkSwitch,
  scene: Pick<Scene, "config" | "now">,
  event: Extract<FlinkAction, { type: "tell" }>["event"],
  text: string,
): { readonly is: FlinkSwitch; readonly actions: readonly FlinkAction[] } {
  if (is.told?.includes(event)) return { is, actions: [] };
  const asked = ask(is, scene, { type: "tell", event, text });
  return { is: { ...asked.is, asked: is.asked, told: [...(is.told ?? []), event] }, actions: [asked.action] };
}

/** Back to the old job, and why. What was found first stays the reason. */
export function goBack(
  is: FlinkSwitch,
  scene: Pick<Scene, "config" | "now">,
  reason: FlinkFailure,
  text: string,
  by?: string,
): FlinkMoved {
  const { now } = scene;
  const failure = is.failure ?? { reason, text, at: now, ...(by === undefined ? {} : { by }) };
  const { ready: _, paused: __, goneSince: ___, ...rest } = is;
  const told = tell({ ...enter(rest, "cleaning", now), failure }, scene, "failed", `${is.release.version}: ${text}`);
  return {
    is: told.is,
    actions: told.actions,
    reason: "rollback_begun",
    trace: [clause("vetoed", reason.replaceAll("_", "-"), text)],
  };
}

/** Whether this phase has had its time. */
export const overdue = (is: FlinkSwitch, { now }: Pick<Scene, "now">, limitMs: number): boolean =>
  now - is.since >= limitMs;

export const within = (limitMs: number): string => `within ${formatDuration(limitMs)}`;
