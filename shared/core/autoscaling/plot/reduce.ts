/** What one column of pixels shows of a series: no peak is lost, whatever the number of points. */
export interface Column {
  /** Share of the width at which it begins and ends, 0..1. */
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

/**
 * At most `most` columns of a series: each holds the smallest and the largest value of its points. Fewer points than columns stay as they are.
 * A value that is no number is passed over; a column of which nothing is known is left out.
 */
export function columns(values: ArrayLike<number>, most: number): readonly Column[] {
  const total = values.length;
  const count = Math.min(total, Math.max(1, Math.floor(most)));
  const found: Column[] = [];
  for (let column = 0; column < count; column += 1) {
    const from = Math.floor((column * total) / count);
    const to = Math.floor(((column + 1) * total) / count);
    let one: { first: number; last: number; min: number; max: number } | undefined;
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      if (!Number.isFinite(value)) continue;
      one ??= { first: value, last: value, min: value, max: value };
      one.last = value;
      if (value < one.min) one.min = value;
      if (value > one.max) one.max = value;
    }
    if (one) found.push({ from: from / total, to: to / total, ...one });
  }
  return found;
}

/** The largest value; 0 where none is known. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (Number.isFinite(value) && value > most) most = value;
  }
  return most;
}
