import { addDays, type Day, daysOf } from "../../shared/core/cost/day.ts";
import { ledger } from "../../shared/core/cost/forecast/ledger.ts";
import type { DayCost } from "../../shared/core/cost/forecast/types.ts";
import type { ProofChange, ProofDay, SavingForm } from "../../shared/core/cost/proof/types.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const NATURES = ["still", "growing", "in_proportion", "wandering", "lingering"] as const;

/** A bill by day: weekdays that differ, noise of 2 to 12 %, and what its nature adds. */
export function madeBill(
  seed: number,
  from: Day,
  length: number,
  nature: (typeof NATURES)[number],
): readonly DayCost[] {
  const random = seeded(seed);
  const week = Array.from({ length: 7 }, () => 0.6 + 0.8 * random());
  const noise = 0.02 + 0.1 * random();
  const slope = (random() - 0.3) * 0.01;
  let [level, left] = [0, 0];
  return Array.from({ length }, (_, at): DayCost => {
    level += nature === "wandering" ? 0.2 * noise * gauss(random) : 0;
    left = (nature === "lingering" ? 0.5 * left : 0) + noise * gauss(random);
    const usual = week[at % 7] as number;
    const value =
      nature === "in_proportion"
        ? usual * Math.exp(slope * at) * (1 + left)
        : usual + (nature === "growing" ? slope * at : 0) + level + left;
    return { day: addDays(from, at), value: 100 * value };
  });
}

/** The example shop's made-up bill by day. */
export function sampleSeries(seed: number, from: Day, to: Day): readonly DayCost[] {
  const today = addDays(to, 1);
  const book = ledger({ basis: "effective", currency: "USD", today, seriesOf: () => ["all"] });
  for (const day of daysOf(from, to))
    book.add({ day, source: "sample", finality: "closed", charges: sampleDay({ seed, day }) });
  return book.result().series("all");
}

export interface MadeChange {
  readonly seed: number;
  readonly before: number;
  readonly after: number;
  readonly noise: number;
  readonly form: SavingForm;
  readonly load: boolean;
  /** Another change of the same charges, a share of 15 %, while the baseline runs. */
  readonly overlap?: boolean;
}

/** A bill of fixed and variable part with weekdays and growth, a change in it, and what it truly saved on whole days. */
export function madeChange({ seed, before, after, noise, form, load, overlap = false }: MadeChange): {
  readonly change: ProofChange;
  readonly others: readonly ProofChange[];
  readonly days: readonly ProofDay[];
  readonly truth: number;
} {
  const random = seeded(seed);
  const week = Array.from({ length: 7 }, () => 0.7 + 0.6 * random());
  const slope = (random() - 0.3) * 0.01;
  const [fixed, variable, off] = [100 * random(), 50 + 50 * random(), 0.2 + 0.4 * random()];
  const first = "2026-01-05";
  const other = Math.floor(before * 0.6);
  let truth = 0;
  const days = Array.from({ length: before + 1 + after }, (_, at): ProofDay => {
    const driven = (week[at % 7] as number) * (1 + slope * at) * (load ? 1 + 0.1 * gauss(random) : 1);
    const rest = !overlap || at < other ? 1 : at === other ? 0.92 : 0.85;
    const cost = (fixed + variable * driven) * rest;
    const whole =
      form === "amount"
        ? 0.4 * off * (fixed + variable)
        : form === "share"
          ? off * cost
          : off * variable * driven * rest;
    const saved = at < before ? 0 : at === before ? whole * random() : whole;
    if (at > before) truth += saved;
    const value = (cost - saved) * (1 + noise * gauss(random));
    return { day: addDays(first, at), cost: value, ...(load ? { load: 1000 * driven } : {}) };
  });
  return {
    change: { id: "opp_a", applied: addDays(first, before), promisedPerMonth: 100 },
    others: overlap ? [{ id: "opp_b", applied: addDays(first, other) }] : [],
    days,
    truth,
  };
}
