import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { flushDue } from "../../functions/alerting/flush.ts";
import { handleWake } from "../../functions/alerting/queue.ts";
import { sender } from "../../functions/alerting/sender.ts";
import { wallNotify } from "../../local/alerting/wall-notify.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { CONFIG, MINUTE, type World } from "../api/kit.ts";

type Changeable = { -readonly [M in keyof Runtime]: Runtime[M] };

/** What a webhook was told: the body as it came. */
export interface Told {
  readonly status: string;
  readonly receiver: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

/** A receiver on this machine that writes down what it is told; `refuse` makes it answer 500 so often. */
export async function webhook() {
  const told: Told[] = [];
  let refusals = 0;
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    return Buffer.concat(parts).toString("utf8");
  };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (refusals > 0) {
      refusals -= 1;
      response.writeHead(500).end("the pager is out of order");
      return;
    }
    told.push(JSON.parse(body) as Told);
    response.writeHead(200).end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    told,
    refuse: (times: number) => {
      refusals = times;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const AM = (url: string) => `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
  routes:
  - receiver: pager
    matchers: [severity="critical"]
    continue: true
  - receiver: night
    matchers: [team="batch"]
    mute_time_intervals: [always]
  - receiver: team
    matchers: [team=~"kafka|flink"]
    group_by: [alertname, cluster]
    routes:
    - receiver: storage
      matchers: [kind="disk", severity!="info"]
inhibit_rules:
- source_matchers: [alertname="ClusterDown"]
  target_matchers: [severity="warning"]
  equal: [cluster]
time_intervals:
- name: always
  time_intervals:
  - times: [{ start_time: "00:00", end_time: "24:00" }]
- name: sundays
  time_intervals:
  - weekdays: [sunday]
receivers:
- name: team
  webhook_configs:
  - url: ${url}
- name: pager
  webhook_configs:
  - url: ${url}
    send_resolved: false
- name: storage
  webhook_configs:
  - url: ${url}
- name: night
  webhook_configs:
  - url: ${url}
- name: nobody
`;

const SECTION = `alerting:
  alertmanager: am.yml
  escalation:
  - { match: ['severity="critical"'], after: 15m, to: storage }
oncall:
  people: { ann: { name: Ann Example, receiver: pager }, bob: { receiver: pager } }
  schedules:
    primary: { zone: Europe/Berlin, layers: [{ people: [ann], start: "2020-01-01" }] }
    evenings: { zone: UTC, layers: [{ people: [bob], start: "2100-01-01" }] }
  escalations:
    prod: { levels: [{ to: [primary] }, { to: [bob] }] }
`;

/** Alert routing switched on, with a receiver on this machine. */
export async function routed(world: World, url: string) {
  const runtime = world.runtime as Changeable;
  const files = { read: (path: string) => (path === "am.yml" ? AM(url) : undefined), list: () => [] };
  const text = `${CONFIG}${SECTION}`;
  const parsed = parseConfig(text, { alerting: alertingFrom(files) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const send = sender(runtime, {
    allowLocal: true,
    env: {},
    baseDir: "/",
    aws: { credentials: async () => ({ accessKeyId: "none", secretAccessKey: "none" }) },
    now: Date.now,
  });
  runtime.notify = wallNotify(send, world.clock.now, 1);
  await applyConfig(runtime, DEFAULT_TENANT, { ...parsed, text }, { by: "test" });
  return {
    /** Posts as Prometheus does; each alert fires for an hour unless it says otherwise. */
    post: async (...alerts: readonly Posted[]) => {
      const now = world.clock.now();
      const answer = await world.post(
        "/api/v2/alerts",
        alerts.map(({ annotations = {}, labels, ago = 0, resolved = false, from }) => ({
          labels,
          annotations,
          startsAt: new Date(now - ago).toISOString(),
          endsAt: new Date(resolved ? now : now + 60 * MINUTE).toISOString(),
          ...(from === undefined ? {} : { generatorURL: from }),
        })),
      );
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    /** Lets time pass from timer to timer, as the queue does when deployed. */
    pass: async (ms: number) => {
      const until = world.clock.now() + ms;
      for (;;) {
        const [next] = world.timers.waiting();
        if (!next || next.at > until) break;
        if (next.at > world.clock.now()) world.clock.set(next.at);
        for (const wake of world.timers.take()) await handleWake(runtime, wake);
      }
      if (until > world.clock.now()) world.clock.set(until);
      await flushDue(runtime, DEFAULT_TENANT);
    },
    close: () => send.close(),
  };
}

export interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Began so long ago, ms. */
  readonly ago?: number;
  readonly resolved?: boolean;
  /** generatorURL. */
  readonly from?: string;
}

/** A bad night: something pages, something is inhibited, silenced, muted, acknowledged, over. */
export async function badNight(world: World, url: string) {
  const story = await routed(world, url);
  await story.post(
    {
      labels: { alertname: "KafkaDown", severity: "critical", team: "kafka", cluster: "c1", instance: "10.0.0.3:9092" },
      annotations: { summary: "Kafka broker is down", runbook: "https://runbooks.example/kafka" },
      ago: MINUTE,
      from: "http://prometheus.example/graph?g0.expr=up",
    },
    {
      labels: { alertname: "ClusterDown", severity: "critical", team: "kafka", cluster: "c2" },
      annotations: { summary: "Cluster c2 does not answer" },
    },
    {
      labels: { alertname: "KafkaConsumerLag", severity: "warning", team: "kafka", cluster: "c2", group: "billing" },
      annotations: { summary: "High consumer lag detected" },
    },
    {
      labels: {
        alertname: "DiskFull",
        severity: "warning",
        team: "kafka",
        kind: "disk",
        cluster: "c1",
        instance: "db-1",
      },
      annotations: { description: "The disk of db-1 fills up within four hours" },
    },
    {
      labels: {
        alertname: "DiskFull",
        severity: "warning",
        team: "kafka",
        kind: "disk",
        cluster: "c1",
        instance: "db-2",
      },
    },
    { labels: { alertname: "BatchLate", severity: "warning", team: "batch" } },
    { labels: { alertname: "Flapping", severity: "info", instance: "a" } },
  );
  await story.pass(2 * MINUTE);
  await world.post("/api/v1/alerting/silences", {
    matchers: ['instance="db-2"'],
    duration: "2h",
    comment: "the disk of db-2 is being replaced",
    createdBy: "ada",
  });
  await story.post({
    labels: { alertname: "Flapping", severity: "info", instance: "a" },
    ago: 2 * MINUTE,
    resolved: true,
  });
  await story.pass(3 * MINUTE);
  return story;
}
