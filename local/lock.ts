import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { unwritable, writeAtomic } from "./data-dir.ts";

/** Who works on a data directory; the CLI finds the running process through it. */
export interface Owner {
  readonly pid: number;
  /** Address of the API, once it listens. */
  readonly url?: string;
}

export interface Lock {
  /** Tells others where this process can be reached. */
  announce(url: string): void;
  release(): void;
}

const ownerFile = (dir: string) => join(dir, "owner.json");

/** The process that last announced itself; it may be gone. */
export function readOwner(dir: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(ownerFile(dir), "utf8")) as Partial<Owner>;
    return typeof owner.pid === "number" ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One process per data directory. The lock is SQLite's exclusive file lock, which the operating system gives back when the
 * process dies in whatever way: a leftover of a crash can neither block the next start nor be mistaken for a live owner.
 *
 * @throws HeadgateError `data.unwritable` when another process works there.
 */
export function lockDataDir(dir: string): Lock {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(join(dir, "lock.sqlite"));
  } catch (error) {
    throw unwritable(dir, error);
  }
  try {
    db.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!/locked|busy/i.test(String(error))) throw unwritable(dir, error);
    const owner = readOwner(dir);
    const who = owner ? `process ${owner.pid}${owner.url ? ` (${owner.url})` : ""}` : "another process";
    throw new HeadgateError(
      "data.unwritable",
      `the data folder ${dir} is in use by ${who}. Stop it, or choose another folder with --data DIR.`,
      { cause: error },
    );
  }
  const announce = (owner: Owner) => writeAtomic(ownerFile(dir), JSON.stringify(owner));
  announce({ pid: process.pid });
  return {
    announce: (url) => announce({ pid: process.pid, url }),
    release: () => {
      rmSync(ownerFile(dir), { force: true });
      db.close();
    },
  };
}
