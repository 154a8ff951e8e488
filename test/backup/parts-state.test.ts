import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { restoreMetrics } from "../../functions/backup/parts/restore-metrics.ts";
import { restoreState } from "../../functions/backup/parts/restore-state.ts";
import { LEFT_OUT, TAKEN } from "../../functions/backup/parts/state-nouns.ts";
import { decisionId } from "../../shared/core/kernel/id.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { type HttpWire, httpWire } from "../fakes/http-wire.ts";
import { everythingOf, finish, inFolder, NOW, partContext, place } from "./parts-kit.ts";

const installation = () => ({ store: memoryStore(() => NOW), journal: memoryJournal() });

function decision(at: number, noun = "autoscaling"): DecisionRecord {
  return {
    ...{ v: 1, id: decisionId(at, () => 0.5), tenant: "default", noun, subject: "orders", at },
    ...{ trigger: { type: "schedule" }, mode: "act", configVersion: "1", config: {}, input: {} },
    ...{
      stateBefore: null,
      reason: "held",
      trace: [],
      actions: [],
      stateAfter: null,
      outcomes: [],
      traceId: "0".repeat(32),
    },
  } as DecisionRecord;
}

async function filled(items = 1_200, records = 700) {
  const runtime = installation();
  for (let number = 0; number < items; number++)
    await runtime.store.write({ tenant: "default", noun: "autoscaling", subject: `service-${number}` }, 0, {
      ...{ state: { number }, dueAt: NOW + number },
    });
  await runtime.store.write({ tenant: "default", noun: "access", subject: "k" }, 0, { state: { hash: "abcdef-hash" } });
  await runtime.store.write({ tenant: "other", noun: "traffic", subject: "s" }, 0, { state: {} });
  for (let number = 0; number < records; number++) await runtime.journal.append(decision(NOW - number));
  await runtime.journal.append(decision(NOW + 5_000));
  return runtime;
}

describe("state and journal", () => {
  test("everything of the tenant up to the cut is in it, counted, and comes back into an empty installation as it was", async () => {
    const runtime = await filled();
    const context = partContext({}, { runtime });
    const done = await finish(context, "state");
    if (done.status !== "done") throw new Error(done.why);
    expect(done.part.objects.map(({ what, lines }) => [what, lines])).toEqual([
      ["state", 1_200],
      ["journal", 700],
    ]);
    expect(done.objects.every(({ at }) => at.join() === "one,two")).toBe(true);
    for (const one of context.places) expect(await everythingOf(one)).not.toContain("abcdef-hash");
    const to = installation();
    expect(await restoreState(to, "default", context.places, done.part)).toEqual({ items: 1_200, records: 700 });
    expect(await to.store.load({ tenant: "default", noun: "autoscaling", subject: "service-7" })).toMatchObject({
      state: { number: 7 },
      dueAt: NOW + 7,
    });
    expect((await to.journal.list({ tenant: "default", limit: 1 })).items).toEqual([decision(NOW)]);
    await expect(restoreState(to, "default", context.places, done.part)).rejects.toMatchObject({
      code: "restore.refused",
      message: expect.stringContaining("autoscaling service-"),
    });
    expect(await restoreState(to, "default", context.places, done.part, { again: true })).toMatchObject({ items: 0 });
  });

  test("any zstd unpacks it into lines of JSON", async () => {
    const context = partContext({}, { runtime: await filled(3, 2) });
    await finish(context, "state");
    const [one] = context.places;
    const { items } = (await one?.objects.list(`data/hourly/${context.point}/state/state-`)) ?? { items: [] };
    const bytes = await one?.objects.get(items[0]?.key ?? "");
    const { zstdDecompressSync } = await import("node:zlib");
    const lines = zstdDecompressSync(bytes ?? new Uint8Array())
      .toString("utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual({ noun: "autoscaling", subject: "service-1", state: { number: 1 }, dueAt: NOW + 1 });
  });

  test("what is damaged at one place comes from the other; damaged at both it restores nothing", async () => {
    const context = partContext({}, { runtime: await filled(20, 5) });
    const done = await finish(context, "state");
    if (done.status !== "done") throw new Error(done.why);
    const spoil = async (index: number) => {
      const key = done.part.objects[0]?.key ?? "";
      const objects = context.places[index]?.objects;
      const bytes = (await objects?.get(key)) ?? new Uint8Array();
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      await objects?.put(key, bytes);
    };
    await spoil(0);
    expect(await restoreState(installation(), "default", context.places, done.part)).toMatchObject({ items: 20 });
    await spoil(1);
    const empty = installation();
    await expect(restoreState(empty, "default", context.places, done.part)).rejects.toMatchObject({
      code: "backup.damaged",
    });
    expect((await empty.store.list("default", "autoscaling")).items).toEqual([]);
  });

  test("every noun the program keeps state under is backed up or left out for a reason", () => {
    const files = ["functions", "shared", "local"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => readFileSync(join(folder, file), "utf8")),
    );
    const nouns = new Set(
      files.flatMap((text) =>
        [...text.matchAll(/\bnoun: "([a-z_-]+)"|\b(?:[A-Z_]*NOUN|BASELINES) = "([a-z_-]+)"/g)].map(
          ([, a, b]) => a ?? b ?? "",
        ),
      ),
    );
    const known = new Set<string>([...TAKEN, ...Object.keys(LEFT_OUT), "fault"]);
    expect([...nouns].filter((noun) => !known.has(noun))).toEqual([]);
    expect(nouns.size).toBeGreaterThan(20);
  });
});

describe("metrics", () => {
  const wires: HttpWire[] = [];
  afterEach(async () => {
    for (const wire of wires.splice(0)) await wire.close();
  });
  const prometheus = async (answer: { readonly status: number; readonly body: string }) => {
    const wire = await httpWire(() => answer);
    wires.push(wire);
    return wire;
  };
  const MADE = { status: 200, body: JSON.stringify({ status: "success", data: { name: "20260921T143320Z-1a2b" } }) };
  const snapshot = async (data: string) => {
    const folder = join(data, "snapshots", "20260921T143320Z-1a2b", "01ABC");
    await mkdir(join(folder, "chunks"), { recursive: true });
    await writeFile(join(folder, "meta.json"), "{}");
    await writeFile(join(folder, "chunks", "000001"), new Uint8Array(3_000_000).fill(3));
  };

  test("a snapshot is copied whole, hashed, and gone from the server's disk afterwards", () =>
    inFolder(async (data) => {
      const wire = await prometheus(MADE);
      await snapshot(data);
      let calls = 0;
      const places = [place("one"), place("two")];
      // The time is always up: one file in each invocation.
      const context = partContext(
        { metrics: { prometheus: `${wire.endpoint}/`, data } },
        { places, more: () => calls++ < 0 },
      );
      const done = await finish(context, "metrics");
      if (done.status !== "done") throw new Error(done.why);
      expect(wire.seen.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
        "POST /api/v1/admin/tsdb/snapshot",
      ]);
      expect(done.part.objects.map(({ key, size }) => [key.split("1a2b/")[1], size])).toEqual([
        ["01ABC/chunks/000001", 3_000_000],
        ["01ABC/meta.json", 2],
      ]);
      expect(existsSync(join(data, "snapshots"))).toBe(false);
      const into = join(data, "restored");
      expect(await restoreMetrics(places, done.part, into)).toEqual({ written: 2, present: 0 });
      expect(readFileSync(join(into, "01ABC", "chunks", "000001")).equals(Buffer.alloc(3_000_000, 3))).toBe(true);
    }));

  test.each([
    [
      "an admin API that is off",
      { status: 503, body: '{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}' },
      "--web.enable-admin-api",
    ],
    [
      "a name that leads elsewhere",
      { status: 200, body: '{"status":"success","data":{"name":"../../etc"}}' },
      "no usable name",
    ],
    ["a server that cannot", { status: 500, body: '{"status":"error","error":"disk is full"}' }, "disk is full"],
    ["a folder that does not hold it", MADE, "what.metrics.data"],
  ])("%s is said in so many words", (_, answer, why) =>
    inFolder(async (data) => {
      const wire = await prometheus(answer);
      const done = await finish(partContext({ metrics: { prometheus: wire.endpoint, data } }), "metrics");
      expect(done).toMatchObject({ status: "failed", why: expect.stringContaining(why) });
    }),
  );
});
