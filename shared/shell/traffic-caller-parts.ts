import { byBytes } from "../core/kernel/byte-order.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Backend, Host } from "../core/traffic/types.ts";

/** Sorted by id in byte order: all callers build the same tables. */
export function hostsOf(
  backends: readonly (Backend & { readonly drainingSince?: Millis; readonly registeredAt?: Millis })[],
  checks: ReadonlyMap<string, { readonly healthy: boolean; readonly since: Millis }>,
): readonly Host[] {
  return [...backends]
    .sort((a, b) => byBytes(a.id, b.id))
    .map((one) => {
      const {
        drainingSince,
        registeredAt,
        source: _,
        leaseUntil: __,
        ...backend
      } = one as typeof one & {
        readonly source?: unknown;
        readonly leaseUntil?: unknown;
      };
      const check = checks.get(one.id);
      const readySince = check?.healthy ? Math.max(check.since, registeredAt ?? 0) : registeredAt;
      return {
        backend,
        healthy: check?.healthy ?? true,
        ejected: false,
        open: false,
        draining: drainingSince !== undefined,
        ...(readySince ? { readySince } : {}),
      };
    });
}

/** Whether both are the same backends with the same weights in the same order. */
export const sameIds = (a: readonly Host[], b: readonly Host[]): boolean =>
  a.length === b.length &&
  a.every(({ backend }, i) => backend.id === b[i]?.backend.id && backend.weight === b[i]?.backend.weight);

/** An answer of HTTP says by its status whether the other side is well. */
export const failedBy = (answer: unknown): boolean => {
  const status = typeof answer === "object" && answer !== null ? (answer as { status?: unknown }).status : undefined;
  return typeof status === "number" && status >= 500;
};

const NEVER = new AbortController().signal;

/** What ends a call: who asked for it, or its time. */
export function signalOf({
  signal,
  timeoutMs,
}: {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}): AbortSignal {
  if (timeoutMs === undefined) return signal ?? NEVER;
  const limit = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}
