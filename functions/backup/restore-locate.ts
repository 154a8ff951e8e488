import type { Offset, TopicPartition } from "../../shared/core/kernel/streams.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { type From, lastOrigin, look, sourceOf } from "./restore-origin.ts";

/** The first record of this restore at or behind an offset of the target, before `end`. */
async function nextOfOurs(streams: Streams, of: TopicPartition, at: Offset, end: Offset, from: From) {
  for (let offset = at; offset < end; ) {
    const seen = await look(streams, of, offset);
    for (const record of seen.records) {
      if (record.offset >= end) return undefined;
      const source = sourceOf(record, from);
      if (source !== undefined) return { at: record.offset, source };
    }
    if (seen.next <= offset) return undefined;
    offset = seen.next;
  }
  return undefined;
}

/**
 * Where records are now that an earlier call has translated: each position of the source lands on the first record at or behind it, or behind the last one. Halves the log until it
 * is found: records of a restore lie in the order they had.
 */
export async function locate(
  streams: Streams,
  of: TopicPartition,
  wanted: readonly Offset[],
  from: From,
): Promise<readonly (readonly [Offset, Offset])[]> {
  const [log] = await streams.offsets([of]);
  if (!log) return [];
  const last = await lastOrigin(streams, of, log, from);
  const found: (readonly [Offset, Offset])[] = [];
  for (const position of wanted) {
    if (!last || last.source < position) {
      found.push([position, last ? last.at + 1 : log.end]);
      continue;
    }
    let low = log.logStart;
    let high = last.at;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const next = await nextOfOurs(streams, of, middle, high + 1, from);
      if (!next || next.source >= position) high = middle;
      else low = next.at + 1;
    }
    const there = await nextOfOurs(streams, of, low, last.at + 1, from);
    found.push([position, there?.at ?? last.at]);
  }
  return found;
}
