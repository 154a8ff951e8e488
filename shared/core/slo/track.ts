import { hash64 } from "../kernel/hash.ts";
import { canonical, type Json } from "../kernel/json.ts";
import { HOUR_MS, MINUTE_MS, type Millis } from "../kernel/time.ts";
import { minuteOf } from "./minute.ts";
import { monthStart } from "./period.ts";
import { FIVE_MS } from "./rows.ts";
import type { Minute, Objective, Reading } from "./types.ts";

/** Minutes that are kept at least: an hour for whoever draws them. */
const LEAST_MINUTES = 60;
const MONTH_HOURS = 31 * 24;

/** Places of the single numbers in front of the rings. Instants are -1 where there is none. */
export const SLOT = {
  startedAt: 0,
  at: 1,
  knownAt: 2,
  invalidAt: 3,
  /** Bit per row of the objective: it fires. */
  rows: 4,
  goodSeen: 5,
  exhausted: 6,
  monthFrom: 7,
  monthBad: 8,
  monthTotal: 9,
  monthKnown: 10,
  sliceBad: 11,
  sliceTotal: 12,
  sliceKnown: 13,
} as const;
const HEAD = 16;

/** Lengths of a track's rings, in buckets. */
export interface Sizes {
  readonly minutes: number;
  readonly fives: number;
  readonly hours: number;
}

/**
 * The minutes of one objective, as sums in rings: minutes for page rows, five minutes for ticket rows, hours for the budget; some 30 KB, all of
 * it in one buffer, so that packing is copying. Advanced in place.
 */
export interface Track {
  readonly name: string;
  /** Of what its minutes are made: another SLI begins anew. */
  readonly made: string;
  /** Names of the rows, in the order of their bits. */
  readonly rows: readonly string[];
  /** The standing that was last decided on (`standingOf`); "" before the first decision. */
  readonly told: string;
  readonly sizes: Sizes;
  readonly bytes: Uint8Array;
  readonly head: Float64Array;
  readonly minuteBad: Float64Array;
  /** NaN: the minute is unknown or invalid. */
  readonly minuteTotal: Float64Array;
  readonly fiveBad: Float64Array;
  readonly fiveTotal: Float64Array;
  readonly hourBad: Float64Array;
  readonly hourTotal: Float64Array;
  /** Minutes that are in a bucket. */
  readonly fiveKnown: Uint8Array;
  readonly hourKnown: Uint8Array;
}

export function sizesOf({ rows, period }: Objective): Sizes {
  const longest = (grainMs: number) =>
    Math.max(0, ...rows.filter((row) => row.grainMs === grainMs).map((row) => row.longMs / grainMs));
  const fives = longest(FIVE_MS);
  return {
    minutes: Math.max(LEAST_MINUTES, longest(MINUTE_MS)),
    // One more each: the bucket that is being filled.
    fives: fives === 0 ? 0 : fives + 1,
    hours: (period.kind === "rolling" ? period.days * 24 : MONTH_HOURS) + 1,
  };
}

/** Bytes of a track with these sizes. */
export const bytesOf = ({ minutes, fives, hours }: Sizes): number =>
  Math.ceil((8 * (HEAD + 2 * (minutes + fives + hours)) + fives + hours) / 8) * 8;

/** Of what minutes are made: SLI and slices; a new target or window keeps the history. */
export const madeOf = ({ sli, budgeting }: Objective): string =>
  hash64(canonical({ sli, budgeting } as unknown as Json));

type Meta = Pick<Track, "name" | "made" | "rows" | "told" | "sizes">;

/** Views of a buffer that starts at an address divisible by 8. */
export function trackOver(meta: Meta, bytes: Uint8Array): Track {
  const { minutes, fives, hours } = meta.sizes;
  let at = bytes.byteOffset;
  const floats = (length: number) => {
    const view = new Float64Array(bytes.buffer, at, length);
    at += 8 * length;
    return view;
  };
  const views = {
    head: floats(HEAD),
    minuteBad: floats(minutes),
    minuteTotal: floats(minutes),
    fiveBad: floats(fives),
    fiveTotal: floats(fives),
    hourBad: floats(hours),
    hourTotal: floats(hours),
  };
  const fiveKnown = new Uint8Array(bytes.buffer, at, fives);
  const hourKnown = new Uint8Array(bytes.buffer, at + fives, hours);
  return { ...meta, bytes, ...views, fiveKnown, hourKnown };
}

/** A track before its first minute. */
export function newTrack(objective: Objective): Track {
  const sizes = sizesOf(objective);
  const rows = objective.rows.map(({ name }) => name);
  const meta = { name: objective.name, made: madeOf(objective), rows, told: "", sizes };
  const track = trackOver(meta, new Uint8Array(bytesOf(sizes)));
  track.minuteTotal.fill(Number.NaN);
  for (const slot of [SLOT.startedAt, SLOT.at, SLOT.knownAt, SLOT.invalidAt, SLOT.monthFrom]) track.head[slot] = -1;
  return track;
}

const slot = (track: Track, of: number): number => track.head[of] as number;

/** End of the newest minute; undefined before the first. */
export const trackedTo = (track: Track): Millis | undefined => {
  const at = slot(track, SLOT.at);
  return at < 0 ? undefined : at;
};

/**
 * The track for an objective as it is configured now: the same one, one whose rings have other lengths (what both hold is kept, rows that fire go on
 * by their names), or a new one where the SLI is another.
 */
export function fitted(objective: Objective, track: Track | undefined): Track {
  if (!track || track.made !== madeOf(objective)) return newTrack(objective);
  const sizes = sizesOf(objective);
  const rows = objective.rows.map(({ name }) => name);
  const isSame = (["minutes", "fives", "hours"] as const).every((one) => sizes[one] === track.sizes[one]);
  if (isSame && rows.join() === track.rows.join()) return track;
  const next = { ...newTrack(objective), told: track.told };
  next.head.set(track.head);
  const bits = rows.map((name, index) => (firesIn(track, track.rows.indexOf(name)) ? 2 ** index : 0));
  next.head[SLOT.rows] = bits.reduce((a, b) => a + b, 0);
  const at = trackedTo(track);
  if (at === undefined) return next;
  moveRing(at / MINUTE_MS, [track.minuteBad, track.minuteTotal], [next.minuteBad, next.minuteTotal]);
  const fives = (one: Track) => [one.fiveBad, one.fiveTotal, one.fiveKnown];
  moveRing(Math.ceil(at / FIVE_MS), fives(track), fives(next));
  const hours = (one: Track) => [one.hourBad, one.hourTotal, one.hourKnown];
  moveRing(Math.ceil(at / HOUR_MS), hours(track), hours(next));
  return next;
}

type Ring = Float64Array | Uint8Array;

function moveRing(newest: number, from: readonly Ring[], to: readonly Ring[]): void {
  const [had = 0, has = 0] = [from[0]?.length, to[0]?.length];
  for (let back = 0; back < Math.min(had, has); back += 1) {
    const bucket = newest - back;
    for (const [index, ring] of from.entries()) (to[index] as Ring)[bucket % has] = ring[bucket % had] as number;
  }
}

export const firesIn = (track: Track, row: number): boolean =>
  row >= 0 && Math.floor(slot(track, SLOT.rows) / 2 ** row) % 2 === 1;

/** The unit of account of a minute that was tracked lately; "unknown" for any other. An invalid minute is unknown here. */
export function trackedMinute(track: Track, at: Millis): Minute {
  const newest = slot(track, SLOT.at);
  const { minutes } = track.sizes;
  if (at > newest || at <= newest - minutes * MINUTE_MS || at <= slot(track, SLOT.startedAt)) return "unknown";
  const index = (at / MINUTE_MS) % minutes;
  const total = track.minuteTotal[index] as number;
  return Number.isNaN(total) ? "unknown" : { bad: track.minuteBad[index] as number, total };
}

/**
 * Takes what was read for the minute that ends at `at` (a whole minute). Minutes between the newest one and this are unknown. False where the minute
 * is not newer than what is known: nothing changes.
 */
export function advance(objective: Objective, track: Track, at: Millis, reading: Reading | undefined): boolean {
  const { minute, goodSeen } = minuteOf(objective.sli, reading, slot(track, SLOT.goodSeen) === 1);
  if (!advanceBy(objective, track, at, minute)) return false;
  track.head[SLOT.goodSeen] = goodSeen ? 1 : 0;
  return true;
}

/** The same with a minute that is judged already: of a composite objective, or of recorded history. */
export function advanceBy(objective: Objective, track: Track, at: Millis, minute: Minute): boolean {
  if (!(at >= 0) || at % MINUTE_MS !== 0) return false;
  const before = trackedTo(track);
  if (before !== undefined && at <= before) return false;
  if (before === undefined) track.head[SLOT.startedAt] = at - MINUTE_MS;
  else {
    // Older buckets than the rings hold need not be emptied one after the other.
    const longest = Math.max(track.sizes.hours, 1) * HOUR_MS;
    for (let gap = Math.max(before, at - longest - HOUR_MS) + MINUTE_MS; gap < at; gap += MINUTE_MS)
      take(objective, track, gap, "unknown");
  }
  take(objective, track, at, minute);
  return true;
}

function take(objective: Objective, track: Track, at: Millis, minute: Minute): void {
  const { head } = track;
  head[SLOT.at] = at;
  if (minute === "invalid") head[SLOT.invalidAt] = at;
  const unit = objective.budgeting.method === "events" ? minute : sliceUnit(objective, track, at, minute);
  const isKnown = typeof unit !== "string";
  if (isKnown) head[SLOT.knownAt] = at;
  const { bad, total } = isKnown ? unit : { bad: 0, total: 0 };
  const known = isKnown ? 1 : 0;
  const index = (at / MINUTE_MS) % track.sizes.minutes;
  track.minuteBad[index] = bad;
  track.minuteTotal[index] = isKnown ? total : Number.NaN;
  if (track.sizes.fives > 0) fill(track.fiveBad, track.fiveTotal, track.fiveKnown, at, FIVE_MS, { bad, total, known });
  fill(track.hourBad, track.hourTotal, track.hourKnown, at, HOUR_MS, { bad, total, known });
  if (objective.period.kind === "month") fillMonth(track, at, objective.period.zone, { bad, total, known });
}

interface Added {
  readonly bad: number;
  readonly total: number;
  readonly known: number;
}

/** Adds a minute to the bucket it lies in, which is emptied before its first one. */
function fill(
  bad: Float64Array,
  total: Float64Array,
  known: Uint8Array,
  at: Millis,
  lengthMs: number,
  one: Added,
): void {
  const index = Math.ceil(at / lengthMs) % bad.length;
  const isFirst = (at - MINUTE_MS) % lengthMs === 0;
  bad[index] = (isFirst ? 0 : (bad[index] as number)) + one.bad;
  total[index] = (isFirst ? 0 : (total[index] as number)) + one.total;
  known[index] = (isFirst ? 0 : (known[index] as number)) + one.known;
}

function fillMonth(track: Track, at: Millis, zone: string, { bad, total, known }: Added): void {
  const { head } = track;
  // The minute that ends at midnight belongs to the month before. One that is under way is not looked up again each minute.
  const from = monthStart(zone, at - MINUTE_MS, slot(track, SLOT.monthFrom));
  const isNew = from !== head[SLOT.monthFrom];
  head[SLOT.monthFrom] = from;
  head[SLOT.monthBad] = (isNew ? 0 : (head[SLOT.monthBad] as number)) + bad;
  head[SLOT.monthTotal] = (isNew ? 0 : (head[SLOT.monthTotal] as number)) + total;
  head[SLOT.monthKnown] = (isNew ? 0 : (head[SLOT.monthKnown] as number)) + known;
}

/** Within a slice its minutes are known and have no event; its last one has the slice's. */
function sliceUnit({ budgeting }: Objective, { head }: Track, at: Millis, minute: Minute): Minute {
  if (budgeting.method === "events") return minute;
  if ((at - MINUTE_MS) % budgeting.sliceMs === 0) head.fill(0, SLOT.sliceBad, SLOT.sliceKnown + 1);
  if (typeof minute !== "string") {
    head[SLOT.sliceBad] = (head[SLOT.sliceBad] as number) + minute.bad;
    head[SLOT.sliceTotal] = (head[SLOT.sliceTotal] as number) + minute.total;
    head[SLOT.sliceKnown] = (head[SLOT.sliceKnown] as number) + 1;
  }
  const total = head[SLOT.sliceTotal] as number;
  if (at % budgeting.sliceMs !== 0 || total <= 0) return typeof minute === "string" ? minute : { bad: 0, total: 0 };
  const share = (head[SLOT.sliceBad] as number) / total;
  if (budgeting.method === "ratio_slices") return { bad: share, total: 1 };
  return { bad: share > budgeting.allowed ? 1 : 0, total: 1 };
}
