import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { COLLECT_DEFAULTS, type Collected } from "../../shared/core/monitoring/collect.ts";
import { type CollectState, type MetricUpdate, updatesOf } from "../../shared/core/monitoring/collect-metrics.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import { bounded } from "../bounded.ts";
import { own } from "../own.ts";
import { type CollectTarget, collectService } from "./collect-service.ts";
import { evaluateMetricRules } from "./evaluate-metrics.ts";

/** Services at once; each of them asks for four parts at once. */
const CONCURRENCY = 20;
/** Aggregates that hold what was collected last, one per service. They carry no decision. */
const NOUN = "collected";

export interface CollectRequest {
  readonly tenant: string;
  /** Names; absent: every service under `monitoring.services` that is due by its `every`. */
  readonly services?: readonly string[];
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
}

/** What became of one service. `error`: it could not be kept, so its metrics were left alone. */
export interface CollectOutcome {
  readonly service: string;
  readonly collected: Collected;
  readonly error?: Error;
}

const keyOf = (tenant: string, subject: string): AggregateKey => ({ tenant, noun: NOUN, subject });

/** What was collected last of a service, or undefined. */
export async function latestCollected(
  runtime: Runtime,
  tenant: string,
  service: string,
): Promise<Collected | undefined> {
  const stored = await runtime.store.load(keyOf(tenant, service));
  return (stored?.state as unknown as CollectState | undefined)?.collected;
}

/** Services to collect: those named that are configured at all, or every one under `monitoring.services`. */
function targetsOf(config: HeadgateConfig, names: readonly string[] | undefined): readonly CollectTarget[] {
  const monitored = config.monitoring?.services ?? {};
  const wanted = names?.filter((name) => own(monitored, name) ?? own(config.services, name)) ?? Object.keys(monitored);
  return [...new Set(wanted)].sort().map((name) => {
    const { endpoint, collect } = own(monitored, name) ?? {};
    return {
      name,
      ...(endpoint === undefined ? {} : { endpoint }),
      settings: collect ?? COLLECT_DEFAULTS,
    };
  });
}

/**
 * Collects services: of each, health, performance, data processing and resources at once, each within its time; updates the
 * metrics from what was found, keeps it, and decides the metric-path rules on it. One service's (or one part's) failure never
 * hides the others.
 *
 * @throws HeadgateError `store.unavailable` when the configuration cannot be read
 */
export async function collectServices(runtime: Runtime, request: CollectRequest): Promise<readonly CollectOutcome[]> {
  const config = (await currentConfig(runtime, request.tenant))?.config;
  if (!config) return [];
  const outcomes = await bounded(targetsOf(config, request.services), CONCURRENCY, (target) =>
    collectOne(runtime, request, config, target),
  );
  const done = outcomes.filter((one) => one !== undefined);
  await evaluate(runtime, request, done);
  return done;
}

/** The metric-path rules of what was collected. They keep their own account of failures: collecting has done its part. */
async function evaluate(
  runtime: Runtime,
  { tenant, trigger, parent }: CollectRequest,
  outcomes: readonly CollectOutcome[],
): Promise<void> {
  const collected = outcomes.map(({ service, collected: { timestamp, metrics } }) => ({
    service,
    at: Date.parse(timestamp),
    metrics: metrics as Json,
  }));
  try {
    await evaluateMetricRules(runtime, { tenant, trigger, ...(parent ? { parent } : {}) }, collected);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("error", "rules on collected metrics could not be evaluated", { tenant, error: message });
  }
}

async function collectOne(
  runtime: Runtime,
  request: CollectRequest,
  config: HeadgateConfig,
  target: CollectTarget,
): Promise<CollectOutcome | undefined> {
  const { telemetry } = runtime;
  const service = target.name;
  const key = keyOf(request.tenant, service);
  const span = telemetry.span("collect", request.parent, { service, trigger: request.trigger.type });
  let found: Collected | undefined;
  try {
    const stored = await runtime.store.load(key).catch((error: unknown) => error as Error);
    const before = stored instanceof Error ? undefined : (stored?.state as unknown as CollectState | undefined);
    const asked = request.services !== undefined;
    if (!asked && before && runtime.now() < Date.parse(before.collected.timestamp) + target.settings.every) return;
    const { state, updates } = updatesOf(before, (found = await collectService(runtime, config, target)));
    found = state.collected;
    for (const [part, error] of Object.entries(found.errors ?? {}))
      telemetry.log("warn", "a part could not be collected", { service, part, error });
    if (stored instanceof Error) throw stored;
    const written = await runtime.store.write(key, stored?.version ?? 0, { state: state as unknown as Json });
    // Somebody else collected meanwhile and has counted what has grown; counting it again would double it.
    const mine = written.ok ? updates : updates.filter(isFailure);
    for (const update of mine) apply(runtime, update);
    return { service, collected: found };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    span.fail(error);
    telemetry.log("error", "what was collected could not be kept", { service, error: error.message });
    return found && { service, collected: found, error };
  } finally {
    span.end();
  }
}

const isFailure = (update: MetricUpdate): boolean => update.labels["error_type"] === "metrics_collection_failed";

function apply({ telemetry }: Runtime, update: MetricUpdate): void {
  const { metric, labels } = update;
  if (update.do === "count") telemetry.count(metric, labels, update.value);
  else if (update.do === "set") telemetry.gauge(metric, update.value, labels);
  else if (update.do === "observe") telemetry.observe(metric, update.value, labels);
  else telemetry.forget?.(metric, labels);
}
