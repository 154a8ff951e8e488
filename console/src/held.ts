import { useRef, useState } from "preact/hooks";

/**
 * A list that never moves under the pointer: while it is held, what is new waits and is only counted. Rows that are
 * already shown are still brought up to date in place.
 */
export function useHeld<T>(
  items: readonly T[],
  id: (item: T) => string,
): {
  readonly shown: readonly T[];
  readonly waiting: number;
  readonly release: () => void;
  readonly hold: { readonly onPointerEnter: () => void; readonly onPointerLeave: () => void };
} {
  const [held, setHeld] = useState(false);
  const shown = useRef(items);
  let waiting = 0;
  if (held && shown.current.length > 0) {
    const fresh = new Map(items.map((item) => [id(item), item]));
    const known = new Set(shown.current.map(id));
    waiting = items.filter((item) => !known.has(id(item))).length;
    shown.current = shown.current.map((item) => fresh.get(id(item)) ?? item);
  } else {
    shown.current = items;
  }
  return {
    shown: shown.current,
    waiting,
    release: () => {
      shown.current = items;
      setHeld(false);
    },
    hold: { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false) },
  };
}

/**
 * A value that stands still while the pointer is over what shows it: a mark on a moving axis cannot be clicked. Another
 * `key` is another thing and is shown at once, and so is the first value that holds anything.
 */
export function useStill<T extends { readonly view: unknown }>(value: T, key: string) {
  const [held, setHeld] = useState(false);
  const shown = useRef({ value, key });
  if (!held || shown.current.key !== key || shown.current.value.view === undefined) shown.current = { value, key };
  return {
    value: shown.current.value,
    hold: { onPointerEnter: () => setHeld(true), onPointerLeave: () => setHeld(false) },
  };
}
