import type { Constants } from "./constants.ts";
import type { Memory } from "./memory.ts";

/** The sampling step the rows of the constants are meant for: five minutes. */
const REFERENCE_STEP_SECONDS = 300;
/** How fast the estimate of the step moves towards what is seen: it ends at the median. */
const STEP_RATE = 1.03;

/**
 * What a series that is sampled more rarely than every five minutes does with constants counted in rows: each shrinks by its
 * own power of the step's ratio, between "the same rows" (0) and "the same time" (1). A series sampled more often keeps the
 * rows: it takes that many to tell noise from news. Derived from the memory: not saved.
 */
export class Pace {
  windows = 1;
  memories = 1;
  context = 1;
  refractory = 1;
  habit = 1;
  /** What a row counts for where the age of the series matters. */
  row = 1;
  #step = 0;

  follow(m: Memory, c: Constants): void {
    if (m.step === this.#step) return;
    this.#step = m.step;
    const share = Math.max(c.slowest, Math.min(1, REFERENCE_STEP_SECONDS / m.step));
    this.windows = share ** c.windowsByStep;
    this.memories = share ** c.memoriesByStep;
    this.context = share ** c.contextByStep;
    this.refractory = share ** c.refractoryByStep;
    this.habit = share ** c.habitByStep;
    this.row = share ** -c.ageByStep;
  }
}

/** Keeps the median step between rows; repeated and backward timestamps tell nothing about it. */
export function noteStep(m: Memory, t: number): void {
  const step = t - m.lastSeconds;
  m.lastSeconds = t;
  if (m.n === 0 || !(step > 0)) return;
  if (m.step === 0) m.step = step;
  else if (step > m.step) m.step *= STEP_RATE;
  else if (step < m.step) m.step /= STEP_RATE;
}
