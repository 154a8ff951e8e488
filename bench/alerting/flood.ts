import { readFileSync } from "node:fs";
import type { Alertmanager, Given } from "../../test/peers/alertmanager.ts";
import { type Recorder, startRecorder } from "../../test/peers/webhooks.ts";

/** How 5,000 alerts are gathered. */
export const GROUPINGS = {
  "1 group": ["alertname"],
  "50 groups": ["cluster"],
  "5,000 groups": ["..."],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Grouping = keyof typeof GROUPINGS;

const CLUSTERS = 50;
const BATCH = 100;

export interface Flood {
  readonly perSecond: number;
  /** After the first POST began. */
  readonly firstWebhookMs: number;
  readonly allToldMs: number;
  readonly webhooks: number;
  readonly alertsMs: number;
  readonly groupsMs: number;
  readonly rssMb: number;
}

const config = (by: readonly string[], address: string): string =>
  JSON.stringify({
    route: { receiver: "hook", group_by: by, group_wait: "1s", group_interval: "5m", repeat_interval: "4h" },
    receivers: [{ name: "hook", webhook_configs: [{ url: `${address}/hook` }] }],
  });

const alertAt = (index: number) => ({
  labels: {
    alertname: "InstanceDown",
    cluster: `cluster-${index % CLUSTERS}`,
    instance: `10.0.${index >> 8}.${index & 255}:9100`,
    job: "node",
    severity: "page",
  },
  annotations: { summary: `Instance ${index} is down`, description: "It has not been reached for five minutes." },
  generatorURL: "http://prometheus.example.org/graph?g0.expr=up%20%3D%3D%200",
});

/** Memory that a process has resident, in MB. */
export const rssMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

/** Waits until so many different alerts were told of. */
async function told(recorder: Recorder, count: number, withinMs: number): Promise<number> {
  let [seen, alerts] = [0, 0];
  const enough = () => {
    for (; seen < recorder.received.length; seen += 1)
      alerts += recorder.received[seen]?.text.match(/"fingerprint"/g)?.length ?? 0;
    return alerts >= count;
  };
  if (!(await recorder.until(enough, withinMs))) throw new Error(`${alerts} of ${count} alerts were told of in time`);
  return recorder.received.at(-1)?.at ?? Number.NaN;
}

/** Posts alerts, a batch after the other on one connection, to a server started for it, and waits for the last notification. */
export async function flood(
  start: (given: Given) => Promise<Alertmanager>,
  grouping: Grouping,
  count: number,
): Promise<Flood> {
  const recorder = await startRecorder();
  const server = await start({ config: config(GROUPINGS[grouping], recorder.url) });
  try {
    const batches = Array.from({ length: count / BATCH }, (_, batch) =>
      JSON.stringify(Array.from({ length: BATCH }, (_alert, index) => alertAt(batch * BATCH + index))),
    );
    const [began, from] = [Date.now(), performance.now()];
    for (const batch of batches) {
      const { status, text } = await server.request("POST", "/api/v2/alerts", batch);
      if (status !== 200) throw new Error(`${server.name}: ${status} ${text}`);
    }
    const postedMs = performance.now() - from;
    const last = await told(recorder, count, 60_000);
    const timed = async (path: string): Promise<number> => {
      const asked = performance.now();
      await server.get(path);
      return performance.now() - asked;
    };
    const alertsMs = await timed("alerts");
    const groupsMs = await timed("alerts/groups");
    return {
      perSecond: (count * 1000) / postedMs,
      firstWebhookMs: (recorder.received[0]?.at ?? Number.NaN) - began,
      allToldMs: last - began,
      webhooks: recorder.received.length,
      alertsMs,
      groupsMs,
      rssMb: rssMb(server.pid),
    };
  } finally {
    await server.stop();
    await recorder.close();
  }
}
