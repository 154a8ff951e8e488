import { evaluateServices } from "../functions/autoscaling/evaluate.ts";
import { builtinPolicies } from "../shared/core/autoscaling/backtest/builtin.ts";
import { autoscaling } from "../shared/core/autoscaling/machine.ts";
import { metricsNeeded } from "../shared/core/autoscaling/needs.ts";
import type { AutoscalingInput } from "../shared/core/autoscaling/types.ts";
import type { Reading } from "../shared/core/kernel/reading.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import { directoryObjects } from "../shared/edge/directory-objects.ts";
import { openSqlite } from "../shared/edge/sqlite.ts";
import { parseConfig } from "../shared/shell/config.ts";
import { applyConfig } from "../shared/shell/config-store.ts";
import { benchRuntime, constantSamples, memoryFleet, withFolder } from "./parts.ts";
import { median } from "./timing.ts";

const START = 1_700_000_000_000 - (1_700_000_000_000 % MINUTE_MS);

/** Microseconds of one pure step that decides on full windows; the slowest of the built-in policies. */
export function stepMicros(): { readonly policy: string; readonly micros: number } {
  const all = Object.keys(builtinPolicies).map((policy) => ({ policy, micros: microsOf(policy) }));
  return all.reduce((slowest, one) => (one.micros > slowest.micros ? one : slowest));
}

function microsOf(policy: string): number {
  const config = builtinPolicies[policy];
  if (!config) throw new Error(`no built-in policy ${policy}`);
  const needs = metricsNeeded(config);
  // An hour of minutes that swings over all thresholds, so that every branch of the rule is in the figure.
  const inputs = Array.from({ length: 60 }, (_, minute): { input: AutoscalingInput; now: number } => {
    const now = START + (minute + 30) * MINUTE_MS;
    const reading = (metric: string, points: number): Reading => ({
      metric,
      unit: metric === "ready" ? "count" : "percent",
      periodMs: MINUTE_MS,
      points: Array.from({ length: points }, (_, index) => ({
        at: now - (points - index + 1) * MINUTE_MS,
        value: metric === "ready" ? 8 : 55 + 45 * Math.sin((minute - points + index) / 8),
      })),
      source: "bench",
    });
    const readings = Object.fromEntries(needs.map((need) => [need.metric, reading(need.metric, need.points)]));
    const actual = { desired: 8, pending: 0, running: 8, ready: 8, deploying: false, at: now };
    return { input: { kind: "evaluate", service: "bench", actual, readings }, now };
  });
  const hours = 100;
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    // Processor time, not the clock on the wall: a pure step waits for nothing.
    const from = process.cpuUsage();
    for (let hour = 0; hour < hours; hour += 1) {
      let state = autoscaling.initial(config, START);
      for (const { input, now } of inputs) state = autoscaling.step(config, state, input, now).state;
    }
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / (hours * inputs.length));
  }
  return median(times);
}

/** Seconds of one tick over many services that all have to scale out: memory parts, so it is Headgate's own work. */
export function tickSeconds(services: number): Promise<number> {
  return withFolder(async (folder) => {
    let clock = START;
    const now = (): number => clock;
    const names = Array.from({ length: services }, (_, index) => `service-${index}`);
    const counts = new Map(names.map((name) => [name, 4]));
    // The embedded store in memory: indexed like the deployed one, and no disk or network in the figure.
    const file = openSqlite(":memory:", now);
    const runtime = benchRuntime(now, {
      store: file.store,
      journal: file.journal,
      fleet: memoryFleet(counts, now),
      samples: constantSamples(90),
      objects: directoryObjects(folder),
    });
    const text = [
      "version: 1",
      "services:",
      ...names.map((name) => `  ${name}: { ecs: { cluster: bench, service: ${name} } }`),
      "autoscaling:",
      ...names.map(
        (name) => `  ${name}: { max: 1000, policies: [{ type: target-tracking, target: 70 }, { type: instances }] }`,
      ),
    ].join("\n");
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
    await applyConfig(runtime, "default", { ...parsed, text }, { by: "bench" });
    const times: number[] = [];
    for (let tick = 0; tick < 5; tick += 1) {
      clock += 10 * MINUTE_MS;
      const from = performance.now();
      const evaluated = await evaluateServices(runtime, { tenant: "default", trigger: { type: "schedule" } });
      times.push((performance.now() - from) / 1_000);
      const scaled = evaluated.filter((one) => one.result?.reason === "scaled_out").length;
      if (scaled !== services) throw new Error(`tick ${tick}: ${scaled} of ${services} services scaled out`);
    }
    await file.close();
    return median(times);
  });
}
