import { normalBelow, normalQuantile, studentQuantile } from "./student.ts";

/**
 * Basic structural model of a day series: level that may wander, slope, weekday season, noise that may linger (Harvey, "Forecasting, structural time
 * series models and the Kalman filter", 1989, chapters 2 and 4). Nobody knows beforehand which of these a bill has, so models with several answers run
 * side by side and count by how well each foretold the days it saw.
 */

/** Level, slope, six weekdays (the seventh is minus their sum), and what lingers of yesterday's noise. */
const STATES = 9;
const SLOPE = 1;
const SEASON = 2;
const LINGER = 8;

interface Nature {
  /** Variance of the level's daily step over that of the noise. */
  readonly wander: number;
  /** Share of a day's noise that is still there on the next. */
  readonly linger: number;
  /** What it counts before anything is seen: bills mostly stay where they are. */
  readonly count: number;
}
const NATURES: readonly Nature[] = [
  { wander: 0, linger: 0, count: 7 },
  { wander: 0.001, linger: 0, count: 1 },
  { wander: 0.004, linger: 0, count: 1 },
  { wander: 0.016, linger: 0, count: 2 },
  { wander: 0.06, linger: 0, count: 3 },
  { wander: 0.25, linger: 0, count: 1 },
  { wander: 1, linger: 0, count: 1 },
  { wander: 0, linger: 0.4, count: 3 },
  { wander: 0, linger: 0.7, count: 3 },
];
/** Standard deviations of a slope before anything is seen, a day, as share of the series' size: 3 % a month, which is always there, and 12 %. */
const SLOPES_A_DAY = [0.001, 0.004];
/** Models without a slope whose noise stands for that of all. */
const SOUNDED: readonly Nature[] = [0, 3, 5].map((index) => NATURES[index] as Nature);
/** Variance that stands for "nothing is known", over that of the noise. */
const DIFFUSE = 1e10;
/** An innovation so uncertain taught a state that was unknown: it tells nothing of the noise. */
const TEACHING = 1e6;
/** Noise is never taken for less than this share of the series' size, squared. */
const FLOOR = 1e-16;
/** Of a series that is 0 on every day, whose noise has no logarithm. */
const LEAST_NOISE = 1e-30;
const TWO_WEEKS = 14;
/** Models that count for less are left out of what is told. */
const LEAST_WEIGHT = 1e-4;

interface Model {
  /** Whether it speaks of logarithms: season and noise grow with the level. */
  readonly log: boolean;
  readonly nature: Nature;
  readonly x: Float64Array;
  readonly p: Float64Array;
  /** Variance of the noise, and how many days stand behind it. */
  readonly noise: number;
  readonly freedom: number;
  weight: number;
}

/** A series as it was learnt. */
export interface Fitted {
  readonly models: readonly Model[];
  /** Weekday (0..6, beginning anywhere) of the last day. */
  readonly lastWeekday: number;
  readonly season: boolean;
}

const weekdayOf = (day: number): number => ((day % 7) + 7) % 7;
const at = (values: Float64Array, index: number): number => values[index] as number;

/** What a day shows of the state: which parts, and how often. */
interface Look {
  readonly parts: readonly number[];
  readonly times: readonly number[];
}
const PLAIN: Look = { parts: [0, LINGER], times: [1, 1] };
const WEEK: readonly Look[] = Array.from({ length: 7 }, (_, weekday) =>
  weekday === 6
    ? { parts: [0, 2, 3, 4, 5, 6, 7, LINGER], times: [1, -1, -1, -1, -1, -1, -1, 1] }
    : { parts: [0, SEASON + weekday, LINGER], times: [1, 1, 1] },
);
const lookOf = (weekday: number, season: boolean): Look => (season ? (WEEK[weekdayOf(weekday)] as Look) : PLAIN);

/** One day passes: the level moves by the slope and wanders, of the noise a share is left. */
function pass(x: Float64Array, p: Float64Array, { wander, linger }: Nature): void {
  x[0] = at(x, 0) + at(x, SLOPE);
  x[LINGER] = linger * at(x, LINGER);
  for (let i = 0; i < STATES; i += 1) {
    p[i] = at(p, i) + at(p, STATES * SLOPE + i);
    p[STATES * LINGER + i] = linger * at(p, STATES * LINGER + i);
  }
  for (let i = 0; i < STATES; i += 1) {
    p[i * STATES] = at(p, i * STATES) + at(p, i * STATES + SLOPE);
    p[i * STATES + LINGER] = linger * at(p, i * STATES + LINGER);
  }
  p[0] = at(p, 0) + wander;
  if (linger > 0) p[STATES * LINGER + LINGER] = at(p, STATES * LINGER + LINGER) + 1;
}

interface Shape {
  /** Variance of the slope before anything was seen, over that of the noise. */
  readonly slope: number;
  readonly season: boolean;
  readonly size: number;
  readonly log: boolean;
}

function filter(
  values: readonly (number | undefined)[],
  lastWeekday: number,
  nature: Nature,
  { slope, season, size, log }: Shape,
): Model {
  const { linger } = nature;
  const x = new Float64Array(STATES);
  const p = new Float64Array(STATES * STATES);
  p[0] = DIFFUSE;
  p[STATES * SLOPE + SLOPE] = slope;
  if (linger > 0) p[STATES * LINGER + LINGER] = 1 / (1 - linger * linger);
  if (season) for (let i = SEASON; i < LINGER; i += 1) p[i * STATES + i] = DIFFUSE;
  x[0] = values.find((value) => value !== undefined) ?? 0;
  const pz = new Float64Array(STATES);
  const fresh = linger > 0 ? 0 : 1;
  let [squares, logs, freedom] = [0, 0, 0];
  const first = lastWeekday - (values.length - 1);
  values.forEach((value, index) => {
    if (index > 0) pass(x, p, nature);
    if (value === undefined) return;
    const { parts, times } = lookOf(first + index, season);
    let [told, f] = [0, fresh];
    for (let i = 0; i < STATES; i += 1) {
      let sum = 0;
      for (let k = 0; k < parts.length; k += 1) sum += at(p, i * STATES + (parts[k] as number)) * (times[k] as number);
      pz[i] = sum;
    }
    for (let k = 0; k < parts.length; k += 1) {
      told += at(x, parts[k] as number) * (times[k] as number);
      f += at(pz, parts[k] as number) * (times[k] as number);
    }
    const miss = value - told;
    for (let i = 0; i < STATES; i += 1) {
      const gain = at(pz, i) / f;
      if (gain === 0) continue;
      x[i] = at(x, i) + gain * miss;
      for (let j = 0; j < STATES; j += 1) p[i * STATES + j] = at(p, i * STATES + j) - gain * at(pz, j);
    }
    if (f > TEACHING) return;
    squares += (miss * miss) / f;
    logs += Math.log(f);
    freedom += 1;
  });
  const noise = Math.max(freedom > 0 ? squares / freedom : 0, FLOOR * size * size, LEAST_NOISE);
  const weight = Math.log(nature.count) - 0.5 * (freedom * Math.log(noise) + logs);
  return { log, nature, x, p, noise, freedom, weight };
}

function family(
  values: readonly (number | undefined)[],
  lastWeekday: number,
  season: boolean,
  log: boolean,
): readonly Model[] {
  const known = values.filter((value) => value !== undefined);
  const size = log ? 1 : Math.max(...known.map(Math.abs), Number.MIN_VALUE);
  const shape = { season, size, log };
  const flat = (natures: readonly Nature[]) =>
    natures.map((nature) => filter(values, lastWeekday, nature, { ...shape, slope: 0 }));
  if (known.length < TWO_WEEKS) return flat(NATURES);
  const noise = Math.min(...flat(SOUNDED).map((model) => model.noise));
  return SLOPES_A_DAY.flatMap((one) => {
    const slope = (one * size) ** 2 / noise;
    return NATURES.map((nature) => filter(values, lastWeekday, nature, { ...shape, slope }));
  });
}

/**
 * Learns a series: one value a day, `undefined` where there is none, the last one on `lastWeekday` (0..6, beginning anywhere).
 * Season and slope are only looked for where at least two weeks are there (a slope is then always there, if small), growth in proportion where all values are above zero.
 */
export function learnSeries(values: readonly (number | undefined)[], lastWeekday: number): Fitted {
  const known = values.filter((value) => value !== undefined);
  const season = known.length >= TWO_WEEKS;
  const models = [...family(values, lastWeekday, season, false)];
  if (season && known.every((value) => value > 0)) {
    const logs = values.map((value) => (value === undefined ? undefined : Math.log(value)));
    // The density of a value is that of its logarithm over the value; the days that only taught count in neither.
    const taught = known.slice(7).reduce((sum, value) => sum + Math.log(value), 0);
    for (const model of family(logs, lastWeekday, season, true)) {
      model.weight -= taught;
      models.push(model);
    }
  }
  const best = Math.max(...models.map(({ weight }) => weight));
  let total = 0;
  for (const model of models) total += model.weight = Math.exp(model.weight - best);
  for (const model of models) model.weight /= total;
  return { models: models.filter(({ weight }) => weight >= LEAST_WEIGHT), lastWeekday, season };
}

export interface Told {
  readonly mean: number;
  /** Days that stand behind the noise of the models. */
  readonly freedom: number;
  /** What each model tells, by what it counts; they sum to 1. */
  readonly parts: readonly { readonly weight: number; readonly mean: number; readonly deviation: number }[];
}

/** The sum over days as one model tells it. */
function sumBy(
  { log, nature, x, p, noise }: Model,
  { lastWeekday, season }: Fitted,
  days: readonly number[],
): { readonly told: number; readonly spread: number } {
  const c = new Float64Array(STATES);
  const z = new Float64Array(STATES);
  const furthest = Math.max(0, ...days);
  const ahead = new Float64Array(furthest + 1);
  let [told, squares] = [0, 0];
  for (const day of days) {
    const { parts, times } = lookOf(lastWeekday + day, season);
    z.fill(0);
    parts.forEach((part, k) => {
      z[part] = times[k] as number;
    });
    z[SLOPE] = day;
    z[LINGER] = nature.linger ** Math.max(0, day);
    let value = 0;
    for (let i = 0; i < STATES; i += 1) value += at(z, i) * at(x, i);
    // A logarithm's mistake counts in proportion to the value it stands for.
    const counts = log ? Math.exp(value) : 1;
    told += log ? counts : value;
    squares += counts * counts;
    for (let i = 0; i < STATES; i += 1) c[i] = at(c, i) + counts * at(z, i);
    if (day > 0) ahead[day] = at(ahead, day) + counts;
  }
  // A step that the level takes on one day stays in all later ones; of what is noise a share lingers.
  let [later, wanders, lingers, kept] = [0, 0, 0, 0];
  for (let day = furthest; day > 0; day -= 1) {
    later += at(ahead, day);
    wanders += later * later;
    kept = at(ahead, day) + nature.linger * kept;
    lingers += kept * kept;
  }
  let spread = 0;
  for (let i = 0; i < STATES; i += 1)
    for (let j = 0; j < STATES; j += 1) spread += at(c, i) * at(p, i * STATES + j) * at(c, j);
  const fresh = nature.linger > 0 ? lingers : squares;
  return { told, spread: noise * (Math.max(0, spread) + nature.wander * wanders + fresh) };
}

/** The sum over days, each as so many days after the last one (0 and less: earlier ones that were missing), from all models by what they count. */
export function sumOf(fitted: Fitted, days: readonly number[]): Told {
  const each = fitted.models.map((model) => ({ model, ...sumBy(model, fitted, days) }));
  const weights = each.reduce((sum, { model }) => sum + model.weight, 0);
  let [mean, freedom] = [0, 0];
  const parts = each.map(({ model, told, spread }) => {
    const weight = model.weight / weights;
    mean += weight * told;
    freedom += weight * model.freedom;
    return { weight, mean: told, deviation: Math.sqrt(spread) };
  });
  return { mean, freedom, parts };
}

/**
 * The interval that holds a share of what may come: quantiles of the models' mixture (its tails are long, so that the spread of all together would say
 * too much), widened as Student's t is wider than the normal distribution for so few days. `more`: variance of what comes beside it.
 */
export function intervalOf(
  { mean, freedom, parts: given }: Told,
  level: number,
  more = 0,
): { readonly low: number; readonly high: number } {
  const parts = given.map((one) => ({ ...one, deviation: Math.sqrt(one.deviation ** 2 + more) }));
  const most = parts.reduce((far, one) => Math.max(far, Math.abs(one.mean - mean) + FAR * one.deviation), 0);
  const above = (1 + level) / 2;
  const wider = studentQuantile(above, Math.max(3, freedom)) / normalQuantile(above);
  const find = (share: number): number => {
    let [low, high] = [mean - most, mean + most];
    for (let turn = 0; turn < HALVINGS; turn += 1) {
      const middle = (low + high) / 2;
      let below = 0;
      for (const { weight, mean: own, deviation } of parts)
        below += weight * (deviation > 0 ? normalBelow((middle - own) / deviation) : middle < own ? 0 : 1);
      if (below < share) low = middle;
      else high = middle;
    }
    return mean + wider * ((low + high) / 2 - mean);
  };
  return { low: find(1 - above), high: find(above) };
}

/** How far off it is, of all models together. */
export const deviationOf = ({ mean, parts }: Told): number =>
  Math.sqrt(parts.reduce((sum, one) => sum + one.weight * (one.deviation ** 2 + (one.mean - mean) ** 2), 0));

const FAR = 8;
const HALVINGS = 30;
