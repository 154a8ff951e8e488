import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { backtest, worldOf } from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { machineController } from "../../shared/core/autoscaling/backtest/drive.ts";
import { load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { type Controller, type Run, simulate } from "../../shared/core/autoscaling/backtest/simulate.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { prng } from "../../shared/core/kernel/prng.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { parseTrace, type Trace } from "../../shared/core/kernel/trace.ts";
import { hpa70, seedInstances, seedParallelism, targetTracking70 } from "./backtest-rules.ts";

const FOLDER = new URL("../../../shared/traces/", import.meta.url);
const absent = !existsSync(FOLDER);
const where = absent ? " (skipped: ../shared/traces is not here)" : "";

const RULES: Readonly<Record<string, () => Controller>> = {
  "seed-instances": seedInstances,
  "seed-parallelism": seedParallelism,
  "hpa-cpu70": hpa70,
  "target-tracking-70": targetTracking70,
};

function builtin(name: string): AutoscalingConfig {
  const policy = builtinPolicies[name];
  if (!policy) throw new Error(`no built-in policy ${name}`);
  return policy;
}

const traces = new Map<string, Trace>();

function recorded(name: string): Trace {
  const known = traces.get(name);
  if (known) return known;
  const result = parseTrace(readFileSync(new URL(`${name}.csv`, FOLDER), "utf8"));
  if (!result.ok) throw new Error(result.faults[0]?.message);
  traces.set(name, result.trace);
  return result.trace;
}

/** One run tells the measures and the minutes. */
const runs = new Map<string, ReturnType<typeof backtest>>();
function played(name: string, policy: string): ReturnType<typeof backtest> {
  const key = `${name} ${policy}`;
  const result = runs.get(key) ?? backtest(recorded(name), builtin(policy), { name: policy, series: true });
  runs.set(key, result);
  return result;
}

function byRule(work: ReturnType<typeof load>, policy: string): Run {
  return simulate(work.arrivals, (RULES[policy] as () => Controller)(), worldOf({}, work.arrivals.length), true);
}

describe(`built-in policies reproduce the reference table within 3 % of J${where}`, () => {
  describe.each([
    [
      "wc98_groupstage_1min",
      { "seed-instances": 1.94, "seed-parallelism": 1.9, "hpa-cpu70": 1.4, "target-tracking-70": 1.45 },
    ],
    [
      "nasa_jul95_1min",
      { "seed-instances": 1.82, "seed-parallelism": 2.13, "hpa-cpu70": 1.93, "target-tracking-70": 2.2 },
    ],
    [
      "nab_elb_request_count_5min",
      { "seed-instances": 3.13, "seed-parallelism": 3.37, "hpa-cpu70": 4.91, "target-tracking-70": 4.73 },
    ],
    [
      "nab_tweets_amzn_5min",
      { "seed-instances": 2, "seed-parallelism": 2.02, "hpa-cpu70": 1.68, "target-tracking-70": 1.86 },
    ],
  ])("%s", (name, reference) => {
    test.skipIf(absent).each(Object.entries(reference))("%s: J %f", (policy, j) => {
      const { measures, notes } = played(name, policy);
      expect(Math.abs(measures.j / j - 1)).toBeLessThanOrEqual(0.03);
      expect(measures.minutes).toBeGreaterThanOrEqual(17_280);
      expect(notes).toEqual([]);
    });

    test.skipIf(absent).each(Object.keys(reference))(
      "%s: the machine decides as the rule written from the words does, minute by minute",
      (policy) => {
        const { series = [] } = played(name, policy);
        const work = load(recorded(name), 8);
        const rule = byRule(work, policy).series ?? [];
        expect(rule.length).toBe(work.arrivals.length);
        expect(series.findIndex((one, index) => !isDeepStrictEqual(one, rule[index]))).toBe(-1);
        expect(series.length).toBe(rule.length);
      },
    );
  });
});

describe("built-in policies decide as the rules written from the words do", () => {
  test.each(Object.keys(RULES))("%s on a synthetic fortnight", (policy) => {
    expectSameAsRule(syntheticTrace(), policy);
  });
});

function expectSameAsRule(trace: Trace, policy: string): void {
  const work = load(trace, 8);
  const world = worldOf({}, work.arrivals.length);
  const machine = simulate(work.arrivals, machineController(builtin(policy), work, world), world, true);
  const rule = byRule(work, policy);
  const minute = machine.series?.findIndex((one, index) => one.desired !== rule.series?.[index]?.desired);
  expect({ minute, taskHours: machine.taskHours, bad: machine.violationMinutes }).toEqual({
    minute: -1,
    taskHours: rule.taskHours,
    bad: rule.violationMinutes,
  });
}

describe("a backtest", () => {
  const day = syntheticTrace({ days: 1 });

  test("answers exactly the promised measures", () => {
    const { measures } = backtest(day, builtin("hpa-cpu70"), { name: "hpa-cpu70" });
    expect(Object.keys(measures)).toEqual([
      "policy",
      "minutes",
      "violationMinutes",
      "taskHours",
      "oracleTaskHours",
      "costRatio",
      "j",
      "worstWaitSeconds",
      "actionsPerDay",
    ]);
    expect(Object.values(measures).slice(1).every(Number.isFinite)).toBe(true);
  });

  test("scores a day whole and a fortnight without its first two days", () => {
    expect(backtest(day, builtin("hpa-cpu70")).measures.minutes).toBe(1440);
    expect(backtest(syntheticTrace(), builtin("hpa-cpu70")).measures.minutes).toBe(17_280);
    expect(backtest(syntheticTrace(), builtin("hpa-cpu70"), { warmupDays: 7 }).measures.minutes).toBe(10_080);
  });

  test("twice the same gives the same, to the last bit", () => {
    const run = () => backtest(day, builtin("target-tracking-70"), { decisions: "all", series: true });
    expect(run()).toEqual(run());
  });

  test.each(Object.keys(RULES))("%s cannot peek: noise from minute T on changes no decision before T + 2", (policy) => {
    const from = 700;
    const random = prng(99);
    const noisy: Trace = {
      ...day,
      points: day.points.map((point, index) =>
        index < from ? point : { at: point.at, value: Math.round(40_000 * random()) },
      ),
    };
    const desired = (trace: Trace): readonly number[] => {
      // One scale for both: the mean of a trace is not something that a policy sees.
      const work = load(trace, 8);
      const same = load(day, 8);
      const factor = same.unitsPerTaskSecond === 0 ? 0 : work.unitsPerTaskSecond / same.unitsPerTaskSecond;
      const arrivals = work.arrivals.map((value) => value * factor);
      const world = worldOf({}, arrivals.length);
      const controller = machineController(builtin(policy), { ...same, arrivals }, world);
      return (simulate(arrivals, controller, world, true).series ?? []).map((minute) => minute.desired);
    };
    const [plain, other] = [desired(day), desired(noisy)];
    const first = plain.findIndex((count, minute) => count !== other[minute]);
    expect(first).toBeGreaterThanOrEqual(from + 2);
    expect(first).toBeLessThan(from + 60);
  });

  test("keeps the decisions that acted with their why, when asked", () => {
    const { decisions } = backtest(day, builtin("hpa-cpu70"), { decisions: "acted" });
    expect(decisions?.length).toBeGreaterThan(5);
    for (const decision of decisions ?? []) {
      expect(decision.desired).not.toBe(decision.from);
      expect(decision.reason).toBe(decision.desired > decision.from ? "scaled_out" : "scaled_in");
      expect(decision.trace.length).toBeGreaterThan(0);
    }
    expect(backtest(day, builtin("hpa-cpu70")).decisions).toBeUndefined();
  });

  test("one decision for every minute, when asked", () => {
    const { decisions, series } = backtest(day, builtin("seed-instances"), { decisions: "all", series: true });
    expect(decisions).toHaveLength(1440);
    expect(series).toHaveLength(1440);
    expect(decisions?.[0]?.reason).toBe("held_no_data");
  });

  test("acts although the policy is only observed, and says so", () => {
    const observed = backtest(day, { ...builtin("hpa-cpu70"), mode: "observe" });
    expect(observed.measures.actionsPerDay).toBeGreaterThan(0);
    expect(observed.notes).toEqual(["mode observe is backtested as act"]);
  });

  test("leaves the memory half of an instances policy out, and says so", () => {
    const config = builtin("seed-instances");
    const policies = [
      { type: "instances" as const, cpu: 75, memory: 80, cooldown: { out: 5 * MINUTE_MS, in: 10 * MINUTE_MS } },
    ];
    const result = backtest(day, { ...config, policies }, { name: "x" });
    expect(result.measures).toEqual(backtest(day, config, { name: "x" }).measures);
    expect(result.notes).toEqual(["policies[0]: memory 80 % is left out, a recorded load says nothing about memory"]);
  });

  test("refuses a policy on a metric that a recorded load does not have, and names those it has", () => {
    const policies: AutoscalingConfig["policies"] = [
      {
        type: "target-tracking",
        metric: "latency_p99",
        target: 100,
        datapoints: { out: 3, in: 15 },
        lowFactor: 0.9,
        cooldown: { out: 0, in: 0 },
        disableScaleIn: false,
      },
    ];
    const run = () => backtest(day, { ...builtin("hpa-cpu70"), policies });
    expect(run).toThrow(HeadgateError);
    try {
      run();
    } catch (error) {
      expect((error as HeadgateError).code).toBe("input.invalid");
      expect((error as HeadgateError).faults[0]).toMatchObject({
        value: "latency_p99",
        allowed: expect.stringContaining("cpu, "),
      });
    }
  });

  test("a policy on requests per second follows the load in the trace's own unit", () => {
    // The mean of the day is 6000 a minute, 100 a second, for 8 tasks; 10 a second and task is 80 % of what one can.
    const policies: AutoscalingConfig["policies"] = [
      {
        type: "hpa",
        metrics: [{ metric: "requests", target: 10, kind: "average" }],
        tolerance: 0.1,
        out: { select: "max" },
        in: { select: "max" },
      },
    ];
    const calm = syntheticTrace({ days: 1, noise: 0, spikes: [] });
    const { series } = backtest(calm, { ...builtin("hpa-cpu70"), policies }, { series: true });
    const noon = series?.[720];
    expect(noon?.arrivals).toBeCloseTo(12.8, 1);
    expect(noon?.desired).toBeGreaterThanOrEqual(15);
    expect(noon?.desired).toBeLessThanOrEqual(17);
  });

  test("a metric can be taken away: without the ready count the machine falls back and still follows the load", () => {
    const policy = builtin("target-tracking-70");
    const [with_, without] = [backtest(day, policy), backtest(day, policy, { without: ["ready"] })];
    expect(without.measures).not.toEqual(with_.measures);
    expect(Math.abs(without.measures.j / with_.measures.j - 1)).toBeLessThan(0.1);
    expect(backtest(day, policy, { without: ["cpu"] }).measures.actionsPerDay).toBe(0);
  });

  test("the policy's own bounds hold inside those of the fleet", () => {
    const { series } = backtest(day, { ...builtin("hpa-cpu70"), min: 5, max: 9 }, { series: true });
    const counts = (series ?? []).slice(60).map((minute) => minute.desired);
    expect(Math.min(...counts)).toBe(5);
    expect(Math.max(...counts)).toBe(9);
  });

  test("a trace without any load costs the minimum and violates nothing", () => {
    const idle: Trace = { points: [0, 1, 2, 3, 4].map((hour) => ({ at: hour * HOUR_MS, value: 0 })), stepMs: HOUR_MS };
    expect(backtest(idle, builtin("target-tracking-70")).measures).toMatchObject({
      violationMinutes: 0,
      j: 1,
      worstWaitSeconds: 0,
    });
  });
});
