import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { writeAtomic } from "../data-dir.ts";

/** One version as it is to run, from now on and at the next start. */
export interface SavedVersion {
  readonly count: number;
  /** Absent: what the configuration says. */
  readonly release?: Release;
  /** When it was deployed. */
  readonly at?: Millis;
}

export interface SavedService {
  /** The version that the service is; absent while its very first one comes up. */
  readonly stable?: string;
  /** The configuration did not know it: it runs because it was deployed. */
  readonly added?: true;
  readonly versions: Readonly<Record<string, SavedVersion>>;
}

/** Versions on disk, of the services that something was deployed of: a start after a crash goes on from here. */
export interface SavedVersions {
  get(service: string): SavedService | undefined;
  names(): readonly string[];
  /** Undefined: it is forgotten. @throws the file system's error; then nothing has changed. */
  set(service: string, next: SavedService | undefined): void;
}

export function savedVersions(dir: string): SavedVersions {
  const file = join(dir, "releases.json");
  let services: ReadonlyMap<string, SavedService> = new Map();
  try {
    const read = JSON.parse(readFileSync(file, "utf8")) as { services: Record<string, SavedService> };
    services = new Map(Object.entries(read.services));
  } catch {
    // None until something is deployed; half a file cannot be, as it is written by renaming.
  }
  return {
    get: (service) => services.get(service),
    names: () => [...services.keys()],
    set: (service, saved) => {
      const next = new Map(services);
      if (saved) next.set(service, saved);
      else next.delete(service);
      writeAtomic(file, JSON.stringify({ v: 1, services: Object.fromEntries(next) }));
      services = next;
    },
  };
}
