import type { World } from "./model.ts";

/** Errors jitter by 30 %, latencies by 5 %, each arm's own in each tick. */
export const OVERDISPERSED = { errorJitter: 0.3, latencyJitter: 0.05 } as const satisfies World;

/** Good releases in every kind of world that must not fail them. */
export const KINDS: readonly (readonly [name: string, world: World])[] = [
  ["plain", {}],
  ["overdispersed", OVERDISPERSED],
  ["shared 5x incident, load drifts", { incident: true }],
  ["diurnal drift ±50 % over 80 min", { drift: 160 }],
  ["autocorrelated, shared", { wander: "shared" }],
  ["autocorrelated, each arm's own", { wander: "own" }],
  ["autocorrelated errors only, each arm's own", { wander: "own", wanderOf: "errors" }],
];

/** What is changed in all of them. */
export const CIRCUMSTANCES: readonly (readonly [name: string, change: World, bar: number])[] = [
  ["60 ticks of history", {}, 3],
  ["with a 30 min bake", { ticks: 80 }, 3.5],
  ["no history", { history: 0 }, 3.5],
  ["5 ticks of history", { history: 5 }, 3.5],
  ["20 ticks of history", { history: 20 }, 3.5],
  ["10,000 requests a tick", { canary: 10_000, baseline: 10_000 }, 3.5],
];
