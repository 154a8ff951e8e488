import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doCostWork } from "../../functions/cost/queue.ts";
import { tickCost } from "../../functions/cost/schedule.ts";
import type { CostMessage } from "../../functions/cost/work-message.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Notification } from "../../shared/core/ports/notify.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { readersFrom } from "../../shared/shell/config-readers.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { world } from "../api/kit.ts";

export const TENANT = "default";

/** A receiver that is told over Slack and by a webhook, at addresses of one's own. */
export const alertmanager = (url = "http://127.0.0.1:9") =>
  [
    "route: { receiver: team }",
    "receivers:",
    "  - name: team",
    `    slack_configs: [{ api_url: "${url}/slack", channel: "#cost" }]`,
    `    webhook_configs: [{ url: "${url}/hook" }]`,
  ].join("\n");

/** A control plane in memory whose section `cost` is given, with everything that it tells kept. */
export async function jobsWorld(cost: string, { files = { "alertmanager.yml": alertmanager() }, extra = "" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "headgate-cost-"));
  const base = await world({ config: "" });
  const sent: Notification[] = [];
  const raised: Alert[] = [];
  const runtime: Runtime = {
    ...base.runtime,
    baseDir: folder,
    notify: {
      send: async (_, notification) => {
        sent.push(notification);
        return { ok: true, detail: "delivered" };
      },
    },
    alerts: { send: async (_, alerts) => void raised.push(...alerts) },
  };
  const apply = async (section: string) => {
    const text = `version: 1\nalerting: { alertmanager: alertmanager.yml }\n${extra}\ncost:\n${section}`;
    const parsed = parseConfig(text, readersFrom(givenFiles(files)));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    await applyConfig(runtime, TENANT, { ...parsed, text, files }, { by: "test" });
  };
  await apply(cost);
  /** One tick, and the work it asks for. */
  const tick = async (using: Runtime = runtime): Promise<readonly CostMessage[]> => {
    const asked: CostMessage[] = [];
    await tickCost(using, { send: async (messages) => void asked.push(...messages) }, TENANT);
    for (const message of asked) await doCostWork(using, message);
    return asked;
  };
  return { ...base, runtime, folder, sent, raised, apply, tick };
}
