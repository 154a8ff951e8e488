import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AlarmChange, AutoscalingInput, AutoscalingReason } from "../../shared/core/autoscaling/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { bounded } from "../bounded.ts";
import { throwAll } from "../throw-all.ts";
import { actualOf, observeFleet, observeReadings, type Target } from "./observe.ts";
import { perform } from "./perform.ts";
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
  readonly result?: RunResult<AutoscalingReason>;
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
  const targets = targetsOf(current.config, request.services);
  if (targets.length === 0) return [];
  const [fleet, readings] = await Promise.all([observeFleet(runtime, targets), observeReadings(runtime, targets)]);
  return bounded(targets, CONCURRENCY, async (target) => {
    const observe = async (attempt: number): Promise<AutoscalingInput> => {
      // After a conflict, a wait or a takeover somebody has just acted: count again. Measurements are whole periods and
      // have not moved.
      const status = (attempt === 0 ? fleet : await observeFleet(runtime, [target])).get(target.name);
      return {
        kind: "evaluate",
        service: target.name,
        actual: actualOf(status),
        readings: readings.get(target.name) ?? {},
        ...(request.alarm ? { alarm: request.alarm } : {}),
      };
    };
    return decide(runtime, request, target, current.version, observe);
  });
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
export async function command(runtime: Runtime, request: CommandRequest): Promise<RunResult<AutoscalingReason>> {
  const current = await currentConfig(runtime, request.tenant);
  const [target] = current ? targetsOf(current.config, [request.service]) : [];
  if (!current || !target) {
    throw new HeadgateError(
      "service.unknown",
      `no service ${JSON.stringify(request.service)} is configured for autoscaling`,
    );
  }
  const evaluated = await decide(runtime, request, target, current.version, async () => request.input);
  if (evaluated.error) throw evaluated.error;
  return evaluated.result as RunResult<AutoscalingReason>;
}

async function decide(
  runtime: Runtime,
  request: { readonly tenant: string; readonly trigger: Trigger; readonly parent?: TraceContext },
  target: Target,
  configVersion: string,
  observe: (attempt: number) => Promise<AutoscalingInput>,
): Promise<Evaluated> {
  const { tenant, trigger, parent } = request;
  const service = target.name;
  try {
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
    return { service, result };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    runtime.telemetry.log("error", "service could not be evaluated", { tenant, service, error: error.message });
    runtime.telemetry.count("headgate_evaluation_failures_total", { noun: "autoscaling" });
    return { service, error };
  }
}

/** Asks to be woken when the settled state wants it. Failing is no harm: the tick finds the same instant in `due`. */
async function setTimer(runtime: Runtime, tenant: string, subject: string): Promise<void> {
  const key = { tenant, noun: autoscaling.noun, subject };
  try {
    const at = (await runtime.store.load(key))?.dueAt;
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
