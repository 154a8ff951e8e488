import { describe, expect, test } from "vitest";
import { dayKey, exportJournal, tryExport } from "../../functions/decisions/export.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { decision } from "../contract/records.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";

const DAY_ONE = Date.UTC(2026, 10, 20);

async function world(ats: readonly number[]) {
  let now = DAY_ONE;
  const file = openSqlite(":memory:", () => now);
  for (const at of ats) await file.journal.append(decision({ at }));
  await file.journal.append(decision({ at: DAY_ONE + HOUR_MS, tenant: "other" }));
  const lines: string[] = [];
  const runtime = {
    now: () => now,
    store: file.store,
    journal: file.journal,
    objects: memoryObjects({ now: () => now }),
    telemetry: createTelemetry({ service: "t", write: (line) => void lines.push(line) }),
  } as unknown as Runtime;
  return { runtime, lines, at: (instant: number) => void (now = instant) };
}

const read = async (runtime: Runtime, day: number): Promise<readonly DecisionRecord[] | undefined> => {
  const bytes = await runtime.objects.get(dayKey("default", day));
  return (
    bytes &&
    new TextDecoder()
      .decode(bytes)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as DecisionRecord)
  );
};

describe("the journal's daily export", () => {
  test("holds exactly the decisions of one UTC day and one tenant, however many pages they fill", async () => {
    const inside = Array.from({ length: 450 }, (_, index) => DAY_ONE + index * 3 * MINUTE_MS);
    const { runtime, at } = await world([DAY_ONE - 1, ...inside, DAY_ONE + DAY_MS]);
    at(DAY_ONE + DAY_MS + HOUR_MS);
    expect(await exportJournal(runtime, "default")).toEqual([DAY_ONE]);
    const records = await read(runtime, DAY_ONE);
    expect(records?.map((record) => record.at)).toEqual([...inside].reverse());
    expect(new Set(records?.map((record) => record.tenant))).toEqual(new Set(["default"]));
  });

  test("waits an hour after midnight for late outcomes, and writes a day once", async () => {
    const { runtime, at } = await world([DAY_ONE]);
    at(DAY_ONE + DAY_MS + HOUR_MS - 1);
    expect(await exportJournal(runtime, "default")).toEqual([DAY_ONE - DAY_MS]);
    at(DAY_ONE + DAY_MS + HOUR_MS);
    expect(await exportJournal(runtime, "default")).toEqual([DAY_ONE]);
    expect(await exportJournal(runtime, "default")).toEqual([]);
  });

  test("makes up for days on which nothing ran, a week at a time", async () => {
    const { runtime, at } = await world([DAY_ONE]);
    at(DAY_ONE + DAY_MS + HOUR_MS);
    await exportJournal(runtime, "default");
    at(DAY_ONE + 11 * DAY_MS + HOUR_MS);
    expect(await exportJournal(runtime, "default")).toHaveLength(7);
    expect(await exportJournal(runtime, "default")).toHaveLength(3);
    expect(await read(runtime, DAY_ONE + 10 * DAY_MS)).toEqual([]);
  });

  test("a day that could not be written is logged, not skipped: the next call writes it", async () => {
    const { runtime, lines, at } = await world([DAY_ONE]);
    at(DAY_ONE + DAY_MS + HOUR_MS);
    const { putStream } = runtime.objects;
    const broken: Runtime = {
      ...runtime,
      objects: {
        ...runtime.objects,
        putStream: () => Promise.reject(new HeadgateError("objects.unavailable", "away")),
      },
    };
    await tryExport(broken, "default");
    expect(lines.join("\n")).toContain("journal not exported");
    expect(await exportJournal({ ...runtime, objects: { ...runtime.objects, putStream } }, "default")).toEqual([
      DAY_ONE,
    ]);
    expect(await read(runtime, DAY_ONE)).toHaveLength(1);
  });

  test("two exporters at the same moment leave one mark and one whole day", async () => {
    const { runtime, at } = await world([DAY_ONE]);
    at(DAY_ONE + DAY_MS + HOUR_MS);
    const results = await Promise.all([exportJournal(runtime, "default"), exportJournal(runtime, "default")]);
    expect(results.flat()).toEqual([DAY_ONE]);
    expect(await read(runtime, DAY_ONE)).toHaveLength(1);
  });
});
