import type { ReportAction } from "../../shared/core/cost/jobs/types.ts";
import type { CostReportConfig } from "../../shared/core/cost/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { CostWork } from "./context.ts";

/**
 * Does one action of a scheduled report. Each may be repeated, by somebody else too. What fails is told, and the machine decides when it is tried again.
 */
export async function performReport(
  work: CostWork,
  report: CostReportConfig,
  action: ReportAction,
): Promise<ActionResult> {
  const { key } = action;
  const { runtime, tenant } = work;
  const result = (outcome: Omit<ActionResult, "key" | "at">): ActionResult => ({
    ...{ key, at: Math.floor(runtime.now()) },
    ...outcome,
  });
  try {
    switch (action.type) {
      case "make_report": {
        const { makeReport } = await import("./make-report.ts");
        const made = await makeReport(work, report, action);
        return result({ status: "done", detail: made.summary, values: { made: made as unknown as Json } });
      }
      case "tell_receiver": {
        const { tellReceiver } = await import("./tell-receiver.ts");
        return result(await tellReceiver(work, action));
      }
      case "tell_people": {
        const { tellPeople } = await import("./tell-people.ts");
        return result({ status: "done", detail: await tellPeople(work, action) });
      }
      default: {
        // Left by a worker of a newer version, while this older one is still running.
        const { type } = action as { readonly type: string };
        return result({ status: "skipped", detail: `this version knows no action ${type}` });
      }
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const code = error instanceof HeadgateError ? error.code : "internal";
    runtime.telemetry.log("warn", `cost: ${action.type} of ${action.report} failed`, { tenant, code, error: detail });
    return result({ status: "failed", detail });
  }
}
