import type { Clause } from "../../kernel/step.ts";
import { cleaning, retiring, returning } from "./ending.ts";
import { type Fault, fail, faultOf, startFault, watchHealth } from "./failures.ts";
import { approval, baking, checking, judging, shifting } from "./forward.ts";
import { judge } from "./judge.ts";
import { goesForward, hold, type Scene, type Turn } from "./scene.ts";
import { starting } from "./starting.ts";
import type { Moved, Phase, Rollout, RolloutAction } from "./types.ts";

const PHASES: Readonly<Partial<Record<Phase, (scene: Scene, rollout: Rollout) => Turn>>> = {
  starting,
  checking,
  shifting,
  judging,
  approval,
  baking,
  retiring,
  returning,
  cleaning,
};

/** Phases in which the new version was ready once, and has to stay so. */
const RUNS: ReadonlySet<Phase> = new Set(["checking", "shifting", "judging", "approval", "baking", "retiring"]);

/** What happened so far in one decision. */
interface Sofar {
  readonly rollout: Rollout;
  readonly actions: readonly RolloutAction[];
  readonly trace: readonly Clause[];
  /** Of the last thing that was done, not merely held. */
  readonly reason?: Moved["reason"];
  /** It turned back in this decision. */
  readonly failed?: boolean;
}

const then = (before: Sofar, turn: Turn): Sofar => ({
  rollout: turn.rollout,
  actions: [...before.actions, ...turn.actions],
  trace: [...before.trace, ...turn.trace],
  failed: before.failed === true || turn.reason === "rollback_begun",
  ...(turn.held ? (before.reason === undefined ? {} : { reason: before.reason }) : { reason: turn.reason }),
});

/**
 * One look at a rollout under way: counts are judged, what ends it is looked for, then its phase takes as many moves as the same look
 * allows: up to the first that changes something outside, or that has to wait.
 */
export function advance(scene: Scene, rollout: Rollout): Moved {
  const forward = goesForward(rollout);
  const judged = forward && rollout.phase !== "retiring" ? judge(scene, rollout) : { rollout, trace: [] };
  const folded = judged.rollout.judgedUntil !== rollout.judgedUntil && judged.rollout.verdict !== rollout.verdict;
  let sofar: Sofar = { ...judged, actions: [], ...(folded ? { reason: "judged" } : {}) };
  if (!scene.look.versions) return finish(sofar, unreadable(scene, judged.rollout));
  const watched = watch(scene, judged.rollout);
  sofar = { ...sofar, rollout: watched.rollout };
  if (watched.fault) sofar = then(sofar, fail(scene, watched.rollout, watched.fault));
  const { paused } = sofar.rollout;
  if (paused && goesForward(sofar.rollout)) {
    const text = `paused by ${paused.by}${paused.why === "" ? "" : `: ${paused.why}`}`;
    return finish(sofar, hold(scene, sofar.rollout, "held_paused", text));
  }
  for (let moves = 0; moves <= Object.keys(PHASES).length; moves += 1) {
    const turn = PHASES[sofar.rollout.phase]?.(scene, sofar.rollout);
    if (!turn) break;
    if (!turn.on) return finish(sofar, turn);
    sofar = then(sofar, turn);
  }
  return finish(sofar, hold(scene, sofar.rollout, "held_judging", "it goes on at the next look"));
}

/** The last turn of a decision. A hold is the reason only where nothing was done before it. */
function finish(sofar: Sofar, turn: Turn): Moved {
  const { reason = turn.reason, failed, ...all } = then(sofar, turn);
  // Turning back is what the decision was about, whatever it could do for it at once.
  if (failed && all.rollout.endedAt === undefined) return { ...all, reason: "rollback_begun" };
  // That data is missing is more than that a tick was looked at.
  return { ...all, reason: reason === "judged" && turn.reason === "held_insufficient" ? turn.reason : reason };
}

function unreadable(scene: Scene, rollout: Rollout): Turn {
  const why = (scene.look.failures ?? []).join("; ");
  const text = `what runs could not be read${why === "" ? "" : `: ${why}`}`;
  return hold(scene, rollout, "held_unreadable", text, { patienceMs: scene.config.delivery.verify });
}

/** What ends a rollout that goes forward; paused or not. */
function watch(scene: Scene, rollout: Rollout): { readonly rollout: Rollout; readonly fault?: Fault } {
  if (!goesForward(rollout)) return { rollout };
  const fault = faultOf(scene, rollout);
  if (fault) return { rollout, fault };
  if (RUNS.has(rollout.phase)) return watchHealth(scene, rollout);
  const late = rollout.paused && rollout.batch ? startFault(scene, rollout) : undefined;
  return late ? { rollout, fault: late } : { rollout };
}
