import { expect, it } from "vitest";
import { readCommit } from "../../shared/core/cost/observe/commit-record.ts";
import { HOUR_MS, MINUTE_MS, START, usageWorld } from "./usage-kit.ts";

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const number = (bytes: number, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 2) buffer.writeInt16BE(value);
  else if (bytes === 4) buffer.writeInt32BE(value);
  else buffer.writeBigInt64BE(BigInt(value));
  return buffer;
};
/** As OffsetCommitKey (1) and OffsetCommitValue (3) are written. */
const keyOf = (group: string, topic: string, partition: number, version = 1): Buffer =>
  Buffer.concat([number(2, version), text(group), text(topic), number(4, partition)]);
const committedAs = (offset: number, at: number): Buffer =>
  Buffer.concat([number(2, 3), number(8, offset), number(4, -1), text(""), number(8, at)]);

/** Orders with records of every ten minutes before the start, and a log of commits that is written as a broker does. */
async function world() {
  const made = usageWorld();
  const { log, clock } = made;
  await log.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: [] });
  await log.createTopic({
    name: "__consumer_offsets",
    partitions: 2,
    replicationFactor: 1,
    configs: [{ name: "cleanup.policy", value: "compact" }],
  });
  for (let age = 60; age > 0; age -= 1)
    log.produce("orders", 0, [{ value: "x", timestamp: START - age * 10 * MINUTE_MS }]);
  const commit = (group: string, offset: number) => {
    log.produce("__consumer_offsets", 1, [
      { key: keyOf(group, "orders", 0), value: committedAs(offset, clock.now), timestamp: clock.now },
    ]);
    log.commitGroup(group, [{ topic: "orders", partition: 0, offset }]);
  };
  const remove = async (group: string) => {
    log.produce("__consumer_offsets", 1, [{ key: keyOf(group, "orders", 0), value: null, timestamp: clock.now }]);
    await log.deleteGroup(group);
  };
  const groupOf = async (group: string) =>
    (await made.hours()).flatMap(({ groups }) => groups.filter((one) => one.group === group));
  return { ...made, commit, remove, groupOf };
}

it("a position that went back and came forward again between two looks is seen in the log of commits", async () => {
  const { clock, look, commit, groupOf, hours } = await world();
  commit("billing", 60);
  await look();
  clock.now = START + 10 * MINUTE_MS;
  commit("billing", 30);
  clock.now = START + 20 * MINUTE_MS;
  commit("billing", 60);
  clock.now = START + 30 * MINUTE_MS;
  await look();
  // Offset 30 is 300 min older than the start, and was read again ten minutes after it.
  expect(await groupOf("billing")).toEqual([
    expect.objectContaining({ replayAgeMs: 310 * MINUTE_MS, fetchedRecords: 30, maxTimeLagMs: 0, live: true }),
  ]);
  expect((await hours())[0]?.notes?.join() ?? "").not.toContain("went back");
});

it("what a group read counts in the hour in which it committed", async () => {
  const { clock, look, commit, groupOf } = await world();
  commit("billing", 10);
  await look();
  clock.now = START + 50 * MINUTE_MS;
  commit("billing", 35);
  clock.now = START + HOUR_MS + 10 * MINUTE_MS;
  commit("billing", 37);
  await look();
  expect((await groupOf("billing")).map((one) => one.fetchedRecords)).toEqual([25, 2]);
});

it("a group that was deleted and comes again begins anew, and how old what it began with was is a lag", async () => {
  const { clock, look, commit, remove, groupOf } = await world();
  commit("billing", 60);
  await look();
  clock.now = START + 10 * MINUTE_MS;
  await remove("billing");
  clock.now = START + 20 * MINUTE_MS;
  commit("billing", 0);
  commit("billing", 60);
  clock.now = START + 30 * MINUTE_MS;
  await look();
  const [found] = await groupOf("billing");
  expect(found?.maxTimeLagMs).toBe(620 * MINUTE_MS);
  expect(found?.replayAgeMs).toBeUndefined();
});

it("a group that began and caught up between two looks has the lag it began with", async () => {
  const { clock, look, commit, groupOf } = await world();
  await look();
  clock.now = START + 10 * MINUTE_MS;
  commit("new", 6);
  commit("new", 60);
  clock.now = START + 30 * MINUTE_MS;
  await look();
  expect(await groupOf("new")).toEqual([
    expect.objectContaining({ maxTimeLagMs: (60 - 6 + 1) * 10 * MINUTE_MS, fetchedRecords: 54 }),
  ]);
});

it("where commits may not be read, two looks are compared and what may be missed is said", async () => {
  const { clock, log, look, commit, groupOf, hours } = await world();
  commit("billing", 60);
  log.faults.deny("READ", "TOPIC", "__consumer_offsets");
  await look();
  clock.now = START + 10 * MINUTE_MS;
  commit("billing", 30);
  await look();
  expect((await groupOf("billing"))[0]).toMatchObject({ replayAgeMs: 310 * MINUTE_MS });
  expect((await hours())[0]?.notes?.join()).toMatch(/between two looks is not seen: .*__consumer_offsets/);
});

it("records of the log of commits that are about something else, or are none, are left alone", () => {
  const key = keyOf("g", "t", 3);
  const value = committedAs(7, 1);
  expect(readCommit(key, value)).toEqual({ group: "g", topic: "t", partition: 3, offset: 7 });
  expect(readCommit(key, null)).toEqual({ group: "g", topic: "t", partition: 3 });
  expect(readCommit(keyOf("g", "t", 3, 2), value)).toBeUndefined();
  expect(readCommit(null, value)).toBeUndefined();
  expect(readCommit(key, committedAs(-1, 1))).toBeUndefined();
  for (let length = 0; length < key.length; length += 1)
    expect(readCommit(key.subarray(0, length), value)).toBeUndefined();
  for (let length = 0; length < 10; length += 1) expect(readCommit(key, value.subarray(0, length))).toBeUndefined();
});
