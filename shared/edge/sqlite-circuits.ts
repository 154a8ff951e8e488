import type { DatabaseSync } from "node:sqlite";
import type { Millis } from "../core/kernel/time.ts";
import type { CircuitKey, Circuits } from "../core/ports/circuits.ts";
import {
  afterAdd,
  afterChange,
  type CircuitItem,
  checkCircuitKey,
  checkCounts,
  checkDelta,
  toStoredCircuit,
} from "./circuit-rules.ts";
import type { Commits } from "./sqlite-commit.ts";
import { prefixEnd } from "./sqlite-prefix.ts";
import { checkNumbers, compareUtf8, decodeCursor, encodeCursor, pageSize } from "./store-rules.ts";

interface Row {
  readonly circuit: string;
  readonly body: string;
  readonly counts: string;
  readonly updated_at: number;
  readonly expires_at: number | null;
}

const toItem = (row: Row): CircuitItem => ({
  circuit: JSON.parse(row.body),
  counts: JSON.parse(row.counts),
  updatedAt: row.updated_at,
  expiresAt: row.expires_at ?? undefined,
});

/** After so many writes at most so many expired circuits are taken away. */
const SWEEP_EVERY = 500;
const SWEEP_MOST = 1_000;

const LIVE = "(expires_at IS NULL OR expires_at > ?)";

/**
 * Circuits in the embedded store's file. What is asked for is done one after another inside a commit that holds the lock on the file,
 * so reading and writing there is as atomic as adding, also between processes.
 */
export function sqliteCircuits(db: DatabaseSync, commits: Commits, now: () => Millis): Circuits {
  const load = db.prepare(
    `SELECT circuit, body, counts, updated_at, expires_at FROM circuits WHERE tenant = ? AND circuit = ? AND ${LIVE}`,
  );
  const put = db.prepare(
    `INSERT INTO circuits (tenant, circuit, body, counts, updated_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, circuit) DO UPDATE SET
       body = excluded.body, counts = excluded.counts, updated_at = excluded.updated_at, expires_at = excluded.expires_at`,
  );
  const remove = db.prepare("DELETE FROM circuits WHERE tenant = ? AND circuit = ?");
  const list = db.prepare(
    `SELECT circuit, body, counts, updated_at, expires_at FROM circuits
     WHERE tenant = ? AND circuit >= ? AND circuit < ? AND circuit <> ? AND ${LIVE} ORDER BY circuit LIMIT ?`,
  );
  const sweep = db.prepare(
    "DELETE FROM circuits WHERE rowid IN (SELECT rowid FROM circuits WHERE expires_at <= ? LIMIT ?)",
  );
  const live = (key: CircuitKey): CircuitItem | undefined => {
    const row = load.get(key.tenant, key.circuit, now()) as Row | undefined;
    return row && toItem(row);
  };
  let writes = 0;
  const save = (key: CircuitKey, item: CircuitItem): void => {
    put.run(
      key.tenant,
      key.circuit,
      JSON.stringify(item.circuit),
      JSON.stringify(item.counts),
      item.updatedAt,
      item.expiresAt ?? null,
    );
    writes += 1;
    if (writes % SWEEP_EVERY === 0) sweep.run(now(), SWEEP_MOST);
  };
  const shown = (key: CircuitKey, item: CircuitItem | undefined) => (item ? { item: toStoredCircuit(key, item) } : {});

  return {
    load: (key) =>
      commits.read("store", () => {
        checkCircuitKey(key);
        return shown(key, live(key)).item;
      }),
    async add(key, delta) {
      checkCircuitKey(key);
      checkDelta(delta);
      return commits.write("store", () => {
        const before = live(key);
        const next = afterAdd(before, delta);
        if (next === "refused") return { ok: false, ...shown(key, before) };
        if (next) save(key, next);
        return { ok: true, ...shown(key, next) };
      });
    },
    async change(key, from, next, options) {
      checkCircuitKey(key);
      checkCounts(options.counts, "counts");
      checkNumbers(next, "circuit");
      return commits.write("store", () => {
        const before = live(key);
        const item = afterChange(before, from, next, options);
        if (!item) return { ok: false, ...shown(key, before) };
        save(key, item);
        return { ok: true, ...shown(key, item) };
      });
    },
    list: (tenant, options = {}) =>
      commits.read("store", () => {
        checkCircuitKey({ tenant, circuit: "-" });
        const limit = pageSize(options.limit);
        const prefix = options.prefix ?? "";
        const after = options.cursor === undefined ? "" : decodeCursor(options.cursor);
        const from = compareUtf8(after, prefix) > 0 ? after : prefix;
        const rows = list.all(tenant, from, prefixEnd(prefix), after, now(), limit + 1) as unknown as Row[];
        const items = rows.slice(0, limit).map((row) => toStoredCircuit({ tenant, circuit: row.circuit }, toItem(row)));
        const last = items.at(-1);
        return { items, ...(last && rows.length > limit ? { cursor: encodeCursor(last.key.circuit) } : {}) };
      }),
    async remove(key, rev) {
      checkCircuitKey(key);
      return commits.write("store", () => {
        if (live(key)?.circuit.rev !== rev) return false;
        return Number(remove.run(key.tenant, key.circuit).changes) === 1;
      });
    },
  };
}
