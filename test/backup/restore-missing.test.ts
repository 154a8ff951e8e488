import { describe, expect, test } from "vitest";
import { restorePlanOf } from "../../functions/backup/asks.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { openRestore } from "../../functions/backup/restore-open.ts";
import { beginRestore, driveRestore } from "../../functions/backup/restore-run.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { backupWorld } from "./run-kit.ts";

const COPY = { prefix: "copy-" };

/** Two points, the second an increment of the first; every partition has records in both. */
async function backedUp(partitions = 2) {
  const world = backupWorld();
  const { log, places } = world;
  await log.createTopic({ name: "orders", partitions, replicationFactor: 1, configs: [] });
  const ids: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let at = 0; at < partitions; at += 1) log.produce("orders", at, [{ value: `${round}` }]);
    const { point } = await driveRun(world.context());
    ids.push(point?.id ?? "");
    world.clock.now += HOUR_MS;
  }
  const [older = "", newer = ""] = ids;
  const [segment = ""] = places[0]?.memory.keys(`data/hourly/${older}/`) ?? [];
  expect(segment).toMatch(/\.zst$/);
  return { ...world, older, newer, segment };
}

describe("a plan of a restore", () => {
  test("names objects that no destination has, of earlier points too; a restore does not come to its end without them", async () => {
    const { places, context: of, newer, segment } = await backedUp();
    for (const { memory } of places) memory.kept.delete(segment);
    const plan = await restorePlanOf(of(), newer, COPY);
    expect(plan.missing).toEqual([{ key: segment, why: "it is not at primary, is not at secondary" }]);
    expect(plan.warnings).toContainEqual(
      expect.stringContaining("1 object that this needs can be had at no destination"),
    );
    const context = of();
    const open = (job: { readonly point: string; readonly cluster: string }) =>
      openRestore(context, job.point, job.cluster);
    const ask = { plan: "hourly", point: newer, cluster: "main", request: COPY, by: "ops", why: "" };
    const { id } = await beginRestore(context.runtime, "default", open, ask);
    const job = await driveRestore(context.runtime, "default", open, id);
    expect(job.phase).not.toBe("done");
    expect([...job.faults, job.result].join()).toContain(segment);
  });

  test("misses nothing where another destination has it, nor what it does not read", async () => {
    const { places, context: of, older, newer, segment } = await backedUp();
    places[0]?.memory.kept.delete(segment);
    expect(await restorePlanOf(of(), newer, COPY)).not.toHaveProperty("missing");
    places[1]?.memory.kept.delete(segment);
    expect((await restorePlanOf(of(), newer, COPY)).missing).toHaveLength(1);
    const onlyNew = { ...COPY, slices: [{ topic: "orders", partition: 0, from: 1, to: 2 }] };
    const sliced = await restorePlanOf(of(), newer, onlyNew);
    expect(sliced.totals.records).toBe(1);
    expect(sliced).not.toHaveProperty("missing");
    expect((await restorePlanOf(of(), older, COPY)).missing).toHaveLength(1);
  });

  test("tells an object that is cut short, and a destination that could not be asked", async () => {
    const { places, context: of, newer, segment } = await backedUp();
    const [primary, secondary] = places;
    const whole = primary?.memory.kept.get(segment);
    if (!whole || !secondary) throw new Error("no object");
    primary?.memory.kept.set(segment, { ...whole, bytes: whole.bytes.slice(0, 7) });
    secondary.memory.meet((call, key) => {
      if (call === "head" && key === segment) throw new Error("no answer");
    });
    const { missing } = await restorePlanOf(of(), newer, COPY);
    expect(missing).toEqual([
      {
        key: segment,
        why: `it has 7 of ${whole.bytes.length} bytes at primary, cannot be looked for at secondary (no answer)`,
      },
    ]);
  });

  test("looks with one list for each point however many objects it reads, and reads none of them", async () => {
    const { places, context: of, older, newer } = await backedUp(3);
    const [primary] = places;
    const [key = ""] = primary?.memory.keys(`points/hourly/${older}/manifest.json`) ?? [];
    expect(key).not.toBe("");
    const calls: string[] = [];
    for (const { memory } of places) memory.meet((call, at) => void calls.push(`${call} ${at}`));
    expect(await restorePlanOf(of(), newer, COPY)).not.toHaveProperty("missing");
    const looked = calls.filter((call) => /^(head|list|get) data\//.test(call));
    expect(looked.filter((call) => call.startsWith("get"))).toEqual([]);
    expect(looked.length).toBeLessThanOrEqual(4);
  });
});
