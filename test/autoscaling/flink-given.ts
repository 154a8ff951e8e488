import * as v from "valibot";
import { AutoscalingConfig, type AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type {
  FlinkJobRef,
  FlinkScalingConfig,
  FlinkScalingInput,
  FlinkScalingState,
  FlinkSeen,
} from "../../shared/core/autoscaling/flink/types.ts";
import type { JobVertex } from "../../shared/core/kernel/jobs.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";

/** Monday 2024-01-15 10:00 UTC. */
export const T0 = 1_705_312_800_000;

type PolicyInput = NonNullable<AutoscalingConfigInput["policies"]>[number];
type FlinkInput = Partial<Omit<Extract<PolicyInput, { type: "flink" }>, "type">>;

const REF: FlinkJobRef = { url: "http://flink:8081", job: "orders", args: [] };
/** With what is needed to stop a job and run it again. */
export const AGAIN: FlinkJobRef = { ...REF, savepoints: "s3://savepoints", jarId: "jar" };

/** Acts from 90 % on, so that a vertex that is busy all its time is outside of its band without a lag that grows. */
export function config(
  policy: FlinkInput = {},
  { policies, ...rest }: AutoscalingConfigInput = {},
  flink: FlinkJobRef = REF,
): FlinkScalingConfig {
  const parsed = v.parse(AutoscalingConfig, {
    min: 1,
    max: 50,
    ...rest,
    policies: policies ?? [{ type: "flink", utilizationMax: 0.9, ...policy }],
  });
  return { ...parsed, flink };
}

/** A job of a source of 100 records/s and a vertex behind it, of which each subtask can do 100 records/s, at an instant. */
export function job(
  at: number,
  more: Omit<Partial<FlinkSeen>, "vertices"> & { vertices?: readonly JobVertex[] } = {},
): FlinkSeen {
  return {
    at,
    jobId: "a".repeat(32),
    name: "orders",
    state: "RUNNING",
    startedAt: T0 - 60 * MINUTE_MS,
    allRunning: true,
    adaptive: true,
    vertices: [source(at), work(at)],
    ...more,
  };
}

/** Counters of a steady rate since an hour before T0. */
const since = (at: number, perSecond: number): number => Math.round(((at - T0) / 1000 + 3600) * perSecond);

interface Steady {
  readonly rate?: number;
  readonly busy?: number;
  readonly mean?: number;
  readonly parallelism?: number;
  readonly more?: Partial<JobVertex>;
}

export function source(
  at: number,
  { rate = 100, busy = 200, mean = busy, parallelism = 1, more = {} }: Steady = {},
): JobVertex {
  return {
    ...{ id: "source", name: "Source: orders", parallelism, maxParallelism: 128, inputs: [], partitions: 12 },
    ...{ recordsIn: since(at, rate), recordsOut: since(at, rate), inPerSecond: rate, outPerSecond: rate },
    ...{ busyMax: busy, busyMean: mean, backPressuredMax: 0, pendingRecords: 0 },
    ...more,
  };
}

export function work(
  at: number,
  { rate = 100, busy = 700, mean = busy, parallelism = 2, more = {} }: Steady = {},
): JobVertex {
  return {
    ...{ id: "work", name: "Work", parallelism, maxParallelism: 128, inputs: [{ id: "source", ship: "REBALANCE" }] },
    ...{ recordsIn: since(at, rate), recordsOut: since(at, rate), inPerSecond: rate, outPerSecond: rate },
    ...{ busyMax: busy, busyMean: mean, backPressuredMax: 0 },
    ...more,
  };
}

export const look = (seen: FlinkSeen | undefined, why?: string): FlinkScalingInput => ({
  kind: "look",
  service: "orders",
  seen,
  ...(why === undefined ? {} : { why }),
});

/** Looks once a minute from `from` on, `times` times, at what `at` says; nothing is settled. */
export function watch(
  of: FlinkScalingConfig,
  at: (now: number) => FlinkSeen | undefined,
  {
    state = flinkScaling.initial(of, T0),
    from = T0,
    times = 16,
  }: { state?: FlinkScalingState; from?: number; times?: number } = {},
) {
  let now = from;
  let step = flinkScaling.step(of, state, look(at(now)), now);
  for (let count = 1; count < times; count += 1) {
    now += MINUTE_MS;
    step = flinkScaling.step(of, step.state, look(at(now)), now);
  }
  return { ...step, now };
}

export const done = (key: string, at: number, status: ActionResult["status"] = "done"): ActionResult => ({
  key,
  status,
  at,
  detail: "as told",
});

/** The state after every action of a step had this end. */
export function settled(
  of: FlinkScalingConfig,
  step: { readonly state: FlinkScalingState; readonly actions: readonly { readonly key: string }[] },
  now: number,
  status: ActionResult["status"] = "done",
): FlinkScalingState {
  return flinkScaling.settle(
    of,
    step.state,
    step.actions.map(({ key }) => done(key, now, status)),
    now,
  );
}

/** Two subtasks that are busy all the time with 100 records a second: TPR is 100. */
export const full = (at: number): FlinkSeen => job(at, { vertices: [source(at), work(at, { busy: 1000 })] });
/** Ten subtasks that are busy a tenth of it: TPR is 1000. */
export const idle = (at: number): FlinkSeen =>
  job(at, { vertices: [source(at, { parallelism: 2 }), work(at, { busy: 100, parallelism: 10 })] });

export const rules = (trace: readonly { readonly rule: string }[]): readonly string[] => trace.map(({ rule }) => rule);
export const textOf = (
  trace: readonly { readonly rule: string; readonly text: string }[],
  rule: string,
): string | undefined => trace.find((one) => one.rule === rule)?.text;
