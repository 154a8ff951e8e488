import { describe, expect, test } from "vitest";
import type { TrafficCaller } from "../../shared/shell/traffic-caller-types.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { backends, callersWorld } from "./loads-world.ts";

/** 20 environments, none of which sees the others, call ten hosts with a queue each. */
const ENVIRONMENTS = 20;
const HOSTS = 10;
const SERVICE_MS = 100;
const LOAD = 0.8;
const STALENESS_MS = 5_000;

interface Played {
  /** In mean service times. */
  readonly p99: number;
  /** Mean over time of the most loaded host's requests in flight over the mean of all hosts'. */
  readonly maxOverMean: number;
  readonly slowShare: number;
  readonly writes: number;
  readonly lists: number;
  readonly seconds: number;
  /** Longest age of what was known at a pick. */
  readonly oldest: number;
}

/** Open arrivals, exponential service, first in first out at each host, in virtual time. The first half is for learning and not counted. */
async function played(options: {
  readonly slow: number;
  readonly share: boolean;
  readonly calls: number;
  readonly balance: string;
}) {
  const { register, caller, clock, state } = callersWorld(11);
  await register(backends(HOSTS));
  const random = seeded(5);
  const draw = (mean: number) => -mean * Math.log(1 - random());
  const mean = (host: number) => (host < options.slow ? 5 * SERVICE_MS : SERVICE_MS);
  const capacity = Array.from({ length: HOSTS }, (_, host) => 1 / mean(host)).reduce((sum, one) => sum + one, 0);
  const policy = { balance: options.balance, breaker: "off" };
  const environments: TrafficCaller[] = Array.from({ length: ENVIRONMENTS }, (_, index) =>
    caller(`env-${index}`, policy, { shareLoads: options.share, stalenessMs: STALENESS_MS }),
  );
  const start = clock.now();
  const queues = Array.from({ length: HOSTS }, () => [] as (() => void)[]);
  const busyUntil = new Float64Array(HOSTS).fill(Number.POSITIVE_INFINITY);
  const times: number[] = [];
  let [sum, looks, slow, counted, oldest] = [0, 0, 0, 0, 0];
  let nextCall = start;
  for (let call = 0; call < options.calls; ) {
    const ends = Math.min(...busyUntil);
    if (ends <= nextCall) {
      const host = busyUntil.indexOf(ends);
      clock.set(ends);
      queues[host]?.shift()?.();
      busyUntil[host] = (queues[host]?.length ?? 0) > 0 ? ends + draw(mean(host)) : Number.POSITIVE_INFINITY;
    } else {
      clock.set(nextCall);
      call += 1;
      const late = call > options.calls / 2;
      const who = environments[Math.floor(random() * ENVIRONMENTS)] as TrafficCaller;
      const at = clock.now();
      void who.run({}, ({ id }) => {
        const host = Number(id.slice(1));
        if (late) {
          counted += 1;
          if (host < options.slow) slow += 1;
          oldest = Math.max(oldest, clock.now() - (who.look().knownAt ?? 0));
        }
        return new Promise<void>((resolve) => {
          queues[host]?.push(() => {
            if (late) times.push(clock.now() - at);
            resolve();
          });
          if (queues[host]?.length === 1) busyUntil[host] = clock.now() + draw(mean(host));
        });
      });
      if (late) {
        const inFlight = queues.map((queue) => queue.length);
        const all = inFlight.reduce((total, one) => total + one, 0);
        if (all > 0) {
          sum += (Math.max(...inFlight) * HOSTS) / all;
          looks += 1;
        }
      }
      nextCall += draw(1 / (capacity * LOAD));
    }
    // What was resolved goes on before the clock does.
    await new Promise(setImmediate);
  }
  times.sort((a, b) => a - b);
  return {
    p99: (times[Math.floor(times.length * 0.99)] ?? 0) / SERVICE_MS,
    maxOverMean: sum / looks,
    slowShare: slow / counted,
    writes: state.writes,
    lists: state.lists,
    seconds: (clock.now() - start) / 1_000,
    oldest,
  } satisfies Played;
}

describe("20 environments in front of ten hosts at 80 % load", () => {
  test("two hosts five times as slow: what is shared brings the slowest hundredth to a third, at bounded staleness and cost", async () => {
    const calls = 5_000;
    const alone = await played({ slow: 2, share: false, calls, balance: "least_connections" });
    const shared = await played({ slow: 2, share: true, calls, balance: "least_connections" });
    expect(shared.p99).toBeLessThan(alone.p99 / 3);
    expect(shared.maxOverMean).toBeLessThan(alone.maxOverMean * 0.85);
    expect(shared.slowShare).toBeLessThan(alone.slowShare);
    expect(shared.oldest).toBeLessThanOrEqual(STALENESS_MS);
    // Each environment writes once in a staleness (with its jitter), and reads three lists.
    const turns = shared.seconds / (STALENESS_MS / 1_000);
    expect(shared.writes).toBeLessThanOrEqual(ENVIRONMENTS * turns * 1.25);
    expect(shared.lists).toBeLessThanOrEqual(3 * ENVIRONMENTS * (turns * 1.25 + 1));
    expect(alone.writes).toBe(0);
  });

  test("equal hosts: going by what is seconds old does no harm to speak of", async () => {
    const calls = 3_000;
    const alone = await played({ slow: 0, share: false, calls, balance: "least_connections" });
    const shared = await played({ slow: 0, share: true, calls, balance: "least_connections" });
    expect(shared.p99).toBeLessThan(alone.p99 * 1.35);
    expect(shared.maxOverMean).toBeLessThan(alone.maxOverMean * 1.15);
  });
});
