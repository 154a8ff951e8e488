import * as v from "valibot";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { RangeSeries, VectorSample } from "../core/ports/queries.ts";
import type { HttpReply } from "./http-client.ts";

/** An element has `histogram(s)` instead of values where it is a native histogram. Samples are many, and checked as they are read. */
const Element = v.object({
  metric: v.record(v.string(), v.string()),
  value: v.optional(v.unknown()),
  values: v.optional(v.array(v.unknown())),
});
const Elements = v.array(Element);
const Data = v.variant("resultType", [
  v.object({ resultType: v.literal("vector"), result: Elements }),
  v.object({ resultType: v.literal("matrix"), result: Elements }),
  v.object({ resultType: v.literal("scalar"), result: v.unknown() }),
  v.object({ resultType: v.literal("string"), result: v.unknown() }),
]);
const Texts = v.optional(v.array(v.string()), []);
const Success = v.object({ status: v.literal("success"), data: Data, warnings: Texts, infos: Texts });
const Failure = v.object({ status: v.literal("error"), errorType: v.string(), error: v.string() });
/** What stands before the API and does not speak it: AWS's front door, a proxy. */
const Stranger = v.object({ message: v.string() });

export interface ApiData {
  readonly type: "vector" | "matrix" | "scalar" | "string";
  readonly samples: readonly VectorSample[];
  readonly series: readonly RangeSeries[];
  readonly warnings: readonly string[];
}

const LONGEST_EXCERPT = 200;
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["+Inf", Number.POSITIVE_INFINITY],
  ["Inf", Number.POSITIVE_INFINITY],
  ["-Inf", Number.NEGATIVE_INFINITY],
]);
const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** A value as Prometheus writes it; undefined for what is none, which must not become a zero. */
function numberOf(text: string): number | undefined {
  return NON_FINITE.get(text) ?? (DECIMAL.test(text) ? Number(text) : undefined);
}

const unavailable = (message: string) => new HeadgateError("query.unavailable", message, { retryable: true });

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * What the API says, or throws: `query.invalid` where the expression is at fault (`bad_data`), `query.unavailable` for
 * everything else, with a fault where it is about the expression and the samples together (`execution`). An answer that is not understood is no empty answer.
 */
export function readAnswer({ status, body, headers }: HttpReply, host: string): ApiData {
  const json = parsed(body);
  const failure = v.safeParse(Failure, json);
  if (failure.success) {
    const { errorType, error } = failure.output;
    if (errorType === "bad_data") throw new HeadgateError("query.invalid", error);
    const message = `${host} could not evaluate the expression: ${errorType}: ${error}`;
    // It may go away with the samples, and is the expression's own all the same: who joins several has to know.
    const faults = errorType === "execution" ? [{ path: "query", message: error }] : [];
    throw new HeadgateError("query.unavailable", message, { retryable: true, faults });
  }
  if (status >= 300 && status < 400)
    throw unavailable(`${host} sends on to ${headers["location"] ?? "another address"}: configure that one`);
  const success = v.safeParse(Success, json);
  if (status !== 200 || !success.success) {
    const stranger = v.safeParse(Stranger, json);
    const said = stranger.success ? stranger.output.message : body.trim();
    const excerpt = said === "" ? "nothing" : JSON.stringify(said.slice(0, LONGEST_EXCERPT));
    throw unavailable(`${host} answered ${status} and not as a Prometheus API does: ${excerpt}`);
  }
  const { data, warnings, infos } = success.output;
  const told = [...warnings, ...infos];
  const read = (sample: unknown) => {
    const [at, text] = Array.isArray(sample) ? (sample as unknown[]) : [];
    const value = typeof text === "string" ? numberOf(text) : undefined;
    if (typeof at !== "number" || value === undefined)
      throw unavailable(`${host} answered the sample ${JSON.stringify(sample)}, which is none`);
    return { at: Math.round(at * 1000), value };
  };
  const nothing = { samples: [], series: [], warnings: told };
  if (data.resultType === "scalar")
    return { ...nothing, type: "scalar", samples: [{ labels: {}, value: read(data.result).value }] };
  if (data.resultType === "string") return { ...nothing, type: "string" };
  const elements = data.result;
  const histograms = elements.filter(({ value, values }) => value === undefined && values === undefined).length;
  if (histograms > 0) told.push(`${histograms} native histogram series left out: they have no one value`);
  return {
    type: data.resultType,
    warnings: told,
    samples: elements.flatMap(({ metric, value }) => (value ? [{ labels: metric, value: read(value).value }] : [])),
    series: elements.flatMap(({ metric, values }) => (values ? [{ labels: metric, points: values.map(read) }] : [])),
  };
}
