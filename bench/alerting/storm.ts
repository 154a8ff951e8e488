import { startHeadgate } from "../../test/peers/alertmanager.ts";
import { startRecorder } from "../../test/peers/webhooks.ts";
import { rssMb } from "./flood.ts";

const ALERTS = 50_000;
const BATCH = 500;
/** Prometheus servers that post at once. */
const SENDERS = 4;

export interface Storm {
  /** Alerts refused, or taken and never told of. */
  readonly lost: number;
  readonly webhooks: number;
  /** Of any request, while it lasted. */
  readonly slowestMs: number;
  readonly rssMb: number;
}

/** One cause takes 50,000 series down within a minute: one group, one notification with the number of all. */
export async function storm(): Promise<Storm> {
  const recorder = await startRecorder();
  const server = await startHeadgate({
    config: JSON.stringify({
      route: { receiver: "hook", group_by: ["alertname"], group_wait: "20s", group_interval: "5m" },
      receivers: [{ name: "hook", webhook_configs: [{ url: `${recorder.url}/hook`, max_alerts: 20 }] }],
    }),
  });
  try {
    let [slowestMs, next] = [0, 0];
    const timed = async (method: string, path: string, body?: unknown): Promise<void> => {
      const from = performance.now();
      await server.request(method, path, body);
      slowestMs = Math.max(slowestMs, performance.now() - from);
    };
    const sender = async () => {
      for (let from = next; from < ALERTS; from = next) {
        next += BATCH;
        const alerts = Array.from({ length: BATCH }, (_, index) => ({
          labels: { alertname: "ZoneLost", zone: "eu-1a", instance: `i-${from + index}` },
        }));
        await timed("POST", "/api/v2/alerts", alerts);
        await timed("GET", "/api/v2/status");
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    if (!(await recorder.until(() => recorder.received.length > 0, 60_000)))
      throw new Error("the storm was not told of");
    const bodies = recorder.bodies("hook");
    const toldOf = Math.max(...bodies.map(({ alerts, truncatedAlerts }) => alerts.length + truncatedAlerts));
    return { lost: ALERTS - toldOf, webhooks: bodies.length, slowestMs, rssMb: rssMb(server.pid) };
  } finally {
    await server.stop();
    await recorder.close();
  }
}
