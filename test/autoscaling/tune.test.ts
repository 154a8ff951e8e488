import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { resolved, untuned } from "../../shared/core/autoscaling/auto.ts";
import { stageOf } from "../../shared/core/autoscaling/backtest/backtest.ts";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { type Days, daysIn, halves, minutesOf, parseDays } from "../../shared/core/autoscaling/backtest/days.ts";
import { type Load, load } from "../../shared/core/autoscaling/backtest/grid.ts";
import type { Measures } from "../../shared/core/autoscaling/backtest/measures.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import { finished } from "../../shared/core/autoscaling/backtest/turns.ts";
import { AutoscalingConfig, Policy } from "../../shared/core/autoscaling/config.ts";
import { predictiveCandidates, reactiveCandidates } from "../../shared/core/autoscaling/tune/candidates.ts";
import { type Counted, costOf, goalOf, keeps, moneyOf, pick } from "../../shared/core/autoscaling/tune/objective.ts";
import { perTaskOf } from "../../shared/core/autoscaling/tune/per-task.ts";
import { configWith, play, type Stage } from "../../shared/core/autoscaling/tune/play.ts";
import { playPredictive } from "../../shared/core/autoscaling/tune/predictive-grid.ts";
import { regretOf, regretting } from "../../shared/core/autoscaling/tune/regret.ts";
import { choose, tune } from "../../shared/core/autoscaling/tune/tune.ts";
import type { Objective } from "../../shared/core/autoscaling/tune/types.ts";
import { prng } from "../../shared/core/kernel/prng.ts";

const MINUTES = 1440;
const SIGNALS = { arrivals: "requests", backlog: "backlog" };

function stage(days: number, change: (work: Load) => Load = (work) => work): Stage {
  const spikes = [
    { atMinute: 1.4 * MINUTES, minutes: 25, factor: 2.5 },
    { atMinute: 2.6 * MINUTES, minutes: 25, factor: 2.5 },
  ];
  const work = load(syntheticTrace({ days, seed: 5, noise: 0.1, spikes }), 8);
  return stageOf(change(work), builtinPolicies["demand"] as AutoscalingConfig, {}, 8);
}

/** Noise in place of the load from a minute on. */
function noiseFrom(minute: number, seed: number) {
  return (work: Load): Load => {
    const random = prng(seed);
    const arrivals = work.arrivals.slice();
    for (let index = minute; index < arrivals.length; index += 1) arrivals[index] = 30 * random();
    return { ...work, arrivals };
  };
}

const THREE = stage(3);

describe("days of a load", () => {
  it("are counted from 1, and both ends belong to them", () => {
    expect(parseDays("3-8", 14 * MINUTES)).toEqual([3, 8]);
    expect(minutesOf([3, 8], 14 * MINUTES)).toEqual({ from: 2 * MINUTES, to: 8 * MINUTES });
    expect(minutesOf([9, 14], 14 * MINUTES + 40), "what is left over belongs to the last day").toEqual({
      from: 8 * MINUTES,
      to: 14 * MINUTES + 40,
    });
  });

  it.each(["0-3", "5-4", "3-15", "3", "3-", "a-b", "3-8 ", "-1-3", "1.5-3"])(
    "%j is refused with what is allowed",
    (text) => {
      expect(() => parseDays(text, 14 * MINUTES)).toThrowError(
        expect.objectContaining({ code: "input.invalid", faults: [expect.objectContaining({ value: text })] }),
      );
    },
  );

  it("are halved after a warm-up, so that no day is both picked and scored on", () => {
    expect(halves(14 * MINUTES)).toEqual({ train: [3, 8], score: [9, 14] });
    expect(halves(3 * MINUTES)).toEqual({ train: [2, 2], score: [3, 3] });
    expect(halves(MINUTES), "one day cannot be halved").toBeUndefined();
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 366 }), (days) => {
        const both = halves(days * MINUTES) as { train: Days; score: Days };
        expect(both.train[0]).toBeGreaterThanOrEqual(1);
        expect(both.train[1]).toBeGreaterThanOrEqual(both.train[0]);
        expect(both.score).toEqual([both.train[1] + 1, daysIn(days * MINUTES)]);
      }),
    );
  });
});

const run = (cost: number, actionsPerDay = 10, violationMinutes = 0): Counted & { readonly id: string } => ({
  ...{ id: `${cost}/${actionsPerDay}/${violationMinutes}`, minutes: 1000, taskHours: cost },
  ...{ violationMinutes, actionsPerDay },
});

describe("the objective", () => {
  const J = goalOf(undefined, 8);

  it("takes a violation minute for ten minutes of the average fleet where nothing is said, as J does", () => {
    expect(J.violation).toBe(80);
    const { measures } = play(THREE, builtinPolicies["hpa-cpu70"] as AutoscalingConfig, [2, 3], "hpa");
    expect(measures.violationMinutes).toBeGreaterThan(0);
    expect(costOf(J, measures) / measures.oracleTaskHours).toBeCloseTo(measures.j, 10);
  });

  it("turns prices into task-minutes, and back into money", () => {
    const goal = goalOf({ taskHour: 0.05, violationMinute: 0.1 }, 8);
    expect(goal.violation).toBeCloseTo(120, 10);
    const one = { minutes: 1440, violationMinutes: 3, taskHours: 200, actionsPerDay: 1 };
    expect(costOf(goal, one)).toBeCloseTo(206, 10);
    expect(moneyOf(goal, one)).toEqual({ tasks: 10, violations: expect.closeTo(0.3, 10) });
    expect(costOf(goal, one) * 0.05, "cost in task-hours times their price is the money").toBeCloseTo(10.3, 10);
    expect(moneyOf(J, one), "without prices there is no money").toBeUndefined();
  });

  it("stays finite where tasks are free", () => {
    expect(Number.isFinite(goalOf({ taskHour: 0, violationMinute: 1 }, 8).violation)).toBe(true);
    expect(goalOf({ taskHour: 0, violationMinute: 0 }, 8).violation).toBe(80);
  });

  it("picks the cheapest within the limit of actions, for at most 4 % more", () => {
    expect(pick(J, [run(100, 200), run(103, 60), run(104.1, 10)], 63)).toMatchObject({
      best: { id: "103/60/0" },
      withinLimits: true,
    });
    expect(pick(J, [run(100, 200), run(105, 10)], 63), "5 % is too much for it").toMatchObject({
      best: { id: "100/200/0" },
      withinLimits: false,
    });
    expect(pick(J, [], 63)).toBeUndefined();
  });

  it("with an SLO takes the cheapest that keeps it, and says where none does", () => {
    const slo = goalOf({ slo: 99 }, 8);
    const runs = [run(50, 1, 30), run(80, 1, 10), run(70, 1, 11), run(90, 1, 0)];
    expect(pick(slo, runs, 63)).toMatchObject({ best: { id: "80/1/10" }, withinLimits: true });
    expect(pick(slo, runs.slice(0, 1).concat(run(60, 1, 20)), 63)).toMatchObject({
      best: { id: "60/1/20" },
      withinLimits: false,
    });
    expect(keeps(goalOf({ slo: 99.9 }, 8), { ...run(1, 1, 10), minutes: 10_000 }), "exactly at the limit").toBe(true);
    expect(keeps(goalOf({ slo: 99.9 }, 8), { ...run(1, 1, 11), minutes: 10_000 })).toBe(false);
  });
});

describe("candidates", () => {
  it("are 168 forecasts at a price, each another policy, and each as it can be written in a file", () => {
    const goal = goalOf(undefined, 8);
    const all = predictiveCandidates(SIGNALS, goal, 8, [60_000, 90_000]);
    expect(all).toHaveLength(168);
    expect(new Set(all.map(({ name }) => name)).size).toBe(168);
    for (const one of [...all, ...reactiveCandidates(SIGNALS, goal).flat()])
      expect(v.parse(Policy, JSON.parse(JSON.stringify(one.written)))).toEqual(one.policy);
    expect([...new Set(all.map(({ policy }) => policy.hold))]).toEqual([1, 2, 3, 6]);
  });

  it("hold longer where tasks start slower", () => {
    const holds = predictiveCandidates(SIGNALS, goalOf(undefined, 8), 8, [60_000, 240_000]).map(
      ({ policy }) => policy.hold,
    );
    expect([...new Set(holds)]).toEqual([2, 4, 5, 12]);
  });

  it("carry the price of the objective", () => {
    const goal = goalOf({ taskHour: 1, violationMinute: 4 }, 8);
    const [one] = predictiveCandidates(SIGNALS, goal, 8, [60_000, 90_000]);
    expect(one?.policy.violation, "240 task-minutes are 30 minutes of 8 tasks").toBe(30);
  });
});

describe("tuning", () => {
  /** The others are played by the machine, which takes most of the time. */
  const families = ["predictive", "hpa"] as const;
  const CHOICE = choose(THREE, [2, 2], { families });
  const played = (on: Stage, candidates: Parameters<typeof playPredictive>[2]) =>
    [...playPredictive(on, [2, 2], candidates)].flatMap((turn) => (turn ? [turn] : []));
  const forecasts = (objective: Objective) => {
    const goal = goalOf(objective, 8);
    const all = played(THREE, predictiveCandidates(SIGNALS, goal, 8, [60_000, 90_000]));
    return pick(
      goal,
      all.map(([, measures]) => measures),
      63,
    )?.best as Measures;
  };

  it("picks nothing that the days after the training could change, and scores the choice on them", () => {
    const other = stage(3, noiseFrom(2 * MINUTES, 1));
    const tuned = tune(other, { train: [2, 2], score: [3, 3] }, { families });
    expect(tuned).toMatchObject(CHOICE);
    expect(tuned).toMatchObject({ trainDays: [2, 2], scoreDays: [3, 3], minutes: MINUTES, policy: CHOICE.picked.name });
    expect(tuned.j, "nobody can foresee noise").toBeGreaterThan(1.2 * CHOICE.train.j);
    const [seen] = played(stage(3, noiseFrom(1.5 * MINUTES, 1)), [CHOICE.picked as never]);
    expect(seen?.[1].j, "noise within the days of training is seen").not.toBe(CHOICE.train.j);
  });

  it("is as good on its days as every other candidate within the limits, and names the best of each family", () => {
    const goal = goalOf(undefined, 8);
    const all = played(THREE, predictiveCandidates(SIGNALS, goal, 8, [60_000, 90_000]));
    const best = Math.min(...all.map(([, { j }]) => j));
    expect(CHOICE.withinLimits).toBe(true);
    expect(CHOICE.train.actionsPerDay).toBeLessThanOrEqual(63);
    expect(CHOICE.train.j).toBeLessThanOrEqual(1.04 * best);
    expect(CHOICE.tried).toBe(168 + CHOICE.families.length - 1 + 2);
    expect(CHOICE.families.map(({ name }) => name.split(" ")[0])).toEqual(["predictive", "hpa"]);
    expect(CHOICE.families[0]?.j).toBeLessThanOrEqual(best);
  });

  it("comes to what the machine that decides in production does", () => {
    const { picked, train } = CHOICE;
    const { measures } = play(THREE, configWith(THREE, picked.policy), [2, 2], picked.name);
    expect(Math.abs(measures.j / train.j - 1)).toBeLessThan(0.03);
  });

  it("sees what waits only where somebody measures it, and comes to what the machine does there too", () => {
    const blind: Stage = { ...THREE, without: ["backlog", "ready"] };
    const [candidate] = predictiveCandidates(SIGNALS, goalOf(undefined, 8), 8, [60_000, 90_000]);
    if (!candidate) throw new Error("no candidate");
    const [[, seeing] = [], [, unseeing] = []] = [THREE, blind].flatMap((on) => played(on, [candidate]));
    expect(unseeing?.j).not.toBe(seeing?.j);
    const { measures } = play(blind, configWith(blind, candidate.policy), [2, 2], candidate.name);
    expect(Math.abs(measures.j / (unseeing?.j ?? Number.NaN) - 1)).toBeLessThan(0.03);
  });

  it("buys fewer bad minutes where they cost more", () => {
    const [cheap, dear] = [0.1, 20].map((violationMinute) => forecasts({ taskHour: 1, violationMinute }));
    expect(dear?.violationMinutes).toBeLessThan(cheap?.violationMinutes ?? 0);
    expect(dear?.taskHours).toBeGreaterThan(cheap?.taskHours ?? 0);
  });

  it("keeps an SLO on its days with as few tasks as it can", () => {
    const [loose, strict] = [forecasts({ slo: 95 }), forecasts({ slo: 99.5 })];
    expect(loose.violationMinutes).toBeLessThanOrEqual(0.05 * MINUTES);
    expect(strict.violationMinutes).toBeLessThanOrEqual(0.005 * MINUTES);
    expect(strict.taskHours).toBeGreaterThan(loose.taskHours);
  });
});

describe("regret", () => {
  const objective: Objective = { taskHour: 0.05, violationMinute: 0.1 };

  it("compares what runs with the best in hindsight and with perfect foresight, in task-hours and in money", () => {
    const config = builtinPolicies["seed-instances"] as AutoscalingConfig;
    const regret = finished(
      regretting(THREE, { name: "seed", config }, [2, 2], { objective, families: ["predictive"] }),
    );
    expect(regret.minutes).toBe(MINUTES);
    expect(regret.cost).toBeGreaterThan(regret.best.cost);
    expect(regret.best.cost).toBeGreaterThan(regret.oracle);
    expect(regret.best.name).toMatch(/^predictive /);
    expect(regret.money?.cost).toBeCloseTo(regret.cost * 0.05, 8);
    expect(regret.money?.oracle).toBeCloseTo(regret.oracle * 0.05, 8);
  });

  it("is never negative: what runs may be the best there is", () => {
    const one = { name: "mine", minutes: 10, violationMinutes: 0, taskHours: 5, oracleTaskHours: 4, actionsPerDay: 1 };
    const regret = regretOf(goalOf(undefined, 8), one, [{ ...one, name: "other", taskHours: 6 }]);
    expect(regret).toEqual({ minutes: 10, cost: 5, best: { name: "mine", cost: 5 }, oracle: 4 });
  });
});

describe("auto in a configuration", () => {
  const section = v.parse(AutoscalingConfig, {
    min: 1,
    max: 9,
    policies: [
      { type: "scheduled", actions: [{ cron: "0 8 * * *", min: 3 }] },
      { type: "auto", arrivals: "records" },
    ],
  });

  it("is the default forecast until something was picked, and what was picked then; in its place, looked at every period", () => {
    const early = resolved(section, undefined);
    expect(early.policies[1]).toMatchObject({ type: "predictive", arrivals: "records", thrift: 1 });
    expect(early.everyPeriod).toBe(true);
    const picked = v.parse(Policy, { type: "hpa", metrics: [{ target: 60 }] });
    const later = resolved(section, picked);
    expect(later.policies).toEqual([section.policies[0], picked]);
    expect({ ...later, policies: section.policies, everyPeriod: undefined }).toEqual({
      ...section,
      everyPeriod: undefined,
    });
  });

  it("leaves a configuration without it as it is", () => {
    const plain = builtinPolicies["demand"] as AutoscalingConfig;
    expect(resolved(plain, undefined)).toBe(plain);
    expect(untuned(v.parse(Policy, { type: "auto" }) as never)).toMatchObject({
      forecaster: "regression",
      violation: 10,
    });
  });
});

describe("what a task can do, from recorded minutes", () => {
  const series = (values: readonly number[]) => values.map((value, index) => ({ at: index * 60_000, value }));
  const of = (minutes: number, cpu: number) =>
    perTaskOf(series(Array(minutes).fill(120)), series(Array(minutes).fill(cpu)), series(Array(minutes).fill(4)));

  it("is arrivals over busy tasks, of minutes that were neither idle nor saturated", () => {
    expect(of(60, 50)).toBe(60);
    expect(of(60, 99), "saturated: more may have been wanted than was done").toBeUndefined();
    expect(of(60, 2), "idle").toBeUndefined();
    expect(of(59, 50), "too few").toBeUndefined();
    expect(perTaskOf(series(Array(99).fill(1)), [], []), "not measured").toBeUndefined();
  });
});
