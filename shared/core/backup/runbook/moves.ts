import type { Clause, Step } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import type {
  EndedRunbook,
  RunbookAction,
  RunbookReason,
  RunbookRun,
  RunbookState,
  RunbookStep,
  StepState,
} from "./types.ts";

const MOST_ENDED = 20;
export type Moved = Step<RunbookState, RunbookAction, RunbookReason>;

export const clause = (kind: Clause["kind"], rule: string, text: string): Clause => ({ kind, rule, text, values: {} });
export const hold = (state: RunbookState, reason: RunbookReason, text: string, rule = "runbook"): Moved => ({
  state,
  actions: [],
  reason,
  trace: [clause("held", rule, text)],
});

export const withStep = (run: RunbookRun, index: number, change: Partial<StepState>): RunbookRun => ({
  ...run,
  steps: run.steps.map((one, at) => (at === index ? { ...one, ...change } : one)),
});

export const move = (
  state: RunbookState,
  run: RunbookRun,
  reason: RunbookReason,
  text: string,
  action?: RunbookAction,
): Moved => ({
  state: { ...state, current: run },
  actions: action ? [action] : [],
  reason,
  trace: [clause("chosen", "runbook", text)],
});

export function ended(state: RunbookState, run: RunbookRun, now: Millis): Moved {
  const { phase, at: _, runbook: __, ...rest } = run;
  const partly = run.steps.some(({ status }) => status === "failed" || status === "skipped");
  const outcome: EndedRunbook["outcome"] = phase === "back" ? "aborted" : partly ? "partly" : "done";
  const text = `${run.rehearsal ? "the rehearsal" : "the run"} is over after ${formatDuration(now - run.startedAt)}: ${outcome}`;
  return {
    state: { v: 1, ended: [{ ...rest, endedAt: now, outcome }, ...state.ended].slice(0, MOST_ENDED) },
    actions: [],
    reason: phase === "back" ? "aborted" : "ended",
    trace: [clause("chosen", "runbook", text)],
  };
}

/** The key stays the same for each try of a step: whoever performs it does it once. */
export function actionOf(
  run: RunbookRun,
  step: RunbookStep,
  undo: boolean,
  evidence?: StepState["evidence"],
): RunbookAction {
  return {
    type: undo ? "dr_undo" : "dr_step",
    key: `${run.id}:${step.id}${undo ? ":undo" : ""}`,
    run: run.id,
    step: step.id,
    do: undo && step.undo ? step.undo : step.do,
    rehearsal: run.rehearsal,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

export function begin(state: RunbookState, run: RunbookRun, step: RunbookStep, now: Millis, by?: string): Moved {
  const begun = withStep(run, run.at, {
    status: "running",
    startedAt: now,
    tries: 1,
    ...(by === undefined ? {} : { by }),
  });
  return move(
    state,
    begun,
    by === undefined ? "step_begun" : "approved",
    `${step.title}${by === undefined ? "" : `: approved by ${by}`}`,
    actionOf(run, step, false),
  );
}

export function back(
  state: RunbookState,
  run: RunbookRun,
  because: string,
  by: string | undefined,
  now: Millis,
): Moved {
  const at = run.steps[run.at]?.status === "pending" ? run.at - 1 : run.at;
  const told = run.rehearsal ? -1 : at;
  const { steps } = withStep(run, run.at, {
    ...(["running", "approval", "person"].includes(run.steps[run.at]?.status ?? "")
      ? { status: "failed", endedAt: now, text: because }
      : {}),
    ...(by === undefined ? {} : { by }),
  });
  return move(
    state,
    { ...run, steps, phase: "back", because, at: told },
    "undo_begun",
    `everything goes back: ${because}`,
  );
}
