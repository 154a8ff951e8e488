import type { Store } from "../../shared/core/ports/store.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { silentTelemetry } from "../shell/telemetry.ts";

export const TENANT = "default";

/** A service with nothing, and one whose backends stand in the file. */
export const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
traffic:
  orders: { lease: 90s }
  fixed:
    balance: maglev
    backends:
      - { host: 10.0.0.1, port: 8080, version: v1 }
      - { host: 10.0.0.2, port: 8080, id: second, zone: a }
`;

/** The registry on memory, or on a store given, with a clock that moves when told to. */
export async function registryWorld(config = CONFIG, over: (runtime: Runtime) => Partial<Runtime> = () => ({})) {
  const clock = manualClock();
  const timers = memoryTimers({ now: clock.now });
  const writes: string[] = [];
  const counted = (store: Store): Store => ({
    ...store,
    write: (key, version, next) => {
      writes.push(`${key.noun} ${key.subject}`);
      return store.write(key, version, next);
    },
  });
  const random = seeded(7);
  const base: Runtime = {
    now: clock.now,
    speed: 1,
    random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 8)),
    store: memoryStore(clock.now),
    journal: memoryJournal(),
    objects: memoryObjects({ now: clock.now }),
    fleet: {} as Runtime["fleet"],
    samples: {} as Runtime["samples"],
    timers: timers.timers,
    telemetry: silentTelemetry(),
  };
  const given = { ...base, ...over(base) };
  const runtime: Runtime = { ...given, store: counted(given.store) };
  const apply = async (text: string) => {
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(runtime, TENANT, { ...parsed, text }, { by: "test" });
  };
  await apply(config);
  writes.length = 0;
  return { clock, timers, runtime, writes, apply };
}

export const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    host: `10.1.${(from + index) >> 8}.${(from + index) & 255}`,
    port: 80,
  }));

/** The code an action failed with, and the faults. */
export async function failure(work: Promise<unknown>): Promise<{ code: unknown; message: string; faults: unknown }> {
  try {
    await work;
  } catch (error) {
    const { code, message, faults } = error as { code: unknown; message: string; faults: unknown };
    return { code, message, faults };
  }
  throw new Error("it was done, and should have failed");
}
