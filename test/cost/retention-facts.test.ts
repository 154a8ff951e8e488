import { describe, expect, test } from "vitest";
import { backupNeeds } from "../../functions/cost/backup-needs.ts";
import { openCost } from "../../functions/cost/context.ts";
import { strangersOf, timeLags } from "../../functions/cost/time-lags.ts";
import { runSubject } from "../../shared/core/backup/run/types.ts";
import { decimal, text } from "../../shared/core/cost/decimal.ts";
import { billPrices } from "../../shared/core/cost/retention/bill-price.ts";
import { unitSums } from "../../shared/core/cost/rightsizing/bill-units.ts";
import type { BillDay, Charge } from "../../shared/core/cost/types.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { world } from "../api/kit.ts";

const NOW = Date.UTC(2026, 10, 23, 12);

describe("time lags are read from the records at committed positions", () => {
  async function cluster() {
    const log = memoryStreams({ now: () => NOW });
    await log.createTopic({ name: "t", partitions: 2, replicationFactor: 1, configs: [] });
    for (const hours of [9, 5, 1]) log.produce("t", 0, [{ value: "x", timestamp: NOW - hours * HOUR_MS }]);
    const lags = async () => {
      const offsets = await log.offsets([0, 1].map((partition) => ({ topic: "t", partition })));
      return (await timeLags(log, await log.groups(), offsets, NOW)).get("t");
    };
    const at = (group: string, ...offsets: readonly number[]) =>
      log.setGroupOffsets(
        group,
        offsets.map((offset, partition) => ({ topic: "t", partition, offset })),
      );
    return { log, lags, at };
  }
  test("as the age of the next record; all read is 0", async () => {
    const { lags, at } = await cluster();
    await at("behind", 1, 0);
    await at("done", 3, 0);
    expect(await lags()).toEqual([
      { group: "behind", members: false, lagMs: 5 * HOUR_MS },
      { group: "done", members: false, lagMs: 0 },
    ]);
  });
  test("and from the oldest record where a partition has no position", async () => {
    const { log, lags, at } = await cluster();
    await at("half", 3);
    log.produce("t", 1, [{ value: "x", timestamp: NOW - 7 * HOUR_MS }]);
    expect(await lags()).toMatchObject([{ lagMs: 7 * HOUR_MS }]);
  });
  test("and are unknown where records that were not read are gone, or may not be read", async () => {
    const { log, lags, at } = await cluster();
    await at("lost", 0, 0);
    await log.deleteRecords([{ topic: "t", partition: 0, offset: 1 }]);
    expect(await lags()).toMatchObject([{ group: "lost", why: expect.stringMatching(/^behind the start/) }]);
    await at("lost", 1, 0);
    log.faults.deny("READ", "TOPIC", "t");
    const [denied] = (await lags()) ?? [];
    expect(denied).toMatchObject({ why: expect.stringMatching(/denied/) });
    expect(denied).not.toHaveProperty("lagMs");
  });
  test("what lies in an open transaction is no older than transactions get", async () => {
    const { log, lags, at } = await cluster();
    await at("reader", 3, 0);
    log.transaction("p").produce("t", 0, [{ value: "open", timestamp: NOW }]);
    expect(await lags()).toMatchObject([{ lagMs: 15 * MINUTE_MS }]);
  });
  test("consumers with members and no position anywhere are strangers; workers of Connect are none", () => {
    const group = { state: "Stable", offsets: [] };
    const all = [
      { ...group, id: "new", protocolType: "consumer" },
      { ...group, id: "workers", protocolType: "connect" },
      { ...group, id: "gone", protocolType: "consumer", state: "Empty" },
    ];
    expect(strangersOf(all)).toEqual(["new"]);
  });
});

test("backup plans that take a topic are known with the longest of their runs, the one under way included", async () => {
  const { runtime } = await world({
    config: `version: 1
streams: { main: { embedded: true }, other: { embedded: true } }
destinations: { d: { directory: d } }
backup:
  hourly: { every: 1h, to: [d], what: { topics: { cluster: main, exclude: ["tmp*"] } } }
  daily: { every: 24h, to: [d], deadline: 2h, what: { topics: { cluster: main, include: [orders] } } }
  elsewhere: { to: [d], what: { topics: { cluster: other } } }
  none: { to: [d], what: { topics: false } }
`,
  });
  const ran = (ms: number) => ({ startedAt: runtime.now() - ms, endedAt: runtime.now() });
  const state = { v: 1, ended: [ran(5 * MINUTE_MS), ran(9 * MINUTE_MS)], failures: 0, avoid: [] };
  await runtime.store.write({ tenant: "default", noun: "backup", subject: runSubject("hourly") }, 0, {
    state: state as never,
  });
  const needs = await backupNeeds(await openCost(runtime, "default"), "main");
  expect(needs("orders")).toEqual([
    { plan: "hourly", everyMs: HOUR_MS, runMs: 9 * MINUTE_MS, deadlineMs: 6 * HOUR_MS },
    { plan: "daily", everyMs: 24 * HOUR_MS, deadlineMs: 2 * HOUR_MS },
  ]);
  expect(needs("tmp-1")).toEqual([]);
});

describe("prices are the bill's own: money over quantity", () => {
  const charge = (usageType: string, money: string, quantity: string, more: Partial<Charge> = {}): Charge => {
    const [cost, amount] = [decimal(money), decimal(quantity)];
    if (!cost || !amount) throw new Error("no decimals");
    return {
      day: "2026-11-01",
      effective: cost,
      quantity: amount,
      currency: "USD",
      usageType,
      unit: "GB-Month",
      ...more,
    };
  };
  const bill = (...charges: readonly Charge[]): BillDay => ({
    ...{ v: 1, source: "aws", day: "2026-11-01", finality: "closed", at: NOW, revision: "r" },
    charges,
  });
  test("of Kafka storage, local and remote apart, whatever region stands in front", () => {
    const prices = billPrices("effective");
    prices.add(bill(charge("EUC1-Kafka.Storage.GP2", "11.9", "100"), charge("USE1-Kafka.Storage.Tiered", "6", "100")));
    prices.add(
      bill(charge("EUC1-Kafka.Storage.GP2", "5.95", "50"), charge("EUC1-Kafka.m5.large", "9", "3", { unit: "Hours" })),
    );
    const { local, remote } = prices.result();
    expect([local && text(local.perGbMonth), local?.source, remote && text(remote.perGbMonth)]).toEqual([
      "0.119000000",
      "bill aws",
      "0.060000000",
    ]);
  });
  test("tax, credits, other currencies and what has no quantity do not count; nothing is no price", () => {
    const prices = billPrices("effective");
    const type = "EUC1-Kafka.Storage.GP2";
    const { quantity: _, ...unsized } = charge(type, "7", "1");
    prices.add(
      bill(
        charge(type, "1", "10"),
        charge(type, "50", "1", { category: "Tax" }),
        charge(type, "50", "1", { currency: "EUR" }),
        unsized,
      ),
    );
    const { local } = prices.result();
    expect(local && text(local.perGbMonth)).toBe("0.100000000");
    expect(billPrices("effective").result()).toEqual({});
  });
  test("of tasks and slots", () => {
    const sums = unitSums("effective");
    const hours = { unit: "Hours" };
    sums.add(
      bill(
        charge("EUC1-Fargate-vCPU-Hours:perCPU", "4", "100", hours),
        charge("EUC1-Fargate-GB-Hours", "1", "200", hours),
        charge("EUC1-KPU-Hour-Java", "11", "100", hours),
      ),
    );
    const { vcpuHour, gbHour, slotHour, partitionHour } = sums.result();
    expect([vcpuHour, gbHour, slotHour].map((one) => one && text(one))).toEqual([
      "0.040000000",
      "0.005000000",
      "0.110000000",
    ]);
    expect(partitionHour).toBeUndefined();
  });
});
