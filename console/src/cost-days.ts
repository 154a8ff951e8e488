/** What of a report's row a chart needs. */
export interface DayCost {
  readonly day: string;
  /** What it is grouped by; null where the bill does not say. */
  readonly of: string | null;
  readonly cost: string;
}

/** One column of the chart. */
export interface DayColumn {
  readonly day: string;
  /** By series, in their order; absent: the day has no figure, which is not 0. */
  readonly values?: readonly number[];
  readonly total?: number;
  readonly finality?: string;
}

export interface Stack {
  /** Largest first; the last one gathers the rest where there are more. */
  readonly series: readonly string[];
  readonly columns: readonly DayColumn[];
  readonly top: number;
  /** Of credits: 0 or below. */
  readonly bottom: number;
}

const DAY_MS = 86_400_000;
export const OTHERS = "all others";
export const NOT_SAID = "not allocated";

export const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** All days from one to the other, both included; at most 400. */
export function daysBetween(from: string, to: string): readonly string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const days: string[] = [];
  for (let at = first; at <= last && days.length < 400; at += DAY_MS) days.push(dayText(at));
  return days;
}

/** What of each day's sum no row states: without it bars would be lower than what was paid. Floats, and less than a millionth is their rounding. */
export function restOf(rows: readonly DayCost[], sums: readonly DayCost[]): readonly DayCost[] {
  const left = new Map(sums.map(({ day, cost }) => [day, Number(cost)]));
  for (const { day, cost } of rows) left.set(day, (left.get(day) ?? 0) - Number(cost));
  return [...left].flatMap(([day, cost]) => (Math.abs(cost) < 1e-6 ? [] : [{ day, of: null, cost: String(cost) }]));
}

/** Rows as columns of days. Floats, as charts have them: exact sums stand in the table. */
export function stackOf(
  rows: readonly DayCost[],
  finalities: ReadonlyMap<string, string>,
  from: string,
  to: string,
  most: number,
): Stack {
  const sums = new Map<string, number>();
  for (const { of, cost } of rows) {
    const name = of ?? NOT_SAID;
    sums.set(name, (sums.get(name) ?? 0) + Math.abs(Number(cost)));
  }
  const ranked = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const series = ranked.length > most ? [...ranked.slice(0, most - 1), OTHERS] : ranked;
  const place = new Map(ranked.map((name, index) => [name, Math.min(index, series.length - 1)]));
  const byDay = new Map<string, number[]>();
  for (const { day, of, cost } of rows) {
    const values = byDay.get(day) ?? series.map(() => 0);
    const at = place.get(of ?? NOT_SAID) ?? 0;
    values[at] = (values[at] ?? 0) + Number(cost);
    byDay.set(day, values);
  }
  const columns = daysBetween(from, to).map((day): DayColumn => {
    const values = byDay.get(day);
    const finality = finalities.get(day);
    if (values === undefined) return { day };
    const total = values.reduce((all, one) => all + one, 0);
    return { day, values, total, ...(finality === undefined ? {} : { finality }) };
  });
  const side = (sign: 1 | -1) =>
    columns.map(({ values = [] }) => values.reduce((all, one) => all + (one * sign > 0 ? one : 0), 0));
  return { series, columns, top: Math.max(0, ...side(1)), bottom: Math.min(0, ...side(-1)) };
}

/** Where lines of a scale from `bottom` to `top` stand: 1, 2 or 5 times a power of ten, at most five of them. */
export function ticksOf(bottom: number, top: number): readonly number[] {
  const span = top - bottom;
  if (!(span > 0)) return [0];
  const raw = span / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= raw) ?? raw;
  const first = Math.ceil(bottom / step);
  const last = Math.floor(top / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
