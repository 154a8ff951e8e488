import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { replayAll } from "../../functions/decisions/replay.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { memorySource, type WrittenSeries } from "../../shared/core/monitoring/promql/memory-source.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import { rulesWorld, tenant } from "./given-world.ts";

const MINUTE = 60_000;
const EVERY = 15_000;
const FILE = "examples/rules/platform.yml";
const text = readFileSync(new URL(`../../${FILE}`, import.meta.url), "utf8");

/** The platform's rule file as it is, at its own interval of 15 s. */
function platformGroups() {
  const read = readRuleFile(parse(text), FILE);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.groups.map((group) => ({ ...group, intervalMs: group.intervalMs ?? EVERY }));
}

type Phase = readonly [minutes: number, value: number | undefined];

/** Samples each 15 s; undefined: the series is gone. */
function series(start: number, name: string, labels: Labels, phases: readonly Phase[]): WrittenSeries {
  const points: WrittenSeries["points"][number][] = [];
  let at = start;
  for (const [minutes, value] of phases) {
    for (const end = at + minutes * MINUTE; at < end; at += EVERY) {
      if (value !== undefined) points.push({ at, value });
      else if (points.at(-1)?.value !== "stale") points.push({ at, value: "stale" });
    }
  }
  return { labels: { __name__: name, ...labels }, points };
}

interface Told {
  readonly minute: number;
  readonly alert: string;
  readonly reason: string;
}

/** Half an hour of the platform under the five rules, ticking each quarter of a minute (or less often). */
async function afternoon(phases: Readonly<Record<string, readonly Phase[]>>, tickMs = EVERY) {
  const w = await rulesWorld({ groups: platformGroups() }, () => []);
  const start = w.clock.now();
  const source = memorySource([
    series(start, "up", { job: "kafka", instance: "kafka-exporter:9308" }, phases["kafka"] ?? [[30, 1]]),
    series(start, "kafka_consumer_lag_sum", { group: "billing" }, phases["lag"] ?? [[30, 10]]),
    series(start, "flink_jobmanager_job_uptime", { job_name: "etl" }, phases["job"] ?? [[30, 5_000]]),
    series(
      start,
      "flink_jobmanager_job_lastCheckpointDuration",
      { job_name: "etl" },
      phases["checkpoint"] ?? [[30, 900]],
    ),
    series(
      start,
      "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
      { task_name: "sink" },
      phases["pressure"] ?? [[30, 0]],
    ),
  ]);
  const queries = queriesOver(source);
  const runtime = { ...w.runtime, queries: () => queries };
  while (w.clock.now() < start + 30 * MINUTE) {
    await evaluateRules(runtime, { tenant, trigger: { type: "schedule" } });
    w.clock.advance(tickMs);
  }
  const { items } = await w.journal.list({ tenant, noun: "monitoring", limit: 500 });
  const told: Told[] = [...items].reverse().map(({ at, subject, reason }) => ({
    minute: (at - start) / MINUTE,
    alert: /\/(\w+)#/.exec(subject)?.[1] ?? "",
    reason,
  }));
  // Rules of one instant are decided side by side.
  told.sort((a, b) => a.minute - b.minute || (a.alert < b.alert ? -1 : 1));
  return { told, items, start, sent: w.inbox.sent() };
}

const line = ({ minute, alert, reason }: Told) => `${minute} ${alert} ${reason}`;

describe("the platform's five rules", () => {
  it("load as they are: expressions, durations, severities", () => {
    const rules = platformGroups().flatMap(({ name, rules: all }) => all.map((rule) => ({ group: name, ...rule })));
    expect(
      rules.map((rule) =>
        "alert" in rule ? [rule.alert, rule.expr, rule.forMs / 1_000, rule.labels["severity"]] : [],
      ),
    ).toEqual([
      ["KafkaDown", 'up{job="kafka"} == 0', 30, "critical"],
      ["KafkaConsumerLag", "kafka_consumer_lag_sum > 1000", 120, "warning"],
      ["FlinkJobDown", "flink_jobmanager_job_uptime == 0", 60, "critical"],
      ["FlinkHighCheckpointDuration", "flink_jobmanager_job_lastCheckpointDuration > 300000", 300, "warning"],
      ["FlinkBackpressure", "flink_taskmanager_job_task_backPressuredTimeMsPerSecond > 0", 120, "warning"],
    ]);
  });

  it("say nothing on a calm afternoon, and write nothing", async () => {
    expect((await afternoon({})).told).toEqual([]);
  });

  it("fire when each has held for its own time, not before, and end with what made them", async () => {
    const { told, items, sent, start } = await afternoon({
      kafka: [
        [2, 1],
        [3, 0],
        [25, 1],
      ],
      lag: [
        [5, 10],
        [1.5, 4_000],
        [1, 10],
        [4, 4_000],
        [30, 10],
      ],
      job: [
        [10, 5_000],
        [2, 0],
        [30, 1],
      ],
      checkpoint: [
        [4, 900],
        [7, 400_000],
        [30, 900],
      ],
      pressure: [
        [14, 0],
        [1.75, 300],
        [30, 0],
      ],
    });
    expect(told.map(line)).toEqual([
      "2 KafkaDown pending",
      "2.5 KafkaDown fired",
      "4 FlinkHighCheckpointDuration pending",
      "5 KafkaConsumerLag pending",
      "5 KafkaDown resolved",
      "6.5 KafkaConsumerLag dropped",
      "7.5 KafkaConsumerLag pending",
      "9 FlinkHighCheckpointDuration fired",
      "9.5 KafkaConsumerLag fired",
      "10 FlinkJobDown pending",
      "11 FlinkHighCheckpointDuration resolved",
      "11 FlinkJobDown fired",
      "11.5 KafkaConsumerLag resolved",
      "12 FlinkJobDown resolved",
      "14 FlinkBackpressure pending",
      "15.75 FlinkBackpressure dropped",
    ]);
    const lag = sent.find(({ labels }) => labels["alertname"] === "KafkaConsumerLag");
    expect(lag).toMatchObject({
      annotations: { description: "Consumer group billing has lag of 4000 messages" },
      startsAt: start + 9.5 * MINUTE,
    });
    expect(await replayAll(items)).toMatchObject({ checked: items.length, differences: [] });
  });

  it("decide the same at the same instants when they are looked at once a minute only", async () => {
    const phases: Parameters<typeof afternoon>[0] = {
      kafka: [
        [2.25, 1],
        [3, 0],
        [25, 1],
      ],
      lag: [
        [5.25, 10],
        [4, 4_000],
        [30, 10],
      ],
    };
    const [often, seldom] = [await afternoon(phases), await afternoon(phases, MINUTE)];
    const starts = ({ sent }: typeof often) => [
      ...new Set(sent.map(({ labels, startsAt }) => `${labels["alertname"]} ${startsAt}`)),
    ];
    expect(starts(seldom)).toEqual(starts(often));
  });

  it("take a series that has ended for gone, as Prometheus does", async () => {
    const { told } = await afternoon({
      lag: [
        [5, 4_000],
        [25, undefined],
      ],
    });
    expect(told.map(line)).toEqual([
      "0 KafkaConsumerLag pending",
      "2 KafkaConsumerLag fired",
      "5 KafkaConsumerLag resolved",
    ]);
  });
});
