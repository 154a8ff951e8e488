import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeAtomic } from "./data-dir.ts";
import { processStart } from "./process-identity.ts";

interface Entry {
  readonly pid: number;
  /** From {@link processStart}: tells the process from a later one with the same pid. */
  readonly start: string;
  readonly service: string;
}

/** Which processes were started from this data directory, on disk, so that the next start can find what a crash left. */
export interface ProcessList {
  add(pid: number, service: string): void;
  remove(pid: number): void;
  /**
   * Stops what an earlier control plane left: SIGTERM, and SIGKILL for what is still there after `graceMs`. A process is only
   * touched when its start time is the recorded one. Returns how many there were.
   */
  reap(graceMs: number): Promise<number>;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Gone in between: what was wanted.
  }
}

export function processList(dir: string): ProcessList {
  const file = join(dir, "processes.json");
  let entries: readonly Entry[] = [];
  try {
    entries = JSON.parse(readFileSync(file, "utf8")) as Entry[];
  } catch {
    // None on the first start.
  }
  const save = (next: readonly Entry[]) => {
    entries = next;
    try {
      writeAtomic(file, JSON.stringify(next));
    } catch {
      // A full disk must not stop the fleet from killing what it started; each child's own guard still watches.
    }
  };
  const alive = (entry: Entry) => processStart(entry.pid) === entry.start;

  return {
    add: (pid, service) => {
      const start = processStart(pid);
      if (start !== undefined) save([...entries, { pid, start, service }]);
    },
    remove: (pid) => {
      if (entries.some((entry) => entry.pid === pid)) save(entries.filter((entry) => entry.pid !== pid));
    },
    reap: async (graceMs) => {
      const found = entries.filter(alive);
      for (const entry of found) signal(entry.pid, "SIGTERM");
      const until = Date.now() + graceMs;
      while (found.some(alive) && Date.now() < until) await sleep(50);
      for (const entry of found.filter(alive)) signal(entry.pid, "SIGKILL");
      // A process stuck in the kernel (a dead network disk) may outlast even SIGKILL: it must not hold up the start.
      for (let tries = 0; found.some(alive) && tries < 100; tries++) await sleep(20);
      if (entries.length > 0) save([]);
      return found.length;
    },
  };
}
