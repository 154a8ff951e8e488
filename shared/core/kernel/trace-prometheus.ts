import type { Fault } from "./errors.ts";
import type { Millis } from "./time.ts";
import type { TraceOptions, TraceResult } from "./trace.ts";
import { type FaultList, faultList, MAX_TRACE_ROWS, shorten } from "./trace-points.ts";
import {
  emptySeries,
  epochSeconds,
  inOrder,
  jsonFault,
  readNumber,
  type Series,
  summed,
  traceOf,
  valueAllowed,
  warnOfUnknown,
} from "./trace-series.ts";

type Labels = Readonly<Record<string, unknown>>;
type Found = { readonly [name: string]: unknown };

/** How Prometheus writes what is no number: NaN (also a stale marker) and the infinities. */
const NO_NUMBER = /^(?:NaN|[+-]?Inf)$/i;
const SAMPLE = '[epoch seconds, "number as text"]';

/**
 * Reads Prometheus's answer to `/api/v1/query_range`. Several series are summed per instant, as `sum()` does; `options.series` picks those with
 * a label. "NaN", stale markers and infinities are gaps, named in `warnings`; anything else that is no number is a fault.
 */
export function readPrometheus(answer: Found, options: TraceOptions): TraceResult {
  const most = options.maxFaults ?? 20;
  const faults = faultList(most, "fault");
  const warnings = faultList(most, "warning");
  const result = matrixOf(answer, faults);
  if (!result) return { ok: false, faults: faults.all() };
  const chosen = choose(result, options.series, faults);
  const rows = chosen.reduce((sum, { values }) => sum + values.length, 0);
  const maxRows = options.maxRows ?? MAX_TRACE_ROWS;
  if (rows > maxRows) {
    const message = `data.result: the trace has ${rows} samples`;
    faults.add({ path: "data.result", message, value: `${rows}`, allowed: `at most ${maxRows} samples` });
  }
  if (faults.size() > 0) return { ok: false, faults: faults.all() };
  for (const text of texts(answer["warnings"]))
    warnings.add({ path: "warnings", message: `Prometheus warns: ${text}` });
  const series = chosen.map(({ path, values }) => readSeries(values, path, faults, warnings));
  const [only] = series;
  if (only && series.length === 1) return traceOf(only, (chosen[0] as Chosen).path, faults, warnings, []);
  const { series: sum, partial } = summed(series);
  return traceOf(sum, undefined, faults, warnings, sumNotes(series.length, result.length, partial));
}

function sumNotes(summed: number, all: number, partial: number): readonly string[] {
  const note = `${summed}${summed === all ? "" : ` of ${all}`} series are summed; --series label=value picks one`;
  if (partial === 0) return [note];
  return [note, `at ${partial} instants not every series has a sample; those that have one are summed, as sum() does`];
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

/** The series of the answer, or why there are none. */
function matrixOf(answer: Found, faults: FaultList): readonly unknown[] | undefined {
  if (answer["status"] === "error") {
    const what = [answer["errorType"], answer["error"]].filter((part) => typeof part === "string").join(": ");
    faults.add({
      path: "status",
      message: `status: Prometheus answered with an error${what === "" ? "" : ` (${shorten(what)})`}`,
      value: "error",
      allowed: '"success"',
    });
    return undefined;
  }
  const data = answer["data"] as { resultType?: unknown; result?: unknown } | null | undefined;
  if (data?.resultType !== "matrix" || !Array.isArray(data.result)) {
    const kind = data?.resultType;
    const found = typeof kind === "string" && kind !== "matrix" ? kind : undefined;
    faults.add(
      jsonFault(
        found === undefined ? "data.result" : "data.resultType",
        found,
        found === undefined ? "is no list of series" : "is no series over time",
        'resultType "matrix": ask /api/v1/query_range, or /api/v1/query with a range such as metric[14d]',
      ),
    );
    return undefined;
  }
  if (data.result.length === 0)
    faults.add(jsonFault("data.result", "", "is empty: the query found nothing", "a series"));
  return data.result;
}

interface Chosen {
  readonly path: string;
  readonly labels: Labels;
  readonly values: readonly unknown[];
}

function choose(result: readonly unknown[], wanted: string | undefined, faults: FaultList): readonly Chosen[] {
  const all = result.flatMap((one, index): readonly Chosen[] => {
    const path = `data.result[${index}]`;
    const { metric, values } = (typeof one === "object" && one !== null ? one : {}) as Found;
    if (Array.isArray(values)) return [{ path: `${path}.values`, labels: (metric ?? {}) as Labels, values }];
    faults.add(jsonFault(`${path}.values`, values, "is no list of samples", `a list of ${SAMPLE}`));
    return [];
  });
  if (wanted === undefined || all.length === 0) return all;
  const pairs = wanted.split(",").map((pair) => pair.split(/=(.*)/s, 2).map((part) => part.trim()));
  if (pairs.some(([label = "", value]) => label === "" || value === undefined)) {
    faults.add({
      path: "series",
      message: "series: names no label",
      value: shorten(wanted),
      allowed: "label=value, more after commas",
    });
    return all;
  }
  const unquoted = (value = ""): string => /^"(.*)"$/s.exec(value)?.[1] ?? value;
  const fits = all.filter(({ labels }) =>
    pairs.every(([label = "", value]) => ownText(labels, label) === unquoted(value)),
  );
  if (fits.length === 0) faults.add(noSuchSeries(wanted, all));
  return fits;
}

const ownText = (labels: Labels, label: string): unknown => (Object.hasOwn(labels, label) ? labels[label] : undefined);

function noSuchSeries(wanted: string, all: readonly Chosen[]): Fault {
  const named = all.slice(0, 5).map(({ labels }) => {
    const pairs = Object.entries(labels).filter(([, value]) => typeof value === "string");
    return pairs.length === 0 ? "{}" : pairs.map(([label, value]) => `${label}=${String(value)}`).join(",");
  });
  const more = all.length > named.length ? ` and ${all.length - named.length} more` : "";
  return {
    path: "series",
    message: "series: no series has this label",
    value: shorten(wanted),
    allowed: `${named.join("; ")}${more}`,
  };
}

function readSeries(values: readonly unknown[], path: string, faults: FaultList, warnings: FaultList): Series {
  const series = emptySeries();
  let before: { readonly at: Millis; readonly said: string } | undefined;
  let run: { readonly from: number; to: number; readonly value: string } | undefined;
  const endRun = (): void => {
    if (run) warnOfUnknown(path, run.from, run.to, run.value, warnings);
    run = undefined;
  };
  for (const [index, sample] of values.entries()) {
    const said = `${path}[${index}]`;
    const [stamp, value] = Array.isArray(sample) && sample.length === 2 ? sample : [];
    const at = epochSeconds(stamp);
    if (at === undefined) {
      faults.add(jsonFault(said, sample, "is no sample", SAMPLE));
      continue;
    }
    const late = (what: string, allowed: string) => faults.add(jsonFault(said, stamp, what, allowed));
    if (!inOrder(at, before, late)) continue;
    before = { at, said };
    if (typeof value === "string" && NO_NUMBER.test(value)) {
      series.unknown.push(at);
      if (run) run.to = index;
      else run = { from: index, to: index, value };
      continue;
    }
    endRun();
    const read = readNumber(value);
    if ("wrong" in read) {
      faults.add(jsonFault(said, value, read.wrong, `${valueAllowed}, as text`));
      continue;
    }
    series.points.push({ at, value: read.value });
    series.indexes.push(index);
  }
  endRun();
  return series;
}
