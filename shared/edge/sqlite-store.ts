import type { DatabaseSync } from "node:sqlite";
import type { AggregateKey } from "../core/kernel/key.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Store, Stored } from "../core/ports/store.ts";
import type { Commits } from "./sqlite-commit.ts";
import { prefixEnd } from "./sqlite-prefix.ts";
import {
  checkKey,
  compareUtf8,
  decodeCursor,
  encodeCursor,
  firstVersion,
  pageSize,
  writeTexts,
} from "./store-rules.ts";

interface Row {
  readonly tenant: string;
  readonly noun: string;
  readonly subject: string;
  readonly version: number;
  readonly state: string;
  readonly pending: string | null;
  readonly lease_until: number | null;
  readonly due_at: number | null;
  readonly expires_at: number | null;
}

const toStored = (row: Row): Stored => ({
  key: { tenant: row.tenant, noun: row.noun, subject: row.subject },
  version: row.version,
  state: JSON.parse(row.state),
  ...(row.pending === null ? {} : { pending: JSON.parse(row.pending) }),
  ...(row.lease_until === null ? {} : { leaseUntil: row.lease_until }),
  ...(row.due_at === null ? {} : { dueAt: row.due_at }),
  ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
});

/** After so many writes at most so many expired items are taken away: twice what can have been added. */
const SWEEP_EVERY = 500;
const SWEEP_MOST = 1_000;
const SWEEP_AT_OPEN = 100_000;

const LIVE = "(expires_at IS NULL OR expires_at > ?)";
const SET = "state = ?, pending = ?, lease_until = ?, due_at = ?, expires_at = ?, wake_at = ?";
const KEY = "tenant = ? AND noun = ? AND subject = ?";

/** The store on an open file. Order of text is SQLite's BINARY, which is the order of UTF-8 bytes. */
export function sqliteStore(db: DatabaseSync, commits: Commits, now: () => Millis): Store {
  const load = db.prepare(`SELECT * FROM aggregates WHERE ${KEY} AND ${LIVE}`);
  const update = db.prepare(
    `UPDATE aggregates SET ${SET}, version = version + 1 WHERE ${KEY} AND version = ? AND ${LIVE}`,
  );
  // An expired item counts as absent, but its version goes on, so that a worker that still remembers it cannot match.
  const insert = db.prepare(
    `INSERT INTO aggregates (state, pending, lease_until, due_at, expires_at, wake_at, tenant, noun, subject, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, noun, subject) DO UPDATE SET
       state = excluded.state, pending = excluded.pending, lease_until = excluded.lease_until, due_at = excluded.due_at,
       expires_at = excluded.expires_at, wake_at = excluded.wake_at, version = aggregates.version + 1
     WHERE aggregates.expires_at <= ? RETURNING version`,
  );
  const remove = db.prepare(`DELETE FROM aggregates WHERE ${KEY} AND version = ? AND ${LIVE}`);
  const due = db.prepare(
    `SELECT tenant, noun, subject FROM aggregates WHERE wake_at <= ? AND ${LIVE} ORDER BY wake_at, tenant, noun, subject LIMIT ?`,
  );
  const list = db.prepare(
    `SELECT * FROM aggregates WHERE tenant = ? AND noun = ? AND subject >= ? AND subject < ? AND subject <> ?
     AND ${LIVE} ORDER BY subject LIMIT ?`,
  );
  const sweep = db.prepare(
    "DELETE FROM aggregates WHERE rowid IN (SELECT rowid FROM aggregates WHERE expires_at <= ? LIMIT ?)",
  );
  let writes = 0;
  // What has expired goes a little at a time, with the writes that others ask for: no pause, and no file that only grows.
  const tidy = (): void => {
    writes += 1;
    if (writes % SWEEP_EVERY === 0) sweep.run(now(), SWEEP_MOST);
  };
  void commits.write("store", () => sweep.run(now(), SWEEP_AT_OPEN)).catch(() => undefined);

  return {
    load: (key) =>
      commits.read("store", () => {
        checkKey(key);
        const row = load.get(key.tenant, key.noun, key.subject, now()) as Row | undefined;
        return row && toStored(row);
      }),
    async write(key, version, next) {
      const texts = writeTexts(key, next);
      const lease = next.pending === undefined ? undefined : next.leaseUntil;
      const wake = Math.min(next.dueAt ?? Number.POSITIVE_INFINITY, lease ?? Number.POSITIVE_INFINITY);
      const values = [
        texts.state,
        texts.pending ?? null,
        next.leaseUntil ?? null,
        next.dueAt ?? null,
        next.expiresAt ?? null,
        Number.isFinite(wake) ? wake : null,
        key.tenant,
        key.noun,
        key.subject,
      ] as const;
      return commits.write("store", () => {
        tidy();
        if (version > 0) {
          const changed = update.run(...values, version, now()).changes;
          return Number(changed) === 1 ? { ok: true, version: version + 1 } : { ok: false };
        }
        const row = insert.get(...values, firstVersion(), now()) as { version: number } | undefined;
        return row ? { ok: true, version: row.version } : { ok: false };
      });
    },
    async remove(key, version) {
      checkKey(key);
      return commits.write(
        "store",
        () => Number(remove.run(key.tenant, key.noun, key.subject, version, now()).changes) === 1,
      );
    },
    due: (before, limit) =>
      commits.read("store", () =>
        (due.all(before, now(), limit) as unknown as AggregateKey[]).map((row) => ({ ...row })),
      ),
    list: (tenant, noun, options = {}) =>
      commits.read("store", () => {
        checkKey({ tenant, noun, subject: "-" });
        const limit = pageSize(options.limit);
        const prefix = options.prefix ?? "";
        const after = options.cursor === undefined ? "" : decodeCursor(options.cursor);
        // One bound on each side, so that the index is read from the first row of the page to its last and no further.
        const from = compareUtf8(after, prefix) > 0 ? after : prefix;
        const rows = list.all(tenant, noun, from, prefixEnd(prefix), after, now(), limit + 1) as unknown as Row[];
        const items = rows.slice(0, limit).map(toStored);
        const last = items.at(-1);
        return { items, ...(last && rows.length > limit ? { cursor: encodeCursor(last.key.subject) } : {}) };
      }),
    close: () => commits.settled(),
  };
}
