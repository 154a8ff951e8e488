import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { decimal, text } from "../../shared/core/cost/decimal.ts";
import type { NotProposed, Opportunity } from "../../shared/core/cost/opportunity.ts";
import { percentileOf, sizeFold } from "../../shared/core/cost/rightsizing/history.ts";
import type { UnitPrices } from "../../shared/core/cost/rightsizing/made.ts";
import { proposeService } from "../../shared/core/cost/rightsizing/service.ts";
import { fargateSize, weight } from "../../shared/core/cost/rightsizing/sizes.ts";
import { proposeSlots } from "../../shared/core/cost/rightsizing/slots.ts";
import { proposeIdleTopic, proposePartitions } from "../../shared/core/cost/rightsizing/topics.ts";
import { CostSection, type RightsizingConfig } from "../../shared/core/cost/section.ts";
import type { JobUsage, ServiceUsage, TopicUsage, UsageHour } from "../../shared/core/cost/usage.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";

const NOW = Date.UTC(2026, 10, 23);
const rules = (more: object = {}): RightsizingConfig =>
  v.parse(CostSection, { rightsizing: { minimumSamples: 24, ...more } }).rightsizing as RightsizingConfig;
const money = (value: string) => decimal(value) ?? { units: 0n, scale: 0 };
const PRICES: UnitPrices = {
  ...{ currency: "USD", source: "bill aws", vcpuHour: money("0.04"), gbHour: money("0.004") },
  ...{ slotHour: money("0.11"), partitionHour: money("0.0015") },
};
const context = { now: NOW, onEcs: true, prices: PRICES, currency: "USD" };

const service = (more: Partial<ServiceUsage> = {}): ServiceUsage => ({
  ...{ service: "orders", taskSeconds: 7200, cpu: 4, memoryMb: 8192, requests: 10 },
  ...{ cpuAvg: 8, cpuP95: 14, cpuP99: 16, cpuMax: 20, memoryAvg: 10, memoryP99: 12, memoryMax: 14 },
  ...more,
});
const hour = (index: number, more: Partial<UsageHour> = {}): UsageHour => ({
  ...{ v: 1, cluster: "c", hour: NOW - (400 - index) * HOUR_MS, seenMs: HOUR_MS },
  ...{ topics: [], groups: [], jobs: [], services: [], missing: [] },
  ...more,
});
function folded(count: number, more: (index: number) => Partial<UsageHour>) {
  const fold = sizeFold();
  for (let index = 0; index < count; index += 1) fold.add(hour(index, more(index)));
  return fold;
}
const ofService = (one: (index: number) => ServiceUsage, config = rules(), count = 48, onEcs = true) => {
  const [seen] = folded(count, (index) => ({ services: [one(index)] })).services();
  if (!seen) throw new Error("nothing was seen");
  return proposeService(seen, config, { ...context, onEcs });
};
const made = (found: Opportunity | NotProposed | undefined): Opportunity => {
  if (!found || !("action" in found)) throw new Error(JSON.stringify(found));
  return found;
};

describe("sizes that Fargate takes", () => {
  test("are the smallest pair that has enough of both", () => {
    expect(fargateSize({ cpu: 0.1, memoryMb: 100 })).toEqual({ cpu: 0.25, memoryMb: 512 });
    expect(fargateSize({ cpu: 0.25, memoryMb: 3000 })).toEqual({ cpu: 0.5, memoryMb: 3072 });
    expect(fargateSize({ cpu: 3, memoryMb: 1 })).toEqual({ cpu: 4, memoryMb: 8192 });
    expect(fargateSize({ cpu: 5, memoryMb: 20_000 })).toEqual({ cpu: 8, memoryMb: 20_480 });
    expect(fargateSize({ cpu: 16, memoryMb: 120 * 1024 })).toEqual({ cpu: 16, memoryMb: 122_880 });
    expect(fargateSize({ cpu: 17, memoryMb: 1 })).toBeUndefined();
  });
  test("are never below what is needed, and no dearer for less", () => {
    const need = fc.record({
      cpu: fc.double({ min: 0.01, max: 16, noNaN: true }),
      memoryMb: fc.integer({ min: 1, max: 122_880 }),
    });
    fc.assert(
      fc.property(need, (needed) => {
        const size = fargateSize(needed);
        if (!size) return;
        expect(size.cpu >= needed.cpu && size.memoryMb >= needed.memoryMb).toBe(true);
        const less = fargateSize({ cpu: needed.cpu / 2, memoryMb: needed.memoryMb / 2 });
        expect(less && weight(less) <= weight(size)).toBe(true);
      }),
    );
  });
});

describe("a service", () => {
  test("gets what its percentile needs with headroom, and the saving of all its tasks a month", () => {
    const found = made(ofService(() => service()));
    // 16 % of 4 vCPU and 14 % of 8 GB, a fifth on top: 0.77 vCPU, 1.34 GB.
    expect(found).toMatchObject({
      kind: "rightsize_service",
      proposed: { cpu: 1, memoryMb: 2048, tasks: 2 },
      restartNeeded: true,
    });
    expect(found.aws).toEqual({ finding: "OVER_PROVISIONED", actionType: "Rightsize" });
    // Two tasks, 3 vCPU and 6 GB less each: 730 × (6 × 0.04 + 12 × 0.004).
    expect(Number(found.savingPerMonth && text(found.savingPerMonth))).toBeCloseTo(210.24, 4);
  });
  test("is judged by its peaks, not by its mean, and by memory as large as it ever was", () => {
    const spiky = ofService((index) => service({ cpuP99: index % 20 === 0 ? 85 : 5, cpuMax: 90 }));
    expect(spiky).toMatchObject({ reason: "under_provisioned" });
    const p95 = made(
      ofService((index) => service({ cpuP95: index % 30 === 0 ? 85 : 5, cpuMax: 90 }), rules({ percentile: "p95" })),
    );
    expect(p95.proposed).toMatchObject({ cpu: 0.25 });
    const once = made(ofService((index) => service({ memoryMax: index === 7 ? 60 : 5 })));
    expect(once.proposed["memoryMb"]).toBeGreaterThanOrEqual(8192 * 0.6 * 1.2);
  });
  test("without enough hours, or with what it needs, is left alone with the reason", () => {
    expect(ofService(() => service(), rules(), 20)).toMatchObject({ reason: "insufficient_data" });
    expect(ofService(() => service({ cpu: 1, memoryMb: 2048, cpuP99: 70, memoryMax: 70 }))).toMatchObject({
      reason: "optimized",
    });
    expect(ofService(() => service({ cpuP99: 95 }))).toMatchObject({ reason: "under_provisioned" });
  });
  test("that did nothing is idle, and told as riskier where its requests are not counted", () => {
    const idle = { cpuAvg: 0.2, cpuP95: 0.4, cpuP99: 0.5, cpuMax: 1, requests: 0 };
    expect(made(ofService(() => service(idle)))).toMatchObject({
      kind: "idle",
      risk: "medium",
      proposed: { tasks: 0 },
    });
    const { requests: _, ...uncounted } = service(idle);
    expect(made(ofService(() => uncounted))).toMatchObject({ kind: "idle", risk: "high" });
    expect(ofService(() => service({ ...idle, requests: 5 }))).toMatchObject({ kind: "rightsize_service" });
  });
  test("of unknown size is underutilized below 20 % and nothing is made up for it", () => {
    const { cpu: _, memoryMb: __, ...unsized } = service();
    const found = made(ofService(() => unsized));
    expect(found).toMatchObject({ kind: "underutilized", proposed: {} });
    expect(found).not.toHaveProperty("savingPerMonth");
    expect(ofService(() => ({ ...unsized, cpuAvg: 20 }))).toMatchObject({ reason: "size_unknown" });
  });
  test("begins its history anew when it gets another size", () => {
    expect(ofService((index) => service({ cpu: index < 40 ? 8 : 4 }))).toMatchObject({ reason: "insufficient_data" });
  });
  test("without prices has no saving, which is not zero", () => {
    const [seen] = folded(48, () => ({ services: [service()] })).services();
    if (!seen) throw new Error("nothing was seen");
    expect(proposeService(seen, rules(), { now: NOW, onEcs: true, currency: "USD" })).not.toHaveProperty(
      "savingPerMonth",
    );
  });
});

test("the nearest rank is a value that was seen", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([percentileOf(hundred, 99), percentileOf(hundred, 95), percentileOf([7], 99), percentileOf([], 99)]).toEqual([
    99,
    95,
    7,
    undefined,
  ]);
});

describe("slots of a Flink cluster", () => {
  const jobs = (used: number, free: number): readonly JobUsage[] => [
    { job: "enrich", cluster: "flink", slotSeconds: used * 3600 },
    { job: "", cluster: "flink", slotSeconds: free * 3600 },
  ];
  const of = (one: (index: number) => readonly JobUsage[]) => {
    const [seen] = folded(48, (index) => ({ jobs: one(index) })).slots();
    if (!seen) throw new Error("nothing was seen");
    return proposeSlots(seen, rules(), context);
  };
  test("that nobody holds at the percentile can go, headroom apart", () => {
    expect(made(of(() => jobs(5, 11)))).toMatchObject({
      kind: "rightsize_taskmanager",
      current: { slots: 16 },
      proposed: { slots: 6 },
    });
    expect(text(made(of(() => jobs(5, 11))).savingPerMonth ?? money("0"))).toBe("803.0000");
  });
  test("that are held once a day stay", () => {
    expect(of((index) => (index % 24 === 3 ? jobs(14, 2) : jobs(2, 14)))).toMatchObject({ reason: "optimized" });
  });
});

describe("topics", () => {
  const topic = (more: Partial<TopicUsage> = {}): TopicUsage => ({
    ...{ topic: "orders", topicId: "id", partitions: 96, replicationFactor: 3, cleanupPolicy: "delete" },
    ...{ inBytes: 36e6, inRecords: 1000, outBytes: 72e6, storedBytes: 1e9 },
    ...more,
  });
  const of = (more: Partial<TopicUsage> = {}, count = 48, hourly: Partial<UsageHour> = {}) => {
    const [seen] = folded(count, () => ({ topics: [topic(more)], ...hourly })).topics();
    if (!seen) throw new Error("nothing was seen");
    return { partitions: proposePartitions(seen, rules(), context), idle: proposeIdleTopic(seen, rules(), context) };
  };
  test("with many times the partitions that their busiest hour needs are told, with what it takes to have fewer", () => {
    const found = made(of().partitions);
    expect(found).toMatchObject({
      kind: "over_partitioned",
      proposed: { partitions: 12 },
      effort: "high",
      rollback: "possible",
    });
    expect(text(found.savingPerMonth ?? money("0"))).toBe("91.9800");
    expect(of({ inBytes: 100e9 }).partitions).toBeUndefined();
    expect(of({ partitions: 6 }).partitions).toBeUndefined();
    expect(of({}, 10).partitions).toMatchObject({ reason: "insufficient_data" });
  });
  test("that many groups read need partitions for them, also where brokers do not tell what goes out", () => {
    const group = { group: "g", topic: "orders", live: true, fetchedBytes: 200e9 };
    const [seen] = folded(48, () => {
      const { outBytes: _, ...untold } = topic();
      return { topics: [untold], groups: [group, { ...group, group: "h" }] };
    }).topics();
    expect(seen && proposePartitions(seen, rules(), context)).toBeUndefined();
  });
  test("that nobody wrote to or read are idle; unknown is not nothing", () => {
    const unused = { inBytes: 0, inRecords: 0, outBytes: 0 };
    expect(made(of(unused).idle)).toMatchObject({ kind: "idle", rollback: "impossible", risk: "high" });
    expect(of().idle).toBeUndefined();
    const readers = { groups: [{ group: "g", topic: "orders", live: true }] };
    expect(of(unused, 48, readers).idle).toBeUndefined();
    expect(of(unused, 48, { missing: ["offsets: denied"] }).idle).toBeUndefined();
    const { inBytes: _, inRecords: __, ...dark } = topic();
    const [seen] = folded(48, () => ({ topics: [dark] })).topics();
    expect(seen && proposeIdleTopic(seen, rules(), context)).toBeUndefined();
    expect(of({ ...unused, topic: "__internal" }).idle).toBeUndefined();
  });
});
