import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { machineController } from "../../shared/core/autoscaling/backtest/drive.ts";
import { type Load, load } from "../../shared/core/autoscaling/backtest/grid.ts";
import { simulate, type WorldOptions } from "../../shared/core/autoscaling/backtest/simulate.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";
import { leanCounts, leanForecasts, leanReplay } from "../../shared/core/autoscaling/forecast/lean.ts";
import type { PredictivePolicy } from "../../shared/core/autoscaling/forecast/predictive.ts";
import { parseTrace } from "../../shared/core/kernel/trace.ts";
import { config } from "./given.ts";

const FOLDER = new URL("../../../shared/traces/", import.meta.url);
const absent = !existsSync(FOLDER);
const where = absent ? " (skipped: ../shared/traces is not here)" : "";
const WORLD: WorldOptions = {
  min: 2,
  max: 100,
  startDelayMs: [60_000, 90_000],
  metricDelayMinutes: 1,
  warmupMinutes: 0,
  seed: 42,
};

type Given = Partial<Pick<PredictivePolicy, "backlog" | "forecaster" | "violation" | "thrift" | "hold" | "waste">>;

/** Counts of the machine and of the replay, minute by minute. */
function both(
  work: Load,
  policy: Given,
  world: WorldOptions,
  without: readonly string[],
  startDelay: number | undefined,
): readonly (readonly number[])[] {
  const known = startDelay === undefined ? {} : { startDelay };
  const of = config({
    ...(startDelay === undefined ? {} : { startDelay: `${startDelay}ms` }),
    min: world.min,
    max: world.max,
    capacity: work.unitsPerTaskSecond,
    learnCapacity: false,
    outcome: { revert: false },
    policies: [{ type: "predictive", ...policy }],
  });
  const forecasts = leanForecasts(work, world, policy.forecaster ?? "regression", { config: known });
  const whole = { violation: 10, thrift: 1, hold: 1, waste: 1.25, ...policy };
  const replay = leanReplay(forecasts, leanCounts(forecasts, whole), whole, { ...world, ...known, without });
  const controllers = [machineController(of, work, world, { without }), replay];
  return controllers.map(
    (one) => simulate(work.arrivals, one, world, true).series?.map(({ desired }) => desired) ?? [],
  );
}

/** @returns the counts, for who compares them with others */
function expectSame(
  work: Load,
  policy: Given = {},
  world: WorldOptions = WORLD,
  without: readonly string[] = [],
  startDelay?: number,
): readonly number[] {
  const [machine = [], lean = []] = both(work, policy, world, without, startDelay);
  expect(new Set(machine).size, "a count that never changes proves nothing").toBeGreaterThan(3);
  const at = machine.findIndex((desired, minute) => desired !== lean[minute]);
  expect(at === -1 ? undefined : { minute: at, machine: machine[at], lean: lean[at] }).toBeUndefined();
  expect(lean).toHaveLength(machine.length);
  return lean;
}

const days = (work: Load, count: number): Load => ({ ...work, arrivals: work.arrivals.subarray(0, count * 1440) });

describe("the lean replay decides as the machine does, minute by minute", () => {
  test.each<readonly [string, Given, Partial<WorldOptions>]>([
    ["with the defaults", {}, {}],
    ["with other parameters", { forecaster: "last", thrift: 1.4, hold: 6, waste: 5, violation: 5 }, {}],
    ["with slow starts and late metrics", { hold: 1 }, { startDelayMs: [150_000, 200_000], metricDelayMinutes: 3 }],
    ["inside narrow bounds", { waste: 0 }, { min: 6, max: 14 }],
  ])("on a synthetic load %s", (_, policy, world) => {
    const trace = syntheticTrace({ days: 2, noise: 0.1, spikes: [{ atMinute: 2400, minutes: 30, factor: 4 }] });
    expectSame(load(trace, 8), policy, { ...WORLD, ...world });
  });

  test("without a backlog, whether nobody measures it or the policy does not want it", () => {
    const trace = syntheticTrace({ days: 2, noise: 0.1, spikes: [{ atMinute: 2400, minutes: 30, factor: 4 }] });
    const work = load(trace, 8);
    const blind = expectSame(work, {}, WORLD, ["backlog", "ready"]);
    expect(expectSame(work, { backlog: null }, WORLD, ["ready"])).toEqual(blind);
    expectSame(work, { backlog: null });
    expect(expectSame(work), "who sees what waits decides otherwise").not.toEqual(blind);
  });

  test("with starts that are known to take long", () => {
    const trace = syntheticTrace({ days: 2, noise: 0.1, spikes: [{ atMinute: 2400, minutes: 60, factor: 4 }] });
    const [least, most] = [13 * 60_000, 14 * 60_000];
    const slow = { ...WORLD, startDelayMs: [least, most] as const };
    for (const without of [[], ["backlog", "ready"]]) expectSame(load(trace, 8), {}, slow, without, most);
  });

  test
    .skipIf(absent)
    .each(["wc98_groupstage_1min", "nasa_jul95_1min", "nab_elb_request_count_5min", "nab_tweets_amzn_5min"])(
    `on two days of %s${where}`,
    (name) => {
      const result = parseTrace(readFileSync(new URL(`${name}.csv`, FOLDER), "utf8"));
      if (!result.ok) throw new Error(result.faults[0]?.message);
      const work = days(load(result.trace, 8), 2);
      expectSame(work);
      // The one on which the most waits.
      if (name.startsWith("nab_elb")) expectSame(work, {}, WORLD, ["backlog", "ready"]);
    },
  );
});
