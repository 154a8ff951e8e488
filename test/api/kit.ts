import { createKey } from "../../functions/access/keys.ts";
import { createApp } from "../../functions/api/app.ts";
import type { AccessMode, Scope } from "../../functions/api/context.ts";
import { createHub } from "../../functions/api/hub.ts";
import type { AlarmChanges, Alarms } from "../../shared/core/ports/alarms.ts";
import { memoryCircuits } from "../../shared/edge/memory-circuits.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryReleases } from "../../shared/edge/memory-releases.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryFleet } from "../fakes/memory-fleet.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { memorySamples } from "../fakes/memory-samples.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";

export const MINUTE = 60_000;

export const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
  plain: { ecs: { cluster: data, service: plain } }
autoscaling:
  orders: { min: 2, max: 10, policies: [{ type: instances }] }
  search: { min: 1, max: 4, mode: recommend, policies: [{ type: instances }] }
`;

/** A whole control plane in memory, with two services at 2 and 1 instances and nothing measured yet. */
export async function world(
  options: {
    readonly config?: string;
    readonly access?: AccessMode;
    readonly stream?: boolean;
    readonly heartbeatMs?: number;
    readonly keepSamples?: boolean;
    readonly writable?: () => Promise<void>;
  } = {},
) {
  const clock = manualClock();
  const store = memoryStore(clock.now);
  const journal = memoryJournal();
  const fleet = memoryFleet({ now: clock.now });
  const samples = memorySamples();
  const timers = memoryTimers({ now: clock.now });
  const lines: string[] = [];
  const hub = createHub();
  const reconciled: (readonly string[])[] = [];
  const none: AlarmChanges = { created: [], updated: [], removed: [], unchanged: 0 };
  const alarms: Alarms = {
    plan: async (_, wanted) => ({ ...none, created: wanted.map((one) => one.name) }),
    reconcile: async (_, wanted) => {
      reconciled.push(wanted.map((one) => one.name));
      return { ...none, created: wanted.map((one) => one.name) };
    },
  };
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const runtime: Runtime = {
    now: clock.now,
    speed: 1,
    random,
    sleep: async () => {},
    store,
    journal,
    circuits: memoryCircuits(clock.now),
    objects: memoryObjects({ now: clock.now }),
    fleet: fleet.fleet,
    releases: memoryReleases({ now: clock.now }).releases,
    samples: samples.samples,
    timers: timers.timers,
    alarms,
    telemetry: createTelemetry({ service: "headgate", write: (line) => void lines.push(line), random }),
    onDecision: hub.publish,
    ...(options.writable ? { writable: options.writable } : {}),
  };
  fleet.add("orders", 2);
  fleet.add("search", 1);
  fleet.add("plain", 3);
  const text = options.config ?? CONFIG;
  if (text !== "") {
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(runtime, "default", { ...parsed, text }, { by: "test" });
  }
  const app = createApp({
    runtime,
    access: options.access ?? "loopback",
    ...(options.stream === false ? {} : { hub }),
    ...(options.keepSamples ? { keepSamples: true } : {}),
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
  });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(`http://127.0.0.1:4180${path}`, {
      method,
      headers: {
        host: "127.0.0.1:4180",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    clock,
    store,
    journal,
    fleet,
    samples,
    timers,
    runtime,
    hub,
    lines,
    reconciled,
    app,
    call,
    get: (path: string, headers?: Record<string, string>) => call("GET", path, undefined, headers),
    post: (path: string, body: unknown = {}, headers?: Record<string, string>) => call("POST", path, body, headers),
    key: async (scope: Scope, tenant = "default") =>
      (await createKey(runtime, { tenant, name: `${scope}-key`, scope, by: "test" })).key,
    /** One whole period of measurements, ending now. */
    measure: (service: string, values: Readonly<Record<string, number>>) => {
      for (const [metric, value] of Object.entries(values)) samples.put(service, metric, clock.now() - MINUTE, value);
    },
  };
}

export type World = Awaited<ReturnType<typeof world>>;

// biome-ignore lint/suspicious/noExplicitAny: tests read answers member by member and fail where one is missing.
export type Answer = any;
