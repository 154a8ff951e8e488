import { describe, expect, test } from "vitest";
import { builtinPolicies } from "../../shared/core/autoscaling/backtest/builtin.ts";
import { machineController } from "../../shared/core/autoscaling/backtest/drive.ts";
import { type Load, load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { simulate, type WorldOptions } from "../../shared/core/autoscaling/backtest/simulate.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { leanCounts, leanForecasts, leanReplay } from "../../shared/core/autoscaling/forecast/lean.ts";
import { prng } from "../../shared/core/kernel/prng.ts";

const WORLD: WorldOptions = {
  min: 2,
  max: 100,
  startDelayMs: [60_000, 90_000],
  metricDelayMinutes: 1,
  warmupMinutes: 0,
  seed: 42,
};
const WORK = load(syntheticTrace({ days: 2, noise: 0.15, seed: 3 }), 8);
/** From this minute on the two loads have nothing in common; a day and some hours of history, and minutes in which counts may differ. */
const CUT = 1520;
const END = CUT + 40;
const FUTURES = [
  { seed: 11, most: 40 },
  { seed: 12, most: 2 },
];

/** The load up to the cut, and noise up to `most` tasks after it. */
function withFuture({ seed, most }: (typeof FUTURES)[number]): Load {
  const random = prng(seed);
  const arrivals = WORK.arrivals.slice(0, END);
  for (let minute = CUT; minute < END; minute += 1) arrivals[minute] = most * random();
  return { ...WORK, arrivals };
}

type Play = (work: Load) => readonly number[];

const counts = (work: Load, controller: Parameters<typeof simulate>[1]): readonly number[] =>
  simulate(work.arrivals, controller, WORLD, true).series?.map(({ desired }) => desired) ?? [];

const machine =
  (config: AutoscalingConfig): Play =>
  (work) =>
    counts(work, machineController(config, work, WORLD));

const predictive = (extra: object): AutoscalingConfig => {
  const before = builtinPolicies["predictive"] as AutoscalingConfig;
  return { ...before, policies: before.policies.map((policy) => ({ ...policy, ...extra })) };
};

const lean: Play = (work) => {
  const forecasts = leanForecasts(work, WORLD, "regression");
  const policy = { violation: 10, thrift: 1, hold: 1, waste: 1.25 };
  return counts(work, leanReplay(forecasts, leanCounts(forecasts, policy), policy, WORLD));
};

const plays: readonly (readonly [name: string, play: Play])[] = [
  ...Object.entries(builtinPolicies)
    .filter(([name]) => name !== "auto")
    .map(([name, config]) => [name, machine(config)] as const),
  ["predictive by the last value", machine(predictive({ forecaster: "last" }))],
  ["predictive with a surge guard", machine(predictive({ surge: { factor: 5, wait: 480_000 } }))],
  ["the lean replay", lean],
];

describe("no policy looks ahead: with another future, nothing changes before that can be seen", () => {
  // What arrives in minute T is measured at its end, and comes a minute late.
  const visible = CUT + 1 + WORLD.metricDelayMinutes;

  test.each(plays)("%s", (_, play) => {
    const all = FUTURES.map((future) => play(withFuture(future)));
    const [first = []] = all;
    for (const other of all) expect(other.slice(0, visible)).toEqual(first.slice(0, visible));
    const same = all.every((other) => other.every((desired, minute) => desired === first[minute]));
    // A rule that never looks at the load would pass by doing nothing.
    expect(same).toBe(false);
  });

  test("and a policy that did would be found out", () => {
    const peeking: Play = (work) => counts(work, ({ minute }) => Math.ceil((work.arrivals[minute + 2] ?? 8) / 0.7));
    const [one = [], other = []] = FUTURES.map((future) => peeking(withFuture(future)));
    expect(one.slice(0, visible)).not.toEqual(other.slice(0, visible));
  });
});
