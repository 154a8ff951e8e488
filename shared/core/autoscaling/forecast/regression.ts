/** Numbers that one minute is described by. */
export const FEATURES = 12;

/** Index of the short average: it predicts on its own while there is little history. */
export const SHORT_AVERAGE = 2;
const FORGETTING = 0.9998;
const START_VARIANCE = 0.02;
/** Without a bound the covariance of a feature that does not move grows for ever. */
const MOST_VARIANCE = 50;

/** Weights of a linear forecast, learned minute by minute by recursive least squares. */
export interface Regression {
  readonly weights: Float64Array;
  /** Covariance of the weights, row by row. */
  readonly covariance: Float64Array;
  /** Working room of one step. */
  readonly gain: Float64Array;
}

export function regression(): Regression {
  const weights = new Float64Array(FEATURES);
  weights[SHORT_AVERAGE] = 1;
  const covariance = new Float64Array(FEATURES * FEATURES);
  for (let index = 0; index < FEATURES; index += 1) covariance[index * (FEATURES + 1)] = START_VARIANCE;
  return { weights, covariance, gain: new Float64Array(FEATURES) };
}

/** Weights times the features that start at `at`. */
export function predict({ weights }: Regression, features: Float64Array, at: number): number {
  let sum = 0;
  for (let index = 0; index < FEATURES; index += 1)
    sum += (weights[index] as number) * (features[at + index] as number);
  return sum;
}

/** One step of recursive least squares with forgetting: `error` is what the weights of now would have missed by. */
export function learn(
  { weights, covariance, gain }: Regression,
  features: Float64Array,
  at: number,
  error: number,
): void {
  let scale = FORGETTING;
  for (let row = 0; row < FEATURES; row += 1) {
    let sum = 0;
    for (let column = 0; column < FEATURES; column += 1)
      sum += (covariance[row * FEATURES + column] as number) * (features[at + column] as number);
    gain[row] = sum;
    scale += sum * (features[at + row] as number);
  }
  let largest = 0;
  for (let row = 0; row < FEATURES; row += 1) {
    const own = gain[row] as number;
    weights[row] = (weights[row] as number) + (own * error) / scale;
    const part = own / scale;
    for (let column = 0; column < FEATURES; column += 1) {
      const index = row * FEATURES + column;
      covariance[index] = ((covariance[index] as number) - part * (gain[column] as number)) / FORGETTING;
    }
    largest = Math.max(largest, covariance[row * (FEATURES + 1)] as number);
  }
  if (largest <= MOST_VARIANCE) return;
  const down = MOST_VARIANCE / largest;
  for (let index = 0; index < covariance.length; index += 1) covariance[index] = (covariance[index] as number) * down;
}
