import * as v from "valibot";
import type { Store } from "../../shared/core/ports/store.ts";
import { registrationOf } from "../../shared/core/traffic/registry.ts";
import { BackendSpec, ServiceTraffic } from "../../shared/core/traffic/section.ts";
import { memoryCircuits } from "../../shared/edge/memory-circuits.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { sharedBreakers } from "../../shared/shell/breakers.ts";
import { trafficCaller } from "../../shared/shell/traffic-caller.ts";
import type { CallerOptions } from "../../shared/shell/traffic-caller-types.ts";
import { BACKENDS_NOUN, CHECKS_NOUN, registrySubject } from "../../shared/shell/traffic-registry.ts";
import { manualClock } from "../fakes/clock.ts";
import { seeded } from "../shell/simulation/scheduler.ts";

export const TENANT = "default";
export const SERVICE = "orders";

/** A registry in memory, whose reads and writes are counted and can be made to fail, and callers of it, on one clock. */
export function callersWorld(seed = 7) {
  const clock = manualClock();
  const store = memoryStore(clock.now);
  const circuits = memoryCircuits(clock.now);
  const state = { down: false, lists: 0, writes: 0, bySubject: [] as string[] };
  const random = seeded(seed);
  const counted: Pick<Store, "list" | "write"> = {
    list: async (...given) => {
      state.lists += 1;
      if (state.down) throw new Error("the table is away");
      return store.list(...given);
    },
    write: async (...given) => {
      state.writes += 1;
      state.bySubject.push(given[0].subject);
      if (state.down) throw new Error("the table is away");
      return store.write(...given);
    },
  };
  const put = async (noun: string, subject: string, next: unknown) => {
    const key = { tenant: TENANT, noun, subject };
    const before = await store.load(key);
    await store.write(key, before?.version ?? 0, { state: next as never });
  };
  return {
    clock,
    store,
    state,
    random,
    /** Sets what is registered. */
    register: async (backends: readonly v.InferInput<typeof BackendSpec>[], more: object = {}) => {
      const byShard = Map.groupBy(backends, (one) => registrySubject(SERVICE, one.id ?? ""));
      for (let shard = 0; shard < 64; shard++) {
        const subject = `${SERVICE}/${shard}`;
        const list = (byShard.get(subject) ?? []).map((one) => ({
          ...registrationOf(v.parse(BackendSpec, one), { source: "api", at: 1 }),
          ...more,
        }));
        if (list.length > 0) await put(BACKENDS_NOUN, subject, { v: 1, backends: list });
        else {
          const key = { tenant: TENANT, noun: BACKENDS_NOUN, subject };
          const there = await store.load(key);
          if (there) await store.remove(key, there.version);
        }
      }
    },
    check: (id: string, healthy: boolean) =>
      put(CHECKS_NOUN, registrySubject(SERVICE, id), {
        v: 1,
        checks: { [id]: { healthy, failures: 0, successes: 0, checkedAt: 1, since: 1 } },
      }),
    caller: (environment: string, policy: object = {}, more: Partial<CallerOptions> = {}) => {
      const config = v.parse(ServiceTraffic, policy);
      const shared = { tenant: TENANT, environment, now: clock.now, random };
      const { breaker } = config;
      const breakers =
        breaker === "off"
          ? undefined
          : sharedBreakers({ ...shared, wallNow: clock.now, circuits, policyOf: () => breaker });
      return trafficCaller({
        ...shared,
        store: counted,
        service: SERVICE,
        config,
        ...(breakers ? { breakers } : {}),
        ...more,
      });
    },
  };
}

export const backends = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `b${index}`, host: `10.0.0.${index + 1}`, port: 80 }));
