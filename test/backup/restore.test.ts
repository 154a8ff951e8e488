import { describe, expect, test } from "vitest";
import { planOf, restorePoint } from "../../functions/backup/restore.ts";
import { contextOf, EVERYTHING, logAt, NOW, pointOf, seen, topic } from "./restore-kit.ts";

/** Holes, aborts, an old timestamp, null keys and values, headers twice. */
async function mixed() {
  const log = logAt();
  await topic(log, "orders", { partitions: 2, configs: { "retention.ms": "-1", "max.message.bytes": "2000000" } });
  log.produce("orders", 0, [
    { key: "a", value: "1", timestamp: 5 },
    {
      key: null,
      value: null,
      headers: [
        ["h", "1"],
        ["h", null],
      ],
    },
  ]);
  const bad = log.transaction("p");
  bad.produce("orders", 0, [{ value: "never" }, { value: "seen" }]);
  bad.abort();
  const good = log.transaction("p");
  good.produce("orders", 0, [{ value: "good" }], { codec: "gzip" });
  good.commit();
  log.produce("orders", 0, [{ value: "last" }], { codec: "zstd" });
  log.commitGroup("billing", [
    { topic: "orders", partition: 0, offset: 3 },
    { topic: "orders", partition: 1, offset: 0, metadata: "m" },
  ]);
  return log;
}

describe("a whole restore", () => {
  test("gives back every record at its offset, with its timestamp, and no aborted one", async () => {
    const log = await mixed();
    const source = await pointOf(log);
    const target = logAt();
    const report = await restorePoint(contextOf(target, source), EVERYTHING);
    expect(report.faults).toEqual([]);
    expect(report.status).toBe("done");
    expect(seen(target, "orders")).toEqual(seen(log, "orders"));
    expect((await target.offsets([{ topic: "orders", partition: 0 }]))[0]).toMatchObject({ end: 8, logStart: 0 });
    expect(await target.topicConfigs(["orders"])).toEqual(await log.topicConfigs(["orders"]));
    expect(target.groupOf("billing")?.offsets).toEqual(log.groupOf("billing")?.offsets);
    expect(report.groups[0]).toMatchObject({ status: "set", positions: [{ verified: true }, { verified: true }] });
  });

  test("adds nothing when it is done again", async () => {
    const source = await pointOf(await mixed());
    const target = logAt();
    const context = contextOf(target, source);
    await restorePoint(context, EVERYTHING);
    const before = seen(target, "orders");
    const plan = await planOf(context, EVERYTHING);
    expect(plan.topics[0]?.notes).toContain("orders exists and holds all that is asked for; nothing is added");
    const again = await restorePoint(context, EVERYTHING);
    expect(again).toMatchObject({ status: "done", records: 0 });
    expect(seen(target, "orders")).toEqual(before);
  });

  test("begins where the log began: what was before is filled and deleted", async () => {
    const log = logAt();
    await topic(log, "orders");
    for (let batch = 0; batch < 7; batch += 1)
      log.produce(
        "orders",
        0,
        Array.from({ length: 10_000 }, () => ({ value: "x", timestamp: NOW })),
      );
    await log.deleteRecords([{ topic: "orders", partition: 0, offset: 69_990 }]);
    const target = logAt();
    const report = await restorePoint(contextOf(target, await pointOf(log)), EVERYTHING);
    expect(report.status).toBe("done");
    expect((await target.offsets([{ topic: "orders", partition: 0 }]))[0]).toMatchObject({
      logStart: 69_990,
      end: 70_000,
    });
    expect(seen(target, "orders")).toEqual(seen(log, "orders"));
  });

  test("is refused with every reason at once, and nothing is written", async () => {
    const log = logAt({ brokers: 3 });
    await topic(log, "orders", { replicationFactor: 3 });
    await topic(log, "other");
    log.produce("other", 0, [{ value: "mine" }]);
    const target = logAt();
    await topic(target, "other");
    target.produce("other", 0, [{ value: "theirs" }]);
    const calls = () =>
      target.faults.calls.append + target.faults.calls.createTopic + target.faults.calls.setTopicConfigs;
    const before = calls();
    const error = await restorePoint(contextOf(target, await pointOf(log)), EVERYTHING).catch((one) => one);
    expect(error).toMatchObject({ code: "restore.refused" });
    expect(error.faults).toHaveLength(2);
    expect(error.message).toContain("had a replication factor of 3, and the cluster has 1 broker");
    expect(error.message).toContain("other exists with other records (partitions 0)");
    expect(calls()).toBe(before);
  });

  test("with translated offsets each record says where it was, and groups land on the same record", async () => {
    const log = await mixed();
    const source = await pointOf(log);
    const target = logAt();
    const context = contextOf(target, source);
    const report = await restorePoint(context, { offsets: "translate", prefix: "dr-" });
    expect(report).toMatchObject({ status: "done", faults: [] });
    const there = seen(target, "dr-orders");
    expect(there.map(({ value }) => value)).toEqual(seen(log, "orders").map(({ value }) => value));
    expect(there[2]?.headers).toEqual([["headgate-origin", expect.stringMatching(/\/orders\/0\/5\/hourly$/)]]);
    // Position 3 was before the record at 5, which is the third one now.
    expect(target.groupOf("billing")?.offsets.find(({ partition }) => partition === 0)?.offset).toBe(2);
    const again = await restorePoint(context, { offsets: "translate", prefix: "dr-" });
    expect(again).toMatchObject({ status: "done", records: 0 });
    expect(seen(target, "dr-orders")).toEqual(there);
    expect(target.groupOf("billing")?.offsets.find(({ partition }) => partition === 0)?.offset).toBe(2);
  });
});

test("the plan is the same for the same facts, and tells what will be", async () => {
  const source = await pointOf(await mixed());
  const context = contextOf(logAt(), source);
  const plan = await planOf(context, EVERYTHING);
  expect(await planOf(context, EVERYTHING)).toEqual(plan);
  expect(plan.topics[0]).toMatchObject({ action: "create", parts: [{ offsets: "kept", markers: 4, records: 4 }, {}] });
});
