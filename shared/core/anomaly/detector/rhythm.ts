import { autocorrelation, strongestLag } from "./autocorrelation.ts";
import type { Constants } from "./constants.ts";
import { DAY_BINS, type Memory, RHYTHM_SLOTS } from "./memory.ts";

const DAY_SECONDS = 86_400;
/** Rows one slot of the ring may cover: with 192 slots some 1,500 rows, five periods of 300. */
const MOST_ROWS_PER_SLOT = 8;
/** A period this close to one that is followed is the same, measured better. */
const SAME = 0.03;
/** A gap of so many slots makes what lies before it useless for finding a period. */
const GAP_SLOTS = 8;

/**
 * Seconds on the clock by which the series lives: local time, or, where the series was found to have a period of its own
 * that is not the day, a clock on which that period lasts a day. So a job that comes every five hours has its "time of day"
 * as shops have theirs.
 */
export function rhythmSeconds(m: Memory, t: number, local: number): number {
  return m.period > 0 ? m.phaseSeconds + ((t - m.phaseAt) * DAY_SECONDS) / m.period : local;
}

/**
 * Takes one row into the ring of slot means; whenever the ring is full, looks for the period. Slots double their length until
 * they cover eight rows each, then the ring forgets its oldest quarter.
 *
 * @param t seconds since 1970
 * @param local the same instant as local time
 */
export function followRhythm(m: Memory, c: Constants, t: number, local: number, x: number): void {
  if (m.ringTo > 0 && m.step > 0 && Math.abs(t - m.ringTo) > GAP_SLOTS * m.ringRows * m.step) startRing(m);
  if (m.ringFill === 0 && m.slotRows === 0) m.ringFrom = t;
  m.slotSum += x;
  m.slotRows += 1;
  m.ringTo = t;
  if (m.slotRows < m.ringRows) return;
  m.ring[m.ringFill] = m.slotSum / m.slotRows;
  m.ringFill += 1;
  m.slotSum = 0;
  m.slotRows = 0;
  if (m.ringFill < RHYTHM_SLOTS) return;

  const rows = RHYTHM_SLOTS * m.ringRows;
  const slot = ((t - m.ringFrom) * rows) / (rows - 1) / RHYTHM_SLOTS;
  if (slot > 0) decide(m, c, t, local, slot);
  makeRoom(m, slot);
}

function startRing(m: Memory): void {
  m.ringFill = 0;
  m.slotRows = 0;
  m.slotSum = 0;
}

function makeRoom(m: Memory, slot: number): void {
  const { ring } = m;
  if (m.ringRows < MOST_ROWS_PER_SLOT) {
    for (let i = 0; i < RHYTHM_SLOTS / 2; i += 1) ring[i] = ((ring[2 * i] as number) + (ring[2 * i + 1] as number)) / 2;
    m.ringFill = RHYTHM_SLOTS / 2;
    m.ringRows *= 2;
    return;
  }
  ring.copyWithin(0, RHYTHM_SLOTS / 4);
  m.ringFill = (RHYTHM_SLOTS * 3) / 4;
  m.ringFrom += (slot * RHYTHM_SLOTS) / 4;
}

/** Follows the day by default; a period of its own where that repeats itself better, as long as it does. */
function decide(m: Memory, c: Constants, t: number, local: number, slot: number): void {
  const found = strongestLag(m.ring, c.periodDepth);
  if (found === undefined) return;
  const period = found.lag * slot;
  const own =
    found.likeness >= c.periodLikeness &&
    found.lag * m.ringRows >= c.periodRows &&
    period < (1 - 2 * SAME) * DAY_SECONDS;
  const day = likenessAt(m, DAY_SECONDS / slot);
  if (m.period === 0) {
    if (own && !(found.likeness <= day + c.periodMargin)) follow(m, period, t, local, slot);
    return;
  }
  const current = likenessAt(m, m.period / slot);
  if (day >= c.periodLikeness && !(day <= current)) follow(m, 0, t, local, slot);
  else if (found.likeness >= c.periodLikeness && Math.abs(period / m.period - 1) < SAME) retime(m, period, t);
  else if (own && !(found.likeness <= current + c.periodMargin)) follow(m, period, t, local, slot);
  else if (found.likeness < c.periodLikeness && !(current >= 0.2)) follow(m, 0, t, local, slot);
}

/** NaN where the ring does not reach that far. */
function likenessAt(m: Memory, lag: number): number {
  return lag >= 3 && lag <= RHYTHM_SLOTS * 0.6 ? autocorrelation(m.ring, lag) : Number.NaN;
}

/** Goes on from the present phase at the better speed. */
function retime(m: Memory, period: number, t: number): void {
  m.phaseSeconds = rhythmSeconds(m, t, t);
  m.phaseAt = t;
  m.period = period;
}

/** Changes the clock (0: back to local time) and relearns the profile of the "day" from the ring. */
function follow(m: Memory, period: number, t: number, local: number, slot: number): void {
  m.phaseSeconds = m.period > 0 && period > 0 ? rhythmSeconds(m, t, local) : local;
  m.phaseAt = t;
  m.period = period;
  m.dayMean.fill(0);
  m.dayVisits.fill(0);
  m.weekOffset.fill(0);
  m.weekVisits.fill(0);
  m.contextOffset.fill(0);
  m.contextRows.fill(0);
  m.dayBin = -1;
  m.daySum = 0;
  m.dayRows = 0;
  m.weekBin = -1;
  m.weekSum = 0;
  m.weekRows = 0;
  m.dayError = 0;
  m.longError = 0;
  const from = rhythmSeconds(m, m.ringFrom, m.ringFrom + local - t);
  const lasts = period > 0 ? period : DAY_SECONDS;
  for (let bin = 0; bin < DAY_BINS; bin += 1) relearn(m, bin, from, lasts, slot);
}

/** The mean of the ring wherever it passes through one part of the period. */
function relearn(m: Memory, bin: number, from: number, lasts: number, slot: number): void {
  const phase = ((bin + 0.5) / DAY_BINS - from / DAY_SECONDS) % 1;
  const first = ((phase < 0 ? phase + 1 : phase) * lasts) / slot - 0.5;
  let sum = 0;
  let visits = 0;
  for (let position = first; position < RHYTHM_SLOTS - 1; position += lasts / slot) {
    if (position < 0) continue;
    const whole = Math.floor(position);
    const part = position - whole;
    sum += (m.ring[whole] as number) * (1 - part) + (m.ring[whole + 1] as number) * part;
    visits += 1;
  }
  if (visits === 0) return;
  m.dayMean[bin] = sum / visits;
  m.dayVisits[bin] = visits;
}
