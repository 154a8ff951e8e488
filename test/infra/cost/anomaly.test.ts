import { beforeAll, describe, expect, it } from "vitest";
import { anomaly } from "../../../shared/core/anomaly/machine.ts";
import { EMPTY } from "../../../shared/core/anomaly/state.ts";
import { type MonthlyUsage, monthlyCost } from "../../../shared/core/cost/self/monthly.ts";
import { PRICES } from "../../../shared/core/cost/self/prices.ts";
import { DAY, given, learnt, MINUTE, MONDAY, points, wave } from "../../anomaly/given.ts";
import {
  naiveScoringCost,
  SAMPLES_PER_QUERY,
  type Scoring,
  type Source,
  scoringMonth,
  USD_PER_SAMPLE,
} from "./anomaly.ts";

const SERIES = 1_000;
/** KB of one decision record: the checkpoint of the detector, points, configuration and state. */
const RECORD_KB = 14;
/** An anomaly opens and ends: two records in table and index, each claimed with its record inside and settled. */
const UNITS_PER_ANOMALY = 2 * (2 * RECORD_KB + RECORD_KB + 3);
/** One anomaly a week in each series: far more than anybody would look at. */
const ANOMALIES_A_MONTH = (SERIES * 30) / 7;

describe("what scoring 1,000 series at one point a minute costs a month", () => {
  const found = new Map<Source, Scoring & { readonly usd: number }>();

  beforeAll(async () => {
    for (const [source, minutes] of [
      ["prometheus", 10],
      ["cloudwatch", 60],
    ] as const) {
      const scoring = await scoringMonth(source, SERIES, minutes);
      const usage: MonthlyUsage = {
        ...scoring.usage,
        writeUnits: scoring.usage.writeUnits + ANOMALIES_A_MONTH * UNITS_PER_ANOMALY,
      };
      const samples = scoring.queryPoints * SAMPLES_PER_QUERY * USD_PER_SAMPLE;
      found.set(source, { ...scoring, usage, usd: monthlyCost(usage).usd + samples });
      const lines = monthlyCost(usage)
        .lines.filter((line) => line.usd >= 0.005)
        .map(
          ({ item, count, usd }) =>
            `  ${item.padEnd(20)} ${count.toFixed(0).padStart(12)} ${usd.toFixed(2).padStart(7)}`,
        );
      console.log(
        [
          `scoring ${SERIES} series from ${source}: ${found.get(source)?.usd.toFixed(2)} USD a month`,
          ...lines,
          ...(samples > 0
            ? [
                `  samples queried      ${(scoring.queryPoints * SAMPLES_PER_QUERY).toFixed(0).padStart(12)} ${samples.toFixed(2).padStart(7)}`,
              ]
            : []),
        ].join("\n"),
      );
    }
  }, 120_000);

  it.each(["prometheus", "cloudwatch"] as const)("read from %s it is at most 10 USD", (source) => {
    expect(found.get(source)?.usd).toBeLessThanOrEqual(10);
  });

  it.each(["prometheus", "cloudwatch"] as const)(
    "read from %s every point is scored, or the figure would mean nothing",
    (source) => {
      expect(found.get(source)?.points).toBe(SERIES * 30 * 1_440);
    },
  );

  it("packs states into four objects a minute, and an hour's points from CloudWatch into four an hour", () => {
    expect(found.get("prometheus")?.usage.objectWrites).toBe(4 * 30 * 1_440);
    expect(found.get("cloudwatch")?.usage.objectWrites).toBe(4 * 30 * 24);
    expect(found.get("cloudwatch")?.usage.metricsRead).toBe(SERIES * 30 * 24);
  });

  it("joins queries: 25 signals are one call", () => {
    expect(found.get("prometheus")?.queryCalls).toBeLessThanOrEqual((SERIES / 25 + 4) * 30 * 1_440);
  });

  it("an anomaly's records are as large as assumed, with an hour of points in them", () => {
    const config = given();
    const batch = {
      checkpoint: learnt(config, "latency", MONDAY),
      points: points(
        MONDAY,
        ...Array.from({ length: 60 }, (_, index) => (index === 9 ? 900 : wave(MONDAY + index * MINUTE))),
      ),
    };
    const input = { kind: "score", service: "orders", signals: { latency: batch }, recent: {}, context: [] } as const;
    const step = anomaly.step(config, EMPTY, input, MONDAY + DAY);
    expect(step.reason).toBe("passed");
    const { state: stateAfter, ...rest } = step;
    const text = JSON.stringify({ config, input, stateBefore: EMPTY, stateAfter, ...rest });
    expect(text.length).toBeGreaterThan((RECORD_KB * 1_024) / 2);
    expect(text.length).toBeLessThan(RECORD_KB * 1_024);
  });

  it("would notice an item written for each series and minute, which costs 135 USD", () => {
    expect(naiveScoringCost(SERIES, PRICES.writeUnits)).toBeCloseTo(135, 0);
    const usage = found.get("prometheus")?.usage as MonthlyUsage;
    expect(monthlyCost({ ...usage, writeUnits: usage.writeUnits + SERIES * 30 * 1_440 * 5 }).usd).toBeGreaterThan(10);
  });

  it("would notice CloudWatch read each minute", () => {
    const usage = found.get("cloudwatch")?.usage as MonthlyUsage;
    expect(monthlyCost({ ...usage, metricsRead: SERIES * 30 * 1_440 }).usd).toBeGreaterThan(400);
  });
});
