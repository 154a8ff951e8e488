import { localBreaker } from "../../shared/core/traffic/breaker/local.ts";
import type { BreakerPolicy } from "../../shared/core/traffic/breaker/policy.ts";
import { memoryCircuits } from "../../shared/edge/memory-circuits.ts";
import { sharedBreakers } from "../../shared/shell/breakers.ts";

const SECOND = 1_000;
const START = 1_767_571_200_000;

/** mulberry32: the same draws in every run. */
export function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The other side: from a second on this share of its calls fails. */
export interface Phase {
  readonly fromSecond: number;
  readonly failing: number;
}

export interface StoryOptions {
  readonly policy: BreakerPolicy;
  readonly environments: number;
  /** Calls per second of each environment, at random instants. */
  readonly callsPerSecond: number;
  readonly seconds: number;
  readonly phases: readonly Phase[];
  readonly seed: number;
}

export interface Told {
  /** Calls that reached the other side and failed. */
  readonly doomed: number;
  readonly served: number;
  readonly refused: number;
  /** Environments for which the last doomed call came so long after the first opening: the longest. */
  readonly lateMs: number;
  readonly reads: number;
  readonly writes: number;
}

interface Caller {
  call(fn: () => Promise<void>): Promise<void>;
}

/** Simulated environments that call one other side through its phases; `make` gives each its breaker. */
async function play(
  options: StoryOptions,
  clock: { now: number },
  callers: readonly Caller[],
  opened: () => number | undefined,
): Promise<Pick<Told, "doomed" | "served" | "refused" | "lateMs">> {
  const { phases, callsPerSecond, seconds } = options;
  const random = draws(options.seed);
  const gap = () => (-Math.log(1 - random()) * SECOND) / callsPerSecond;
  const next = callers.map(() => START + gap());
  const found = { doomed: 0, served: 0, refused: 0, lateMs: 0 };
  for (;;) {
    let who = 0;
    for (let index = 1; index < next.length; index += 1)
      if ((next[index] as number) < (next[who] as number)) who = index;
    const at = next[who] as number;
    if (at >= START + seconds * SECOND) return found;
    clock.now = at;
    next[who] = at + gap();
    const second = (at - START) / SECOND;
    const failing = phases.findLast(({ fromSecond }) => second >= fromSecond)?.failing ?? 0;
    const ok = random() >= failing;
    let reached = false;
    let late = false;
    const since = opened();
    await (callers[who] as Caller)
      .call(async () => {
        reached = true;
        // A probe is let through on purpose: with it that opening is over.
        late = since !== undefined && opened() === since;
        if (!ok) throw new Error("503");
      })
      .catch(() => {});
    if (!reached) found.refused += 1;
    else if (ok) found.served += 1;
    else {
      found.doomed += 1;
      if (late) found.lateMs = Math.max(found.lateMs, at - (since as number));
    }
  }
}

/** Every environment on its own, as breakers that live in memory are. */
export async function alone(options: StoryOptions): Promise<Told> {
  const clock = { now: START };
  const random = draws(options.seed + 1);
  const callers = Array.from({ length: options.environments }, () => {
    const breaker = localBreaker(options.policy, { now: () => clock.now, random });
    return { call: (fn: () => Promise<void>) => breaker.run(fn) };
  });
  return { ...(await play(options, clock, callers, () => undefined)), reads: 0, writes: 0 };
}

/** All of them on one circuit. `lateMs` counts from each opening until the next change. */
export async function together(options: StoryOptions): Promise<Told> {
  const clock = { now: START };
  const random = draws(options.seed + 1);
  const circuits = memoryCircuits(() => clock.now);
  let openedAt: number | undefined;
  const breakers = Array.from({ length: options.environments }, (_, nth) =>
    sharedBreakers({
      circuits,
      tenant: "default",
      policyOf: () => options.policy,
      now: () => clock.now,
      wallNow: () => clock.now,
      random,
      environment: `environment-${nth}`,
      onTransition: ({ step, at }) => {
        openedAt = step.state.circuit.status === "open" ? at : undefined;
      },
    }),
  );
  const callers = breakers.map((one) => ({ call: (fn: () => Promise<void>) => one.get("payments").run(fn) }));
  const told = await play(options, clock, callers, () => openedAt);
  const stats = breakers.map((one) => one.stats());
  return {
    ...told,
    reads: stats.reduce((sum, { read }) => sum + read, 0),
    writes: stats.reduce((sum, { write }) => sum + write, 0),
  };
}
