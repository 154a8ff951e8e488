import type { Counts, CountsInterval, VersionCounts } from "../../shared/core/ports/counts.ts";

export const TICK = 30_000;

type Served = (version: string, at: number) => VersionCounts | undefined;

/** Counts by version as a function of time says; complete up to now. */
export function countsBy(served: Served, every = TICK): Counts {
  return {
    settledUntil: (now) => now,
    read: async ({ versions, from, to }) => {
      const intervals: CountsInterval[] = [];
      for (let at = from; at < to; at += every) {
        const known = versions.flatMap((version) => {
          const counts = served(version, at);
          return counts ? [[version, counts] as const] : [];
        });
        intervals.push({ at, versions: Object.fromEntries(known) });
      }
      return intervals;
    },
  };
}

/** A version with so many errors and slow requests of a thousand, a little up and down. */
export const steady = (at: number, errors: number, slow = 10): VersionCounts => {
  const wave = (at / TICK) % 2 === 0 ? 1 : -1;
  return { requests: 1000, errors: Math.max(0, errors + wave), slow: slow - wave };
};

export const DELIVERY = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
delivery:
  orders:
    strategy: canary
    ecs:
      cluster: data
      slots: { blue: orders-blue, green: orders-green }
`;
