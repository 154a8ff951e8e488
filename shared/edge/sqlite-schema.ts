import type { DatabaseSync } from "node:sqlite";
import { HeadgateError } from "../core/kernel/errors.ts";

/** Step n leads from schema version n to n + 1. Steps are only ever added: files of every older version must open. */
const STEPS: readonly string[] = [
  `CREATE TABLE aggregates (
    tenant TEXT NOT NULL, noun TEXT NOT NULL, subject TEXT NOT NULL,
    version INTEGER NOT NULL, state TEXT NOT NULL, pending TEXT,
    lease_until INTEGER, due_at INTEGER, expires_at INTEGER, wake_at INTEGER,
    PRIMARY KEY (tenant, noun, subject)
  );
  CREATE INDEX aggregates_wake ON aggregates (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX aggregates_expiry ON aggregates (expires_at) WHERE expires_at IS NOT NULL;`,
  `CREATE TABLE decisions (
    tenant TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
    noun TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, acted INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (tenant, id)
  );
  CREATE INDEX decisions_newest ON decisions (tenant, at, id);
  CREATE INDEX decisions_subject ON decisions (tenant, subject, at, id);
  CREATE TABLE outcomes (
    tenant TEXT NOT NULL, id TEXT NOT NULL, phase TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, id, phase, at),
    FOREIGN KEY (tenant, id) REFERENCES decisions (tenant, id) ON DELETE CASCADE
  );`,
  `CREATE TABLE circuits (
    tenant TEXT NOT NULL, circuit TEXT NOT NULL,
    body TEXT NOT NULL, counts TEXT NOT NULL, updated_at INTEGER NOT NULL, expires_at INTEGER,
    PRIMARY KEY (tenant, circuit)
  );
  CREATE INDEX circuits_expiry ON circuits (expires_at) WHERE expires_at IS NOT NULL;`,
];

export const SCHEMA_VERSION = STEPS.length;

/**
 * Leads a file of any older version forward, in one transaction: after a crash it is as it was before.
 *
 * @throws HeadgateError `data.unwritable` when a newer Headgate has written the file: this one could only damage it
 */
export function migrate(db: DatabaseSync, path: string): void {
  const version = () => Number((db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version);
  const refuseNewer = (found: number) => {
    if (found <= SCHEMA_VERSION) return;
    throw new HeadgateError(
      "data.unwritable",
      `${path} has schema version ${found}, written by a newer Headgate; this one knows up to ${SCHEMA_VERSION}: update it or use another data folder`,
    );
  };
  refuseNewer(version());
  db.exec("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have been faster.
    const from = version();
    refuseNewer(from);
    for (const step of STEPS.slice(from)) db.exec(step);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
