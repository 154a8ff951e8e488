import type { Clause } from "../../kernel/step.ts";
import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import { backJobIdOf, newJobIdOf, triggerIdOf } from "./ids.ts";
import { over } from "./sight.ts";
import type { FlinkPhase, FlinkScalingAction, FlinkSeen, Parallelisms, Rescale } from "./types.ts";
import { clause } from "./words.ts";

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

/** Another hand has the last word: a job that is none of ours runs under the name. */
export function anotherRuns(
  rescale: Rescale,
  seen: FlinkSeen | undefined,
  ours: readonly (string | undefined)[],
): Move | undefined {
  if (!seen || over(seen) || ours.includes(seen.jobId)) return undefined;
  return end(rescale, "external", `another hand runs ${seen.jobId} in place of ${rescale.jobId}`);
}

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
