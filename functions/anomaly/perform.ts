import type { AnomalyAction } from "../../shared/core/anomaly/types.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

export type Teach = Extract<AnomalyAction, { type: "teach" }>;

/**
 * Does one action. An alert is the same alert however often it is sent; what is taught carries a key that the series remembers.
 *
 * @throws HeadgateError `alerts.unavailable`, or what `teach` throws: the action stays pending and is tried again later.
 */
export async function perform(
  runtime: Runtime,
  tenant: string,
  action: AnomalyAction,
  teach: (action: Teach) => Promise<string>,
): Promise<ActionResult> {
  const { key } = action;
  switch (action.type) {
    case "notify": {
      const { alert } = action;
      const what = `${alert.labels["signal"]} ${key.endsWith(":firing") ? "firing" : "resolved"}`;
      if (!runtime.alerts)
        return { key, status: "skipped", at: runtime.now(), detail: `no receiver of alerts is configured (${what})` };
      await runtime.alerts.send(tenant, [alert]);
      return { key, status: "done", at: runtime.now(), detail: `alert sent: ${what}` };
    }
    case "teach": {
      const detail = await teach(action);
      return { key, status: "done", at: runtime.now(), detail };
    }
    default: {
      // Left by a worker of a newer version, while this older one is still running.
      const unknown = action as { readonly key: string; readonly type: string };
      const detail = `this version knows no action ${unknown.type}`;
      return { key: unknown.key, status: "skipped", at: runtime.now(), detail };
    }
  }
}
