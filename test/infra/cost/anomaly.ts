import { handleScores } from "../../../functions/anomaly/queue.ts";
import { type ScoreQueue, schedule } from "../../../functions/anomaly/schedule.ts";
import type { ScoreMessage } from "../../../functions/anomaly/shards.ts";
import type { MonthlyUsage } from "../../../shared/core/cost/self/monthly.ts";
import { PRICES } from "../../../shared/core/cost/self/prices.ts";
import { MINUTE_MS, type Millis } from "../../../shared/core/kernel/time.ts";
import type { Queries } from "../../../shared/core/ports/queries.ts";
import { memoryJournal } from "../../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../../shared/edge/memory-store.ts";
import { parseConfig } from "../../../shared/shell/config.ts";
import { applyConfig } from "../../../shared/shell/config-store.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { createTelemetry } from "../../../shared/shell/telemetry-create.ts";
import { manualClock } from "../../fakes/clock.ts";
import { memoryObjects } from "../../fakes/memory-objects.ts";
import { type Counts, counting, noCounts } from "./counting.ts";

const TENANT = "default";
const MONTH_MINUTES = 30 * 1_440;
const SIGNALS = ["cpu", "errors", "latency", "traffic"];
/** Lambda keeps five long polls of 20 s on an idle queue (Lambda Developer Guide, "Polling and batching"). */
const QUEUE_POLLS_A_DAY = 5 * (86_400 / 20);
/** Seconds billed: an upper guess for a call that reads, scores and writes 2.5 MB, twice what bench/scoring measures here. */
const CALL_S = 0.5;
const MEMORY_GB = 0.5;
/** START, END and REPORT of one invocation as JSON. */
const PLATFORM_LOG_BYTES = 900;
/** A `sum(rate(x[5m]))` over 20 series scraped once a minute reads so many samples. */
export const SAMPLES_PER_QUERY = 100;
export const USD_PER_SAMPLE = PRICES.samplesQueried;

export type Source = "prometheus" | "cloudwatch";

export interface Scoring {
  readonly usage: MonthlyUsage;
  /** PromQL points answered a month. */
  readonly queryPoints: number;
  readonly queryCalls: number;
  readonly points: number;
  readonly counts: Counts;
}

/** What each minute shows: calm, but for a spike in one series at the given minute. */
export type Shows = (service: number, signal: number, at: Millis) => number;
const CALM: Shows = (service, signal, at) => 100 + 10 * Math.sin(at / 3_600_000 + service + signal);

function configText(source: Source, services: readonly string[]): string {
  const signal = (service: string, name: string) =>
    source === "prometheus"
      ? `${name}: { query: 'sum(rate(${name}_total{service="${service}"}[5m]))', role: latency }`
      : `${name}: { cloudwatch: { namespace: Shop, name: ${name}, dimensions: { service: ${service} } }, role: latency }`;
  return [
    "version: 1",
    "services:",
    ...services.map((name) => `  ${name}: { ecs: { cluster: data, service: ${name} } }`),
    "anomaly:",
    ...services.map((name) => `  ${name}: { signals: { ${SIGNALS.map((one) => signal(name, one)).join(", ")} } }`),
  ].join("\n");
}

/**
 * Plays `minutes` of the deployed scoring in virtual time (the real schedule, worker, store and object calls, counted in the units
 * of AWS's bill) and makes a month of it. The first minutes, in which shards come to be, are not counted.
 */
export async function scoringMonth(
  source: Source,
  series: number,
  minutes: number,
  shows: Shows = CALM,
): Promise<Scoring> {
  const clock = manualClock();
  const start = clock.now();
  const services = Array.from({ length: series / SIGNALS.length }, (_, index) => `s${String(index).padStart(4, "0")}`);
  const shown = (text: string, signal: string, at: Millis) => shows(Number(text.slice(1)), SIGNALS.indexOf(signal), at);
  let [logBytes, calls, schedules, messages, queryPoints, queryCalls, points] = [0, 0, 0, 0, 0, 0, 0];
  const metrics = new Set<string>();
  const telemetry = createTelemetry({
    service: "headgate",
    emf: true,
    wallClock: clock.now,
    write: (line) => {
      logBytes += line.length + 1;
      const emf = JSON.parse(line) as { _aws?: { CloudWatchMetrics?: { Metrics: { Name: string }[] }[] } };
      for (const { Metrics } of emf._aws?.CloudWatchMetrics ?? []) for (const { Name } of Metrics) metrics.add(Name);
    },
  });
  const queries: Queries = {
    source: "prometheus",
    instant: async () => ({ samples: [], warnings: [] }),
    range: async (expr, from, to, stepMs) => {
      queryCalls += 1;
      const members = [...expr.matchAll(/rate\((\w+)_total\{service="(s\d+)"\}/g)];
      const answer = members.map(([, signal = "", service = ""], index) => {
        const found: { at: Millis; value: number }[] = [];
        for (let at = Math.max(from, start); at <= to; at += stepMs)
          found.push({ at, value: shown(service, signal, at) });
        queryPoints += found.length;
        return { labels: { headgate_signal: `${index}` }, points: found };
      });
      return { series: answer, warnings: [] };
    },
  };
  const journal = memoryJournal();
  const base: Runtime = {
    now: clock.now,
    speed: 1,
    random: () => 0.5,
    sleep: async () => undefined,
    store: memoryStore(clock.now),
    journal,
    objects: memoryObjects({ now: clock.now }),
    fleet: { describe: async () => new Map(), setDesired: async () => ({ status: "refused", why: "none" }) },
    samples: {
      read: async (asked) =>
        asked.map(({ id, service, custom, from, to, periodMs }) => {
          const found: { at: Millis; value: number }[] = [];
          for (let at = Math.max(from, start); at + periodMs <= to; at += periodMs)
            found.push({ at, value: shown(service.name, custom?.name ?? "", at) });
          return { id, points: found, status: "complete" as const, source: "cloudwatch" };
        }),
    },
    timers: { wake: async () => undefined },
    alerts: { send: async () => undefined },
    queries: () => queries,
    telemetry,
  };
  const text = configText(source, services);
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults.slice(0, 3)));
  await applyConfig(base, TENANT, { ...parsed, text }, { by: "cost" });
  const counts = noCounts();
  const runtime = counting(base, counts);
  const sent: ScoreMessage[] = [];
  const queue: ScoreQueue = { send: async (some) => void sent.push(...some) };

  const minute = async () => {
    clock.advance(MINUTE_MS);
    schedules += 1;
    await schedule(runtime, queue, TENANT);
    for (const [index, message] of sent.splice(0).entries()) {
      messages += 1;
      calls += 1;
      const { batchItemFailures } = await handleScores(runtime, [
        { messageId: `m${index}`, body: JSON.stringify(message) },
      ]);
      if (batchItemFailures.length > 0) throw new Error("a shard could not be scored");
    }
    await telemetry.flush();
  };
  // Every shard has been written once: what follows is what every day looks like.
  for (let warm = 0; warm < (source === "prometheus" ? 2 : 120); warm += 1) await minute();
  Object.assign(counts, noCounts());
  [logBytes, calls, schedules, messages, queryPoints, queryCalls] = [0, 0, 0, 0, 0, 0];
  const before = await pointsOf(telemetry.expose("prometheus"));
  for (let played = 0; played < minutes; played += 1) await minute();
  points = (await pointsOf(telemetry.expose("prometheus"))) - before;
  const month = MONTH_MINUTES / minutes;
  const invocations = (calls + schedules) * month;
  return {
    counts,
    points: points * month,
    queryPoints: queryPoints * month,
    queryCalls: queryCalls * month,
    usage: {
      serviceAlarms: 0,
      ownAlarms: 0,
      customMetrics: metrics.size,
      metricsRead: counts.metricsRead * month,
      writeUnits: counts.writeUnits * month,
      readUnits: counts.readUnits * month,
      tableGb: (2 * counts.journalBytes * 3 * month) / 1e9,
      invocations,
      gbSeconds: invocations * CALL_S * MEMORY_GB,
      schedulerInvocations: schedules * month,
      // Ten messages are one request to send; each is removed with a request; receipts are the polls.
      queueRequests: QUEUE_POLLS_A_DAY * 30 + (Math.ceil(messages / 10) + messages + schedules) * month,
      objectReads: counts.objectReads * month,
      objectWrites: counts.objectWrites * month,
      logGb: ((logBytes + (calls + schedules) * PLATFORM_LOG_BYTES) * month) / 1e9,
      apiRequests: 0,
    },
  };
}

const pointsOf = async (text: string): Promise<number> =>
  Number(/^headgate_anomaly_points_total (\d+)/m.exec(text)?.[1] ?? 0);

/** What one item of 4.5 KB written for each series and minute would cost a month in table writes alone (USD). */
export function naiveScoringCost(series: number, writeUnitUsd: number): number {
  return series * MONTH_MINUTES * Math.ceil(4.5) * writeUnitUsd;
}
