import { describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { redacted } from "../../shared/shell/config-redact.ts";
import { applyConfig, currentConfig, planConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";

const file = (webhook: string, wait = "30s"): string =>
  `route: {receiver: r, group_wait: ${wait}}\nreceivers: [{name: r, webhook_configs: [{url: "http://h/${webhook}"}]}]\n`;

function parsed(alertmanager: string) {
  const read = parseConfig("version: 1\nalerting: {alertmanager: a.yml}\n", {
    alerting: alertingFrom(givenFiles({ "a.yml": alertmanager })),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read;
}

describe("the plan of a configuration with alerting", () => {
  it("tells that a secret changed and never which, and each other change by its path", async () => {
    const { runtime } = await world({ config: "" });
    const before = parsed(file("hunter2"));
    await applyConfig(runtime, "default", { ...before, text: "" }, { by: "test" });
    const plan = await planConfig(runtime, "default", parsed(file("hunter3", "1m")).config, redacted);
    expect(plan.map(({ path }) => path)).toEqual([
      "alerting.settings.receivers",
      "alerting.settings.route.groupWaitMs",
    ]);
    expect(plan[1]).toMatchObject({ from: 30_000, to: 60_000 });
    expect(JSON.stringify(plan)).not.toContain("hunter");
    expect(await planConfig(runtime, "default", before.config, redacted)).toEqual([]);
  });

  it("what is stored works: the secret is in what integrations get", async () => {
    const { runtime } = await world({ config: "" });
    await applyConfig(runtime, "default", { ...parsed(file("hunter2")), text: "" }, { by: "test" });
    const stored = (await currentConfig(runtime, "default"))?.config.alerting;
    expect(stored?.settings.receivers[0]?.integrations[0]?.settings["url"]).toBe("http://h/hunter2");
  });
});
