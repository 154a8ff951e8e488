import type { RestoreAction } from "../../shared/core/backup/restore/state.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

const FAILED = { alertname: "HeadgateRestoreFailed", severity: "critical" } as const;
const WAITS = { alertname: "HeadgateRestoreApprovalNeeded", severity: "warning" } as const;

/** Tells people through alerting. @throws HeadgateError `alerts.unavailable` */
export async function tellRestore(runtime: Runtime, tenant: string, action: RestoreAction): Promise<ActionResult> {
  const now = Math.floor(runtime.now());
  const done = (detail: string): ActionResult => ({ key: action.key, status: "done", at: now, detail });
  if (!runtime.alerts) return done("nobody is told: there is no alerting here");
  const { restore, text, event } = action;
  const alert = (kind: typeof FAILED | typeof WAITS, endsAt: number) => ({
    labels: { ...kind, restore },
    annotations: {
      summary: `restore ${restore}: ${kind === WAITS ? "waits for approval" : "failed"}`,
      description: text,
    },
    startsAt: now,
    endsAt,
  });
  const alerts =
    event === "over"
      ? [alert(WAITS, now)]
      : [alert(event === "failed" ? FAILED : WAITS, now + HOUR_MS), ...(event === "failed" ? [alert(WAITS, now)] : [])];
  await runtime.alerts.send(tenant, alerts);
  return done(
    event === "over"
      ? "what it waited for is over"
      : `told as ${event === "failed" ? FAILED.alertname : WAITS.alertname}`,
  );
}
