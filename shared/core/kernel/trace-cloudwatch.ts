import { parseInstant } from "./instant.ts";
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
  traceOf,
  valueAllowed,
} from "./trace-series.ts";

type Found = { readonly [name: string]: unknown };

interface Result extends Found {
  readonly path: string;
}

const STAMP = "ISO 8601 text or epoch seconds";

/**
 * Reads CloudWatch's answer to `GetMetricData` (of the API, an SDK or `aws cloudwatch get-metric-data`), newest or oldest first. Where it holds
 * several results, `options.series` names one by Id or Label: adding up different metrics would mean nothing. Partial data is a warning.
 */
export function readCloudWatch(answer: Found, options: TraceOptions): TraceResult {
  const most = options.maxFaults ?? 20;
  const faults = faultList(most, "fault");
  const warnings = faultList(most, "warning");
  const result = chooseResult(answer["MetricDataResults"], options.series, faults);
  if (!result) return { ok: false, faults: faults.all() };
  const { path } = result;
  checkStatus(result, faults, warnings);
  for (const text of [...messages(answer["Messages"]), ...messages(result["Messages"])])
    warnings.add({ path: "Messages", message: `CloudWatch says: ${text}` });
  if (typeof answer["NextToken"] === "string" && answer["NextToken"] !== "") {
    const message = "NextToken: this is one page of an answer, the rest is missing";
    warnings.add({ path: "NextToken", message, allowed: "all pages in one file" });
  }
  const [stamps, values] = [result["Timestamps"], result["Values"]];
  if (!Array.isArray(stamps)) faults.add(jsonFault(`${path}.Timestamps`, stamps, "is no list", `a list of ${STAMP}`));
  if (!Array.isArray(values)) faults.add(jsonFault(`${path}.Values`, values, "is no list", "a list of numbers"));
  if (!Array.isArray(stamps) || !Array.isArray(values)) return { ok: false, faults: faults.all() };
  checkLengths(path, stamps.length, values.length, options.maxRows ?? MAX_TRACE_ROWS, faults);
  if (faults.size() > 0) return { ok: false, faults: faults.all() };
  return traceOf(readResult(path, stamps, values, faults), `${path}.Timestamps`, faults, warnings, []);
}

function chooseResult(results: unknown, wanted: string | undefined, faults: FaultList): Result | undefined {
  const path = "MetricDataResults";
  if (!Array.isArray(results) || results.length === 0) {
    faults.add(jsonFault(path, results, Array.isArray(results) ? "is empty" : "is no list", "a list of results"));
    return undefined;
  }
  const all = results.map((one: unknown, index): Result => ({ ...(one as object), path: `${path}[${index}]` }));
  const names = all
    .map(({ Id }) => (typeof Id === "string" ? Id : "?"))
    .slice(0, 20)
    .join(", ");
  if (wanted === undefined) {
    if (all.length === 1) return all[0];
    faults.add(
      jsonFault(path, `${all.length} results`, "are too many to choose from", `--series with one of ${names}`),
    );
    return undefined;
  }
  const fits = all.find(({ Id }) => Id === wanted) ?? all.find(({ Label }) => Label === wanted);
  if (!fits)
    faults.add({ path: "series", message: "series: no result has this Id", value: shorten(wanted), allowed: names });
  return fits;
}

function checkStatus({ path, StatusCode }: Result, faults: FaultList, warnings: FaultList): void {
  if (StatusCode === undefined || StatusCode === "Complete") return;
  const place = `${path}.StatusCode`;
  if (StatusCode === "PartialData")
    warnings.add(jsonFault(place, StatusCode, "means that a part of the load is missing", "Complete"));
  else faults.add(jsonFault(place, StatusCode, "is no answer with data", "Complete or PartialData"));
}

const messages = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.flatMap((one: { Value?: unknown } | null) => (typeof one?.Value === "string" ? [one.Value] : []))
    : [];

function checkLengths(path: string, stamps: number, values: number, maxRows: number, faults: FaultList): void {
  if (stamps !== values) {
    const message = `${path}: ${stamps} Timestamps and ${values} Values`;
    faults.add({ path, message, value: `${stamps} and ${values}`, allowed: "as many of one as of the other" });
  } else if (stamps > maxRows) {
    const message = `${path}: the trace has ${stamps} samples`;
    faults.add({ path, message, value: `${stamps}`, allowed: `at most ${maxRows} samples` });
  }
}

const instantOf = (stamp: unknown): Millis | undefined =>
  typeof stamp === "string" ? parseInstant(stamp)?.at : epochSeconds(stamp);

function readResult(path: string, stamps: readonly unknown[], values: readonly unknown[], faults: FaultList): Series {
  const series = emptySeries();
  // `ScanBy` is TimestampDescending unless asked otherwise. The order of the ends decides; whatever does not keep it is a fault.
  const [first, last] = [instantOf(stamps[0]), instantOf(stamps.at(-1))];
  const newestFirst = first !== undefined && last !== undefined && first > last;
  let before: { readonly at: Millis; readonly said: string } | undefined;
  for (let step = 0; step < stamps.length; step += 1) {
    const index = newestFirst ? stamps.length - 1 - step : step;
    const [stamp, value] = [stamps[index], values[index]];
    const said = `${path}.Timestamps[${index}]`;
    const at = instantOf(stamp);
    const read = readNumber(typeof value === "number" ? value : undefined);
    if ("wrong" in read) faults.add(jsonFault(`${path}.Values[${index}]`, value, read.wrong, valueAllowed));
    if (at === undefined) {
      faults.add(jsonFault(said, stamp, "is not a timestamp", STAMP));
      continue;
    }
    const late = (what: string, allowed: string) => faults.add(jsonFault(said, stamp, what, allowed));
    if (!inOrder(at, before, late)) continue;
    before = { at, said };
    if ("wrong" in read) continue;
    series.points.push({ at, value: read.value });
    series.indexes.push(index);
  }
  return series;
}
