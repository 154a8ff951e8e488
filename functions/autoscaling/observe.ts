import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import type { FlinkJobRef } from "../../shared/core/autoscaling/flink/types.ts";
import { metricsNeeded } from "../../shared/core/autoscaling/needs.ts";
import type { Actual } from "../../shared/core/autoscaling/types.ts";
import { latest, type Reading } from "../../shared/core/kernel/reading.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { FleetStatus, ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { SampleAnswer, SampleQuery } from "../../shared/core/ports/samples.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** A service with an autoscaling configuration, and where its instances are. */
export interface Target {
  readonly name: string;
  readonly ref: ServiceRef;
  readonly config: AutoscalingConfig;
  /** It is a job on a Flink cluster, which has a machine of its own. */
  readonly flink?: FlinkJobRef;
}

export type Readings = { readonly [metric: string]: Reading };

/** The counts a decision is made from; undefined stays undefined: an outage is not "no instances". */
export function actualOf(status: FleetStatus | undefined): Actual | undefined {
  if (!status) return undefined;
  const { desired, pending, running, ready, deploying, at } = status;
  return { desired, pending, running, ready, deploying, at };
}

/**
 * What the fleet says of the targets, in one call. An outage is logged and answers an empty map, so that the decision
 * holds with a reason and is recorded, instead of the trigger being lost.
 */
export async function observeFleet(
  runtime: Runtime,
  targets: readonly Target[],
): Promise<ReadonlyMap<string, FleetStatus>> {
  try {
    return await runtime.fleet.describe(targets.map((target) => target.ref));
  } catch (error) {
    runtime.telemetry.log("error", "fleet could not be read; services hold", {
      services: targets.length,
      error: error instanceof Error ? error.message : String(error),
    });
    return new Map();
  }
}

/** Counts of the same tasks do not differ by half; those of one zone and of all of them do. */
const SAME_COUNT = 1.5;

/**
 * The readings without a `ready` of CloudWatch that the fleet contradicts. Nodes of a load balancer may each count the targets of their own zone (where
 * cross-zone load balancing is off), and a mean of these must not be multiplied with. After a large change it is left out as well, until it has followed.
 */
export function believed(readings: Readings, status: Pick<FleetStatus, "ready"> | undefined): Readings {
  const { ready } = readings;
  const newest = latest(ready);
  if (!status || !ready || !newest || ready.source !== "cloudwatch") return readings;
  const [less, more] = [Math.min(newest.value, status.ready), Math.max(newest.value, status.ready)];
  return more < SAME_COUNT * less || more === less ? readings : { ...readings, ready: { ...ready, points: [] } };
}

/** The readings every target's policies need, in one call for all of them; an outage leaves them without points. */
export async function observeReadings(
  runtime: Runtime,
  targets: readonly Target[],
): Promise<ReadonlyMap<string, Readings>> {
  const now = runtime.now();
  const wanted = targets.flatMap((target) =>
    metricsNeeded(target.config).map((need) => ({ target, need, query: queryOf(target, need, now) })),
  );
  const answers = new Map<string, SampleAnswer>();
  try {
    for (const answer of wanted.length === 0 ? [] : await runtime.samples.read(wanted.map((one) => one.query))) {
      answers.set(answer.id, answer);
    }
  } catch (error) {
    runtime.telemetry.log("error", "measurements could not be read; services hold", {
      queries: wanted.length,
      error: error instanceof Error ? error.message : String(error),
    });
  }
  const byService = new Map<string, Record<string, Reading>>();
  for (const { target, need, query } of wanted) {
    const answer = answers.get(query.id);
    const readings = byService.get(target.name) ?? {};
    byService.set(target.name, readings);
    const reading: Reading = {
      metric: need.metric,
      unit: need.unit,
      periodMs: query.periodMs,
      points: answer?.points.slice(-need.points) ?? [],
      source: answer?.source ?? "none",
    };
    readings[need.metric] = reading;
    const newest = latest(reading);
    if (newest) {
      const ageSeconds = Math.max(0, now - newest.at - query.periodMs) / SECOND_MS;
      runtime.telemetry.observe("headgate_input_age_seconds", ageSeconds, { noun: "autoscaling", metric: need.metric });
    }
  }
  return byService;
}

/**
 * The newest whole periods. The window reaches `maxAge` further back than the points that are wanted: a source that is
 * late (CloudWatch by one to two minutes) still answers enough of them, and what is too old is judged by the step.
 */
function queryOf(
  target: Target,
  need: { readonly metric: string; readonly stat: "avg" | "max" | "sum"; readonly points: number },
  now: number,
): SampleQuery {
  const periodMs = target.config.period;
  const to = Math.floor(now / periodMs) * periodMs;
  const periods = need.points + Math.ceil(target.config.maxAge / periodMs);
  return {
    id: `${target.name}/${need.metric}/${need.stat}`,
    service: target.ref,
    metric: need.metric,
    stat: need.stat,
    periodMs,
    from: to - periods * periodMs,
    to,
  };
}
