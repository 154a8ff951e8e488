import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Nouns whose wakes are handled here. */
export const isBackup = (noun: string): boolean => noun === "backup";

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
  if (kind === "run") {
    const [{ lookAtRun }, { openPlan }] = await Promise.all([import("./run.ts"), import("./context.ts")]);
    try {
      await lookAtRun(await openPlan(runtime, tenant, name), trigger);
    } catch (error) {
      if (!(error instanceof HeadgateError && error.code === "backup.unknown")) throw error;
      const { forgetPlan } = await import("./forget-plan.ts");
      await forgetPlan(runtime, tenant, name);
    }
    return;
  }
  if (kind === "drill") {
    // A turn is long: it is a worker's.
    const [{ sendTask }, { openPlan }] = await Promise.all([import("./tasks.ts"), import("./context.ts")]);
    await sendTask(await openPlan(runtime, tenant, name), { run: name, task: "drill" });
    return;
  }
  if (kind === "restore") {
    const [{ sendTask }, { openPlan }, { loadRestore }] = await Promise.all([
      import("./tasks.ts"),
      import("./context.ts"),
      import("./restore-run.ts"),
    ]);
    // The message that was to go on with it was lost, or its worker died.
    const job = await loadRestore(runtime, tenant, name);
    if (job) await sendTask(await openPlan(runtime, tenant, job.plan), { run: name, task: "restore" });
    return;
  }
  if (kind === "dr") {
    const { lookAtRunbook } = await import("./runbook-work.ts");
    await lookAtRunbook(runtime, tenant, name, trigger);
    return;
  }
  runtime.telemetry.log("warn", "this version knows no such work of backups", { tenant, subject });
}
