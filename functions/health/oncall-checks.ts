import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { HealthCheck } from "../api/views.ts";

const MOST_NAMED = 3;

/** Whether somebody is on call now by each schedule, where hours without anybody are not meant, and whether each escalation leads to somebody. */
export async function oncallCheck(runtime: Runtime, tenant: string): Promise<HealthCheck> {
  const section = (await currentConfig(runtime, tenant))?.config.oncall;
  if (!section) return { status: "pass", output: "no schedules are configured" };
  const { oncallView } = await import("../alerting/oncall-deferred.ts");
  const { schedules, escalations } = await oncallView(runtime, tenant);
  const bare = schedules
    .filter(({ schedule, person }) => person === undefined && section.schedules[schedule]?.gaps !== "meant")
    .map(({ schedule }) => `schedule ${schedule}`);
  const deaf = escalations
    .filter(({ levels }) => levels.every(({ tells }) => tells.length === 0))
    .map(({ escalation }) => `every level of ${escalation}`);
  const found = [...bare, ...deaf];
  const figure = { observedValue: found.length, observedUnit: "with nobody on call" };
  if (found.length === 0) return { status: "pass", ...figure };
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : "";
  return { status: "warn", ...figure, output: `nobody is on call: ${found.slice(0, MOST_NAMED).join(", ")}${more}` };
}
