import type { Random } from "./balance/random.ts";

/** Draws that can be looked at first: what was drawn while looking comes again in the next picks. */
export interface Stash extends Random {
  peek<T>(look: () => T): T;
}

export function stashOf(random: Random): Stash {
  const drawn: number[] = [];
  let used = 0;
  let peeking = false;
  // Not bound: bound functions are called slowly. Generators are closures (`randomOf`).
  const draw = random.next;
  const look = () => {
    if (used === drawn.length) drawn.push(draw());
    const value = drawn[used] as number;
    used += 1;
    return value;
  };
  const repeat = () => {
    const value = drawn.shift() as number;
    if (drawn.length === 0) stash.next = draw;
    return value;
  };
  // Picks draw twice and more: while nothing is kept they draw without a look at what is.
  const stash = {
    next: draw,
    peek<T>(looking: () => T): T {
      if (peeking) return looking();
      peeking = true;
      used = 0;
      stash.next = look;
      try {
        return looking();
      } finally {
        peeking = false;
        stash.next = drawn.length === 0 ? draw : repeat;
      }
    },
  };
  return stash;
}
