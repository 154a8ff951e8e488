import { type DurationMs, formatDuration, MINUTE_MS, type Millis } from "../kernel/time.ts";
import type { AutoscalingConfig } from "./config.ts";
import { isOld } from "./guards.ts";
import { withStart } from "./learned.ts";
import { patch } from "./state.ts";
import type { Actual, AutoscalingAction, AutoscalingState } from "./types.ts";

/** If the world has not followed by then, that is the outcome. */
export const WATCH_MS = 10 * MINUTE_MS;

export interface Watched {
  readonly state: AutoscalingState;
  readonly actions: readonly AutoscalingAction[];
}

/** Looks whether the world has followed our last action, and then adds that to the record of its decision. */
export function watched(
  config: AutoscalingConfig,
  state: AutoscalingState,
  service: string,
  actual: Actual,
  now: Millis,
): Watched {
  const { watch } = state;
  if (!watch || actual.at < watch.since) return { state, actions: [] };
  const text = outcome(watch, actual, now, patience(config));
  if (text === undefined) return { state, actions: [] };
  const { decisionAt } = watch;
  const { desired, ready, running } = actual;
  const values = { desired, ready, running, tookMs: Math.max(0, now - watch.since) };
  const action = { type: "record_outcome", key: `outcome:${service}:${decisionAt}`, decisionAt, text, values } as const;
  const followed = desired === watch.desired ? { at: now, from: watch.from } : undefined;
  const started = followed && watch.direction === "out" && ready >= desired && !isOld(config);
  const learned = started ? withStart(state.learned, now - watch.since) : state.learned;
  return { state: patch(state, { watch: undefined, followed, learned }), actions: [action] };
}

/** A task that is known to take long has twice its time. */
function patience({ startDelay = 0 }: AutoscalingConfig): DurationMs {
  return Math.max(WATCH_MS, 2 * startDelay);
}

function outcome(
  watch: NonNullable<AutoscalingState["watch"]>,
  actual: Actual,
  now: Millis,
  patienceMs: DurationMs,
): string | undefined {
  const took = formatDuration(Math.max(0, now - watch.since));
  const { desired, ready, running } = actual;
  if (desired !== watch.desired)
    return `another count, ${desired}, was asked for after ${took}, when ${ready} of ${watch.desired} were ready`;
  if (watch.direction === "out" && ready >= desired) return `${ready} of ${desired} ready after ${took}`;
  if (watch.direction === "in" && running <= desired)
    return `down to ${running} of ${watch.from} running after ${took}`;
  if (now - watch.since < patienceMs) return undefined;
  return watch.direction === "out"
    ? `only ${ready} of ${desired} ready after ${took}: the world has not followed`
    : `still ${running} running instead of ${desired} after ${took}: the world has not followed`;
}
