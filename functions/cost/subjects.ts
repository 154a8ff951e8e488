import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Nouns whose wakes are handled here. */
export const isCost = (noun: string): boolean => noun === "cost";

/**
 * Looks at one aggregate of the noun, by what its subject begins with. One of a kind that this build does not know is left alone.
 *
 * @throws HeadgateError of store and journal
 */
export async function lookAtSubject(
  runtime: Runtime,
  tenant: string,
  subject: string,
  trigger: Trigger,
): Promise<void> {
  const colon = subject.indexOf(":");
  const [kind, name] = [subject.slice(0, colon), subject.slice(colon + 1)];
  if (kind === "report") {
    const { lookAtReport } = await import("./report-job.ts");
    await lookAtReport(runtime, tenant, name, trigger);
    return;
  }
  if (kind === "change") {
    const { lookAtChange } = await import("./guard.ts");
    await lookAtChange(runtime, tenant, name, trigger);
    return;
  }
  if (kind === "anomaly") {
    const [{ lookAtAnomalies }, { openCost }] = await Promise.all([
      import("./anomaly-look.ts"),
      import("./context.ts"),
    ]);
    await lookAtAnomalies(await openCost(runtime, tenant), trigger);
    return;
  }
  if (kind === "budget") {
    // What was told of it may not have arrived; all of them are one reading of the bills.
    const [{ lookAtBudgets }, { openCost }] = await Promise.all([import("./budgets.ts"), import("./context.ts")]);
    await lookAtBudgets(await openCost(runtime, tenant), trigger);
    return;
  }
  runtime.telemetry.log("warn", "this version knows no such work of cost", { tenant, subject });
}
