import type { Clause } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import type {
  Moved,
  Phase,
  Rollout,
  RolloutAction,
  RolloutConfig,
  RolloutLook,
  RolloutReason,
  VersionLook,
} from "./types.ts";

/** What one decision has to go by. */
export interface Scene {
  readonly config: RolloutConfig;
  readonly look: RolloutLook;
  readonly now: Millis;
}

/** One move of a phase. */
export interface Turn extends Moved {
  /** Nothing was done: the reason tells why. */
  readonly held?: true;
  /** The next phase may go on with the same look: nothing was done that would change what is there. */
  readonly on?: true;
}

/** Looks for which something that was asked for is given time before it is asked for again: calls are absolute, records are not free. */
const ASK_AGAIN_POLLS = 4;

/** Phases in which it goes forward and may still turn back. */
export const goesForward = ({ phase, removal }: Rollout): boolean =>
  phase !== "returning" &&
  phase !== "cleaning" &&
  phase !== "promoted" &&
  phase !== "rolled_back" &&
  (phase !== "retiring" || !removal);

export const clause = (kind: Clause["kind"], rule: string, text: string, values: Clause["values"] = {}): Clause => ({
  kind,
  rule,
  text,
  values,
});

const versionOf = ({ look }: Scene, name: string | undefined): VersionLook | undefined =>
  look.versions?.find(({ version }) => version === name);

/** The new version as it is seen; undefined: nothing of it is there. */
export const freshOf = (scene: Scene, { release }: Rollout): VersionLook | undefined =>
  versionOf(scene, release.version);

/** The old version as it is seen; undefined: nothing of it is there, or there never was one. */
export const oldOf = (scene: Scene, { from }: Rollout): VersionLook | undefined => versionOf(scene, from);

/** The next phase, with nothing left of what this one waited for. */
export function enter(rollout: Rollout, phase: Phase, now: Millis): Rollout {
  const { stuck, waived, readySince, tried, ...rest } = rollout;
  return { ...rest, phase, since: now };
}

/** A phase that is over for now: the next one goes on with the same look. */
export const goOn = (
  rollout: Rollout,
  reason: RolloutReason,
  rule: string,
  text: string,
  values: Clause["values"] = {},
): Turn => ({ rollout, actions: [], reason, trace: [clause("chosen", rule, text, values)], on: true });

/**
 * Nothing is done. With a patience (ms), people are told once when the same phase has waited for longer than that.
 */
export function hold(
  scene: Scene,
  rollout: Rollout,
  reason: RolloutReason,
  text: string,
  options: { readonly patienceMs?: number; readonly values?: Clause["values"] } = {},
): Turn {
  const { patienceMs, values = {} } = options;
  const trace = [clause("held", reason.replace("held_", "").replaceAll("_", "-"), text, values)];
  const same: Turn = { rollout, actions: [], reason, trace, held: true };
  if (patienceMs === undefined) return same;
  const { stuck } = rollout;
  if (!stuck) return { ...same, rollout: { ...rollout, stuck: { since: scene.now, told: false } } };
  if (stuck.told || scene.now - stuck.since < patienceMs) return same;
  const told = { ...rollout, stuck: { ...stuck, told: true } };
  return { ...same, ...issued(scene, told, [tell(scene, told, "stuck", text)]) };
}

/** An action before it has its key. */
export type Draft = RolloutAction extends infer A ? (A extends RolloutAction ? Omit<A, "key"> : never) : never;

/** Actions with keys of their own, counted in the rollout. */
export function issued(
  _scene: Scene,
  rollout: Rollout,
  drafts: readonly Draft[],
): { readonly rollout: Rollout; readonly actions: readonly RolloutAction[] } {
  const actions = drafts.map((draft, index) => {
    const key =
      draft.type === "ask_hook"
        ? hookKey(draft.service, rollout, draft.hook)
        : `${draft.type}:${draft.service}:${rollout.id}:${rollout.attempts + index + 1}`;
    return { ...draft, key } as RolloutAction;
  });
  return { rollout: { ...rollout, attempts: rollout.attempts + drafts.length }, actions };
}

/** Key of the try of a hook that is under way. */
export const hookKey = (service: string, { id, hooks }: Rollout, hook: string): string =>
  `ask_hook:${service}:${id}:${hook}:${hooks[hook]?.asked ?? 0}`;

/** Members that every action of a rollout has. */
export const base = ({ config }: Scene, { id }: Rollout) => ({ service: config.service, rollout: id });

type Told = Extract<RolloutAction, { type: "tell" }>["event"];

export const tell = (scene: Scene, rollout: Rollout, event: Told, text: string): Draft => ({
  ...base(scene, rollout),
  type: "tell",
  event,
  text,
});

/**
 * Asks for something that is not so yet. What was asked for a moment ago is waited for instead (`waiting`).
 *
 * @param what names it: the same is not asked for again for some looks
 */
export function ask(
  scene: Scene,
  rollout: Rollout,
  what: string,
  drafts: readonly Draft[],
  said: { readonly reason: RolloutReason; readonly text: string; readonly values?: Clause["values"] },
  waiting: () => Turn,
): Turn {
  const { tried } = rollout;
  if (tried?.what === what && scene.now - tried.at < ASK_AGAIN_POLLS * scene.config.delivery.poll) return waiting();
  return {
    ...issued(scene, { ...rollout, tried: { what, at: scene.now } }, drafts),
    reason: said.reason,
    trace: [clause("chosen", what.split(":", 1)[0]?.replaceAll("_", "-") ?? "ask", said.text, said.values)],
  };
}
