import { type Day, daysOf, startOf } from "../day.ts";
import { add, compare, type Decimal, decimal, isZero, sum, text, toNumber, ZERO } from "../decimal.ts";
import type { ReportView } from "./view.ts";
import { cellOf } from "./words.ts";

/** What a chart shows as one colour. */
export interface Series {
  readonly name: string;
  /** Exact. */
  readonly cost: string;
  /** Place in the palette; the last is for all that is not shown by itself. */
  readonly color: number;
  /** By the labels of the chart's steps; a step without a charge is absent. */
  readonly steps: ReadonlyMap<string, number>;
}

export interface Charted {
  /** Key of rows that the colours stand for; undefined: all is one colour. */
  readonly by: string | undefined;
  /** The largest first. */
  readonly series: readonly Series[];
  /** Every day (or month) of the span in order, also those without a charge; none where rows have no time. */
  readonly steps: readonly string[];
  readonly step: "day" | "month";
}

/** Colours of the palette that are told apart at a glance; the one after them is grey. */
export const COLORS = 8;
/** More bars than that are a comb: months then. */
const MOST_STEPS = 400;

const isTime = (key: string): boolean => key === "day" || key === "month";
const exact = (value: string): Decimal => decimal(value) ?? ZERO;
const size = (value: Decimal): Decimal => (value.units < 0n ? { ...value, units: -value.units } : value);

function stepsOf(view: ReportView, step: "day" | "month", seen: ReadonlySet<string>): readonly string[] {
  const [from, to] = [view.from, view.to];
  if (from === null || to === null || startOf(from) === undefined || startOf(to) === undefined) return [...seen].sort();
  if (step === "day") return daysOf(from, to);
  const months = new Set<string>();
  for (const day of daysOf(from, to)) months.add(day.slice(0, 7));
  return [...months];
}

const spanDays = (from: Day, to: Day): number => ((startOf(to) ?? 0) - (startOf(from) ?? 0)) / 86_400_000 + 1;

/** Sums of a report for its charts: exact, until they are drawn. */
export function charted(view: ReportView): Charted {
  const by = view.keys.find((key) => !isTime(key));
  const time = view.keys.find(isTime);
  const long = time === "day" && view.from !== null && view.to !== null && spanDays(view.from, view.to) > MOST_STEPS;
  const step = time === "month" || long ? "month" : "day";
  const all = new Map<string, { total: Decimal; steps: Map<string, Decimal> }>();
  const seen = new Set<string>();
  const put = (name: string, cost: Decimal, at: string | undefined): void => {
    const one = all.get(name) ?? { total: ZERO, steps: new Map<string, Decimal>() };
    all.set(name, one);
    one.total = add(one.total, cost);
    if (at === undefined) return;
    seen.add(at);
    one.steps.set(at, add(one.steps.get(at) ?? ZERO, cost));
  };
  for (const row of view.rows) {
    const stated = time === undefined ? undefined : (row[time] as string | null);
    const at = stated === null || stated === undefined ? undefined : step === "month" ? stated.slice(0, 7) : stated;
    put(by === undefined ? "all" : cellOf(row[by]), exact(row.cost), at);
  }
  const ranked = [...all.entries()].sort(
    ([nameA, a], [nameB, b]) => compare(size(b.total), size(a.total)) || (nameA < nameB ? -1 : 1),
  );
  const shown = ranked.length > COLORS ? ranked.slice(0, COLORS - 1) : ranked;
  const rest = ranked.slice(shown.length);
  const made = shown.map(
    ([name, { total, steps }], color): Series => ({ name, cost: text(total), color, steps: numbers(steps) }),
  );
  if (rest.length > 0) {
    const steps = new Map<string, Decimal>();
    for (const [, one] of rest) for (const [at, cost] of one.steps) steps.set(at, add(steps.get(at) ?? ZERO, cost));
    const cost = text(sum(rest.map(([, { total }]) => total)));
    made.push({ name: `${rest.length} others`, cost, color: COLORS, steps: numbers(steps) });
  }
  return { by, series: made, steps: time === undefined ? [] : stepsOf(view, step, seen), step };
}

const numbers = (steps: ReadonlyMap<string, Decimal>): ReadonlyMap<string, number> =>
  new Map([...steps].filter(([, cost]) => !isZero(cost)).map(([at, cost]) => [at, toNumber(cost)]));
