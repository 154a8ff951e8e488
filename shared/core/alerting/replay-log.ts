import { MINUTE_MS, type Millis } from "../kernel/time.ts";
import { remembered } from "./decide.ts";
import type { KnownEntry, Summary } from "./suppress.ts";
import type { GroupIdentity, LogEntry } from "./types.ts";

/** How often the log is swept. Upstream: `--data.maintenance-interval`. */
const LOG_GC_MS = 15 * MINUTE_MS;

/** The log of one group key and receiver, shared by all groups that have both, as upstream's is. */
export interface Memory {
  /** Groups that have it. */
  readonly subjects: Set<string>;
  log: Readonly<Record<string, LogEntry>>;
}

/** The notification log of a replay. `from`: when the process began; expired entries go at every 15 minutes from then. */
export function replayLog(from: Millis) {
  const memories = new Map<string, Memory>();
  const members = new WeakMap<LogEntry, KnownEntry>();
  return {
    memoryOf({ groupKey, receiver }: GroupIdentity): Memory {
      const key = `${groupKey}\u0001${receiver}`;
      const memory = memories.get(key) ?? { subjects: new Set<string>(), log: {} };
      memories.set(key, memory);
      return memory;
    },
    /** An entry with its members at hand. */
    knownOf(entry: LogEntry | undefined): KnownEntry | undefined {
      if (!entry) return undefined;
      const known = members.get(entry);
      if (known || !("inline" in entry.firing) || !("inline" in entry.resolved)) return known;
      const read = { at: entry.at, firing: new Set(entry.firing.inline), resolved: new Set(entry.resolved.inline) };
      members.set(entry, read);
      return read;
    },
    /** Keeps the members of what a flush wrote, where the sets are too large for a state. */
    keepLarge(log: Memory["log"], { input, send }: Summary, at: Millis): void {
      if ("inline" in input.firing && "inline" in input.resolved) return;
      const of = (wanted: string): ReadonlySet<string> =>
        new Set(send.flatMap(({ row, status }) => (status === wanted ? [row.fingerprint] : [])));
      const known = { at, firing: of("firing"), resolved: of("resolved") };
      for (const entry of Object.values(log)) if (entry.at === at) members.set(entry, known);
    },
    /** Forgets what had run out at the last sweep. `lasts`: not what tells of something that fires, see `logLasts`. */
    sweep(memory: Memory, now: Millis, lasts = false): void {
      const collectedAt = from + Math.floor((now - from) / LOG_GC_MS) * LOG_GC_MS;
      const entries = Object.entries(memory.log);
      const kept = entries.filter(
        ([, entry]) => (lasts && entry.firing.count > 0) || remembered(entry, now, collectedAt),
      );
      if (kept.length < entries.length) memory.log = Object.fromEntries(kept);
    },
  };
}
