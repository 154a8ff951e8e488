import { beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundle } from "./bundle.ts";
import { startups } from "./startup.ts";

const KB = 1024;
/**
 * What a cold start may cost: bytes that importing the handler loads, and the processor time of a process that imports it over
 * one that imports an empty handler. No function loads an SDK before its first event.
 */
const BUDGETS = {
  api: { handler: "functions/api/lambda.handler", initKb: 92, ratio: 1.5 },
  alarm: { handler: "functions/autoscaling/alarm.handler", initKb: 300, ratio: 2.6 },
  schedule: { handler: "functions/autoscaling/schedule.handler", initKb: 300, ratio: 2.6 },
  queue: { handler: "functions/autoscaling/queue.handler", initKb: 300, ratio: 2.6 },
  rules: { handler: "functions/monitoring/schedule.handler", initKb: 300, ratio: 2.6 },
  ruleAlarm: { handler: "functions/monitoring/alarm.handler", initKb: 300, ratio: 2.6 },
  score: { handler: "functions/anomaly/schedule.handler", initKb: 300, ratio: 2.6 },
  scorer: { handler: "functions/anomaly/queue.handler", initKb: 300, ratio: 2.6 },
  flush: { handler: "functions/alerting/queue.handler", initKb: 300, ratio: 2.6 },
  alertSweep: { handler: "functions/alerting/schedule.handler", initKb: 300, ratio: 2.6 },
  trafficCheck: { handler: "functions/traffic/schedule.handler", initKb: 300, ratio: 2.6 },
  trafficChecker: { handler: "functions/traffic/check-queue.handler", initKb: 300, ratio: 2.6 },
  trafficSync: { handler: "functions/traffic/sync.handler", initKb: 300, ratio: 2.6 },
  rollout: { handler: "functions/delivery/queue.handler", initKb: 300, ratio: 2.6 },
  rolloutTick: { handler: "functions/delivery/schedule.handler", initKb: 300, ratio: 2.6 },
  ecsHook: { handler: "functions/delivery/hooks-ecs.handler", initKb: 300, ratio: 2.6 },
  codeDeployHook: { handler: "functions/delivery/hooks-codedeploy.handler", initKb: 300, ratio: 2.6 },
  backup: { handler: "functions/backup/queue.handler", initKb: 300, ratio: 2.6 },
  backupTick: { handler: "functions/backup/schedule.handler", initKb: 300, ratio: 2.6 },
  backupWorker: { handler: "functions/backup/work-queue.handler", initKb: 300, ratio: 2.6 },
  costTick: { handler: "functions/cost/schedule.handler", initKb: 300, ratio: 2.6 },
  costWorker: { handler: "functions/cost/queue.handler", initKb: 300, ratio: 2.6 },
  alertEvents: { handler: "functions/alerting/sources/events.handler", initKb: 300, ratio: 2.6 },
} as const;

const EMPTY = "test/infra/fixtures/empty/handler.handler";

type Name = keyof typeof BUDGETS;
const names = Object.keys(BUDGETS) as Name[];

describe("bundles as SST makes them", () => {
  const bundles = new Map<Name, Bundle>();
  const of = (name: Name) => bundles.get(name) as Bundle;

  beforeAll(async () => {
    for (const name of names) bundles.set(name, await bundle(BUDGETS[name].handler, name));
  });

  it.each(names)("%s exports its handler", (name) => {
    expect(of(name).exports).toContain("handler");
  });

  it.each(names)("%s loads no more than its budget before the first event", (name) => {
    expect(of(name).initBytes / KB).toBeLessThanOrEqual(BUDGETS[name].initKb);
  });

  it("none carries DuckDB, which stacks/functions.ts leaves out: Athena answers where they run", () => {
    for (const name of names)
      expect([...of(name).packages.values()].flatMap((some) => [...some]).filter((one) => /duckdb/.test(one))).toEqual(
        [],
      );
  });

  it("every one starts within its budget, beside an empty handler", async () => {
    const { entry: empty } = await bundle(EMPTY, "empty");
    const entries = Object.fromEntries(
      names.map((name) => [name, { entry: of(name).entry, budget: BUDGETS[name].ratio }]),
    );
    const measured = await startups(empty, entries);
    console.log(
      ["start of a process that imports the handler", "function    init KB  total KB    cpu ms     ratio    budget"]
        .concat(
          names.map((name) => {
            const { medianMs, ratio } = measured[name] ?? { medianMs: Number.NaN, ratio: Number.NaN };
            const cells = [of(name).initBytes / KB, of(name).totalBytes / KB, medianMs].map((value) =>
              value.toFixed(0).padStart(10),
            );
            return `${name.padEnd(9)}${cells.join("")}${ratio.toFixed(2).padStart(10)}${BUDGETS[name].ratio.toFixed(2).padStart(10)}`;
          }),
          `empty                       ${(measured["empty"]?.medianMs ?? 0).toFixed(0).padStart(10)}      1.00          (medians of ${measured["empty"]?.runs} interleaved runs)`,
        )
        .join("\n"),
    );
    for (const name of names) expect(measured[name]?.ratio, name).toBeLessThanOrEqual(BUDGETS[name].ratio);
  }, 240_000);
});

describe("a bundle over its budget", () => {
  it("is noticed: an SDK that is imported at once does not fit the API", async () => {
    const heavy = await bundle("test/infra/fixtures/planted/eager.handler", "eager");
    expect(heavy.initBytes / KB).toBeGreaterThan(BUDGETS.api.initKb);
    const { entry: empty } = await bundle(EMPTY, "empty");
    const measured = await startups(empty, { heavy: { entry: heavy.entry, budget: Number.POSITIVE_INFINITY } });
    expect(measured["heavy"]?.ratio).toBeGreaterThan(BUDGETS.api.ratio);
  }, 120_000);
});
