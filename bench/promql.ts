import { existsSync } from "node:fs";
import type { Labels } from "../shared/core/kernel/labels.ts";
import { evaluateInstant } from "../shared/core/monitoring/promql/evaluate.ts";
import { memorySource, type WrittenSeries } from "../shared/core/monitoring/promql/memory-source.ts";
import { parsePromql } from "../shared/core/monitoring/promql/parse.ts";
import type { SeriesSource } from "../shared/core/monitoring/promql/source.ts";
import { PROMETHEUS, type Prometheus, startPrometheus } from "../test/peers/prometheus.ts";
import { type Row, row } from "./row.ts";
import { medianMs } from "./timing.ts";

const TARGETS = 200;
const SERIES = 500;
const EVERY_MS = 15_000;
const SAMPLES = 21;
const START = 1_700_000_000_000;
const NOW = START + (SAMPLES - 1) * EVERY_MS;

/** The platform's five rules (examples/rules). */
const RULES = [
  'up{job="kafka"} == 0',
  "kafka_consumer_lag_sum > 1000",
  "flink_jobmanager_job_uptime == 0",
  "flink_jobmanager_job_lastCheckpointDuration > 300000",
  "flink_taskmanager_job_task_backPressuredTimeMsPerSecond > 0",
];

const QUERIES: readonly { readonly name: string; readonly texts: readonly string[]; readonly barMs: number }[] = [
  { name: "five platform rules", texts: RULES, barMs: 50 },
  {
    name: "sum by (job) (rate(x[5m])) over 100,000 series",
    texts: ["sum by (job) (rate(work_total[5m]))"],
    barMs: 750,
  },
  {
    name: "x / on (job) group_left () sum by (job) (x) > 0.9 over 100,000 series",
    texts: ["work_total / on (job) group_left () sum by (job) (work_total) > 0.9"],
    barMs: 750,
  },
];

/** 200 targets with 500 series each; those of the rules are among them. */
function fleet(): WrittenSeries[] {
  const points = (next: (index: number) => number) =>
    Array.from({ length: SAMPLES }, (_, index) => ({ at: START + index * EVERY_MS, value: next(index) }));
  const series: WrittenSeries[] = [];
  for (let target = 0; target < TARGETS; target++) {
    const base: Labels = { job: target % 2 === 0 ? "kafka" : "flink", instance: `host-${target}:9308` };
    const named = ["up", ...RULES.slice(1).map((rule) => rule.split(" ")[0] as string)];
    for (const [index, name] of named.entries())
      series.push({
        labels: { __name__: name, ...base },
        points: points((at) => (index === 0 ? 1 : (at * 37 + target) % 1_200)),
      });
    for (let index = named.length; index < SERIES; index++)
      series.push({
        labels: {
          __name__: "work_total",
          ...base,
          topic: `topic-${index % 50}`,
          partition: `${Math.floor(index / 50)}`,
        },
        points: points((at) => at * (index + target)),
      });
  }
  return series;
}

const evaluateAll = (texts: readonly string[], source: SeriesSource): number => {
  let samples = 0;
  for (const text of texts) {
    const parsed = parsePromql(text);
    if (!parsed.ok) throw new Error(text);
    const value = evaluateInstant(parsed.expr, source, NOW);
    if (value.type === "vector") samples += value.samples.length;
  }
  return samples;
};

/** Prometheus with the same samples, where it is installed (npm run test:peers installs it). */
async function peer(series: readonly WrittenSeries[]): Promise<Prometheus | undefined> {
  if (!existsSync(PROMETHEUS)) return undefined;
  const prometheus = await startPrometheus();
  for (let from = 0; from < series.length; from += 5_000) await prometheus.write(series.slice(from, from + 5_000));
  return prometheus;
}

/** The evaluator over the series of a large fleet: time of rules and of heavy aggregations, beside Prometheus's own answer. */
export async function bench(): Promise<readonly Row[]> {
  const series = fleet();
  const source = memorySource(series);
  const prometheus = await peer(series);
  const rows: Row[] = [];
  for (const { name, texts, barMs } of QUERIES) {
    const value = await medianMs(7, () => evaluateAll(texts, source));
    const peerMs = prometheus
      ? await medianMs(5, async () => {
          for (const text of texts) await prometheus.instant(text, NOW);
        })
      : null;
    const against = { name: "Prometheus (Debian), over HTTP", value: peerMs };
    rows.push(row("promql", { measure: `${name}, one evaluation`, value, unit: "ms", bar: barMs, peer: against }));
  }
  await prometheus?.stop();
  return rows;
}
