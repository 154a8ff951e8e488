import { loadRows } from "../../functions/alerting/group-rows.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";
import { AT } from "./source-events.ts";

const FILES = {
  "alertmanager.yml":
    "route: { receiver: all, group_by: [alertname] }\nreceivers: [{ name: all, webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }]\n",
};
const YAML = "version: 1\nalerting: { alertmanager: alertmanager.yml }\n";

/** A control plane in memory that routes alerts, at the time of the events of source-events.ts. */
export async function alertingWorld() {
  const w = await world({ config: "" });
  w.clock.advance(AT - w.clock.now());
  const parsed = parseConfig(YAML, { alerting: alertingFrom(givenFiles(FILES)) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text: YAML, files: FILES }, { by: "test" });
  return {
    ...w,
    /** Every alert that is kept, with whether it fires. */
    alerts: async (): Promise<readonly (AlertRow & { readonly firing: boolean })[]> => {
      const groups = (await w.store.list("default", "alerting")).items.map(({ key }) => key.subject);
      const rows = await Promise.all(groups.map((group) => loadRows(w.runtime, "default", group)));
      return rows.flatMap((some) => [...some.values()].map((row) => ({ ...row, firing: row.endsAt > w.clock.now() })));
    },
  };
}
