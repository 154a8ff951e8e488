/** Lets so many through at once; the others wait in their order. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function gate(most: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  let first = 0;
  const leave = () => {
    const next = waiting[first];
    if (next === undefined) {
      inside -= 1;
      return;
    }
    // The place goes on to who has waited longest. A list that shrinks from its front would be copied each time.
    first += 1;
    if (first === waiting.length || first > 1_024) {
      waiting.splice(0, first);
      first = 0;
    }
    next();
  };
  return async (work) => {
    if (inside < most) inside += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
