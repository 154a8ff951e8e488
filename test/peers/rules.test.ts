import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { replayAll } from "../../functions/decisions/replay.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import { startPrometheusScraper } from "../../local/monitoring/scraper.ts";
import { openWindow } from "../../local/monitoring/window.ts";
import { type Labels, labelsKey } from "../../shared/core/kernel/labels.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import type { RuleState } from "../../shared/core/monitoring/rule-types.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { alertmanagerAlerts } from "../../shared/edge/alertmanager-alerts.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { prometheusQueries } from "../../shared/edge/prometheus-queries.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { world } from "../api/kit.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { monitoringConfig } from "../monitoring/given-world.ts";
import { missing } from "./parts.ts";
import { startPrometheus } from "./prometheus.ts";

const SECOND = 1_000;
const tenant = "default";
const SKIPPED = missing("prometheus");

/** The platform's rules with its waiting times fifteen times as short, and one more with keep_firing_for. */
function shortRules(): string {
  const text = readFileSync(new URL("../../examples/rules/platform.yml", import.meta.url), "utf8");
  const short = text.replace(/for: (\d+)(s|m)$/gm, (_, count: string, unit: string) => {
    return `for: ${(Number(count) * (unit === "m" ? 60 : 1)) / 15}s`;
  });
  const kept = `
  - name: kept.rules
    rules:
      - alert: FlinkJobFlaps
        expr: flink_jobmanager_job_uptime == 0
        for: 1s
        keep_firing_for: 4s
        labels: { severity: "{{ if eq $labels.job_name \\"etl\\" }}page{{ else }}ticket{{ end }}" }
        annotations: { summary: "{{ $labels.job_name }} at {{ $value | humanize }}" }
`;
  return `${short.trimEnd()}\n${kept}`;
}

/** What the exporters say, by seconds since the beginning. */
const at = (second: number, ...phases: readonly (readonly [from: number, to: number])[]): boolean =>
  phases.some(([from, to]) => second >= from && second < to);
const exposition = (second: number): string =>
  [
    // 2 m become 8 s: too short at first, long enough then; a second group all the time.
    `kafka_consumer_lag_sum{group="billing"} ${at(second, [3, 8], [12, 24]) ? 4_000 : 10}`,
    `kafka_consumer_lag_sum{group="audit"} ${at(second, [5, 30]) ? 2_500.5 : 0}`,
    // The series is gone for a while in the middle of being bad.
    ...(at(second, [18, 21])
      ? []
      : [`flink_jobmanager_job_uptime{job_name="etl"} ${at(second, [6, 13], [16, 26]) ? 0 : 5_000}`]),
    `flink_jobmanager_job_uptime{job_name="ads"} ${at(second, [9, 12]) ? 0 : 7_000}`,
    `flink_jobmanager_job_lastCheckpointDuration{job_name="etl"} ${at(second, [4, 29]) ? 400_000 : 900}`,
    `flink_taskmanager_job_task_backPressuredTimeMsPerSecond{task_name="sink"} ${at(second, [2, 9], [11, 25]) ? 300 : 0}`,
    "",
  ].join("\n");
/** The broker's own exporter is away twice, once too short. */
const brokerUp = (second: number): boolean => !at(second, [5, 6.5], [10, 16]);
const RUN_SECONDS = 38;

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `127.0.0.1:${port}`, close };
}

interface Posted {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly endsAt?: string;
}

/** An Alertmanager that keeps all it is sent. */
async function receiver() {
  const posted: Posted[] = [];
  const server = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString("utf8")));
    request.on("end", () => {
      if (request.url?.endsWith("/api/v2/alerts")) posted.push(...(JSON.parse(body) as Posted[]));
      response.end("{}");
    });
  });
  return { ...server, posted };
}

/** A control plane of its own over a source of answers. */
async function headgate(queries: Queries, rules: string, alertmanager: string) {
  const { runtime: base } = await world({ config: "" });
  const now = Date.now;
  const http = httpClient({ allowLocal: true });
  const alerts = alertmanagerAlerts({
    http,
    receivers: async () => [`http://${alertmanager}/api/v2/alerts`],
    sleep: async () => {},
    random: () => 0.5,
  });
  const runtime: Runtime = {
    ...base,
    now,
    store: memoryStore(now),
    journal: memoryJournal(),
    objects: memoryObjects({ now }),
    queries: () => queries,
    alerts,
  };
  const read = readRuleFile(parse(rules), "rules.yml");
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const groups = read.groups.map((group) => ({ ...group, intervalMs: SECOND }));
  const config = {
    version: 1,
    services: {},
    autoscaling: {},
    monitoring: monitoringConfig({ groups }),
  } as HeadgateConfig;
  await applyConfig(runtime, tenant, { config, version: "cfg_1", text: "# 1" }, { by: "test" });
  return {
    tick: () => evaluateRules(runtime, { tenant, trigger: { type: "schedule" } }),
    records: async () => [...(await runtime.journal.list({ tenant, noun: "monitoring", limit: 500 })).items].reverse(),
  };
}

interface Change {
  readonly state: "pending" | "firing" | "gone";
  readonly at: number;
}

/** From Prometheus's own ALERTS series: raw samples, one for each evaluation. */
function changesOf(
  samples: readonly { readonly metric: Labels; readonly values?: readonly (readonly [number, string])[] }[],
) {
  const found = new Map<string, Map<number, "pending" | "firing">>();
  for (const { metric, values = [] } of samples) {
    const { __name__: _, alertstate, ...labels } = metric;
    const states = found.get(labelsKey(labels)) ?? new Map<number, "pending" | "firing">();
    for (const [seconds] of values) states.set(Math.round(seconds * SECOND), alertstate as "pending" | "firing");
    found.set(labelsKey(labels), states);
  }
  const changes = new Map<string, Change[]>();
  for (const [key, states] of found) {
    const list: Change[] = [];
    let last: { at: number; state: string } | undefined;
    for (const [when, state] of [...states].sort(([a], [b]) => a - b)) {
      if (last && when - last.at > 1.5 * SECOND) {
        list.push({ state: "gone", at: last.at + SECOND });
        last = undefined;
      }
      if (last?.state !== state) list.push({ state, at: when });
      last = { at: when, state };
    }
    if (last) list.push({ state: "gone", at: last.at + SECOND });
    changes.set(key, list);
  }
  return changes;
}

/** From our own records: state after each decision. */
function changesOfRecords(records: readonly DecisionRecord[]) {
  const changes = new Map<string, Change[]>();
  const now = new Map<string, string>();
  for (const { subject, stateAfter, input } of records) {
    const { alerts } = stateAfter as unknown as RuleState;
    const when = (input as unknown as { evaluations: { at: number }[] }).evaluations.at(-1)?.at ?? 0;
    const seen = new Set<string>();
    for (const { labels, state, firedAt = when } of Object.values(alerts)) {
      const key = labelsKey(labels);
      seen.add(key);
      const shown = state === "resolved" ? "gone" : state;
      if (now.get(key) === shown || (shown === "gone" && !now.has(key))) continue;
      changes.set(key, [...(changes.get(key) ?? []), { state: shown, at: shown === "firing" ? firedAt : when }]);
      now.set(key, shown);
      ruleOf.set(key, subject);
    }
    for (const [key, state] of now) {
      if (ruleOf.get(key) !== subject || seen.has(key) || state === "gone") continue;
      changes.set(key, [...(changes.get(key) ?? []), { state: "gone", at: when }]);
      now.set(key, "gone");
    }
  }
  return changes;
}
const ruleOf = new Map<string, string>();

describe.skipIf(SKIPPED)(`the five rules beside a real Prometheus${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  it("same exposition: the same alerts, the same waiting, each change within one interval", async () => {
    let began = Number.POSITIVE_INFINITY;
    const second = () => (Date.now() - began) / SECOND;
    const exporter = await listen((_, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(exposition(second()));
    });
    const broker = await listen((_, response) => {
      response.statusCode = brokerUp(second()) ? 200 : 503;
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end("kafka_brokers 3\n");
    });
    const inboxes = { theirs: await receiver(), window: await receiver(), api: await receiver() };
    const rules = shortRules();
    const file = {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      scrape_configs: [
        { job_name: "kafka", static_configs: [{ targets: [broker.address] }] },
        { job_name: "flink", static_configs: [{ targets: [exporter.address] }] },
      ],
    };
    const alerting = { alertmanagers: [{ static_configs: [{ targets: [inboxes.theirs.address] }] }] };
    const prometheus = await startPrometheus({
      files: { "prometheus.yml": JSON.stringify({ ...file, alerting, rule_files: ["rules.yml"] }), "rules.yml": rules },
    });
    const read = readPrometheusFile(file);
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const clock = {
      now: Date.now,
      speed: 1,
      at: (instant: number, fn: () => void) => {
        const timer = setTimeout(fn, Math.max(0, instant - Date.now()));
        return () => clearTimeout(timer);
      },
    };
    const window = openWindow({ keepMs: 600_000, maxBytes: 64 * 1024 * 1024, now: clock.now });
    const errors: unknown[] = [];
    const scraper = startPrometheusScraper({
      jobs: read.settings.jobs,
      window,
      clock,
      onError: (error) => void errors.push(error),
    });
    const local = await headgate(
      queriesOver(() => window),
      rules,
      inboxes.window.address,
    );
    const http = httpClient({ allowLocal: true });
    const api = await headgate(prometheusQueries({ url: prometheus.endpoint, http }), rules, inboxes.api.address);
    try {
      // Both have scraped both exporters before anything happens.
      const patience = Date.now() + 20 * SECOND;
      while (scraper.targets().some(({ health }) => health !== "up") || (await upOf(prometheus)) < 2) {
        if (Date.now() > patience)
          throw new Error(JSON.stringify([scraper.targets(), await prometheus.api("targets")]));
        await pause(100);
      }
      began = Date.now();
      while (second() < RUN_SECONDS) {
        await Promise.all([local.tick(), api.tick()]);
        await pause(100);
      }
      const answer = await prometheus.instant(`ALERTS[${RUN_SECONDS + 5}s]`, Date.now());
      if (answer.status !== "success") throw new Error(answer.error);
      const theirs = changesOf(answer.data.result as Parameters<typeof changesOf>[0]);
      expect(theirs.size, "each of the six rules, some for two series").toBeGreaterThanOrEqual(8);
      const all = [...theirs.values()].flat();
      for (const state of ["pending", "firing", "gone"])
        expect(all.filter((one) => one.state === state).length).toBeGreaterThan(5);
      // The same samples: one interval of evaluation apart at the most. Scraped by each at its own place in the second: one of scraping more.
      for (const [ours, tolerance] of [
        [api, SECOND],
        [local, 2 * SECOND],
      ] as const) {
        const records = await ours.records();
        expect(differences(changesOfRecords(records), theirs, tolerance)).toEqual([]);
        expect(await replayAll(records)).toMatchObject({ checked: records.length, differences: [] });
      }
      const sent = ({ posted }: typeof inboxes.theirs) =>
        [...new Set(posted.map(({ labels, annotations }) => `${labelsKey(labels)} ${labelsKey(annotations)}`))].sort();
      expect(sent(inboxes.window)).toEqual(sent(inboxes.theirs));
      expect(sent(inboxes.api)).toEqual(sent(inboxes.theirs));
      expect(errors).toEqual([]);
    } finally {
      await scraper.stop();
      await prometheus.stop();
      for (const server of [exporter, broker, ...Object.values(inboxes)]) await server.close();
    }
  }, 120_000);
});

type Changes = ReadonlyMap<string, readonly Change[]>;

/** Alerts that only one side has, changes in another order, and changes further apart than allowed. */
function differences(mine: Changes, theirs: Changes, toleranceMs: number): readonly string[] {
  const keys = new Set([...mine.keys(), ...theirs.keys()]);
  return [...keys].flatMap((key) => {
    const [ours, upstream] = [mine.get(key) ?? [], theirs.get(key) ?? []];
    const told = (changes: readonly Change[]) => changes.map(({ state }) => state).join(", ");
    if (told(ours) !== told(upstream)) return [`${key}: ${told(ours)} instead of ${told(upstream)}`];
    return ours.flatMap((one, index) => {
      const apart = one.at - (upstream[index]?.at ?? 0);
      return Math.abs(apart) > toleranceMs ? [`${key}: ${one.state} ${apart} ms apart`] : [];
    });
  });
}

describe("what the comparison would find", () => {
  const course: readonly Change[] = [
    { state: "pending", at: 0 },
    { state: "firing", at: 2_000 },
    { state: "gone", at: 9_000 },
  ];
  const of = (changes: readonly Change[]): Changes => new Map([["a", changes]]);
  it.each<[string, Changes, number]>([
    ["nothing where both are the same", of(course), 0],
    ["an alert that fires late", of(course.map((one) => (one.state === "firing" ? { ...one, at: 3_001 } : one))), 1],
    ["an alert that never fires", of(course.filter(({ state }) => state !== "firing")), 1],
    ["an alert of one side only", new Map([...of(course), ["b", course]]), 1],
  ])("%s", (_, mine, count) => {
    expect(differences(mine, of(course), SECOND)).toHaveLength(count);
  });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function upOf(prometheus: Awaited<ReturnType<typeof startPrometheus>>): Promise<number> {
  const answer = await prometheus.instant("up == 1", Date.now());
  return answer.status === "success" ? (answer.data.result as readonly unknown[]).length : 0;
}
