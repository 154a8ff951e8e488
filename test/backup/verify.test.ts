import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { loadPoint } from "../../functions/backup/load-point.ts";
import { sealManifest } from "../../functions/backup/manifest.ts";
import type { Place } from "../../functions/backup/place.ts";
import { listPoints } from "../../functions/backup/points.ts";
import { readPartition } from "../../functions/backup/read-partition.ts";
import { verifyPoint } from "../../functions/backup/verify.ts";
import { decodeRecords } from "../../shared/core/backup/batch/records.ts";
import { walkBatches } from "../../shared/core/backup/batch/walk.ts";
import type { Manifest } from "../../shared/core/backup/format/types.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import type { MemoryLog } from "../../shared/edge/memory-streams-types.ts";
import { keysAt, type MadePoint, makePoint, memoryPlaces } from "./point-kit.ts";

const [FULL, NEXT, LAST] = ["bkp_20261123_070000", "bkp_20261123_080000", "bkp_20261123_090000"];

/** Three points in a row over two places; the second one adds nothing to partition 1. */
async function world() {
  let now = 1_700_000_000_000;
  const log = memoryStreams({ now: () => now++ });
  await log.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  const places = memoryPlaces("primary", "secondary");
  const produce = (partition: number, count: number) => {
    for (let left = count; left > 0; left -= 1)
      log.produce("orders", partition, [{ key: `k${left}`, value: `value ${left} of ${now}` }, { value: null }]);
  };
  const points: MadePoint[] = [];
  for (const [id, first, second] of [
    [FULL, 5, 4],
    [NEXT, 3, 0],
    [LAST, 2, 2],
  ] as const) {
    produce(0, first);
    produce(1, second);
    points.push(await makePoint(log, places, id, points.at(-1), { chunkBytes: 300, objectBytes: 250 }));
  }
  return { log, places, points };
}

async function change({ objects }: Place, key: string, how: (bytes: Uint8Array) => Uint8Array) {
  const before = (await objects.get(key)) ?? new Uint8Array();
  await objects.put(key, how(before.slice()));
  return () => objects.put(key, before);
}
const flipped = (at: number, bit: number) => (bytes: Uint8Array) => {
  bytes[at] = (bytes[at] as number) ^ (1 << bit);
  return bytes;
};

async function offsetsIn(places: readonly Place[], id: string, partition: number, range = {}) {
  const point = await loadPoint(places, "p", id);
  const found: number[] = [];
  for await (const bytes of readPartition(point, "orders", partition, range))
    for (const batch of walkBatches(bytes)) for (const { offset } of decodeRecords(batch)) found.push(offset);
  return { found, faults: point.faults };
}

describe("a restore point", () => {
  let log: MemoryLog;
  let places: Place[];
  beforeAll(async () => ({ log, places } = await world()));

  test("is verified, every byte and every record, together with all it needs", async () => {
    for (const id of [FULL, NEXT, LAST] as const) {
      const found = await verifyPoint(places, "p", id, { deep: true });
      expect(found).toMatchObject({
        ok: true,
        usable: true,
        faults: [],
        text: "every byte and every record is as it was written",
      });
    }
    const { bytes, records } = await verifyPoint(places, "p", LAST, { deep: true, now: () => 77 });
    const sizes = (await Promise.all(places.map(({ objects }) => objects.list("")))).flatMap(({ items }) =>
      items.flatMap(({ key, size }) => (key.startsWith("verified/") ? [] : size)),
    );
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(records).toBe(log.consume("orders", 0).length + log.consume("orders", 1).length);
    for (const { objects } of places) expect(await objects.head(`verified/p/${LAST}/77.json`)).toBeDefined();
  });

  test("gives every record of a partition through all earlier points, and any range of them", async () => {
    for (const partition of [0, 1]) {
      const expected = log.consume("orders", partition).map(({ offset }) => offset);
      expect((await offsetsIn(places, LAST, partition)).found).toEqual(expected);
      const { found } = await offsetsIn(places, LAST, partition, { from: 3, to: 7 });
      expect(found).toEqual(expect.arrayContaining([3, 4, 5, 6]));
      expect(found.length).toBeLessThan(expected.length);
    }
  });

  test("with any one byte flipped in any object at any place is found damaged, and the object and the place are named", async () => {
    const spots: { place: Place; key: string; at: number }[] = [];
    for (const place of places)
      for (const key of await keysAt(place))
        for (let at = 0; at < ((await place.objects.head(key))?.size ?? 0); at += 1) spots.push({ place, key, at });
    expect(new Set(spots.map(({ key }) => key)).size).toBeGreaterThan(8);
    await fc.assert(
      fc.asyncProperty(fc.nat(spots.length - 1), fc.nat(7), fc.boolean(), async (spot, bit, deep) => {
        const { place, key, at } = spots[spot] as (typeof spots)[number];
        const mend = await change(place, key, flipped(at, bit));
        const found = await verifyPoint(places, "p", LAST, { deep });
        await mend();
        expect(found.ok).toBe(false);
        expect(found.faults.map((fault) => `${fault.place} ${fault.key}`)).toContain(`${place.name} ${key}`);
        expect(found.faults[0]?.what).toContain(key);
        // The other place is in order.
        expect(found.usable).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("with an object cut short, made longer or taken away is found damaged, and the object is named", async () => {
    for (const key of await keysAt(places[1] as Place)) {
      const second = places[1] as Place;
      for (const how of [
        (bytes: Uint8Array) => bytes.slice(0, -1),
        (bytes: Uint8Array) => Buffer.concat([bytes, bytes]),
        "remove",
      ] as const) {
        const mend = await change(second, key, how === "remove" ? (bytes) => bytes : how);
        if (how === "remove") await second.objects.remove(key);
        const { ok, faults } = await verifyPoint(places, "p", LAST);
        await mend();
        expect(ok).toBe(false);
        expect(faults.map((fault) => `${fault.place} ${fault.key}`)).toContain(`secondary ${key}`);
      }
    }
  });

  test("is read from the other place where an object is damaged at the first one, which is told", async () => {
    const [first] = places as [Place];
    const expected = log.consume("orders", 0).map(({ offset }) => offset);
    for (const key of await keysAt(first)) {
      const size = (await first.objects.head(key))?.size ?? 0;
      const mend = await change(first, key, flipped(Math.floor(size / 2), 0));
      const { found, faults } = await offsetsIn(places, LAST, 0);
      await mend();
      expect(found).toEqual(expected);
      if (!key.startsWith("data/"))
        expect(faults.map((fault) => `${fault.place} ${fault.key}`)).toContain(`primary ${key}`);
    }
  });

  test("that is damaged at all places is an error that names the object", async () => {
    const key = `points/p/${NEXT}/kafka.json`;
    const mends = await Promise.all(places.map((place) => change(place, key, flipped(20, 3))));
    await expect(offsetsIn(places, LAST, 0)).rejects.toMatchObject({
      code: "backup.damaged",
      message: expect.stringContaining(key),
    });
    const { ok, usable, faults } = await verifyPoint(places, "p", LAST);
    expect([ok, usable]).toEqual([false, false]);
    expect(faults.map((fault) => `${fault.place} ${fault.key}`)).toEqual([`primary ${key}`, `secondary ${key}`]);
    for (const mend of mends) await mend();
  });

  test("that nobody has is unknown, and so is a partition it does not hold", async () => {
    await expect(loadPoint(places, "p", "bkp_20200101_000000")).rejects.toMatchObject({ code: "backup.unknown" });
    await expect(offsetsIn(places, LAST, 7)).rejects.toMatchObject({ code: "input.invalid" });
  });
});

describe("the list of restore points", () => {
  test("has each one with where it is, newest first, and does not read data", async () => {
    const { places } = await world();
    const reads: string[] = [];
    const watched = places.map((place) => ({
      ...place,
      objects: {
        ...place.objects,
        get: (key: string) => {
          reads.push(key);
          return place.objects.get(key);
        },
      },
    }));
    const { points, unreadable, unreachable } = await listPoints(watched, "p");
    expect(points.map(({ id, at, whole }) => [id, at, whole])).toEqual(
      [LAST, NEXT, FULL].map((id) => [id, ["primary", "secondary"], true]),
    );
    expect([unreadable, unreachable]).toEqual([[], []]);
    expect(reads.every((key) => key.endsWith("/manifest.json"))).toBe(true);
    expect(reads).toHaveLength(6);
  });

  test("says of a point that is at one place only that it is degraded, and of a place that does not answer that it is unknown", async () => {
    const { places } = await world();
    await places[1]?.objects.remove(`points/p/${LAST}/manifest.json`);
    await places[1]?.objects.remove(`points/p/${NEXT}/kafka.json`);
    const found = (await listPoints(places)).points;
    expect(found.map(({ id, at, missing, whole }) => ({ id, at, missing, whole }))).toEqual([
      { id: LAST, at: ["primary"], missing: ["secondary"], whole: false },
      { id: NEXT, at: ["primary"], missing: ["secondary"], whole: false },
      { id: FULL, at: ["primary", "secondary"], missing: [], whole: true },
    ]);
    const down = {
      name: "secondary",
      objects: { ...(places[1] as Place).objects, list: () => Promise.reject(new Error("down")) },
    };
    const half = await listPoints([places[0] as Place, down]);
    expect(half.unreachable).toEqual([{ place: "secondary", what: "down" }]);
    expect(half.points.every(({ whole }) => !whole)).toBe(true);
    await expect(listPoints([down])).rejects.toThrow("down");
  });

  test("tells manifests that are damaged, tampered with, moved or of a newer version, with the reason", async () => {
    const { places, points } = await world();
    const [first, second] = places as [Place, Place];
    const { manifest } = points[0] as MadePoint;
    const put = async (id: string, text: string, of = places) => {
      for (const { objects } of of) await objects.put(`points/p/${id}/manifest.json`, text);
    };
    await put("bkp_1", sealManifest({ ...manifest, id: "bkp_1", version: 2 as 1 }));
    await put("bkp_2", "{");
    await put("bkp_3", sealManifest(manifest));
    await put("bkp_4", sealManifest({ ...manifest, id: "bkp_4" }).replace('"cutAt":2', '"cutAt":3'));
    await put("bkp_5", sealManifest({ ...manifest, id: "bkp_5", needs: [{ id: 7 }] as never }));
    await put("bkp_6", `${sealManifest({ ...manifest, id: "bkp_6" })} `);
    // Good at one place, tampered with at the other: listed, and the place is told.
    const tampered: Manifest = { ...manifest, cutAt: 99 };
    await put(FULL, sealManifest(tampered), [second]);
    const list = await listPoints(places, "p");
    expect(list.unreadable.map(({ id, faults }) => [id, faults.length, faults[0]?.code, faults[0]?.what])).toEqual([
      ["bkp_6", 2, "backup.damaged", expect.stringContaining("was changed after it was written")],
      ["bkp_5", 2, "backup.damaged", expect.stringContaining("needs.0.id")],
      ["bkp_4", 2, "backup.damaged", expect.stringContaining("was changed after it was written")],
      ["bkp_3", 2, "backup.damaged", expect.stringContaining(`belongs to another point: p ${FULL}`)],
      ["bkp_2", 2, "backup.damaged", expect.stringContaining("is no manifest")],
      ["bkp_1", 2, "backup.version", expect.stringContaining("is of version 2; this program reads version 1")],
    ]);
    const full = list.points.find(({ id }) => id === FULL);
    expect(full?.at).toEqual(["primary"]);
    expect(full?.faults[0]?.what).toBe(`points/p/${FULL}/manifest.json differs from the one at primary`);
    await expect(loadPoint([first], "p", "bkp_1")).rejects.toMatchObject({ code: "backup.version" });
  });

  test("keeps members of a manifest that are not known", async () => {
    const { places, points } = await world();
    const more = { ...(points[0] as MadePoint).manifest, id: "bkp_9", added: { by: "a later minor version" } };
    for (const { objects } of places) await objects.put("points/p/bkp_9/manifest.json", sealManifest(more));
    const { manifest } = await loadPoint(places, "p", "bkp_9");
    expect(manifest).toMatchObject({ added: { by: "a later minor version" } });
  });
});
