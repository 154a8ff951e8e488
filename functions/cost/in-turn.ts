import type { CostWork } from "./context.ts";

const turns = new WeakMap<object, Map<string, Promise<unknown>>>();

/** One after the other for each source of a tenant in this process: the second finds what the first was answered, and pays nothing. */
export function inTurn<Result>(work: CostWork, source: string, ask: () => Promise<Result>): Promise<Result> {
  const { objects } = work.runtime;
  const known = turns.get(objects) ?? new Map<string, Promise<unknown>>();
  turns.set(objects, known);
  const key = `${work.prefix}${source}`;
  const before = known.get(key);
  const mine = before ? before.then(ask) : ask();
  // Whoever comes next waits for the end of it, good or bad.
  const over = mine
    .catch(() => undefined)
    .finally(() => {
      if (known.get(key) === over) known.delete(key);
    });
  known.set(key, over);
  return mine;
}
