import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { AutoscalingConfig, type AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { explain, sentence } from "../../shared/core/autoscaling/explain.ts";
import type { Forecast } from "../../shared/core/autoscaling/forecast/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { Actual, AutoscalingInput, AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { EMPTY, T0 } from "./given.ts";

const MINUTE = 60_000;
const RUNS = 200;

const metric = fc.constantFrom("cpu", "memory", "requests_per_instance");
const cooldown = fc.record({ out: fc.constantFrom("0", "60s", "300s"), in: fc.constantFrom("0", "300s", "600s") });
const select = fc.constantFrom("max", "min", "disabled");
const rules = fc.record(
  {
    stabilization: fc.constantFrom("0s", "60s", "300s"),
    select,
    rules: fc.array(
      fc.record({
        type: fc.constantFrom("pods", "percent"),
        value: fc.integer({ min: 1, max: 200 }),
        period: fc.constantFrom("15s", "2m"),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);
const policy = fc.oneof(
  fc.record({
    type: fc.constant("instances"),
    cpu: fc.option(fc.integer({ min: 1, max: 100 })),
    memory: fc.option(fc.integer({ min: 1, max: 100 })),
    cooldown,
  }),
  fc.record({ type: fc.constant("parallelism"), metric, exact: fc.boolean(), cooldown }),
  fc.record({
    type: fc.constant("target-tracking"),
    metric,
    target: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    disableScaleIn: fc.boolean(),
    cooldown,
  }),
  fc.record({
    type: fc.constant("step"),
    metric,
    threshold: fc.integer({ min: -10, max: 100 }),
    comparison: fc.constantFrom(">", ">=", "<", "<="),
    adjustment: fc.constantFrom("change", "percent", "exact"),
    datapoints: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(
      fc.record({
        from: fc.integer({ min: -50, max: 0 }),
        to: fc.integer({ min: 1, max: 100 }),
        by: fc.integer({ min: -1000, max: 1000 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({
    type: fc.constant("hpa"),
    metrics: fc.array(
      fc.record({
        metric,
        target: fc.double({ min: 0.001, max: 1000, noNaN: true }),
        kind: fc.constantFrom("utilization", "average"),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    out: rules,
    in: rules,
  }),
  fc.record({
    type: fc.constant("demand"),
    target: fc.double({ min: 0.05, max: 1, noNaN: true }),
    drain: fc.constantFrom("10s", "5m", "60m"),
    window: fc.constantFrom("0", "2m", "10m"),
    backlog: fc.constantFrom("backlog", null),
  }),
  fc.record({
    type: fc.constant("predictive"),
    forecaster: fc.constantFrom("regression", "last"),
    thrift: fc.constantFrom(0.7, 1, 1.4),
    waste: fc.constantFrom(0, 1.875, 5),
  }),
  fc.record(
    {
      type: fc.constant("kafka-lag"),
      cluster: fc.constant("main"),
      group: fc.constant("orders"),
      rule: fc.constantFrom("catch-up", "keda"),
      lagThreshold: fc.constantFrom(1, 10, 1000),
      window: fc.constantFrom("0", "5m"),
      cooldown: fc.constantFrom("0", "300s"),
      excludePersistentLag: fc.boolean(),
      idle: fc.constantFrom(0, 1),
    },
    { requiredKeys: ["type", "cluster", "group", "rule"] },
  ),
  fc.record({ type: fc.constant("auto") }),
  fc.record({ type: fc.constant("flink") }),
  fc.record({
    type: fc.constant("scheduled"),
    timezone: fc.constantFrom("UTC", "Europe/Berlin", "Mars/Olympus"),
    actions: fc.array(
      fc.record({
        cron: fc.constantFrom("0 8 * * *", "*/7 * * * *", "0 0 29 2 *", "nonsense"),
        min: fc.integer({ min: 0, max: 30 }),
        max: fc.integer({ min: 0, max: 30 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);
const configuration = fc
  .record(
    {
      mode: fc.constantFrom("act", "act", "act", "observe", "recommend"),
      min: fc.integer({ min: 0, max: 10 }),
      max: fc.integer({ min: 10, max: 40 }),
      policies: fc.array(policy, { minLength: 1, maxLength: 4 }),
      capacity: fc.constantFrom(0.001, 10, 1e9),
      learnCapacity: fc.boolean(),
      startDelay: fc.constantFrom("0", "90s", "20m"),
      maxStep: fc.constantFrom(1, 3, { out: 2 }, { in: 1 }),
      budget: fc.constantFrom({ perHour: 0, taskHour: 1 }, { perHour: 0.5, taskHour: 0.1 }),
      outcome: fc.constantFrom({ after: "1m" }, { after: "2m" }, { revert: false }),
    },
    { requiredKeys: ["mode", "min", "max", "policies"] },
  )
  .map((input) => v.parse(AutoscalingConfig, input as unknown as AutoscalingConfigInput));

const wild = fc.oneof(
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    1e308,
    -1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MAX_SAFE_INTEGER,
    5e-324,
  ),
);
const count = fc.integer({ min: 0, max: 45 });
const percent = fc.oneof(fc.double({ min: 0, max: 120, noNaN: true }), fc.constantFrom(0, 30, 63, 70, 75, 77, 80, 100));

/** What a forecaster may say, right or wrong, and a group with all that a broker may answer of it. */
const forecast = fc.record({
  ahead: fc.integer({ min: -5, max: 10 }),
  level: fc.double({ min: 0, max: 10, noNaN: true }),
  spread: fc.double({ min: 0.01, max: 3, noNaN: true }),
  errors: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 5 }),
  perTask: fc.constantFrom(1, 10),
  mean: fc.double({ min: 0, max: 20, noNaN: true }),
  minutes: fc.integer({ min: -1, max: 5000 }),
  trusted: fc.boolean(),
});
const offset = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(-1, -7, Number.NaN, 1e300));
const lag = fc.oneof(
  fc.constant({ why: "no answer" }),
  fc.record({
    state: fc.constantFrom("Stable", "Stable", "Empty", "PreparingRebalance", "Dead", ""),
    topics: fc.dictionary(
      fc.constantFrom("a", "b", "__proto__"),
      fc.array(fc.option(fc.tuple(offset, offset, fc.constantFrom(0, 10))), { maxLength: 6 }),
      { maxKeys: 2 },
    ),
  }),
);

/** A believable world: counts from 0 on, percentages, gaps; still with everything that can go wrong in it. */
const world = fc.record({
  desired: count,
  readyShare: fc.constantFrom(0, 0.5, 1, 1, 1, 1),
  deploying: fc.boolean(),
  values: fc.dictionary(
    fc.oneof(metric, fc.constantFrom("requests", "backlog", "ready")),
    fc.array(fc.option(percent, { nil: undefined }), { maxLength: 16 }),
  ),
  forecast: fc.option(forecast, { nil: undefined }),
  lag: fc.option(lag, { nil: undefined }),
  stepMs: fc.constantFrom(1000, 15_000, MINUTE, 5 * MINUTE, 60 * MINUTE),
  lateMs: fc.constantFrom(0, 20_000, 4 * MINUTE, 10 * MINUTE, -1000, -10 * MINUTE),
  alarm: fc.option(
    fc.record({
      name: fc.constantFrom("headgate-orders-cpu-out", "other"),
      state: fc.constantFrom("ALARM", "OK", "INSUFFICIENT_DATA"),
    }),
    { nil: undefined },
  ),
  result: fc.constantFrom("done", "done", "done", "refused", "superseded", "failed"),
  follows: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

function inputOf(one: World, desired: number, now: number): Extract<AutoscalingInput, { kind: "evaluate" }> {
  const ready = Math.floor(desired * one.readyShare);
  const actual: Actual = {
    desired,
    pending: desired - ready,
    running: desired,
    ready,
    deploying: one.deploying,
    at: now,
  };
  const readings = Object.fromEntries(
    Object.entries(one.values).map(([name, values]) => {
      const newest = now - one.lateMs - MINUTE;
      const points = values.flatMap((value, index) =>
        value === undefined ? [] : [{ at: newest - (values.length - 1 - index) * MINUTE, value }],
      );
      return [name, { metric: name, unit: "percent", periodMs: MINUTE, points, source: "law" }];
    }),
  );
  return {
    kind: "evaluate",
    service: "orders",
    actual,
    readings,
    ...(one.forecast ? { forecasts: everywhere(forecastOf(one.forecast, now)) } : {}),
    ...(one.lag ? { lags: everywhere({ at: now - one.lateMs, ...one.lag }) } : {}),
    ...(one.alarm ? { alarm: { ...one.alarm, at: now } as never } : {}),
  };
}

function forecastOf(drawn: NonNullable<World["forecast"]>, now: number): Forecast {
  const { ahead, ...rest } = drawn;
  return { ...rest, at: now + ahead * MINUTE, knownAt: now - 2 * MINUTE, forecaster: "regression" };
}

/** The same for whichever policy asks. */
function everywhere<T>(one: T): { [policy: string]: T } {
  return Object.fromEntries(["0", "1", "2", "3"].map((index) => [index, one]));
}

interface Seen {
  readonly input: Extract<AutoscalingInput, { kind: "evaluate" }>;
  readonly before: AutoscalingState;
  readonly step: ReturnType<typeof autoscaling.step>;
  readonly now: number;
}

/** Lives through some worlds, performing and settling each action, and hands every step to `check`. */
function live(config: AutoscalingConfig, worlds: readonly World[], check: (seen: Seen) => void): AutoscalingState {
  let state = autoscaling.initial(config, T0);
  let now = T0;
  let desired = worlds[0]?.desired ?? 2;
  for (const one of worlds) {
    now += one.stepMs;
    if (!one.follows) desired = one.desired;
    const input = inputOf(one, desired, now);
    const step = autoscaling.step(config, state, input, now);
    check({ input, before: state, step, now });
    state = step.state;
    for (const action of step.actions) {
      if (action.type !== "scale") continue;
      if (one.result === "done") desired = action.desired;
      state = autoscaling.settle(
        config,
        state,
        [{ key: action.key, status: one.result, at: now, detail: "" } as never],
        now,
      );
    }
  }
  return state;
}

const life = fc.tuple(configuration, fc.array(world, { minLength: 1, maxLength: 25 }));
const law = (name: string, check: (config: AutoscalingConfig, seen: Seen) => void) =>
  test(name, () => {
    fc.assert(
      fc.property(life, ([config, worlds]) => {
        live(config, worlds, (seen) => check(config, seen));
      }),
      { numRuns: RUNS },
    );
  });

describe("laws", () => {
  law(
    "an action never leads outside the bounds in force, and never to where it already is",
    (_config, { step, input }) => {
      const bounds = step.trace.findLast(({ values }) => "min" in values && "from" in values)?.values as
        | { min: number; max: number }
        | undefined;
      for (const action of step.actions) {
        if (action.type !== "scale" || !bounds) continue;
        expect(action.desired).toBeGreaterThanOrEqual(bounds.min);
        expect(action.desired).toBeLessThanOrEqual(bounds.max);
        expect(action.desired).not.toBe(input.actual?.desired);
        expect(Number.isInteger(action.desired)).toBe(true);
      }
    },
  );

  law("never more than one scale action, and its direction is true", (_config, { step, input }) => {
    const scales = step.actions.filter((action) => action.type === "scale");
    expect(scales.length).toBeLessThanOrEqual(1);
    for (const { desired, expected, direction } of scales) {
      expect(expected).toBe(input.actual?.desired);
      expect(direction).toBe(desired > expected ? "out" : "in");
    }
  });

  law("without data nothing goes in, unless somebody's bounds say so", (_config, { step, input }) => {
    const known =
      Object.values(input.readings).some((reading) => reading.points.length > 0) || input.lags || input.forecasts;
    if (known || step.reason === "bounds_enforced") return;
    expect(step.actions.every((action) => action.type !== "scale" || action.direction === "out")).toBe(true);
  });

  law("during a deployment nothing goes in", (_config, { step, input }) => {
    if (!input.actual?.deploying) return;
    expect(step.actions.every((action) => action.type !== "scale" || action.direction === "out")).toBe(true);
  });

  law("policies never go further at once than the largest step, nor past the budget", (config, { step, input }) => {
    const bounds = step.trace.findLast(({ values }) => "min" in values && "from" in values)?.values;
    for (const action of step.actions) {
      if (action.type !== "scale" || !["scaled_out", "scaled_in", "reverted"].includes(step.reason)) continue;
      const from = input.actual?.desired ?? 0;
      // Where the count is outside of the bounds they say how far it goes.
      if (!bounds || from < Number(bounds["min"]) || from > Number(bounds["max"])) continue;
      const most = config.maxStep?.[action.direction] ?? Number.POSITIVE_INFINITY;
      expect(Math.abs(action.desired - from)).toBeLessThanOrEqual(most);
      const { budget } = config;
      if (budget) expect(action.desired).toBeLessThanOrEqual(Math.max(1, budget.perHour / budget.taskHour));
    }
  });

  test("a change is taken back at most once, and what took it back never is", () => {
    fc.assert(
      fc.property(life, ([config, worlds]) => {
        const reverted = new Map<string, number>();
        live(config, worlds, ({ step, before }) => {
          if (step.reason !== "reverted" || step.actions.every(({ type }) => type !== "scale")) return;
          expect(before.effect?.reverts && step.state.ineffective?.back === before.effect.from).not.toBe(true);
          const { from, to, until } = step.state.ineffective ?? {};
          const change = `${from} ${to} ${until}`;
          reverted.set(change, (reverted.get(change) ?? 0) + 1);
        });
        for (const times of reverted.values()) expect(times).toBe(1);
      }),
      { numRuns: RUNS },
    );
  });

  law("only the mode act acts", (config, { step }) => {
    if (config.mode === "act") return;
    expect(step.actions.every((action) => action.type !== "scale")).toBe(true);
    expect(["scaled_out", "scaled_in", "bounds_enforced"]).not.toContain(
      step.reason === "bounds_enforced" ? "" : step.reason,
    );
  });

  law("same input, same output", (config, { step, before, input, now }) => {
    const again = autoscaling.step(structuredClone(config), structuredClone(before), structuredClone(input), now);
    expect(again).toEqual(step);
  });

  law("looking twice at the same thing changes the state once", (config, { step, input, now }) => {
    if (step.actions.length > 0) return;
    const again = autoscaling.step(config, step.state, input, now);
    expect(again.actions).toEqual([]);
    expect(again.state).toBe(step.state);
  });

  law("state, actions and trace are plain JSON and come back the same", (_config, { step }) => {
    for (const part of [step.state, step.actions, step.trace]) {
      const json = part as unknown as Json;
      expect(JSON.parse(canonical(json))).toEqual(JSON.parse(JSON.stringify(json)));
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    }
  });

  law("there is a reason, and a clause that closes the decision with a sentence", (_config, { step }) => {
    expect(step.reason).toMatch(/^[a-z_]+$/);
    expect(step.trace.length).toBeGreaterThan(0);
    for (const clause of step.trace) expect(clause.text).not.toMatch(/NaN|Infinity|undefined/);
  });

  law("it is due later than now, or open since an instant that has passed", (config, { step, now }) => {
    const due = autoscaling.dueAt(config, step.state, now);
    if (due === undefined) return;
    expect(Number.isFinite(due)).toBe(true);
    const open = Object.keys(step.state.alarms).length > 0 || step.state.recheckAt === due;
    expect(due > now || open).toBe(true);
  });

  test("state stays small whatever happens, and a record of any step reads as a sentence", () => {
    fc.assert(
      fc.property(configuration, fc.array(world, { minLength: 100, maxLength: 150 }), (config, worlds) => {
        const state = live(config, worlds, ({ step, now, input, before }) => {
          const record = {
            v: 1,
            id: "dec_1",
            tenant: "default",
            noun: "autoscaling",
            subject: "orders",
            at: now,
            trigger: { type: "schedule" },
            mode: config.mode,
            configVersion: "1",
            config: null,
            input: input as never,
            stateBefore: before as never,
            reason: step.reason,
            trace: step.trace,
            actions: step.actions,
            stateAfter: step.state as never,
            outcomes: [],
            traceId: "0",
          } as unknown as DecisionRecord;
          expect(sentence(record)).toMatch(/^orders: .+/);
          expect(explain(record).join("\n")).not.toMatch(/NaN|undefined/);
        });
        expect(JSON.stringify(state).length).toBeLessThan(20_000);
      }),
      { numRuns: 20 },
    );
  });
});

describe("step is total", () => {
  const any = fc.record({
    desired: wild,
    pending: wild,
    running: wild,
    ready: wild,
    deploying: fc.boolean(),
    at: wild,
  });
  const points = fc.array(
    fc.oneof(
      fc.record({ at: fc.oneof(wild, fc.integer({ min: T0 - 20 * MINUTE, max: T0 })), value: wild }),
      fc.constant(null as never),
    ),
    { maxLength: 20 },
  );
  const readings = fc.dictionary(
    fc.oneof(metric, fc.constantFrom("ready", "__proto__", "constructor")),
    fc.record({
      metric,
      unit: fc.string(),
      periodMs: fc.oneof(wild, fc.constant(MINUTE)),
      points,
      source: fc.string(),
    }),
  );
  const evaluate = fc.record({
    kind: fc.constant("evaluate"),
    service: fc.string(),
    actual: fc.option(
      fc.oneof(
        any,
        world.map((one) => inputOf(one, one.desired, T0).actual),
      ),
      { nil: undefined },
    ),
    readings,
    forecasts: fc.option(
      fc.dictionary(
        fc.constantFrom("0", "1"),
        fc.record({
          at: wild,
          knownAt: wild,
          level: wild,
          spread: wild,
          errors: fc.array(wild, { maxLength: 4 }),
          perTask: wild,
          mean: wild,
          minutes: wild,
          forecaster: fc.constant("last"),
          trusted: fc.boolean(),
        }),
      ),
      { nil: undefined },
    ),
    lags: fc.option(
      fc.dictionary(
        fc.constantFrom("0", "1"),
        fc.oneof(
          fc.record({ at: wild, why: fc.string() }),
          fc.record({
            at: wild,
            state: fc.string(),
            topics: fc.dictionary(fc.string(), fc.array(fc.option(fc.tuple(wild, wild, wild)), { maxLength: 4 })),
          }),
        ),
      ),
      { nil: undefined },
    ),
  });
  const command = fc.oneof(
    fc.record({
      kind: fc.constant("pause"),
      by: fc.string(),
      why: fc.string(),
      until: wild,
      direction: fc.constantFrom("all", "out", "in"),
    }),
    fc.record({ kind: fc.constant("resume"), by: fc.string(), why: fc.string() }),
    fc.record({ kind: fc.constant("override"), by: fc.string(), why: fc.string(), desired: wild, until: wild }),
    fc.record({ kind: fc.constant("clear_override"), by: fc.string(), why: fc.string() }),
  );
  test("it never throws and never leaves JSON, whatever the numbers and times", () => {
    fc.assert(
      fc.property(
        configuration,
        fc.array(fc.tuple(fc.oneof(evaluate, command), fc.oneof(fc.constant(T0), wild)), { maxLength: 12 }),
        (config, inputs) => {
          let state: AutoscalingState = EMPTY;
          for (const [input, now] of inputs) {
            const step = autoscaling.step(config, state, input as unknown as AutoscalingInput, now);
            canonical(step.state as unknown as Json);
            canonical(step.actions as unknown as Json);
            canonical(step.trace as unknown as Json);
            const results = step.actions.map(({ key }) => ({ key, status: "done" as const, at: now, detail: "" }));
            state = autoscaling.settle(config, step.state, results, now);
            canonical(state as unknown as Json);
            const due = autoscaling.dueAt(config, state, now);
            expect(due === undefined || Number.isFinite(due)).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
