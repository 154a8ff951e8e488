import type { AlertingReason, GroupConfig, GroupState } from "../../shared/core/alerting/group-types.ts";
import { standing } from "../../shared/core/alerting/oncall/compile.ts";
import type { PageInput } from "../../shared/core/alerting/oncall/paging-types.ts";
import { pageInput, schedulesOf } from "../../shared/core/alerting/oncall/resolve.ts";
import type { OncallSectionValue } from "../../shared/core/alerting/oncall/section.ts";
import type { Override } from "../../shared/core/alerting/oncall/types.ts";
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
  warnOfUnknown(runtime, section, overrides, at);
  return pageInput({ section, escalation, receivers: rulesOf(alerting).receivers, log, overrides, at });
}

/** Somebody who stands in now, and was taken out of the file since. */
function warnOfUnknown(
  { telemetry }: Runtime,
  section: OncallSectionValue,
  overrides: ReadonlyMap<string, readonly Override[]>,
  at: Millis,
): void {
  for (const [schedule, made] of overrides) {
    const holds = standing(section, made);
    for (const one of made)
      if (one.from <= at && at < one.until && !holds.includes(one)) {
        const text = `an override does not hold: ${one.person}, who stands in for ${schedule}, is none of oncall.people`;
        telemetry.log("warn", text, { override: one.id });
      }
  }
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
