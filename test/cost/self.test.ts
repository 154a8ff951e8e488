import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateChange } from "../../functions/cost/estimate.ts";
import { selfCost } from "../../functions/cost/self.ts";
import { countKeeper } from "../../functions/cost/self-counts.ts";
import { countedPorts } from "../../local/usage.ts";
import { decimal, subtract, sum, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { LOAD_NAMES, type Load, PARTS } from "../../shared/core/cost/self/load.ts";
import { USAGE_NAMES } from "../../shared/core/cost/self/prices.ts";
import { compareLoads, loadCost } from "../../shared/core/cost/self/view.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { countCommand } from "../../shared/edge/count-requests.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { usageMeter } from "../../shared/shell/usage-meter.ts";
import { world } from "../api/kit.ts";

const money = (amount: string) => decimal(amount) ?? ZERO;
const loads: fc.Arbitrary<Load> = fc.record(
  {
    parts: fc.subarray([...PARTS]),
    ...Object.fromEntries(LOAD_NAMES.map((name) => [name, fc.nat({ max: 5_000 })])),
  },
  { requiredKeys: [] },
);

describe("what a load costs", () => {
  test("its lines sum to it exactly, and each says how it comes about", () => {
    fc.assert(
      fc.property(loads, (load) => {
        const { perMonth, lines } = loadCost(load);
        expect(sum(lines.map((line) => money(line.perMonth)))).toEqual(money(perMonth));
        for (const { formula, unitPrice } of lines) expect(formula).toContain(`× ${unitPrice} USD`);
      }),
      { numRuns: 40 },
    );
  });
  test("a change is after less before, line by line and exactly; more of anything never costs less", () => {
    fc.assert(
      fc.property(
        loads,
        loads,
        fc.constantFrom(...LOAD_NAMES.filter((name) => name !== "alarms")),
        (before, after, name) => {
          const estimate = compareLoads(before, after);
          expect(text(sum(estimate.lines.map((line) => money(line.change))))).toBe(text(money(estimate.change)));
          expect(text(subtract(money(estimate.after), money(estimate.before)))).toBe(text(money(estimate.change)));
          const more = { ...after, [name]: (after[name] ?? 0) + 10 };
          expect(Number(loadCost(more).perMonth)).toBeGreaterThanOrEqual(Number(loadCost(after).perMonth));
        },
      ),
      { numRuns: 40 },
    );
  });
  test("nothing at all to do costs what stands: eight alarms, a metric, a queue's polls, the ticks", () => {
    const { perMonth, lines } = loadCost({});
    expect(Number(perMonth)).toBeLessThan(1.6);
    expect(lines[0]).toMatchObject({ item: "alarms on itself", count: 8, perMonth: "0.800000" });
  });
});

const config = (text: string) => {
  const parsed = parseConfig(`version: 1\n${text}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
};
const TWO = `services: { a: { ecs: { cluster: c, service: a } }, b: { ecs: { cluster: c, service: b } } }`;

describe("what a change of headgate.yaml costs before it is deployed", () => {
  test.each([
    [
      "one more scaled service: two alarms, and what it decides",
      `${TWO}\nautoscaling: { a: {} }`,
      `${TWO}\nautoscaling: { a: {}, b: {} }`,
      { "alarms of services": "0.200000" },
    ],
    [
      "cost: four alarms, a queue, a metric",
      TWO,
      `${TWO}\ncost: {}`,
      { "alarms on itself": "0.400000", "custom metrics": "0.300000", "queue requests": "0.259200" },
    ],
    [
      "Cost Explorer once a day",
      `${TWO}\ncost: {}`,
      `${TWO}\ncost: { sources: [{ costExplorer: {} }] }`,
      { "Cost Explorer requests": "0.300000" },
    ],
    [
      "Cost Explorer each hour",
      `${TWO}\ncost: {}`,
      `${TWO}\ncost: { schedule: hourly, sources: [{ costExplorer: {} }] }`,
      { "Cost Explorer requests": "7.200000" },
    ],
    [
      "Cost Explorer when somebody asks",
      `${TWO}\ncost: {}`,
      `${TWO}\ncost: { schedule: off, sources: [{ costExplorer: {} }] }`,
      {},
    ],
    [
      "backends discovered each minute",
      TWO,
      `${TWO}\ntraffic: { a: { discover: { cloudMap: { namespace: n, service: a } } } }`,
      { "Cloud Map questions": "0.043200" },
    ],
    ["nothing that costs", TWO, `${TWO}\ncost: {}`, undefined],
  ] as const)("%s", (_, before, after, wanted) => {
    const { lines, change } = estimateChange(config(before), config(after));
    if (wanted === undefined) {
      expect(estimateChange(config(after), config(after))).toMatchObject({ lines: [], change: "0" });
      return;
    }
    const changes = Object.fromEntries(lines.map((line) => [line.item, line.change]));
    expect(changes).toMatchObject(wanted);
    if (Object.keys(wanted).length === 0) expect(change).toBe("0");
    expect(estimateChange(config(after), config(before)).change).toBe(change === "0" ? "0" : `-${change}`);
  });
  test("a first configuration is held against nothing, and what is taken for granted is said", () => {
    const { before, after, assumptions } = estimateChange(undefined, config(TWO));
    expect([before, after]).toEqual(["0", loadCost({}).perMonth]);
    expect(assumptions[0]).toBe(
      "each scaled service makes 20 decisions a day that change something, as a day with waves and rushes does",
    );
  });
});

describe("requests are counted at the door of each client", () => {
  const counted = (service: string, name: string, output: unknown, input: unknown = {}) => {
    const counts: Record<string, number> = {};
    countCommand(service, { name, input }, output, (item, count) => {
      if (count > 0) counts[item] = (counts[item] ?? 0) + count;
    });
    return counts;
  };
  test.each<[string, string, string, unknown, Record<string, number>]>([
    [
      "a read by the units DynamoDB says",
      "dynamodb",
      "QueryCommand",
      { ConsumedCapacity: { CapacityUnits: 2.5 } },
      { readUnits: 2.5 },
    ],
    [
      "a write with its indexes",
      "dynamodb",
      "UpdateItemCommand",
      { ConsumedCapacity: { CapacityUnits: 4 } },
      { writeUnits: 4 },
    ],
    [
      "a write that its condition refused",
      "dynamodb",
      "PutItemCommand",
      Object.assign(new Error("no"), { name: "ConditionalCheckFailedException" }),
      { writeUnits: 1 },
    ],
    ["a read that was throttled: nothing", "dynamodb", "GetItemCommand", new Error("throttled"), {}],
    ["an object", "s3/eu-central-1/", "GetObjectCommand", {}, { objectReads: 1 }],
    ["a list is priced as a write", "s3//", "ListObjectsV2Command", {}, { objectWrites: 1 }],
    ["removing is free", "s3//", "DeleteObjectCommand", {}, {}],
    [
      "a question to Cost Explorer, refused or not",
      "ce/us-east-1/",
      "GetCostAndUsageCommand",
      new Error("denied"),
      { billRequests: 1 },
    ],
    [
      "what Athena has read, at its end",
      "athena/",
      "GetQueryExecutionCommand",
      { QueryExecution: { Status: { State: "SUCCEEDED" }, Statistics: { DataScannedInBytes: 2e12 } } },
      { scannedTb: 2 },
    ],
    [
      "what it has not ended",
      "athena/",
      "GetQueryExecutionCommand",
      { QueryExecution: { Status: { State: "RUNNING" } } },
      {},
    ],
    ["a service that costs nothing by the request", "ecs/", "DescribeServicesCommand", {}, {}],
  ])("%s", (_, service, command, output, wanted) => {
    expect(counted(service, command, output)).toEqual(wanted);
  });
  test("metrics by their number, expressions over them for nothing", () => {
    const input = { MetricDataQueries: [{ MetricStat: {} }, { MetricStat: {} }, { Expression: "a/b" }] };
    expect(counted("cloudwatch/", "GetMetricDataCommand", {}, input)).toEqual({ metricsRead: 2 });
  });
});

describe("what Headgate itself costs now", () => {
  test("is added up over the processes that kept what they counted, with what stands beside it; too little is not known", async () => {
    const { runtime: base, clock } = await world();
    const runtime: Runtime = { ...base, parts: { monitoring: false, scoring: false } };
    const keepers = [1, 2].map(() => {
      const meter = usageMeter(clock.now);
      return { meter, keep: countKeeper(runtime, "default", meter) };
    });
    for (const { keep } of keepers) await keep();
    expect((await selfCost(runtime, "default")).now, "nothing yet").toBeUndefined();
    let writes = 0;
    const write = runtime.store.write;
    Object.assign(runtime.store, {
      write: (...given: Parameters<typeof write>) => {
        writes += 1;
        return write(...given);
      },
    });
    for (let minute = 0; minute < 60; minute += 1) {
      clock.advance(MINUTE_MS);
      for (const { meter, keep } of keepers) {
        meter.add("writeUnits", 1_000);
        await keep();
      }
    }
    expect(writes, "each five minutes, two processes").toBe(24);
    const { now, load, notes } = await selfCost(runtime, "default");
    expect(now?.hours).toBeCloseTo(1, 5);
    const line = now?.lines.find(({ name }) => name === "writeUnits");
    // 120,000 in an hour are 86.4 million a month.
    expect(line).toMatchObject({ count: 86_400_000, perMonth: "54.000000" });
    expect(line?.formula).toMatch(/^120000 counted in 1 h × 720 × 0\.000000625 USD$/);
    expect(now?.lines.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["ownAlarms", "serviceAlarms", "queueRequests"]),
    );
    expect(text(sum((now?.lines ?? []).map((one) => money(one.perMonth))))).toBe(now?.perMonth);
    expect(
      load.lines.some(({ name }) => name === "writeUnits"),
      "at the configuration's own load",
    ).toBe(true);
    expect(notes.join("\n")).toContain("us-east-1");
  });

  test("over midnight a process begins another item, and counts nothing twice", async () => {
    const { runtime: base, clock } = await world();
    const runtime: Runtime = { ...base, parts: { monitoring: false, scoring: false } };
    clock.advance(23.9 * HOUR_MS);
    const meter = usageMeter(clock.now);
    const keep = countKeeper(runtime, "default", meter);
    for (let step = 0; step < 4; step += 1) {
      meter.add("objectWrites", 10);
      await keep();
      clock.advance(6 * MINUTE_MS);
    }
    const { items } = await runtime.store.list("default", "cost-self");
    expect(items).toHaveLength(2);
    const kept = items.map(({ state }) => (state as { counts: { objectWrites?: number } }).counts.objectWrites ?? 0);
    expect(kept.reduce((all, one) => all + one, 0)).toBe(40);
  });

  test("on a laptop the ports count, in the units of AWS's bill", async () => {
    const { runtime } = await world();
    const meter = usageMeter(() => 0);
    const { store, objects } = countedPorts(runtime, meter);
    const key = { tenant: "t", noun: "n", subject: "s" };
    await store.write(key, 0, { state: "x".repeat(3_000), dueAt: 5 });
    await store.load(key);
    await objects.put("a", "b");
    await objects.get("a");
    await objects.list("");
    expect(meter.counts()).toEqual({ writeUnits: 5, readUnits: 1, objectWrites: 2, objectReads: 1 });
    expect(Object.keys(meter.counts()).every((name) => USAGE_NAMES.includes(name as never))).toBe(true);
  });
});
