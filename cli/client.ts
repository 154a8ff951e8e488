import { hc } from "hono/client";
import type { AppType } from "../functions/api/app.ts";
import type { Problem } from "../functions/api/views.ts";
import { DAY_MS, formatDuration, parseDuration } from "../shared/core/kernel/time.ts";
import { ApiError } from "./errors.ts";
import type { Io } from "./io.ts";

const DEFAULT_URL = "http://127.0.0.1:4180";
/** How long an answer may take, its body included. The longest work (a page of replays) takes seconds. */
const ANSWER_MS = 60_000;

/** The typed client of the API at --url, HEADGATE_URL or this machine. */
export function client(io: Io) {
  const url = (io.url ?? io.env["HEADGATE_URL"] ?? DEFAULT_URL).replace(/\/+$/, "");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ApiError("input.invalid", 0, `${JSON.stringify(url)} is not an http or https address`);
  }
  const key = io.env["HEADGATE_KEY"]?.trim();
  // fetch would refuse it as well, and name it in full while doing so.
  if (key && !/^[\x21-\x7e]+$/.test(key))
    throw new ApiError("input.invalid", 0, "HEADGATE_KEY holds characters that no key has");
  const waitMs = waitOf(io);
  return hc<AppType>(url, {
    ...(key ? { headers: { authorization: `Bearer ${key}` } } : {}),
    fetch: (input: Parameters<typeof fetch>[0], init?: RequestInit) => reach(url, waitMs, input, init),
  });
}

/** The whole answer, so that what goes wrong on the way is told here and once. */
async function reach(
  url: string,
  waitMs: number,
  input: Parameters<typeof fetch>[0],
  init?: RequestInit,
): Promise<Response> {
  try {
    const { body, status, headers } = await fetch(input, { ...init, signal: AbortSignal.timeout(waitMs) });
    return new Response(body === null ? null : await new Response(body).arrayBuffer(), { status, headers });
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      throw new ApiError("unreachable", 0, `no answer from ${url} within ${formatDuration(waitMs)}`);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    const start = /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)
      ? "; start it with: headgate start (from a clone: npm start)"
      : "";
    throw new ApiError("unreachable", 0, `no answer from ${url} (${cause})${start}`);
  }
}

/** HEADGATE_TIMEOUT, or the default. */
function waitOf(io: Io): number {
  const given = io.env["HEADGATE_TIMEOUT"];
  if (!given) return ANSWER_MS;
  const wait = parseDuration(given);
  // Node's timers end at 2^31 ms.
  if (wait !== undefined && wait > 0 && wait <= DAY_MS) return wait;
  throw new ApiError(
    "input.invalid",
    0,
    `HEADGATE_TIMEOUT ${JSON.stringify(given)} is no duration such as 60s, up to 1d`,
  );
}

/** A header that makes a repeat of this request (by a proxy, by a retry) act once. */
export const once = () => ({ headers: { "idempotency-key": crypto.randomUUID() } });

/** The body of a good answer. @throws ApiError with the problem's code, detail and faults. */
export async function answer<T>(
  request: Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>,
): Promise<T> {
  const response = await request;
  const body = await response.text();
  const parsed = parseJson(body);
  if (response.ok && parsed !== undefined) return parsed as T;
  const problem = (parsed ?? {}) as Partial<Problem>;
  if (problem.code !== undefined)
    throw new ApiError(problem.code, response.status, problem.detail ?? problem.code, problem.faults);
  throw new ApiError(
    "unreachable",
    response.status,
    `the answer (status ${response.status}) is not Headgate's; is the address right?`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
