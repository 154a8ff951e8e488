import type { Step } from "../../kernel/step.ts";
import type { Millis } from "../../kernel/time.ts";
import { colourOf, jobIdOf, otherColour, triggerIdOf } from "./ids.ts";
import { alive, bears, type JobDetails, type ListedJob } from "./job.ts";
import { ask, clause, tell } from "./moves.ts";
import type { FlinkReason } from "./reasons.ts";
import type { FlinkAction, FlinkConfig, FlinkRelease, FlinkStart, FlinkState, FlinkSwitch, OldJob } from "./types.ts";

type Result = Step<FlinkState, FlinkAction, FlinkReason>;

/** The old job is the one that is seen running, by its name or by the id that we gave it; memory only tells what it runs. */
export function start(config: FlinkConfig, state: FlinkState, input: FlinkStart, now: Millis): Result {
  const refuse = (reason: FlinkReason, text: string): Result => ({
    state,
    actions: [],
    reason,
    trace: [clause("vetoed", reason.replace("refused_", "").replaceAll("_", "-"), text)],
  });
  const { current } = state;
  if (current)
    return refuse(
      "refused_under_way",
      `${current.id} is under way with ${current.release.version}: it is ${current.phase}`,
    );
  const { release } = input;
  if (release.jarFile === undefined && release.jarId === undefined)
    return refuse("refused_no_jar", "no jar is named, neither by the release nor by the configuration");
  const jobs = input.look?.jobs;
  if (!jobs)
    return refuse(
      "refused_unreadable",
      `what runs could not be seen: ${(input.look?.failures ?? []).join("; ") || "nobody looked"}`,
    );

  const running = jobs.filter(
    (job) => alive(job) && (bears(config.flink.jobName, job.name) || job.id === state.stable?.jobId),
  );
  const [found] = running;
  if (running.length > 1) {
    const ids = running.map(({ id }) => id).join(", ");
    return refuse(
      "refused_ambiguous",
      `${running.length} jobs of that name run (${ids}); which one is the service cannot be told`,
    );
  }
  const mode = input.mode ?? config.flink.mode;
  const before = found ? previousOf(state, input, found) : undefined;
  if (found && mode === "stop-start" && !before)
    return refuse(
      "refused_no_way_back",
      `${found.id} was started by another hand: say what it runs (previous: jarFile or jarId, entryClass, args), so that it can be started again, or use mode parallel`,
    );
  if (!found && state.stable && input.savepoint === undefined && !input.fresh)
    return refuse(
      "refused_no_state",
      `no job runs, and the last one was ${state.stable.jobId}: name the savepoint to start from, or say fresh to begin without its state`,
    );
  const old = found ? oldOf(found, before, input.look?.details?.[found.id], now) : undefined;
  const is = begin(config, input, mode, old, now);
  const says = old ? `${old.colour} ${old.jobId} runs, ${is.colour} ${is.jobId} is to follow` : "no job runs";
  const trace = [
    clause("input", "observed", says),
    clause("chosen", "mode", `${mode}, by ${input.by}${input.why === "" ? "" : `: ${input.why}`}`),
  ];
  if (config.mode !== "act")
    return {
      state,
      actions: [],
      reason: "recommended",
      trace: [...trace, clause("held", "mode", `mode is ${config.mode}: nothing is done`)],
    };
  const scene = { config, now };
  const told = tell(is, scene, "started", `${release.version} by ${input.by}`);
  const asked = ask(told.is, scene, { type: "flink_check", release });
  return { state: { ...state, current: asked.is }, actions: [...told.actions, asked.action], reason: "started", trace };
}

function begin(
  config: FlinkConfig,
  input: FlinkStart,
  mode: FlinkSwitch["mode"],
  old: OldJob | undefined,
  now: Millis,
): FlinkSwitch {
  const { id, release, by, why, savepoint } = input;
  const colour = old ? otherColour(old.colour) : "blue";
  return {
    id,
    release,
    mode,
    phase: "measuring",
    since: now,
    startedAt: now,
    deadline: now + config.deadlineMs,
    started: { by, why, at: now },
    ...(old ? { old } : {}),
    jobId: jobIdOf(id, "new", colour),
    colour,
    triggerId: triggerIdOf(id),
    ...(old || savepoint === undefined ? {} : { savepoint }),
    asked: {},
  };
}

/** What the running job runs: as we started it, or as somebody says. */
function previousOf(state: FlinkState, { previous }: FlinkStart, found: ListedJob): FlinkRelease | undefined {
  return state.stable?.jobId === found.id ? (state.stable.release ?? previous) : previous;
}

function oldOf(
  { id, name }: ListedJob,
  release: FlinkRelease | undefined,
  details: JobDetails | undefined,
  now: Millis,
): OldJob {
  return {
    jobId: id,
    name,
    colour: colourOf(id),
    ...(release ? { release } : {}),
    ...(details?.out === undefined ? {} : { out: details.out }),
    ...(details?.checkpoint === undefined ? {} : { checkpoint: details.checkpoint, checkpointSeenAt: now }),
    ...(details?.savepoint === undefined ? {} : { savepointBefore: details.savepoint }),
  };
}
