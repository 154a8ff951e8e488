import type { Fault } from "./errors.ts";
import { parseTrace, type TraceOptions, type TraceResult } from "./trace.ts";
import { readCloudWatch } from "./trace-cloudwatch.ts";
import { shorten } from "./trace-points.ts";
import { readPrometheus } from "./trace-prometheus.ts";

const FORMS =
  "CSV with the header timestamp,value; Prometheus's answer to /api/v1/query_range; CloudWatch's answer to GetMetricData";

/**
 * Reads a recorded load in any form that is understood, recognised by its content: JSON of Prometheus (`query_range`) or of CloudWatch
 * (`GetMetricData`), else CSV. What is wrong is a fault with its place, what was found and what is allowed. Never throws.
 */
export function readTrace(text: string, options: TraceOptions = {}): TraceResult {
  if (!/^\uFEFF?\s*[[{]/.test(text))
    return options.series === undefined ? parseTrace(text, options) : oneSeries(options);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return refused(jsonFault(text, error));
  }
  if (Array.isArray(json)) return readPrometheus({ data: { resultType: "matrix", result: json } }, options);
  const object = json as { readonly [name: string]: unknown };
  if (Object.hasOwn(object, "MetricDataResults")) return readCloudWatch(object, options);
  if (Object.hasOwn(object, "data") || Object.hasOwn(object, "status")) return readPrometheus(object, options);
  const names = Object.keys(object).slice(0, 5).join(", ");
  return refused({
    path: "trace",
    message: "this JSON is no recorded load",
    value: names === "" ? "{}" : shorten(`{ ${names} }`),
    allowed: FORMS,
  });
}

const refused = (fault: Fault): TraceResult => ({ ok: false, faults: [fault] });

const oneSeries = ({ series = "" }: TraceOptions): TraceResult =>
  refused({
    path: "series",
    message: "a CSV has one series",
    value: shorten(series),
    allowed: "no choice of a series",
  });

/** Where the text stops being JSON: line and column where the engine says the place, and its own words, which quote the place. */
function jsonFault(text: string, error: unknown): Fault {
  const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
  const position = /at position (\d+)/.exec(why)?.[1] ?? (/^Unexpected end/.test(why) ? text.length : undefined);
  const fault = { path: "trace", message: `the text begins like JSON and is none: ${why}`, allowed: FORMS };
  if (position === undefined) return fault;
  const before = text.slice(0, Number(position) + (text.startsWith("\uFEFF") ? 1 : 0));
  const line = (before.match(/\n/g)?.length ?? 0) + 1;
  return { ...fault, line, column: before.length - before.lastIndexOf("\n") };
}
