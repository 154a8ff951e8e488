import { trustOf } from "../../shared/core/autoscaling/forecast/expected.ts";
import { type TrailPoint, trailOf } from "../../shared/core/autoscaling/forecast/trail.ts";
import { unitOf } from "../../shared/core/autoscaling/needs.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { ForecastView, PolicyForecastView } from "../api/views-autoscaling.ts";
import { current, forecasting } from "./forecasts.ts";
import type { Target } from "./observe.ts";
import { resolveTargets } from "./resolve.ts";

/** Six hours, as the service page shows them. */
const MINUTES = 360;

/**
 * What each `predictive` policy of a service expected of the last six hours, what came, and what it expects of the minutes ahead. A policy of which
 * nothing has been measured yet is left out.
 *
 * @throws HeadgateError `samples.unavailable`, `objects.unavailable`
 */
export async function forecastView(runtime: Runtime, tenant: string, written: Target): Promise<ForecastView> {
  const policies: PolicyForecastView[] = [];
  const [target = written] = await resolveTargets(runtime, tenant, [written]);
  for (const [policy, index] of forecasting(target)) {
    const learnt = await current(runtime, { tenant, service: target.name, policy: index }, target, policy);
    if (!learnt) continue;
    const { model, perTask, knownAt } = learnt;
    const span = { t: model.t, knownAt, horizon: model.horizon, minutes: MINUTES };
    const points = trailOf(model.trail, span, perTask, policy.events);
    const inside = insideOf(points);
    policies.push({
      policy: index,
      metric: policy.arrivals,
      unit: unitOf(policy.arrivals),
      forecaster: model.kind,
      horizon: model.horizon,
      minutes: model.known,
      ...trustOf(model),
      ...(inside === undefined ? {} : { inside }),
      points,
    });
  }
  return { clock: clockOf(runtime), service: target.name, policies };
}

/** Share of the minutes that came inside their interval. */
function insideOf(points: readonly TrailPoint[]): number | undefined {
  const told = points.filter(({ came, low, high }) => came !== undefined && low !== undefined && high !== undefined);
  if (told.length === 0) return undefined;
  const inside = told.filter(({ came = 0, low = 0, high = 0 }) => low <= came && came <= high).length;
  return Math.round((inside / told.length) * 1000) / 1000;
}
