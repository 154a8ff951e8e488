import type { JobState, SavepointStatus } from "../../kernel/jobs.ts";
import type { Clause } from "../../kernel/step.ts";
import { type DurationMs, formatDuration, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { backJobIdOf, newJobIdOf, triggerIdOf } from "./ids.ts";
import { recordsOf } from "./rates.ts";
import type { FlinkPhase, FlinkScalingAction, FlinkScalingConfig, FlinkSeen, Parallelisms, Rescale } from "./types.ts";
import { clause } from "./words.ts";

/** What a rescale is carried on with. */
export interface Sight {
  readonly config: FlinkScalingConfig;
  readonly seen: FlinkSeen | undefined;
  readonly savepoint: SavepointStatus | undefined;
  /** The cluster answered, and knows no such job. */
  readonly gone: boolean;
  readonly why: string;
  readonly now: Millis;
}

/** What one look makes of a rescale: it goes on, or it has ended. */
export type Move = {
  readonly rescale: Rescale;
  readonly actions: readonly FlinkScalingAction[];
  readonly clauses: readonly Clause[];
} & (
  | { readonly ended?: undefined; readonly stuck?: true }
  | { readonly ended: "rescaled"; readonly restartMs: DurationMs }
  | { readonly ended: "rolled_back" | "failed" | "external" }
);

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

/** Nothing to do but to wait. */
export const wait = (rescale: Rescale, text: string, more: { readonly stuck?: true } = {}): Move => ({
  rescale,
  actions: [],
  clauses: [clause("held", "rescale", text)],
  ...more,
});

export const end = (rescale: Rescale, ended: "rolled_back" | "failed" | "external", text: string): Move => ({
  rescale,
  actions: [],
  clauses: [clause(ended === "external" ? "changed" : "vetoed", "rescale", text)],
  ended,
});

/** Asks for what the phase is there for, under a key of its own each time. */
export function ask(rescale: Rescale, now: Millis, text: string): Move {
  const count = rescale.asked.count + 1;
  const action = actionOf(rescale, count);
  const asked = { key: action.key, at: now, count };
  return { rescale: { ...rescale, asked }, actions: [action], clauses: [clause("chosen", "rescale", text)] };
}

/** Another phase, and its action at once. */
export function enter(rescale: Rescale, phase: FlinkPhase, now: Millis, text: string): Move {
  const { ran: _, goneSince: __, started, ...rest } = rescale;
  const kept = phase === "cancelling" && started !== undefined ? { started } : {};
  return ask({ ...rest, ...kept, phase, since: now }, now, text);
}

function actionOf(rescale: Rescale, count: number): FlinkScalingAction {
  const { key, how, phase, jobId, from, to, savepoint = "" } = rescale;
  const keyed = (type: string) => `${key}:${type}:${count}`;
  if (how === "in-place") {
    const parallelism = phase === "returning" ? from : to;
    return { type: "require", key: keyed("require"), jobId, parallelism };
  }
  switch (phase) {
    case "requiring":
    case "stopping":
      return { type: "stop_with_savepoint", key: keyed("stop"), jobId, triggerId: triggerIdOf(rescale) };
    case "starting":
      return { type: "run", key: keyed("run"), jobId: newJobIdOf(rescale), parallelism: largest(to), savepoint };
    case "cancelling":
      return { type: "cancel", key: keyed("cancel"), jobId: rescale.started ?? newJobIdOf(rescale) };
    case "returning":
      return { type: "run", key: keyed("run"), jobId: backJobIdOf(rescale), parallelism: largest(from), savepoint };
  }
}

export const largest = (parallelism: Parallelisms): number => Math.max(1, ...Object.values(parallelism));

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

/** It runs and gets on: how long it was away, by the clock of the cluster where that makes sense. */
export function arrived(rescale: Rescale, seen: FlinkSeen, now: Millis, text: string): Move {
  const left = rescale.how === "savepoint" ? rescale.decisionAt : (rescale.asked.done ?? rescale.asked.at);
  const { startedAt } = seen;
  const back = startedAt !== undefined && startedAt > left ? startedAt : (rescale.ran?.at ?? now);
  const restartMs = Math.min(Math.max(0, back - left), Math.max(0, now - left));
  const took = `${text}; its tasks ran again after ${formatDuration(restartMs)}`;
  return {
    rescale,
    actions: [],
    clauses: [clause("chosen", "rescale", took, { restartMs })],
    ended: "rescaled",
    restartMs,
  };
}
