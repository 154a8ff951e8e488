import { parseInstant } from "../../kernel/instant.ts";
import type { Millis } from "../../kernel/time.ts";
import { randomOf } from "../balance/random.ts";

/** One request as it was: what an access log keeps of it. */
export interface RecordedRequest {
  readonly at: Millis;
  /** Response time. Absent: not known. */
  readonly ms?: number;
  /** Id of the backend that answered. */
  readonly backend?: string;
  readonly key?: string;
  /** Hash of the key, where the log keeps that and not the key; then `key` is its text. */
  readonly hash?: { readonly high: number; readonly low: number };
  readonly tags?: readonly string[];
  /** What it asked of subsets. */
  readonly match?: Readonly<Record<string, string>>;
  /** 0: no answer came. */
  readonly status?: number;
}

/** Requests in the order of their arrival. */
export interface Recorded {
  readonly requests: readonly RecordedRequest[];
  /** Requests were only counted: their arrivals are drawn, their times not known, and each stands for so many. */
  readonly eachStandsFor?: number;
}

/** How many requests came in the time that begins then. */
export interface CountedPeriod {
  readonly at: Millis;
  readonly requests: number;
}

type Named = Exclude<keyof RecordedRequest, "hash">;

const NAMES: Readonly<Record<Named, readonly string[]>> = {
  at: ["at", "timestamp", "time", "ts", "date", "starttime"],
  ms: [
    "ms",
    "duration",
    "durationms",
    "latency",
    "latencyms",
    "responsems",
    "responsetime",
    "responsetimems",
    "elapsed",
  ],
  backend: ["backend", "backendid", "host", "upstream", "upstreamaddr", "upstreamhost", "target", "server"],
  key: ["key", "hashkey", "user", "session"],
  tags: ["tags", "dataaffinitytags", "affinitytags"],
  match: ["match"],
  status: ["status", "statuscode", "code"],
};

const FIELDS: ReadonlyMap<string, Named> = new Map(
  Object.entries(NAMES).flatMap(([field, names]) => names.map((name) => [name, field as Named] as const)),
);

/** Which part of a request a column or a member names; undefined for those that are passed over. */
export const recordedField = (name: string): Named | undefined =>
  FIELDS.get(name.toLowerCase().replace(/[^a-z0-9]/g, ""));

/** What a line says that is no request. */
export interface RecordedFault {
  readonly path: string;
  readonly message: string;
  readonly value: string;
  readonly allowed: string;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

/** One request from the members of a log line or the cells of a row. A fault names the first that is wrong. */
export function recordedFrom(given: Readonly<Record<string, unknown>>): RecordedRequest | RecordedFault {
  const found: Partial<Record<Named, unknown>> = {};
  for (const [name, value] of Object.entries(given)) {
    const field = recordedField(name);
    if (field && !isEmpty(value) && found[field] === undefined) found[field] = value;
  }
  const fault = (path: string, value: unknown, allowed: string): RecordedFault => ({
    path,
    message: isEmpty(value) ? "is missing" : "wrong type or value",
    value: JSON.stringify(value) ?? "nothing",
    allowed,
  });
  const at = parseInstant(String(found.at ?? ""))?.at;
  if (at === undefined) return fault("at", found.at, "ISO 8601, or seconds or milliseconds since 1970");
  const ms = found.ms === undefined ? undefined : Number(found.ms);
  if (ms !== undefined && !(ms >= 0 && ms < Number.POSITIVE_INFINITY))
    return fault("ms", found.ms, "a response time in milliseconds, from 0 up");
  const status = found.status === undefined ? undefined : Number(found.status);
  if (status !== undefined && !(Number.isInteger(status) && status >= 0 && status <= 999))
    return fault("status", found.status, "a status 100..599, or 0 for none");
  const { backend, key, tags, match } = found;
  // The gateway's own log tells of the end of a request, and of the hash of its key.
  const ours = given["retries"] !== undefined && given["bytes"] !== undefined;
  const hash = ours && /^[0-9a-f]{16}$/.test(String(key)) ? String(key) : undefined;
  return {
    at: ours ? at - (ms ?? 0) : at,
    ...(ms === undefined ? {} : { ms }),
    ...(backend === undefined ? {} : { backend: String(backend) }),
    ...(key === undefined ? {} : { key: String(key) }),
    ...(hash === undefined
      ? {}
      : { hash: { high: Number.parseInt(hash.slice(0, 8), 16), low: Number.parseInt(hash.slice(8), 16) } }),
    ...(typeof match === "object" ? { match: match as Readonly<Record<string, string>> } : {}),
    ...(tags === undefined
      ? {}
      : {
          tags: (Array.isArray(tags) ? tags.map(String) : String(tags).split(/[;|,\s]+/)).filter((tag) => tag !== ""),
        }),
    ...(status === undefined ? {} : { status }),
  };
}

/** In the order of arrival; those of one instant as they stand. */
export const inOrder = (requests: readonly RecordedRequest[]): Recorded => ({
  requests: requests.every((one, index) => index === 0 || one.at >= (requests[index - 1] as RecordedRequest).at)
    ? requests
    : [...requests].sort((a, b) => a.at - b.at),
});

/** How long each period lasts: until the next one, but never longer than the most usual one (a gap is no period). */
function lengths(periods: readonly CountedPeriod[]): readonly number[] {
  const gaps = periods.slice(1).map((one, index) => one.at - (periods[index] as CountedPeriod).at);
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 60_000;
  return periods.map((_, index) => Math.min(gaps[index] ?? usual, usual));
}

/**
 * Single requests from counts per period: as many in each as there were, at moments drawn evenly. Of more than `most` every so many
 * stand for the rest, chosen by the running total, so that each period keeps its share.
 */
export function expandCounts(periods: readonly CountedPeriod[], most: number, seed: number): Recorded {
  const total = periods.reduce((sum, one) => sum + one.requests, 0);
  const eachStandsFor = Math.max(1, total / most);
  const random = randomOf(seed);
  const spans = lengths(periods);
  const requests: RecordedRequest[] = [];
  let running = 0;
  for (const [index, { at, requests: count }] of periods.entries()) {
    const before = Math.floor(running / eachStandsFor);
    running += count;
    const arrivals = Array.from({ length: Math.floor(running / eachStandsFor) - before }, () => random.next());
    for (const share of arrivals.sort((a, b) => a - b)) requests.push({ at: at + share * (spans[index] as number) });
  }
  return { requests, eachStandsFor };
}

/** The highest rate of any period, in requests per millisecond. */
export function peakRate(periods: readonly CountedPeriod[]): number {
  const spans = lengths(periods);
  return periods.reduce((most, { requests }, index) => Math.max(most, requests / (spans[index] as number)), 0);
}
