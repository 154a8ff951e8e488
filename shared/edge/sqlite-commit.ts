import type { DatabaseSync } from "node:sqlite";
import { HeadgateError } from "../core/kernel/errors.ts";
import { sqliteError } from "./sqlite-errors.ts";

export interface Commits {
  /** Runs `work` in the next commit; resolves only after that commit is on the disk. */
  write<T>(port: "store" | "journal", work: () => T): Promise<T>;
  /** Runs `work` at once; it sees what is committed. */
  read<T>(port: "store" | "journal", work: () => T): Promise<T>;
  /** Resolves when everything asked for so far is committed. */
  settled(): Promise<void>;
  /** Commits what waits; afterwards everything is refused. */
  end(): void;
}

interface Waiting {
  readonly port: "store" | "journal";
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: HeadgateError) => void;
}

/**
 * Group commit: the writes of one turn of the event loop share one transaction and one fsync (measured: 2,960 durable
 * writes a second one by one, 44,000 in groups of 50). Conditions are checked inside, one write after another.
 */
export function groupCommit(db: DatabaseSync, path: string): Commits {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  let queue: Waiting[] = [];
  let ended = false;

  const transaction = (batch: readonly Waiting[]): readonly unknown[] => {
    begin.run();
    try {
      const results = batch.map((item) => item.work());
      commit.run();
      return results;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };

  const flush = (): void => {
    const batch = queue;
    queue = [];
    if (batch.length === 0) return;
    try {
      const results = transaction(batch);
      batch.forEach((item, index) => void item.resolve(results[index] as never));
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(sqliteError(error, batch[0].port, path));
      // One write that cannot be done must not fail its neighbours: each gets its own commit and its own answer.
      for (const item of batch.length === 1 ? [] : batch) {
        try {
          item.resolve(transaction([item])[0] as never);
        } catch (own) {
          item.reject(sqliteError(own, item.port, path));
        }
      }
    }
  };

  const refuse = (port: "store" | "journal") => new HeadgateError(`${port}.unavailable`, `${path} is closed`);

  const write = <T>(port: "store" | "journal", work: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (ended) return reject(refuse(port));
      if (queue.length === 0) setImmediate(flush);
      queue.push({ port, work, resolve: resolve as (value: never) => void, reject });
    });

  return {
    write,
    async read(port, work) {
      if (ended) throw refuse(port);
      try {
        return work();
      } catch (error) {
        throw sqliteError(error, port, path);
      }
    },
    async settled() {
      if (!ended && queue.length > 0) await write("store", () => undefined);
    },
    end() {
      flush();
      ended = true;
    },
  };
}
