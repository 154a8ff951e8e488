import type { Manifest, ObjectRef } from "../../shared/core/backup/format/types.ts";
import { MANIFEST, PRUNED, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { byPoint } from "../../shared/core/backup/run/point-id.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { bounded } from "../bounded.ts";
import { copyTo } from "./copy-between.ts";
import { manifestBytes, shelfOf, shelves } from "./earlier.ts";
import { healObjects } from "./heal-objects.ts";
import { openManifest } from "./manifest.ts";
import { readPart } from "./papers.ts";
import type { Place } from "./place.ts";
import { refsIn } from "./refs-in.ts";

const AT_ONCE = 8;
/** A chain of points that need each other is no longer than what a run lets it become. */
const DEEPEST = 10_000;

export interface Healed {
  /** Points that are whole at a place now, and were not. */
  readonly healed: readonly { readonly id: string; readonly place: string }[];
  readonly failed: readonly { readonly id: string; readonly place: string; readonly why: string }[];
}

async function objectsOf(places: readonly Place[], manifest: Manifest): Promise<readonly ObjectRef[]> {
  const beside: ObjectRef[] = [];
  for (const part of manifest.parts)
    if (part.kind !== "kafka") {
      const value = await readPart(places, part);
      if (value === undefined) throw new HeadgateError("backup.damaged", `${part.key} is in order nowhere`);
      refsIn(value, beside);
    }
  const own = beside.filter(({ key }) => key.startsWith("data/"));
  const all = [...manifest.objects, ...own, ...manifest.parts.map(({ key, size, sha256 }) => ({ key, size, sha256 }))];
  return [...new Map(all.map((ref) => [ref.key, ref])).values()];
}

/**
 * Makes one point whole at a place that does not have it: first the points it needs, then its objects and parts, its manifest last and with the same bytes.
 *
 * @param also it is needed by another one: what is left of a pruned point is enough
 * @throws HeadgateError of a place; `backup.damaged` where something is in order nowhere
 */
export async function healPoint(
  places: readonly Place[],
  place: Place,
  plan: string,
  id: string,
  { also = false, depth = 0 }: { readonly also?: boolean; readonly depth?: number } = {},
): Promise<void> {
  const others = places.filter((one) => one.name !== place.name);
  const key = pointKey(plan, id, MANIFEST);
  if (depth > DEEPEST) throw new HeadgateError("backup.damaged", `${id} needs itself`);
  if (await place.objects.head(key)) return;
  const bytes = await manifestBytes(others, plan, id);
  if (!bytes) throw new HeadgateError("backup.damaged", `${key} is in order at no other destination that answers`);
  const { manifest } = openManifest(bytes, key, { plan, id });
  const there = await shelfOf(place, plan);
  for (const need of manifest.needs)
    if (!there.manifests.has(need.id)) await healPoint(places, place, plan, need.id, { also: true, depth: depth + 1 });
  const pruned = also && (await markOf(others, plan, id));
  const refs = await objectsOf(others, manifest);
  await bounded(refs, AT_ONCE, async (ref) => {
    try {
      await copyTo(place, others, ref);
    } catch (error) {
      // Of a pruned point only that is left which somebody needs.
      const gone = pruned && (await Promise.all(others.map((one) => one.objects.head(ref.key)))).every((one) => !one);
      if (!gone) throw error;
    }
  });
  // Marked before it is there: it must not be listed again.
  if (pruned) await place.objects.put(pointKey(plan, id, PRUNED), pruned);
  try {
    await place.objects.put(key, bytes, { ifAbsent: true, contentType: "application/json" });
  } catch (error) {
    if (!(error instanceof HeadgateError && error.code === "objects.exists")) throw error;
  }
}

async function markOf(places: readonly Place[], plan: string, id: string): Promise<Uint8Array | undefined> {
  for (const { objects } of places) {
    const bytes = await objects.get(pointKey(plan, id, PRUNED)).catch(() => undefined);
    if (bytes) return bytes;
  }
  return undefined;
}

/**
 * Makes every point of a plan whole at each place that answers, the oldest first: points that are not there, then objects that are missing beside a manifest. Breaking off is harmless: what was copied stays, and the next call goes on.
 *
 * @param more false: no other point is begun
 * @throws HeadgateError where no place answers
 */
export async function heal(places: readonly Place[], plan: string, more: () => boolean = () => true): Promise<Healed> {
  const found = await shelves(places, plan);
  const pruned = new Set(found.flatMap((shelf) => [...shelf.pruned]));
  const ids = [...new Set(found.flatMap(({ manifests }) => [...manifests]))]
    .filter((id) => !pruned.has(id))
    .sort(byPoint);
  const reachable = found.map(({ place }) => place);
  const healed: { id: string; place: string }[] = [];
  const failed: { id: string; place: string; why: string }[] = [];
  for (const { place, manifests } of found)
    for (const id of ids) {
      if (manifests.has(id) || !more()) continue;
      try {
        await healPoint(reachable, place, plan, id);
        healed.push({ id, place: place.name });
      } catch (error) {
        failed.push({ id, place: place.name, why: error instanceof Error ? error.message : String(error) });
      }
    }
  const beside = await healObjects(reachable, plan, objectsOf, more);
  const known = new Set([...healed, ...failed].map(({ id, place }) => `${id} ${place}`));
  const fresh = <T extends { readonly id: string; readonly place: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ id, place }) => !known.has(`${id} ${place}`));
  return { healed: [...healed, ...fresh(beside.healed)], failed: [...failed, ...fresh(beside.failed)] };
}
