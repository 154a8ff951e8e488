import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { drillView, restoreView } from "../../functions/backup/asks-restore.ts";
import { openPlan } from "../../functions/backup/context.ts";
import { loadDrills } from "../../functions/backup/drill.ts";
import { onePlanView, plansView, pointDetailView, pointsView } from "../../functions/backup/plans-view.ts";
import { listPoints } from "../../functions/backup/points.ts";
import { handleBackupWakes } from "../../functions/backup/queue.ts";
import { loadRestore } from "../../functions/backup/restore-run.ts";
import { tickBackup } from "../../functions/backup/schedule.ts";
import { startView, stopView } from "../../functions/backup/work.ts";
import { handleWork } from "../../functions/backup/work-queue.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A control plane in memory with queues that are served when told to, and two folders as destinations. */
async function server(settings = "") {
  const base = mkdtempSync(join(folder, "w-"));
  const w = await world({ config: "" });
  const log = memoryStreams({ now: w.clock.now });
  await log.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  log.produce("orders", 0, [{ value: "a" }, { value: "b" }]);
  const text = `version: 1
streams: { main: { embedded: true } }
backup: { hourly: { to: [./a, ./b], what: { state: false }${settings} } }
`;
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text }, { by: "test" });
  const queue: WorkMessage[] = [];
  const told: Alert[] = [];
  Object.assign(w.runtime, {
    ...{ streams: () => log, baseDir: base },
    work: { send: async (messages: readonly WorkMessage[]) => void queue.push(...messages) },
    alerts: { send: async (_: string, alerts: readonly Alert[]) => void told.push(...alerts) },
  });
  const places = ["a", "b"].map((name) => ({
    name: `./${name}`,
    objects: directoryObjects(join(base, name), { plain: true }),
  }));
  return {
    ...{ w, log, queue, told, places, base },
    /** Work and wakes until nothing is under way. */
    async play() {
      for (let turns = 0; turns < 30; turns += 1) {
        const records = queue
          .splice(0)
          .map((message, index) => ({ messageId: `m${index}`, body: JSON.stringify(message) }));
        expect(await handleWork(w.runtime, records, () => 60_000)).toEqual({ batchItemFailures: [] });
        const { running } = await onePlanView(w.runtime, "default", "hourly");
        if (!running) return;
        w.clock.set(w.clock.now() + 20_000);
        const wakes = w.timers.take();
        await handleBackupWakes(
          w.runtime,
          wakes.map((wake, index) => ({ messageId: `w${index}`, body: JSON.stringify(wake) })),
        );
      }
      throw new Error("the run does not end");
    },
  };
}

/** The same, with a hand that delivers messages as a queue does. */
async function restorable() {
  const made = await server(", every: 1d");
  const deliver = async (messages: readonly WorkMessage[]) =>
    expect(
      await handleWork(
        made.w.runtime,
        messages.map((message, index) => ({ messageId: `d${index}`, body: JSON.stringify(message) })),
        () => 60_000,
      ),
    ).toEqual({ batchItemFailures: [] });
  return { ...made, deliver };
}

test("the tick begins a plan that was never looked at; queue and timers carry it to a verified point, each hour one", async () => {
  const { w, log, places, play, told } = await server();
  expect(await tickBackup(w.runtime, "default")).toBe(1);
  await play();
  const [plan] = await plansView(w.runtime, "default");
  expect(plan).toMatchObject({ plan: "hourly", newest: { kind: "full", records: 2, verified: "ok" }, failures: 0 });
  expect(told.every(({ startsAt, endsAt }) => startsAt === endsAt)).toBe(true);
  log.produce("orders", 1, [{ value: "c" }]);
  w.clock.set((plan?.nextAt ?? 0) - 1_000);
  await tickBackup(w.runtime, "default");
  expect((await onePlanView(w.runtime, "default", "hourly")).running).toBeUndefined();
  w.clock.set(plan?.nextAt ?? 0);
  await tickBackup(w.runtime, "default");
  await play();
  const { points } = await pointsView(w.runtime, "default", "hourly");
  expect(points).toMatchObject([
    { kind: "incremental", records: 3, newRecords: 1, status: "whole", verified: "ok", at: ["./a", "./b"] },
    { kind: "full", records: 2 },
  ]);
  expect(await pointDetailView(w.runtime, "default", "hourly", points[0]?.id ?? "")).toMatchObject({
    needs: 1,
    manifest: { plan: "hourly" },
  });
  expect((await listPoints(places, "hourly")).points).toHaveLength(2);
});

test("gaps and failures are told as alerts; a plan without a point for twice its interval too", async () => {
  const { w, log, play, told } = await server();
  const firing = () =>
    told.filter(({ startsAt, endsAt }) => endsAt !== startsAt).map(({ labels }) => labels["alertname"]);
  await tickBackup(w.runtime, "default");
  await play();
  log.recreate("orders");
  w.clock.set(w.clock.now() + HOUR_MS);
  await tickBackup(w.runtime, "default");
  await play();
  expect(firing()).toEqual(["HeadgateBackupGaps"]);
  log.faults.down();
  for (let at = 0; at < 32; at += 1) {
    w.clock.set(w.clock.now() + 5 * MINUTE_MS);
    await tickBackup(w.runtime, "default");
  }
  expect(firing()).toContain("HeadgateBackupFailed");
  expect(firing()).toContain("HeadgateBackupMissed");
});

test("a run begins at a word where no broker can be reached; whoever its timer wakes takes the cut", async () => {
  const { w, log, places, play } = await server(", every: 1d");
  log.faults.down();
  const ask = { by: "ops", why: "" };
  const started = await startView(w.runtime, "default", "hourly", ask);
  expect(started).toMatchObject({ reason: "started" });
  await expect(startView(w.runtime, "default", "hourly", ask)).rejects.toThrow(`${started.run} is under way since`);
  log.faults.up();
  const wakes = w.timers.take();
  expect(wakes).toMatchObject([{ key: { subject: "run:hourly" }, at: w.clock.now() }]);
  await handleBackupWakes(
    w.runtime,
    wakes.map((wake) => ({ messageId: "w", body: JSON.stringify(wake) })),
  );
  await play();
  expect((await listPoints(places, "hourly")).points).toMatchObject([{ id: started.run }]);
});

test("somebody begins a run and ends it; a plan that does not exist is refused with those that do", async () => {
  const { w, queue, places } = await server(", every: 1d");
  const ask = { by: "ops", why: "before the upgrade" };
  expect(await startView(w.runtime, "default", "hourly", ask)).toMatchObject({ reason: "started" });
  await tickBackup(w.runtime, "default");
  expect(queue).not.toEqual([]);
  await expect(startView(w.runtime, "default", "hourly", ask)).rejects.toMatchObject({ code: "backup.busy" });
  expect(await stopView(w.runtime, "default", "hourly", ask)).toMatchObject({ reason: "stopped" });
  await expect(stopView(w.runtime, "default", "hourly", ask)).rejects.toMatchObject({ code: "backup.unknown" });
  await expect(startView(w.runtime, "default", "daily", ask)).rejects.toThrow("there is hourly");
  // What was handed out before is left alone.
  expect(
    await handleWork(
      w.runtime,
      queue.map((message) => ({ messageId: "m", body: JSON.stringify(message) })),
      () => 60_000,
    ),
  ).toEqual({ batchItemFailures: [] });
  expect((await listPoints(places, "hourly")).points).toEqual([]);
  expect(await handleWork(w.runtime, [{ messageId: "odd", body: "{}" }], () => 60_000)).toEqual({
    batchItemFailures: [{ itemIdentifier: "odd" }],
  });
});

type Restorable = Awaited<ReturnType<typeof restorable>>;

/** The task that waits is worked on to its end, and handed out twice more while its first records are written. @returns its message */
async function handedOutTwice({ log, deliver, queue }: Restorable): Promise<WorkMessage> {
  const [message] = queue as [WorkMessage];
  let meanwhile: Promise<void> | undefined;
  log.faults.before("append", 1, () => {
    meanwhile = deliver([message, message]);
  });
  for (let turns = 0; turns < 10 && queue.length > 0; turns += 1) {
    expect(queue.length, "one message goes round").toBe(1);
    await deliver(queue.splice(0));
    await meanwhile;
  }
  expect(meanwhile, "it was handed out again while it was being worked on").toBeDefined();
  return message;
}

/** A task that has ended ends again at once: nothing is written, nothing is sent. */
async function endsAgain({ log, deliver, queue }: Restorable, message: WorkMessage): Promise<void> {
  const calls = { ...log.faults.calls };
  await deliver([message, message]);
  expect(queue).toEqual([]);
  expect(log.faults.calls.append).toBe(calls.append);
}

test("a restore message that is handed out twice, meanwhile or afterwards, ends there: nothing is restored twice and nothing goes round beside it", async () => {
  const place = await restorable();
  const { w, log, play } = place;
  await tickBackup(w.runtime, "default");
  await play();
  const context = await openPlan(w.runtime, "default", "hourly");
  const asked = { request: { prefix: "copy-" }, approval: false, check: true, by: "ops", why: "" };
  const { id } = await restoreView(context, { point: "latest", ...asked });
  const message = await handedOutTwice(place);
  expect(await loadRestore(w.runtime, "default", id)).toMatchObject({ phase: "done", so: { records: 2 } });
  await endsAgain(place, message);
  expect(log.consume("copy-orders", 0)).toHaveLength(2);
});

test("a drill message that is handed out twice, meanwhile or afterwards, ends there: one drill, one report, nothing left behind", async () => {
  const place = await restorable();
  const { w, log, play } = place;
  await tickBackup(w.runtime, "default");
  await play();
  const context = await openPlan(w.runtime, "default", "hourly");
  const { id } = await drillView(context, { by: "ops", why: "" });
  const message = await handedOutTwice(place);
  await endsAgain(place, message);
  expect((await loadDrills(context)).ended).toMatchObject([{ id, status: "passed" }]);
  expect((await context.places[0]?.objects.list("drills/hourly/"))?.items).toHaveLength(1);
  expect((await log.topics()).map(({ name }) => name)).toEqual(["orders"]);
});
