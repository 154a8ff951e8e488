import { describe, expect, test } from "vitest";
import type { PlanContext } from "../../functions/backup/context.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { beginDrill, driveDrill, loadDrills, stepDrill } from "../../functions/backup/drill.ts";
import { scratchPrefix } from "../../functions/backup/drill-scratch.ts";
import { drillMachine } from "../../shared/core/backup/drill/machine.ts";
import type { DrillReport } from "../../shared/core/backup/drill/types.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { idTime, timeId } from "../../shared/core/kernel/id.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { type BackupWorld, backupWorld } from "./run-kit.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Orders with an old and a new record, and a group; backed up once. */
async function backedUp(settings = "") {
  const world = backupWorld(settings);
  const { log, clock } = world;
  for (const name of ["orders", "events"])
    await log.createTopic({ name, partitions: 2, replicationFactor: 1, configs: [] });
  log.produce("orders", 0, [{ key: "a", value: "1", timestamp: clock.now - 90 * MINUTE }]);
  log.produce("orders", 1, [{ key: "b", value: "2", timestamp: clock.now - 10 * MINUTE }]);
  log.commitGroup("billing", [{ topic: "orders", partition: 0, offset: 1 }]);
  const run = await driveRun(world.context());
  if (!run.point) throw new Error(run.text);
  return { ...world, point: run.point };
}

/** The same context with a clock of its own, on which calls of some kinds take time and nothing else does: all of it is told. */
function slow(context: PlanContext, clock: { now: number }, takes: Partial<Record<keyof Streams, number>>) {
  const spent: { call: string; ms: number; at: number }[] = [];
  const streams = new Proxy(context.streams as Streams, {
    get: (target, name: keyof Streams) => {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const answer = await call.apply(target, args);
        const ms = takes[name] ?? 0;
        clock.now += ms;
        if (ms > 0) spent.push({ call: name, ms, at: clock.now });
        return answer;
      };
    },
  });
  const told: Alert[] = [];
  const runtime = {
    ...context.runtime,
    now: () => clock.now,
    alerts: { send: async (_: string, alerts: readonly Alert[]) => void told.push(...alerts) },
  };
  return { context: { ...context, runtime, streams }, spent, told };
}

async function reportsOf(world: BackupWorld): Promise<readonly DrillReport[]> {
  const [place] = world.places;
  const { items = [] } = (await place?.objects.list("drills/hourly/")) ?? {};
  const found = await Promise.all(items.map(({ key }) => place?.objects.get(key)));
  return found.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as DrillReport);
}

describe("a drill", () => {
  test("reports RPO and RTO equal to the injected time line, step by step", async () => {
    const world = await backedUp();
    const { point } = world;
    const clock = { now: point.cutAt + 37 * MINUTE + 11 * SECOND };
    const takes = {
      createTopic: 3 * SECOND,
      append: 7 * SECOND,
      setGroupOffsets: 2 * SECOND,
      setTopicConfigs: 5 * SECOND,
    };
    const { context, spent } = slow(world.context(), clock, { ...takes, deleteTopic: 13 * SECOND });
    const begun = clock.now;
    const id = await beginDrill(context, { by: "ops", why: "" });
    const note = await driveDrill(context, id);
    const sum = (call: string) => spent.filter((one) => one.call === call).reduce((total, { ms }) => total + ms, 0);
    const proven = spent.filter(({ call }) => call !== "deleteTopic").at(-1)?.at ?? 0;
    expect(note).toMatchObject({ status: "passed", point: point.id, startedAt: begun });
    expect(note.rtoMs).toBe(proven - begun);
    expect(note.rpoMs).toBe(37 * MINUTE + 11 * SECOND);
    const [report] = await reportsOf(world);
    const step = (name: string) => report?.steps.find((one) => one.step === name)?.ms;
    expect(step("create")).toBe(sum("createTopic"));
    expect(step("records")).toBe(sum("append"));
    expect(step("groups")).toBe(sum("setGroupOffsets"));
    expect(step("settings")).toBe(sum("setTopicConfigs"));
    expect(report?.steps.reduce((total, { ms }) => total + ms, 0)).toBe(report?.rtoMs);
    expect(report?.topics.find(({ topic }) => topic === "orders")).toMatchObject({
      records: 2,
      differences: 0,
      rpoMs: note.rpoMs,
      newestAgeMs: begun - (point.cutAt - 10 * MINUTE),
    });
    expect(report?.groups).toEqual({ restored: 1, of: 1 });
  });

  test("leaves nothing behind, and removes what a dead one has left", async () => {
    const world = await backedUp();
    const { log, clock } = world;
    const dead = scratchPrefix(timeId("drl", clock.now - 48 * HOUR, () => 0.5));
    const young = scratchPrefix(timeId("drl", clock.now - HOUR, () => 0.5));
    for (const name of [`${dead}orders`, `${young}orders`])
      await log.createTopic({ name, partitions: 1, replicationFactor: 1, configs: [] });
    const context = world.context();
    await driveDrill(context, await beginDrill(context, { by: "ops", why: "" }));
    expect((await log.topics()).map(({ name }) => name).sort()).toEqual(["events", `${young}orders`, "orders"]);
    expect((await log.groups()).map(({ id }) => id)).toEqual(["billing"]);
    expect(log.groupOf("billing")?.offsets).toEqual([{ topic: "orders", partition: 0, offset: 1 }]);
  });

  test("that takes longer or would lose more than the objective is a breach, told and recorded", async () => {
    const world = await backedUp(", objective: { rpo: 30m, rto: 1m }");
    const { point } = world;
    const clock = { now: point.cutAt + 31 * MINUTE };
    const { context, told } = slow(world.context(), clock, { append: 2 * MINUTE });
    const note = await driveDrill(context, await beginDrill(context, { by: "ops", why: "" }));
    expect(note).toMatchObject({ status: "breached", verdict: { rpo: "breached", rto: "breached" } });
    expect(note.text).toContain("RPO 31 min (over 30 min)");
    expect(told.find(({ annotations }) => annotations["description"])?.labels["alertname"]).toBe(
      "HeadgateRecoveryObjectiveBreached",
    );
  });

  test("of a damaged point fails, names what is damaged, and cleans up", async () => {
    const world = await backedUp();
    for (const { memory, objects } of world.places) {
      const { items } = await objects.list("data/");
      const [first] = items.filter(({ key }) => key.endsWith(".zst"));
      if (!first) throw new Error("no data");
      const bytes = (await objects.get(first.key)) as Uint8Array;
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      await objects.put(first.key, bytes);
      expect(memory).toBeDefined();
    }
    const context = world.context();
    const note = await driveDrill(context, await beginDrill(context, { by: "ops", why: "" }));
    expect(note.status).toBe("failed");
    expect(note.text).toMatch(/data\/hourly\/.*\.zst/);
    expect((await world.log.topics()).map(({ name }) => name).sort()).toEqual(["events", "orders"]);
  });

  test("that dies anywhere is gone on with by another worker, and still proves the point", async () => {
    const world = await backedUp();
    const { clock } = world;
    const context = world.context();
    const id = await beginDrill(context, { by: "ops", why: "" });
    // Each worker dies in its nth call to the cluster, after the call was made; the next comes when it is taken for dead.
    for (let nth = 1; nth < 400; nth += 3) {
      let calls = 0;
      const dying = new Proxy(world.log as Streams, {
        get:
          (target, name: keyof Streams) =>
          async (...args: unknown[]) => {
            const answer = await (target[name] as (...given: unknown[]) => Promise<unknown>).apply(target, args);
            calls += 1;
            if (calls >= nth) await new Promise(() => undefined);
            return answer;
          },
      });
      const stepped = stepDrill({ ...context, streams: dying });
      const died = new Promise<undefined>((resolve) => {
        const look = () => (calls >= nth ? resolve(undefined) : setTimeout(look, 0));
        look();
      });
      const state = await Promise.race([stepped, died]);
      const over = state?.ended.find((one) => one.id === id);
      if (over) {
        expect(over.status).toBe("passed");
        expect((await world.log.topics()).map(({ name }) => name).sort()).toEqual(["events", "orders"]);
        return;
      }
      if (!state) clock.now += 13 * MINUTE;
    }
    throw new Error(`never over: ${JSON.stringify((await loadDrills(context)).current)}`);
  });
});

describe("drills by schedule", () => {
  const config = { plan: "hourly", every: 7 * 24 * HOUR, deadlineMs: HOUR, backOffMs: SECOND };
  const start = 1_790_000_000_000;

  test("begin when they are due, one interval after the last, and never two at a time", () => {
    const first = drillMachine.step(config, drillMachine.initial(config, start), { kind: "look", id: "drl_a" }, start);
    expect(first.reason).toBe("held_not_due");
    expect(drillMachine.dueAt(config, first.state, start)).toBe(start + config.every);
    const due = drillMachine.step(config, first.state, { kind: "look", id: "drl_a" }, start + config.every);
    expect(due.reason).toBe("started");
    const again = drillMachine.step(
      config,
      due.state,
      { kind: "start", id: "drl_b", by: "me", why: "" },
      start + config.every,
    );
    expect(again.reason).toBe("refused_under_way");
  });

  test("an id tells when the drill began", () => {
    expect(idTime(timeId("drl", start, () => 0))).toBe(start);
  });
});
