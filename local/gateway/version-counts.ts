import type { Millis } from "../../shared/core/kernel/time.ts";
import type { VersionCounts } from "../../shared/core/ports/counts.ts";
import { BUCKETS, bucketOf, edgeOf, quantile } from "../histogram.ts";

/** What one service's gateway has served, by version and interval of its clock. Bounded, whatever comes. */
export interface VersionsServed {
  /** A try at a backend of the version is over; costs a few counters. */
  ended(version: string, at: Millis, ms: number, failed: boolean): void;
  /**
   * A request that would have been the version's by its share (or by this part of it) had one of its instances been able to take it: a
   * failure of the version, else the circuit that keeps users from it would keep the gate from seeing it.
   */
  missed(version: string, at: Millis, part: number): void;
  /** Since when everything is counted. */
  readonly since: Millis;
  /**
   * What a version served in [from, to); undefined where not all of it is known any more, or not yet. Slots of the ring belong to the
   * interval that their start lies in: a second, for what is older than ten minutes ten.
   */
  read(version: string, from: Millis, to: Millis, slowMs?: number): VersionCounts | undefined;
}

/** Virtual ms of a slot, and how many are kept: ten minutes by the second, two hours and forty minutes by ten. */
const FINE = { ms: 1_000, slots: 600 };
const COARSE = { ms: 10_000, slots: 960 };
/** Versions that are told apart at a time; the one that was served longest ago makes room. */
const MOST_VERSIONS = 16;

/** Counts of one slot; only the buckets between the first and the last that has something. */
interface Slot {
  readonly number: number;
  readonly requests: number;
  readonly errors: number;
  readonly first: number;
  readonly counts: Uint32Array;
}

/** What is being counted, of one version in one kind of slot. */
interface Open {
  number: number;
  requests: number;
  errors: number;
  readonly counts: Uint32Array;
}

interface Sum {
  requests: number;
  errors: number;
  readonly counts: number[];
}

const NOTHING: Sum = { requests: 0, errors: 0, counts: [] };

interface Served {
  readonly fine: Open;
  readonly coarse: Open;
  readonly fineSlots: (Slot | undefined)[];
  readonly coarseSlots: (Slot | undefined)[];
  /** Everything from then on is known. */
  readonly since: Millis;
  lastAt: Millis;
  /** Parts of missed requests that are no whole one yet. */
  owed: number;
}

const open = (): Open => ({ number: -1, requests: 0, errors: 0, counts: new Uint32Array(BUCKETS) });

function put(slots: (Slot | undefined)[], most: number, from: Open): void {
  const { counts, number, requests, errors } = from;
  let first = 0;
  let end = counts.length;
  while (first < end && counts[first] === 0) first++;
  while (end > first && counts[end - 1] === 0) end--;
  slots[number % most] = { number, requests, errors, first, counts: counts.slice(first, end) };
}

/** Counts of `from` begin with the bucket `first`. */
function take(sum: Sum, from: Pick<Slot, "requests" | "errors" | "counts">, first: number): void {
  sum.requests += from.requests;
  sum.errors += from.errors;
  const { counts } = from;
  for (let index = 0; index < counts.length; index++) {
    const bucket = first + index;
    sum.counts[bucket] = (sum.counts[bucket] as number) + (counts[index] as number);
  }
}

const above = (counts: readonly number[], edge: number): number =>
  counts.reduce((all, count, bucket) => (bucket > edge ? all + count : all), 0);

function clear(one: Open, number: number): void {
  one.number = number;
  one.requests = 0;
  one.errors = 0;
  one.counts.fill(0);
}

/**
 * Counts tries, not requests: one that failed at a version and went well elsewhere is that version's failure all the same. What is written
 * to is only the second that is open; it is put away when the next one begins.
 */
export function versionsServed(since: Millis): VersionsServed {
  const versions = new Map<string, Served>();
  let lastName: string | undefined;
  let last: Served | undefined;
  /** What was served up to then of versions that had to make room is not known any more. */
  let forgotten: Millis | undefined;

  const servedOf = (version: string, at: Millis): Served => {
    const known = versions.get(version);
    if (known) return known;
    const from = forgotten === undefined ? since : at;
    if (versions.size >= MOST_VERSIONS) {
      const [name, one] = [...versions].reduce((a, b) => (b[1].lastAt < a[1].lastAt ? b : a));
      versions.delete(name);
      if (lastName === name) last = undefined;
      forgotten = Math.max(forgotten ?? 0, one.lastAt);
    }
    const made = { fine: open(), coarse: open(), fineSlots: [], coarseSlots: [], since: from, lastAt: at, owed: 0 };
    versions.set(version, made);
    return made;
  };

  /** Puts the open second away, and with it the open ten seconds where those are over. */
  const turn = (served: Served, fine: number): void => {
    const { coarse } = served;
    const before = served.fine;
    if (before.requests > 0) {
      put(served.fineSlots, FINE.slots, before);
      const number = Math.floor((before.number * FINE.ms) / COARSE.ms);
      if (coarse.number !== number) {
        if (coarse.requests > 0) put(served.coarseSlots, COARSE.slots, coarse);
        clear(coarse, number);
      }
      coarse.requests += before.requests;
      coarse.errors += before.errors;
      for (let bucket = 0; bucket < BUCKETS; bucket++)
        coarse.counts[bucket] = (coarse.counts[bucket] as number) + (before.counts[bucket] as number);
    }
    clear(before, fine);
  };

  const openAt = (version: string, at: Millis): Served => {
    if (version !== lastName || !last) {
      last = servedOf(version, at);
      lastName = version;
    }
    last.lastAt = at;
    const number = Math.floor(at / FINE.ms);
    if (number !== last.fine.number) turn(last, number);
    return last;
  };

  /** Undefined: what lies so far back has been overwritten. */
  const sumOf = (served: Served, from: Millis, to: Millis): Sum | undefined => {
    const { fine, coarse } = served;
    const byTen = Math.ceil(from / FINE.ms) <= fine.number - FINE.slots;
    const { ms: size, slots: most } = byTen ? COARSE : FINE;
    const [first, end] = [Math.ceil(from / size), Math.ceil(to / size)];
    const newest = Math.floor((fine.number * FINE.ms) / size);
    if (first <= newest - most) return undefined;
    const sum = { requests: 0, errors: 0, counts: new Array<number>(BUCKETS).fill(0) };
    const slots = byTen ? served.coarseSlots : served.fineSlots;
    for (let number = first; number < end; number++) {
      const slot = slots[number % most];
      if (slot?.number === number) take(sum, slot, slot.first);
    }
    if (byTen && coarse.number >= first && coarse.number < end) take(sum, coarse, 0);
    if (newest >= first && newest < end) take(sum, fine, 0);
    return sum;
  };

  return {
    since,
    ended: (version, at, ms, failed) => {
      const { fine } = openAt(version, at);
      fine.requests++;
      if (failed) fine.errors++;
      const bucket = bucketOf(ms);
      fine.counts[bucket] = (fine.counts[bucket] as number) + 1;
    },
    missed: (version, at, part) => {
      const served = openAt(version, at);
      served.owed += part;
      if (served.owed < 1) return;
      // It took no time: it has no place among the durations.
      served.owed--;
      served.fine.requests++;
      served.fine.errors++;
    },
    read: (version, from, to, slowMs) => {
      const served = versions.get(version);
      if (from < (served?.since ?? Math.max(since, (forgotten ?? since - 1) + 1))) return undefined;
      const sum = served ? sumOf(served, from, to) : NOTHING;
      if (!sum) return undefined;
      const { requests, errors, counts } = sum;
      const p99Ms = quantile(counts, 0.99);
      return {
        requests,
        errors,
        ...(slowMs === undefined ? {} : { slow: above(counts, edgeOf(slowMs)) }),
        ...(p99Ms === undefined ? {} : { p99Ms }),
      };
    },
  };
}
