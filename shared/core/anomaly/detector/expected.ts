import type { Memory } from "./memory.ts";
import type { Seen } from "./observe.ts";
import type { Scored } from "./types.ts";

/** The share of rows that lie outside the band. */
const OUTSIDE = 0.005;
/**
 * Most mean deviations (clipped, so that an incident hardly moves them) that the band is wide to each side: an incident of an hour is more than
 * half a percent of a week, and must not make everything expected from then on. 3.5 would be the share above for a normal distribution.
 */
const MOST_DEVIATIONS = 6;
/** Rows in a tail from which on a band is told. */
const LEAST_ROWS = 48;

/**
 * The value that was expected and the band around it, from what the residuals of this series have been, the last row not
 * counted. Undefined as long as too little is known.
 */
export function expectedOf(m: Memory, { base, week }: Seen): Scored["expected"] {
  const weekly = !Number.isNaN(week) && m.weeklyTail.rows() >= LEAST_ROWS;
  const tail = weekly ? m.weeklyTail : m.seasonalTail;
  if (tail.rows() < LEAST_ROWS) return undefined;
  const value = m.origin + base + (weekly ? week : 0);
  const most = m.deviation > 0 ? MOST_DEVIATIONS * m.deviation : Number.POSITIVE_INFINITY;
  const width = Math.min(tail.quantile(OUTSIDE), most);
  // What never was below zero (counts, durations, shares) is not expected there.
  const low = m.origin + m.low >= 0 ? Math.max(0, value - width) : value - width;
  return { low: Math.min(low, value), high: value + width, value };
}
