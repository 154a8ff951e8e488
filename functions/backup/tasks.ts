import { drillSubject } from "../../shared/core/backup/drill/types.ts";
import { isOver } from "../../shared/core/backup/restore/machine.ts";
import { restoreSubject } from "../../shared/core/backup/restore/state.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { openPlan, type PlanContext } from "./context.ts";
import { stepDrill } from "./drill.ts";
import { openRestore } from "./restore-open.ts";
import { type RestoreRules, stepRestore } from "./restore-run.ts";
import { verifyPoint } from "./verify.ts";
import type { WorkLimits } from "./work-queue.ts";

/** Of the time that is left; the rest is for what a turn has to say at its end. */
const SHARE = 0.7;

/** What a restore began with is in its own state; these are said along for whoever reads the queue. */
export const rulesOf = (message: WorkMessage): RestoreRules => ({
  approval: message.approval === true,
  check: message.check === true,
});

/** Opens what a restore of this plan needs, turn for turn. */
export const opener = (context: PlanContext) => (job: { readonly point: string; readonly cluster: string }) =>
  openRestore(context, job.point, job.cluster);

/** Hands out a piece of work that is no unit of a run. @throws HeadgateError `runtime.unsupported` where nobody works here */
export async function sendTask(
  { runtime, tenant, name }: PlanContext,
  message: Omit<WorkMessage, "tenant" | "plan" | "attempt">,
  attempt = 0,
): Promise<void> {
  if (!runtime.work) throw new HeadgateError("runtime.unsupported", "nobody does the work of backups here");
  await runtime.work.send([{ tenant, plan: name, attempt, ...message }]);
}

/** One turn of a restore or a drill, or a verification that somebody asked for; what is not over is handed out again. @throws HeadgateError of store and places */
export async function doTask(runtime: Runtime, message: WorkMessage, limits: WorkLimits): Promise<void> {
  const context = await openPlan(runtime, message.tenant, message.plan);
  const deadline = runtime.now() + SHARE * limits.leftMs() * runtime.speed;
  const signal = limits.signal ? { signal: limits.signal } : {};
  const again = (): Promise<void> => sendTask(context, message, message.attempt + 1);
  switch (message.task) {
    case "restore": {
      const job = await stepRestore(runtime, message.tenant, opener(context), message.run, {
        deadline,
        ...signal,
        rules: rulesOf(message),
      });
      if (isOver(job) || job.phase === "approval") return;
      return goOn(context, restoreSubject(message.run), job, again);
    }
    case "drill": {
      const { current } = await stepDrill(context, { deadline, ...signal });
      if (!current) return;
      return goOn(context, drillSubject(context.name), current, again);
    }
    case "check":
      await verifyPoint(context.places, context.name, message.run, {
        deep: message.depth === "deep",
        now: runtime.now,
        ...signal,
      });
      return;
    default:
      throw new HeadgateError("input.invalid", `${message.task} is no task of this kind`);
  }
}

/**
 * Who goes on with what is not over. Where somebody else has it, that one does: a message that was handed out twice ends here instead of going round beside the other, and a
 * worker that died is found by the tick. What failed a moment ago is woken when it may be tried again.
 */
async function goOn(
  { runtime, tenant }: PlanContext,
  subject: string,
  { worker, againAt }: { readonly worker?: { readonly until: number }; readonly againAt?: number },
  again: () => Promise<void>,
): Promise<void> {
  if (worker) return;
  if (againAt === undefined || againAt <= runtime.now()) return again();
  await runtime.timers.wake({ key: { tenant, noun: "backup", subject }, at: Math.ceil(againAt) });
}
