import type { Fault } from "./errors.ts";
import type { Point } from "./reading.ts";
import { type Millis, SECOND_MS } from "./time.ts";
import type { TraceResult } from "./trace.ts";
import {
  DECIMAL,
  type FaultList,
  medianStep,
  type Place,
  shorten,
  TRACE_VALUE,
  valueFault,
  warnOfGaps,
} from "./trace-points.ts";

/** One series of a JSON answer while it is read: what is known, and the instants of which only is known that nothing is. */
export interface Series {
  readonly points: Point[];
  /** Place of each point in its source. */
  readonly indexes: number[];
  /** Instants with a sample that is no number, ascending. */
  readonly unknown: Millis[];
}

export const emptySeries = (): Series => ({ points: [], indexes: [], unknown: [] });

/** Stamps in order, no value twice, as every reader wants them. False: told, and the sample is left out. */
export function inOrder(
  at: Millis,
  before: { readonly at: Millis; readonly said: string } | undefined,
  fault: (what: string, allowed: string) => void,
): boolean {
  if (!before || at > before.at) return true;
  fault(`${at === before.at ? "repeats" : "goes back behind"} the stamp of ${before.said}`, "a later stamp than that");
  return false;
}

/** Bare epoch seconds, with or without a fraction, as both services write them. */
export const epochSeconds = (value: unknown): Millis | undefined =>
  typeof value === "number" && value >= 0 && value < 1e11 ? Math.round(value * SECOND_MS) : undefined;

/** A number of the input, or why it is none. Text counts where it is a decimal number. */
export function readNumber(value: unknown): { readonly value: number } | { readonly wrong: string } {
  const number =
    typeof value === "number" ? value : typeof value === "string" && DECIMAL.test(value) ? Number(value) : undefined;
  const wrong = valueFault(number);
  return wrong === undefined ? { value: number === 0 ? 0 : (number as number) } : { wrong };
}

/** A fault at a place of a JSON document. */
export function jsonFault(path: string, found: unknown, what: string, allowed: string): Fault {
  const value = shorten(typeof found === "string" ? found : (JSON.stringify(found) ?? "nothing"));
  const shown = typeof found === "object" || found === undefined ? "" : ` ${JSON.stringify(value)}`;
  return { path, message: `${path}:${shown} ${what}`, value, allowed };
}

export const valueAllowed = TRACE_VALUE;

/** Sum per instant of the series that have a sample then, as PromQL's `sum`; an instant of which one series knows nothing is a gap. */
export function summed(all: readonly Series[]): { readonly series: Series; readonly partial: number } {
  const sums = new Map<Millis, { value: number; count: number }>();
  const unknown = new Set<Millis>();
  for (const { points, unknown: gaps } of all) {
    for (const at of gaps) unknown.add(at);
    for (const { at, value } of points) {
      const sum = sums.get(at);
      if (sum) {
        sum.value += value;
        sum.count += 1;
      } else sums.set(at, { value, count: 1 });
    }
  }
  const instants = [...sums.keys()].filter((at) => !unknown.has(at)).sort((a, b) => a - b);
  const points = instants.map((at) => ({ at, value: (sums.get(at) as { value: number }).value }));
  const partial = instants.filter((at) => (sums.get(at) as { count: number }).count < all.length).length;
  return {
    series: { points, indexes: instants.map((_, index) => index), unknown: [...unknown].sort((a, b) => a - b) },
    partial,
  };
}

/** Where the samples of a series stand: "data.result[0].values[12]". */
const placeAt = (path: string, index: number): Place => ({ path: `${path}[${index}]`, said: `${path}[${index}]` });

/** Names a run of samples that are no numbers. */
export function warnOfUnknown(path: string, from: number, to: number, value: string, warnings: FaultList): void {
  const said = from === to ? `${path}[${from}]` : `${path}[${from}..${to}]`;
  const what = from === to ? `"${value}" is a gap` : `${to - from + 1} samples that are no numbers are a gap`;
  warnings.add({ path: said, message: `${said}: ${what}, not a zero`, value, allowed: valueAllowed });
}

/**
 * A series as a trace, with warnings for its gaps; a gap in which samples stand that are no numbers has been told already.
 *
 * @param path of the samples; undefined: they are sums of several
 */
export function traceOf(
  { points, indexes, unknown }: Series,
  path: string | undefined,
  faults: FaultList,
  warnings: FaultList,
  notes: readonly string[],
): TraceResult {
  if (faults.size() === 0 && points.length < 2) {
    const message = `the trace has ${points.length} usable ${points.length === 1 ? "sample" : "samples"}`;
    faults.add({ path: "trace", message, allowed: "at least 2 samples" });
  }
  if (faults.size() > 0) return { ok: false, faults: faults.all() };
  const stepMs = medianStep(points);
  let passed = 0;
  const placeOf = (index: number): Place | undefined => {
    const [before, after] = [(points[index - 1] as Point).at, (points[index] as Point).at];
    while (passed < unknown.length && (unknown[passed] as Millis) <= before) passed += 1;
    if ((unknown[passed] ?? after) < after) return undefined;
    return path === undefined ? { path: "data.result", said: "the sum" } : placeAt(path, indexes[index] as number);
  };
  warnOfGaps(points, stepMs, placeOf, warnings);
  return { ok: true, trace: { points, stepMs }, warnings: warnings.all(), ...(notes.length > 0 ? { notes } : {}) };
}
