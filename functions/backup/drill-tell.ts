import type { DrillAction } from "../../shared/core/backup/drill/types.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { PlanContext } from "./context.ts";

const FAILED = { alertname: "HeadgateDrillFailed", severity: "critical" } as const;
const BREACHED = { alertname: "HeadgateRecoveryObjectiveBreached", severity: "critical" } as const;

/** Tells people what became of a drill; one that passed ends what earlier ones said. @throws HeadgateError `alerts.unavailable` */
export async function tellDrill(
  { runtime, tenant, name, plan }: Pick<PlanContext, "runtime" | "tenant" | "name" | "plan">,
  { key, event, text }: DrillAction,
): Promise<ActionResult> {
  const now = Math.floor(runtime.now());
  const done = (detail: string): ActionResult => ({ key, status: "done", at: now, detail });
  if (!runtime.alerts) return done("nobody is told: there is no alerting here");
  // Until the next drill says otherwise.
  const until = now + (plan.drill ? plan.drill.every + HOUR_MS : 24 * HOUR_MS);
  const alerts = [FAILED, BREACHED].map((kind) => {
    const fires = (event === "failed" && kind === FAILED) || (event === "breached" && kind === BREACHED);
    const summary = `${name}: ${kind === FAILED ? "a restore could not be proven" : "recovery takes longer or loses more than it may"}`;
    return {
      labels: { ...kind, plan: name },
      annotations: fires ? { summary, description: text } : {},
      startsAt: now,
      endsAt: fires ? until : now,
    };
  });
  await runtime.alerts.send(tenant, alerts);
  return done(
    event === "passed"
      ? "what earlier drills said is over"
      : `told as ${(event === "failed" ? FAILED : BREACHED).alertname}`,
  );
}
