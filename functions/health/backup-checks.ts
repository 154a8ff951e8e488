import { formatDuration } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { HealthCheck } from "../api/views.ts";
import { planAges } from "../backup/age.ts";

const MOST_NAMED = 3;
const SECOND_MS = 1_000;
const UNIT = "seconds since the cut";

/**
 * Whether every plan has a verified point that is younger than two intervals. Late points warn and do not fail: an API that is taken out of
 * service because of them could not show why.
 */
export async function backupCheck(runtime: Runtime, tenant: string): Promise<HealthCheck> {
  const ages = await planAges(runtime, tenant);
  const oldest = Math.max(...ages.map(({ ms }) => ms));
  if (ages.length === 0) return { status: "pass", output: "no plan makes backups, or none was looked at yet" };
  const observed = { observedValue: Math.round(oldest / SECOND_MS), observedUnit: UNIT };
  const late = ages.filter((age) => age.late);
  if (late.length === 0) return { status: "pass", ...observed };
  const named = late
    .slice(0, MOST_NAMED)
    .map(({ plan, ms, none }) =>
      none
        ? `${plan} has had no verified point for ${formatDuration(ms)}`
        : `the newest verified point of ${plan} is ${formatDuration(ms)} old`,
    );
  const more = late.length > MOST_NAMED ? `; and ${late.length - MOST_NAMED} more` : "";
  return { status: "warn", ...observed, output: `${named.join("; ")}${more}` };
}
