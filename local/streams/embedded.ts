import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { writeAtomic } from "../data-dir.ts";

/** The logs that this process keeps itself: `streams: { NAME: { embedded: true } }`. */
export interface EmbeddedStreams {
  /** The log of a cluster; the same one each time. */
  open(cluster: string): MemoryLog;
  /** Writes what has changed since it was written last. */
  save(): void;
  /** Writes and ends. */
  close(): void;
}

export interface EmbeddedOptions {
  /** The data folder: each log is `streams/<cluster>.json` in it. */
  readonly dir: string;
  readonly now: () => Millis;
  readonly random: () => number;
  /** Real ms between two writings: what a kill -9 or a power cut loses at most. */
  readonly saveEveryMs?: DurationMs;
  readonly onTrouble: (text: string) => void;
}

const SAVE_EVERY_MS = 15_000;

interface Opened {
  readonly log: MemoryLog;
  /** Its changes when it was written last. */
  written: number;
}

/** Another data folder is another cluster; what is read from the file keeps the id it had. */
const clusterId = (random: () => number): string =>
  `embedded-${Math.floor(random() * 2 ** 48)
    .toString(36)
    .padStart(10, "0")}`;

/** Kept in memory, and in a file that is replaced as a whole. */
export function embeddedStreams(options: EmbeddedOptions): EmbeddedStreams {
  const { now, random, onTrouble, saveEveryMs = SAVE_EVERY_MS } = options;
  const dir = join(options.dir, "streams");
  const opened = new Map<string, Opened>();
  const fileOf = (cluster: string): string => join(dir, `${cluster}.json`);

  const save = (): void => {
    for (const [cluster, one] of opened) {
      const changes = one.log.changes();
      if (changes === one.written) continue;
      try {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        writeAtomic(fileOf(cluster), one.log.snapshot());
        one.written = changes;
      } catch (error) {
        onTrouble(`the log of ${cluster} could not be written: ${(error as Error).message}`);
      }
    }
  };
  const read = (cluster: string, log: MemoryLog): void => {
    const file = fileOf(cluster);
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    try {
      log.restore(text);
    } catch {
      // Kept, so that nothing is lost by starting anew.
      const aside = `${file}.unreadable-${now()}`;
      renameSync(file, aside);
      onTrouble(`the log of ${cluster} could not be read and begins anew; what was there is kept as ${aside}`);
    }
  };
  const timer = setInterval(save, saveEveryMs);
  timer.unref();

  return {
    open: (cluster) => {
      let one = opened.get(cluster);
      if (!one) {
        const log = memoryStreams({ now, random, cluster: { id: clusterId(random) } });
        read(cluster, log);
        opened.set(cluster, (one = { log, written: log.changes() }));
      }
      return one.log;
    },
    save,
    close: () => {
      clearInterval(timer);
      save();
    },
  };
}
