import { anomaly } from "../../shared/core/anomaly/machine.ts";
import type { AnomalyInput, AnomalyReason } from "../../shared/core/anomaly/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { TraceContext } from "../../shared/shell/telemetry.ts";
import "../shared-parts.ts";
import { perform } from "./perform.ts";
import { scoreOfPoint } from "./series-of.ts";
import { scoreTargetsOf } from "./targets.ts";
import { teachSeries } from "./teach.ts";

export interface JudgeRequest {
  readonly tenant: string;
  readonly service: string;
  readonly signal: string;
  readonly at: number;
  readonly verdict: "fine" | "bad";
  readonly by: string;
  readonly why: string;
  readonly trigger: Trigger;
  readonly parent?: TraceContext;
}

/**
 * Takes a person's word on a point: recorded like any decision, and taught to the detector.
 *
 * @throws HeadgateError `anomaly.unknown` for a service or signal that is not scored; `store.unavailable`
 */
export async function judge(runtime: Runtime, request: JudgeRequest): Promise<RunResult<AnomalyReason>> {
  const { tenant, service, signal, at, verdict, by, why, trigger, parent } = request;
  const current = await currentConfig(runtime, tenant);
  const [target] = current ? scoreTargetsOf(current.config, [service]) : [];
  if (!current || !target) throw unknown(`no service ${JSON.stringify(service.slice(0, 200))} is scored`);
  if (!Object.hasOwn(target.config.signals, signal)) {
    const names = target.signals.map((one) => one.name).join(", ");
    throw unknown(`${service} has no signal ${JSON.stringify(signal.slice(0, 200))}; there are ${names}`);
  }
  const score = await scoreOfPoint(runtime, tenant, current.config, target, signal, at);
  const input: AnomalyInput = {
    kind: "feedback",
    service,
    signal,
    at,
    verdict,
    by,
    why,
    ...(score === undefined ? {} : { score }),
  };
  return run(runtime, {
    machine: anomaly,
    tenant,
    subject: service,
    mode: target.config.mode,
    config: target.config,
    configVersion: current.version,
    trigger,
    ...(parent ? { parent } : {}),
    observe: async () => input,
    perform: (action) => perform(runtime, tenant, action, (teach) => teachSeries(runtime, tenant, teach)),
  });
}

export const unknown = (message: string) => new HeadgateError("anomaly.unknown", message);
