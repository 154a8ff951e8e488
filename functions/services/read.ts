import type { Point } from "../../shared/core/kernel/reading.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { FleetStatus, ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { SampleAnswer, SampleQuery } from "../../shared/core/ports/samples.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { refOf } from "../autoscaling/targets.ts";
import { own } from "../own.ts";
import { metricInfo } from "./metrics.ts";

/** The newest values of these are shown for every service. */
const SHOWN = ["cpu", "memory", "requests"] as const;

/** Data point length of a service: its autoscaling period, else a minute. */
export function periodOf(config: HeadgateConfig, name: string): number {
  return own(config.autoscaling, name)?.period ?? MINUTE_MS;
}

/** Fleet status by name, of jobs on Flink as of services. An outage answers nothing: the services are then shown as unknown. */
export async function readFleet(
  runtime: Runtime,
  config: HeadgateConfig,
  names: readonly string[],
): Promise<ReadonlyMap<string, FleetStatus>> {
  const refs = names.map((name) => refOf(config, name));
  const [services, jobs] = await Promise.all([
    readServices(
      runtime,
      refs.filter((ref) => !ref.flink),
    ),
    readJobs(
      runtime,
      refs.filter((ref) => ref.flink),
    ),
  ]);
  return jobs.size === 0 ? services : new Map([...services, ...jobs]);
}

async function readJobs(runtime: Runtime, refs: readonly ServiceRef[]): Promise<ReadonlyMap<string, FleetStatus>> {
  if (refs.length === 0) return new Map();
  const { jobStatuses } = await import("../autoscaling/flink-status.ts");
  return jobStatuses(runtime, refs);
}

async function readServices(runtime: Runtime, refs: readonly ServiceRef[]): Promise<ReadonlyMap<string, FleetStatus>> {
  if (refs.length === 0) return new Map();
  try {
    return await runtime.fleet.describe(refs);
  } catch (error) {
    runtime.telemetry.log("warn", "fleet could not be read", {
      error: error instanceof Error ? error.message : String(error),
    });
    return new Map();
  }
}

interface Kept {
  readonly minute: number;
  readonly answers: Promise<ReadonlyMap<string, readonly Point[]>>;
}
const kept = new WeakMap<object, Map<string, Kept>>();

/**
 * The last hour of the shown metrics, by "service/metric".
 *
 * @param keep the answer serves everybody who asks for the same within the minute: on CloudWatch each metric that is read
 *   costs money, and only whole minutes are answered anyway
 */
export function readLastHour(
  runtime: Runtime,
  config: HeadgateConfig,
  names: readonly string[],
  keep: boolean,
): Promise<ReadonlyMap<string, readonly Point[]>> {
  const now = runtime.now();
  const queries = names.flatMap((name) => SHOWN.map((metric) => lastHour(config, name, metric, now)));
  if (!keep) return readPoints(runtime, queries);
  const known = kept.get(runtime.samples) ?? new Map<string, Kept>();
  kept.set(runtime.samples, known);
  const minute = Math.floor(now / MINUTE_MS);
  // The queries themselves, not the names: two tenants may call different services alike.
  const id = JSON.stringify(queries.map(({ id: name, service, periodMs }) => [name, service, periodMs]));
  const before = known.get(id);
  if (before?.minute === minute) return before.answers;
  for (const [key, one] of known) if (one.minute !== minute) known.delete(key);
  const answers = readPoints(runtime, queries);
  known.set(id, { minute, answers });
  return answers;
}

function lastHour(config: HeadgateConfig, name: string, metric: string, now: number): SampleQuery {
  const periodMs = periodOf(config, name);
  const to = Math.floor(now / periodMs) * periodMs;
  const { stat } = metricInfo(metric);
  return { id: `${name}/${metric}`, service: refOf(config, name), metric, stat, periodMs, from: to - HOUR_MS, to };
}

async function readPoints(
  runtime: Runtime,
  queries: readonly SampleQuery[],
): Promise<ReadonlyMap<string, readonly Point[]>> {
  const answers = await readSamples(runtime, queries);
  return new Map(answers.map((answer) => [answer.id, answer.points]));
}

/** Reads samples; an outage answers `failed` for each query instead of an error, so that the rest can be shown. */
export async function readSamples(runtime: Runtime, queries: readonly SampleQuery[]): Promise<readonly SampleAnswer[]> {
  if (queries.length === 0) return [];
  try {
    return await runtime.samples.read(queries);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "measurements could not be read", { error: detail });
    return queries.map((query) => ({ id: query.id, points: [], status: "failed", detail, source: "none" }));
  }
}
