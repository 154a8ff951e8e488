import type { Millis } from "../../../shared/core/kernel/time.ts";

/** One record: its own time, and its key where the topic is compacted. */
interface Kept {
  readonly at: Millis;
  readonly key: number;
}

interface Segment {
  readonly base: number;
  readonly since: Millis;
  readonly records: Kept[];
  newest: Millis;
}

export interface LogSettings {
  retentionMs: number;
  /** Of one partition, in records; -1: without limit. */
  readonly retentionRecords: number;
  readonly segmentMs: number;
  readonly segmentRecords: number;
}

/** A record that Kafka has deleted. */
export interface Dropped extends Kept {
  readonly offset: number;
  /** By the limit of size: no retention would have kept it. */
  readonly bySize: boolean;
  /** No younger one has its key. */
  readonly newestOfKey: boolean;
}

/**
 * One partition as a broker keeps it (org.apache.kafka.storage.internals.log.UnifiedLog): whole segments go from the beginning, when their newest
 * record is older than retention.ms or the rest is still as large as retention.bytes; the active one goes only when it is itself too old.
 */
export function segmentLog(settings: LogSettings) {
  let segments: Segment[] = [];
  let end = 0;
  let kept = 0;
  const newestOf = new Map<number, number>();
  const start = (): number => segments[0]?.base ?? end;
  return {
    start,
    end: () => end,
    append: (at: Millis, now: Millis, key: number): void => {
      const active = segments.at(-1);
      const full =
        active && (now - active.since >= settings.segmentMs || active.records.length >= settings.segmentRecords);
      const segment = active && !full ? active : { base: end, since: now, records: [], newest: at };
      if (segment !== active) segments.push(segment);
      segment.records.push({ at, key });
      segment.newest = Math.max(segment.newest, at);
      newestOf.set(key, end);
      end += 1;
      kept += 1;
    },
    /** The record at an offset, or the first one that is kept after it; undefined: none. */
    at: (offset: number): Kept | undefined => {
      for (let index = segments.length - 1; index >= 0; index -= 1) {
        const segment = segments[index] as Segment;
        if (segment.base <= offset) return segment.records[offset - segment.base];
      }
      return segments[0]?.records[0];
    },
    /** First offset whose record is as old as `at` or younger. */
    offsetAt: (at: Millis): number => {
      for (const { base, records, newest } of segments) {
        if (newest < at) continue;
        const index = records.findIndex((record) => record.at >= at);
        if (index >= 0) return base + index;
      }
      return end;
    },
    /** What the broker does each five minutes (log.retention.check.interval.ms). */
    clean: (now: Millis): readonly Dropped[] => {
      const gone: Dropped[] = [];
      const drop = (bySize: boolean): void => {
        const [first, ...rest] = segments;
        if (!first) return;
        first.records.forEach((record, index) => {
          const offset = first.base + index;
          gone.push({ ...record, offset, bySize, newestOfKey: newestOf.get(record.key) === offset });
        });
        kept -= first.records.length;
        segments = rest;
      };
      while (segments[0] && settings.retentionMs >= 0 && now - segments[0].newest > settings.retentionMs) drop(false);
      const most = settings.retentionRecords;
      while (most >= 0 && segments.length > 1 && kept - (segments[0] as Segment).records.length >= most) drop(true);
      return gone;
    },
    oldest: (): Millis | undefined => segments[0]?.records[0]?.at,
    size: () => kept,
  };
}
export type SegmentLog = ReturnType<typeof segmentLog>;
