import { HeadgateError } from "../core/kernel/errors.ts";
import { type DurationMs, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { Queries } from "../core/ports/queries.ts";
import { type Http, HttpFailure, type HttpReply } from "./http-client.ts";
import { type ApiData, readAnswer } from "./prometheus-answer.ts";

export interface PrometheusQueriesOptions {
  /** Up to and without `/api/v1`. */
  readonly url: string;
  /** Signs where it has to (see sigv4-http.ts) and keeps to the addresses that may be reached. */
  readonly http: Http;
  /** Whole query. Default 10 s. The server is told, so that it gives up as well. */
  readonly timeoutMs?: DurationMs;
  /** Longest answer, in bytes. Default 32 MiB: 11,000 steps of some hundred series. */
  readonly maxBytes?: number;
}

/** Prometheus's own bound (web/api/v1: "exceeded maximum resolution"); other implementations have none. */
const MOST_STEPS = 11_000;
/** What proxies and read-only look-alikes answer when they take GET alone. */
const GET_ONLY: ReadonlySet<number> = new Set([405, 501]);
/** A URL beyond it is cut or refused on its way. */
const LONGEST_GET = 8_000;

const unavailable = (message: string, cause?: unknown) =>
  new HeadgateError("query.unavailable", message, { retryable: true, ...(cause === undefined ? {} : { cause }) });
const invalid = (message: string) => new HeadgateError("query.invalid", message);
const seconds = (at: Millis) => (at / SECOND_MS).toFixed(3);

/**
 * PromQL over the HTTP API of Prometheus or of what speaks it (Amazon Managed Prometheus, Mimir, Thanos, VictoriaMetrics). Forms go by
 * POST, because expressions outgrow URLs; by GET where the server takes no POST, which is remembered. One more try where
 * the connection was lost before an answer, as a query changes nothing.
 */
export function prometheusQueries(options: PrometheusQueriesOptions): Queries {
  const { http, timeoutMs = 10 * SECOND_MS, maxBytes = 33_554_432 } = options;
  const base = options.url.replace(/\/+$/, "");
  const host = new URL(base).host;
  let getOnly = false;

  const send = async (endpoint: string, form: URLSearchParams): Promise<HttpReply> => {
    const url = new URL(`${base}/api/v1/${endpoint}`);
    const accept = { accept: "application/json" };
    const limits = { timeoutMs, maxBytes };
    if (!getOnly) {
      const headers = { ...accept, "content-type": "application/x-www-form-urlencoded" };
      const reply = await http({ method: "POST", url, headers, body: form.toString(), ...limits });
      if (!GET_ONLY.has(reply.status)) return reply;
      getOnly = true;
    }
    // A blank as %20: what signs and what checks a signature do not agree about "+".
    url.search = form.toString().replaceAll("+", "%20");
    if (url.href.length > LONGEST_GET)
      throw unavailable(
        `${host} takes no POST, and the expression is too long for a GET (${url.href.length} characters)`,
      );
    return http({ method: "GET", url, headers: accept, ...limits });
  };

  const ask = async (endpoint: string, parameters: Readonly<Record<string, string>>): Promise<ApiData> => {
    const form = new URLSearchParams({ ...parameters, timeout: `${timeoutMs}ms` });
    const answer = async () => readAnswer(await send(endpoint, form), host);
    try {
      return await answer().catch((error: unknown) => {
        if (error instanceof HttpFailure && error.kind === "lost") return answer();
        throw error;
      });
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      // Too long an answer comes again at the next try; so does a refused address. What is asked for may be another by then.
      throw unavailable(
        `PromQL could not be evaluated: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  };

  return {
    source: "prometheus",
    instant: async (expr, at) => {
      const { samples, warnings, type } = await ask("query", { query: expr, time: seconds(at) });
      if (type !== "vector" && type !== "scalar")
        throw invalid(`the expression gives a ${type}; an instant vector or a scalar is needed`);
      return { samples, warnings };
    },
    range: async (expr, from, to, stepMs) => {
      if (!(stepMs > 0)) throw invalid(`a step of ${stepMs} ms; it has to be positive`);
      if (to < from) throw invalid("the end of the range is before its start");
      if ((to - from) / stepMs > MOST_STEPS)
        throw invalid(`${Math.floor((to - from) / stepMs)} steps; at most ${MOST_STEPS} are allowed`);
      const parameters = { query: expr, start: seconds(from), end: seconds(to), step: seconds(stepMs) };
      const { series, warnings, type } = await ask("query_range", parameters);
      if (type !== "matrix") throw unavailable(`${host} answers a range query with a ${type}`);
      return { series, warnings };
    },
  };
}
