import { RHYTHM_SLOTS } from "./memory.ts";

/** Deviations at which values are clipped: a single peak must not look like a rhythm or hide one. */
const CLIP = 3;
/** The longest lag looked for, as a share of the ring: 2.5 periods must lie in it. */
const LONGEST = Math.floor(RHYTHM_SLOTS / 2.5);
const SHORTEST = 6;
/** A longer lag must be this much better: the fundamental, not its multiple. */
const BETTER = 0.05;
/** Multiples of a lag at which it is measured again, each that much finer. */
const MULTIPLES = 8;

/** Working space; filled before every use, so nothing is remembered in it. */
const values = new Float64Array(RHYTHM_SLOTS);
const likeness = new Float64Array(LONGEST + 1);

/** Mean taken off, clipped. False where nothing moves. */
function prepare(ring: Float32Array): boolean {
  let mean = 0;
  for (let i = 0; i < RHYTHM_SLOTS; i += 1) mean += ring[i] as number;
  mean /= RHYTHM_SLOTS;
  let deviation = 0;
  for (let i = 0; i < RHYTHM_SLOTS; i += 1) deviation += Math.abs((ring[i] as number) - mean);
  const limit = (CLIP * deviation) / RHYTHM_SLOTS;
  if (!(limit > 0)) return false;
  for (let i = 0; i < RHYTHM_SLOTS; i += 1) values[i] = Math.max(-limit, Math.min(limit, (ring[i] as number) - mean));
  return true;
}

/** Correlation with itself `lag` slots later, -1..1; the lag need not be whole. */
function correlation(lag: number): number {
  const whole = Math.floor(lag);
  const part = lag - whole;
  let both = 0;
  let early = 0;
  let late = 0;
  for (let i = 0; i < RHYTHM_SLOTS - whole - 1; i += 1) {
    const x = values[i] as number;
    const y = (values[i + whole] as number) * (1 - part) + (values[i + whole + 1] as number) * part;
    both += x * y;
    early += x * x;
    late += y * y;
  }
  return early > 0 && late > 0 ? both / Math.sqrt(early * late) : 0;
}

/** How much the ring is like itself `lag` slots later: 1 the same, 0 nothing in common. */
export function autocorrelation(ring: Float32Array, lag: number): number {
  return prepare(ring) ? correlation(lag) : 0;
}

/**
 * The lag, in slots, after which the ring repeats itself best: a peak of the autocorrelation that rises at least `depth` above
 * the lowest point before it. Likeness 0 where there is no peak; undefined where nothing moves.
 */
export function strongestLag(ring: Float32Array, depth: number): { lag: number; likeness: number } | undefined {
  if (!prepare(ring)) return undefined;
  for (let lag = 2; lag <= LONGEST; lag += 1) likeness[lag] = correlation(lag);
  const at = (lag: number) => likeness[lag] as number;
  let trough = 1;
  let best = 0;
  let found = 0;
  for (let lag = 3; lag < LONGEST; lag += 1) {
    trough = Math.min(trough, at(lag));
    const peak = lag >= SHORTEST && at(lag) >= at(lag - 1) && at(lag) > at(lag + 1);
    if (peak && at(lag) - trough >= depth && at(lag) > best + BETTER) {
      best = at(lag);
      found = lag;
    }
  }
  return { lag: found === 0 ? 0 : refine(found, best), likeness: best };
}

/** The peak between the slots: a parabola through its neighbours, then its multiples, each of which tells it finer. */
function refine(peak: number, height: number): number {
  const [before, top, after] = [peak - 1, peak, peak + 1].map((lag) => likeness[lag] as number) as [
    number,
    number,
    number,
  ];
  const bend = before - 2 * top + after;
  let lag = peak + (bend < 0 ? Math.max(-0.5, Math.min(0.5, (0.5 * (before - after)) / bend)) : 0);
  for (let multiple = 2; multiple <= MULTIPLES && multiple * lag + 2 < RHYTHM_SLOTS * 0.6; multiple += 1) {
    let best = -1;
    let shift = 0;
    for (const candidate of [-1, -0.5, 0, 0.5, 1]) {
      const found = correlation(multiple * lag + candidate);
      if (found > best) {
        best = found;
        shift = candidate;
      }
    }
    if (best <= 0.3 * height) break;
    lag += shift / multiple;
  }
  return lag;
}
