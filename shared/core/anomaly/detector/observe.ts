import { CHANNELS, CONTEXT, DRIFT, FLATLINE, RECORD, SEASONAL, SHIFT, WEEKLY } from "./channels.ts";
import type { Constants } from "./constants.ts";
import { type Memory, SHIFT_RING } from "./memory.ts";
import type { Pace } from "./pace.ts";
import { NO_CELL } from "./tail.ts";

const DAY_SECONDS = 86_400;
const QUARTER_SECONDS = 900;
const BLOCK_SECONDS = 7_200;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** What was seen in the last row: not part of what is remembered. */
export class Seen {
  /** Surprise of each channel, in powers of ten; 0: silent. */
  readonly channels = new Float64Array(CHANNELS.length);
  /** What the row was compared with, and how this time of the week differs from it; NaN where that is unknown. */
  base = 0;
  week = Number.NaN;
  /** The range before the row. */
  high = 0;
  low = 0;
}

/**
 * Looks at one row: writes the surprise of every channel into `seen`, then learns the row.
 *
 * @param seconds time of the row on the clock by which the series lives, in seconds
 * @param x value relative to the memory's origin
 */
export function observe(m: Memory, c: Constants, pace: Pace, seconds: number, x: number, seen: Seen): void {
  const out = seen.channels;
  const { n } = m;
  if (n === 0) {
    m.previous = x;
    m.high = x;
    m.low = x;
  }
  seen.high = m.high;
  seen.low = m.low;
  for (const tail of m.tails) tail.lastCell = NO_CELL;
  const tiny = c.tiny * m.longDeviation;
  out[RECORD] = n >= 10 ? record(m, x) * (Math.log10(n * pace.row + 1) / 3) ** c.recordGrowth : 0;

  const day = Math.floor(seconds / DAY_SECONDS);
  const inDay = seconds - day * DAY_SECONDS;
  const bin = Math.floor(inDay / QUARTER_SECONDS);
  const block = weekdayOf(day) * 12 + Math.floor(inDay / BLOCK_SECONDS);
  turnPages(m, c, day, bin, block);

  const known = (m.dayVisits[bin] as number) >= 1;
  const usual = m.dayMean[bin] as number;
  const base = known && gate(m, c, pace, x, usual) ? usual : m.long;
  const residual = n === 0 ? 0 : x - base;
  const distance = n === 0 ? 0 : Math.abs(x - m.long);

  seen.base = base;
  seen.week = Number.NaN;

  out[SEASONAL] = 0;
  if (known || n > 50) {
    const size = Math.abs(residual);
    out[SEASONAL] = m.seasonalTail.score(size, tiny);
    m.seasonalTail.add(size);
  }
  out[WEEKLY] = 0;
  if (known && (m.weekVisits[block] as number) >= 1) {
    seen.week = m.weekOffset[block] as number;
    const size = Math.abs(residual - seen.week);
    out[WEEKLY] = m.weeklyTail.score(size, tiny);
    m.weeklyTail.add(size);
  }
  out[CONTEXT] = 0;
  if ((m.contextRows[block] as number) >= 6 * pace.context) {
    const size = Math.abs(residual - (m.contextOffset[block] as number));
    out[CONTEXT] = m.contextTail.score(size, tiny);
    m.contextTail.add(size);
  }

  const rows = n + 1;
  m.mid += rate(rows, pace.windows * c.midRows) * (x - m.mid);
  const settled = n > 30 && m.deviation > 0;
  const limit = settled ? c.clip * m.deviation : Infinity;
  const clipped = clip(residual, limit);
  m.drift += rate(rows, pace.windows * c.driftRows) * (clipped - m.drift);
  out[DRIFT] = 0;
  if (known) {
    const size = Math.abs(m.drift);
    out[DRIFT] = m.driftTail.score(size, tiny);
    m.driftTail.add(size);
  }

  out[FLATLINE] = 0;
  if (n > 0) {
    const moved = Math.abs(x - m.previous);
    const most = n > 30 && m.usualMovement > 0 ? 8 * m.usualMovement : Infinity;
    m.movement += rate(n, pace.windows * c.movementRows) * (moved - m.movement);
    m.usualMovement += rate(n, pace.memories * c.usualMovementRows) * (Math.min(moved, most) - m.usualMovement);
    if (n > 60) {
      const epsilon = 1e-9 * (m.size + 1e-9);
      const size = (m.usualMovement + epsilon) / (m.movement + 0.02 * m.usualMovement + epsilon);
      out[FLATLINE] = m.flatTail.score(size, 0);
      m.flatTail.add(size);
    }
  }

  const lag = Math.max(4, Math.round((SHIFT_RING - 1) * pace.windows));
  const before = m.mids[(n + SHIFT_RING - lag) % SHIFT_RING] as number;
  m.mids[n % SHIFT_RING] = m.mid;
  out[SHIFT] = 0;
  if (n > 74) {
    const size = Math.abs(m.mid - before);
    out[SHIFT] = m.shiftTail.score(size, tiny);
    m.shiftTail.add(size);
  }

  fadeRange(m, c, pace, x);
  m.deviation += rate(rows, pace.memories * c.deviationRows) * (Math.abs(clipped) - m.deviation);
  m.longDeviation += rate(rows, pace.memories * c.longDeviationRows) * (distance - m.longDeviation);
  const updated = n > 30 && m.deviation > 0 ? c.clip * m.deviation : Infinity;
  m.daySum += known ? usual + clip(x - usual, updated) : x;
  m.dayRows += 1;
  if (known) learnBlock(m, c, pace, block, clip(residual, updated));
  const toLong = n < 30 ? x - m.long : clip(x - m.long, c.clip * Math.max(m.deviation, 1e-300));
  m.long += rate(rows, pace.memories * c.longRows) * toLong;
  m.size += rate(rows, pace.memories * c.longDeviationRows) * (Math.abs(x + m.origin) - m.size);
  m.previous = x;
}

function rate(count: number, memory: number): number {
  return count < memory ? 1 / count : 1 / memory;
}

function clip(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}

function weekdayOf(day: number): number {
  const weekday = (day + FIRST_WEEKDAY) % 7;
  return weekday < 0 ? weekday + 7 : weekday;
}

/** How far a value lies beyond everything seen, in doublings of an eighth of the range so far; at most 6. */
function record(m: Memory, x: number): number {
  const over = x > m.high ? x - m.high : x < m.low ? m.low - x : 0;
  if (over === 0) return 0;
  const range = m.high - m.low || 1e-9 * (Math.abs(m.high + m.origin) + 1e-12);
  return Math.min(6, Math.log2(1 + (8 * over) / range));
}

function fadeRange(m: Memory, c: Constants, pace: Pace, x: number): void {
  const high = Math.max(m.high, x);
  const low = Math.min(m.low, x);
  const middle = (high + low) / 2;
  const keep = 1 - 1 / (pace.memories * c.rangeRows);
  m.high = middle + (high - middle) * keep;
  m.low = middle + (low - middle) * keep;
}

/** Whole visits are learnt, not rows: one-minute and hourly series learn a day alike. */
function turnPages(m: Memory, c: Constants, day: number, bin: number, block: number): void {
  if (bin !== m.dayBin || day !== m.day) {
    if (m.dayRows > 0) {
      const visits = Math.min(255, (m.dayVisits[m.dayBin] as number) + 1);
      m.dayVisits[m.dayBin] = visits;
      const mean = m.dayMean[m.dayBin] as number;
      m.dayMean[m.dayBin] = mean + Math.max(1 / visits, c.dayRate) * (m.daySum / m.dayRows - mean);
    }
    m.dayBin = bin;
    m.day = day;
    m.daySum = 0;
    m.dayRows = 0;
  }
  if (block !== m.weekBin) {
    if (m.weekRows > 0) {
      const visits = (m.weekVisits[m.weekBin] as number) + 1;
      m.weekVisits[m.weekBin] = visits;
      const offset = m.weekOffset[m.weekBin] as number;
      m.weekOffset[m.weekBin] = offset + Math.max(1 / visits, c.weekRate) * (m.weekSum / m.weekRows - offset);
    }
    m.weekBin = block;
    m.weekSum = 0;
    m.weekRows = 0;
  }
}

/** The day profile is used only while it predicts no worse than the slow mean: a series without a daily rhythm stays sane. */
function gate(m: Memory, c: Constants, pace: Pace, x: number, usual: number): boolean {
  const limit = c.clip * Math.max(m.longDeviation, 1e-300);
  const day = Math.min(Math.abs(x - usual), limit);
  const long = Math.min(Math.abs(x - m.long), limit);
  const better = m.dayError <= c.gate * m.longError;
  m.dayError += (day - m.dayError) / (pace.memories * c.gateRows);
  m.longError += (long - m.longError) / (pace.memories * c.gateRows);
  return better;
}

function learnBlock(m: Memory, c: Constants, pace: Pace, block: number, residual: number): void {
  m.weekSum += residual;
  m.weekRows += 1;
  const rows = (m.contextRows[block] as number) + 1;
  m.contextRows[block] = rows;
  const offset = m.contextOffset[block] as number;
  m.contextOffset[block] = offset + Math.max(1 / rows, c.contextRate / pace.context) * (residual - offset);
}
