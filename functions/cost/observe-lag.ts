import type { Offset, PartitionOffsets, TopicPartition } from "../../shared/core/kernel/streams.ts";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { type RecordPlace, recordTimes, timeKey } from "./record-times.ts";

/** Positions whose record is read at a look; 32 KiB of each. */
const MOST_READ = 1_000;
/** Where there are more: bounds that the brokers' time index tells of all positions at once, the tightest that holds is taken. */
const BOUNDS: readonly DurationMs[] = [
  MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  30 * DAY_MS,
  90 * DAY_MS,
  365 * DAY_MS,
];

export interface Position extends RecordPlace {
  readonly group: string;
}

/** How old the record is that a group reads next at one place. */
interface PositionAge {
  /** 0: all is read. Absent: not known. */
  readonly ageMs?: DurationMs;
  /** `ageMs` is no more than an upper bound. */
  readonly bound?: true;
  readonly lost?: true;
  /** Why it is not known. */
  readonly why?: string;
}

const partKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * Ages at positions, in their order. Each place is read once, and none where nothing is left to read; where there are more than
 * a thousand places, the ones that may be oldest are read and the others get an upper bound.
 *
 * @throws HeadgateError `streams.unavailable`, `streams.denied`
 */
export async function positionAges(
  streams: Pick<Streams, "fetch" | "offsetsAt">,
  positions: readonly Position[],
  offsets: ReadonlyMap<string, PartitionOffsets>,
  now: Millis,
): Promise<readonly PositionAge[]> {
  const behind = positions.filter((one) => isBehind(one, offsets.get(partKey(one))));
  const places = [...new Map(behind.map((one) => [timeKey(one), one])).values()];
  const bounds = places.length > MOST_READ ? await boundsOf(streams, places, now) : new Map<string, DurationMs>();
  const oldest = (place: Position): number => bounds.get(timeKey(place)) ?? Number.MAX_SAFE_INTEGER;
  const read = places.toSorted((a, b) => oldest(b) - oldest(a)).slice(0, MOST_READ);
  const times = await recordTimes(streams, read);
  return positions.map((position): PositionAge => {
    const known = offsets.get(partKey(position));
    if (!known) return { why: "its partition could not be asked" };
    if (!isBehind(position, known)) return { ageMs: 0 };
    const time = times.get(timeKey(position));
    const bound = bounds.get(timeKey(position));
    const lost = position.offset < known.logStart ? ({ lost: true } as const) : {};
    if (time === undefined)
      return bound === undefined ? { ...lost, why: "too many places" } : { ageMs: bound, bound: true, ...lost };
    if (time.status === "none") return { ageMs: 0 };
    if (time.status === "failed") return { ...lost, why: time.why };
    return {
      ...(time.at === undefined ? { why: "its record has no time" } : { ageMs: Math.max(0, now - time.at) }),
      ...(time.lost ? { lost: true } : lost),
    };
  });
}

const isBehind = ({ offset }: { readonly offset: Offset }, known: PartitionOffsets | undefined): boolean =>
  known !== undefined && offset < known.stable;

async function boundsOf(
  streams: Pick<Streams, "offsetsAt">,
  places: readonly Position[],
  now: Millis,
): Promise<Map<string, DurationMs>> {
  const found = new Map<string, DurationMs>();
  let open = places;
  for (const bound of BOUNDS) {
    if (open.length === 0) break;
    const parts = [
      ...new Map(open.map((one) => [partKey(one), { topic: one.topic, partition: one.partition }])).values(),
    ];
    const first = new Map((await streams.offsetsAt(parts, now - bound)).map((one) => [partKey(one), one.offset]));
    const rest: Position[] = [];
    for (const place of open) {
      const young = first.get(partKey(place));
      if (young !== undefined && young <= place.offset) found.set(timeKey(place), bound);
      else rest.push(place);
    }
    open = rest;
  }
  return found;
}
