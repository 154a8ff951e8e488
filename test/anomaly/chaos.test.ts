import fc from "fast-check";
import { expect, it } from "vitest";
import { packOf } from "../../functions/anomaly/baselines.ts";
import { unpack } from "../../shared/core/anomaly/pack.ts";
import type { AnomalyState } from "../../shared/core/anomaly/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE } from "../api/kit.ts";
import { config, FOUR, scored, signals, tenant } from "./scoring-world.ts";

const MINUTES = 60;
/** Spikes that open, go on and end while all of this happens. */
const shown = (minute: number): Record<string, number> => {
  if (minute === 3 || minute === 5 || minute === 31) return { "orders/latency": 900 + 300 * minute };
  return minute === 7 ? { "orders/traffic": 1 } : {};
};

/** Fails the n-th call of a port from now on, before it is carried out or after: the worker dies, and is told nothing or too late. */
function dying(runtime: Runtime, at: number, performed: boolean): Runtime {
  let calls = 0;
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    const dead = calls >= at;
    if (dead && !(performed && calls === at)) throw new HeadgateError("store.unavailable", "dead", { retryable: true });
    const result = await work();
    if (dead) throw new HeadgateError("store.unavailable", "dead", { retryable: true });
    return result;
  };
  const { store, objects, journal, alerts } = runtime;
  return {
    ...runtime,
    store: {
      ...store,
      load: (key) => guard(() => store.load(key)),
      write: (key, version, next) => guard(() => store.write(key, version, next)),
    },
    objects: {
      ...objects,
      get: (key, range) => guard(() => objects.get(key, range)),
      put: (key, body, options) => guard(() => objects.put(key, body, options)),
      remove: (key) => guard(() => objects.remove(key)),
    },
    journal: {
      ...journal,
      append: (record) => guard(() => journal.append(record)),
      outcome: (owner, id, outcome) => guard(() => journal.outcome(owner, id, outcome)),
    },
    ...(alerts ? { alerts: { send: (owner, some) => guard(() => alerts.send(owner, some)) } } : {}),
  };
}

interface Death {
  readonly minute: number;
  readonly at: number;
  readonly performed: boolean;
}

/** An hour of scoring in which workers die; then one that lives scores what is left. What is known afterwards. */
async function hour(text: string, deaths: readonly Death[]) {
  const w = await scored(text);
  for (let minute = 0; minute < MINUTES; minute += 1) {
    w.measure(w.clock.now(), shown(minute));
    w.clock.advance(MINUTE);
    const death = deaths.find((one) => one.minute === minute);
    await w.score(death ? dying(w.runtime, death.at, death.performed) : w.runtime).catch((error: unknown) => {
      if (!(error instanceof HeadgateError)) throw error;
    });
  }
  // Leases of the dead run out, and what they left undone is done.
  w.clock.advance(10 * MINUTE);
  await w.score();
  w.clock.advance(MINUTE);
  await w.score();
  const stored = await w.store.load({ tenant, noun: "anomaly", subject: "orders" });
  const state = stored?.state as unknown as AnomalyState;
  const bytes = await packOf(w.runtime, await w.item());
  return {
    pending: stored?.pending,
    anomalies: [...state.past, ...Object.entries(state.open).map(([signal, one]) => ({ signal, ...one }))].map(
      ({ facts: _, ...one }) => one,
    ),
    counts: state.counts,
    series: bytes && unpack(bytes),
    ended: new Set(
      w.sent.flatMap(({ labels, startsAt, endsAt }) =>
        state.past.some((one) => one.signal === labels["signal"] && one.since === startsAt && one.until === endsAt)
          ? [`${labels["signal"]}@${startsAt}`]
          : [],
      ),
    ),
  };
}

const deaths = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: MINUTES - 1 }),
    at: fc.integer({ min: 1, max: 24 }),
    performed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

it.each([
  ["in one object", FOUR],
  ["in the item", config(["orders", `{ signals: { ${signals("latency", "traffic")} } }`])],
])("baselines %s: wherever workers die, detectors and anomalies end as if none had", async (_, text) => {
  const alive = await hour(text, []);
  expect(alive.counts.opened).toBeGreaterThan(1);
  expect(alive.counts.ended).toBe(alive.counts.opened);
  await fc.assert(
    fc.asyncProperty(deaths, async (some) => {
      const after = await hour(text, some);
      expect(after.pending).toBeUndefined();
      expect(after.anomalies).toEqual(alive.anomalies);
      expect(after.counts).toEqual(alive.counts);
      expect(after.series).toEqual(alive.series);
      expect(after.ended).toEqual(alive.ended);
    }),
    { numRuns: 6 },
  );
});
