import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DECISION } from "../../shared/core/cost/self/model.ts";
import { type MonthlyUsage, monthlyCost } from "../../shared/core/cost/self/monthly.ts";
import { PRICES } from "../../shared/core/cost/self/prices.ts";
import { loadCost } from "../../shared/core/cost/self/view.ts";
import { type Day, day, type Load } from "./cost/world.ts";
import { root } from "./platform.ts";
import { ALARM, FUNCTION, ofType } from "./read.ts";
import { type Synth, synth } from "./synth.ts";

const DAYS = 30;
/** What reading every metric of every service each minute would cost in GetMetricData alone. */
const naiveCost = (services: number, metrics: number): number =>
  services * metrics * 60 * 24 * DAYS * PRICES.metricsRead;
/** Lambda keeps five long polls of 20 s on an idle queue (Lambda Developer Guide, "Polling and batching"). */
const QUEUE_POLLS_A_DAY = 5 * (86_400 / 20);
/** Seconds billed: a call, each service in it, a cold start. Upper guesses for a network-bound function of 512 MB. */
const CALL_S = 0.15;
const SERVICE_S = 0.03;
const COLD_S = 0.8;
const MEMORY_GB = 0.5;
/** START, END and REPORT of one invocation as JSON. */
const PLATFORM_LOG_BYTES = 900;

/** Idle: every service at its minimum with a load that wants it there. */
const IDLE: Load = () => 60;
/** Active: a day between 1.2 and 6 busy instances, each service at its own hour, with a rush of twenty minutes. */
const ACTIVE: Load = (service, minute) => {
  const hour = (minute / 60 + service * 0.7) % 24;
  const wave = 3.2 + 2.2 * Math.sin((hour / 24) * 2 * Math.PI);
  const rush = minute % 480 < 20 ? 1.5 : 0;
  return 100 * (wave + rush) * 0.6;
};

function monthly(services: number, { counts, invocations, ...rest }: Day, ownAlarms: number): MonthlyUsage {
  const calls = Object.values(invocations).reduce((sum, count) => sum + count, 0);
  const seconds = calls * CALL_S + rest.evaluations * SERVICE_S + rest.coldStarts * COLD_S;
  const timers = counts.messagesSent + counts.schedulesMade;
  return {
    serviceAlarms: 2 * services,
    ownAlarms,
    customMetrics: rest.metricHours / 24,
    metricsRead: counts.metricsRead * DAYS,
    writeUnits: counts.writeUnits * DAYS,
    readUnits: counts.readUnits * DAYS,
    // Records live 90 days, twice (table and index).
    tableGb: (2 * counts.journalBytes * 90) / 1e9,
    invocations: calls * DAYS,
    gbSeconds: seconds * MEMORY_GB * DAYS,
    schedulerInvocations: (invocations.tick + invocations.sweep + counts.schedulesMade) * DAYS,
    // Each message is sent once; its receipt is one of the polls, its removal one more request.
    queueRequests: (QUEUE_POLLS_A_DAY + 2 * timers) * DAYS,
    objectReads: counts.objectReads * DAYS,
    objectWrites: counts.objectWrites * DAYS,
    logGb: ((rest.logBytes + calls * PLATFORM_LOG_BYTES) * DAYS) / 1e9,
    apiRequests: 0,
  };
}

interface Counted {
  readonly day: Day;
  readonly usage: MonthlyUsage;
  readonly usd: number;
}

/** `some` plus `times` the difference from `few` to `some`, count by count. */
function extrapolated(few: MonthlyUsage, some: MonthlyUsage, times: number): MonthlyUsage {
  const names = Object.keys(some) as (keyof MonthlyUsage)[];
  return Object.fromEntries(
    names.map((name) => [name, (some[name] ?? 0) + times * ((some[name] ?? 0) - (few[name] ?? 0))]),
  ) as unknown as MonthlyUsage;
}

/** One line for each function of what it asked of AWS in a day. */
function requestRows(label: string, { requests, invocations }: Day): readonly string[] {
  return (Object.keys(requests) as (keyof Day["requests"])[]).map((name) => {
    const { readUnits, writeUnits, metricsRead, fleetReads, fleetWrites, objectReads, messagesSent, schedulesMade } =
      requests[name];
    const cells: readonly (readonly [number, number])[] = [
      [invocations[name], 7],
      [readUnits, 12],
      [writeUnits, 13],
      [metricsRead, 9],
      [fleetReads, 13],
      [fleetWrites, 14],
      [objectReads, 9],
      [messagesSent, 10],
      [schedulesMade, 11],
    ];
    return `${label.padEnd(7)}${name.padEnd(6)}${cells.map(([value, width]) => value.toFixed(0).padStart(width)).join("")}`;
  });
}

const usd = (value: number) => value.toFixed(2);

describe("what the control plane costs a month", () => {
  const SIZES = [10, 50, 500] as const;
  let app: Synth;
  const idle = new Map<number, Counted>();
  const active = new Map<number, Counted>();

  beforeAll(async () => {
    app = await synth({ stage: "prod" });
    const own = ofType(app, ALARM).length;
    const count = async (services: number, load: Load) => {
      const counted = await day(services, load);
      const usage = monthly(services, counted, own);
      return { day: counted, usage, usd: monthlyCost(usage).usd };
    };
    for (const services of SIZES) idle.set(services, await count(services, IDLE));
    for (const services of [10, 50]) active.set(services, await count(services, ACTIVE));
    // Playing 500 active services takes most of a minute; the counts are linear in them, but for the kinds of metrics.
    const [few, some] = [active.get(10), active.get(50)] as [Counted, Counted];
    const usage = {
      ...extrapolated(few.usage, some.usage, (500 - 50) / (50 - 10)),
      customMetrics: some.usage.customMetrics,
      ownAlarms: own,
    };
    active.set(500, { day: some.day, usage, usd: monthlyCost(usage).usd });
    const rows = SIZES.map(
      (services) =>
        `${String(services).padStart(8)} ${usd(idle.get(services)?.usd ?? 0).padStart(9)} ${usd(active.get(services)?.usd ?? 0).padStart(9)} ${usd(naiveCost(services, 3)).padStart(30)}`,
    );
    const lines = monthlyCost(idle.get(50)?.usage as MonthlyUsage).lines.map(
      ({ item, count, usd: cost }) =>
        `  ${item.padEnd(20)} ${count.toFixed(count < 100 ? 2 : 0).padStart(12)} ${cost.toFixed(3).padStart(8)}`,
    );
    console.log(
      [
        "USD a month",
        "services      idle    active   reading 3 metrics each minute",
        ...rows,
        "",
        "idle, 50 services, a month",
        ...lines,
        "",
        "requests a day of each function, 50 services",
        "              calls  read units  write units  metrics  fleet reads  fleet writes  objects  messages  schedules",
        ...requestRows("idle", idle.get(50)?.day as Day),
        ...requestRows("active", active.get(50)?.day as Day),
      ].join("\n"),
    );
  }, 300_000);

  it("idles with 50 services for at most 12 USD, two alarms a service included", () => {
    expect(idle.get(50)?.usage.serviceAlarms).toBe(100);
    expect(idle.get(50)?.usd).toBeLessThanOrEqual(12);
  });

  it("reads a small part of the metrics that reading each minute would read", () => {
    for (const services of SIZES) {
      const read = idle.get(services)?.usage.metricsRead ?? Number.POSITIVE_INFINITY;
      expect(read).toBeLessThan(0.01 * services * 2 * 60 * 24 * 30);
    }
    expect(naiveCost(50, 3)).toBeCloseTo(64.8, 1);
  });

  it("would notice a control plane that looks at everything each quarter of an hour", () => {
    const usage = idle.get(50)?.usage as MonthlyUsage;
    expect(monthlyCost({ ...usage, metricsRead: 50 * 2 * 4 * 24 * 30 }).usd).toBeGreaterThan(12);
  });

  it("counts each request under the function that made it", () => {
    for (const { day: counted } of [...idle.values(), ...active.values()]) {
      for (const name of ["readUnits", "writeUnits", "metricsRead", "fleetWrites", "messagesSent"] as const) {
        const sum = Object.values(counted.requests).reduce((total, one) => total + one[name], 0);
        expect(sum, name).toBe(counted.counts[name]);
      }
    }
    // With nothing open a tick asks what is due and nothing else.
    const { tick } = (idle.get(50) as Counted).day.requests;
    expect(tick).toMatchObject({ metricsRead: 0, fleetReads: 0, writeUnits: 0 });
  });

  it("does nothing while nothing happens", () => {
    for (const { day: counted } of idle.values()) {
      expect(counted.scaled).toBe(0);
      expect(counted.counts).toMatchObject({ writeUnits: 0, messagesSent: 0, schedulesMade: 0, fleetWrites: 0 });
      expect(counted.invocations).toMatchObject({ alarm: 0, timer: 0, tick: 1440, sweep: 96 });
    }
  });

  it("scales on an active day, or the figure for it would mean nothing", () => {
    for (const services of [10, 50]) expect(active.get(services)?.day.scaled).toBeGreaterThan(4 * services);
  });

  it("is what headgate cost self says of such a load: idle within 1 %, active within 3 %, its constants within a fifth", () => {
    for (const services of SIZES) {
      const said = Number(loadCost({ services }).perMonth);
      expect(Math.abs(said / (idle.get(services)?.usd ?? 0) - 1), `${services} idle`).toBeLessThan(0.01);
    }
    for (const services of [10, 50]) {
      const { day: counted, usd: cost } = active.get(services) as Counted;
      const decisions = counted.counts.calls["journal.append"] ?? 0;
      expect(
        Math.abs(Number(loadCost({ services, decisions }).perMonth) / cost - 1),
        `${services} active`,
      ).toBeLessThan(0.03);
      const before = idle.get(services)?.day.counts;
      for (const name of ["writeUnits", "readUnits", "metricsRead"] as const) {
        const each = (counted.counts[name] - (before?.[name] ?? 0)) / decisions;
        expect(Math.abs(DECISION[name] / each - 1), `${name} of a decision of ${services}`).toBeLessThan(0.2);
      }
    }
  });

  it("is spent by functions that exist at the rates that are deployed", () => {
    expect(ofType(app, FUNCTION)).toHaveLength(5);
    const rates = ofType(app, "aws:scheduler/schedule:Schedule").map(({ inputs }) => inputs["scheduleExpression"]);
    expect(rates.sort()).toEqual(["rate(1 minute)", "rate(15 minutes)"]);
  });

  it("is what docs/deploy.md says, within a few percent", () => {
    const document = readFileSync(join(root, "docs/deploy.md"), "utf8");
    for (const services of SIZES) {
      const [, ...said] =
        new RegExp(`^\\| ${services} \\| ([\\d.]+) \\| ([\\d.]+) \\| ([\\d.]+) \\|$`, "m").exec(document) ?? [];
      const counted = [idle.get(services)?.usd ?? 0, active.get(services)?.usd ?? 0, naiveCost(services, 3)];
      expect(said, `row of ${services} services`).toHaveLength(3);
      // What an active day costs moves with every change of a policy's defaults.
      for (const [column, tolerance] of [0.02, 0.1, 0.001].entries()) {
        expect(
          Math.abs(Number(said[column]) / (counted[column] as number) - 1),
          `${services} services, column ${column}`,
        ).toBeLessThanOrEqual(tolerance);
      }
    }
  });
});
