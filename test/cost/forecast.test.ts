import { describe, expect, test } from "vitest";
import { addDays, daysOf } from "../../shared/core/cost/day.ts";
import { decimal, text } from "../../shared/core/cost/decimal.ts";
import { backtestForecast, doubtOf } from "../../shared/core/cost/forecast/backtest.ts";
import { calibrate } from "../../shared/core/cost/forecast/calibrate.ts";
import { ledger } from "../../shared/core/cost/forecast/ledger.ts";
import { odditiesOf, perDay, withOddities } from "../../shared/core/cost/forecast/oddities.ts";
import { forecastPeriod } from "../../shared/core/cost/forecast/period.ts";
import { intervalOf } from "../../shared/core/cost/forecast/structural.ts";
import { studentQuantile } from "../../shared/core/cost/forecast/student.ts";
import type { DayCost } from "../../shared/core/cost/forecast/types.ts";
import type { BillDay, Charge } from "../../shared/core/cost/types.ts";
import { gauss, madeBill, NATURES, sampleSeries, seeded } from "./made-series.ts";

const NOVEMBER = { from: "2026-11-01", to: "2026-11-30" };
const flat = (from: string, to: string, value = 100): readonly DayCost[] =>
  daysOf(from, to).map((day) => ({ day, value }));
const told = (series: readonly DayCost[], today: string, period = NOVEMBER) => {
  const found = forecastPeriod(series, { ...period, today });
  if (found.status !== "told") throw new Error(found.status);
  return found;
};

test("an interval that is meant to hold four of five month-ends does so, over bills of many natures", () => {
  let [inside, all] = [0, 0];
  for (let seed = 0; seed < 120; seed += 1) {
    const nature = NATURES[seed % NATURES.length] as (typeof NATURES)[number];
    const history = [21, 35, 60][seed % 3] as number;
    const cut = [5, 12, 20][Math.floor(seed / 3) % 3] as number;
    const today = addDays("2026-11-01", cut);
    const from = addDays("2026-11-01", -history);
    const bill = madeBill(seed, from, history + 30, nature);
    const found = told(
      bill.filter(({ day }) => day < today),
      today,
    );
    const truth = bill.filter(({ day }) => day >= "2026-11-01").reduce((sum, { value }) => sum + value, 0);
    inside += found.low <= truth && truth <= found.high ? 1 : 0;
    all += 1;
  }
  expect(inside / all).toBeGreaterThanOrEqual(0.75);
  expect(inside / all).toBeLessThanOrEqual(0.85);
});

test("and over made-up bills, whose days out of the ordinary, growth and monthly charges no single model has", () => {
  let [inside, all] = [0, 0];
  for (const seed of [1, 4, 7, 10, 13, 16, 19, 22]) {
    const bill = sampleSeries(seed, "2026-10-01", "2026-11-30");
    const truth = bill
      .filter(({ day }) => day >= "2026-11-01")
      .reduce((sum, one) => sum + one.value + (one.apart ?? 0), 0);
    for (const today of ["2026-11-06", "2026-11-16"]) {
      const found = told(
        bill.filter(({ day }) => day < today),
        today,
      );
      inside += found.low <= truth && truth <= found.high ? 1 : 0;
      all += 1;
      expect((found.high - found.low) / truth).toBeLessThan(0.1);
    }
  }
  expect(inside / all).toBeGreaterThanOrEqual(0.7);
});

describe("whether the months before bear the interval out", () => {
  const found = { forecasts: 20, months: 4, error: 0.01, meanError: 0.02, weekError: 0.02, inside: 0.8 };

  test("is said where they do not, and where they are too few to say", () => {
    expect(doubtOf(found, 0.8)).toBeUndefined();
    expect(doubtOf({ ...found, inside: 0.3 }, 0.8)).toMatchObject({
      isRefuted: true,
      text: expect.stringContaining("held 6 of 20 forecasts"),
    });
    expect(doubtOf({ ...found, forecasts: 4, months: 1, inside: 1 }, 0.8)).toMatchObject({
      isRefuted: false,
      text: expect.stringContaining("too few"),
    });
    expect(doubtOf(undefined, 0.8)?.text).toContain("no complete month");
  });

  test("is tried against all that a month cost, taxes and purchases too", () => {
    const bill = flat("2026-08-20", "2026-10-31").map((one) =>
      one.day.endsWith("-01") ? { ...one, apart: 300 } : one,
    );
    expect(backtestForecast(bill)).toMatchObject({ months: 2, inside: 1 });
    expect(backtestForecast(bill)?.error).toBeLessThan(0.001);
  });
});

test("where the model missed on days it had not seen the interval widens, by little after few tries, and hardly narrows", () => {
  const random = seeded(5);
  const still = Array.from({ length: 70 }, () => 100 + gauss(random));
  const steps = still.map((value, at) => value + 25 * (Math.floor(at / 9) % 2));
  expect(calibrate(still, 0, 9).tries).toBe(4);
  expect(calibrate(still, 0, 9).factor).toBeLessThan(1.25);
  expect(calibrate(still, 0, 9).factor).toBeGreaterThanOrEqual(0.8);
  expect(calibrate(steps, 0, 9).factor).toBeGreaterThan(calibrate(still, 0, 9).factor);
  expect(calibrate(still.slice(0, 15), 0, 9)).toEqual({ factor: 1, tries: 0 });
});

test("days out of the ordinary may come again: one widens the interval upwards, three are counted in", () => {
  const bare = { mean: 1000, freedom: 60, parts: [{ weight: 1, mean: 1000, deviation: 10 }] };
  const one = odditiesOf([{ day: "2026-10-01", amount: 500 }], 60);
  const three = { ...one, count: 3 };
  expect([perDay(one), perDay(three)]).toEqual([0, 25]);
  const [calm, odd] = [intervalOf(bare, 0.8), intervalOf(withOddities(bare, one, 20), 0.8)];
  expect(odd.high).toBeGreaterThan(calm.high + 100);
  expect(calm.low - odd.low).toBeLessThan(10);
  const many = withOddities(bare, { ...three, count: 60 }, 20);
  expect(many.parts.length).toBe(1);
  expect(many.parts[0]?.mean).toBeCloseTo(1000 + 20 * (60.5 / 60) * 500, 6);
});

test("it errs less than the mean of the last days and less than the last week again", () => {
  let [ours, mean, week] = [0, 0, 0];
  for (let seed = 0; seed < 3; seed += 1) {
    const found = backtestForecast(madeBill(seed, "2026-07-01", 92, NATURES[seed % 3] ?? "still"));
    ours += found?.error ?? 0;
    mean += found?.meanError ?? 0;
    week += found?.weekError ?? 0;
  }
  expect(ours / mean).toBeLessThan(0.9);
  expect(ours / week).toBeLessThan(0.9);
});

test("without anything that moves the end is known", () => {
  const found = told(flat("2026-09-01", "2026-11-10"), "2026-11-11");
  expect(found.expected).toBeCloseTo(3000, 3);
  expect(found.high - found.low).toBeLessThan(1);
  expect(found).toMatchObject({ spent: 1000, weekdays: true, fixedDays: [], oneOffs: [], through: "2026-11-10" });
});

test("weekends that cost less are foreseen as weekends", () => {
  const week = (day: string) => ([0, 6].includes(new Date(day).getUTCDay()) ? 20 : 100);
  const bill = daysOf("2026-09-01", "2026-11-12").map((day) => ({ day, value: week(day) }));
  const found = told(bill, "2026-11-13");
  for (const { day, value } of found.days) expect(value).toBeCloseTo(week(day), 2);
});

describe("a cost that comes on one day of the month", () => {
  const bill = (last: string) =>
    flat("2026-08-25", last).map((one) => (one.day.endsWith("-15") ? { ...one, value: 600 } : one));

  test("is expected again where it is still ahead, and does not raise the other days", () => {
    const found = told(bill("2026-11-10"), "2026-11-11");
    expect(found.fixedDays).toEqual([expect.objectContaining({ dayOfMonth: 15, amount: 500 })]);
    expect(found.expected).toBeCloseTo(3500, 0);
    expect(found.days.find(({ day }) => day === "2026-11-20")?.value).toBeCloseTo(100, 0);
  });

  test("is not expected twice where it has come", () => {
    expect(told(bill("2026-11-20"), "2026-11-21").expected).toBeCloseTo(3500, 0);
  });

  test("at the end of a month comes at the end of a shorter one", () => {
    const ends = flat("2026-07-01", "2026-11-10").map((one) =>
      ["2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31"].includes(one.day) ? { ...one, value: 400 } : one,
    );
    expect(told(ends, "2026-11-11").expected).toBeCloseTo(3300, 0);
  });

  test("that was seen once is told and not expected", () => {
    const once = flat("2026-09-01", "2026-11-10").map((one) =>
      one.day === "2026-10-15" ? { ...one, value: 900 } : one,
    );
    const found = told(once, "2026-11-11");
    expect(found.expected).toBeCloseTo(3000, 0);
    expect(found.oneOffs).toEqual([{ day: "2026-10-15", amount: 800 }]);
  });
});

test("two dear days in a row are no spike: the level may have moved, and the interval says so", () => {
  const moved = flat("2026-09-01", "2026-11-10").map((one) => (one.day >= "2026-11-07" ? { ...one, value: 200 } : one));
  const found = told(moved, "2026-11-11");
  expect(found.oneOffs).toEqual([]);
  expect(found.high - found.low).toBeGreaterThan(100);
  expect(found.expected).toBeGreaterThan(3400);
});

test("days that are open count no lower than seen, missing ones are not 0, and each says how it stands", () => {
  const bill = flat("2026-09-01", "2026-11-12").filter(({ day }) => day !== "2026-11-04");
  const open = bill.map((one) =>
    one.day === "2026-11-12"
      ? { day: one.day, value: 30, open: true }
      : one.day === "2026-11-11"
        ? { ...one, estimated: true }
        : one,
  );
  const found = told(open, "2026-11-13");
  expect(found.spent).toBe(1030);
  expect(found.expected).toBeCloseTo(3000, 1);
  const standing = Object.fromEntries(found.days.map((one) => [one.day.slice(8), one.standing]));
  expect(standing).toMatchObject({ "03": "closed", "04": "missing", "11": "estimated", "12": "open", "13": "ahead" });
  const more = told(
    open.map((one) => (one.open ? { ...one, value: 500 } : one)),
    "2026-11-13",
  );
  expect(more.days.find(({ day }) => day === "2026-11-12")?.value).toBe(500);
  expect(more.low).toBeGreaterThanOrEqual(more.spent);
});

test("fewer than seven complete days are insufficient, and what is needed is said", () => {
  const six = forecastPeriod(flat("2026-11-01", "2026-11-06"), { ...NOVEMBER, today: "2026-11-07" });
  expect(six).toMatchObject({ status: "insufficient", history: 6, needed: 7, spent: 600 });
  expect(six).not.toHaveProperty("expected");
  expect(told(flat("2026-11-01", "2026-11-07"), "2026-11-08")).toMatchObject({ weekdays: false });
});

test("a period that is over is what the bill says, with no doubt left", () => {
  const found = told(flat("2026-09-01", "2026-12-10"), "2026-12-11");
  expect(found).toMatchObject({ expected: 3000, low: 3000, high: 3000 });
});

test("quantiles of Student's t are those of the tables", () => {
  expect(studentQuantile(0.9, 5)).toBeCloseTo(1.476, 3);
  expect(studentQuantile(0.95, 10)).toBeCloseTo(1.812, 3);
  expect(studentQuantile(0.05, 30)).toBeCloseTo(-1.697, 3);
});

describe("bills as series", () => {
  const charge = (day: string, cost: string, more: Partial<Charge> = {}): Charge => ({
    ...{ day, currency: "USD", service: "MSK" },
    effective: decimal(cost) as NonNullable<Charge["effective"]>,
    ...more,
  });
  const day = (at: string, charges: readonly Charge[], more: Partial<BillDay> = {}): BillDay => ({
    ...{ v: 1, source: "aws", day: at, finality: "closed", at: 0, revision: "1" },
    charges,
    ...more,
  });
  const bookOf = (days: readonly BillDay[], rates: Record<string, string> = {}) => {
    const book = ledger({ basis: "effective", currency: "USD", rates, today: "2026-11-20", seriesOf: () => ["all"] });
    for (const one of days) book.add(one);
    return book.result();
  };

  test("sums stay exact over currencies, and a mix without a rate is named", () => {
    const mixed = [day("2026-11-01", [charge("2026-11-01", "0.1"), charge("2026-11-01", "0.2", { currency: "EUR" })])];
    expect(text(bookOf(mixed, { EUR: "1.1" }).sum("all", "2026-11-01", "2026-11-30"))).toBe("0.32");
    expect(bookOf(mixed).exchange.mixed).toEqual(["USD", "EUR"]);
  });

  test("a day without charges costs nothing, a day that no source has is not there", () => {
    const series = bookOf([day("2026-11-01", [charge("2026-11-01", "5")]), day("2026-11-03", [])]).series("all");
    expect(series).toEqual([
      { day: "2026-11-01", value: 5 },
      { day: "2026-11-03", value: 0 },
    ]);
  });

  test("a day that one of two running sources has not reached is open", () => {
    const days = [
      day("2026-11-10", [charge("2026-11-10", "5")]),
      day("2026-11-10", [charge("2026-11-10", "5")], { source: "focus" }),
      day("2026-11-11", [charge("2026-11-11", "5")]),
    ];
    expect(
      bookOf(days)
        .series("all")
        .map(({ open }) => open ?? false),
    ).toEqual([false, true]);
  });

  test("purchases stand apart, a discount that runs every day does not", () => {
    const days = daysOf("2026-11-01", "2026-11-10").map((at) =>
      day(at, [
        charge(at, "10"),
        charge(at, "-1", { category: "Credit" }),
        ...(at === "2026-11-03" ? [charge(at, "300", { category: "Purchase" })] : []),
      ]),
    );
    const series = bookOf(days).series("all");
    expect(series[2]).toEqual({ day: "2026-11-03", value: 9, apart: 300 });
    expect(series[3]).toEqual({ day: "2026-11-04", value: 9 });
  });
});
