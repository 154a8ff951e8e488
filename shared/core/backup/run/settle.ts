import type { ActionResult } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { askedOf, backOff, enter, MOST_FAILURES } from "./moves.ts";
import type { BackupRun, Beside, CutNote, PartNote, PointNote, RunConfig, RunState } from "./types.ts";

const isBeside = (config: RunConfig, kind: string): kind is Beside => config.parts.some((one) => one === kind);

/** Folds in what became of the actions of the run under way. */
export function settle(config: RunConfig, state: RunState, results: readonly ActionResult[], now: Millis): RunState {
  if (!state.current) return state;
  let run = state.current;
  for (const result of results) {
    const asked = askedOf(run, result.key);
    if (asked) run = settled(config, run, asked.type, asked.subject, result, now);
  }
  return run === state.current ? state : { ...state, current: run };
}

function settled(
  config: RunConfig,
  run: BackupRun,
  type: string,
  subject: string,
  { status, detail, values = {} }: ActionResult,
  now: Millis,
): BackupRun {
  const done = status === "done" || status === "superseded";
  switch (type) {
    case "take_cut":
      if (run.phase !== "cutting") return run;
      return done && values["cut"]
        ? { ...enter(run, "copying", now), cut: values["cut"] as unknown as CutNote }
        : failed(config, run, status, detail, now);
    case "send_units":
      if (done || run.phase !== "copying") return run;
      // Nobody has them: they are sent again.
      return {
        ...run,
        flying: run.flying.map((one) =>
          one.at === Math.max(...run.flying.map(({ at }) => at)) ? { ...one, again: now + backOff(config, 1) } : one,
        ),
      };
    case "make_part":
      return isBeside(config, subject)
        ? {
            ...run,
            parts: { ...run.parts, [subject]: partOf(config, run.parts[subject], done, values, status, detail, now) },
          }
        : run;
    case "fold":
      if (run.phase !== "folding") return run;
      return done && typeof values["draft"] === "string"
        ? { ...enter(run, "sealing", now), draft: values["draft"] }
        : failed(config, run, status, detail, now);
    case "seal":
      if (run.phase !== "sealing") return run;
      return done && values["point"]
        ? { ...enter(run, "verifying", now), point: values["point"] as unknown as PointNote }
        : failed(config, run, status, detail, now);
    case "verify": {
      if (run.phase !== "verifying" || done) return run;
      const { asked: _, ...rest } = run;
      return failed(config, rest, "failed", detail, now);
    }
    default:
      return run;
  }
}

/** One failure more; what is refused is not tried again. */
function failed(
  config: RunConfig,
  run: BackupRun,
  status: ActionResult["status"],
  detail: string,
  now: Millis,
): BackupRun {
  const failures = status === "refused" ? MOST_FAILURES + 1 : run.failures + 1;
  return { ...run, failures, againAt: now + backOff(config, failures), trouble: detail };
}

function partOf(
  config: RunConfig,
  before: PartNote | undefined,
  done: boolean,
  values: NonNullable<ActionResult["values"]>,
  status: ActionResult["status"],
  detail: string,
  now: Millis,
): PartNote {
  const tries = (before?.tries ?? 0) + 1;
  const ready = before?.ready || values["ready"] === true ? { ready: true as const } : {};
  const kept = { ...(before?.name === undefined ? {} : { name: before.name }), ...ready };
  if (!done) {
    if (status === "refused") return { status: "failed", at: now, tries, why: detail };
    return { status: "waiting", ...kept, at: now + backOff(config, tries), tries, why: detail };
  }
  const name = typeof values["name"] === "string" ? { name: values["name"], ...ready } : kept;
  if (values["status"] === "done") return { status: "done", ...name, at: now, tries: 0 };
  if (values["status"] === "failed") return { status: "failed", at: now, tries, why: detail };
  const again = typeof values["againMs"] === "number" ? values["againMs"] : 0;
  return { status: "waiting", ...name, at: now + again, tries: 0 };
}
