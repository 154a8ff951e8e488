import { DAY_MS, HOUR_MS, MINUTE_MS, type Millis } from "../../../shared/core/kernel/time.ts";
import type { SegmentLog } from "./retention-log.ts";

export const TICK_MS = 5 * MINUTE_MS;

/** A consumer group: where it is in each partition, and what it is doing. */
export interface Reader {
  readonly name: string;
  readonly position: number[];
  /** Records of a partition that it reads in a tick. */
  readonly speed: number;
  /** It does not work on Saturdays and Sundays. */
  readonly weekdays: boolean;
  /** Reads nothing until then. */
  stalledUntil: Millis;
  /** In the group: a stopped one has a position and no members. */
  stoppedUntil: Millis;
  /** Where it was at the last look of the observer. */
  seen: number[] | undefined;
  liveAt: Millis;
}

const isWeekend = (now: Millis): boolean => [2, 3].includes(Math.floor(now / DAY_MS) % 7);

export interface ReaderWorld {
  readonly random: () => number;
  readonly chance: (name: string, probability: number) => boolean;
  /** How far back groups go; 0: not at all. */
  readonly replayMs: () => number;
  readonly stallMs: number;
}

/** One tick of a group: it may stall, restart, stop for days, go back; else it reads on. */
export function readOn(reader: Reader, logs: readonly SegmentLog[], now: Millis, world: ReaderWorld): void {
  const { chance, random, replayMs, stallMs } = world;
  if (now < reader.stoppedUntil || (reader.weekdays && isWeekend(now))) return;
  if (now < reader.stalledUntil) return;
  if (chance("stall", 0.0008)) reader.stalledUntil = now + random() * stallMs;
  else if (chance("restart", 0.002)) reader.stalledUntil = now + 10 * MINUTE_MS + random() * 50 * MINUTE_MS;
  else if (chance("stop", 0.0002)) reader.stoppedUntil = now + HOUR_MS + random() * 2 * stallMs;
  const back = replayMs();
  if (back > 0 && chance("replay", 0.0008)) {
    const from = now - back * (0.3 + 0.7 * random());
    logs.forEach((log, partition) => {
      reader.position[partition] = Math.min(reader.position[partition] ?? 0, log.offsetAt(from));
    });
    // It goes on slowly, or stands still for a moment, just there.
    if (random() < 0.5) reader.stalledUntil = now + random() * 4 * HOUR_MS;
  }
  if (now < reader.stalledUntil) return;
  reader.liveAt = now;
  logs.forEach((log, partition) => {
    const at = Math.max(reader.position[partition] ?? 0, log.start());
    reader.position[partition] = Math.min(log.end(), at + reader.speed);
  });
}

/** Age of the oldest record that a group has not read; 0: it has read all. */
export function lagOf({ position }: Pick<Reader, "position">, logs: readonly SegmentLog[], now: Millis): number {
  return logs.reduce((most, log, partition) => {
    const at = position[partition] ?? 0;
    if (at >= log.end()) return most;
    const record = log.at(Math.max(at, log.start()));
    return record ? Math.max(most, now - record.at) : most;
  }, 0);
}
