import { expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, START, usageWorld } from "./usage-kit.ts";

const records = (count: number, timestamp?: number) =>
  Array.from({ length: count }, (_, index) => ({
    key: `k${index}`,
    value: "x".repeat(100),
    ...(timestamp === undefined ? {} : { timestamp }),
  }));

async function world() {
  const made = usageWorld();
  await made.log.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  return made;
}

it("what came in lands in the hour it came in, cut by the log's own times", async () => {
  const { clock, log, look, hours } = await world();
  await look();
  clock.now = START + 20 * MINUTE_MS;
  log.produce("orders", 0, records(30));
  clock.now = START + HOUR_MS + 10 * MINUTE_MS;
  log.produce("orders", 1, records(12));
  clock.now = START + HOUR_MS + 20 * MINUTE_MS;
  await look();
  const [first, second] = await hours();
  expect(first).toMatchObject({ hour: START, seenMs: HOUR_MS });
  expect(second).toMatchObject({ hour: START + HOUR_MS, seenMs: 20 * MINUTE_MS });
  expect(first?.topics[0]).toMatchObject({ topic: "orders", inRecords: 30, partitions: 2 });
  expect(second?.topics[0]).toMatchObject({ topic: "orders", inRecords: 12 });
});

it("a first look claims nothing but what is there", async () => {
  const { log, look, hours } = await world();
  log.produce("orders", 0, records(30));
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 30 }]);
  await look();
  const [only] = await hours();
  expect(only?.seenMs).toBe(1);
  expect(only?.topics[0]?.inRecords).toBeUndefined();
  expect(only?.topics[0]?.storedBytes).toBeGreaterThan(3000);
  expect(only?.groups).toEqual([{ group: "billing", topic: "orders", live: false, maxTimeLagMs: 0 }]);
});

it("a group's lag is the age of the record it reads next, read from packed batches and past aborted transactions", async () => {
  const { clock, log, look, hours } = await world();
  await look();
  log.produce("orders", 0, records(5, START - 3 * HOUR_MS), { codec: "gzip" });
  log.produce("orders", 0, [...records(1, START - 2 * HOUR_MS), ...records(4, START - HOUR_MS)], { codec: "zstd" });
  const lost = log.transaction("p");
  lost.produce("orders", 1, records(3, START - 9 * HOUR_MS));
  lost.abort();
  log.produce("orders", 1, records(1, START - 30 * MINUTE_MS));
  clock.now = START + 10 * MINUTE_MS;
  log.commitGroup("inside", [{ topic: "orders", partition: 0, offset: 6 }]);
  log.commitGroup("first", [{ topic: "orders", partition: 0, offset: 5 }]);
  log.commitGroup("aborted", [{ topic: "orders", partition: 1, offset: 0 }]);
  log.commitGroup("done", [{ topic: "orders", partition: 0, offset: 10 }]);
  await look();
  const lags = Object.fromEntries(
    (await hours()).flatMap(({ groups }) => groups.map((one) => [one.group, one.maxTimeLagMs])),
  );
  expect(lags).toEqual({
    inside: HOUR_MS + 10 * MINUTE_MS,
    first: 2 * HOUR_MS + 10 * MINUTE_MS,
    aborted: 40 * MINUTE_MS,
    done: 0,
  });
});

it("a position before what is kept is told as lost, with the age of the oldest record there", async () => {
  const { log, look, hours } = await world();
  log.produce("orders", 0, records(5, START - 3 * HOUR_MS));
  log.produce("orders", 0, records(5, START - HOUR_MS));
  log.commitGroup("slow", [{ topic: "orders", partition: 0, offset: 1 }]);
  await log.deleteRecords([{ topic: "orders", partition: 0, offset: 5 }]);
  await look();
  expect((await hours())[0]?.groups).toEqual([
    { group: "slow", topic: "orders", live: false, maxTimeLagMs: HOUR_MS, lost: true },
  ]);
});

it("a position that went back is a replay, as old as the oldest record that is read again", async () => {
  const { clock, log, look, hours } = await world();
  log.produce("orders", 0, records(5, START - 5 * HOUR_MS));
  log.produce("orders", 0, records(5, START - HOUR_MS));
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 10 }]);
  await look();
  clock.now += 10 * MINUTE_MS;
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 2 }]);
  await look();
  const [only] = await hours();
  expect(only?.groups[0]).toMatchObject({ live: true, replayAgeMs: 5 * HOUR_MS + 10 * MINUTE_MS, fetchedRecords: 0 });
  expect(only?.notes?.join()).toContain("went back and forward again between two looks is not seen");
});

it("what a group read is counted, and its bytes are those of the records", async () => {
  const { clock, log, look, hours } = await world();
  log.produce("orders", 0, records(100));
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 20 }], { state: "Stable" });
  await look();
  clock.now += 30 * MINUTE_MS;
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 70 }], { state: "Stable" });
  await look();
  const [only] = await hours();
  expect(only?.groups[0]).toMatchObject({ live: true, fetchedRecords: 50 });
  expect((only?.groups[0]?.fetchedBytes ?? 0) / (only?.topics[0]?.storedBytes ?? 1)).toBeCloseTo(0.5, 2);
});

it("a topic made anew is another one: its records count from the first, positions of the one before are no replay", async () => {
  const { clock, log, look, hours } = await world();
  log.produce("orders", 0, records(100));
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 100 }]);
  await look();
  const [before] = await hours();
  clock.now += 10 * MINUTE_MS;
  log.recreate("orders");
  log.produce("orders", 0, records(7));
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 3 }]);
  await look();
  const [after] = await hours();
  expect(after?.topics[0]).toMatchObject({ inRecords: 7 });
  expect(after?.topics[0]?.topicId).not.toBe(before?.topics[0]?.topicId);
  expect(after?.groups[0]?.replayAgeMs).toBeUndefined();
  expect(after?.notes?.join()).toContain("was made anew");
});

it("a log that went back counts nothing, and says so", async () => {
  const { clock, log, look, hours } = await world();
  log.produce("orders", 0, records(100));
  await look();
  clock.now += 10 * MINUTE_MS;
  log.truncate("orders", 0, 40);
  await look();
  const [only] = await hours();
  expect(only?.topics[0]?.inRecords).toBe(0);
  expect(only?.notes?.join()).toContain("records were lost");
});

it("a time in which nobody watched has no hours, and nothing of it is claimed", async () => {
  const { clock, log, look, hours } = await world();
  await look();
  clock.now += 5 * HOUR_MS;
  log.produce("orders", 0, records(500));
  await look();
  clock.now += 10 * MINUTE_MS;
  log.produce("orders", 0, records(3));
  await look();
  const all = await hours();
  expect(all.map(({ hour }) => (hour - START) / HOUR_MS)).toEqual([0, 5]);
  expect(all[1]).toMatchObject({ seenMs: 10 * MINUTE_MS + 1 });
  expect(all[1]?.topics[0]?.inRecords).toBe(3);
  expect(all[1]?.notes?.join()).toContain("nobody watched for 5 h");
});

it("who dies between the hours and what they were counted from counts the same again", async () => {
  const { clock, log, look, hours, memory } = await world();
  await look();
  clock.now += 10 * MINUTE_MS;
  log.produce("orders", 0, records(9));
  memory.meet((call, key) => {
    if (call === "put" && key.endsWith("last.json")) throw new Error("killed");
  });
  expect((await look()).failed).toHaveLength(1);
  memory.meet(() => undefined);
  await look();
  expect((await hours())[0]?.topics[0]?.inRecords).toBe(9);
});

it("a group with members that commits nothing, and groups that cannot be read, are named: nothing is known of what they need", async () => {
  const { log, look, hours } = await world();
  log.commitGroup("tailing", [], { state: "Stable" });
  await look();
  expect((await hours())[0]?.missing).toEqual([
    "positions of tailing: it has members and commits nothing, so what it still needs is not known",
  ]);
  log.faults.fail("groups", { error: "denied" });
  await look();
  expect((await hours())[0]?.missing.some((text) => text.startsWith("groups: "))).toBe(true);
});

it("a group whose position has moved while nobody watched has lived", async () => {
  const { clock, log, look, hours } = await world();
  log.produce("orders", 0, records(9));
  log.commitGroup("nightly", [{ topic: "orders", partition: 0, offset: 3 }]);
  log.commitGroup("asleep", [{ topic: "orders", partition: 0, offset: 3 }]);
  await look();
  clock.now += 5 * HOUR_MS;
  log.commitGroup("nightly", [{ topic: "orders", partition: 0, offset: 6 }]);
  log.commitGroup("new", [{ topic: "orders", partition: 0, offset: 1 }]);
  await look();
  const live = (await hours()).at(-1)?.groups.map((one) => [one.group, one.live]);
  expect(Object.fromEntries(live ?? [])).toEqual({ asleep: false, new: true, nightly: true });
});
