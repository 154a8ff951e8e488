import { CHANNELS } from "./channels.ts";
import { CELLS, Tail } from "./tail.ts";

/** Quarter hours of a day, two-hour blocks of a week. */
export const DAY_BINS = 96;
export const WEEK_BINS = 84;
/** Rows the level shift looks back, plus one. */
export const SHIFT_RING = 65;
/** Quarters of surprise in which past alarms are counted. */
export const HABIT_CELLS = 40;
/** Hours of the day: a person's word counts in its own and the two next to it. */
export const TIME_BINS = 24;
/** Alarms that can still be judged one by one. */
export const KEPT_ALARMS = 8;
const TAILS = 6;
/** Slots of the ring in which a period of the series' own is looked for. */
export const RHYTHM_SLOTS = 192;

/**
 * All a detector knows of its series. Values are kept relative to the first one, so that 32 bits suffice for the profiles of a
 * series that moves little around a large number. What is in a Float32Array is rounded the moment it is stored, everything
 * else is saved with 64 bits: saving and loading changes nothing.
 */
export class Memory {
  /** Rows accepted; when the first came; its value; the last one, the fading highest and lowest (relative to the first). */
  n = 0;
  firstAt = 0;
  origin = 0;
  previous = 0;
  high = 0;
  low = 0;
  /** The last timestamp and the median step between rows, in seconds; 0: not known yet. */
  lastSeconds = 0;
  step = 0;
  /** Moving means: of the value (slow, short), of the seasonal residual, of the movement from row to row (short, slow). */
  long = 0;
  mid = 0;
  drift = 0;
  movement = 0;
  usualMovement = 0;
  /** Of the size of the residual, of the distance from the slow mean, of the value's own size. */
  deviation = 0;
  longDeviation = 0;
  size = 0;
  /** The visit of a quarter hour and of a two-hour block that is under way: which, of which day, what it summed up. */
  dayBin = -1;
  day = 0;
  daySum = 0;
  dayRows = 0;
  weekBin = -1;
  weekSum = 0;
  weekRows = 0;
  /** Errors of the day profile and of the slow mean as predictions. */
  dayError = 0;
  longError = 0;
  /** The last alarm that was let through: its surprise and row, the silence after it, and the cluster it belongs to. */
  emitted = 0;
  emittedRow = -1;
  refractory = 1;
  open = 0;
  peak = 0;
  closedRow = 0;
  /** The period followed instead of the day, in seconds (0: the day), and the phase it had at an instant. */
  period = 0;
  phaseSeconds = 0;
  phaseAt = 0;
  /** The ring of slot means: rows to a slot, full slots, the open slot, first and last timestamp. */
  ringRows = 1;
  ringFill = 0;
  slotSum = 0;
  slotRows = 0;
  ringFrom = 0;
  ringTo = 0;
  /** Alarms so far. */
  alarms = 0;

  readonly dayMean = new Float32Array(DAY_BINS);
  readonly dayVisits = new Uint8ClampedArray(DAY_BINS);
  readonly weekOffset = new Float32Array(WEEK_BINS);
  readonly weekVisits = new Uint8ClampedArray(WEEK_BINS);
  readonly contextOffset = new Float32Array(WEEK_BINS);
  readonly contextRows = new Uint8ClampedArray(WEEK_BINS);
  readonly mids = new Float32Array(SHIFT_RING);
  readonly ring = new Float32Array(RHYTHM_SLOTS);
  readonly habits = new Float32Array(HABIT_CELLS);
  readonly seasonalTail = new Tail(new Float32Array(CELLS));
  readonly weeklyTail = new Tail(new Float32Array(CELLS));
  readonly contextTail = new Tail(new Float32Array(CELLS));
  readonly driftTail = new Tail(new Float32Array(CELLS));
  readonly flatTail = new Tail(new Float32Array(CELLS));
  readonly shiftTail = new Tail(new Float32Array(CELLS));

  /** What people said, by channel and hour: how often, and of how much surprise at the most (fine) or least (bad). */
  readonly fineTimes = new Uint8ClampedArray(CHANNELS.length * TIME_BINS);
  readonly fineLevel = new Uint8ClampedArray(CHANNELS.length * TIME_BINS);
  readonly badTimes = new Uint8ClampedArray(CHANNELS.length * TIME_BINS);
  readonly badLevel = new Uint8ClampedArray(CHANNELS.length * TIME_BINS);
  /** The last alarms: when, which row, channels (one bit each), hour, surprise, the range before, rows that belong to it, and their cells in the tails. */
  readonly alarmAt = new Float64Array(KEPT_ALARMS);
  readonly alarmRow = new Float64Array(KEPT_ALARMS);
  readonly alarmKinds = new Uint8ClampedArray(KEPT_ALARMS);
  readonly alarmBin = new Uint8ClampedArray(KEPT_ALARMS);
  readonly alarmLevel = new Float32Array(KEPT_ALARMS);
  readonly alarmHigh = new Float32Array(KEPT_ALARMS);
  readonly alarmLow = new Float32Array(KEPT_ALARMS);
  readonly alarmRows = new Uint16Array(KEPT_ALARMS);
  readonly alarmCells = new Int16Array(KEPT_ALARMS * TAILS);

  /** The tails in the order in which their cells are kept. */
  readonly tails: readonly Tail[] = [
    this.seasonalTail,
    this.weeklyTail,
    this.contextTail,
    this.driftTail,
    this.flatTail,
    this.shiftTail,
  ];
}
