import { prng } from "../../kernel/prng.ts";
import { type DurationMs, MINUTE_MS } from "../../kernel/time.ts";
import { finished, TURN_MINUTES } from "./turns.ts";

/**
 * The simulated world (docs/autoscaling.md, "What-if"): 10 s ticks, work is fluid and first in first out, a
 * started task serves after a random start delay and costs from the start request on, a stop acts at once and takes
 * the newest tasks first, CPU is work done by capacity and so never above 100 %.
 */
export interface WorldOptions {
  /** Bounds of the fleet, whatever the controller wants. */
  readonly min: number;
  readonly max: number;
  /** A task serves after a uniformly random delay in this range. */
  readonly startDelayMs: readonly [min: DurationMs, max: DurationMs];
  /** Whole minutes by which metrics arrive late; 0: the minute that has just ended is visible. */
  readonly metricDelayMinutes: number;
  /** Minutes that run but are not scored. */
  readonly warmupMinutes: number;
  readonly seed: number;
  /** Standard deviation of the CPU that is measured, as a share of its value. Default 0. */
  readonly cpuNoise?: number;
  /** The controller is told that a task can do so many times what it can: 0.7 is 30 % too little. Default: what it is configured with, if anything. */
  readonly believedCapacity?: number;
  /** The controller is not told how long tasks take to start, and goes by what it sees. Default false. */
  readonly learnStarts?: boolean;
}

/** What a controller may know at the start of a minute. The arrays hold the visible minutes only: nobody can peek. */
export interface View {
  /** Index of the minute that starts now. */
  readonly minute: number;
  /** Tasks asked for: serving and starting. */
  readonly desired: number;
  readonly ready: number;
  readonly starting: number;
  /** Percent per minute; NaN where no task was ready in the whole minute. */
  readonly cpu: readonly number[];
  /** Mean of ready tasks per minute. */
  readonly capacity: readonly number[];
  /** Task-minutes that arrived per minute. */
  readonly arrivals: readonly number[];
  /** Task-minutes waiting at the end of each minute. */
  readonly backlog: readonly number[];
}

/** Answers the desired number of tasks from this minute on. */
export type Controller = (view: View) => number;

export interface Minute {
  readonly desired: number;
  /** Mean of ready tasks. */
  readonly capacity: number;
  readonly arrivals: number;
  readonly backlog: number;
  readonly cpu: number;
  readonly violated: boolean;
}

export interface Run {
  readonly scoredMinutes: number;
  readonly violationMinutes: number;
  readonly taskHours: number;
  /** Longest (backlog at the end of a tick / ready tasks). With no task ready it is the time one task would need. */
  readonly worstWaitSeconds: number;
  /** Changes of the desired count in the scored minutes. */
  readonly actions: number;
  /** Every minute, warm-up included; only where asked for. */
  readonly series?: readonly Minute[];
}

const TICKS = 6;
const TICK_MS = MINUTE_MS / TICKS;
/** Work below this is rounding, not backlog. */
const EPSILON = 1e-9;
const VIOLATION_WAIT_MS = 60_000;

/** Runs a controller over arrivals (task-minutes per minute). Equal arguments give equal runs. */
export const simulate = (...call: Parameters<typeof simulating>): Run => finished(simulating(...call));

/** The same in turns of some hours. */
export function* simulating(
  arrivals: Float64Array,
  controller: Controller,
  options: WorldOptions,
  keepSeries = false,
): Generator<undefined, Run> {
  const random = prng(options.seed);
  const noise = noiseOf(options);
  const [delayMin, delayMax] = options.startDelayMs;
  const cpu: number[] = [];
  const capacity: number[] = [];
  const arrived: number[] = [];
  const waiting: number[] = [];
  const series: Minute[] = [];
  // Metrics of minutes that have ended but are not visible yet, oldest first.
  const late: (readonly [cpu: number, capacity: number, arrivals: number, backlog: number])[] = [];
  let ready = clamp(Math.ceil((arrivals[0] ?? 0) - EPSILON), options.min, options.max);
  let starting: number[] = [];
  let backlog = 0;
  let backlogMs = 0;
  let violationMinutes = 0;
  let taskTicks = 0;
  let worstWaitSeconds = 0;
  let actions = 0;

  for (let minute = 0; minute < arrivals.length; minute += 1) {
    const scored = minute >= options.warmupMinutes;
    if (minute > options.metricDelayMinutes) {
      const seen = late.shift() as (typeof late)[number];
      cpu.push(seen[0]);
      capacity.push(seen[1]);
      arrived.push(seen[2]);
      waiting.push(seen[3]);
    }
    const before = ready + starting.length;
    const view: View = {
      minute,
      desired: before,
      ready,
      starting: starting.length,
      cpu,
      capacity,
      arrivals: arrived,
      backlog: waiting,
    };
    const desired = clamp(Math.round(controller(view)), options.min, options.max);
    if (desired !== before && scored) actions += 1;
    for (let count = before; count < desired; count += 1) {
      starting.push(minute * MINUTE_MS + delayMin + (delayMax - delayMin) * random());
    }
    if (desired < before) {
      const pending = Math.min(starting.length, before - desired);
      starting.length -= pending;
      ready -= before - desired - pending;
    }

    const arriving = arrivals[minute] as number;
    // Whole numbers, so that a full minute of n tasks is exactly n.
    let readyTicks = 0;
    let done = 0;
    let violated = false;
    for (let tick = 0; tick < TICKS; tick += 1) {
      if (starting.length > 0) {
        const now = minute * MINUTE_MS + tick * TICK_MS;
        const still = starting.filter((readyAt) => readyAt > now);
        ready += starting.length - still.length;
        starting = still;
      }
      const room = ready / TICKS;
      const work = backlog + arriving / TICKS;
      const processed = Math.min(room, work);
      backlog = work - processed < EPSILON ? 0 : work - processed;
      readyTicks += ready;
      done += processed;
      backlogMs = backlog > 0 ? backlogMs + TICK_MS : 0;
      if (backlogMs > VIOLATION_WAIT_MS) violated = true;
      if (scored) {
        worstWaitSeconds = Math.max(worstWaitSeconds, (backlog / Math.max(ready, 1)) * 60);
        taskTicks += ready + starting.length;
      }
    }
    const served = readyTicks / TICKS;
    if (arriving > served + EPSILON) violated = true;
    if (violated && scored) violationMinutes += 1;
    const utilisation = served > 0 ? Math.min(100, (100 * done * noise()) / served) : Number.NaN;
    late.push([utilisation, served, arriving, backlog]);
    if (keepSeries) series.push({ desired, capacity: served, arrivals: arriving, backlog, cpu: utilisation, violated });
    if (minute % TURN_MINUTES === TURN_MINUTES - 1) yield;
  }
  return {
    scoredMinutes: Math.max(0, arrivals.length - options.warmupMinutes),
    violationMinutes,
    taskHours: taskTicks / (TICKS * 60),
    worstWaitSeconds,
    actions,
    ...(keepSeries ? { series } : {}),
  };
}

/** Factors around 1, from numbers of their own: start delays stay the same with and without them. */
function noiseOf({ cpuNoise = 0, seed }: WorldOptions): () => number {
  if (cpuNoise === 0) return () => 1;
  const random = prng(seed ^ NOISE_SEED);
  return () => {
    let normal = -6;
    for (let count = 0; count < 12; count += 1) normal += random();
    return Math.max(0, 1 + cpuNoise * normal);
  };
}

const NOISE_SEED = 0x5eed;

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
