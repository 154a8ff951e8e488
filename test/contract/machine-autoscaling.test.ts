import fc from "fast-check";
import * as v from "valibot";
import { AutoscalingConfig, type AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingInput } from "../../shared/core/autoscaling/types.ts";
import type { Reading } from "../../shared/core/kernel/reading.ts";
import { machineLaws } from "./machine.ts";

type Make = (config: AutoscalingConfig, at: number) => AutoscalingInput;

const policies: readonly NonNullable<AutoscalingConfigInput["policies"]>[number][] = [
  { type: "instances" },
  { type: "parallelism" },
  { type: "target-tracking", target: 60 },
  {
    type: "step",
    threshold: 70,
    steps: [
      { from: 0, to: 10, by: 1 },
      { from: 10, by: 3 },
    ],
  },
  { type: "hpa", metrics: [{ target: 70 }] },
  { type: "demand", window: "2m" },
  { type: "predictive" },
  { type: "kafka-lag", cluster: "main", group: "orders" },
  { type: "kafka-lag", cluster: "main", group: "orders", rule: "keda" },
  { type: "auto" },
  { type: "scheduled", timezone: "Europe/Berlin", actions: [{ cron: "0 8 * * mon-fri", min: 4, max: 12 }] },
];

const config = fc
  .record({
    mode: fc.constantFrom("observe" as const, "recommend" as const, "act" as const),
    min: fc.integer({ min: 0, max: 4 }),
    room: fc.integer({ min: 1, max: 10 }),
    policies: fc.subarray([...policies], { minLength: 1, maxLength: 6 }),
    extra: fc.constantFrom({}, { capacity: 20 }, { maxStep: 2, outcome: { after: "1m" } }),
  })
  .map(({ room, extra, ...rest }) => v.parse(AutoscalingConfig, { ...rest, ...extra, max: rest.min + room }));

const value = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double({ min: 0, max: 1e6, noNaN: true }));

const evaluate: fc.Arbitrary<Make> = fc
  .record({
    actual: fc.option(
      fc.record({
        desired: fc.nat(15),
        pending: fc.nat(3),
        running: fc.nat(15),
        ready: fc.nat(15),
        deploying: fc.boolean(),
      }),
      { nil: undefined },
    ),
    readings: fc.dictionary(
      fc.constantFrom("cpu", "memory", "requests", "backlog", "ready"),
      fc.array(fc.option(value, { nil: undefined }), { maxLength: 20 }),
    ),
    alarm: fc.option(fc.constantFrom("ALARM" as const, "OK" as const, "INSUFFICIENT_DATA" as const), {
      nil: undefined,
    }),
    lateMs: fc.integer({ min: 0, max: 600_000 }),
    offsets: fc.option(fc.array(fc.tuple(fc.nat(500), fc.nat(5000)), { maxLength: 4 }), { nil: undefined }),
    level: fc.option(fc.double({ min: 0, max: 6, noNaN: true }), { nil: undefined }),
  })
  .map(
    ({ actual, readings, alarm, lateMs, offsets, level }) =>
      ({ period }: AutoscalingConfig, at: number): AutoscalingInput => {
        const end = Math.floor((at - lateMs) / period) * period;
        const reading = (metric: string, values: readonly (number | undefined)[]): Reading => ({
          metric,
          unit: "percent",
          periodMs: period,
          source: "test",
          points: values.flatMap((point, index) =>
            point === undefined ? [] : [{ at: end - (values.length - index) * period, value: point }],
          ),
        });
        return {
          kind: "evaluate",
          service: "orders",
          actual: actual && { ...actual, at },
          readings: Object.fromEntries(
            Object.entries(readings).map(([metric, values]) => [metric, reading(metric, values)]),
          ),
          ...(offsets
            ? {
                lags: everywhere({ at, state: "Stable", topics: { orders: offsets.map(([to, end]) => [to, end, 0]) } }),
              }
            : {}),
          ...(level === undefined
            ? {}
            : {
                forecasts: everywhere({
                  at: end + 4 * period,
                  knownAt: end - period,
                  level,
                  spread: 0.2,
                  errors: [],
                  perTask: 20,
                  mean: 8,
                  minutes: 3000,
                  forecaster: "regression",
                  trusted: true,
                }),
              }),
          ...(alarm === undefined ? {} : { alarm: { name: "headgate-orders-cpu-out", state: alarm, at } }),
        } as AutoscalingInput;
      },
  );

const everywhere = (one: unknown) => Object.fromEntries([0, 1, 2, 3, 4, 5].map((index) => [String(index), one]));

const person = { service: "orders", by: "ann", why: "because" };
const command: fc.Arbitrary<Make> = fc
  .record({
    kind: fc.constantFrom("pause" as const, "resume" as const, "override" as const, "clear_override" as const),
    direction: fc.constantFrom("all" as const, "out" as const, "in" as const),
    desired: fc.nat(15),
    forMs: fc.integer({ min: 1_000, max: 7_200_000 }),
  })
  .map(({ kind, direction, desired, forMs }) => (_config: AutoscalingConfig, at: number): AutoscalingInput => {
    if (kind === "pause") return { ...person, kind, direction, until: at + forMs } as AutoscalingInput;
    if (kind === "override") return { ...person, kind, desired, until: at + forMs } as AutoscalingInput;
    return { ...person, kind } as AutoscalingInput;
  });

machineLaws("autoscaling", autoscaling, {
  config,
  input: fc.oneof({ weight: 5, arbitrary: evaluate }, { weight: 1, arbitrary: command }),
});
