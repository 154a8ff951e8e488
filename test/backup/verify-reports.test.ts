import { expect, test } from "vitest";
import { sealManifest } from "../../functions/backup/manifest.ts";
import type { Place } from "../../functions/backup/place.ts";
import { openSource } from "../../functions/backup/restore-source.ts";
import { newestVerification } from "../../functions/backup/verified.ts";
import { verifyPoint } from "../../functions/backup/verify.ts";
import type { Manifest } from "../../shared/core/backup/format/types.ts";
import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { makePoint, memoryPlaces } from "./point-kit.ts";

const [FULL, NEXT] = ["bkp_20261123_070000", "bkp_20261123_080000"];

/** Two points at one place; the younger one was found in order. */
async function verified(): Promise<readonly [Place]> {
  const log = memoryStreams({ now: () => 1_700_000_000_000 });
  await log.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: [] });
  const [place] = memoryPlaces("only") as [Place];
  log.produce("orders", 0, [{ value: "1" }, { value: "2" }]);
  const full = await makePoint(log, [place], FULL);
  log.produce("orders", 0, [{ value: "3" }]);
  await makePoint(log, [place], NEXT, full);
  expect(await verifyPoint([place], "p", NEXT, { now: () => 77 })).toMatchObject({ ok: true, usable: true });
  return [place];
}

async function edited(place: Place, how: (manifest: Manifest) => Manifest): Promise<void> {
  const key = pointKey("p", NEXT, MANIFEST);
  const manifest = JSON.parse(new TextDecoder().decode(await place.objects.get(key))) as Manifest;
  await place.objects.put(key, sealManifest(how(manifest)));
}

test("a report of an earlier look that was changed is named, and does not take the point away", async () => {
  const places = await verified();
  const key = `verified/p/${NEXT}/77.json`;
  const [{ objects }] = places;
  const before = (await objects.get(key)) as Uint8Array;
  for (const at of [0, before.length >> 1, before.length - 1]) {
    const bytes = before.slice();
    bytes[at] = (bytes[at] as number) ^ 1;
    await objects.put(key, bytes);
    const found = await verifyPoint(places, "p", NEXT, { now: () => 78 });
    expect(found).toMatchObject({ ok: false, usable: true, faults: [{ place: "only", key }] });
    expect(found.text).toContain(key);
    await objects.put(key, before);
    expect(await newestVerification(places, "p", NEXT)).toMatchObject({ ok: true });
  }
  expect(await verifyPoint(places, "p", NEXT, { now: () => 79 })).toMatchObject({ ok: true });
});

test("a manifest that was changed together with its own hash is not the one that was in order before", async () => {
  const places = await verified();
  await edited(places[0], (manifest) => ({ ...manifest, totals: { ...manifest.totals, records: 5 } }));
  const found = await verifyPoint(places, "p", NEXT, { now: () => 78 });
  expect(found).toMatchObject({ ok: false, faults: [{ key: pointKey("p", NEXT, MANIFEST) }] });
});

test("a point whose manifest hides what it needs is not restored as if what is left were all", async () => {
  const places = await verified();
  await expect(openSource(places, "p", NEXT)).resolves.toBeDefined();
  await edited(places[0], (manifest) => ({ ...manifest, needs: [] }));
  await expect(openSource(places, "p", NEXT)).rejects.toMatchObject({
    code: "backup.damaged",
    message: expect.stringMatching(/kafka\.json: orders-0: its chunks hold 1 records, not 3/),
  });
});
