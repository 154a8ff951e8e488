/** Paid for each task the oracle starts: the middle of the model's 60..90 s start delay. */
const START_SECONDS = 75;
const EPSILON = 1e-9;

/**
 * Task-hours of perfect foresight: exactly the tasks each minute needs within [min, max], each held through dips of one
 * minute (a dip is filled to its lower neighbour), plus 75 s for each start. The measure all costs are divided by.
 */
export function oracleTaskHours(
  arrivals: Float64Array,
  bounds: { readonly min: number; readonly max: number },
  fromMinute: number,
): number {
  const need = Array.from(arrivals, (work) => Math.min(bounds.max, Math.max(bounds.min, Math.ceil(work - EPSILON))));
  let tasks = 0;
  let starts = 0;
  let before: number | undefined;
  for (let minute = fromMinute; minute < need.length; minute += 1) {
    const count = filled(need, minute);
    tasks += count;
    if (before !== undefined && count > before) starts += count - before;
    before = count;
  }
  return tasks / 60 + (starts * START_SECONDS) / 3600;
}

function filled(need: readonly number[], minute: number): number {
  const own = need[minute] as number;
  const left = need[minute - 1];
  const right = need[minute + 1];
  return left !== undefined && right !== undefined && own < left && own < right ? Math.min(left, right) : own;
}
