/** Errors of the newest four days count. */
export const POOL_MINUTES = 5760;
/** With fewer, the tail is taken from a normal distribution. */
export const FEWEST = 300;
/** Entries of the table that stands for a pool: square spacing puts most of them where the price decides. */
export const TABLE = 101;
/** The tables are made anew every hour. */
export const REFRESH_MINUTES = 60;

/** Where the load was when a forecast was issued: below its average of the last hour, or above. What follows differs: a burst ends, a lull does too. */
export type Side = 0 | 1;

/** Some of the errors in ascending order, as of the last refresh. */
export interface Pool {
  /** The first `size` count. */
  sorted: Float32Array;
  spare: Float32Array;
  size: number;
  table: readonly number[];
}

/** Own past errors over the spread that was given with each forecast, in the order of time and in the order of size. */
export interface Errors {
  /** Rings by minute; NaN: unknown. One minute more than the pool, which includes both ends, and those until the next refresh. */
  readonly ring: Float32Array;
  readonly sides: Uint8Array;
  readonly all: Pool;
  /** Of forecasts that were issued below, and above the average. */
  readonly bySide: readonly [below: Pool, above: Pool];
  /** First and last minute of the pools; −1: none yet. */
  from: number;
  to: number;
}

const RING = POOL_MINUTES + REFRESH_MINUTES + 1;

const pool = (): Pool => ({ sorted: new Float32Array(RING), spare: new Float32Array(RING), size: 0, table: [] });

export function errors(): Errors {
  return {
    ring: new Float32Array(RING).fill(Number.NaN),
    sides: new Uint8Array(RING),
    all: pool(),
    bySide: [pool(), pool()],
    from: -1,
    to: -1,
  };
}

/** Notes the error of minute `t`, with where the load was when that minute was forecast. Each minute is noted once, in order. */
export function note({ ring, sides }: Errors, t: number, error: number, side: Side): void {
  ring[t % RING] = error;
  sides[t % RING] = side;
}

/** The table to go by: of the same side, or of all errors while that side has too few. */
export function tableFor({ all, bySide }: Errors, side: Side): readonly number[] {
  const own = bySide[side].table;
  return own.length > 0 ? own : all.table;
}

/** Takes the errors of minutes `from`..`to` as the pools. What left and what came is sorted and merged: a whole sort each hour is dear. */
export function refresh(errors: Errors, from: number, to: number): void {
  const first = errors.to < 0;
  const came = [first ? from : errors.to + 1, to] as const;
  const left = first ? undefined : ([errors.from, from - 1] as const);
  renew(errors, errors.all, came, left, undefined);
  renew(errors, errors.bySide[0], came, left, 0);
  renew(errors, errors.bySide[1], came, left, 1);
  errors.from = from;
  errors.to = to;
}

/** The pools as they were at the last refresh, made of the rings alone. */
export function restore(errors: Errors, from: number, to: number): void {
  if (to >= 0) refresh(errors, from, to);
}

type Span = readonly [from: number, to: number];

function renew(errors: Errors, pool: Pool, came: Span, left: Span | undefined, side: Side | undefined): void {
  merge(pool, slice(errors, came, side), left ? slice(errors, left, side) : new Float32Array(0));
  pool.table = tableOf(pool.sorted, pool.size);
}

function slice({ ring, sides }: Errors, [from, to]: Span, side: Side | undefined): Float32Array {
  const part = new Float32Array(Math.max(0, to - from + 1));
  let size = 0;
  for (let t = from; t <= to; t += 1) {
    const error = ring[t % RING] as number;
    if (!Number.isNaN(error) && (side === undefined || sides[t % RING] === side)) part[size++] = error;
  }
  return part.subarray(0, size).sort();
}

function merge(pool: Pool, came: Float32Array, left: Float32Array): void {
  const { sorted, spare, size } = pool;
  let gone = 0;
  let added = 0;
  let next = 0;
  for (let index = 0; index < size; index += 1) {
    const value = sorted[index] as number;
    if (gone < left.length && value === left[gone]) {
      gone += 1;
      continue;
    }
    while (added < came.length && (came[added] as number) <= value) spare[next++] = came[added++] as number;
    spare[next++] = value;
  }
  while (added < came.length) spare[next++] = came[added++] as number;
  pool.sorted = spare;
  pool.spare = sorted;
  pool.size = next;
}

/** {@link Forecast.errors} of a pool in ascending order: four digits are more than an error is known by. */
export function tableOf(sorted: Float32Array | Float64Array, size: number): readonly number[] {
  if (size < FEWEST) return [];
  const table: number[] = [];
  for (let entry = 0; entry < TABLE; entry += 1) {
    const share = (entry / (TABLE - 1)) ** 2;
    const at = (1 - share) * (size - 1);
    const low = Math.floor(at);
    const value = sorted[low] as number;
    const above = sorted[Math.min(size - 1, low + 1)] as number;
    table.push(Math.round((value + (above - value) * (at - low)) * 1e4) / 1e4 + 0);
  }
  return table;
}
