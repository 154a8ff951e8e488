/** Whether a forecast is worth more than saying that nothing changes. */
export interface Trust {
  /** Mean square of the own errors and of the last value's, each error cut at a few times the latter. */
  own: number;
  plain: number;
  seen: number;
  trusted: boolean;
}

/** Errors are averaged over about four hours. */
const MEMORY = 240;
/**
 * Falls back where the own error is so many times the last value's, and returns where it is no more than that. Recorded loads on which the forecast is the
 * better rule all the same come to 1.45 for hours (docs/autoscaling-predictive.md): the price knows the own errors, and pays for them.
 */
const WORSE = 1.5;
const NO_WORSE = 1.2;
/** Square of an error, on the square-root scale, that no task depends on. */
const IMMATERIAL = 0.0025;
/** A single jump says nothing. */
const MOST = 25;

export function trust(): Trust {
  return { own: 0, plain: 0, seen: 0, trusted: true };
}

/** Takes in what the forecast, and what the last value would have missed by. */
export function trusting(trust: Trust, own: number, plain: number): void {
  trust.seen += 1;
  const rate = 1 / Math.min(trust.seen, MEMORY);
  const most = trust.seen < MEMORY ? Number.POSITIVE_INFINITY : MOST * trust.plain;
  trust.plain += rate * (Math.min(plain * plain, most) - trust.plain);
  trust.own += rate * (Math.min(own * own, most) - trust.own);
  if (trust.seen < 2 * MEMORY) return;
  const limit = trust.trusted ? WORSE : NO_WORSE;
  trust.trusted = !(trust.own > limit * limit * trust.plain && trust.own > IMMATERIAL);
}

/** Own error over that of the last value; 1 while there is little to go by. */
export function worse({ own, plain, seen }: Trust): number {
  return seen < 2 * MEMORY || !(plain > 0) ? 1 : Math.sqrt(own / plain);
}
