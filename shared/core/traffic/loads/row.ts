import type { Millis } from "../../kernel/time.ts";

/** What one caller tells the others of one host since it last told. */
export interface HostRow {
  /** Mean of its requests in flight over that time. A count at one instant would be that of an environment about to be frozen. */
  readonly active: number;
  /** Response time it goes by; absent: it has none. */
  readonly ewmaMs?: number;
  readonly calls: number;
  readonly failures: number;
  /** Factor on the host's weight that it has arrived at, 0 < x ≤ 1. */
  readonly lean: number;
}

/** The row of one caller: noun `traffic-load`, subject "<service>/<environment>". It expires by itself when the caller is gone. */
export interface LoadRow {
  readonly at: Millis;
  readonly hosts: ReadonlyMap<string, HostRow>;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** As it is kept: five numbers a host, because a row is written every few seconds and paid for by its size. */
export function packRow(row: LoadRow): {
  readonly v: 1;
  readonly at: Millis;
  readonly hosts: Readonly<Record<string, readonly (number | null)[]>>;
} {
  const hosts = [...row.hosts].map(
    ([id, { active, ewmaMs, calls, failures, lean }]) =>
      [id, [round(active), ewmaMs === undefined ? null : round(ewmaMs), calls, failures, round(lean)]] as const,
  );
  return { v: 1, at: row.at, hosts: Object.fromEntries(hosts) };
}

const amount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

/** A row as another version may have written it: what is no row is none, what is no host is left out. */
export function readRow(state: unknown): LoadRow | undefined {
  if (typeof state !== "object" || state === null) return undefined;
  const { at, hosts } = state as { readonly at?: unknown; readonly hosts?: unknown };
  const when = amount(at);
  if (when === undefined || typeof hosts !== "object" || hosts === null) return undefined;
  const read = new Map<string, HostRow>();
  for (const [id, given] of Object.entries(hosts)) {
    if (!Array.isArray(given)) continue;
    const [active, ewmaMs, calls, failures, lean] = (given as unknown[]).map(amount);
    if (active === undefined) continue;
    read.set(id, {
      active,
      ...(ewmaMs === undefined ? {} : { ewmaMs }),
      calls: calls ?? 0,
      failures: failures ?? 0,
      lean: lean !== undefined && lean > 0 ? Math.min(1, lean) : 1,
    });
  }
  return { at: when, hosts: read };
}
