import { expect, test } from "vitest";
import { driveRun } from "../../functions/backup/direct.ts";
import { heal } from "../../functions/backup/heal.ts";
import { readManifest, readPapers } from "../../functions/backup/papers.ts";
import { listPoints } from "../../functions/backup/points.ts";
import { verifyPoint } from "../../functions/backup/verify.ts";
import type { KafkaPart } from "../../shared/core/backup/format/types.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { type BackupWorld, backupWorld, committedIn, contentOf } from "./run-kit.ts";

const kafkaOf = async ({ places }: BackupWorld, id: string): Promise<KafkaPart> => {
  const manifest = await readManifest(places, "hourly", id);
  if (!manifest) throw new Error(`no ${id}`);
  return (await readPapers(places, manifest)).kafka as KafkaPart;
};
const manifestOf = async ({ places }: BackupWorld, id = "") => {
  const manifest = await readManifest(places, "hourly", id);
  if (!manifest) throw new Error(`no ${id}`);
  return manifest;
};

const ORDERS = { name: "orders", partitions: 3 };

async function filled(settings = "") {
  const world = backupWorld(settings);
  await world.log.createTopic({ name: "orders", partitions: 3, replicationFactor: 1, configs: [] });
  for (let at = 0; at < 30; at += 1) world.log.produce("orders", at % 3, [{ key: `k${at}`, value: `v${at}` }]);
  return world;
}

test("a point lies at both destinations with equal bytes, and increments add what is new and need what was", async () => {
  const world = await filled();
  const first = await driveRun(world.context());
  expect(first.point).toMatchObject({
    kind: "full",
    at: ["primary", "secondary"],
    records: 30,
    newRecords: 30,
    gaps: 0,
  });
  world.clock.now += HOUR_MS;
  const open = world.log.transaction("open");
  world.log.produce("orders", 0, [{ key: "new", value: "1" }]);
  const aborted = world.log.transaction("aborted");
  aborted.produce("orders", 1, [{ key: "gone", value: "x" }]);
  aborted.abort();
  open.produce("orders", 2, [{ key: "later", value: "y" }]);
  const second = await driveRun(world.context());
  expect(second.point).toMatchObject({ kind: "incremental", records: 31, newRecords: 1, gaps: 0 });
  open.commit();
  world.clock.now += HOUR_MS;
  const third = await driveRun(world.context());
  expect(third.point).toMatchObject({ records: 32, newRecords: 1 });
  const manifest = await manifestOf(world, third.point?.id);
  expect(manifest.needs.map(({ id }) => id)).toEqual([first.point?.id, second.point?.id]);
  expect(await contentOf(world, third.point?.id ?? "")).toEqual(committedIn(world.log, [ORDERS]));
  const [a, b] = world.places.map(({ memory }) => memory.keys().map((key) => [key, memory.kept.get(key)?.bytes]));
  expect(a).toEqual(b);
  expect(world.places[0]?.memory.keys("work/")).toEqual([]);
  for (const {
    manifest: { id },
  } of (await listPoints(world.places, "hourly")).points)
    expect(await verifyPoint(world.places, "hourly", id, { deep: true })).toMatchObject({ ok: true });
});

test("a partition that loses its leader for good after the cut is a gap of the point, and the next run goes on there", async () => {
  const world = await filled();
  world.log.faults.before("fetch", 1, () => world.log.faults.leaderless("orders", 1));
  const first = await driveRun(world.context());
  expect(first.point).toMatchObject({ at: ["primary", "secondary"], records: 20, gaps: 1 });
  expect((await kafkaOf(world, first.point?.id ?? "")).topics[0]?.partitions[1]).toMatchObject({ end: 0 });
  expect(first.point?.alarming).toMatchObject([expect.stringContaining("orders-1")]);
  world.log.faults.leaderless("orders", 1, false);
  world.clock.now += HOUR_MS;
  const second = await driveRun(world.context());
  expect(second.point).toMatchObject({ records: 30, newRecords: 10, gaps: 0 });
});

test("an idle run of 500 partitions writes its papers only", async () => {
  const world = backupWorld();
  await world.log.createTopic({ name: "many", partitions: 500, replicationFactor: 1, configs: [] });
  world.log.produce("many", 7, [{ value: "x" }]);
  await driveRun(world.context());
  world.clock.now += HOUR_MS;
  const before = new Set(world.places[0]?.memory.keys());
  const calls = { ...world.log.faults.calls };
  const second = await driveRun(world.context());
  const added = world.places[0]?.memory.keys().filter((key) => !before.has(key)) ?? [];
  expect(second.point).toMatchObject({ records: 1, newRecords: 0 });
  expect(added.length).toBeLessThanOrEqual(10);
  expect(world.log.faults.calls.offsets - calls.offsets).toBe(1);
  expect(world.log.faults.calls.fetch - calls.fetch).toBe(0);
});

test("one destination down: the point is at the other, and the next run heals it, ancestors first", async () => {
  const world = await filled();
  await driveRun(world.context());
  const [, secondary] = world.places;
  if (secondary) secondary.memory.is.down = true;
  world.clock.now += HOUR_MS;
  world.log.produce("orders", 0, [{ value: "a" }]);
  const second = await driveRun(world.context());
  expect(second.point).toMatchObject({ at: ["primary"], missing: ["secondary"] });
  if (secondary) secondary.memory.is.down = false;
  world.clock.now += HOUR_MS;
  world.log.produce("orders", 0, [{ value: "b" }]);
  const third = await driveRun(world.context());
  expect(third.point).toMatchObject({ at: ["primary", "secondary"], missing: [] });
  const { points } = await listPoints(world.places, "hourly");
  expect(points.map(({ whole }) => whole)).toEqual([true, true, true]);
  expect(
    await verifyPoint(secondary ? [secondary] : [], "hourly", third.point?.id ?? "", { deep: true }),
  ).toMatchObject({ ok: true });
  expect(await heal(world.places, "hourly")).toEqual({ healed: [], failed: [] });
});

test("what a cluster does between two cuts is told as gaps, and read as far as it can be", async () => {
  const world = await filled();
  await world.log.createTopic({ name: "again", partitions: 1, replicationFactor: 1, configs: [] });
  world.log.produce("again", 0, [{ value: "old" }]);
  await driveRun(world.context());
  world.clock.now += HOUR_MS;
  world.log.recreate("again");
  world.log.produce("again", 0, [{ value: "new" }]);
  world.log.truncate("orders", 0, 4);
  for (let at = 0; at < 4; at += 1) world.log.produce("orders", 1, [{ value: `w${at}` }]);
  await world.log.deleteRecords([{ topic: "orders", partition: 1, offset: 12 }]);
  world.log.faults.leaderless("orders", 2);
  const second = await driveRun(world.context());
  const manifest = await manifestOf(world, second.point?.id);
  expect(manifest.gaps.map(({ kind, topic, partition, from, to }) => [kind, topic, partition, from, to])).toEqual([
    ["recreated", "again", undefined, undefined, undefined],
    ["truncated", "orders", 0, 4, 10],
    ["retention", "orders", 1, 10, 12],
    ["unread", "orders", 2, 10, undefined],
  ]);
  world.log.faults.leaderless("orders", 2, false);
  expect(await contentOf(world, second.point?.id ?? "")).toEqual(
    committedIn(world.log, [{ name: "again", partitions: 1 }, ORDERS]),
  );
});

test("a compacted topic is read in full once deletions may be gone, else increments go on", async () => {
  const world = backupWorld();
  await world.log.createTopic({
    name: "state",
    partitions: 1,
    replicationFactor: 1,
    configs: [{ name: "cleanup.policy", value: "compact" }],
  });
  world.log.produce("state", 0, [{ key: "a", value: "1" }]);
  await driveRun(world.context());
  world.clock.now += HOUR_MS;
  world.log.produce("state", 0, [{ key: "a", value: null }]);
  expect((await driveRun(world.context())).point).toMatchObject({ kind: "incremental", newRecords: 1 });
  world.clock.now += 23 * HOUR_MS;
  world.log.produce("state", 0, [{ key: "b", value: "1" }]);
  const late = await driveRun(world.context());
  expect(late.point).toMatchObject({ kind: "full", newRecords: 3 });
  expect((await manifestOf(world, late.point?.id)).warnings.join()).toContain("state is read in full");
});

test("positions of groups are never past the cut", async () => {
  const world = await filled();
  world.log.faults.before("groups", 1, () => {
    world.log.produce("orders", 0, [{ value: "after" }]);
    world.log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 11 }]);
  });
  const { point } = await driveRun(world.context());
  const kafka = await kafkaOf(world, point?.id ?? "");
  expect(kafka.groups).toMatchObject([{ id: "billing", offsets: [{ topic: "orders", partition: 0, offset: 10 }] }]);
  expect((await manifestOf(world, point?.id)).warnings.join()).toContain("set back to the cut");
});

test("chunks before the log start fall away, and with them the points that only they needed", async () => {
  const world = await filled();
  const first = await driveRun(world.context());
  for (let round = 0; round < 3; round += 1) {
    world.clock.now += HOUR_MS;
    for (let partition = 0; partition < 3; partition += 1)
      world.log.produce("orders", partition, [{ value: `r${round}` }]);
    await driveRun(world.context());
  }
  await world.log.deleteRecords([0, 1, 2].map((partition) => ({ topic: "orders", partition, offset: 11 })));
  world.clock.now += HOUR_MS;
  const last = await driveRun(world.context());
  const manifest = await manifestOf(world, last.point?.id);
  expect(manifest.needs).toHaveLength(2);
  expect(manifest.needs.map(({ id }) => id)).not.toContain(first.point?.id);
  expect(last.point).toMatchObject({ records: 6, gaps: 0 });
  expect(await contentOf(world, last.point?.id ?? "")).toEqual(committedIn(world.log, [ORDERS]));
  expect(await verifyPoint(world.places, "hourly", last.point?.id ?? "", { deep: true })).toMatchObject({ ok: true });
});

test("a point that verification found damaged is continued by nobody: the next run builds on the one before it", async () => {
  const world = await filled();
  const first = await driveRun(world.context());
  world.clock.now += HOUR_MS;
  world.log.produce("orders", 0, [{ value: "a" }]);
  const second = await driveRun(world.context());
  for (const { memory } of world.places) {
    const [key = ""] = memory.keys(`data/hourly/${second.point?.id}/`);
    const bytes = memory.kept.get(key)?.bytes;
    if (bytes) bytes[10] = (bytes[10] ?? 0) ^ 1;
  }
  expect(await verifyPoint(world.places, "hourly", second.point?.id ?? "")).toMatchObject({ ok: false });
  world.clock.now += HOUR_MS;
  const third = await driveRun(world.context());
  expect(third.point).toMatchObject({ kind: "incremental", newRecords: 1, records: 31 });
  const manifest = await manifestOf(world, third.point?.id);
  expect(manifest.needs.map(({ id }) => id)).toEqual([first.point?.id]);
  expect(manifest.warnings.join()).toContain(`verification found ${second.point?.id} damaged`);
  expect(await contentOf(world, third.point?.id ?? "")).toEqual(committedIn(world.log, [ORDERS]));
});

test("a topic that is named and not there is a gap; no destination and no cluster end a run with the reason, and nothing is left", async () => {
  const world = await filled();
  const named = backupWorld("", "{ include: [orders, payments] }");
  expect((await driveRun(named.context())).point).toMatchObject({ gaps: 2 });
  world.log.faults.down();
  expect(await driveRun(world.context())).toMatchObject({
    outcome: "failed",
    text: "the cut failed: no broker of the cluster answered",
  });
  world.log.faults.up();
  for (const { memory } of world.places) memory.is.down = true;
  await expect(driveRun(world.context())).resolves.toMatchObject({
    outcome: "failed",
    text: expect.stringContaining("the place is down"),
  });
  for (const { memory } of world.places) memory.is.down = false;
  expect((await listPoints(world.places, "hourly")).points).toEqual([]);
  expect(world.places.flatMap(({ memory }) => memory.keys("data/"))).toEqual([]);
});

test("a run that is interrupted ends, and leaves neither a point nor data", async () => {
  const world = await filled();
  const stop = new AbortController();
  world.log.faults.before("fetch", 1, () => stop.abort());
  const driven = await driveRun(world.context(), { signal: stop.signal });
  expect(driven).toMatchObject({ outcome: "stopped", text: "stopped by command line: interrupted" });
  expect(world.places.flatMap(({ memory }) => memory.keys())).toEqual([]);
});
