import { describe, expect, test } from "vitest";
import type { PlanContext } from "../../functions/backup/context.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { planOf, restorePoint } from "../../functions/backup/restore.ts";
import { openRestore } from "../../functions/backup/restore-open.ts";
import {
  beginRestore,
  commandRestore,
  driveRestore,
  loadRestore,
  stepRestore,
} from "../../functions/backup/restore-run.ts";
import type { RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { contextOf, logAt, NOW, pointOf, seen, topic } from "./restore-kit.ts";
import { backupWorld } from "./run-kit.ts";

async function backedUp() {
  const world = backupWorld();
  const { log } = world;
  await log.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  for (let batch = 0; batch < 5; batch += 1) log.produce("orders", batch % 2, [{ key: "a", value: `${batch}` }]);
  const run = await driveRun(world.context());
  if (!run.point) throw new Error(run.text);
  return { ...world, point: run.point.id };
}

const open = (context: PlanContext) => (job: { point: string; cluster: string }) =>
  openRestore(context, job.point, job.cluster);
const ask = (point: string, request: RestoreRequest) => ({
  plan: "hourly",
  point,
  cluster: "main",
  request,
  by: "ops",
  why: "drill",
});

describe("a restore as a run", () => {
  test("goes from its plan over turns to its end, each a decision, and lets go of its topics", async () => {
    const { log, point, context: of } = await backedUp();
    const context = of();
    const { runtime } = context;
    const request = { prefix: "copy-" };
    const { id, plan } = await beginRestore(runtime, "default", open(context), ask(point, request), { check: true });
    expect(plan.totals.records).toBe(5);
    await expect(beginRestore(runtime, "default", open(context), ask(point, request))).rejects.toMatchObject({
      code: "backup.busy",
    });
    const phases: string[] = [];
    for (let turn = 0; turn < 5; turn += 1)
      phases.push((await stepRestore(runtime, "default", open(context), id)).phase);
    expect(phases).toEqual(["checking", "settling", "done", "done", "done"]);
    expect(seen(log, "copy-orders", 1)).toEqual(seen(log, "orders", 1));
    expect(await loadRestore(runtime, "default", id)).toMatchObject({ so: { records: 5, partitions: 2 }, faults: [] });
    const { items } = await runtime.journal.list({ tenant: "default", noun: "backup", limit: 50 });
    const reasons = items.filter(({ subject }) => subject === `restore:${id}`).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(["started", "taken", "records_restored", "compared", "restored"]));
    await beginRestore(runtime, "default", open(context), ask(point, request));
  });

  test("waits for a person where it has to, and does nothing until then", async () => {
    const { log, point, context: of } = await backedUp();
    const context = of();
    const { runtime } = context;
    const rules = { approval: true };
    const { id } = await beginRestore(runtime, "default", open(context), ask(point, { prefix: "copy-" }), rules);
    expect((await driveRestore(runtime, "default", open(context), id, { rules })).phase).toBe("approval");
    expect((await log.topics()).map(({ name }) => name)).toEqual(["orders"]);
    await commandRestore(runtime, "default", id, { kind: "approve", by: "boss", why: "" }, rules);
    expect((await driveRestore(runtime, "default", open(context), id, { rules })).phase).toBe("done");
    expect(seen(log, "copy-orders")).toEqual(seen(log, "orders"));
  });

  test("that is refused takes nothing, and one that is cancelled lets go", async () => {
    const { log, point, context: of } = await backedUp();
    const context = of();
    const { runtime } = context;
    await topic(log, "copy-orders");
    log.produce("copy-orders", 0, [{ value: "theirs" }]);
    const begin = () => beginRestore(runtime, "default", open(context), ask(point, { prefix: "copy-" }));
    await expect(begin()).rejects.toMatchObject({ code: "restore.refused" });
    await log.deleteTopic("copy-orders");
    const { id } = await begin();
    expect((await commandRestore(runtime, "default", id, { kind: "cancel", by: "ops", why: "" })).phase).toBe(
      "cancelled",
    );
    await expect(commandRestore(runtime, "default", id, { kind: "cancel", by: "ops", why: "" })).rejects.toMatchObject({
      code: "backup.busy",
    });
    await begin();
  });
});

test("settings of a topic that others use are set again as they were, also by another process after a kill", async () => {
  const { log, point, context: of } = await backedUp();
  await topic(log, "shared", { configs: { "retention.ms": "7000000", "message.timestamp.type": "LogAppendTime" } });
  log.produce("shared", 0, [{ value: "theirs" }]);
  const before = await log.topicConfigs(["shared"]);
  const request: RestoreRequest = {
    topics: ["orders"],
    rename: [{ from: "orders", to: "shared" }],
    existing: "append",
  };
  const killed = of();
  const { id } = await beginRestore(killed.runtime, "default", open(killed), ask(point, request));
  expect((await stepRestore(killed.runtime, "default", open(killed), id)).phase).toBe("settling");
  expect(await log.topicConfigs(["shared"])).not.toEqual(before);
  const next = of();
  const again = await beginRestore(next.runtime, "default", open(next), ask(point, request));
  expect(again.plan.totals.records).toBe(0);
  expect((await driveRestore(next.runtime, "default", open(next), again.id)).phase).toBe("done");
  expect(await log.topicConfigs(["shared"])).toEqual(before);
});

const orders = async () => {
  const log = logAt();
  await topic(log, "orders");
  for (let index = 0; index < 10; index += 1)
    log.produce("orders", 0, [{ key: `k${index % 3}`, value: `${index}`, timestamp: NOW - (10 - index) * 1000 }]);
  log.commitGroup("g", [{ topic: "orders", partition: 0, offset: 7 }]);
  return log;
};

describe("a part of a point", () => {
  const cases: readonly [string, RestoreRequest, readonly string[], string][] = [
    ["by offsets", { slices: [{ topic: "orders", partition: 0, from: 3, to: 6 }] }, ["3", "4", "5"], "kept"],
    ["by time", { time: { from: NOW - 8000, to: NOW - 5000 } }, ["2", "3", "4"], "translated"],
    [
      "by time with offsets kept",
      { time: { from: NOW - 8000, to: NOW - 5000 }, offsets: "keep" },
      ["2", "3", "4"],
      "kept",
    ],
    ["by key", { keys: ["k1"] }, ["1", "4", "7"], "translated"],
    ["by key in base64", { keys: ["base64:azE="] }, ["1", "4", "7"], "translated"],
  ];
  test.each(cases)("%s is that part and nothing else", async (_, request, values, offsets) => {
    const target = logAt();
    const report = await restorePoint(contextOf(target, await pointOf(await orders())), request);
    expect(report.plan.topics[0]?.parts[0]).toMatchObject({ offsets });
    const there = seen(target, "orders");
    expect(there.map(({ value }) => value)).toEqual(values);
    if (offsets === "kept") expect(there.map(({ offset }) => `${offset}`)).toEqual(values);
  });

  test("sets no position beyond what is restored, and says by how many records it is earlier", async () => {
    const target = logAt();
    const source = await pointOf(await orders());
    const report = await restorePoint(contextOf(target, source), { slices: [{ partition: 0, to: 6 }] });
    expect(report.groups[0]).toMatchObject({
      status: "set",
      positions: [{ lands: "earlier", by: 1, offset: 6, now: 6 }],
    });
    expect(target.groupOf("g")?.offsets[0]?.offset).toBe(6);
  });
});

describe("what is there already", () => {
  test("is appended behind where that is asked for, keeps its settings, and a rerun adds nothing", async () => {
    const target = logAt();
    await topic(target, "orders", { configs: { "message.timestamp.type": "LogAppendTime" } });
    target.produce("orders", 0, [{ value: "theirs" }]);
    const before = await target.topicConfigs(["orders"]);
    const context = contextOf(target, await pointOf(await orders()));
    const report = await restorePoint(context, { existing: "append" });
    expect(report).toMatchObject({ status: "done", records: 10 });
    target.produce("orders", 0, [{ value: "theirs, later" }]);
    expect(await restorePoint(context, { existing: "append" })).toMatchObject({ status: "done", records: 0 });
    const there = seen(target, "orders");
    expect(there.map(({ value }) => value)).toEqual(["theirs", ..."0123456789", "theirs, later"]);
    expect(there[3]?.timestamp).toBe(NOW - 8000);
    expect(await target.topicConfigs(["orders"])).toEqual(before);
    expect(target.groupOf("g")?.offsets[0]?.offset).toBe(8);
  });

  test("of this point is gone on with by a later point of the same plan", async () => {
    const log = await orders();
    const target = logAt();
    await restorePoint(contextOf(target, await pointOf(log)), {});
    log.produce("orders", 0, [{ value: "new" }]);
    const report = await restorePoint(contextOf(target, await pointOf(log, { id: "bkp_20260921_150000" })), {});
    expect(report).toMatchObject({ status: "done", records: 1 });
    expect(seen(target, "orders")).toEqual(seen(log, "orders"));
  });

  test("somebody else who writes meanwhile stops that partition, and it is said", async () => {
    const source = await pointOf(await orders());
    const target = logAt();
    let written = false;
    const meddled = new Proxy(target as Streams, {
      get:
        (of, name: keyof Streams) =>
        async (...args: unknown[]) => {
          if (name === "append" && !written) {
            written = true;
            target.produce("orders", 0, [{ value: "meddler" }]);
          }
          return (of[name] as (...given: unknown[]) => Promise<unknown>).apply(of, args);
        },
    });
    const report = await restorePoint({ ...contextOf(target, source), streams: meddled }, {});
    expect(report.status).toBe("partly");
    expect(report.faults[0]).toBe(
      "orders/0: somebody else writes to it: its end should be 0 and is 1; nothing more is restored into it",
    );
    expect(report.groups[0]?.positions[0]?.lands).toBe("not");
  });

  test("an answer that was lost is made up from the end of the log", async () => {
    const log = await orders();
    const source = await pointOf(log);
    const target = logAt();
    let lost = 0;
    const lossy = new Proxy(target as Streams, {
      get:
        (of, name: keyof Streams) =>
        async (...args: unknown[]) => {
          const arrives = name !== "append" || lost % 2 === 1;
          if (name === "append" && lost < 3) {
            lost += 1;
            if (arrives) await (of[name] as (...given: unknown[]) => Promise<unknown>).apply(of, args);
            return [{ topic: "orders", partition: 0, status: "unknown", why: "cut off" }];
          }
          return (of[name] as (...given: unknown[]) => Promise<unknown>).apply(of, args);
        },
    });
    const report = await restorePoint({ ...contextOf(target, source), streams: lossy }, {});
    expect(report).toMatchObject({ status: "done", faults: [] });
    expect(seen(target, "orders")).toEqual(seen(log, "orders"));
  });

  test("a group with members is left as it is, and told", async () => {
    const target = logAt();
    await topic(target, "orders");
    target.commitGroup("g", [{ topic: "orders", partition: 0, offset: 1 }], {
      state: "Stable",
      protocolType: "consumer",
    });
    const report = await restorePoint(contextOf(target, await pointOf(await orders())), {});
    expect(report.groups[0]).toMatchObject({ status: "left", why: expect.stringContaining("has members (Stable)") });
    expect(report.status).toBe("partly");
    expect(target.groupOf("g")?.offsets[0]?.offset).toBe(1);
  });
});

describe("a plan says beforehand", () => {
  test("what retention will take at once, and keeps it where that is asked for", async () => {
    const log = logAt();
    await topic(log, "orders", { configs: { "retention.ms": "-1" } });
    log.produce("orders", 0, [{ value: "old", timestamp: NOW - 86_400_000 }]);
    await log.setTopicConfigs("orders", [{ name: "retention.ms", value: "3600000" }]);
    const context = contextOf(logAt(), await pointOf(log));
    const { warnings } = await planOf(context, {});
    expect(warnings).toEqual([expect.stringContaining("1 records or more are older than its retention.ms of 1 h")]);
    expect((await planOf(context, { holdRetention: true })).warnings).toEqual([]);
  });

  test("what would be too many offsets to fill or mark, and translates instead", async () => {
    const log = await orders();
    await log.deleteRecords([{ topic: "orders", partition: 0, offset: 5 }]);
    const context = contextOf(logAt(), await pointOf(log));
    expect((await planOf(context, { limits: { pad: 4 } })).topics[0]?.parts[0]).toMatchObject({
      offsets: "translated",
      why: "5 offsets before the first record are more than the 4 that are filled",
    });
    expect((await planOf(context, { limits: { pad: 5 } })).topics[0]?.parts[0]).toMatchObject({
      offsets: "kept",
      pad: 5,
      logStart: 5,
    });
  });

  test("whether a savepoint's offsets are those of the topics", async () => {
    const job = { id: "j", name: "sums", state: "RUNNING", arguments: [], configuration: {}, operators: [] };
    const savepoint = { path: "file:/sp", takenAt: NOW, objects: [] };
    const offsets = [{ topic: "orders", partition: 0, committed: 7, end: 10 }];
    const flink = { url: "http://flink", jobs: [{ ...job, savepoint, offsets }] };
    const context = contextOf(logAt(), await pointOf(await orders(), { flink }));
    const jobOf = async (request: RestoreRequest) => (await planOf(context, { ...request, jobs: true })).jobs[0];
    expect(await jobOf({})).toMatchObject({ matches: true });
    expect(await jobOf({ prefix: "x-" })).toMatchObject({
      matches: false,
      why: expect.stringContaining("orders is called x-orders now"),
    });
    expect(await jobOf({ slices: [{ partition: 0, to: 6 }] })).toMatchObject({
      matches: false,
      why: expect.stringMatching(
        /had read orders\/0 up to 7, and the restored log ends at 6: start it from the timestamp 20/,
      ),
    });
  });
});
