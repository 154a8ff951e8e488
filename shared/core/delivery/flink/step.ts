import { type Json, sameJson } from "../../kernel/json.ts";
import type { Clause, Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { cleaning, resuming, stuck } from "./back.ts";
import { command } from "./command.ts";
import { alive } from "./job.ts";
import { judging } from "./judging.ts";
import { measuring } from "./measuring.ts";
import { ask, clause, goBack, type Scene } from "./moves.ts";
import type { FlinkReason } from "./reasons.ts";
import { retiring } from "./retiring.ts";
import { savepointing } from "./savepointing.ts";
import { start } from "./start.ts";
import { starting } from "./starting.ts";
import type {
  FlinkAction,
  FlinkConfig,
  FlinkInput,
  FlinkLook,
  FlinkMoved,
  FlinkPhase,
  FlinkState,
  FlinkSwitch,
} from "./types.ts";

type Result = Step<FlinkState, FlinkAction, FlinkReason>;

const PHASES: Readonly<
  Record<Exclude<FlinkPhase, "promoted" | "rolled_back">, (is: FlinkSwitch, scene: Scene) => FlinkMoved>
> = {
  measuring,
  savepointing,
  starting,
  judging,
  approval: judging,
  retiring,
  cleaning,
  resuming,
  stuck,
};

/** Ended switches that are kept, for people and for strays. */
const KEPT = 5;
/** A phase that needs nothing gives way to the next one in the same look. */
const MOST_MOVES = 8;

export const forward = (phase: FlinkPhase): boolean =>
  phase === "measuring" ||
  phase === "savepointing" ||
  phase === "starting" ||
  phase === "judging" ||
  phase === "approval" ||
  phase === "retiring";

/** One decision about a service's Flink job: pure, total, the same for the same arguments. */
export function step(config: FlinkConfig, before: FlinkState, input: FlinkInput, now: Millis): Result {
  if (input.kind === "start") return start(config, before, input, now);
  if (input.kind === "command") {
    const ordered = command(config, before, input, now);
    if (!input.look || !ordered.state.current || ordered.state === before) return ordered;
    const next = lookAt(config, ordered.state, input.look, now);
    // What it was told is the reason; what came of it at once is in the trace and the actions.
    return {
      ...next,
      reason: ordered.reason,
      actions: [...ordered.actions, ...next.actions],
      trace: [...ordered.trace, ...next.trace],
    };
  }
  return lookAt(config, before, input, now);
}

function lookAt(config: FlinkConfig, state: FlinkState, look: FlinkLook, now: Millis): Result {
  const { jobs } = look;
  const { current } = state;
  if (!jobs) {
    const why = (look.failures ?? []).join("; ") || "nobody said why";
    const text = `the cluster could not be asked: ${why}`;
    return { state, actions: [], reason: "held_unreadable", trace: [clause("held", "unreadable", text)] };
  }
  const scene: Scene = { config, look: { ...look, jobs }, now };
  if (!current) return strays(state, scene);
  const trace: Clause[] = (look.failures ?? []).map((text) => clause("input", "unread", text));
  const actions: FlinkAction[] = [];
  let reason: FlinkReason | undefined;
  let is = current;
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    if (is.phase === "promoted" || is.phase === "rolled_back") break;
    const late = forward(is.phase) && now >= is.deadline && !is.failure;
    const next = late ? goBack(is, scene, "deadline", "the whole rollout took too long") : PHASES[is.phase](is, scene);
    trace.push(...next.trace);
    actions.push(...next.actions);
    const tells = next.actions.every(({ type }) => type === "tell");
    if (reason === undefined || weight(next.reason) > weight(reason)) reason = next.reason;
    const on = next.is.phase !== is.phase && tells;
    is = next.is;
    if (!on) break;
  }
  return {
    state: sameJson(is as unknown as Json, current as unknown as Json) ? state : folded(state, is),
    actions,
    reason: reason ?? "held_nothing_under_way",
    trace,
  };
}

/** Several things may happen in one look: its end names the decision, else the first thing that was done, else what is waited for. */
const weight = (reason: FlinkReason): number => {
  if (reason === "promoted" || reason === "rolled_back" || reason === "stuck") return 3;
  return reason === "noted" ? 0 : reason.startsWith("held_") ? 1 : 2;
};

/** What has ended makes room; the job that runs now is the service. */
function folded(state: FlinkState, is: FlinkSwitch): FlinkState {
  if (is.endedAt === undefined) return { ...state, current: is };
  const { current: _, ...rest } = state;
  const { asked: __, checks, ...small } = is;
  const stable = stableAfter(state, is);
  return {
    ...rest,
    ended: [{ ...small, asked: {}, ...(checks ? { checks } : {}) }, ...state.ended].slice(0, KEPT),
    ...(stable ? { stable } : {}),
  };
}

function stableAfter(state: FlinkState, is: FlinkSwitch): FlinkState["stable"] {
  if (is.phase === "promoted") return { jobId: is.jobId, release: is.release };
  if (!is.old) return state.stable;
  const { release, jobId } = is.old;
  return { jobId: is.again?.jobId ?? jobId, ...(release ? { release } : {}) };
}

/** A new job of a rollout that was rolled back, submitted late by a worker that had died: it must not write beside the old one. */
function strays(state: FlinkState, scene: Scene): Result {
  const past = state.ended.find(
    ({ phase, jobId }) =>
      phase === "rolled_back" &&
      scene.look.jobs.some((job) => job.id === jobId && alive(job) && job.state !== "CANCELLING"),
  );
  if (!past)
    return {
      state,
      actions: [],
      reason: "held_nothing_under_way",
      trace: [clause("held", "nothing", "no rollout is under way")],
    };
  const { action } = ask(past, scene, { type: "flink_cancel", jobId: past.jobId });
  const text = `${past.jobId} of the rolled back ${past.release.version} came up late and is cancelled`;
  return { state, actions: [action], reason: "stray_cancelled", trace: [clause("chosen", "stray", text)] };
}
