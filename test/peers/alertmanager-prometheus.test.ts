import { describe, expect, it } from "vitest";
import { type Alertmanager, absent, type GettableAlert, startBoth } from "./alertmanager.ts";
import { missing } from "./parts.ts";
import { startPrometheus } from "./prometheus.ts";
import { type Recorder, startRecorder, type WebhookBody } from "./webhooks.ts";

const SKIPPED = absent() ?? missing("prometheus");

const rules = `
groups:
  - name: lag
    rules:
      - alert: LagHigh
        expr: lag > 100
        labels: { severity: page }
        annotations: { summary: "{{ $labels.topic }} is {{ $value }} behind" }
`;

const config = (address: string) => `
route: { receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: "${address}/hook" }] }]
`;

/** A notification without what the two cannot have in common: when each got the alerts. */
const content = ({ alerts, externalURL: _url, ...rest }: WebhookBody & { at?: number; path?: string }) => ({
  ...rest,
  at: undefined,
  path: undefined,
  alerts: [...alerts].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
});

describe.skipIf(SKIPPED !== undefined)(`a real Prometheus sends to both${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  it("its alerts arrive, are told of, and resolve: the same bodies, instants included", async () => {
    const recorders: readonly [Recorder, Recorder] = [await startRecorder(), await startRecorder()];
    const started: { stop: () => Promise<void> }[] = [];
    try {
      // Two receivers in one place: each server has its own address.
      const both = await startBoth({ config: config(recorders[0].url) });
      started.push(both.real, both.ours);
      expect(await both.ours.reload(config(recorders[1].url))).toMatchObject({ status: 200 });
      const targets = [both.real, both.ours].map(({ endpoint }) => endpoint.slice("http://".length));
      const prometheus = await startPrometheus({
        files: {
          "prometheus.yml": JSON.stringify({
            global: { scrape_interval: "1h", evaluation_interval: "1s", external_labels: { region: "eu" } },
            rule_files: ["rules.yml"],
            alerting: { alertmanagers: [{ api_version: "v2", static_configs: [{ targets }] }] },
          }),
          "rules.yml": rules,
        },
      });
      started.push(prometheus);
      const write = (value: number) =>
        prometheus.write(
          ["orders", "clicks"].map((topic) => ({
            labels: { __name__: "lag", topic },
            points: [{ at: Date.now(), value }],
          })),
        );
      const statuses = (recorder: Recorder) => recorder.bodies("hook").map(({ status }) => status);
      const until = async (status: "firing" | "resolved") => {
        for (const recorder of recorders)
          expect(await recorder.until(() => statuses(recorder).includes(status), 15_000)).toBe(true);
      };
      // It finds out a few seconds after its start where to send to; what fires before is sent again a minute later.
      const found = async () => {
        const { data } = (await prometheus.api("alertmanagers")) as { data: { activeAlertmanagers: unknown[] } };
        return data.activeAlertmanagers.length;
      };
      await expect.poll(found, { timeout: 20_000, interval: 200 }).toBe(2);
      await write(500);
      await until("firing");
      const known = (one: Alertmanager) => one.get<GettableAlert[]>("alerts?filter=alertname%3DLagHigh");
      const [real, ours] = await Promise.all([known(both.real), known(both.ours)]);
      const kept = (list: readonly GettableAlert[]) =>
        list.map(({ updatedAt: _at, ...alert }) => alert).sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
      expect(kept(ours)).toEqual(kept(real));
      expect(real).toHaveLength(2);
      await write(1);
      await until("resolved");
      const [theirs, mine] = recorders.map((recorder) => recorder.bodies("hook").map(content));
      expect(mine).toEqual(theirs);
      expect(mine?.map(({ status, notification_reason: reason }) => `${status}: ${reason}`)).toEqual([
        "firing: first notification",
        "resolved: all alerts resolved",
      ]);
    } finally {
      await Promise.all(started.map((one) => one.stop()));
      await Promise.all(recorders.map((one) => one.close()));
    }
  }, 60_000);
});
