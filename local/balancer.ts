import type { Backend } from "./process-group.ts";

/** Chooses among the ready instances of one service, and keeps away for a while from one that cannot be connected to. */
export interface Balancer {
  /** Fewest requests in flight, round robin among equals; undefined when there is none. */
  pick(backends: readonly Backend[], not?: string): Backend | undefined;
  begin(id: string): void;
  end(id: string): void;
  /** Connecting failed: passed over for a second, twice as long each time in a row, at most ten. */
  eject(id: string): void;
  /** It answered: no longer ejected. */
  sound(id: string): void;
  inFlight(id: string): number;
  /** Ends when nothing is in flight on the instance. */
  idle(id: string): Promise<void>;
}

const EJECT_FIRST_MS = 1000;
const EJECT_MOST_MS = 10_000;

interface Ejection {
  readonly until: number;
  readonly times: number;
}

/** @param most requests in flight on one instance; above that the caller has to queue */
export function balancer(most: number, nowMs: () => number = Date.now): Balancer {
  const outstanding = new Map<string, number>();
  const ejections = new Map<string, Ejection>();
  const waiting = new Map<string, (() => void)[]>();
  let turn = 0;

  const best = (backends: readonly Backend[], not: string | undefined, ejectedToo: boolean): Backend | undefined => {
    let found: Backend | undefined;
    let fewest = most;
    for (let step = 0; step < backends.length; step++) {
      const one = backends[(turn + step) % backends.length];
      if (!one || one.id === not) continue;
      if (!ejectedToo && (ejections.get(one.id)?.until ?? 0) > nowMs()) continue;
      const load = outstanding.get(one.id) ?? 0;
      if (load < fewest) {
        found = one;
        fewest = load;
      }
    }
    return found;
  };

  return {
    pick: (backends, not) => {
      // With everything ejected, trying is better than refusing: the ejections may be out of date.
      const found = best(backends, not, false) ?? best(backends, not, true);
      turn = (turn + 1) % 1_000_000_007;
      return found;
    },
    begin: (id) => void outstanding.set(id, (outstanding.get(id) ?? 0) + 1),
    end: (id) => {
      const left = (outstanding.get(id) ?? 1) - 1;
      if (left > 0) {
        outstanding.set(id, left);
        return;
      }
      outstanding.delete(id);
      for (const resolve of waiting.get(id) ?? []) resolve();
      waiting.delete(id);
    },
    eject: (id) => {
      const times = (ejections.get(id)?.times ?? 0) + 1;
      ejections.set(id, { times, until: nowMs() + Math.min(EJECT_MOST_MS, EJECT_FIRST_MS * 2 ** (times - 1)) });
    },
    sound: (id) => void ejections.delete(id),
    inFlight: (id) => outstanding.get(id) ?? 0,
    idle: (id) =>
      outstanding.has(id)
        ? new Promise((resolve) => waiting.set(id, [...(waiting.get(id) ?? []), resolve]))
        : Promise.resolve(),
  };
}
