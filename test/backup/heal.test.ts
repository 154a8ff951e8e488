import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { driveRun } from "../../functions/backup/direct.ts";
import { heal } from "../../functions/backup/heal.ts";
import { prune } from "../../functions/backup/prune.ts";
import { verifyPoint } from "../../functions/backup/verify.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { backupWorld } from "./run-kit.ts";

const sha = (bytes: Uint8Array | undefined) =>
  createHash("sha256")
    .update(bytes ?? "")
    .digest("hex");

/** Three points at both places, the later ones increments; `lose` takes an object away at one of them. */
async function kept() {
  const world = backupWorld();
  const [primary, secondary] = world.places;
  if (!primary || !secondary) throw new Error("no places");
  await world.log.createTopic({ name: "orders", partitions: 2, replicationFactor: 1, configs: [] });
  const ids: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    world.log.produce("orders", round % 2, [{ key: `k${round}`, value: "v".repeat(200) }]);
    const { point } = await driveRun(world.context());
    ids.push(point?.id ?? "");
    world.clock.now += HOUR_MS;
  }
  const [first = "", second = "", third = ""] = ids;
  const data = (id: string) => primary.memory.keys(`data/hourly/${id}/`);
  const same = () =>
    expect(
      secondary.memory.keys().map((key) => [key, sha(secondary.memory.kept.get(key)?.bytes)]),
      "both places have the same bytes",
    ).toEqual(primary.memory.keys().map((key) => [key, sha(primary.memory.kept.get(key)?.bytes)]));
  return { ...world, primary, secondary, ids: { first, second, third }, data, same };
}

describe("heal", () => {
  test("copies objects that are missing or cut short beside a manifest that is in order, parts too, and with equal bytes", async () => {
    const { places, primary, secondary, ids, data, same } = await kept();
    const [segment = ""] = data(ids.first);
    expect(segment).toMatch(/\.zst$/);
    secondary.memory.kept.delete(segment);
    secondary.memory.kept.delete(`points/hourly/${ids.second}/kafka.json`);
    const [cut = ""] = data(ids.third);
    const whole = primary.memory.kept.get(cut);
    if (!whole) throw new Error("no object");
    primary.memory.kept.set(cut, { ...whole, bytes: whole.bytes.slice(0, 5) });
    expect(await heal(places, "hourly")).toEqual({
      healed: [
        { id: ids.first, place: "secondary" },
        { id: ids.second, place: "secondary" },
        { id: ids.third, place: "primary" },
      ],
      failed: [],
    });
    same();
    expect(await verifyPoint(places, "hourly", ids.third, { deep: true })).toMatchObject({ ok: true });
    expect(await heal(places, "hourly")).toEqual({ healed: [], failed: [] });
  });

  test("copies nothing that is not as its hash says, and tells what can be had nowhere", async () => {
    const { places, primary, secondary, ids, data } = await kept();
    const [flipped = ""] = data(ids.first);
    const [lost = ""] = data(ids.third);
    const whole = primary.memory.kept.get(flipped);
    if (!whole) throw new Error("no object");
    const bytes = whole.bytes.slice();
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    primary.memory.kept.set(flipped, { ...whole, bytes });
    secondary.memory.kept.delete(flipped);
    for (const { memory } of places) memory.kept.delete(lost);
    const { healed, failed } = await heal(places, "hourly");
    expect(healed).toEqual([]);
    expect(failed).toEqual([
      {
        id: ids.first,
        place: "secondary",
        why: expect.stringContaining(`${flipped} at primary is not as its hash says`),
      },
      { id: ids.third, place: "primary", why: expect.stringContaining(lost) },
      { id: ids.third, place: "secondary", why: expect.stringContaining(lost) },
    ]);
    expect(secondary.memory.kept.has(flipped)).toBe(false);
  });

  test("brings back what a listed point needs of a pruned one, and nothing that pruning took away", async () => {
    const { places, clock, primary, secondary, ids, data, same } = await kept();
    const NONE = { all: 0, hourly: 1, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
    const taken = `data/hourly/${ids.first}/config/something.json`;
    primary.memory.kept.set(taken, { bytes: new Uint8Array([1]), at: clock.now });
    secondary.memory.kept.set(taken, { bytes: new Uint8Array([1]), at: clock.now });
    await prune(places, "hourly", NONE, { now: clock.now });
    expect(primary.memory.keys("points/")).toContain(`points/hourly/${ids.first}/pruned.json`);
    const [segment = ""] = data(ids.first);
    expect(segment).toMatch(/\.zst$/);
    expect(primary.memory.kept.has(taken)).toBe(false);
    secondary.memory.kept.delete(segment);
    // The other place did not let go of it yet.
    primary.memory.kept.set(taken, { bytes: new Uint8Array([1]), at: clock.now });
    expect(await heal(places, "hourly")).toEqual({ healed: [{ id: ids.first, place: "secondary" }], failed: [] });
    expect(secondary.memory.kept.has(taken)).toBe(false);
    primary.memory.kept.delete(taken);
    same();
  });

  test("where nothing is missing reads the manifests and nothing else, whatever the points hold", async () => {
    const { places, primary, secondary } = await kept();
    const read: string[] = [];
    for (const { memory } of [primary, secondary]) memory.meet((call, key) => void (call === "get" && read.push(key)));
    await heal(places, "hourly");
    expect(read.filter((key) => !key.endsWith("/manifest.json"))).toEqual([]);
    expect(read).toHaveLength(3);
  });

  test("reads an object piece by piece: memory does not depend on its size", async () => {
    const { places, primary, secondary, ids, data } = await kept();
    const [segment = ""] = data(ids.first);
    secondary.memory.kept.delete(segment);
    const ranges: (number | undefined)[] = [];
    const watched = {
      ...primary,
      objects: {
        ...primary.objects,
        get: (key: string, range?: { start: number; endExclusive: number }) => {
          if (key === segment) ranges.push(range && range.endExclusive - range.start);
          return primary.objects.get(key, range);
        },
      },
    };
    await heal([watched, ...places.slice(1)], "hourly");
    expect(secondary.memory.kept.has(segment)).toBe(true);
    expect(ranges.length).toBeGreaterThan(0);
    for (const length of ranges) expect(length).toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});
