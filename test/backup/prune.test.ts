import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addHold, listHolds, removeHold } from "../../functions/backup/holds.ts";
import type { Place } from "../../functions/backup/place.ts";
import { prune } from "../../functions/backup/prune.ts";
import { provePlace } from "../../shared/core/backup/keep/plan.ts";
import { planPrune } from "../../shared/core/backup/keep/prune.ts";
import type { Keep } from "../../shared/core/backup/keep/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";
import { type Drawn, draw, dying, keysOf, listed, missingOf, PLAN, type PointDraft, place, store } from "./keep-kit.ts";

const NONE: Keep = { all: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const START = Date.UTC(2026, 10, 1);
const idAt = (index: number) => `bkp_20261101_${String(index).padStart(6, "0")}`;

/** A chain of `length` hourly points over one topic; each goes on from the one before. */
function chain(length: number, more: Partial<PointDraft> = {}): Map<string, Drawn> {
  const points = new Map<string, Drawn>();
  for (let index = 0; index < length; index += 1) {
    const base = index === 0 ? {} : { base: idAt(index - 1) };
    const draft = { id: idAt(index), cutAt: START + index * HOUR_MS, ...more };
    points.set(
      draft.id,
      draw({ ...draft, partitions: [{ topic: "orders", partition: 0, chunks: 1, ...base }] }, points),
    );
  }
  return points;
}

async function fill(places: readonly Place[], points: ReadonlyMap<string, Drawn>): Promise<void> {
  for (const one of points.values()) for (const { objects } of places) await store(objects, one);
}

describe("prune", () => {
  test("data that a kept point needs stays, under the same keys with the same bytes, though its point is listed no more", async () => {
    const one = place("primary", () => START);
    const points = chain(6, { state: true });
    await fill([one], points);
    const result = await prune([one], PLAN, { ...NONE, hourly: 2 }, { now: START + DAY_MS });
    expect([...(await listed([one])).keys()]).toEqual([idAt(4), idAt(5)]);
    expect(result.places[0]).toMatchObject({ status: "done", retired: [idAt(3), idAt(2), idAt(1), idAt(0)] });
    expect(await missingOf(one, idAt(5))).toEqual([]);
    const keys = await keysOf(one.objects);
    expect(keys).not.toContain(`data/${PLAN}/${idAt(0)}/state/journal.zst`);
    const bytes = await one.objects.get(`points/${PLAN}/${idAt(0)}/manifest.json`);
    expect(new TextDecoder().decode(bytes)).toBe(
      points.get(idAt(0))?.files.get(`points/${PLAN}/${idAt(0)}/manifest.json`),
    );
    const journals = [0, 1, 2, 3].map((index) => `state of ${idAt(index)}`.length);
    expect(result.places[0]?.freedBytes).toBe(journals.reduce((sum, one) => sum + one));
  });

  test("once nothing builds on them any more they go wholly, marks and all", async () => {
    const one = place("primary", () => START);
    const points = chain(4);
    points.set(
      idAt(9),
      draw(
        { id: idAt(9), cutAt: START + 9 * HOUR_MS, partitions: [{ topic: "orders", partition: 0, chunks: 1 }] },
        points,
      ),
    );
    await fill([one], points);
    const result = await prune([one], PLAN, NONE, { now: START + DAY_MS });
    expect((await keysOf(one.objects)).every((key) => key.includes(idAt(9)))).toBe(true);
    expect(result.places[0]?.retired).toEqual([]);
  });

  test("a dry run says what would go, and touches nothing", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(4));
    const before = await keysOf(one.objects);
    const dry = await prune([one], PLAN, NONE, { now: START + DAY_MS, dryRun: true });
    expect(await keysOf(one.objects)).toEqual(before);
    const real = await prune([one], PLAN, NONE, { now: START + DAY_MS });
    expect({ ...dry.places[0], status: "done" }).toEqual(real.places[0]);
    expect(dry.remove).toEqual(real.remove);
  });

  test("what a dead run left goes after a day; what a run under way has written never does", async () => {
    let now = START;
    const one = place("primary", () => now);
    await fill([one], chain(1));
    for (const id of ["bkp_dead", "bkp_slow", "bkp_young"]) {
      now = START + (id === "bkp_young" ? DAY_MS : 0);
      await one.objects.put(`data/${PLAN}/${id}/0-0-1-0.zst`, "half");
      await one.objects.put(`work/${PLAN}/${id}/units.json`, "[]");
      await one.objects.put(`points/${PLAN}/${id}/kafka.json`, "{}");
    }
    const result = await prune([one], PLAN, NONE, { now: START + DAY_MS + HOUR_MS, running: [{ id: "bkp_slow" }] });
    expect(result.places[0]?.orphans).toEqual(["bkp_dead"]);
    const left = await keysOf(one.objects);
    expect(left.filter((key) => key.includes("dead"))).toEqual([]);
    expect(left.filter((key) => key.includes("slow") || key.includes("young"))).toHaveLength(6);
  });

  test("the point a run under way builds on stays, also when the rules are done with it", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(4));
    await prune([one], PLAN, NONE, { now: START + DAY_MS, running: [{ id: "bkp_new", base: idAt(1) }] });
    expect([...(await listed([one])).keys()]).toEqual([idAt(1), idAt(3)]);
  });

  test("what is under object lock is tried, kept and told; the next prune goes on", async () => {
    const one = place("primary", () => START);
    const points = chain(2);
    points.set(idAt(5), draw({ id: idAt(5), cutAt: START + 5 * HOUR_MS, partitions: [] }, points));
    await fill([one], points);
    const key = `data/${PLAN}/${idAt(0)}/0-0-1-0.zst`;
    const remove = async (asked: string) => {
      if (asked === key) throw new HeadgateError("objects.unavailable", "Access Denied: object lock");
      return one.objects.remove(asked);
    };
    const locked = { ...one, objects: { ...one.objects, remove } };
    const result = await prune([locked], PLAN, NONE, { now: START + DAY_MS });
    expect(result.places[0]?.locked).toEqual([{ key, why: "Access Denied: object lock" }]);
    expect([...(await listed([one])).keys()]).toEqual([idAt(5)]);
    expect(await keysOf(one.objects)).toContain(`points/${PLAN}/${idAt(0)}/manifest.json`);
    await prune([one], PLAN, NONE, { now: START + DAY_MS });
    expect((await keysOf(one.objects)).every((left) => left.includes(idAt(5)))).toBe(true);
  });

  test("a manifest nobody can read stops it before anything is touched, by name", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(3));
    await one.objects.put(`points/${PLAN}/${idAt(1)}/manifest.json`, '{"format":"headga');
    const before = await keysOf(one.objects);
    const failing = prune([one], PLAN, NONE, { now: START + DAY_MS });
    await expect(failing).rejects.toMatchObject({ code: "backup.damaged", message: expect.stringContaining(idAt(1)) });
    expect(await keysOf(one.objects)).toEqual(before);
  });

  test("so does one of which a single byte was changed, though it can still be read", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(3));
    const key = `points/${PLAN}/${idAt(1)}/manifest.json`;
    const text = new TextDecoder().decode(await one.objects.get(key));
    await one.objects.put(key, text.replace(`"cutAt":${START + HOUR_MS}`, `"cutAt":${START + 2 * HOUR_MS}`));
    const before = await keysOf(one.objects);
    const failing = prune([one], PLAN, NONE, { now: START + DAY_MS });
    await expect(failing).rejects.toMatchObject({ code: "backup.damaged", message: expect.stringContaining(idAt(1)) });
    expect(await keysOf(one.objects)).toEqual(before);
  });

  test("uploads that nobody will finish are given up after a day; a place that does not let us see them is pruned all the same", async () => {
    const asked: number[] = [];
    const [one, two] = [place("primary", () => START), place("secondary", () => START)];
    await fill([one, two], chain(2, { destinations: ["primary", "secondary"] }));
    const abandon = (before: number) => {
      asked.push(before);
      return Promise.resolve(1);
    };
    const denied = () => Promise.reject(new HeadgateError("objects.unavailable", "Access Denied"));
    const places = [
      { ...one, abandon },
      { ...two, abandon: denied },
    ];
    const dry = await prune(places, PLAN, NONE, { now: START + 3 * DAY_MS, dryRun: true });
    expect([dry.places.length, asked]).toEqual([2, []]);
    const { places: done } = await prune(places, PLAN, NONE, { now: START + 3 * DAY_MS });
    expect(asked).toEqual([START + 2 * DAY_MS]);
    expect(done.map(({ status }) => status)).toEqual(["done", "done"]);
  });

  test("where a kept point's list of chunks is damaged, everything it may need stays", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(4));
    await one.objects.put(`points/${PLAN}/${idAt(3)}/kafka.json`, "{}");
    const result = await prune([one], PLAN, NONE, { now: START + DAY_MS });
    expect(result.places[0]?.proof?.damaged).toEqual([
      { id: idAt(3), missing: [`points/${PLAN}/${idAt(3)}/kafka.json (cannot be read)`] },
    ]);
    expect((await keysOf(one.objects, "data/")).length).toBe(4);
  });

  test("the proof finds what the reckoning overlooked, and names what a kept point would miss", () => {
    const points = chain(3);
    const lying = [...points.values()].flatMap(({ files }) =>
      [...files].map(([key, { length: size }]) => ({ key, size, modifiedAt: START })),
    );
    const all = [...points.values()].map(({ manifest, kafka }) => ({
      id: manifest.id,
      cutAt: manifest.cutAt,
      whole: true,
      papers: { manifest, kafka },
    }));
    const honest = planPrune({ plan: PLAN, points: all, lying, holds: [], keep: NONE, now: START + DAY_MS });
    expect(honest.proof).toMatchObject({ points: 1, broken: [], damaged: [] });
    // As if the reckoning had overlooked that the newest point stands on the oldest.
    const stray = lying.filter(({ key }) => key.startsWith(`data/${PLAN}/${idAt(0)}/`));
    const proof = provePlace({ plan: PLAN, lying, kept: new Set([idAt(2)]) }, { ...honest.removals, data: stray });
    for (const { papers } of all) proof.take(papers);
    expect(proof.result().broken).toEqual([{ id: idAt(2), missing: [`orders-0 as of ${idAt(1)}`] }]);
    // Nor may anything go that lies in a kept point's own folders, whether a chunk names it or not.
    const savepoint = { key: `data/${PLAN}/${idAt(2)}/flink/sums/_metadata`, size: 1, modifiedAt: START };
    const second = provePlace(
      { plan: PLAN, lying: [...lying, savepoint], kept: new Set([idAt(2)]) },
      { ...honest.removals, data: [savepoint] },
    );
    for (const { papers } of all) second.take(papers);
    expect(second.result().broken).toEqual([{ id: idAt(2), missing: [savepoint.key] }]);
  });

  test("a point at one of two places keeps its data there; the one that is away is told, and brings nothing back", async () => {
    const [one, two] = [place("primary", () => START), place("secondary", () => START)];
    await fill([one, two], chain(3, { destinations: ["primary", "secondary"] }));
    const away = {
      ...two,
      objects: {
        ...two.objects,
        list: () => Promise.reject(new HeadgateError("objects.unavailable", "region down", { retryable: true })),
      },
    };
    const points = chain(3);
    points.set(
      idAt(8),
      draw({ id: idAt(8), cutAt: START + 8 * HOUR_MS, partitions: [], destinations: ["primary", "secondary"] }, points),
    );
    await store(one.objects, points.get(idAt(8)) as Drawn);
    const result = await prune([one, away], PLAN, NONE, { now: START + DAY_MS });
    expect(result.places.map(({ place: name, status }) => [name, status])).toEqual([
      ["primary", "done"],
      ["secondary", "failed"],
    ]);
    // Back again: its points are still marked as pruned elsewhere.
    expect([...(await listed([one, two])).keys()]).toEqual([idAt(8)]);
    await store(two.objects, points.get(idAt(8)) as Drawn);
    await prune([one, two], PLAN, NONE, { now: START + DAY_MS });
    for (const { objects } of [one, two])
      expect((await keysOf(objects)).every((key) => key.includes(idAt(8)))).toBe(true);
  });
});

describe("legal holds", () => {
  test("a held point stays with all it needs until the hold is taken away", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(4));
    const hold = await addHold([one], { plan: PLAN, id: idAt(1), reason: "case 7", by: "ada", now: START });
    expect(await listHolds([one])).toEqual([hold]);
    await prune([one], PLAN, NONE, { now: START + DAY_MS });
    expect([...(await listed([one])).keys()]).toEqual([idAt(1), idAt(3)]);
    expect(await removeHold([one], PLAN, idAt(1))).toEqual(hold);
    await prune([one], PLAN, NONE, { now: START + DAY_MS });
    expect([...(await listed([one])).keys()]).toEqual([idAt(3)]);
  });

  test("a hold that comes while the point is being marked wins, and the plan is made anew", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(3));
    let held = false;
    const put: Place["objects"]["put"] = async (key, body, given) => {
      if (!held && key.endsWith(`${idAt(0)}/pruned.json`)) {
        held = true;
        await addHold([one], { plan: PLAN, id: idAt(0), reason: "case 8", by: "ada", now: START });
      }
      return one.objects.put(key, body, given);
    };
    await prune([{ ...one, objects: { ...one.objects, put } }], PLAN, NONE, { now: START + DAY_MS });
    expect([...(await listed([one])).keys()]).toEqual([idAt(0), idAt(2)]);
  });

  test("no hold without a reason, on an unknown point or on one that was pruned", async () => {
    const one = place("primary", () => START);
    await fill([one], chain(3));
    const ask = { plan: PLAN, id: idAt(0), reason: " ", by: "ada", now: START };
    await expect(addHold([one], ask)).rejects.toMatchObject({ code: "input.invalid" });
    await expect(addHold([one], { ...ask, reason: "x", id: "bkp_none" })).rejects.toMatchObject({
      code: "backup.unknown",
    });
    await prune([one], PLAN, NONE, { now: START + DAY_MS });
    await expect(addHold([one], { ...ask, reason: "x" })).rejects.toMatchObject({ code: "backup.unknown" });
    expect(await listHolds([one])).toEqual([]);
    await expect(removeHold([one], PLAN, idAt(0))).rejects.toMatchObject({ code: "backup.unknown" });
  });
});

describe("laws of pruning", () => {
  const TOPICS = ["a", "b"];
  /** Each point reads some partitions: anew, on top of an earlier point that has it, or nothing. */
  const runs = fc.array(
    fc.array(
      fc.record({
        chunks: fc.integer({ min: 0, max: 2 }),
        anew: fc.boolean(),
        there: fc.boolean(),
        retained: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      {
        minLength: 4,
        maxLength: 4,
      },
    ),
    { minLength: 1, maxLength: 9 },
  );
  const world = (
    drawn: readonly (readonly { chunks: number; anew: boolean; there: boolean; retained: number }[])[],
    destinations: readonly string[],
  ) => {
    const points = new Map<string, Drawn>();
    const last = new Map<string, { id: string; chunks: boolean; base?: string; end: number; logStart: number }>();
    for (const [index, draws] of drawn.entries()) {
      const partitions = draws.flatMap(({ chunks, anew, there, retained }, at) => {
        if (!there) return [];
        const [topic, partition] = [TOPICS[at % 2] as string, at >> 1];
        const name = `${topic}-${partition}`;
        const before = anew ? undefined : last.get(name);
        const base = before && (before.chunks ? before.id : before.base);
        const tail = base === undefined ? {} : { base };
        const end = (before?.end ?? 0) + chunks;
        const logStart = Math.max(before?.logStart ?? 0, Math.floor(retained * retained * end));
        last.set(name, { id: idAt(index), chunks: chunks > 0, end, logStart, ...tail });
        return [{ topic, partition, chunks, logStart, ...tail }];
      });
      points.set(
        idAt(index),
        draw({ id: idAt(index), cutAt: START + index * HOUR_MS, partitions, destinations }, points),
      );
    }
    return points;
  };

  test("random chains, random rules, death at any step: every listed point is whole at once, and the next prune ends the work", async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 40 }),
        fc.boolean(),
        async (drawn, hourly, younger, death, two) => {
          const names = two ? ["primary", "secondary"] : ["primary"];
          const places = names.map((name) => place(name, () => START));
          await fill(places, world(drawn, names));
          const keep = { ...NONE, hourly, all: younger * HOUR_MS };
          const options = { now: START + drawn.length * HOUR_MS };
          const mortal = places.map((one) => ({ ...one, objects: dying(one.objects, death) }));
          await prune(mortal, PLAN, keep, options).catch(() => undefined);
          for (const [id, at] of await listed(places))
            for (const one of places.filter(({ name }) => at.includes(name)))
              expect(await missingOf(one, id)).toEqual([]);
          const dry = await prune(places, PLAN, keep, { ...options, dryRun: true });
          await prune(places, PLAN, keep, options);
          const left = await listed(places);
          expect([...left.keys()].sort()).toEqual(dry.keep.map(({ id }) => id).sort());
          for (const id of left.keys()) for (const one of places) expect(await missingOf(one, id)).toEqual([]);
          // Nothing is left to do, and what is left is needed: only kept points and what their chains name.
          const again = await prune(places, PLAN, keep, options);
          expect(again.remove).toEqual([]);
          for (const { objects, orphans } of again.places) expect([objects, orphans]).toEqual([0, []]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
