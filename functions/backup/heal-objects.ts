import type { Manifest, ObjectRef } from "../../shared/core/backup/format/types.ts";
import { demandOf } from "../../shared/core/backup/keep/demand.ts";
import { idOf, MANIFEST, PRUNED, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { chainOrder } from "../../shared/core/backup/keep/prune.ts";
import { byPoint } from "../../shared/core/backup/run/point-id.ts";
import { bounded } from "../bounded.ts";
import { copyTo } from "./copy-between.ts";
import { manifestBytes } from "./earlier.ts";
import type { Healed } from "./heal.ts";
import { listAll } from "./list-all.ts";
import { openManifest } from "./manifest.ts";
import { readManifest, readPapers } from "./papers.ts";
import type { Place } from "./place.ts";

/** Each has some pieces of 8 MiB in hand. */
const AT_ONCE = 4;

/** Sizes of what lies of each point at one place, by id and key. */
interface Stock {
  readonly place: Place;
  readonly points: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const NOTHING: ReadonlyMap<string, number> = new Map();

async function stockOf(place: Place, plan: string): Promise<Stock> {
  const points = new Map<string, Map<string, number>>();
  for (const folder of ["points", "data"])
    for await (const { key, size } of listAll(place, `${folder}/${plan}/`)) {
      const id = idOf(key);
      if (id === undefined) continue;
      const of = points.get(id) ?? new Map<string, number>();
      points.set(id, of.set(key, size));
    }
  return { place, points };
}

const at = ({ points }: Stock, id: string) => points.get(id) ?? NOTHING;

/** Whether all of these places have the same of a point, as far as a list tells. */
function alike(stocks: readonly Stock[], id: string): boolean {
  const [first = NOTHING, ...others] = stocks.map((stock) => at(stock, id));
  return others.every(
    (other) => other.size === first.size && [...first].every(([key, size]) => other.get(key) === size),
  );
}

/** What of pruned points the listed ones still need; the rest is left to go. @throws HeadgateError where a manifest can be read nowhere */
async function neededOfPruned(
  places: readonly Place[],
  plan: string,
  ids: readonly string[],
  pruned: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly ObjectRef[]>> {
  const manifests = (await bounded(ids, AT_ONCE, (id) => readManifest(places, plan, id))).flatMap((one) => one ?? []);
  const known = new Map(manifests.map((manifest) => [manifest.id, manifest]));
  const demand = demandOf();
  const needed = new Map<string, readonly ObjectRef[]>();
  for (const { id } of chainOrder(manifests).reverse()) {
    const manifest = known.get(id) as Manifest;
    const keys = demand.take(await readPapers(places, manifest), !pruned.has(id));
    if (!pruned.has(id) || (keys !== "all" && keys.size === 0)) continue;
    const { objects, parts } = manifest;
    needed.set(id, [...parts, ...objects.filter(({ key }) => keys === "all" || keys.has(key))]);
  }
  return needed;
}

/**
 * Copies objects that a place lacks, or has cut short, although it has the point's manifest: somebody removed them, or a disk lost them. Where all places have the same,
 * this costs a list and the manifests. Bytes that changed at their full length are found by verification, not here.
 *
 * @param places those that answer
 * @param objectsOf everything a point refers to
 * @param more false: no other point is begun
 * @throws HeadgateError of a place that cannot be listed
 */
export async function healObjects(
  places: readonly Place[],
  plan: string,
  objectsOf: (places: readonly Place[], manifest: Manifest) => Promise<readonly ObjectRef[]>,
  more: () => boolean,
): Promise<Healed> {
  const stocks = await Promise.all(places.map((place) => stockOf(place, plan)));
  const has = (stock: Stock, id: string, file: string) => at(stock, id).has(pointKey(plan, id, file));
  const all = [...new Set(stocks.flatMap(({ points }) => [...points.keys()]))];
  const ids = all.filter((id) => stocks.some((stock) => has(stock, id, MANIFEST))).sort(byPoint);
  const pruned = new Set(ids.filter((id) => stocks.some((stock) => has(stock, id, PRUNED))));
  const healed: { id: string; place: string }[] = [];
  const failed: { id: string; place: string; why: string }[] = [];

  const mend = async (id: string, holders: readonly Stock[], refs: readonly ObjectRef[]): Promise<void> => {
    for (const { place, points } of holders) {
      const here = (key: string) => points.get(idOf(key) ?? id)?.get(key);
      const lacking = refs.filter(({ key, size }) => here(key) !== size);
      const troubles: string[] = [];
      await bounded(lacking, AT_ONCE, (ref) =>
        copyTo(place, places, ref).catch((error: unknown) => {
          troubles.push(error instanceof Error ? error.message : String(error));
        }),
      );
      const [why] = troubles;
      if (why !== undefined) failed.push({ id, place: place.name, why });
      else if (lacking.length > 0) healed.push({ id, place: place.name });
    }
  };

  let needed: ReturnType<typeof neededOfPruned> | undefined;
  for (const id of ids) {
    if (!more()) break;
    const holders = stocks.filter((stock) => has(stock, id, MANIFEST));
    const same = alike(holders, id);
    // What is left of a pruned point lies where a younger one needs it: only where places differ has anybody to ask.
    if (pruned.has(id) && same) continue;
    try {
      if (pruned.has(id)) {
        needed ??= neededOfPruned(places, plan, ids, pruned);
        await mend(id, holders, (await needed).get(id) ?? []);
        continue;
      }
      const bytes = await manifestBytes(
        holders.map(({ place }) => place),
        plan,
        id,
      );
      // In order nowhere: that is for verification to say.
      if (!bytes) continue;
      const { manifest } = openManifest(bytes, id, { plan, id });
      await mend(id, holders, same ? [...manifest.parts, ...manifest.objects] : await objectsOf(places, manifest));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failed.push({ id, place: holders[0]?.place.name ?? "", why });
    }
  }
  return { healed, failed };
}
