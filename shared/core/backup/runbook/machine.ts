import { type ActionResult, steady } from "../../kernel/step.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import { command } from "./command.ts";
import { actionOf, back, begin, ended, hold, type Moved, move, withStep } from "./moves.ts";
import type {
  RunbookAction,
  RunbookConfig,
  RunbookInput,
  RunbookReason,
  RunbookRun,
  RunbookState,
  StepState,
} from "./types.ts";

/** Subject of a runbook's runs; other subjects of the noun have another beginning. */
export const runbookSubject = (name: string): string => `dr:${name}`;

function goBack(state: RunbookState, run: RunbookRun, now: Millis): Moved {
  const { runbook } = run;
  for (let at = run.at; at >= 0; at -= 1) {
    const [step, is] = [runbook.steps[at], run.steps[at]];
    if (!step || !is) continue;
    if (is.status === "undoing") {
      if (is.againAt !== undefined && now < is.againAt)
        return hold(state, "held_step", `undoing ${step.title}: ${is.text ?? "under way"}`);
      if (now - (is.startedAt ?? now) <= step.timeoutMs && is.tries < step.tries) {
        const { againAt: __, ...rest } = is;
        const steps = run.steps.map((one, index) => (index === at ? { ...rest, tries: is.tries + 1 } : one));
        return move(
          state,
          { ...run, at, steps },
          "step_again",
          `undoing ${step.title} once more`,
          actionOf(run, step, true, is.evidence),
        );
      }
      const failed = withStep({ ...run, at: at - 1 }, at, { status: "undo_failed", endedAt: now });
      return move(state, failed, "undo_step", `undoing ${step.title} failed${is.text ? `: ${is.text}` : ""}`);
    }
    // One that failed may have been done in part, so it is undone as well.
    if ((is.status !== "done" && is.status !== "failed") || !step.undo || is.tries === 0) continue;
    const undoing = withStep({ ...run, at }, at, { status: "undoing", startedAt: now, tries: 1 });
    return move(state, undoing, "undo_step", `undoing ${step.title}`, actionOf(run, step, true, is.evidence));
  }
  return ended(state, run, now);
}

function goOn(state: RunbookState, run: RunbookRun, now: Millis): Moved {
  const [step, is] = [run.runbook.steps[run.at], run.steps[run.at]];
  if (!step || !is) return ended(state, run, now);
  const next = (text: string) => move(state, { ...run, at: run.at + 1 }, "step_over", text);
  switch (is.status) {
    case "pending": {
      const { kind } = step.do;
      if (step.do.kind === "manual" && run.rehearsal) {
        const passed = withStep(run, run.at, {
          status: "done",
          startedAt: now,
          endedAt: now,
          text: `would wait for a person: ${step.do.text}`,
        });
        return move(state, passed, "step_over", `${step.title}: a person would do it`);
      }
      if (step.approval && !run.rehearsal) {
        const waiting = withStep(run, run.at, {
          status: "approval",
          startedAt: now,
          text: "waits for a person's approval",
        });
        return move(state, waiting, "held_approval", `${step.title} waits for approval`);
      }
      if (kind === "manual") {
        const waiting = withStep(run, run.at, { status: "person", startedAt: now, text: step.do.text });
        return move(state, waiting, "held_person", `${step.title} waits for a person: ${step.do.text}`);
      }
      return begin(state, run, step, now);
    }
    case "approval":
      return hold(state, "held_approval", `${step.title} waits for approval`);
    case "person":
      return hold(state, "held_person", `${step.title} waits for a person`);
    case "running": {
      if (now - (is.startedAt ?? now) > step.timeoutMs) {
        const text = `took longer than ${formatDuration(step.timeoutMs)}${is.text ? `; last: ${is.text}` : ""}`;
        return move(
          state,
          withStep(run, run.at, { status: "failed", endedAt: now, text }),
          "step_over",
          `${step.title} ${text}`,
        );
      }
      if (is.againAt !== undefined && now < is.againAt)
        return hold(state, "held_step", `${step.title}: ${is.text ?? "under way"}`);
      // Nobody lived to say what came of it: it is done again, under the same key.
      if (is.againAt === undefined)
        return {
          ...hold(state, "step_again", `${step.title} is looked at again`),
          actions: [actionOf(run, step, false, is.evidence)],
        };
      const { againAt: _, ...rest } = is;
      const steps = run.steps.map((one, index) => (index === run.at ? rest : one));
      return move(
        state,
        { ...run, steps },
        "step_again",
        `${step.title} is looked at again`,
        actionOf(run, step, false, is.evidence),
      );
    }
    case "failed":
      if (step.onFailure === "continue" || run.rehearsal) return next(`goes on without ${step.title}`);
      if (step.onFailure === "undo") return back(state, run, `${step.title} failed: ${is.text}`, undefined, now);
      return hold(state, "held_failed", `${step.title} failed: ${is.text}; retry, skip or abort`);
    default:
      return next(`${step.title} is over`);
  }
}

function step(config: RunbookConfig, state: RunbookState, input: RunbookInput, now: Millis): Moved {
  const { current } = state;
  if (input.kind === "start") {
    if (current) return hold(state, "refused_under_way", `${current.id} is under way`);
    const { id, rehearsal, by, why } = input;
    const steps = config.runbook.steps.map((one): StepState => ({ id: one.id, status: "pending", tries: 0 }));
    const run: RunbookRun = {
      id,
      runbook: config.runbook,
      rehearsal,
      by,
      why,
      startedAt: now,
      phase: "forward",
      at: 0,
      steps,
    };
    return move(
      state,
      run,
      "started",
      `${rehearsal ? "a rehearsal of " : ""}${config.runbook.name} begins, by ${by}${why === "" ? "" : `: ${why}`}`,
    );
  }
  if (!current)
    return hold(
      state,
      input.kind === "look" ? "nothing_under_way" : "refused_nothing_under_way",
      "nothing is under way",
    );
  if (input.kind === "look") return current.phase === "back" ? goBack(state, current, now) : goOn(state, current, now);
  if (input.id !== undefined && input.id !== current.id)
    return hold(state, "refused_other_run", `${input.id} is not under way, ${current.id} is`);
  return command(state, current, input, now);
}

function settle(
  config: RunbookConfig,
  state: RunbookState,
  results: readonly ActionResult[],
  now: Millis,
): RunbookState {
  const run = state.current;
  if (!run) return state;
  let is = run;
  for (const { key, status, detail, values } of results) {
    const index = run.steps.findIndex(({ id }) => key === `${run.id}:${id}` || key === `${run.id}:${id}:undo`);
    const [one, planned] = [is.steps[index], run.runbook.steps[index]];
    if (!one || !planned) continue;
    const undo = key.endsWith(":undo") && one.status === "undoing";
    if (!undo && one.status !== "running") continue;
    const evidence = values?.["evidence"];
    const told = { text: detail, ...(evidence === undefined || undo ? {} : { evidence }) };
    if (status === "done" && values?.["waiting"] === true)
      is = withStep(is, index, { ...told, againAt: now + config.pollMs });
    else if (status === "done") is = withStep(is, index, { ...told, status: undo ? "undone" : "done", endedAt: now });
    else if (status === "failed" && one.tries < planned.tries)
      is = withStep(is, index, { ...told, againAt: now + config.pollMs, ...(undo ? {} : { tries: one.tries + 1 }) });
    else is = withStep(is, index, { ...told, status: undo ? "undo_failed" : "failed", endedAt: now });
  }
  return is === run ? state : { ...state, current: is };
}

/** Waiting for a person costs a look now and then. */
const SLOW = 12;

function dueAt({ pollMs }: RunbookConfig, { current }: RunbookState, now?: Millis): Millis | undefined {
  if (!current) return undefined;
  const is = current.steps[current.at];
  const from = now ?? is?.startedAt ?? current.startedAt;
  const stopped =
    is?.status === "failed" && !current.rehearsal && current.runbook.steps[current.at]?.onFailure === "stop";
  const waits = stopped || is?.status === "approval" || is?.status === "person";
  if (current.phase === "forward" && waits) return from + SLOW * pollMs;
  return is?.againAt ?? from;
}

/** A runbook that is carried out, as the shell sees it: over any number of processes, each of which may die. */
export const runbookMachine = steady<RunbookConfig, RunbookState, RunbookInput, RunbookAction, RunbookReason>({
  noun: "backup",
  initial: () => ({ v: 1, ended: [] }),
  step,
  settle,
  dueAt,
});
