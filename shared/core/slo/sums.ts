import { HOUR_MS, MINUTE_MS } from "../kernel/time.ts";
import { monthEnd } from "./period.ts";
import { FIVE_MS } from "./rows.ts";
import { SLOT, type Track } from "./track.ts";
import type { BudgetLook, BurnRow, Period, Sums } from "./types.ts";

interface Ring {
  readonly bad: Float64Array;
  readonly total: Float64Array;
  /** Minutes that are in a bucket; absent: buckets are minutes, and those not known have NaN for their total. */
  readonly known?: Uint8Array;
}

/**
 * Sums of the last `count` buckets up to and with number `newest`, oldest first. They are added up at each look: it costs a microsecond or two, and
 * nothing drifts.
 */
function bucketSums(ring: Ring, newest: number, count: number): Sums {
  const size = ring.bad.length;
  const first = (((newest - count + 1) % size) + size) % size;
  const whole = add(ring, first, Math.min(first + count, size), NONE);
  return first + count > size ? add(ring, 0, first + count - size, whole) : whole;
}

const NONE: Sums = { bad: 0, total: 0, known: 0 };

/** Two loops, because this is where the time of a minute goes: of longer buckets nothing has to be looked at. */
function add({ bad, total, known }: Ring, from: number, to: number, before: Sums): Sums {
  let { bad: sumBad, total: sumTotal, known: sumKnown } = before;
  if (known)
    for (let index = from; index < to; index += 1) {
      sumBad += bad[index] as number;
      sumTotal += total[index] as number;
      sumKnown += known[index] as number;
    }
  else
    for (let index = from; index < to; index += 1) {
      const events = total[index] as number;
      if (Number.isNaN(events)) continue;
      sumKnown += 1;
      sumTotal += events;
      sumBad += bad[index] as number;
    }
  return { bad: sumBad, total: sumTotal, known: sumKnown };
}

/** Sums of a window of a row that ends with the newest minute, or with the last whole five minutes. */
export function windowSums(track: Track, { grainMs }: Pick<BurnRow, "grainMs">, windowMs: number): Sums {
  const at = track.head[SLOT.at] as number;
  if (at < 0) return { bad: 0, total: 0, known: 0 };
  if (grainMs === MINUTE_MS)
    return bucketSums({ bad: track.minuteBad, total: track.minuteTotal }, at / MINUTE_MS, windowMs / MINUTE_MS);
  const newest = Math.floor(at / FIVE_MS);
  const { fiveBad: bad, fiveTotal: total, fiveKnown: known } = track;
  return bucketSums({ bad, total, known }, newest, windowMs / FIVE_MS);
}

/** The running period: whole hours and what the running one has, or the calendar month so far. */
export function budgetSums(track: Track, period: Period): BudgetLook {
  const { head } = track;
  const at = head[SLOT.at] as number;
  if (period.kind === "month") {
    const from = head[SLOT.monthFrom] as number;
    if (from < 0) return { bad: 0, total: 0, known: 0, from: 0, minutes: 0 };
    return {
      bad: head[SLOT.monthBad] as number,
      total: head[SLOT.monthTotal] as number,
      known: head[SLOT.monthKnown] as number,
      from,
      minutes: (monthEnd(period.zone, from) - from) / MINUTE_MS,
    };
  }
  const newest = Math.ceil(at / HOUR_MS);
  const count = Math.min(period.days * 24 + (at % HOUR_MS === 0 ? 0 : 1), track.sizes.hours);
  const from = (newest - count) * HOUR_MS;
  return {
    ...bucketSums({ bad: track.hourBad, total: track.hourTotal, known: track.hourKnown }, newest, count),
    from,
    minutes: (at - from) / MINUTE_MS,
  };
}
