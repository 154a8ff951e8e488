import type { Millis } from "../../kernel/time.ts";
import { actionOf, back, begin, hold, type Moved, move, withStep } from "./moves.ts";
import type { RunbookInput, RunbookRun, RunbookState } from "./types.ts";

/** What a person says to a run that is under way. */
export function command(
  state: RunbookState,
  run: RunbookRun,
  input: Exclude<RunbookInput, { kind: "look" | "start" }>,
  now: Millis,
): Moved {
  const { kind, by, why } = input;
  const [step, is] = [run.runbook.steps[run.at], run.steps[run.at]];
  const said = `${by}${why === "" ? "" : `: ${why}`}`;
  if (kind === "abort")
    return run.phase === "back"
      ? hold(state, "refused_step", "it goes back already")
      : back(state, run, `aborted by ${said}`, by, now);
  if (!step || !is || run.phase === "back") return hold(state, "refused_step", "no step waits for anybody");
  if (input.step !== undefined && input.step !== step.id)
    return hold(state, "refused_step", `${input.step} is not the step at hand, ${step.id} is`);
  const no = (text: string) => hold(state, "refused_step", `${step.title} ${text}`);
  if (kind === "approve") {
    if (is.status !== "approval") return no("does not wait for approval");
    if (step.do.kind !== "manual") return begin(state, run, step, now, by);
    const waiting = withStep(run, run.at, { status: "person", text: step.do.text, by });
    return move(state, waiting, "approved", `${step.title}: approved by ${said}`);
  }
  if (kind === "done") {
    if (is.status !== "person") return no("is not done by a person");
    return move(
      state,
      withStep(run, run.at, { status: "done", endedAt: now, text: said, by }),
      "done_by_person",
      `${step.title}: done by ${said}`,
    );
  }
  if (kind === "skip") {
    if (is.status !== "failed" && is.status !== "person") return no("has not failed");
    return move(
      state,
      withStep(run, run.at, { status: "skipped", endedAt: now, text: `skipped by ${said}`, by }),
      "skipped",
      `${step.title}: skipped by ${said}`,
    );
  }
  if (is.status !== "failed") return no("has not failed");
  const again = withStep(run, run.at, {
    status: "running",
    startedAt: now,
    tries: 1,
    by,
    text: `once more, by ${said}`,
  });
  return move(state, again, "retried", `${step.title}: once more, by ${said}`, actionOf(run, step, false, is.evidence));
}
