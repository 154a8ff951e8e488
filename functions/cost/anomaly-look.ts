import { addDays, dayOf, startOf } from "../../shared/core/cost/day.ts";
import { unusualMachine } from "../../shared/core/cost/unusual/machine.ts";
import {
  type Feedback,
  type UnusualAction,
  type UnusualInput,
  type UnusualReason,
  type UnusualRule,
  unusualSubject,
} from "../../shared/core/cost/unusual/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { findUnusual } from "./anomalies.ts";
import { keptUnusual } from "./anomaly-store.ts";
import type { CostWork } from "./context.ts";
import "../shared-parts.ts";

const SCHEDULED: Trigger = { type: "schedule", detail: "closed days" };
const LOOK_BACK_DAYS = 30;

/**
 * Looks for unusual costs and tells what is new of them through alerting. A service of which nothing is new costs no request of its own.
 *
 * @throws HeadgateError `bill.currency`; those of the store and of reading bills
 */
export async function lookAtAnomalies(work: CostWork, trigger: Trigger = SCHEDULED): Promise<void> {
  const today = dayOf(work.now);
  const { byService, currency } = await findUnusual(work, { from: addDays(today, -LOOK_BACK_DAYS), to: today });
  const kept = await keptUnusual(work);
  const now = Math.floor(work.runtime.now());
  for (const of of new Set([...byService.keys(), ...kept.keys()])) {
    const rule = ruleOf(work, of, currency);
    const input: UnusualInput = { kind: "look", found: byService.get(of) ?? [] };
    const known = kept.get(of);
    const state = known?.state ?? unusualMachine.initial(rule, now);
    const step = unusualMachine.step(rule, state, input, now);
    if (!known?.stored.pending && step.state === state && step.actions.length === 0) continue;
    await decide(work, rule, input, trigger);
  }
}

/**
 * Takes a person's word on an unusual cost: kept with its author, told to the detector, and it ends the alert unless it says that it was one.
 *
 * @param id as `costAnomalies` has it: "orders@2026-11-03"
 * @throws HeadgateError `input.invalid` for an id that names no day; those of the store
 */
export async function judgeAnomaly(
  work: CostWork,
  said: { readonly id: string; readonly feedback: Feedback; readonly by: string; readonly why: string },
): Promise<RunResult<UnusualReason>> {
  const at = said.id.lastIndexOf("@");
  const [of, day] = [said.id.slice(0, at), said.id.slice(at + 1)];
  if (at < 1 || startOf(day) === undefined)
    throw new HeadgateError("input.invalid", `${JSON.stringify(said.id.slice(0, 200))} is no unusual cost`, {
      faults: [{ path: "id", message: "service@day, as headgate cost anomalies lists them" }],
    });
  const trigger: Trigger = { type: "api", detail: `${said.by}: ${said.why}` };
  return decide(work, ruleOf(work, of, work.config.currency), { kind: "feedback", day, ...said }, trigger);
}

const ruleOf = ({ config: { anomalies } }: CostWork, of: string, currency: string): UnusualRule => ({
  ...{ of, currency, minimum: Number(anomalies.minimum), alert: anomalies.alert, severity: anomalies.severity },
});

async function decide(
  { runtime, tenant, configVersion }: CostWork,
  rule: UnusualRule,
  input: UnusualInput,
  trigger: Trigger,
): Promise<RunResult<UnusualReason>> {
  return run(runtime, {
    ...{ machine: unusualMachine, tenant, subject: unusualSubject(rule.of), config: rule, configVersion, trigger },
    mode: rule.alert ? "act" : "observe",
    observe: async () => input,
    perform: (action) => tell(runtime, tenant, action),
  });
}

/** @throws HeadgateError `alerts.unavailable`: tried again */
async function tell(runtime: Runtime, tenant: string, { key, alerts }: UnusualAction): Promise<ActionResult> {
  if (!runtime.alerts)
    return { key, status: "skipped", at: runtime.now(), detail: "nobody is told: there is no alerting here" };
  await runtime.alerts.send(tenant, alerts);
  return {
    key,
    status: "done",
    at: runtime.now(),
    detail: alerts.length === 1 ? "one alert sent" : `${alerts.length} alerts sent`,
  };
}
