import fc from "fast-check";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkScalingConfig, FlinkScalingInput } from "../../shared/core/autoscaling/flink/types.ts";
import type { JobState, JobVertex } from "../../shared/core/kernel/jobs.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { AGAIN, config } from "../autoscaling/flink-given.ts";
import { machineLaws } from "./machine.ts";

type Make = (config: FlinkScalingConfig, at: number) => FlinkScalingInput;

const configs = fc
  .record({
    mode: fc.constantFrom("observe" as const, "recommend" as const, "act" as const, "act" as const),
    again: fc.boolean(),
    min: fc.integer({ min: 0, max: 3 }),
    window: fc.constantFrom("1m", "15m", "6h"),
    interval: fc.constantFrom("0", "1h"),
    blind: fc.boolean(),
    seed: fc.boolean(),
    outcome: fc.constantFrom("1m", "10m"),
  })
  .map(({ mode, again, min, window, interval, blind, seed, outcome }) => {
    const flink = {
      ...{ type: "flink" as const, window, scaleDownInterval: interval, stabilization: "0", scalability: blind },
      ...(blind ? { gcPressure: 0.5, excludedPeriods: ["09:00-10:00"] } : {}),
    };
    const policies = seed ? [flink, { type: "parallelism" as const }] : [flink];
    return config({}, { mode, min, max: 12, policies, outcome: { after: outcome } }, again ? AGAIN : undefined);
  });

const amount = fc.option(fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.constant(Number.NaN)), { nil: undefined });
const states: readonly JobState[] = ["RUNNING", "RUNNING", "RUNNING", "RESTARTING", "FAILED", "CANCELED", "FINISHED"];

/** Two jobs of one name: the second is another hand's. */
const ids = ["a".repeat(32), "b".repeat(32)];

const looks: fc.Arbitrary<Make> = fc
  .record({
    seen: fc.option(
      fc.record({
        job: fc.nat(3),
        state: fc.constantFrom(...states),
        allRunning: fc.boolean(),
        parallelism: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 12 })),
        rate: fc.integer({ min: 0, max: 1000 }),
        busy: fc.integer({ min: 0, max: 1000 }),
        parts: fc.array(amount, { minLength: 6, maxLength: 6 }),
        whole: fc.boolean(),
        adaptive: fc.option(fc.boolean(), { nil: undefined }),
        asked: fc.boolean(),
        checkpoint: fc.option(fc.integer({ min: -MINUTE_MS, max: MINUTE_MS }), { nil: undefined }),
        slots: fc.option(fc.record({ total: fc.nat(20), free: fc.nat(5) }), { nil: undefined }),
        gcShare: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      }),
      { nil: undefined, freq: 8 },
    ),
    gone: fc.boolean(),
    savepoint: fc.constantFrom(
      undefined,
      { status: "in_progress" as const },
      { status: "completed" as const, path: "s3://sp" },
      { status: "failed" as const, why: "no space" },
      { status: "unknown" as const },
    ),
  })
  .map(({ seen, gone, savepoint }) => (_config: FlinkScalingConfig, at: number): FlinkScalingInput => {
    const more = savepoint ? { savepoint } : {};
    const base = { kind: "look", service: "orders", seen: undefined, ...more } as const;
    if (!seen) return { ...base, why: "away", ...(gone ? { gone: true as const } : {}) };
    const [first, second] = seen.parallelism;
    const steady = Math.floor((at - 1_600_000_000_000) / 1000) * seen.rate;
    const [pendingRecords, recordsOut, inPerSecond, busyMean, backPressuredMax, partitions] = seen.parts;
    const part = seen.whole ? {} : { pendingRecords, recordsOut, inPerSecond, busyMean, backPressuredMax, partitions };
    const counted = seen.whole
      ? { recordsIn: steady, recordsOut: steady, inPerSecond: seen.rate, pendingRecords: 5 }
      : { recordsIn: pendingRecords };
    const vertex = (id: string, parallelism: number, inputs: JobVertex["inputs"]) =>
      ({ id, name: id, parallelism, maxParallelism: 64, inputs, busyMax: seen.busy, ...counted, ...part }) as JobVertex;
    const vertices = [vertex("constructor", first, []), vertex("work", second, [{ id: "constructor", ship: "HASH" }])];
    return {
      ...base,
      seen: {
        ...{
          at,
          jobId: ids[seen.job % ids.length] ?? "a",
          name: "orders",
          state: seen.state,
          allRunning: seen.allRunning,
          vertices,
        },
        ...(seen.adaptive === undefined ? {} : { adaptive: seen.adaptive }),
        ...(seen.asked ? { asked: { constructor: first, work: second } as never } : {}),
        ...(seen.checkpoint === undefined
          ? {}
          : { checkpoints: { completed: 1, failed: 0, lastCompletedAt: at + seen.checkpoint, lastPath: "s3://chk" } }),
        ...(seen.slots ? { slots: seen.slots } : {}),
        ...(seen.gcShare === undefined ? {} : { gcShare: seen.gcShare }),
      },
    };
  });

const person = { service: "orders", by: "ann", why: "because" };
const commands: fc.Arbitrary<Make> = fc
  .record({
    kind: fc.constantFrom("pause" as const, "resume" as const, "override" as const, "clear_override" as const),
    direction: fc.constantFrom("all" as const, "out" as const, "in" as const),
    desired: fc.nat(15),
    forMs: fc.integer({ min: 1_000, max: 7_200_000 }),
  })
  .map(({ kind, direction, desired, forMs }) => (_config: FlinkScalingConfig, at: number): FlinkScalingInput => {
    if (kind === "pause") return { ...person, kind, direction, until: at + forMs } as FlinkScalingInput;
    if (kind === "override") return { ...person, kind, desired, until: at + forMs } as FlinkScalingInput;
    return { ...person, kind } as FlinkScalingInput;
  });

const input = fc.oneof({ weight: 6, arbitrary: looks }, { weight: 1, arbitrary: commands });

machineLaws("scaling of a Flink job", flinkScaling, { config: configs, input, maxPauseMs: 12 * MINUTE_MS, runs: 40 });
