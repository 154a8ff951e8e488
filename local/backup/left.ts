import { openPlan } from "../../functions/backup/context.ts";
import { lookAtRun, runKey, runStateOf } from "../../functions/backup/run.ts";
import { VERIFICATION } from "../../shared/core/backup/run/sealing.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/**
 * Runs that an earlier process left under way go on at once: what its workers had in hand went with them, and is handed out again. What they had done lies at the destinations.
 *
 * @throws HeadgateError of store and journal
 */
export async function goOnWithRuns(runtime: Runtime, tenant: string): Promise<void> {
  const why = "the process that did it has ended";
  for (const plan of Object.keys((await currentConfig(runtime, tenant))?.config.backup ?? {})) {
    const current = runStateOf(await runtime.store.load(runKey(tenant, plan)))?.current;
    if (!current) continue;
    const lost = current.phase === "verifying" ? [VERIFICATION] : current.flying.map(({ unit }) => unit);
    await lookAtRun(
      await openPlan(runtime, tenant, plan),
      { type: "schedule", detail: "start" },
      { told: { failed: lost.map((unit) => ({ unit, why })) } },
    );
  }
}
