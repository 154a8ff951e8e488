import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { PromData } from "./prometheus.ts";

/** First sample of the data; an odd instant, so that nothing is aligned by chance. */
export const START = 1_700_000_007_000;
export const LENGTH_MS = 75 * MINUTE_MS;

/** Mulberry32: numbers in [0, 1) from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Points = { at: number; value: number | "stale" }[];

/**
 * Series of every kind that matters: counters that reset, gauges with NaN and infinities, series that begin late, end with a staleness
 * marker and come back, irregular intervals, classic histograms (one without +Inf, one not monotonic), labels in several
 * dimensions, and values that occur more than once.
 */
export function randomData(seed: number): PromData[] {
  const random = randomOf(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const series: PromData[] = [];
  const add = (name: string, labels: Record<string, string>, next: (index: number) => number, gaps = true) =>
    series.push({ labels: { __name__: name, ...labels }, points: withGaps(times(), next, gaps) });
  const times = (): number[] => {
    const every = [15, 15, 20, 30][whole(4)] ?? 15;
    const jitter = whole(3) === 0 ? 12 * SECOND_MS : 0;
    const all: number[] = [];
    for (let at = START + whole(15) * SECOND_MS; at < START + LENGTH_MS; at += every * SECOND_MS)
      all.push(at + whole(jitter + 1));
    return [...new Set(all)].sort((a, b) => a - b);
  };
  const withGaps = (all: number[], next: (index: number) => number, gaps: boolean): Points => {
    const kind = gaps ? whole(5) : 9;
    const [from, to] = [whole(all.length), whole(all.length)].sort((a, b) => a - b) as [number, number];
    return all.flatMap((at, index): Points => {
      const value = next(index);
      if (kind === 0 && index < from) return [];
      if (kind === 1 && index === from) return [{ at, value: "stale" }];
      if ((kind === 1 || kind === 2) && index > from && index < to) return [];
      return [{ at, value }];
    });
  };
  const counter = (fastest: number) => {
    let total = whole(3) === 0 ? 0 : whole(1000);
    return () => {
      if (whole(60) === 0) total = whole(3);
      else if (whole(4) > 0) total += whole(fastest);
      return total;
    };
  };
  for (const job of ["api", "web"])
    for (const instance of ["a", "b", "c"]) {
      for (const code of ["200", "500"])
        add("requests_total", { job, instance, code }, counter(code === "200" ? 50 : 5));
      add("up", { job, instance }, () => (whole(8) === 0 ? 0 : 1));
      add("temperature", { job, instance }, () => (whole(2000) - 600) / 8);
      add("level", { job, instance }, () => whole(4));
      add(
        "odd",
        { job, instance },
        () => [NaN, Infinity, -Infinity, whole(100), -whole(100), 0, whole(9) / 3][whole(7)] ?? 0,
      );
    }
  for (const instance of ["a", "b", "c"]) {
    add("build_info", { instance, version: `v${whole(2)}` }, () => 1, false);
    add("clock", { instance }, () => 1_600_000_000 + whole(200_000_000));
  }
  for (const job of ["api", "web", "batch"]) {
    const bounds = ["0.1", "0.5", "1", "2.5", ...(job === "batch" ? [] : ["+Inf"])];
    const totals = bounds.map(() => 0);
    const steps = times();
    const columns = steps.map(() => {
      let below = 0;
      for (const [index, total] of totals.entries()) {
        totals[index] = Math.max(total + whole(4), job === "web" && whole(9) === 0 ? 0 : below);
        below = totals[index] ?? 0;
      }
      return [...totals];
    });
    for (const [index, le] of bounds.entries()) {
      const points = steps.map((at, step) => ({ at, value: columns[step]?.[index] ?? 0 }));
      series.push({ labels: { __name__: "latency_bucket", job, le }, points });
    }
  }
  return series;
}
