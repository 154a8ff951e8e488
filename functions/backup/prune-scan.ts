import type { Manifest } from "../../shared/core/backup/format/types.ts";
import type { Verification } from "../../shared/core/backup/format/verification.ts";
import { FOLDERS, idOf, MANIFEST, PRUNED, pointKey } from "../../shared/core/backup/keep/keys.ts";
import type { Lying } from "../../shared/core/backup/keep/plan.ts";
import type { PointFacts } from "../../shared/core/backup/keep/types.ts";
import { ahead, listAll } from "./list-all.ts";
import { readManifest } from "./papers.ts";
import type { Place } from "./place.ts";
import { isDamage } from "./verified.ts";

/** Reads of a place that are under way at a time. */
export const WIDTH = 8;

/** What one place holds of a plan. */
export interface Scan {
  readonly place: Place;
  readonly lying: readonly Lying[];
  /** Points with a manifest, and those with a mark that they were pruned. */
  readonly manifests: ReadonlySet<string>;
  readonly pruned: ReadonlySet<string>;
}

export async function scanPlace(place: Place, plan: string): Promise<Scan> {
  const lying: Lying[] = [];
  const [manifests, pruned] = [new Set<string>(), new Set<string>()];
  for (const folder of FOLDERS)
    for await (const { key, size, modifiedAt } of listAll(place, `${folder}/${plan}/`)) {
      const id = idOf(key);
      if (id === undefined) continue;
      lying.push({ key, size, modifiedAt });
      if (key === pointKey(plan, id, MANIFEST)) manifests.add(id);
      if (key === pointKey(plan, id, PRUNED)) pruned.add(id);
    }
  return { place, lying, manifests, pruned };
}

export interface KnownPoint extends PointFacts {
  /** Read once: a plan of years has some thousands of them, of some KB each. */
  readonly manifest: Manifest;
  readonly needs: Manifest["needs"];
  readonly pruned: boolean;
}

const decoder = new TextDecoder();

/** Newest verification of each point, by the time in its key. */
function newestChecks(scans: readonly Scan[]): ReadonlyMap<string, { readonly key: string; readonly place: Place }> {
  const newest = new Map<string, { key: string; place: Place }>();
  for (const { place, lying } of scans)
    for (const { key } of lying) {
      const id = key.startsWith("verified/") ? idOf(key) : undefined;
      if (id === undefined) continue;
      const known = newest.get(id);
      if (known === undefined || key > known.key) newest.set(id, { key, place });
    }
  return newest;
}

async function checkOf(found: { readonly key: string; readonly place: Place } | undefined) {
  const bytes = found && (await found.place.objects.get(found.key));
  if (!bytes) return {};
  try {
    const { ok, faults } = JSON.parse(decoder.decode(bytes)) as Partial<Verification>;
    if (ok === true) return { verified: "ok" as const };
    // That a place did not answer says nothing of the bytes.
    const damaged = ok === false && (!Array.isArray(faults) || faults.some(isDamage));
    return damaged ? { verified: "failed" as const } : {};
  } catch {
    return {};
  }
}

/**
 * What is known of every point that lies anywhere. A point counts as pruned where any place says so.
 *
 * @throws HeadgateError `backup.damaged`, `backup.version` where a manifest cannot be read at any place: nobody can tell what it needs
 */
export async function knownPoints(scans: readonly Scan[], plan: string): Promise<readonly KnownPoint[]> {
  const ids = [...new Set(scans.flatMap(({ manifests }) => [...manifests]))].sort();
  const checks = newestChecks(scans);
  const load = async (id: string): Promise<KnownPoint | undefined> => {
    const holders = scans.filter(({ manifests }) => manifests.has(id));
    const manifest = await readManifest(
      holders.map(({ place }) => place),
      plan,
      id,
    );
    if (!manifest) return undefined;
    const { cutAt, needs, destinations } = manifest;
    return {
      id,
      manifest,
      cutAt,
      needs,
      whole: scans.every(({ place, manifests }) => manifests.has(id) || !destinations.includes(place.name)),
      pruned: scans.some((scan) => scan.pruned.has(id)),
      ...(await checkOf(checks.get(id))),
    };
  };
  const points: KnownPoint[] = [];
  for await (const point of ahead(ids, WIDTH, load)) if (point) points.push(point);
  return points;
}
