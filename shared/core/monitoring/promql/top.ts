import { type Context, invalid, spend } from "./context.ts";
import type { Groups } from "./group-rows.ts";
import { blank, EMPTY, type Vectors } from "./vectors.ts";

/** A heap entry: a row and its value at the step. */
interface Entry {
  readonly row: number;
  readonly value: number;
}

/** Which of two leaves the heap first: NaN, then the smaller (topk) or the larger (bottomk). */
const before =
  (sign: 1 | -1) =>
  (a: Entry, b: Entry): boolean =>
    Number.isNaN(a.value) || a.value * sign < b.value * sign;

type Before = ReturnType<typeof before>;

/** container/heap of Go, so that of equal values the same ones stay. */
function up(heap: Entry[], less: Before): void {
  for (let child = heap.length - 1; child > 0; ) {
    const parent = (child - 1) >> 1;
    if (!less(heap[child] as Entry, heap[parent] as Entry)) return;
    swap(heap, parent, child);
    child = parent;
  }
}

function down(heap: Entry[], less: Before, size: number): void {
  for (let parent = 0; ; ) {
    const left = 2 * parent + 1;
    if (left >= size) return;
    const right = left + 1;
    const child = right < size && less(heap[right] as Entry, heap[left] as Entry) ? right : left;
    if (!less(heap[child] as Entry, heap[parent] as Entry)) return;
    swap(heap, parent, child);
    parent = child;
  }
}

function swap(heap: Entry[], a: number, b: number): void {
  const kept = heap[a] as Entry;
  heap[a] = heap[b] as Entry;
  heap[b] = kept;
}

function offer(heap: Entry[], entry: Entry, k: number, sign: 1 | -1, v2: boolean): void {
  const less = before(sign);
  const [root] = heap;
  if (!root || heap.length < k) {
    heap.push(entry);
    up(heap, less);
    return;
  }
  const better =
    root.value * sign < entry.value * sign || (Number.isNaN(root.value) && (v2 || !Number.isNaN(entry.value)));
  if (!better) return;
  if (!v2 || k === 1) {
    heap[0] = entry;
    down(heap, less, heap.length);
    return;
  }
  // Prometheus 2 takes the first out and pushes the new one, which leaves ties in another order.
  swap(heap, 0, heap.length - 1);
  down(heap, less, heap.length - 1);
  heap[heap.length - 1] = entry;
  up(heap, less);
}

const MOST = 2 ** 63;

/** k at a step; not a number, or too large for one, is an error of the query. */
function sizeAt(k: number): number {
  if (Number.isNaN(k)) throw invalid("Parameter value is NaN");
  if (k >= MOST || k <= -MOST) throw invalid(`Scalar value ${k} overflows int64`);
  return Math.trunc(k);
}

/**
 * topk, bottomk and limitk: k elements of each group, as they are. The instant query has topk and bottomk in order, the NaNs last;
 * limitk takes the first ones.
 */
export function selectK(
  op: "topk" | "bottomk" | "limitk",
  input: Vectors,
  groups: Groups,
  param: Float64Array,
  ctx: Context,
): Vectors {
  const sizes = Array.from(param, sizeAt);
  if (sizes.every((k) => k < 1)) return EMPTY;
  const { steps } = ctx;
  const sign = op === "bottomk" ? -1 : 1;
  const { values, present } = blank(ctx, input.labels.length);
  spend(ctx, input.labels.length);
  const order: number[] = [];
  for (let step = 0; step < steps; step++) {
    const heaps: Entry[][] = groups.labels.map(() => []);
    const k = sizes[step] as number;
    for (let row = 0; k >= 1 && row < input.labels.length; row++) {
      const cell = row * steps + step;
      if (!input.present[cell]) continue;
      const heap = heaps[groups.of[row] as number] as Entry[];
      const entry = { row, value: input.values[cell] as number };
      if (op !== "limitk") offer(heap, entry, k, sign, ctx.v2);
      else if (heap.length < k) heap.push(entry);
    }
    for (const heap of heaps) {
      if (op !== "limitk") heap.sort((a, b) => descending(a.value * sign, b.value * sign));
      for (const { row, value } of heap) {
        values[row * steps + step] = value;
        present[row * steps + step] = 1;
        order.push(row);
      }
    }
  }
  const all = { ...input, values, present };
  return steps === 1 ? ordered(all, order) : all;
}

/** Larger first, NaN last. */
export function descending(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a > b ? -1 : a < b ? 1 : 0;
}

/** The rows of a single step in this order; those that are not named are left out. */
export const ordered = (vectors: Vectors, order: readonly number[]): Vectors => ({
  labels: order.map((row) => vectors.labels[row] ?? {}),
  values: Float64Array.from(order, (row) => vectors.values[row] as number),
  present: Uint8Array.from(order, (row) => vectors.present[row] as number),
  oneName: vectors.oneName,
});
