import type { FlagsOptions } from "./types.ts";

const DEFAULT_TIMEOUT_MS = 5_000;

/** Asks Headgate. What goes wrong on the way is thrown. */
export type Ask = (path: string, init?: { readonly etag?: string; readonly body?: unknown }) => Promise<Response>;

export function asker(options: FlagsOptions): Ask {
  const { key, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const call = options.fetch ?? ((url: string, init?: RequestInit) => fetch(url, init));
  const base = options.url.replace(/\/+$/, "");
  return (path, { etag, body } = {}) =>
    call(`${base}/api/v1/flags/${path}`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: {
        accept: "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(etag === undefined ? {} : { "if-none-match": etag }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
}

/** A timer that does not keep the process alive. */
export function later(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
