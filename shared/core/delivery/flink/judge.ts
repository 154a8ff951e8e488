import { formatDuration, type Millis, SECOND_MS } from "../../kernel/time.ts";
import type { JobDetails, ListedJob } from "./job.ts";
import type { FlinkCheck, FlinkConfig, FlinkSwitch, Sample } from "./types.ts";

/** An old lag of none would leave the new job no room at all: it may have what ten seconds bring, the pace of Flink's own metrics. */
const LAG_FLOOR_S = 10;

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Records a second between two measures; undefined where that cannot be told, or the counter began anew. */
export function rateOf(first: Sample | undefined, out: number | undefined, now: Millis): number | undefined {
  if (!first || out === undefined || out < first.out || now <= first.at) return undefined;
  return ((out - first.out) * SECOND_MS) / (now - first.at);
}

/** The counters from which a job that just got all its tasks is judged. */
export const readyFrom = (details: JobDetails, now: Millis): NonNullable<FlinkSwitch["ready"]> => ({
  since: now,
  ...(details.out === undefined ? {} : { first: { at: now, out: details.out } }),
  ...(details.completed === undefined ? {} : { completed: details.completed }),
  ...(details.failed === undefined ? {} : { failed: details.failed }),
  ...(details.restarts === undefined ? {} : { restarts: details.restarts }),
});

const since = (before: number | undefined, value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.max(0, value - (before ?? 0));

/**
 * What the new job has to show, each by itself. Counters are those since it got all its tasks: Flink declines checkpoints before that and
 * counts them as failed.
 */
export function judgeJob(
  { flink: { judge } }: FlinkConfig,
  is: FlinkSwitch,
  job: ListedJob,
  details: JobDetails,
  now: Millis,
): readonly FlinkCheck[] {
  const { ready, old } = is;
  const checks: FlinkCheck[] = [];
  const add = (name: FlinkCheck["name"], ok: boolean | null | undefined, text: string, final = false) =>
    checks.push({ name, text, ...(ok === undefined ? {} : { ok }), ...(final && ok === false ? { final } : {}) });

  const ranFor = now - (ready?.since ?? now);
  add(
    "running",
    job.state === "RUNNING" && details.allRunning && ranFor >= judge.for,
    details.allRunning
      ? `every task has run for ${formatDuration(ranFor)} of ${formatDuration(judge.for)}`
      : `it is ${job.state} and not all of its tasks run`,
  );

  if (is.savepoint === undefined) add("restored", null, "it was to start without a state");
  else if (details.restoredFrom === undefined) add("restored", undefined, "what it was restored from is not told");
  else if (samePath(details.restoredFrom, is.savepoint)) add("restored", true, `restored from ${is.savepoint}`);
  // A job that restarts by itself goes on from a checkpoint of its own; that it restarts is judged below.
  else if ((details.restarts ?? 0) > 0) add("restored", null, "it has restarted from a checkpoint of its own since");
  else add("restored", false, `restored from ${details.restoredFrom} and not from ${is.savepoint}`, true);

  const restarts = since(ready?.restarts, details.restarts);
  if (restarts === undefined) add("restarts", undefined, "its restarts are not told");
  else add("restarts", restarts <= judge.maxRestarts, `${restarts} restarts, ${judge.maxRestarts} allowed`, true);

  const failed = since(ready?.failed, details.failed);
  if (failed === undefined) add("failed-checkpoints", undefined, "its failed checkpoints are not told");
  else {
    const text = `${failed} checkpoints failed, ${judge.maxFailedCheckpoints} allowed`;
    add("failed-checkpoints", failed <= judge.maxFailedCheckpoints, text, true);
  }

  const completed = since(ready?.completed, details.completed);
  if (judge.checkpoints === 0) add("checkpoints", null, "no checkpoint is asked for");
  else if (completed === undefined) add("checkpoints", undefined, "its checkpoints are not told");
  else add("checkpoints", completed >= judge.checkpoints, `${completed} of ${judge.checkpoints} checkpoints completed`);

  checks.push(lagCheck(judge.maxLag, judge.maxLagFactor, old, details.lag));
  checks.push(outputCheck(judge.minOutputShare, old?.perSecond, rateOf(ready?.first, details.out, now)));
  return checks;
}

function lagCheck(
  maxLag: number | undefined,
  factor: number,
  old: FlinkSwitch["old"],
  lag: number | undefined,
): FlinkCheck {
  const name = "lag" as const;
  const limit =
    maxLag ?? (old?.lag === undefined ? undefined : Math.max(old.lag * factor, (old.perSecond ?? 0) * LAG_FLOOR_S));
  if (limit === undefined) return { name, ok: null, text: "the old job's lag is not known, and no limit is set" };
  if (lag === undefined)
    // Only what a person asked for by number is waited for in vain.
    return maxLag === undefined
      ? { name, ok: null, text: "its sources do not tell a lag" }
      : { name, text: "its sources do not tell a lag, and a limit is set" };
  return { name, ok: lag <= limit, text: `${lag} records wait, ${rounded(limit)} allowed` };
}

function outputCheck(share: number, before: number | undefined, rate: number | undefined): FlinkCheck {
  const name = "output" as const;
  if (share === 0) return { name, ok: null, text: "no output is asked for" };
  if (before === undefined) return { name, ok: null, text: "the old job's output is not known" };
  if (rate === undefined) return { name, text: "its output is not told yet" };
  const text = `${rounded(rate)} records a second, ${rounded(before * share)} needed (the old job's ${rounded(before)})`;
  return { name, ok: rate >= before * share, text };
}

/** The same directory, however its scheme, its slashes or `_metadata` are written: Flink gives each savepoint a name of its own. */
const samePath = (a: string, b: string): boolean => lastOf(a) === lastOf(b);
const lastOf = (path: string): string =>
  path
    .replace(/\/+(_metadata\/*)?$/, "")
    .split("/")
    .at(-1) ?? "";
