import type { Runtime } from "../../shared/shell/runtime.ts";
import { runKey } from "./run.ts";

/**
 * A plan that is not in the configuration any more is looked at no more. What is kept of its runs stays, and it goes on where the plan comes back; a run that was
 * under way is left to its deadline then, its papers to pruning.
 *
 * @throws HeadgateError of the store
 */
export async function forgetPlan(runtime: Runtime, tenant: string, plan: string): Promise<void> {
  const stored = await runtime.store.load(runKey(tenant, plan));
  if (!stored || stored.dueAt === undefined || stored.pending) return;
  await runtime.store.write(stored.key, stored.version, { state: stored.state });
  runtime.telemetry.log("info", "a backup plan is not in the configuration any more", { tenant, plan });
}
