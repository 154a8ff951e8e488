import type { JobState, SavepointStatus } from "../../kernel/jobs.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { recordsOf } from "./rates.ts";
import type { FlinkScalingConfig, FlinkSeen, Rescale } from "./types.ts";

/** What a rescale is carried on with. */
export interface Sight {
  readonly config: FlinkScalingConfig;
  readonly seen: FlinkSeen | undefined;
  readonly savepoint: SavepointStatus | undefined;
  /** The cluster answered, and knows no such job. */
  readonly gone: boolean;
  /** Other jobs that are waited for, and run too. */
  readonly beside: readonly string[];
  /** The cluster knows no resource requirements, and has been asked often enough. */
  readonly without: boolean;
  readonly why: string;
  readonly now: Millis;
}

/** What was asked for and does not show is asked for again after so long; the same words, so nothing is done twice. */
export const AGAIN_MS = MINUTE_MS;
/** A job that the cluster does not list for so long is gone. A job manager that recovers lists its jobs again sooner. */
export const GONE_MS = 2 * MINUTE_MS;

export const deadlineOf = ({ policies }: FlinkScalingConfig): DurationMs =>
  policies.find((policy) => policy.type === "flink")?.deadline ?? 10 * MINUTE_MS;

const OVER: readonly JobState[] = ["FAILED", "CANCELED", "FINISHED"];
/** A job that is over does not come back by itself. */
export const over = ({ state }: Pick<FlinkSeen, "state">): boolean => OVER.includes(state);

export const runs = ({ state, allRunning }: Pick<FlinkSeen, "state" | "allRunning">): boolean =>
  state === "RUNNING" && allRunning;

/** The job can be stopped with a savepoint and run again. */
export const canRunAgain = ({ flink }: FlinkScalingConfig): boolean =>
  flink.savepoints !== undefined && flink.jarId !== undefined;

/** What was asked for has had its time to show. */
export const mayAskAgain = ({ asked }: Rescale, now: Millis): boolean =>
  asked.skipped === true || now - (asked.done ?? asked.at) >= AGAIN_MS;

/** Remembers since when the cluster has answered without a job that is looked for: listing none, or another one. */
export function missing(rescale: Rescale, { seen, gone, now }: Sight, ids: readonly (string | undefined)[]): Rescale {
  if (seen && ids.includes(seen.jobId)) {
    const { goneSince: _, ...rest } = rescale;
    return rescale.goneSince === undefined ? rescale : rest;
  }
  return (gone || seen) && rescale.goneSince === undefined ? { ...rescale, goneSince: now } : rescale;
}

export const isGone = ({ goneSince }: Rescale, now: Millis): boolean =>
  goneSince !== undefined && now - goneSince >= GONE_MS;

/**
 * Whether the job has got on since its tasks began: a checkpoint was completed, or records moved between two looks. Running alone says
 * little: a job that dies after each start runs for a moment too.
 */
export function progressed(rescale: Rescale, seen: FlinkSeen): { readonly rescale: Rescale; readonly done: boolean } {
  const { startedAt, restarts, checkpoints } = seen;
  const began = startedAt ?? rescale.asked.done ?? rescale.asked.at;
  if (rescale.idle || (checkpoints?.lastCompletedAt ?? Number.NEGATIVE_INFINITY) > began)
    return { rescale, done: true };
  const records = recordsOf(seen);
  const { ran } = rescale;
  if (ran && ran.startedAt === startedAt && ran.restarts === restarts) {
    return { rescale, done: records !== undefined && records > ran.records && seen.at > ran.at };
  }
  if (records === undefined) return { rescale, done: false };
  const seenNow = {
    at: seen.at,
    records,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(restarts === undefined ? {} : { restarts }),
  };
  return { rescale: { ...rescale, ran: seenNow }, done: false };
}
