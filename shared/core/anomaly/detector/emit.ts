import { RECORD } from "./channels.ts";
import type { Constants } from "./constants.ts";
import { HABIT_CELLS, type Memory } from "./memory.ts";
import type { Pace } from "./pace.ts";

/** What a channel adds: its surprise above its floor, weighted. */
function share(c: Constants, channels: Float64Array, i: number): number {
  return ((channels[i] as number) - (i === RECORD ? c.recordFloor : c.floor)) * (c.weights[i] as number);
}

/** The channel that adds most. */
export function loudest(c: Constants, channels: Float64Array): number {
  let best = 0;
  for (let i = 1; i < channels.length; i += 1) if (share(c, channels, i) > share(c, channels, best)) best = i;
  return best;
}

/** Every channel that adds at least half of what the loudest adds, one bit each. */
export function speakers(c: Constants, channels: Float64Array): number {
  const most = share(c, channels, loudest(c, channels));
  let bits = 0;
  for (let i = 0; i < channels.length; i += 1) if (share(c, channels, i) >= most / 2) bits |= 1 << i;
  return bits;
}

/** Surprise of all channels together: the p-norm near the loudest, less what a longer series has to show for an alarm. */
export function mix(c: Constants, age: number, channels: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < channels.length; i += 1) {
    const weighted = share(c, channels, i);
    if (weighted <= 0) continue;
    const square = weighted * weighted;
    sum += square * square;
  }
  if (sum <= 1e-8) return 0;
  return Math.max(0, Math.sqrt(Math.sqrt(sum)) - c.penalty * Math.log10((Math.min(age, 5000) + 50) / 600));
}

/**
 * Lets a surprise through or keeps silent (0). After an alarm only a louder one speaks for a while; the bar is that of the
 * last alarm and does not sink within the silence.
 */
export function emit(m: Memory, c: Constants, pace: Pace, surprise: number): boolean {
  if (surprise <= 0) return false;
  const { n } = m;
  if (m.open === 1 && n - m.emittedRow >= m.refractory) closeCluster(m, c, pace);
  if (m.emittedRow >= 0 && n - m.emittedRow < m.refractory && surprise <= c.louder * m.emitted) return false;
  m.emitted = surprise;
  m.emittedRow = n;
  m.open = 1;
  m.peak = Math.max(m.peak, surprise);
  m.refractory = pace.refractory * Math.min(c.refractoryMax, c.refractoryFirst + c.refractoryGrowth * n * pace.row);
  return true;
}

/** Alarms that follow each other within the silence are one: its loudest is remembered. */
function closeCluster(m: Memory, c: Constants, pace: Pace): void {
  const keep = Math.exp(-(m.n - m.closedRow) / (c.habitRows * pace.habit));
  m.closedRow = m.n;
  for (let i = 0; i < HABIT_CELLS; i += 1) m.habits[i] = (m.habits[i] as number) * keep;
  const cell = Math.min(HABIT_CELLS - 1, Math.floor(4 * m.peak));
  m.habits[cell] = (m.habits[cell] as number) + 1;
  m.open = 0;
  m.peak = 0;
}

/** How many alarms as loud as this one the series has had, the nearest quarter in proportion. */
export function pastAlarms(m: Memory, c: Constants, surprise: number): number {
  const position = 4 * c.habitShare * surprise;
  const cell = Math.floor(position);
  if (cell >= HABIT_CELLS - 1) return m.habits[HABIT_CELLS - 1] as number;
  let past = (m.habits[cell] as number) * (1 - (position - cell));
  for (let i = cell + 1; i < HABIT_CELLS; i += 1) past += m.habits[i] as number;
  return past;
}
