import { mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { Circuits } from "../core/ports/circuits.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Store } from "../core/ports/store.ts";
import { sqliteCircuits } from "./sqlite-circuits.ts";
import { groupCommit } from "./sqlite-commit.ts";
import { sqliteError } from "./sqlite-errors.ts";
import { sqliteJournal } from "./sqlite-journal.ts";
import { migrate } from "./sqlite-schema.ts";
import { sqliteStore } from "./sqlite-store.ts";

export interface SqliteOptions {
  /** Newest decisions that are kept over all tenants; older ones are dropped, or a laptop's disk would fill. Default 50,000. */
  readonly keepDecisions?: number;
}

/** Store, journal and circuits in one file. `store.close` and `journal.close` wait for their writes; `close` ends the file. */
export interface SqliteFile {
  readonly store: Store;
  readonly journal: Journal;
  readonly circuits: Circuits;
  /** Commits what is waiting and closes the file. May be called again. */
  close(): Promise<void>;
}

const KEEP_DECISIONS = 50_000;
const BUSY_TIMEOUT_MS = 5_000;

function open(path: string): DatabaseSync {
  // Asked for at run time, so that a bundle for Lambda never carries it and an old Node gets a sentence instead of a stack.
  const sqlite = process.getBuiltinModule("node:sqlite") as typeof import("node:sqlite") | undefined;
  if (!sqlite)
    throw new HeadgateError(
      "runtime.unsupported",
      `node:sqlite is not part of Node ${process.versions.node}; Headgate needs Node 24`,
    );
  if (path !== ":memory:") mkdirSync(dirname(resolve(path)), { recursive: true });
  const db = new sqlite.DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // A commit is on the disk before anybody hears of it: the log is synced by `groupCommit`, beside this thread. SQLite itself
    // (NORMAL) only sees to it that the file stays sound.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    // A burst writes the same pages again and again: they are copied into the file once in 32 MB instead of once in 4, and read from
    // 64 MB of cache instead of 2. The log is cut back after it.
    db.exec("PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864");
    migrate(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens (and creates) the embedded store: one file, write-ahead log, durable across a kill -9. Writes that arrive in one
 * turn of the event loop share one commit, which is what makes durable fast.
 *
 * @param path file, or ":memory:"
 * @param now epoch ms; decides what has expired
 * @throws HeadgateError `data.unwritable` (folder or file cannot be written, not a database, written by a newer Headgate),
 *   `runtime.unsupported` (Node without node:sqlite)
 */
export function openSqlite(path: string, now: () => Millis, options: SqliteOptions = {}): SqliteFile {
  let db: DatabaseSync;
  try {
    db = open(path);
  } catch (error) {
    throw error instanceof HeadgateError ? error : sqliteError(error, "data", path);
  }
  // Migrating has made the log, and it stays as long as the file is open.
  const commits = groupCommit(db, path, path === ":memory:" ? undefined : openSync(`${path}-wal`, "r"));
  let closed = false;
  return {
    store: sqliteStore(db, commits, now),
    journal: sqliteJournal(db, commits, options.keepDecisions ?? KEEP_DECISIONS),
    circuits: sqliteCircuits(db, commits, now),
    async close() {
      if (closed) return;
      closed = true;
      commits.end();
      db.close();
    },
  };
}
