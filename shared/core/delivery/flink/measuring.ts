import { type Millis, SECOND_MS } from "../../kernel/time.ts";
import { alive } from "./job.ts";
import { rateOf } from "./judge.ts";
import { ask, enter, goBack, hold, mayAsk, moved, overdue, type Scene, within } from "./moves.ts";
import type { FlinkMoved, FlinkSwitch, OldJob } from "./types.ts";

/** Nothing is touched before the jar has a plan, the old job is well and its output is known. */
export function measuring(is: FlinkSwitch, scene: Scene): FlinkMoved {
  const { config, now } = scene;
  const { deadlines, judge } = config.flink;
  if (is.refused?.type === "flink_check")
    return goBack(is, scene, "jar_refused", `the jar was refused: ${is.refused.why}`);
  const noted = is.old ? measure(is, is.old, scene) : { is, waits: undefined };
  if ("gone" in noted && noted.gone) return goBack(is, scene, "old_job_gone", noted.gone);
  const next = noted.is;
  if (!next.checked && mayAsk(next, scene, "flink_check", "jar")) {
    const asked = ask(next, scene, { type: "flink_check", release: is.release });
    return moved(asked.is, "jar_check_asked", `the jar of ${is.release.version} is uploaded and its plan made`, [
      asked.action,
    ]);
  }
  const waits = next.checked ? noted.waits : "its jar is being checked";
  if (waits === undefined && !is.paused)
    return moved(
      enter(next, next.old ? "savepointing" : "starting", now),
      "noted",
      "the jar is good and the old job known",
    );
  const late = overdue(is, scene, deadlines.check + judge.baseline);
  if (late && !is.paused)
    return goBack(
      next,
      scene,
      next.checked ? "old_job_not_running" : "deadline",
      `${waits}, and not ${within(deadlines.check)}`,
    );
  return hold(next, is.paused ? "held_paused" : "held_measuring", waits ?? "somebody paused it");
}

/** Flink refreshes its metrics every 10 s (metrics.fetcher.update-interval), and the look may come late. */
const STEP_MS = 15 * SECOND_MS;

/** What is known of the old job after this look, and what has to be waited for. */
function measure(
  is: FlinkSwitch,
  old: NonNullable<FlinkSwitch["old"]>,
  { config, look, now }: Scene,
): { readonly is: FlinkSwitch; readonly waits?: string; readonly gone?: string } {
  const job = look.jobs.find(({ id }) => id === old.jobId);
  if (!alive(job)) return { is, gone: `the old job ${old.jobId} ${job ? `is ${job.state}` : "is not there any more"}` };
  const details = look.details?.[old.jobId];
  if (!details) return { is, waits: "the old job could not be looked at" };
  const { checkpoint, lag, savepoint } = details;
  const output = outputOf(old, details.out, now);
  const { out: _, first: __, last: ___, ...rest } = old;
  const known = {
    ...rest,
    ...output,
    ...(lag === undefined ? {} : { lag }),
    ...(savepoint === undefined || is.asked[`flink_stop:${old.jobId}`] !== undefined
      ? {}
      : { savepointBefore: savepoint }),
    ...(checkpoint === undefined || checkpoint === old.checkpoint ? {} : { checkpoint, checkpointSeenAt: now }),
  };
  const next = { ...is, old: known };
  if (job.state !== "RUNNING" || !details.allRunning)
    return {
      is: next,
      waits: `the old job is ${job.state}${job.state === "RUNNING" ? ", but not all of its tasks run" : ""}: a savepoint is not possible`,
    };
  const { baseline } = config.flink.judge;
  const measured = now - is.since;
  if (measured < baseline) return { is: next, waits: "the old job's output is being measured" };
  const perSecond = rateOf(output.first, output.last?.out, output.last?.at ?? now);
  if (output.out === undefined || baseline === 0) return { is: next };
  if (perSecond === undefined && measured < baseline + STEP_MS)
    return { is: next, waits: "the old job's output is being measured" };
  // One that does not change in all this time is none; one that changed once is not known.
  const rate = perSecond ?? (output.first ? undefined : 0);
  return { is: rate === undefined ? next : { ...next, old: { ...known, perSecond: rate } } };
}

type Output = Pick<OldJob, "out" | "first" | "last">;

/** From change to change: a value may be as old as a step when it is seen, but not when it has just changed. */
function outputOf(old: Output, out: number | undefined, now: Millis): Output {
  const { first, last } = old;
  const kept = {
    ...(old.out === undefined ? {} : { out: old.out }),
    ...(first ? { first } : {}),
    ...(last ? { last } : {}),
  };
  if (out === undefined || out === old.out) return kept;
  if (old.out === undefined || out < old.out) return { out };
  return first ? { out, first, last: { at: now, out } } : { out, first: { at: now, out } };
}
