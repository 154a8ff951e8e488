import type { Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { ask, clause } from "./moves.ts";
import type { RunReason } from "./reasons.ts";
import { cutting } from "./sealing.ts";
import type { BackupRun, RunAction, RunConfig, RunState, RunStop } from "./types.ts";

type Result = Step<RunState, RunAction, RunReason>;

const said = (by: string, why: string): string => `by ${by}${why === "" ? "" : `: ${why}`}`;

/** A new run; the schedule goes on from when this one was due, or from now. */
export function begin(
  config: RunConfig,
  state: RunState,
  now: Millis,
  { id, by, why }: { readonly id: string; readonly by: string; readonly why: string },
): Result {
  if (state.current) {
    const text = `${state.current.id} is under way since it began ${said(state.current.by, state.current.why)}`;
    return { state, actions: [], reason: "refused_under_way", trace: [clause("vetoed", "under-way", text)] };
  }
  const { every } = config;
  const due = state.nextAt ?? now;
  // Runs that were missed are not made up for: one now is as good as all of them.
  const next = every === undefined || due > now ? due : due + every * (Math.floor((now - due) / every) + 1);
  const current: BackupRun = {
    ...{ id, by, why, since: now, startedAt: now, deadline: now + config.deadlineMs },
    ...{ phase: "cutting", done: "", lost: [], flying: [], sent: 0, parts: {}, failures: 0 },
    counts: { units: 0, bytes: 0, records: 0, storedBytes: 0 },
  };
  const first = cutting(current, { config, now, look: { kind: "look" } }, state.avoid);
  return {
    state: {
      ...state,
      current: first.run,
      watchedFrom: state.watchedFrom ?? now,
      ...(every === undefined ? {} : { nextAt: next }),
    },
    actions: first.actions,
    reason: "started",
    trace: [clause("chosen", "start", `${id} begins ${said(by, why)}`)],
  };
}

/** Somebody wants the run to end. Once the manifest is being written it is a point, or about to be. */
export function stop(config: RunConfig, state: RunState, input: RunStop, now: Millis): Result {
  const { current } = state;
  const refuse = (reason: RunReason, text: string): Result => ({
    state,
    actions: [],
    reason,
    trace: [clause("vetoed", "stop", text)],
  });
  if (!current) return refuse("refused_nothing_under_way", "no run is under way");
  if (input.id !== undefined && input.id !== current.id)
    return refuse("refused_other_run", `${current.id} is under way, not ${input.id}`);
  if (current.phase === "sealing" || current.phase === "verifying")
    return refuse("refused_too_late", `${current.id} is ${current.phase}: it is over in a moment`);
  const text = `stopped ${said(input.by, input.why)}`;
  const { current: _, ...rest } = state;
  const { id, startedAt, phase } = current;
  return {
    state: {
      ...rest,
      ended: [{ id, outcome: "stopped" as const, text, startedAt, endedAt: now, phase }, ...state.ended].slice(0, KEPT),
    },
    actions: [ask(current, { config, now }, { type: "prune", sealed: false })],
    reason: "stopped",
    trace: [clause("chosen", "stop", text)],
  };
}

/** Ended runs that are kept, for people. */
export const KEPT = 10;
