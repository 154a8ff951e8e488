import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Ticket } from "./ticket.ts";

/** One request at its end, for the access log and the metrics. */
export interface FinishedRequest {
  /** When it ended. */
  readonly at: Millis;
  readonly method: string;
  /** Without its query: that may hold secrets. */
  readonly path: string;
  /** 499: the client went away. */
  readonly status: number;
  /** Real ms from its arrival to the last byte. */
  readonly ms: number;
  /** Absent: none was asked. */
  readonly backend?: string;
  /** 16 hex digits of the hash its backend was chosen by; absent: it has none. */
  readonly key?: string;
  readonly retries: number;
  /** Of the answer's body, as the backend sent it. */
  readonly bytes: number;
  readonly tags?: readonly string[];
  readonly match?: Readonly<Record<string, string>>;
}

const hex = (half: number): string => half.toString(16).padStart(8, "0");

export function finishedRequest(ticket: Ticket, status: number, ms: number, at: Millis): FinishedRequest {
  const { ask, backend, hashed, hashHigh, hashLow, tries, bytes, tags, match } = ticket;
  const query = ask.path.indexOf("?");
  return {
    at,
    method: ask.method,
    path: query < 0 ? ask.path : ask.path.slice(0, query),
    status,
    ms,
    ...(backend === "" ? {} : { backend }),
    ...(hashed ? { key: hex(hashHigh) + hex(hashLow) } : {}),
    retries: Math.max(0, tries - 1),
    bytes,
    ...(tags ? { tags } : {}),
    ...(match ? { match } : {}),
  };
}
