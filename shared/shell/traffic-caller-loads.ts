import type { Json } from "../core/kernel/json.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Store } from "../core/ports/store.ts";
import { begin, end, type HostLoads } from "../core/traffic/balance/loads.ts";
import { leanOn } from "../core/traffic/loads/lean.ts";
import { type Elsewhere, mergeRows } from "../core/traffic/loads/merge.ts";
import { type HostRow, type LoadRow, packRow, readRow } from "../core/traffic/loads/row.ts";
import type { Host } from "../core/traffic/types.ts";

/** Loads of callers: state as {@link packRow} makes it, subject "<service>/<environment>". */
export const LOADS_NOUN = "traffic-load";

/** A row that was not renewed for so many looks is that of an environment that is gone. */
const LIVES = 3;

/** What one caller has in flight, what it tells of it and what the others have told. By index in one host list. */
export interface CallerLoads {
  readonly loads: HostLoads;
  /** Factors on the hosts' weights. */
  readonly lean: Float64Array;
  /** Mean requests in flight from others. */
  readonly elsewhere: Float64Array;
  begin(i: number, at: Millis): void;
  end(i: number, at: Millis, ms: number, ok: boolean): void;
  /** What happened since the last row; undefined: nothing, so there is nothing to tell. */
  row(at: Millis): LoadRow | undefined;
  /** Takes in what others have told; the factors move. */
  learn(others: ReadonlyMap<string, Elsewhere>, own: LoadRow | undefined, at: Millis): void;
  /** The same for another list; what is known of a host goes with its id. */
  for(hosts: readonly Host[], loads: HostLoads): CallerLoads;
}

interface Known {
  readonly lean: number;
  readonly elsewhere: number;
  readonly integral: number;
  readonly calls: number;
  readonly failures: number;
}

export function callerLoads(
  hosts: readonly Host[],
  loads: HostLoads,
  since: Millis,
  known: ReadonlyMap<string, Known> = new Map(),
): CallerLoads {
  const size = hosts.length;
  const of = (pick: (one: Known) => number, absent: number) =>
    Float64Array.from(hosts, ({ backend }) => {
      const one = known.get(backend.id);
      return one ? pick(one) : absent;
    });
  const lean = of((one) => one.lean, Number.NaN);
  const elsewhere = of((one) => one.elsewhere, 0);
  /** Requests in flight × ms since the last row, up to `touched`. */
  const integral = of((one) => one.integral, 0);
  const touched = new Float64Array(size).fill(since);
  const calls = of((one) => one.calls, 0);
  const failures = of((one) => one.failures, 0);
  const weights = Float64Array.from(hosts, ({ backend }) => backend.weight);
  let from = since;

  const touch = (i: number, at: Millis): void => {
    const spent = at - (touched[i] as number);
    if (spent <= 0) return;
    integral[i] = (integral[i] as number) + (loads.active[i] as number) * spent;
    touched[i] = at;
  };
  const told = (i: number): number => (Number.isNaN(lean[i]) ? 1 : (lean[i] as number));

  return {
    loads,
    lean,
    elsewhere,
    begin: (i, at) => {
      touch(i, at);
      begin(loads, i, at);
    },
    end: (i, at, ms, ok) => {
      touch(i, at);
      end(loads, i, at, ms, ok);
      calls[i] = (calls[i] as number) + 1;
      if (!ok) failures[i] = (failures[i] as number) + 1;
    },
    row: (at) => {
      const spent = Math.max(1, at - from);
      const rows = new Map<string, HostRow>();
      for (const [i, { backend }] of hosts.entries()) {
        touch(i, at);
        if (integral[i] === 0 && calls[i] === 0) continue;
        const ewmaMs = loads.ewmaMs[i] as number;
        rows.set(backend.id, {
          active: (integral[i] as number) / spent,
          ...(Number.isNaN(ewmaMs) ? {} : { ewmaMs }),
          calls: calls[i] as number,
          failures: failures[i] as number,
          lean: told(i),
        });
      }
      from = at;
      for (const one of [integral, calls, failures]) one.fill(0);
      return rows.size > 0 ? { at, hosts: rows } : undefined;
    },
    learn: (others, own, at) => {
      const inFlight = new Float64Array(size);
      for (const [i, { backend }] of hosts.entries()) {
        const theirs = others.get(backend.id);
        elsewhere[i] = theirs?.active ?? 0;
        inFlight[i] = (theirs?.active ?? 0) + (own?.hosts.get(backend.id)?.active ?? 0);
        // Who comes new begins with what the others have arrived at.
        if (Number.isNaN(lean[i])) lean[i] = theirs?.lean ?? 1;
        if (theirs?.ewmaMs === undefined || !Number.isNaN(loads.ewmaMs[i])) continue;
        loads.ewmaMs[i] = theirs.ewmaMs;
        loads.ewmaAt[i] = at;
        loads.version += 1;
      }
      leanOn(lean, inFlight, weights);
    },
    for: (next, nextLoads) => {
      const kept = hosts.map(({ backend }, i): [string, Known] => [
        backend.id,
        {
          lean: lean[i] as number,
          elsewhere: elsewhere[i] as number,
          integral: integral[i] as number,
          calls: calls[i] as number,
          failures: failures[i] as number,
        },
      ]);
      const at = touched.reduce((latest, one) => Math.max(latest, one), from);
      for (let i = 0; i < size; i += 1) touch(i, at);
      return callerLoads(next, nextLoads, at, new Map(kept));
    },
  };
}

/** Rows of all callers but one. */
export async function readRows(
  store: Pick<Store, "list">,
  tenant: string,
  service: string,
  environment: string,
  now: Millis,
  stalenessMs: number,
): Promise<ReadonlyMap<string, Elsewhere>> {
  const prefix = `${service}/`;
  const rows: LoadRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(tenant, LOADS_NOUN, { prefix, limit: 1_000, ...(cursor ? { cursor } : {}) });
    for (const { key, state } of page.items) {
      const row = key.subject === `${prefix}${environment}` ? undefined : readRow(state);
      if (row) rows.push(row);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return mergeRows(rows, now, LIVES * stalenessMs);
}

/** Writes one's own row. Nobody else does, so its version is known but for the first time and after it had expired. */
export function rowWriter(
  store: Pick<Store, "write">,
  tenant: string,
  service: string,
  environment: string,
  stalenessMs: number,
): (row: LoadRow) => Promise<void> {
  const key = { tenant, noun: LOADS_NOUN, subject: `${service}/${environment}` };
  let version = 0;
  return async (row) => {
    const next = { state: packRow(row) as unknown as Json, expiresAt: Math.ceil(row.at + LIVES * stalenessMs) };
    let written = await store.write(key, version, next);
    // The last one has expired, as there was no traffic for a while: this one is the first again.
    if (!written.ok && version !== 0) written = await store.write(key, 0, next);
    version = written.ok ? written.version : 0;
  };
}
