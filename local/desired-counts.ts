import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "./data-dir.ts";

/** Desired counts on disk: what was asked for holds over a restart, as it does on ECS. */
export interface DesiredCounts {
  get(service: string): number | undefined;
  /** @throws the file system's error; then nothing has changed. */
  set(service: string, desired: number): void;
}

export function desiredCounts(dir: string): DesiredCounts {
  const file = join(dir, "desired.json");
  let counts: Readonly<Record<string, number>> = {};
  try {
    counts = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  } catch {
    // None on the first start.
  }
  return {
    get: (service) => (Object.hasOwn(counts, service) ? counts[service] : undefined),
    set: (service, desired) => {
      const next = { ...counts, [service]: desired };
      writeAtomic(file, JSON.stringify(next));
      counts = next;
    },
  };
}
