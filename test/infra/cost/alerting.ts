import { Hono } from "hono/tiny";
import { createKey } from "../../../functions/access/keys.ts";
import { amRoutes } from "../../../functions/alerting/am-routes.ts";
import { flushDue } from "../../../functions/alerting/flush.ts";
import { handleAlertingWakes } from "../../../functions/alerting/queue.ts";
import { sweep } from "../../../functions/alerting/schedule.ts";
import { authenticate } from "../../../functions/api/access.ts";
import type { AppEnv } from "../../../functions/api/context.ts";
import type { MonthlyUsage } from "../../../shared/core/cost/self/monthly.ts";
import { MINUTE_MS, SECOND_MS } from "../../../shared/core/kernel/time.ts";
import type { Wake } from "../../../shared/core/ports/timers.ts";
import { memoryJournal } from "../../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../../shared/edge/memory-store.ts";
import { parseConfig } from "../../../shared/shell/config.ts";
import { alertingFrom } from "../../../shared/shell/config-alerting.ts";
import { givenFiles } from "../../../shared/shell/config-files.ts";
import { applyConfig } from "../../../shared/shell/config-store.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { createTelemetry } from "../../../shared/shell/telemetry-create.ts";
import { manualClock } from "../../fakes/clock.ts";
import { memoryObjects } from "../../fakes/memory-objects.ts";
import { type Counts, counting, noCounts } from "./counting.ts";

const TENANT = "default";
const MONTH_MINUTES = 30 * 1_440;
const FILES = {
  "alertmanager.yml": [
    "route: { receiver: team, group_by: [alertname, cluster] }",
    "inhibit_rules: [{ source_matchers: ['severity=page'], target_matchers: ['severity=ticket'], equal: [cluster] }]",
    "receivers: [{ name: team, webhook_configs: [{ url: 'https://hooks.example/team' }] }]",
  ].join("\n"),
};
const YAML = "version: 1\nalerting: { alertmanager: alertmanager.yml }\n";

/** What sends: `rules` alerting rules, each with `instances` alerts, posted together (or `single`: one by one) each minute. */
export interface Mix {
  readonly rules: number;
  readonly instances: number;
  readonly single: boolean;
  /** Minutes an alert fires before it is over, and is quiet before it fires again. */
  readonly firesMinutes: number;
  readonly quietMinutes: number;
}

export interface Counted {
  readonly usage: MonthlyUsage;
  readonly alerts: number;
  readonly posts: number;
  readonly flushes: number;
  readonly notifications: number;
  readonly counts: Counts;
  /** Write units by noun of the item, the journal's beside them. */
  readonly writesByNoun: Readonly<Record<string, number>>;
}

/** Seconds billed of a network-bound call of 512 MB: upper guesses, as in cost.test.ts, but that a POST waits for three rounds only. */
const POST_S = 0.08;
const FLUSH_S = 0.3;
const SWEEP_S = 0.15;
const MEMORY_GB = 0.5;
/** START, END and REPORT of one invocation as JSON; a line of the API's access log. */
const PLATFORM_LOG_BYTES = 900;
const ACCESS_LOG_BYTES = 350;
/** Lambda keeps five long polls of 20 s on an idle queue (Lambda Developer Guide, "Polling and batching"). */
const QUEUE_POLLS = 5 * (86_400 / 20) * 30;

/** An alert as Prometheus sends it, some 600 bytes. */
function alertOf(rule: number, instance: number, startsAt: number, endsAt: number) {
  return {
    labels: {
      alertname: `KafkaConsumerLagHigh${rule}`,
      cluster: "events-eu-central-1",
      severity: rule === 0 ? "page" : "ticket",
      instance: `10.0.${rule}.${instance}:9404`,
      job: "kafka-exporter",
      team: "streaming",
      topic: `orders-${instance}`,
    },
    annotations: {
      summary: `Consumer group orders-${instance} lags behind by more than 100,000 records`,
      description: "The group has not kept up for ten minutes. See the consumer's log, then its partitions.",
    },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    generatorURL: `http://prometheus.example:9090/graph?g0.expr=kafka_consumergroup_lag+%3E+100000&g0.tab=1`,
  };
}

/**
 * Plays `minutes` of deployed alerting in virtual time (the real API with a key, the real flushes behind their timers, the real sweep),
 * counts each call of a port in the units of AWS's bill, and makes a month of it. The first hour is not counted.
 */
export async function alertingMonth(mix: Mix, minutes: number): Promise<Counted> {
  const clock = manualClock();
  let [logBytes, posts, alerts, flushes, notifications, invocations] = [0, 0, 0, 0, 0, 0];
  const telemetry = createTelemetry({
    service: "headgate",
    emf: true,
    wallClock: clock.now,
    write: (line) => {
      logBytes += line.length + 1;
    },
  });
  const wakes: Wake[] = [];
  let seed = 1;
  const base: Runtime = {
    now: clock.now,
    speed: 1,
    random: () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    },
    sleep: async () => undefined,
    store: memoryStore(clock.now),
    journal: memoryJournal(),
    objects: memoryObjects({ now: clock.now }),
    fleet: { describe: async () => new Map(), setDesired: async () => ({ status: "refused", why: "none" }) },
    samples: { read: async () => [] },
    timers: { wake: async (wake) => void wakes.push(wake) },
    notify: {
      send: async () => {
        notifications += 1;
        return { ok: true, detail: "200" };
      },
    },
    telemetry,
  };
  const parsed = parseConfig(YAML, { alerting: alertingFrom(givenFiles(FILES)) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(base, TENANT, { ...parsed, text: YAML, files: FILES }, { by: "cost" });
  const { key } = await createKey(base, { tenant: TENANT, name: "prometheus", scope: "operate", by: "cost" });
  const counts = noCounts();
  const runtime = counting(base, counts);
  const writesByNoun: Record<string, number> = {};
  const { write, remove } = runtime.store;
  const byNoun =
    <Args extends readonly [{ readonly noun: string }, ...unknown[]], R>(work: (...args: Args) => Promise<R>) =>
    async (...args: Args): Promise<R> => {
      const before = counts.writeUnits;
      const done = work(...args);
      writesByNoun[args[0].noun] = (writesByNoun[args[0].noun] ?? 0) + counts.writeUnits - before;
      return done;
    };
  const counted: Runtime = { ...runtime, store: { ...runtime.store, write: byNoun(write), remove: byNoun(remove) } };
  const app = new Hono<AppEnv>()
    .use(authenticate({ runtime: counted, access: "keys" }))
    .route("/api/v2", amRoutes(counted));
  const post = async (some: readonly object[]) => {
    posts += 1;
    invocations += 1;
    alerts += some.length;
    const answer = await app.request("http://api.example/api/v2/alerts", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(some),
    });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    await telemetry.flush();
  };
  const wakeUp = async () => {
    const due = wakes.filter(({ at }) => at <= clock.now());
    wakes.splice(0, wakes.length, ...wakes.filter(({ at }) => at > clock.now()));
    for (const [index, wake] of due.entries()) {
      flushes += 1;
      invocations += 1;
      const { batchItemFailures } = await handleAlertingWakes(counted, [
        { messageId: `${clock.now()}-${index}`, body: JSON.stringify(wake) },
      ]);
      if (batchItemFailures.length > 0) throw new Error("a group could not be flushed");
    }
    if (due.length > 0) await telemetry.flush();
  };

  const cycle = mix.firesMinutes + mix.quietMinutes;
  const ended = new Set<string>();
  const minute = async (number: number) => {
    for (let rule = 0; rule < mix.rules; rule += 1) {
      const some: object[] = [];
      for (let instance = 0; instance < mix.instances; instance += 1) {
        const phase = (number + rule * 7 + instance * 13) % cycle;
        const startsAt = clock.now() - phase * MINUTE_MS;
        const name = `${rule}/${instance}`;
        // Prometheus says for how long it will be believed (four times its interval); and at the end that it is over.
        if (phase < mix.firesMinutes) some.push(alertOf(rule, instance, startsAt, clock.now() + 4 * MINUTE_MS));
        else if (phase === mix.firesMinutes || !ended.has(name))
          some.push(alertOf(rule, instance, startsAt, clock.now()));
        if (phase >= mix.firesMinutes) ended.add(name);
      }
      if (mix.single) for (const one of some) await post([one]);
      else if (some.length > 0) await post(some);
    }
    for (let second = 0; second < 60; second += 5) {
      clock.advance(5 * SECOND_MS);
      await wakeUp();
    }
    invocations += 1;
    await sweep(counted, flushDue);
    await telemetry.flush();
  };
  const warm = 60;
  for (let number = 0; number < warm; number += 1) await minute(number);
  Object.assign(counts, {
    ...noCounts(),
    itemBytes: counts.itemBytes,
    dueAt: counts.dueAt,
    recordBytes: counts.recordBytes,
  });
  for (const noun of Object.keys(writesByNoun)) delete writesByNoun[noun];
  [logBytes, posts, alerts, flushes, notifications, invocations] = [0, 0, 0, 0, 0, 0];
  for (let number = warm; number < warm + minutes; number += 1) await minute(number);

  const month = MONTH_MINUTES / minutes;
  const seconds = posts * POST_S + flushes * FLUSH_S + minutes * SWEEP_S;
  return {
    counts,
    alerts: alerts * month,
    posts: posts * month,
    flushes: flushes * month,
    notifications: notifications * month,
    writesByNoun: Object.fromEntries(Object.entries(writesByNoun).map(([noun, units]) => [noun, units * month])),
    usage: {
      serviceAlarms: 0,
      ownAlarms: 0,
      customMetrics: 1,
      metricsRead: 0,
      writeUnits: counts.writeUnits * month,
      readUnits: counts.readUnits * month,
      // Records stay 90 days, in table and index; what was posted 7 days, and is what a POST carries.
      tableGb: (2 * counts.journalBytes * 3 * month + alerts * month * 600 * (7 / 30)) / 1e9,
      invocations: invocations * month,
      gbSeconds: seconds * month * MEMORY_GB,
      schedulerInvocations: (minutes + counts.schedulesMade) * month,
      // Each message is sent, and removed; its receipt is one of the polls.
      queueRequests: QUEUE_POLLS + 2 * counts.messagesSent * month,
      objectReads: counts.objectReads * month,
      objectWrites: counts.objectWrites * month,
      logGb: ((logBytes + invocations * PLATFORM_LOG_BYTES + posts * ACCESS_LOG_BYTES) * month) / 1e9,
      apiRequests: posts * month,
    },
  };
}
