import type { RunAction, TellEvent } from "../../shared/core/backup/run/types.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { PlanContext } from "./context.ts";
import "../shared-parts.ts";

interface Kind {
  readonly alertname: string;
  readonly severity: "critical" | "warning";
  readonly summary: (plan: string) => string;
}

const KINDS: Readonly<Record<TellEvent, Kind>> = {
  failed: {
    alertname: "HeadgateBackupFailed",
    severity: "critical",
    summary: (plan) => `${plan}: a backup run was given up`,
  },
  missed: {
    alertname: "HeadgateBackupMissed",
    severity: "critical",
    summary: (plan) => `${plan}: there is no new restore point`,
  },
  gaps: {
    alertname: "HeadgateBackupGaps",
    severity: "warning",
    summary: (plan) => `${plan}: a restore point does not have everything`,
  },
  degraded: {
    alertname: "HeadgateBackupDegraded",
    severity: "warning",
    summary: (plan) => `${plan}: a restore point is not at every destination`,
  },
  damaged: {
    alertname: "HeadgateBackupDamaged",
    severity: "critical",
    summary: (plan) => `${plan}: verification found a restore point damaged`,
  },
};

/** An alert of a plan with an interval lasts for two of them unless it is told again or over; of others for a day. */
const LEAST_MS = HOUR_MS;

/**
 * Tells people through alerting, and ends what is over; also the gauges that say whether a plan is well.
 *
 * @returns what was told, a sentence
 * @throws HeadgateError `alerts.unavailable`
 */
export async function tellPeople(
  { runtime, tenant, name, plan }: Pick<PlanContext, "runtime" | "tenant" | "name" | "plan">,
  { raise, end, run }: Extract<RunAction, { type: "tell" }>,
): Promise<string> {
  const now = Math.floor(runtime.now());
  for (const { event } of raise) runtime.telemetry.count("headgate_backup_alerts_total", { plan: name, event });
  if (!runtime.alerts) return "nobody is told: there is no alerting here";
  const labels = ({ alertname, severity }: Kind) => ({ alertname, plan: name, severity });
  const alerts: Alert[] = [
    ...end.map((event) => ({ labels: labels(KINDS[event]), annotations: {}, startsAt: now, endsAt: now })),
    ...raise.map(({ event, text }) => ({
      labels: labels(KINDS[event]),
      annotations: { summary: KINDS[event].summary(name), description: text, run },
      startsAt: now,
      endsAt: now + Math.max(LEAST_MS, 2 * plan.every),
    })),
  ];
  if (alerts.length > 0) await runtime.alerts.send(tenant, alerts);
  return raise.length > 0
    ? `told as ${raise.map(({ event }) => KINDS[event].alertname).join(", ")}`
    : `${end.length} alerts are over`;
}
