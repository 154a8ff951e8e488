import { type Json, sameJson } from "../../kernel/json.ts";
import type { Machine } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { advance } from "./advance.ts";
import { command } from "./commands.ts";
import { dueAt } from "./due.ts";
import { clause, type Scene } from "./scene.ts";
import { settle } from "./settle.ts";
import { start } from "./start.ts";
import { sweep } from "./sweep.ts";
import type {
  Moved,
  Rollout,
  RolloutAction,
  RolloutCommand,
  RolloutConfig,
  RolloutInput,
  RolloutLook,
  RolloutReason,
  RolloutStart,
  RolloutState,
  RolloutStep,
} from "./types.ts";

/** Ended rollouts that are remembered, and bytes of JSON that they may take together: an item of the store is bounded. */
const MOST_ENDED = 5;
const MOST_ENDED_CHARS = 24_000;

/** Nothing could be read with it. */
const BLIND: RolloutLook = { kind: "look", divides: false };

/** The rollouts of one service: at most one under way. */
export const rolloutMachine: Machine<RolloutConfig, RolloutState, RolloutInput, RolloutAction, RolloutReason> = {
  noun: "delivery",
  initial: () => ({ v: 1, ended: [] }),
  step,
  settle,
  dueAt,
};

function step(config: RolloutConfig, state: RolloutState, input: RolloutInput, now: Millis): RolloutStep {
  const look = input.kind === "look" ? input : (input.look ?? BLIND);
  const scene: Scene = { config, look, now };
  const { current } = state;
  if (input.kind === "start") return begin(scene, state, input);
  if (input.kind === "command") return obey(scene, state, input);
  if (current) return fold(state, advance(scene, current));
  const swept = sweep(scene, state);
  if (swept)
    return { state: counted(state, swept.rollout), actions: swept.actions, reason: swept.reason, trace: swept.trace };
  return quiet(state, "held_nothing_under_way", "no rollout is under way");
}

const quiet = (state: RolloutState, reason: RolloutReason, text: string): RolloutStep => ({
  state,
  actions: [],
  reason,
  trace: [clause("held", reason.replace(/^(held|refused)_/, "").replaceAll("_", "-"), text)],
});

function begin(scene: Scene, state: RolloutState, input: RolloutStart): RolloutStep {
  const started = start(scene, state, input);
  if ("refused" in started) return quiet(state, started.refused, started.text);
  const { moved } = started;
  const { rollout } = moved;
  if (scene.config.delivery.mode !== "act") {
    const { id, strategy, release } = rollout;
    const proposed = { id, strategy, version: release.version, at: scene.now, by: input.by };
    const would = clause("held", "mode", `nothing is done in the mode ${scene.config.delivery.mode}`);
    return { state: { ...state, proposed }, actions: [], reason: "recommended", trace: [...moved.trace, would] };
  }
  const next = advance(scene, rollout);
  const stable = rollout.from ?? state.stable;
  const known = stable === undefined ? state : { ...state, stable };
  return fold(known, {
    ...next,
    actions: [...moved.actions, ...next.actions],
    reason: "started",
    trace: [...moved.trace, ...next.trace],
  });
}

function obey(scene: Scene, state: RolloutState, input: RolloutCommand): RolloutStep {
  const { current } = state;
  if (!current) {
    const last = state.ended[0];
    const hint = last ? `; the last one was ${last.release.version}, ${last.phase.replace("_", " ")}` : "";
    return quiet(state, "refused_nothing_under_way", `no rollout is under way${hint}`);
  }
  const turn = command(scene, current, input);
  if ("refused" in turn) return quiet(state, turn.refused, turn.text);
  if (!scene.look.versions) return fold(state, turn);
  // What it sets going begins at once, with the look that came with it.
  const next = advance(scene, turn.rollout);
  return fold(state, {
    rollout: next.rollout,
    actions: [...turn.actions, ...next.actions],
    reason: turn.reason,
    trace: [...turn.trace, ...next.trace],
  });
}

/** Puts what became of the rollout into the state: under way, or ended. */
function fold(state: RolloutState, { rollout, actions, reason, trace }: Moved): RolloutStep {
  const kept: Rollout = rollout.last === reason ? rollout : { ...rollout, last: reason };
  const next = kept.endedAt === undefined ? { ...state, current: kept } : ended(state, kept);
  const same = actions.length === 0 && sameJson(state as unknown as Json, next as unknown as Json);
  return { state: same ? state : next, actions, reason, trace };
}

function ended(state: RolloutState, rollout: Rollout): RolloutState {
  const { current, ...rest } = state;
  const { gate, gateRule, before, ...over } = rollout;
  const all = [over, ...state.ended].slice(0, MOST_ENDED);
  while (all.length > 1 && JSON.stringify(all).length > MOST_ENDED_CHARS) all.pop();
  const stable = over.phase === "promoted" ? over.release.version : over.from;
  return { ...rest, ended: all, ...(stable === undefined ? {} : { stable }) };
}

/** The count of actions of an ended rollout goes on, so that no key is used twice. */
const counted = (state: RolloutState, rollout: Rollout): RolloutState => ({
  ...state,
  ended: state.ended.map((one) => (one.id === rollout.id ? rollout : one)),
});
