import { DAY_MS, type DurationMs, formatDuration } from "../../kernel/time.ts";
import type { TopicFacts, TopicSettings } from "./types.ts";

/** Kafka's own: segments roll after seven days, or at 1 GiB. */
const SEGMENT_MS = 7 * DAY_MS;
const SEGMENT_BYTES = 1_073_741_824;

/**
 * How long one segment of a partition is written to: until `segment.ms` or until it is full, whichever comes first. Kafka deletes whole segments by
 * their newest record, so records stay for between the retention and the retention and this.
 */
export function segmentSpan(
  facts: Pick<TopicFacts, "storedBytes" | "oldestMs" | "partitions" | "replicationFactor" | "settings">,
): DurationMs {
  const { storedBytes, oldestMs, partitions, replicationFactor, settings } = facts;
  const most = settings.segmentMs ?? SEGMENT_MS;
  if (!storedBytes || !oldestMs) return most;
  const bytesPerMs = storedBytes / Math.max(1, partitions) / Math.max(1, replicationFactor) / oldestMs;
  return Math.min(most, (settings.segmentBytes ?? SEGMENT_BYTES) / bytesPerMs);
}

/** What `retention.ms` means for records, in a sentence. */
export function keptText(retentionMs: DurationMs, spanMs: DurationMs): string {
  return `Kafka deletes whole segments by their newest record: records go between ${formatDuration(retentionMs)} and about ${formatDuration(retentionMs + spanMs)} after they were written (a segment is written to for ${formatDuration(spanMs)})`;
}

/** Whether a limit of bytes deletes before the limit of time does. */
export const isSizeBound = ({ retentionBytes }: TopicSettings, oldestMs: DurationMs | undefined, ms: DurationMs) =>
  retentionBytes !== undefined && retentionBytes >= 0 && oldestMs !== undefined && oldestMs <= ms;
