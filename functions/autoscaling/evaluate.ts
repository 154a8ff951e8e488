import type { FlinkScalingReason } from "../../shared/core/autoscaling/flink/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AlarmChange, AutoscalingInput } from "../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { FleetStatus } from "../../shared/core/ports/fleet.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { bounded } from "../bounded.ts";
import { throwAll } from "../throw-all.ts";
import type { JobTarget } from "./flink.ts";
import type { ListJobs } from "./flink-look.ts";
import { actualOf, believed, observeFleet, observeReadings, type Readings, type Target } from "./observe.ts";
import { perform } from "./perform.ts";
import { resolveTargets } from "./resolve.ts";
import { targetsOf } from "./targets.ts";

/** At most so many services are loaded, decided and written at once: enough to hide the store's latency. */
const CONCURRENCY = 50;

export interface EvaluateRequest {
  readonly tenant: string;
  /** Names; absent means every service with an autoscaling configuration. Unknown names are left out. */
  readonly services?: readonly string[];
  readonly trigger: Trigger;
  /** The alarm change that woke us; only with exactly one service. */
  readonly alarm?: AlarmChange;
  readonly parent?: TraceContext;
}

/** What became of one service. `error` means that not even a hold could be recorded (the store does not answer). */
export interface Evaluated {
  readonly service: string;
  readonly result?: RunResult<FlinkScalingReason>;
  readonly error?: Error;
}

/**
 * Looks at services and decides for each of them: one read for all measurements, one for all fleets, then one
 * load → step → claim → act → settle per service. One service's failure never stops the others.
 *
 * @throws HeadgateError `store.unavailable` when the configuration itself cannot be read.
 */
export async function evaluateServices(runtime: Runtime, request: EvaluateRequest): Promise<readonly Evaluated[]> {
  const current = await currentConfig(runtime, request.tenant);
  if (!current) return [];
  const targets = await resolveTargets(runtime, request.tenant, targetsOf(current.config, request.services));
  if (targets.length === 0) return [];
  const services = targets.filter(({ flink }) => !flink);
  const [fleet, readings, lags, list] = await Promise.all([
    services.length === 0 ? new Map<string, FleetStatus>() : observeFleet(runtime, services),
    observeReadings(runtime, services),
    lagsOf(runtime, services, current.config.streams),
    services.length < targets.length ? listOnce(runtime) : undefined,
  ]);
  return bounded(targets, CONCURRENCY, async (target) => {
    if (target.flink) return decideJob(runtime, request, { ...target, flink: target.flink }, current.version, { list });
    const forecasts = await forecastsOf(runtime, request.tenant, target, readings.get(target.name));
    const observe = async (attempt: number): Promise<AutoscalingInput> => {
      // After a conflict, a wait or a takeover somebody has just acted: count again. Measurements are whole periods and
      // have not moved.
      const status = (attempt === 0 ? fleet : await observeFleet(runtime, [target])).get(target.name);
      return {
        kind: "evaluate",
        service: target.name,
        actual: actualOf(status),
        readings: believed(readings.get(target.name) ?? {}, status),
        ...(forecasts ? { forecasts } : {}),
        ...(lags?.has(target.name) ? { lags: lags.get(target.name) ?? {} } : {}),
        ...(request.alarm ? { alarm: request.alarm } : {}),
      };
    };
    return decide(runtime, request, target, current.version, observe);
  });
}

/** Loaded where a policy goes by a forecast. */
async function forecastsOf(runtime: Runtime, tenant: string, target: Target, readings: Readings | undefined) {
  if (!target.config.policies.some(({ type }) => type === "predictive")) return undefined;
  return (await import("./forecast-deferred.ts")).forecastsOf(runtime, tenant, target, readings);
}

/** Loaded where a policy reads the lag of a consumer group. */
async function lagsOf(runtime: Runtime, targets: readonly Target[], streams: HeadgateConfig["streams"]) {
  if (!targets.some(({ config }) => config.policies.some(({ type }) => type === "kafka-lag"))) return undefined;
  return (await import("./lags.ts")).observeLags(runtime, targets, streams);
}

export interface CommandRequest {
  readonly tenant: string;
  readonly service: string;
  /** Anything but `evaluate`. */
  readonly input: Exclude<AutoscalingInput, { kind: "evaluate" }>;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
}

/**
 * Pause, resume, override or clear an override. Measurements are not read: it works while they are away.
 *
 * @throws HeadgateError `service.unknown` for a service without an autoscaling configuration; `store.unavailable`.
 */
export async function command(runtime: Runtime, request: CommandRequest): Promise<RunResult<FlinkScalingReason>> {
  const current = await currentConfig(runtime, request.tenant);
  const named = current ? targetsOf(current.config, [request.service]) : [];
  const [target] = await resolveTargets(runtime, request.tenant, named);
  if (!current || !target) {
    throw new HeadgateError(
      "service.unknown",
      `no service ${JSON.stringify(request.service)} is configured for autoscaling`,
    );
  }
  const { input } = request;
  const evaluated = target.flink
    ? await decideJob(runtime, request, { ...target, flink: target.flink }, current.version, { command: input })
    : await decide(runtime, request, target, current.version, async () => input);
  if (evaluated.error) throw evaluated.error;
  return evaluated.result as RunResult<FlinkScalingReason>;
}

type Asked = Pick<EvaluateRequest, "tenant" | "trigger" | "parent">;

/** Clusters of Flink, each asked once for its jobs; undefined: there is nobody to ask. */
async function listOnce({ jobs }: Runtime): Promise<ListJobs | undefined> {
  return jobs && (await import("./flink-deferred.ts")).listOnce(jobs);
}

async function decideJob(
  runtime: Runtime,
  request: Asked,
  target: JobTarget,
  configVersion: string,
  { list, command: given }: { readonly list?: ListJobs | undefined; readonly command?: CommandRequest["input"] },
): Promise<Evaluated> {
  return kept(runtime, request.tenant, target.name, async () => {
    const { runJob, wakeOf } = await import("./flink-deferred.ts");
    const result = await runJob(runtime, target, {
      ...{ tenant: request.tenant, trigger: request.trigger, configVersion },
      ...(request.parent ? { parent: request.parent } : {}),
      ...(given ? { command: given } : {}),
      ...(list ? { list } : {}),
    });
    await timed(runtime, request.tenant, target.name, async () => wakeOf(result.stored));
    return result;
  });
}

async function decide(
  runtime: Runtime,
  request: Asked,
  target: Target,
  configVersion: string,
  observe: (attempt: number) => Promise<AutoscalingInput>,
): Promise<Evaluated> {
  const { tenant, trigger, parent } = request;
  const service = target.name;
  return kept(runtime, tenant, service, async () => {
    const result = await run(runtime, {
      machine: autoscaling,
      tenant,
      subject: service,
      mode: target.config.mode,
      config: target.config,
      configVersion,
      trigger,
      ...(parent ? { parent } : {}),
      observe,
      perform: (action, { record }) => perform(runtime, { tenant, target, configVersion, record }, action),
    });
    if (result.status === "decided") await setTimer(runtime, tenant, service);
    return result;
  });
}

/** One service's failure is told, and never stops the others. */
async function kept(
  runtime: Runtime,
  tenant: string,
  service: string,
  work: () => Promise<RunResult<FlinkScalingReason>>,
): Promise<Evaluated> {
  try {
    return { service, result: await work() };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    runtime.telemetry.log("error", "service could not be evaluated", { tenant, service, error: error.message });
    runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "autoscaling" });
    return { service, error };
  }
}

/** Asks to be woken when the settled state wants it. Failing is no harm: the tick finds the same instant in `due`. */
async function setTimer(runtime: Runtime, tenant: string, subject: string): Promise<void> {
  await timed(runtime, tenant, subject, async () => {
    const stored = await runtime.store.load({ tenant, noun: autoscaling.noun, subject });
    return stored?.dueAt;
  });
}

async function timed(
  runtime: Runtime,
  tenant: string,
  subject: string,
  due: () => Promise<Millis | undefined>,
): Promise<void> {
  try {
    const at = await due();
    const key = { tenant, noun: autoscaling.noun, subject };
    if (at !== undefined && at > runtime.now()) await runtime.timers.wake({ key, at });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "timer not set; the tick will see it", { tenant, service: subject, error: message });
  }
}

/**
 * Ends an invocation in failure if a service could not be evaluated, so that the caller's retry and dead-letter queue
 * take over. Services that were decided are not harmed by a repeat.
 */
export function throwFailures(evaluated: readonly Evaluated[]): void {
  throwAll(
    evaluated.flatMap((one) => one.error ?? []),
    "services could not be evaluated",
  );
}
