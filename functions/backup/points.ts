import type { Manifest } from "../../shared/core/backup/format/types.ts";
import { MANIFEST, PRUNED, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { byPoint } from "../../shared/core/backup/run/point-id.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { ahead, listAll } from "./list-all.ts";
import { openManifest } from "./manifest.ts";
import type { Place } from "./place.ts";

/** Manifests that are read at a time. */
const WIDTH = 16;

/** Something that is not as it was written, or not there: where, which object, and a sentence without its key. */
export interface PointFault {
  readonly place: string;
  readonly key: string;
  readonly code: "backup.damaged" | "backup.version" | "objects.unavailable";
  readonly what: string;
}

export interface ListedPoint {
  readonly plan: string;
  readonly id: string;
  readonly manifest: Manifest;
  /** Of the manifest's bytes. */
  readonly sha256: string;
  /** Places that have its manifest, its parts and the manifests of all it needs. */
  readonly at: readonly string[];
  /** Destinations of the manifest that do not, as far as could be seen: the point is degraded. Where none of them is among the places, places that do not. */
  readonly missing: readonly string[];
  readonly whole: boolean;
  /** Why places do not have it in order. */
  readonly faults: readonly PointFault[];
}

export interface PointList {
  /** By plan, then newest first. */
  readonly points: readonly ListedPoint[];
  /** Points of which no manifest can be read anywhere, and why. */
  readonly unreadable: readonly {
    readonly plan: string;
    readonly id: string;
    readonly faults: readonly PointFault[];
  }[];
  /** Places that did not answer: what they have is not known. */
  readonly unreachable: readonly { readonly place: string; readonly what: string }[];
}

/** Sizes of what lies below `points/` at one place, by key. */
interface Shelf {
  readonly place: Place;
  readonly sizes: ReadonlyMap<string, number>;
}

export const faultOf = (place: Place, key: string, error: unknown): PointFault => {
  const known = error instanceof HeadgateError ? error.code : undefined;
  const code = known === "backup.damaged" || known === "backup.version" ? known : "objects.unavailable";
  return { place: place.name, key, code, what: error instanceof Error ? error.message : String(error) };
};

async function shelfOf(place: Place, prefix: string): Promise<Shelf> {
  const sizes = new Map<string, number>();
  for await (const { key, size } of listAll(place, prefix)) sizes.set(key, size);
  return { place, sizes };
}

/** `[plan, id]` of every manifest that lies anywhere and whose point was not pruned. */
function idsOn(shelves: readonly Shelf[]): readonly (readonly [string, string])[] {
  const found = new Map<string, readonly [string, string]>();
  const pruned = new Set<string>();
  for (const { sizes } of shelves)
    for (const key of sizes.keys()) {
      const [, plan, id, file] = key.split("/");
      if (plan === undefined || id === undefined) continue;
      if (file === MANIFEST) found.set(`${plan}/${id}`, [plan, id]);
      if (file === PRUNED) pruned.add(`${plan}/${id}`);
    }
  return [...found].filter(([key]) => !pruned.has(key)).map(([, point]) => point);
}

/** What a place lacks of a point, seen from its list alone. */
function lacks({ place, sizes }: Shelf, { plan, parts, needs }: Manifest): PointFault[] {
  const fault = (key: string, what: string): PointFault => ({ place: place.name, key, code: "backup.damaged", what });
  return [
    ...parts.flatMap(({ key, size }) => {
      const found = sizes.get(key);
      if (found === size) return [];
      return fault(key, found === undefined ? `${key} is not there` : `${key} has ${found} bytes, not ${size}`);
    }),
    ...needs.flatMap(({ id }) => {
      const key = pointKey(plan, id, MANIFEST);
      return sizes.has(key) ? [] : fault(key, `${key}, which this point needs, is not there`);
    }),
  ];
}

async function examine(shelves: readonly Shelf[], places: readonly string[], plan: string, id: string) {
  const key = pointKey(plan, id, MANIFEST);
  const faults: PointFault[] = [];
  const found = await Promise.all(
    shelves.map(async (shelf) => {
      if (!shelf.sizes.has(key)) return undefined;
      try {
        const bytes = await shelf.place.objects.get(key);
        return bytes && { shelf, ...openManifest(bytes, `${key} at ${shelf.place.name}`, { plan, id }) };
      } catch (error) {
        faults.push(faultOf(shelf.place, key, error));
        return undefined;
      }
    }),
  );
  const read = found.flatMap((one) => one ?? []);
  const [first] = read;
  if (!first) return { plan, id, faults };
  const at: string[] = [];
  for (const { shelf, manifest, sha256 } of read) {
    const other = sha256 !== first.sha256;
    const missing = other ? [] : lacks(shelf, manifest);
    if (other)
      faults.push({
        place: shelf.place.name,
        key,
        code: "backup.damaged",
        what: `${key} differs from the one at ${first.shelf.place.name}`,
      });
    faults.push(...missing);
    if (!other && missing.length === 0) at.push(shelf.place.name);
  }
  const { destinations } = first.manifest;
  // Looked at under other names, such as a folder instead of a destination's name: what counts is what lies there.
  const known = destinations.some((name) => places.includes(name));
  const missing = (known ? destinations : places).filter((name) => !at.includes(name));
  return { plan, id, manifest: first.manifest, sha256: first.sha256, at, missing, whole: missing.length === 0, faults };
}

/**
 * All restore points of a plan, or of all plans, by what lies at the places: one list and the manifests, no other object is read. Points that were pruned are not told.
 *
 * @throws HeadgateError `objects.unavailable` where no place answers
 */
export async function listPoints(places: readonly Place[], plan?: string): Promise<PointList> {
  const prefix = plan === undefined ? "points/" : `points/${plan}/`;
  const unreachable: { place: string; what: string }[] = [];
  let trouble: unknown;
  const looked = await Promise.all(
    places.map(async (place) => {
      try {
        return await shelfOf(place, prefix);
      } catch (error) {
        trouble ??= error;
        unreachable.push({ place: place.name, what: faultOf(place, prefix, error).what });
        return undefined;
      }
    }),
  );
  const shelves = looked.flatMap((shelf) => shelf ?? []);
  if (shelves.length === 0 && trouble !== undefined) throw trouble;
  const names = places.map(({ name }) => name);
  const points: ListedPoint[] = [];
  const unreadable: PointList["unreadable"][number][] = [];
  for await (const one of ahead(idsOn(shelves), WIDTH, ([of, id]) => examine(shelves, names, of, id)))
    if (one.manifest) points.push(one);
    else unreadable.push(one);
  const newest = (a: { plan: string; id: string }, b: { plan: string; id: string }) =>
    a.plan < b.plan ? -1 : a.plan > b.plan ? 1 : byPoint(b.id, a.id);
  return { points: points.sort(newest), unreadable: unreadable.sort(newest), unreachable };
}
