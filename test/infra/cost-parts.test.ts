import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type MonthlyUsage, monthlyCost, PRICES } from "../../bench/cost-self.ts";
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
  standing: { readonly alarms: number; readonly queues: number; readonly schedules: number },
) {
  const calls = hour.invocations * HOURS;
  const { counts } = hour;
  return {
    ...NOTHING,
    ownAlarms: standing.alarms,
    metricsRead: counts.metricsRead * HOURS,
    writeUnits: counts.writeUnits * HOURS,
    readUnits: counts.readUnits * HOURS,
    tableGb: (2 * counts.journalBytes * 24 * 90) / 1e9,
    invocations: calls,
    gbSeconds: (calls * CALL_S + (HOURS / 2) * COLD_S) * MEMORY_GB,
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

describe("what the parts that are switched on cost a month, while nothing happens", () => {
  let base: Synth;
  const usd = { monitoring: 0, scoring: 0 };
  let rules: Hour;
  let score: Hour;
  const added = (app: Synth) => ofType(app, ALARM).length - ofType(base, ALARM).length;

  beforeAll(async () => {
    base = await synth({ stage: "prod" });
    const [monitoring, scoring] = [
      await synth({ stage: "prod", env: { HEADGATE_MONITORING: "on" } }),
      await synth({ stage: "prod", env: { HEADGATE_SCORING: "on" } }),
    ];
    rules = await hourOf("rules", MONITORING, { "platform.yml": RULES });
    score = await hourOf("score", "version: 1\n");
    const lines = (name: "monitoring" | "scoring", usage: MonthlyUsage) => {
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

  it("does not fit under what the app without them has to stay under, neither of them", () => {
    const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
    const idle = Number(/^\| 50 \| ([\d.]+) \|/m.exec(document)?.[1]);
    expect(idle).toBeLessThanOrEqual(12);
    for (const cost of Object.values(usd)) expect(idle + cost).toBeGreaterThan(12);
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
