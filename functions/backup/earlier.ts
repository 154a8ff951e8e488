import type { KafkaPart, Manifest } from "../../shared/core/backup/format/types.ts";
import { MANIFEST, PRUNED, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { byPoint } from "../../shared/core/backup/run/point-id.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { sha256 } from "./documents.ts";
import { listAll } from "./list-all.ts";
import { openManifest } from "./manifest.ts";
import { readPart } from "./papers.ts";
import type { Place } from "./place.ts";
import { newestVerification } from "./verified.ts";

/** How many points are tried before everything is read anew. */
const TRIED = 5;

/** What lies of a plan's points at one place. */
export interface Shelf {
  readonly place: Place;
  readonly manifests: ReadonlySet<string>;
  readonly pruned: ReadonlySet<string>;
  /** Keys below `points/`. */
  readonly keys: ReadonlySet<string>;
}

/** @throws HeadgateError of a place */
export async function shelfOf(place: Place, plan: string): Promise<Shelf> {
  const [keys, manifests, pruned] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for await (const { key } of listAll(place, `points/${plan}/`)) {
    keys.add(key);
    const [, , id = "", file] = key.split("/");
    if (file === MANIFEST) manifests.add(id);
    if (file === PRUNED) pruned.add(id);
  }
  return { place, keys, manifests, pruned };
}

/** The shelves of all places that answer; places that do not are left out. @throws where none does */
export async function shelves(places: readonly Place[], plan: string): Promise<readonly Shelf[]> {
  const all = await Promise.allSettled(places.map((place) => shelfOf(place, plan)));
  const found = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = all.find((one) => one.status === "rejected");
  if (found.length === 0 && failed) throw failed.reason;
  return found;
}

export interface EarlierPoint {
  readonly manifest: Manifest;
  readonly sha256: string;
  readonly kafka: KafkaPart;
}

/** Bytes of a point's manifest, as they lie at the first place that has it in order. */
export async function manifestBytes(
  places: readonly Place[],
  plan: string,
  id: string,
  hash?: string,
): Promise<Uint8Array | undefined> {
  for (const { objects } of places) {
    const bytes = await objects.get(pointKey(plan, id, MANIFEST)).catch(() => undefined);
    if (!bytes || (hash !== undefined && sha256(bytes) !== hash)) continue;
    try {
      openManifest(bytes, id, { plan, id });
      return bytes;
    } catch {
      // Another place may have it in order.
    }
  }
  return undefined;
}

/** What an earlier point says of its topics. @throws HeadgateError `backup.damaged` where nobody can tell */
export async function earlierPoint(
  places: readonly Place[],
  plan: string,
  { id, sha256: hash }: { readonly id: string; readonly sha256?: string },
): Promise<EarlierPoint> {
  const bytes = await manifestBytes(places, plan, id, hash);
  const { manifest } = bytes ? openManifest(bytes, pointKey(plan, id, MANIFEST), { plan, id }) : {};
  const part = manifest?.parts.find(({ kind }) => kind === "kafka");
  const kafka = part && ((await readPart(places, part)) as KafkaPart | undefined);
  if (!bytes || !manifest || !Array.isArray(kafka?.topics))
    throw new HeadgateError("backup.damaged", `what ${id} says of its topics cannot be read at any destination`);
  return { manifest, sha256: sha256(bytes), kafka };
}

/**
 * The newest point that a run may continue: its papers are in order, it and everything it needs is there, and nobody has found it damaged. Undefined: everything is read
 * anew. `why` says why a newer point is not the one.
 *
 * @throws HeadgateError where no place answers
 */
export async function newestWhole(
  places: readonly Place[],
  plan: string,
  avoid: readonly string[],
): Promise<{ readonly point?: EarlierPoint; readonly why?: string }> {
  const found = await shelves(places, plan);
  const pruned = new Set(found.flatMap((shelf) => [...shelf.pruned]));
  const ids = [...new Set(found.flatMap(({ manifests }) => [...manifests]))].filter((id) => !pruned.has(id));
  const reachable = found.map(({ place }) => place);
  const there = (id: string): boolean => found.some(({ manifests }) => manifests.has(id));
  let why: string | undefined;
  for (const id of ids.sort(byPoint).reverse().slice(0, TRIED)) {
    if (avoid.includes(id)) {
      why ??= `${id} turned out not to be whole`;
      continue;
    }
    try {
      const point = await earlierPoint(reachable, plan, { id });
      const gone = point.manifest.needs.find((need) => !there(need.id));
      if (gone) why ??= `${id} needs ${gone.id}, which is not there`;
      else if ((await newestVerification(reachable, plan, id))?.ok === false)
        why ??= `verification found ${id} damaged`;
      else return { point, ...(why === undefined ? {} : { why }) };
    } catch (error) {
      why ??= error instanceof Error ? error.message : String(error);
    }
  }
  return why === undefined ? {} : { why };
}
