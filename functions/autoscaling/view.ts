import { alarmsFor } from "../../shared/core/autoscaling/alarms.ts";
import { alarmName } from "../../shared/core/kernel/alarm-name.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { AutoscalingView, EvaluationView } from "../api/views.ts";
import type { Target } from "./observe.ts";

/** What became of a run, without the record's inputs and states. */
export async function evaluationView(
  runtime: Runtime,
  service: string,
  result: RunResult<string>,
): Promise<EvaluationView> {
  const { status, reason, record, results } = result;
  const { summaryOf } = await import("../decisions/deferred.ts");
  return {
    clock: clockOf(runtime),
    service,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(record && result.recorded ? { decision: summaryOf(record) } : {}),
    results: results.map((one) => ({ status: one.status, detail: one.detail })),
  };
}

/** Configuration, state and alarms of one service's controller. */
export async function autoscalingView(
  runtime: Runtime,
  tenant: string,
  target: Target,
  configVersion: string,
): Promise<AutoscalingView> {
  const stored = await runtime.store.load({ tenant, noun: "autoscaling", subject: target.name });
  const open = (stored?.state as { readonly alarms?: { readonly [name: string]: number } } | undefined)?.alarms ?? {};
  return {
    clock: clockOf(runtime),
    service: target.name,
    configVersion,
    config: target.config,
    ...(stored ? { state: stored.state } : {}),
    pending: stored?.pending?.actions.length ?? 0,
    ...(stored?.dueAt === undefined ? {} : { dueAt: stored.dueAt }),
    alarms: alarmsFor(target.name, target.config).map((alarm) => {
      const since = open[alarm.name];
      // As CloudWatch knows it: the state remembers it without stage and tenant.
      const name = alarmName(runtime.stage ?? LOCAL_STAGE, tenant, alarm.name);
      return { ...alarm, name, ...(since === undefined ? {} : { since }) };
    }),
  };
}
