import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fleet, FleetStatus, ServiceRef } from "../shared/core/ports/fleet.ts";
import type { Journal } from "../shared/core/ports/journal.ts";
import type { Objects } from "../shared/core/ports/objects.ts";
import type { Samples } from "../shared/core/ports/samples.ts";
import type { Store } from "../shared/core/ports/store.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import { createTelemetry } from "../shared/shell/telemetry-create.ts";

/** Everything a function needs, from given parts; telemetry counts but writes nothing. */
export function benchRuntime(
  now: () => number,
  parts: { store: Store; journal: Journal; fleet?: Fleet; samples?: Samples; objects?: Objects },
): Runtime {
  const absent = (name: string): never => {
    throw new Error(`this bench has no ${name}`);
  };
  return {
    now,
    speed: 1,
    random: Math.random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    store: parts.store,
    journal: parts.journal,
    objects: parts.objects ?? absentPart<Objects>("objects", absent),
    fleet: parts.fleet ?? absentPart<Fleet>("fleet", absent),
    samples: parts.samples ?? absentPart<Samples>("samples", absent),
    timers: { wake: async () => undefined },
    telemetry: createTelemetry({ service: "headgate-bench", write: () => undefined }),
  };
}

function absentPart<T extends object>(name: string, absent: (name: string) => never): T {
  return new Proxy({} as T, { get: () => absent(name) });
}

/** Services in memory: counts follow at once. */
export function memoryFleet(counts: Map<string, number>, now: () => number): Fleet {
  const status = (count: number): FleetStatus => ({
    desired: count,
    pending: 0,
    running: count,
    ready: count,
    deploying: false,
    instances: [],
    at: now(),
  });
  return {
    async describe(services: readonly ServiceRef[]) {
      return new Map(
        services.flatMap(({ name }) => (counts.has(name) ? [[name, status(counts.get(name) as number)] as const] : [])),
      );
    },
    async setDesired(service, request) {
      const actual = counts.get(service.name);
      if (actual === undefined) return { status: "refused", why: "unknown service" };
      if (actual !== request.expected && actual !== request.desired) return { status: "superseded", actual };
      counts.set(service.name, request.desired);
      return { status: "accepted", changed: actual !== request.desired, desired: request.desired };
    },
  };
}

/** The same value for every period and service. */
export function constantSamples(value: number): Samples {
  return {
    async read(queries) {
      return queries.map((query) => {
        const points = [];
        for (let at = query.from; at < query.to; at += query.periodMs) points.push({ at, value });
        return { id: query.id, points, status: "complete" as const, source: "bench" };
      });
    },
  };
}

/** Runs with a folder of its own, which is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
