import { addDays } from "../shared/core/cost/day.ts";
import { backtestForecast } from "../shared/core/cost/forecast/backtest.ts";
import { forecastPeriod } from "../shared/core/cost/forecast/period.ts";
import { madeBill, NATURES, sampleSeries } from "../test/cost/made-series.ts";
import { type Row, row } from "./row.ts";

const NOUN = "cost-forecast";
const SEEDS = 300;
const MONTH = { from: "2026-11-01", to: "2026-11-30" };

/** Share of month-ends inside the 80 % interval, percent, over histories of three to nine weeks and days of the month. */
function inside(natures: readonly (typeof NATURES)[number][]): number {
  let [held, all] = [0, 0];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const history = [21, 35, 63][seed % 3] as number;
    for (const cut of [5, 12, 20]) {
      const today = addDays(MONTH.from, cut);
      const bill = madeBill(
        seed,
        addDays(MONTH.from, -history),
        history + 30,
        natures[seed % natures.length] ?? "still",
      );
      const known = bill.filter(({ day }) => day < today);
      const found = forecastPeriod(known, { ...MONTH, today });
      if (found.status !== "told") continue;
      const truth = bill.filter(({ day }) => day >= MONTH.from).reduce((sum, { value }) => sum + value, 0);
      all += 1;
      if (found.low <= truth && truth <= found.high) held += 1;
    }
  }
  return (100 * held) / all;
}

/** The same over the example shop's made-up bills, three to nine weeks before each of five days of six months. */
function insideSample(): { readonly held: number; readonly least: number; readonly most: number; readonly ms: number } {
  const byCell = new Map<string, { held: number; all: number }>();
  let took = 0;
  for (let seed = 0; seed < SEEDS / 5; seed += 1) {
    const month = 3 + ((2 * seed) % 9);
    const from = `2026-${String(month).padStart(2, "0")}-01`;
    const to = addDays(`2026-${String(month + 1).padStart(2, "0")}-01`, -1);
    const bill = sampleSeries(seed, addDays(from, -63), to);
    const truth = bill.filter(({ day }) => day >= from).reduce((sum, one) => sum + one.value + (one.apart ?? 0), 0);
    for (const cut of [5, 10, 15, 20, 25])
      for (let weeks = 3; weeks <= 9; weeks += 1) {
        const today = addDays(from, cut - 1);
        const first = addDays(today, -Math.max(7 * weeks, cut - 1));
        const known = bill.filter(({ day }) => day >= first && day < today);
        const begun = performance.now();
        const found = forecastPeriod(known, { from, to, today });
        took += performance.now() - begun;
        if (found.status !== "told") continue;
        for (const name of ["all", `day ${cut}`, `${weeks} weeks`]) {
          const cell = byCell.get(name) ?? { held: 0, all: 0 };
          byCell.set(name, cell);
          cell.all += 1;
          if (found.low <= truth && truth <= found.high) cell.held += 1;
        }
      }
  }
  const shares = [...byCell.values()].map(({ held, all }) => (100 * held) / all);
  const all = byCell.get("all")?.all ?? 1;
  return { held: shares[0] ?? 0, least: Math.min(...shares), most: Math.max(...shares), ms: took / all };
}

/** Errors of month-end forecasts in bills of four months, percent of the month, against what a person with a bill does. */
function errors(nature: (typeof NATURES)[number]): {
  readonly ours: number;
  readonly mean: number;
  readonly week: number;
} {
  let [ours, mean, week, told] = [0, 0, 0, 0];
  for (let seed = 0; seed < SEEDS / 5; seed += 1) {
    const found = backtestForecast(madeBill(seed, "2026-06-01", 122, nature));
    if (!found) continue;
    told += 1;
    ours += found.error;
    mean += found.meanError;
    week += found.weekError;
  }
  return { ours: (100 * ours) / told, mean: (100 * mean) / told, week: (100 * week) / told };
}

/** Month-end forecasts over made-up bills of five natures: how honest the interval is, and how far off against naive ones. */
export async function bench(): Promise<readonly Row[]> {
  const all = inside(NATURES);
  const sample = insideSample();
  return [
    row(NOUN, {
      measure: "month-ends inside the 80 % interval, all natures (75 to 85 wanted): off 80",
      value: Math.abs(all - 80),
      unit: "points",
      bar: 5,
    }),
    row(NOUN, { measure: "  inside, all natures", value: all, unit: "%" }),
    ...NATURES.map((nature) => row(NOUN, { measure: `  inside, ${nature}`, value: inside([nature]), unit: "%" })),
    row(NOUN, {
      measure: "example shop's bills: month-ends inside (75 to 90 wanted): off 82.5",
      value: Math.abs(sample.held - 82.5),
      unit: "points",
      bar: 7.5,
    }),
    row(NOUN, { measure: "  inside, example shop's bills", value: sample.held, unit: "%" }),
    row(NOUN, { measure: "  least of days 5 to 25 and of 3 to 9 weeks", value: sample.least, unit: "%" }),
    row(NOUN, { measure: "  most of them", value: sample.most, unit: "%" }),
    row(NOUN, { measure: "one forecast", value: sample.ms, unit: "ms", bar: 30 }),
    ...NATURES.flatMap((nature): readonly Row[] => {
      const { ours, mean, week } = errors(nature);
      const off = `month-end off the truth, ${nature}`;
      return [
        row(NOUN, { measure: off, value: ours, unit: "%", peer: { name: "mean of the last 30 days", value: mean } }),
        row(NOUN, { measure: off, value: ours, unit: "%", peer: { name: "the last week again", value: week } }),
      ];
    }),
  ];
}
