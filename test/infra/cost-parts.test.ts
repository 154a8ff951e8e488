import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type MonthlyUsage, monthlyCost } from "../../shared/core/cost/self/monthly.ts";
import { PRICES } from "../../shared/core/cost/self/prices.ts";
import { loadCost } from "../../shared/core/cost/self/view.ts";
import { type Hour, hourOf } from "./cost/parts.ts";
import { root } from "./platform.ts";
import { ALARM, ofType } from "./read.ts";
import { type Synth, synth } from "./synth.ts";

const HOURS = 24 * 30;
/** Lambda keeps five long polls of 20 s on an idle queue (Lambda Developer Guide, "Polling and batching"). */
const QUEUE_POLLS = 5 * (86_400 / 20) * 30;
/** Seconds billed of a network-bound call of 512 MB, and of a cold start once in two hours. Upper guesses, as in cost.test.ts. */
const CALL_S = 0.15;
const COLD_S = 0.8;
const MEMORY_GB = 0.5;
const PLATFORM_LOG_BYTES = 900;

const NOTHING = Object.fromEntries(Object.keys(PRICES).map((name) => [name, 0])) as unknown as MonthlyUsage;

/** A month of such hours, with what stands beside the function. */
function monthly(
  hour: Hour,
  standing: {
    readonly alarms: number;
    readonly queues: number;
    readonly schedules: number;
    /** Those that run each minute; default one. */
    readonly functions?: number;
    readonly memoryGb?: number;
    readonly metrics?: number;
  },
) {
  const calls = hour.invocations * HOURS;
  const { counts } = hour;
  return {
    ...NOTHING,
    ownAlarms: standing.alarms,
    customMetrics: standing.metrics ?? 0,
    metricsRead: counts.metricsRead * HOURS,
    writeUnits: counts.writeUnits * HOURS,
    readUnits: counts.readUnits * HOURS,
    tableGb: (2 * counts.journalBytes * 24 * 90) / 1e9,
    invocations: calls,
    gbSeconds: (calls * CALL_S + (HOURS / 2) * (standing.functions ?? 1) * COLD_S) * (standing.memoryGb ?? MEMORY_GB),
    schedulerInvocations: calls + (standing.schedules - 1) * 30,
    queueRequests: standing.queues * QUEUE_POLLS + 3 * counts.messagesSent * HOURS,
    objectReads: counts.objectReads * HOURS,
    objectWrites: counts.objectWrites * HOURS,
    logGb: ((hour.logBytes * HOURS + calls * PLATFORM_LOG_BYTES) / 1e9) * 1,
  };
}

/** Two files as platforms have them: five rules in two groups, each 15 s. */
const RULES = readFileSync(join(root, "examples/rules/platform.yml"), "utf8");
const MONITORING = [
  "version: 1",
  "monitoring:",
  "  prometheus: { url: https://prometheus.example }",
  "  rules: [platform.yml]",
].join("\n");

/** 50 services whose traffic is balanced somewhere, none of them checked, discovered or weighed by Headgate. */
const TRAFFIC = [
  "version: 1",
  "services:",
  ...Array.from({ length: 50 }, (_, index) => `  s${index}: { ecs: { cluster: data, service: s${index} } }`),
  "traffic:",
  ...Array.from({ length: 50 }, (_, index) => `  s${index}: { balance: maglev }`),
].join("\n");

/** 50 services that are rolled out by canaries, none of which is under way. */
const DELIVERY = [
  "version: 1",
  "services:",
  ...Array.from({ length: 50 }, (_, index) => `  s${index}: { ecs: { cluster: data, service: s${index} } }`),
  "delivery:",
  ...Array.from({ length: 50 }, (_, index) => `  s${index}: { strategy: canary, counts: cloudwatch, every: 1m }`),
].join("\n");

/** Backup is there and nothing is backed up yet: what points cost is asked of `headgate backup cost`. */
const BACKUP = "version: 1\n";
/** The tick has 1,024 MB, twice of what the others have. */
const BACKUP_MEMORY_GB = 1;

/** Cost is there, and nobody has said what it is about. */
const COST = "version: 1\n";

/** 50 services, none of which has a policy `auto`. */
const TUNING = [
  "version: 1",
  "services:",
  ...Array.from({ length: 50 }, (_, index) => `  s${index}: { ecs: { cluster: data, service: s${index} } }`),
  "autoscaling:",
  ...Array.from({ length: 50 }, (_, index) => `  s${index}: { min: 1, max: 4, policies: [{ type: instances }] }`),
].join("\n");
/** One whole core. */
const TUNING_MEMORY_GB = 1769 / 1024;

/** The same 50, with ten backends each that are discovered and checked once a minute. */
const WATCHED = TRAFFIC.replaceAll(
  /\{ balance: maglev \}/g,
  "{ health: { every: 1m }, discover: { cloudMap: { namespace: shop, service: orders } } }",
);
const DISCOVERY_USD = PRICES.discoveries;
/** What 500 checks and 50 questions add to a minute's two calls, each: a hundred and eight at a time, 50 ms an answer. Upper guess. */
const WATCHING_S = 0.4;

describe("what the parts that are switched on cost a month, while nothing happens", () => {
  let base: Synth;
  const usd = { monitoring: 0, scoring: 0, traffic: 0, delivery: 0, backup: 0, cost: 0, tuning: 0 };
  let rules: Hour;
  let score: Hour;
  let backends: Hour;
  let rollouts: Hour;
  let runs: Hour;
  let ticks: Hour;
  let looks: Hour;
  const added = (app: Synth) => ofType(app, ALARM).length - ofType(base, ALARM).length;

  beforeAll(async () => {
    base = await synth({ stage: "prod" });
    const [monitoring, scoring, traffic, delivery, backup, cost, tuning] = [
      await synth({ stage: "prod", env: { HEADGATE_MONITORING: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_SCORING: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_TRAFFIC: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_DELIVERY: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_BACKUP: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_COST: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_TUNING: "on" } }),
    ];
    rules = await hourOf("rules", MONITORING, { "platform.yml": RULES });
    score = await hourOf("score", "version: 1\n");
    backends = await hourOf("traffic", TRAFFIC);
    rollouts = await hourOf("delivery", DELIVERY);
    runs = await hourOf("backup", BACKUP);
    ticks = await hourOf("cost", COST);
    looks = await hourOf("tuning", TUNING);
    const lines = (name: keyof typeof usd, usage: MonthlyUsage) => {
      const counted = monthlyCost(usage);
      usd[name] = counted.usd;
      const shown = counted.lines.filter((line) => line.usd >= 0.0005);
      return [
        `${name}, idle: ${counted.usd.toFixed(2)} USD a month`,
        ...shown.map(
          ({ item, count, usd: cost }) =>
            `  ${item.padEnd(20)} ${count.toFixed(0).padStart(9)} ${cost.toFixed(3).padStart(7)}`,
        ),
      ];
    };
    console.log(
      [
        ...lines("monitoring", monthly(rules, { alarms: added(monitoring), queues: 0, schedules: 1 })),
        ...lines("scoring", monthly(score, { alarms: added(scoring), queues: 1, schedules: 2 })),
        ...lines("traffic", monthly(backends, { alarms: added(traffic), queues: 1, schedules: 1, functions: 2 })),
        ...lines("delivery", monthly(rollouts, { alarms: added(delivery), queues: 1, schedules: 1 })),
        ...lines(
          "backup",
          monthly(runs, { alarms: added(backup), queues: 2, schedules: 1, memoryGb: BACKUP_MEMORY_GB, metrics: 1 }),
        ),
        ...lines("cost", monthly(ticks, { alarms: added(cost), queues: 1, schedules: 1, metrics: 1 })),
        ...lines(
          "tuning",
          monthly(looks, { alarms: added(tuning), queues: 0, schedules: 1, memoryGb: TUNING_MEMORY_GB }),
        ),
      ].join("\n"),
    );
  });

  it("five quiet rules over a Prometheus API: one question a rule and minute at most two, no record, no metric read", () => {
    expect(rules.questions).toBeGreaterThanOrEqual(5 * 60);
    expect(rules.questions).toBeLessThanOrEqual(2 * 5 * 60);
    expect(rules.counts).toMatchObject({ metricsRead: 0, journalBytes: 0, objectReads: 0 });
    // The clock of each of the two groups.
    expect(rules.counts.writeUnits).toBeLessThanOrEqual(2 * 60);
  });

  it("scoring without a signal asks for nothing and writes nothing", () => {
    expect(score.counts).toMatchObject({ metricsRead: 0, writeUnits: 0, messagesSent: 0, objectReads: 0 });
  });

  it("50 services that are neither checked nor discovered nor weighed cost nothing: no write, no message, no list", () => {
    expect(backends.counts).toMatchObject({
      metricsRead: 0,
      writeUnits: 0,
      messagesSent: 0,
      objectReads: 0,
      fleetReads: 0,
    });
    expect(backends.counts.calls["store.list"]).toBeUndefined();
  });

  it("50 services none of which is rolled out cost what the tick's questions for what is due cost: no write, no message, no metric", () => {
    expect(rollouts.counts).toMatchObject({
      metricsRead: 0,
      writeUnits: 0,
      messagesSent: 0,
      objectReads: 0,
      fleetReads: 0,
    });
    expect(rollouts.counts.calls["store.list"]).toBeUndefined();
  });

  it("backup without a plan costs what the tick's questions for what is due cost: no write, no message, no object", () => {
    expect(runs.counts).toMatchObject({
      metricsRead: 0,
      writeUnits: 0,
      messagesSent: 0,
      objectReads: 0,
      objectWrites: 0,
    });
    expect(runs.counts.calls["store.list"]).toBeUndefined();
  });

  it("cost without a section costs what the tick's questions for what is due cost: no write, no message, no object", () => {
    expect(ticks.counts).toMatchObject({
      metricsRead: 0,
      writeUnits: 0,
      messagesSent: 0,
      objectReads: 0,
      objectWrites: 0,
    });
    expect(ticks.counts.calls["store.list"]).toBeUndefined();
  });

  it("50 services without auto cost what asking which are due does: no write, no metric, no read of their own", () => {
    expect(looks.counts).toMatchObject({ metricsRead: 0, writeUnits: 0, messagesSent: 0, objectWrites: 0 });
    expect(looks.counts.readUnits).toBeLessThanOrEqual(2);
  });

  it("is what headgate cost self says of each part, within three cents", () => {
    const base = Number(loadCost({}).perMonth);
    const loads = {
      monitoring: { ruleGroups: 2 },
      scoring: {},
      traffic: {},
      delivery: {},
      backup: {},
      cost: {},
      tuning: {},
    };
    for (const part of Object.keys(usd) as (keyof typeof usd)[])
      expect(
        Math.abs(Number(loadCost({ parts: [part], ...loads[part] }).perMonth) - base - usd[part]),
        part,
      ).toBeLessThan(0.03);
  });

  it("50 services with ten backends each, discovered and checked each minute, cost what docs/scale.md says, within five cents", async () => {
    const watched = await hourOf("traffic", WATCHED);
    expect(watched.discoveries).toBe(50 * 60);
    expect(watched.counts).toMatchObject({ messagesSent: 0, journalBytes: 0, objectReads: 0 });
    // The checker's clock, once a look: nothing is written of backends that are well and stay.
    expect(watched.counts.writeUnits).toBeLessThanOrEqual(60);
    const rest = monthly(backends, { alarms: 0, queues: 0, schedules: 1, functions: 2 });
    const more = monthly(watched, { alarms: 0, queues: 0, schedules: 1, functions: 2 });
    const added = monthlyCost(more).usd - monthlyCost(rest).usd;
    const seconds = watched.invocations * HOURS * WATCHING_S * MEMORY_GB * PRICES.gbSeconds;
    const asked = watched.discoveries * HOURS * DISCOVERY_USD;
    console.log(
      `traffic, 50 services watched: ${(added + seconds + asked).toFixed(2)} USD more (${asked.toFixed(2)} Cloud Map, ${added.toFixed(2)} table and logs, ${seconds.toFixed(2)} time), ${(watched.counts.readUnits / 60 / 50).toFixed(1)} read units a service and minute`,
    );
    const document = readFileSync(join(root, "docs/scale.md"), "utf8");
    const [, said] = /^\| Cost of watching 50 services \| ([\d.]+) USD a month/m.exec(document) ?? [];
    expect(Math.abs(Number(said) - (added + seconds + asked))).toBeLessThan(0.05);
  });

  it("does not fit under what the app without them has to stay under, none of them but tuning, which needs a core of its own", () => {
    const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
    const idle = Number(/^\| 50 \| ([\d.]+) \|/m.exec(document)?.[1]);
    expect(idle).toBeLessThanOrEqual(12);
    const { tuning, ...dear } = usd;
    for (const cost of Object.values(dear)) expect(idle + cost).toBeGreaterThan(12);
    expect(idle + tuning).toBeLessThanOrEqual(12);
  });

  it("is what docs/deploy.md says, within two cents", () => {
    const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
    for (const [name, cost] of Object.entries(usd)) {
      const [, said] =
        new RegExp(`^\\| \`HEADGATE_${name.toUpperCase()}=on\` \\| .* \\| ([\\d.]+) \\|$`, "m").exec(document) ?? [];
      expect(Math.abs(Number(said) - cost), name).toBeLessThan(0.02);
    }
  });
});
