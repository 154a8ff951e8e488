import type { AlertingReason, GroupConfig, GroupState } from "../../shared/core/alerting/group-types.ts";
import type { PageInput } from "../../shared/core/alerting/oncall/paging-types.ts";
import { pageInput, schedulesOf } from "../../shared/core/alerting/oncall/resolve.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";
import { rulesOf } from "./group-config.ts";
import { overridesOf } from "./oncall-store.ts";

/** Who is on call for a group now; undefined: its receiver is no escalation. @throws HeadgateError of the store */
export async function pageOf(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  { paging }: GroupConfig,
  { log }: GroupState,
  at: Millis,
): Promise<PageInput | undefined> {
  const { oncall: section } = alerting.config;
  if (!paging || !section) return undefined;
  const { escalation } = paging;
  const overrides = await overridesOf(runtime, tenant, schedulesOf(section, escalation));
  return pageInput({ section, escalation, receivers: rulesOf(alerting).receivers, log, overrides, at });
}

/** A level with nobody is said where people look, also when the next one was told in its place. */
export function tellOfNobody(runtime: Runtime, { status, record }: RunResult<AlertingReason>): void {
  if (status !== "decided" || !record) return;
  for (const { rule, text, values } of record.trace) {
    if (rule !== "nobody-on-call") continue;
    const { escalation, level } = values;
    runtime.telemetry.count("headgate_oncall_nobody_total", { escalation: `${escalation}`, level: `${level}` });
    runtime.telemetry.log("error", text, { group: record.subject, decision: record.id });
  }
}
