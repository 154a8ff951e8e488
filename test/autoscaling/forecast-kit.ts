import { objectKey } from "../../functions/autoscaling/forecast-store.ts";
import { forecastsOf } from "../../functions/autoscaling/forecasts.ts";
import type { Readings } from "../../functions/autoscaling/observe.ts";
import { targetsOf } from "../../functions/autoscaling/targets.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { SampleQuery, Samples } from "../../shared/core/ports/samples.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, world } from "../api/kit.ts";

export const tenant = "default";
export const PER_TASK = 50;
const CONFIG = (policy = "", section = "") => `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
autoscaling:
  orders: { min: 1, max: 50, capacity: ${PER_TASK}, startDelay: 90s${section}, policies: [{ type: predictive${policy} }] }
`;
export const KEY = { tenant, service: "orders", policy: 0 };
/** Where it is kept. */
export const OBJECT = objectKey(KEY);

/** Requests a second in the minute that starts at `at`. */
export const load = (at: number): number => 400 + 200 * Math.sin((2 * Math.PI * at) / DAY_MS) + ((at / MINUTE) % 7) * 5;

/** A control plane whose service has a load for as long as anybody asks; metrics come `late` minutes late. */
export async function given(options: { policy?: string; section?: string; late?: number; since?: number } = {}) {
  const w = await world({ config: CONFIG(options.policy, options.section) });
  const asked: SampleQuery[] = [];
  let [down, late] = [false, options.late ?? 1];
  const since = w.clock.now() - (options.since ?? 20 * DAY_MS);
  const gone = new Set<number>();
  const samples: Samples = {
    read: async (queries) => {
      if (down) throw new HeadgateError("samples.unavailable", "nobody answers", { retryable: true });
      asked.push(...queries);
      return queries.map(({ id, metric, from, to }) => {
        const points: { at: number; value: number }[] = [];
        const end = Math.min(to, w.clock.now() - late * MINUTE);
        for (let at = Math.max(from, Math.ceil(since / MINUTE) * MINUTE); at + MINUTE <= end; at += MINUTE)
          if (!gone.has(at)) points.push({ at, value: metric === "requests" ? load(at) : 50 });
        const known = metric === "requests" || metric === "cpu" ? points : [];
        return { id, points: known, status: "complete" as const, source: "test" };
      });
    },
  };
  const runtime: Runtime = { ...w.runtime, samples };
  const config = await currentConfig(runtime, tenant);
  const [target] = targetsOf(config?.config ?? (undefined as never), ["orders"]);
  if (!target) throw new Error("no target");
  return {
    ...w,
    runtime,
    target,
    asked,
    gone,
    /** Another process with the same store and the same objects. */
    other: (): Runtime => ({ ...runtime }),
    down: (value: boolean) => void (down = value),
    late: (minutes: number) => void (late = minutes),
    forecast: async (by: Runtime = runtime, readings: Readings = {}) =>
      (await forecastsOf(by, tenant, target, readings))["0"],
  };
}
