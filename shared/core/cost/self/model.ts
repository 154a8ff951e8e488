import type { Load, Part } from "./load.ts";
import type { UsageName } from "./prices.ts";

/** One reason for one line of AWS's bill. */
export interface Contribution {
  readonly part: Part | "base" | "autoscaling" | "api";
  readonly name: UsageName;
  /** Of a month of 30 days. */
  readonly count: number;
  /** How the count comes about, for people. */
  readonly formula: string;
}

const DAYS = 30;
const MINUTES = DAYS * 1440;
/** Lambda keeps five long polls of 20 s on an idle queue (Lambda Developer Guide, "Polling and batching"). */
const POLLS = 5 * (86_400 / 20) * DAYS;
/** Seconds of a network-bound call and of a cold start once in two hours, GB of most functions, START, END and REPORT of a call. Upper guesses. */
const CALL_S = 0.15;
const COLD_S = 0.8;
const GB = 0.5;
const CALL_LOG_GB = 900e-9;
const COLDS = 12 * DAYS;

const n = (value: number): string => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4))));
const times = (...factors: readonly (readonly [number, string])[]): string =>
  factors.map(([value, what]) => `${n(value)} ${what}`).join(" × ");

type Add = (name: UsageName, count: number, formula: string) => void;

/** A function that runs by the clock, whether there is anything to do or not. */
function clockwork(add: Add, calls: number, reads: number, { gb = GB, functions = 1, seconds = CALL_S } = {}): void {
  const per = [calls, "runs a month"] as const;
  add("invocations", calls, times(per));
  add("schedulerInvocations", calls, times(per));
  add(
    "gbSeconds",
    (calls * seconds + COLDS * functions * COLD_S) * gb,
    `(${times(per, [seconds, "s"])} + ${times([COLDS * functions, "cold starts"], [COLD_S, "s"])}) × ${gb} GB`,
  );
  add("readUnits", calls * reads, times(per, [reads, "read units"]));
  add("logGb", calls * CALL_LOG_GB, times(per, [900, "bytes"]));
}

interface Standing {
  readonly alarms: number;
  readonly queues?: number;
  readonly metrics?: number;
}

function standing(add: Add, { alarms, queues = 0, metrics = 0 }: Standing): void {
  add("ownAlarms", alarms, times([alarms, "alarms"]));
  if (queues > 0) add("queueRequests", queues * POLLS, times([queues, "queues"], [POLLS, "polls a month"]));
  if (metrics > 0) add("customMetrics", metrics, times([metrics, "metrics in every hour"]));
}

function base(add: Add): void {
  standing(add, { alarms: 8, queues: 1, metrics: 1 });
  clockwork(add, MINUTES + DAYS * 96, 0, { functions: 4 });
  // Counted over a day (test/infra/cost.test.ts): what is due each minute, one list each quarter of an hour, the configuration at cold starts.
  add("readUnits", 5_981 * DAYS, times([5_981, "read units a day"], [DAYS, "days"]));
  add("objectReads", 12 * DAYS, times([12, "configurations a day"], [DAYS, "days"]));
  add("logGb", 256_320e-9 * DAYS, times([256_320, "bytes a day"], [DAYS, "days"]));
}

/** Counted over a day with 10 and 50 services, all at their minimum. */
const SERVICE = { metricsRead: 8.32, readUnits: 15.1, evaluations: 4.16 };
/** Counted over a day in which services are scaled ten times each: what comes with one decision that is recorded, looks that follow it included. */
export const DECISION = {
  writeUnits: 36.4,
  readUnits: 15.1,
  metricsRead: 19.2,
  evaluations: 9.0,
  calls: 0.898,
  messages: 0.891,
  recordBytes: 1_276,
  logBytes: 584,
} as const;
const EVALUATION_S = 0.03;
const KEPT_DAYS = 90;

function autoscaling(add: Add, { services = 0, alarms = 2 * services, decisions = 0 }: Load): void {
  if (alarms > 0)
    add(
      "serviceAlarms",
      alarms,
      alarms === 2 * services ? times([services, "services"], [2, "alarms"]) : times([alarms, "alarms"]),
    );
  if (services > 0) {
    const each = [services * DAYS, "services × days"] as const;
    add("metricsRead", each[0] * SERVICE.metricsRead, times(each, [SERVICE.metricsRead, "metrics in the sweep"]));
    add("readUnits", each[0] * SERVICE.readUnits, times(each, [SERVICE.readUnits, "read units"]));
    add(
      "gbSeconds",
      each[0] * SERVICE.evaluations * EVALUATION_S * GB,
      times(each, [SERVICE.evaluations, "looks"], [EVALUATION_S, "s"], [GB, "GB"]),
    );
  }
  if (decisions === 0) return;
  const all = [decisions * DAYS, "decisions"] as const;
  add("writeUnits", all[0] * DECISION.writeUnits, times(all, [DECISION.writeUnits, "write units"]));
  add("readUnits", all[0] * DECISION.readUnits, times(all, [DECISION.readUnits, "read units"]));
  add("metricsRead", all[0] * DECISION.metricsRead, times(all, [DECISION.metricsRead, "metrics"]));
  add("invocations", all[0] * DECISION.calls, times(all, [DECISION.calls, "calls"]));
  const seconds = DECISION.evaluations * EVALUATION_S + DECISION.calls * CALL_S;
  add("gbSeconds", all[0] * seconds * GB, times(all, [seconds, "s"], [GB, "GB"]));
  add("queueRequests", all[0] * 2 * DECISION.messages, times(all, [2 * DECISION.messages, "queue requests"]));
  add(
    "tableGb",
    (2 * decisions * DECISION.recordBytes * KEPT_DAYS) / 1e9,
    times([decisions, "records a day"], [2 * DECISION.recordBytes, "bytes in table and index"], [KEPT_DAYS, "days"]),
  );
  add(
    "logGb",
    all[0] * (DECISION.logBytes * 1e-9 + DECISION.calls * CALL_LOG_GB),
    times(all, [DECISION.logBytes + 900 * DECISION.calls, "bytes"]),
  );
  // One metric for each reason that occurs, in the hours in which it does.
  const kinds = Math.min(4, 2 + decisions / 500);
  add("customMetrics", kinds, times([kinds, "reasons of decisions in every hour"]));
}

function monitoring(add: Add, { ruleGroups = 0, ruleAlarms = 0, compositeAlarms = 0 }: Load): void {
  standing(add, { alarms: 2 });
  clockwork(add, MINUTES, 1);
  if (ruleGroups > 0) {
    const each = [ruleGroups * MINUTES, "groups × minutes"] as const;
    add("writeUnits", each[0], times(each, [1, "write unit"]));
    add("readUnits", each[0] * 2, times(each, [2, "read units"]));
  }
  if (ruleAlarms > 0) add("serviceAlarms", ruleAlarms, times([ruleAlarms, "alarms of rules"]));
  if (compositeAlarms > 0)
    add("compositeAlarms", compositeAlarms, times([compositeAlarms, "composite alarms of rules"]));
}

const SHARD = 256;
/** One anomaly a week and series: two records with the detector in them. */
const ANOMALY_UNITS = 90;

function scoring(add: Add, { series = 0, seriesCloudwatch = 0 }: Load): void {
  standing(add, { alarms: 3, queues: 1 });
  clockwork(add, MINUTES, 1);
  for (const [count, looks, where] of [
    [series, MINUTES, "minutes"],
    [seriesCloudwatch, DAYS * 24, "hours"],
  ] as const) {
    if (count === 0) continue;
    const shards = Math.ceil(count / SHARD);
    const each = [shards * looks, `shards × ${where}`] as const;
    add("objectWrites", each[0], times(each));
    add("objectReads", each[0], times(each));
    add("writeUnits", each[0] * 2, times(each, [2, "write units"]));
    add("readUnits", each[0] * 6, times(each, [6, "read units"]));
    add("invocations", each[0], times(each));
    add("gbSeconds", each[0] * 0.3125, times(each, [0.3125, "GB seconds"]));
    add("queueRequests", each[0] * 1.35, times(each, [1.35, "queue requests"]));
    add("logGb", each[0] * CALL_LOG_GB, times(each, [900, "bytes"]));
    const anomalies = (count * DAYS) / 7;
    add(
      "writeUnits",
      anomalies * ANOMALY_UNITS,
      times([anomalies, "anomalies, one a week and series"], [ANOMALY_UNITS, "write units"]),
    );
    if (where === "minutes")
      add(
        "samplesQueried",
        count * MINUTES * 100,
        times([count, "series"], [MINUTES, "minutes"], [100, "samples a question"]),
      );
    else add("metricsRead", count * looks, times([count, "series"], [looks, "hours"]));
  }
}

/** Counted for a million alerts in batches as Prometheus sends them (docs/alerting-cost.md), by one. */
const ALERT = {
  writeUnits: 1.517,
  readUnits: 1.13,
  apiRequests: 0.335,
  invocations: 0.403,
  gbSeconds: 0.0234,
  queueRequests: 0.134,
  logGb: 5.0e-7,
} as const;

function alerting(add: Add, { alerts = 0 }: Load): void {
  standing(add, { alarms: 5, queues: 1, metrics: 1 });
  clockwork(add, MINUTES, 8);
  if (alerts === 0) return;
  const all = [alerts * DAYS, "alerts"] as const;
  for (const name of Object.keys(ALERT) as (keyof typeof ALERT)[])
    add(name, all[0] * ALERT[name], times(all, [ALERT[name], name === "logGb" ? "GB" : "each"]));
  // Events are kept for a week, decisions for 90 days.
  add("tableGb", alerts * 1.08e-5, times([alerts, "alerts a day"], [10_800, "bytes kept"]));
}

function traffic(add: Add, { discovered = 0, checked = 0 }: Load): void {
  standing(add, { alarms: 4, queues: 1 });
  clockwork(add, 2 * MINUTES, 3.5, { functions: 2 });
  if (discovered > 0) {
    const each = [discovered * MINUTES, "services × minutes"] as const;
    add("discoveries", each[0], times(each));
  }
  const watched = Math.max(discovered, checked);
  if (watched === 0) return;
  const each = [watched * MINUTES, "services × minutes"] as const;
  add("readUnits", each[0] * 7.2, times(each, [7.2, "read units"]));
  add("gbSeconds", each[0] * 0.008, times(each, [0.008, "GB seconds"]));
  add("writeUnits", MINUTES, times([MINUTES, "looks of the checker"], [1, "write unit"]));
}

function delivery(add: Add, { rollouts = 0 }: Load): void {
  standing(add, { alarms: 6, queues: 1 });
  clockwork(add, MINUTES, 5);
  if (rollouts === 0) return;
  const all = [rollouts * DAYS, "rollouts"] as const;
  add("metricsRead", all[0] * 360, times(all, [360, "metrics"]));
  add("writeUnits", all[0] * 16_000, times(all, [16_000, "write units of some 60 looks"]));
  add("gbSeconds", all[0] * 60 * CALL_S * GB, times(all, [60, "looks"], [CALL_S, "s"], [GB, "GB"]));
}

function backup(add: Add, { backupRuns = 0, destinations = 1 }: Load): void {
  standing(add, { alarms: 6, queues: 2, metrics: 1 });
  clockwork(add, MINUTES, 6, { gb: 1 });
  if (backupRuns === 0) return;
  const all = [backupRuns * DAYS, "runs that find nothing new"] as const;
  add("writeUnits", all[0] * 53, times(all, [53, "write units"]));
  const at = [destinations, "destinations"] as const;
  add("objectWrites", all[0] * destinations * 19, times(all, at, [19, "writes and lists"]));
  add("objectReads", all[0] * destinations * 20, times(all, at, [20, "reads"]));
}

const COST_TICKS = DAYS * 288;
const WORKER_GB = 1769 / 1024;

function cost(add: Add, { billRequests = 0, clusters = 0, reports = 0, scannedGb = 0, destinations = 1 }: Load): void {
  standing(add, { alarms: 4, queues: 1, metrics: 1 });
  clockwork(add, COST_TICKS, 6);
  if (billRequests > 0)
    add("billRequests", billRequests * DAYS, times([billRequests, "requests a day"], [DAYS, "days"]));
  if (clusters > 0) {
    const each = [clusters * DAYS * 24, "clusters × hours"] as const;
    add("invocations", DAYS * 24, times([DAYS * 24, "hours"]));
    add("gbSeconds", each[0] * 5 * WORKER_GB, times(each, [5, "s"], [WORKER_GB, "GB"]));
    add("objectWrites", each[0] * 3, times(each, [3, "writes and lists"]));
    add("objectReads", each[0] * 3, times(each, [3, "reads"]));
    add("writeUnits", DAYS * 24 * 2, times([DAYS * 24, "hours"], [2, "write units of the clock"]));
  }
  if (reports > 0) {
    const all = [reports * DAYS, "reports"] as const;
    add("objectWrites", all[0] * 4 * (1 + destinations), times(all, [4, "files"], [1 + destinations, "places"]));
    add("objectReads", all[0] * 60, times(all, [60, "days of bills"]));
    add("gbSeconds", all[0] * 20 * WORKER_GB, times(all, [20, "s"], [WORKER_GB, "GB"]));
    add("writeUnits", all[0] * 20, times(all, [20, "write units of two decisions"]));
  }
  if (scannedGb > 0) add("scannedTb", (scannedGb * DAYS) / 1e3, times([scannedGb, "GB a day"], [DAYS, "days"]));
}

/** Looks each hour which services with `auto` are due. */
function tuning(add: Add): void {
  standing(add, { alarms: 1 });
  clockwork(add, DAYS * 24, 1, { gb: WORKER_GB });
}

const OF_PART: Readonly<Record<Part, (add: Add, load: Load) => void>> = {
  ...{ monitoring, scoring, alerting, traffic, delivery, backup, cost, tuning },
};

/**
 * What a load comes to in AWS's units, each with how it comes about. The numbers in it are counted by test/infra over virtual days of the real functions; a test
 * holds the model against them, and against the figures of docs/deploy.md and docs/scale.md.
 */
export function contributions(load: Load): readonly Contribution[] {
  const all: Contribution[] = [];
  const adder =
    (part: Contribution["part"]): Add =>
    (name, count, formula) =>
      void all.push({ part, name, count, formula });
  base(adder("base"));
  autoscaling(adder("autoscaling"), load);
  for (const part of load.parts ?? []) OF_PART[part](adder(part), load);
  if (load.requests) {
    const each = [load.requests * DAYS, "requests"] as const;
    const add = adder("api");
    add("apiRequests", each[0], times(each));
    add("invocations", each[0], times(each));
    add("gbSeconds", each[0] * 0.08 * GB, times(each, [0.08, "s"], [GB, "GB"]));
    add("readUnits", each[0] * 4, times(each, [4, "read units"]));
    add("logGb", each[0] * CALL_LOG_GB, times(each, [900, "bytes"]));
  }
  return all;
}
