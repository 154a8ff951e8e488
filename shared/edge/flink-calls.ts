import { HeadgateError } from "../core/kernel/errors.ts";
import { type DurationMs, SECOND_MS } from "../core/kernel/time.ts";
import { type Http, type HttpAsk, HttpFailure } from "./http-client.ts";

/** What a cluster answered, whatever the status. */
export interface FlinkAnswer {
  readonly status: number;
  readonly body: unknown;
}

export type FlinkCall = (
  method: HttpAsk["method"],
  path: string,
  body?: object,
  timeoutMs?: DurationMs,
) => Promise<FlinkAnswer>;

const TIMEOUT_MS = 10 * SECOND_MS;
/** An overview of thousands of jobs, or a job of hundreds of vertices. */
const MAX_BYTES = 16_777_216;

/** `host` for words: a url may carry a password. */
export const unavailable = (host: string, what: string, retryable: boolean, cause?: unknown): HeadgateError =>
  new HeadgateError("jobs.unavailable", `Flink at ${host}: ${what}`, {
    retryable,
    ...(cause === undefined ? {} : { cause }),
  });

export const hostOf = (url: string): string => {
  try {
    return new URL(url).host;
  } catch {
    return "an address that is none";
  }
};

/** Calls of one cluster's REST API. Rejects with `jobs.unavailable` where there is no answer, or none that is JSON. */
export function flinkCalls(http: Http, url: string): FlinkCall {
  const base = url.replace(/\/+$/, "");
  const host = hostOf(url);
  return async (method, path, body, timeoutMs = TIMEOUT_MS) => {
    const headers = { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}) };
    const text = body ? { body: JSON.stringify(body) } : {};
    try {
      const reply = await http({ method, url: new URL(base + path), headers, timeoutMs, maxBytes: MAX_BYTES, ...text });
      return { status: reply.status, body: parsed(reply.body, reply.status, host) };
    } catch (error) {
      if (error instanceof HeadgateError) throw error;
      const retryable = !(error instanceof HttpFailure && (error.kind === "refused" || error.kind === "too_large"));
      throw unavailable(host, error instanceof Error ? error.message : String(error), retryable, error);
    }
  };
}

function parsed(text: string, status: number, host: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch (error) {
    // A proxy's page, or a job manager on its way up; an address that is no Flink at all answers the same at every try.
    throw unavailable(
      host,
      `answered ${status} with something that is not JSON`,
      status >= 500 || status === 429,
      error,
    );
  }
}

const WORD_LIMIT = 300;

/** The innermost cause of a Java stack trace, in one line: what a person can do something about. */
export function causeOf(trace: string): string {
  const causes = [...trace.matchAll(/^\s*Caused by: (.+)$/gm)].map(([, cause]) => cause ?? "");
  const first = trace.split("\n").find((line) => line.trim() !== "" && !/^\s*at /.test(line)) ?? "no reason was given";
  const said = (causes.at(-1) ?? first).trim();
  return said.replace(/^(?:[a-z][\w$]*\.)+([A-Z][\w$.]*)/, "$1").slice(0, WORD_LIMIT);
}

/** Everything an error answer says, and the cause in it. */
export function errorOf(body: unknown): { readonly all: string; readonly cause: string } {
  const errors = isRecord(body) && Array.isArray(body["errors"]) ? body["errors"] : [];
  const all = errors.map(String).join("\n");
  return {
    all,
    cause: causeOf(all.replace(/^Internal server error\.\n/, "").replace(/^<Exception on server side:\s*/, "")),
  };
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The job manager could not answer now: it starts, has no leader, or waited for a part of its own. */
const PASSING =
  /TimeoutException|LeaderElection|no leader|ServiceUnavailable|NotLeader|EndpointNotStarted|FencingToken|not available at the moment/i;

export const passing = ({ status }: FlinkAnswer, all: string): boolean =>
  status === 429 || status === 502 || status === 503 || status === 504 || (status >= 500 && PASSING.test(all));
