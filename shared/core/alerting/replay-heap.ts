/** Items by time, earliest first, those of one instant in the order they came. */
export interface Agenda<T> {
  push(at: number, item: T): void;
  /** The earliest instant. */
  readonly next: number | undefined;
  pop(): T | undefined;
}

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly item: T;
}

const before = <T>(a: Entry<T>, b: Entry<T>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap. */
export function agenda<T>(): Agenda<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  const swap = (a: number, b: number): void => {
    const one = heap[a] as Entry<T>;
    heap[a] = heap[b] as Entry<T>;
    heap[b] = one;
  };
  const least = (a: number, b: number): number =>
    b < heap.length && before(heap[b] as Entry<T>, heap[a] as Entry<T>) ? b : a;
  return {
    push(at, item) {
      let index = heap.push({ at, order, item }) - 1;
      order += 1;
      for (let parent = (index - 1) >> 1; index > 0; parent = (index - 1) >> 1) {
        if (!before(heap[index] as Entry<T>, heap[parent] as Entry<T>)) break;
        swap(index, parent);
        index = parent;
      }
    },
    get next() {
      return heap[0]?.at;
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length > 0 && last) {
        heap[0] = last;
        for (let index = 0; ; ) {
          const child = least(least(index, 2 * index + 1), 2 * index + 2);
          if (child === index) break;
          swap(index, child);
          index = child;
        }
      }
      return first?.item;
    },
  };
}
