import * as v from "valibot";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Circuits } from "../../shared/core/ports/circuits.ts";
import { type BreakerPolicy, BreakerPolicySchema } from "../../shared/core/traffic/breaker/policy.ts";
import { memoryCircuits } from "../../shared/edge/memory-circuits.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { sharedBreakers } from "../../shared/shell/breakers.ts";
import { transitionJournal } from "../../shared/shell/breakers-record.ts";
import type { Breakers, BreakersOptions, SharedBreaker } from "../../shared/shell/breakers-types.ts";

export const START = 1_767_571_200_000;

/** mulberry32: the same draws in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const policyOf = (input: unknown): BreakerPolicy => v.parse(BreakerPolicySchema, input);

/** Environments that share one store in virtual time. */
export interface World {
  readonly clock: { now: number };
  readonly circuits: Circuits;
  readonly asked: { load: number; add: number; change: number };
  /** The store: answers, refuses, or never answers. */
  store: "up" | "down" | "silent";
  readonly records: () => Promise<readonly DecisionRecord[]>;
  readonly environment: (name: string, more?: Partial<BreakersOptions>, skewMs?: number) => Breakers;
}

export function world(policy: BreakerPolicy, seed = 1): World {
  const clock = { now: START };
  const inner = memoryCircuits(() => clock.now);
  const asked = { load: 0, add: 0, change: 0 };
  const journal = memoryJournal();
  const random = seeded(seed);
  const through = async <T>(what: keyof typeof asked, call: () => Promise<T>): Promise<T> => {
    asked[what] += 1;
    if (self.store === "silent") return new Promise<T>(() => {});
    if (self.store === "down") throw new Error("connect ECONNREFUSED");
    return call();
  };
  const circuits: Circuits = {
    ...inner,
    load: (key) => through("load", () => inner.load(key)),
    add: (key, delta) => through("add", () => inner.add(key, delta)),
    change: (...args) => through("change", () => inner.change(...args)),
  };
  const self: World = {
    clock,
    circuits,
    asked,
    store: "up",
    records: async () => (await journal.list({ tenant: "default", limit: 500 })).items.toReversed(),
    environment: (name, more = {}, skewMs = 0) => {
      const { made } = transitionJournal(journal);
      return sharedBreakers({
        circuits,
        tenant: "default",
        policyOf: () => policy,
        now: () => clock.now + skewMs,
        wallNow: () => clock.now + skewMs,
        random,
        environment: name,
        onTransition: made,
        // Silence is over at once: virtual time does not pass while somebody waits.
        wait: () => ({
          done: self.store === "silent" ? Promise.resolve() : new Promise(() => {}),
          cancel: () => {},
        }),
        ...more,
      });
    },
  };
  return self;
}

export class Broken extends Error {}

/** One call; true: it reached the other side. */
export async function call(breaker: SharedBreaker, ok: boolean): Promise<"ok" | "failed" | "refused"> {
  let reached = false;
  try {
    await breaker.run(async () => {
      reached = true;
      if (!ok) throw new Broken("503");
    });
    return "ok";
  } catch {
    return reached ? "failed" : "refused";
  }
}
