import { type ClientResponse, hc } from "hono/client";
import type { AppType } from "../../functions/api/app.ts";
import { accessKey, denial } from "./access.ts";
import { observeClock } from "./clock.ts";
import { lost } from "./connection.ts";
import { refuse } from "./failure.ts";

export const PATIENCE_MS = 15_000;

/** What every request carries: the key, where there is one. */
export function headers(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const key = accessKey.get();
  return { accept: "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...extra };
}

/** The API's own routes and shapes, as its type says them: a route that moves breaks this build, not the page. */
export const api = hc<AppType>(location.origin, { headers: () => headers() }).api.v1;

export type Init = { readonly init: RequestInit };

/** Sends one request with a limit to its patience, and reads the clock off the answer. */
export async function ask<T>(
  send: (options: Init) => Promise<ClientResponse<unknown>>,
  signal?: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const timeout = AbortSignal.timeout(patienceMs);
  let answer: ClientResponse<unknown>;
  try {
    answer = await send({ init: { signal: signal ? AbortSignal.any([signal, timeout]) : timeout } });
  } catch (error) {
    if (!signal?.aborted) lost(error instanceof Error ? error.message : "no answer");
    throw error;
  }
  if (!answer.ok) return refuse(answer as unknown as Response);
  if (denial.get()?.status === 401) denial.set(undefined);
  const body = (await answer.json()) as T & { clock?: Parameters<typeof observeClock>[0] };
  if (body.clock !== undefined) observeClock(body.clock);
  return body;
}

/** Leaves out what is undefined: a parameter without a value is none. */
export function given(parameters: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, String(value)]],
    ),
  );
}

/** The client puts parameters into the path as they are: names may hold slashes, blanks or anything else. */
export const segment = (text: string): string => encodeURIComponent(text);

/** The options of a request that acts: sent again with the same key, it is still done once. */
export const keyed = (options: Init, idempotencyKey: string) => ({
  ...options,
  headers: headers({ "idempotency-key": idempotencyKey }),
});
