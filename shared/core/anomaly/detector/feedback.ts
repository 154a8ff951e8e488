import { CHANNELS, RECORD } from "./channels.ts";
import { HABIT_CELLS, KEPT_ALARMS, type Memory, TIME_BINS } from "./memory.ts";
import type { Seen } from "./observe.ts";
import { NO_CELL } from "./tail.ts";
import type { Verdict } from "./types.ts";

const ALL_KINDS = (1 << CHANNELS.length) - 1;
/** Levels of surprise are kept in sixteenths. */
const STEPS = 16;
/** An alarm is "like" one that was judged up to this much more (fine) or less (bad) surprise. */
const LIKE = 0.25;
/** What one word, the third and the seventh "fine" take off: 1, 2 and 3 times this. */
const FINE_WORTH = 2;

/** The hour of the local day, 0..23. */
export function timeBin(seconds: number): number {
  return Math.floor((seconds / 86_400 - Math.floor(seconds / 86_400)) * TIME_BINS);
}

/** Keeps what is needed to take an alarm back. */
export function remember(m: Memory, at: number, kinds: number, surprise: number, bin: number, seen: Seen): void {
  const slot = m.alarms % KEPT_ALARMS;
  m.alarms += 1;
  m.alarmAt[slot] = at;
  m.alarmRow[slot] = m.n;
  m.alarmKinds[slot] = kinds;
  m.alarmBin[slot] = bin;
  m.alarmLevel[slot] = surprise;
  m.alarmRows[slot] = 1;
  m.alarmHigh[slot] = seen.high;
  m.alarmLow[slot] = seen.low;
  const tails = m.tails;
  for (let i = 0; i < tails.length; i += 1) m.alarmCells[slot * tails.length + i] = tails[i]?.lastCell ?? NO_CELL;
}

/** A row as surprising as the alarm it follows belongs to it, though it is not told. */
export function rememberMore(m: Memory, surprise: number): void {
  const slot = (m.alarms - 1) % KEPT_ALARMS;
  if (m.alarms > 0 && surprise >= 0.5 * m.emitted)
    m.alarmRows[slot] = Math.min(60_000, (m.alarmRows[slot] as number) + 1);
}

/** How much less an alarm of this kind is worth here because people called its like fine. */
export function excused(m: Memory, kind: number, surprise: number, bin: number): number {
  const cell = kind * TIME_BINS + bin;
  const times = m.fineTimes[cell] as number;
  if (times === 0 || surprise > (m.fineLevel[cell] as number) / STEPS + LIKE) return 0;
  return FINE_WORTH * Math.log2(1 + times);
}

/** Whether its like was called bad: then past alarms take nothing off. */
export function condemned(m: Memory, kind: number, surprise: number, bin: number): boolean {
  const cell = kind * TIME_BINS + bin;
  return (m.badTimes[cell] as number) > 0 && surprise >= (m.badLevel[cell] as number) / STEPS - LIKE;
}

/**
 * Learns a word. An alarm among the last ones is judged by its surprise and by the channels that spoke; for anything older, or a row that was no
 * alarm, the word counts for every kind at that hour, at the surprise its score tells of.
 */
export function judge(m: Memory, verdict: Verdict, at: number, score: number, bin: number): void {
  const slot = m.alarmAt.indexOf(at);
  if (slot === -1 || slot >= m.alarms) {
    const level = score > 0 && score < 1 ? Math.max(0, Math.log(score / (1 - score))) : 0;
    noteAround(m, verdict, ALL_KINDS, bin, level);
    return;
  }
  const kinds = m.alarmKinds[slot] as number;
  const level = m.alarmLevel[slot] as number;
  noteAround(m, verdict, kinds, m.alarmBin[slot] as number, level);
  if (verdict === "bad") unlearn(m, slot, level);
}

function noteAround(m: Memory, verdict: Verdict, kinds: number, bin: number, level: number): void {
  for (let kind = 0; kind < CHANNELS.length; kind += 1) {
    if ((kinds & (1 << kind)) === 0) continue;
    for (const hour of [bin + TIME_BINS - 1, bin, bin + 1]) note(m, verdict, kind, hour % TIME_BINS, level);
  }
}

/** The later word wins where two contradict each other. */
function note(m: Memory, verdict: Verdict, kind: number, bin: number, level: number): void {
  const cell = kind * TIME_BINS + bin;
  const steps = Math.min(255, Math.ceil(level * STEPS));
  const apart = Math.ceil(2 * LIKE * STEPS) + 1;
  if (verdict === "fine") {
    m.fineLevel[cell] = Math.max(m.fineLevel[cell] as number, steps);
    m.fineTimes[cell] = (m.fineTimes[cell] as number) + 1;
    if ((m.badLevel[cell] as number) < steps + apart) m.badLevel[cell] = steps + apart;
  } else {
    m.badLevel[cell] = (m.badTimes[cell] as number) === 0 ? steps : Math.min(m.badLevel[cell] as number, steps);
    m.badTimes[cell] = (m.badTimes[cell] as number) + 1;
    if ((m.fineLevel[cell] as number) > steps - apart) m.fineLevel[cell] = Math.max(0, steps - apart);
    if (steps <= apart) m.fineTimes[cell] = 0;
  }
}

/** Takes the rows of an alarm out of the tails, and the alarm out of those that count as habit. */
function unlearn(m: Memory, slot: number, level: number): void {
  const tails = m.tails;
  const age = m.n - (m.alarmRow[slot] as number);
  for (const [i, tail] of tails.entries()) {
    tail.forget(m.alarmCells[slot * tails.length + i] as number, m.alarmRows[slot] as number, age);
  }
  m.alarmRows[slot] = 0;
  if (((m.alarmKinds[slot] as number) & (1 << RECORD)) !== 0) {
    m.high = Math.min(m.high, m.alarmHigh[slot] as number);
    m.low = Math.max(m.low, m.alarmLow[slot] as number);
  }
  if (m.open === 1 && m.peak <= level) m.open = 0;
  const cell = Math.min(HABIT_CELLS - 1, Math.floor(4 * level));
  m.habits[cell] = Math.max(0, (m.habits[cell] as number) - 1);
}
