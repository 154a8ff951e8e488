import { flinkScaling, wanted } from "../../shared/core/autoscaling/flink/machine.ts";
import type {
  FlinkScalingAction,
  FlinkScalingConfig,
  FlinkScalingInput,
  FlinkScalingState,
  FlinkSeen,
} from "../../shared/core/autoscaling/flink/types.ts";
import type { JobState, SavepointStatus } from "../../shared/core/kernel/jobs.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { T0 } from "./flink-given.ts";

type Map1 = { readonly [vertex: string]: number };

interface SimJob {
  readonly id: string;
  state: JobState;
  parallelism: Map1;
  asked: Map1;
  /** Tasks begin (again) then. */
  beginsAt: number;
  startedAt: number;
  restarts: number;
  /** Records read so far of all that were ever produced, and as of the last checkpoint. */
  offset: number;
  saved: number;
  checkpoints: { completed: number; lastAt: number };
  counters: { in: number; out: number }[];
  gauges: { rate: number; busy: [number, number]; pressure: number };
  lastPath?: string;
  stop?: { readonly trigger: string; readonly at: number };
}

export interface SimOptions {
  /** Records per second that arrive. */
  readonly load: (now: number) => number;
  readonly adaptive?: boolean;
  readonly parallelism?: Map1;
  /** From asking until tasks run again. */
  readonly restartMs?: number;
  readonly savepointMs?: number;
  readonly slots?: number;
  /** Records per second of one subtask: source, work. */
  readonly speed?: readonly [number, number];
  /** Jobs at this parallelism of the work, or above, die after each start. */
  readonly diesFrom?: number;
  readonly savepointFails?: boolean;
}

const IDS = ["source", "work"] as const;
export const FIRST = "f".repeat(32);
const CHECKPOINT_MS = 10 * SECOND_MS;
const STEP_SEC = 2;
const STEP_MS = STEP_SEC * SECOND_MS;

/**
 * A Flink cluster with one job of a source and a keyed vertex, in steps of two seconds: fluid records, checkpoints every 10 s, restarts from the
 * last of them, savepoints. Every restart loses what was read since the last checkpoint, as in life.
 */
export function flinkSim({
  load,
  adaptive = true,
  restartMs = 30_000,
  savepointMs = 5_000,
  slots = 64,
  ...rest
}: SimOptions) {
  const { speed = [500, 100] as const, diesFrom = Infinity, savepointFails = false } = rest;
  const jobs = new Map<string, SimJob>();
  const savepoints = new Map<string, { path: string; offset: number } | { why: string }>();
  const disk = new Map<string, number>();
  let now = T0;
  let produced = 0;
  let slowest = 0;

  const over = ({ state }: SimJob) => state === "FINISHED" || state === "FAILED" || state === "CANCELED";
  const start = (id: string, parallelism: Map1, offset: number): SimJob => {
    const job: SimJob = {
      ...{
        id,
        state: "RUNNING",
        parallelism,
        asked: parallelism,
        beginsAt: now + restartMs,
        startedAt: now + restartMs,
      },
      ...{ restarts: 0, offset, saved: offset, checkpoints: { completed: 0, lastAt: 0 } },
      ...{ counters: IDS.map(() => ({ in: 0, out: 0 })), gauges: { rate: 0, busy: [0, 0], pressure: 0 } },
    };
    jobs.set(id, job);
    return job;
  };
  const first = start(FIRST, rest.parallelism ?? { source: 1, work: 2 }, 0);
  first.beginsAt = first.startedAt = now - 60 * MINUTE_MS;

  const restart = (job: SimJob) => {
    job.offset = job.saved;
    job.restarts += 1;
    job.beginsAt = job.startedAt = now + restartMs;
    job.counters = IDS.map(() => ({ in: 0, out: 0 }));
    job.gauges = { rate: 0, busy: [0, 0], pressure: 0 };
    // Reactive: what there are slots for.
    job.parallelism = Object.fromEntries(Object.entries(job.asked).map(([id, count]) => [id, Math.min(count, slots)]));
  };

  const step = (job: SimJob) => {
    if (over(job) || now < job.beginsAt) return;
    const [source = 1, work = 1] = [job.parallelism["source"], job.parallelism["work"]];
    if (work >= diesFrom && now - job.beginsAt >= 3 * SECOND_MS) {
      restart(job);
      return;
    }
    const sourceCan = source * speed[0];
    const workCan = work * speed[1];
    const rate = Math.min(sourceCan, workCan, (produced - job.offset) / STEP_SEC);
    job.offset += rate * STEP_SEC;
    for (const counter of job.counters) {
      counter.in += rate * STEP_SEC;
      counter.out += rate * STEP_SEC;
    }
    const gauges = job.gauges;
    gauges.rate = rate;
    gauges.busy[0] = Math.min(1000, (rate / sourceCan) * 1000);
    gauges.busy[1] = Math.min(1000, (rate / workCan) * 1000);
    gauges.pressure = rate >= workCan - 1e-9 ? 1000 - gauges.busy[0] : 0;
    if ((now - job.beginsAt) % CHECKPOINT_MS < STEP_MS && now - job.beginsAt >= CHECKPOINT_MS) {
      job.saved = job.offset;
      job.checkpoints = { completed: job.checkpoints.completed + 1, lastAt: now };
      job.lastPath = `chk:${job.id}:${job.checkpoints.completed}`;
      disk.set(job.lastPath, job.offset);
    }
    if (job.stop && now >= job.stop.at) {
      const { trigger } = job.stop;
      delete job.stop;
      if (savepointFails) savepoints.set(trigger, { why: "IOException: no space" });
      else {
        const path = `sp:${trigger}`;
        disk.set(path, job.offset);
        savepoints.set(trigger, { path, offset: job.offset });
        job.state = "FINISHED";
      }
    }
  };

  const advance = (ms: number) => {
    for (let end = now + ms; now < end; ) {
      now += STEP_MS;
      produced += load(now) * STEP_SEC;
      for (const job of jobs.values()) {
        step(job);
        if (!over(job)) slowest = Math.max(slowest, produced - job.offset);
      }
    }
  };

  const see = (job: SimJob): FlinkSeen => {
    const running = now >= job.beginsAt;
    const completed = job.checkpoints.completed;
    return {
      ...{
        at: now,
        jobId: job.id,
        name: "orders",
        state: over(job) || running ? job.state : "RESTARTING",
        startedAt: job.startedAt,
      },
      ...{
        allRunning: running && !over(job),
        restarts: job.restarts,
        slots: { total: slots, free: slots - Math.max(...Object.values(job.parallelism)) },
      },
      checkpoints: {
        ...{ completed, failed: 0 },
        ...(completed > 0 ? { lastCompletedAt: job.checkpoints.lastAt, lastPath: job.lastPath ?? "" } : {}),
      },
      ...(adaptive ? { adaptive, asked: job.asked } : { adaptive: false }),
      vertices: IDS.map((id, index) => ({
        ...{ id, name: id, parallelism: job.parallelism[id] ?? 1, maxParallelism: 128 },
        inputs: index === 0 ? [] : [{ id: "source", ship: "HASH" }],
        recordsIn: Math.floor(job.counters[index]?.in ?? 0),
        recordsOut: Math.floor(job.counters[index]?.out ?? 0),
        inPerSecond: job.gauges.rate,
        busyMax: job.gauges.busy[index] ?? 0,
        busyMean: job.gauges.busy[index] ?? 0,
        backPressuredMax: index === 0 ? job.gauges.pressure : 0,
        ...(index === 0 ? { pendingRecords: Math.max(0, Math.floor(produced - job.offset)), partitions: 64 } : {}),
      })),
    };
  };

  const look = (state: FlinkScalingState): FlinkScalingInput => {
    const { jobIds, savepoint } = wanted(state);
    const found = jobIds.flatMap((id) => jobs.get(id) ?? [])[0] ?? [...jobs.values()].find((job) => !over(job));
    const told = savepoint ? { savepoint: statusOf(savepoint.jobId, savepoint.triggerId) } : {};
    if (!found) return { kind: "look", service: "orders", seen: undefined, why: "no such job", gone: true, ...told };
    return { kind: "look", service: "orders", seen: see(found), ...told };
  };

  const statusOf = (jobId: string, trigger: string): SavepointStatus => {
    const done = savepoints.get(trigger);
    if (done) return "path" in done ? { status: "completed", path: done.path } : { status: "failed", why: done.why };
    return jobs.get(jobId)?.stop?.trigger === trigger ? { status: "in_progress" } : { status: "unknown" };
  };

  const perform = (action: FlinkScalingAction): Omit<ActionResult, "key" | "at"> => {
    if (action.type === "record_outcome") return { status: "done", detail: action.text };
    const job = jobs.get(action.jobId);
    switch (action.type) {
      case "require":
        if (!adaptive) return { status: "refused", detail: "the scheduler is not adaptive" };
        if (!job || over(job)) return { status: "refused", detail: "no such job" };
        if (JSON.stringify(job.asked) !== JSON.stringify(action.parallelism)) {
          job.asked = action.parallelism;
          restart(job);
        }
        return { status: "done", detail: "asked" };
      case "stop_with_savepoint":
        if (!job || over(job)) return { status: "refused", detail: "no such job" };
        if (!job.stop && !savepoints.has(action.triggerId))
          job.stop = { trigger: action.triggerId, at: now + savepointMs };
        return { status: "done", detail: "stopping" };
      case "run": {
        const offset = disk.get(action.savepoint);
        if (offset === undefined) return { status: "refused", detail: `no ${action.savepoint}` };
        if (!job) start(action.jobId, { source: 1, work: action.parallelism }, offset);
        return { status: "done", detail: "runs", values: { jobId: action.jobId } };
      }
      case "cancel":
        if (job && !over(job)) job.state = "CANCELED";
        return { status: "done", detail: "cancelled" };
    }
  };

  return {
    jobs,
    disk,
    advance,
    look,
    perform,
    restart,
    now: () => now,
    alive: () => [...jobs.values()].filter((job) => !over(job)),
    lag: () => Math.min(...[...jobs.values()].filter((job) => !over(job)).map((job) => produced - job.offset)),
    /** Most records that ever waited. */
    slowest: () => slowest,
  };
}

export type FlinkSim = ReturnType<typeof flinkSim>;

export interface Line {
  readonly at: number;
  readonly reason: string;
  readonly actions: readonly FlinkScalingAction[];
}

/** Drives the machine as the shell does, without any trouble: looks when it is due, at ticks of 10 s. */
export function drive(of: FlinkScalingConfig, sim: FlinkSim, forMs: number, from?: FlinkScalingState) {
  let state = from ?? flinkScaling.initial(of, sim.now());
  const lines: Line[] = [];
  let due = sim.now();
  for (const end = sim.now() + forMs; sim.now() < end; ) {
    sim.advance(10 * SECOND_MS);
    if (sim.now() < due) continue;
    const step = flinkScaling.step(of, state, sim.look(state), sim.now());
    const results = step.actions.map((action) => ({ key: action.key, at: sim.now(), ...sim.perform(action) }));
    state = results.length > 0 ? flinkScaling.settle(of, step.state, results, sim.now()) : step.state;
    lines.push({ at: sim.now(), reason: step.reason, actions: step.actions });
    due = flinkScaling.dueAt(of, state, sim.now()) ?? Infinity;
  }
  return { state, lines };
}
