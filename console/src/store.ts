import { useLayoutEffect, useState } from "preact/hooks";

/** A value that many parts of the page look at. */
export interface Observable<T> {
  get(): T;
  set(next: T): void;
  subscribe(listener: () => void): () => void;
}

/** Holds one value; listeners hear of a change, not of setting the same value again. */
export function observable<T>(initial: T): Observable<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** The value, and a new rendering when it changes. */
export function useObservable<T>(source: Observable<T>): T {
  const [value, setValue] = useState(source.get());
  useLayoutEffect(() => {
    const update = () => setValue(() => source.get());
    update();
    return source.subscribe(update);
  }, [source]);
  return value;
}
