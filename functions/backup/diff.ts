import { diffPoints } from "../../shared/core/backup/compare/points.ts";
import type { OpenPoint, PointDiff } from "../../shared/core/backup/compare/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { readManifest, readPart } from "./papers.ts";
import type { Place } from "./place.ts";

/** A point by its plan and id. */
export interface PointName {
  readonly plan: string;
  readonly id: string;
}

/**
 * Reads the papers of a point, each from the first place that has it in order. Its data is not read.
 *
 * @throws HeadgateError `backup.unknown`, `backup.version`; `backup.damaged` where a part is in order nowhere
 */
export async function openPapers(places: readonly Place[], { plan, id }: PointName): Promise<OpenPoint> {
  const manifest = await readManifest(places, plan, id);
  if (!manifest) throw new HeadgateError("backup.unknown", `there is no restore point ${id} of ${plan}`);
  const parts: Record<string, unknown> = {};
  for (const part of manifest.parts) {
    if (part.kind === "metrics" || part.kind === "state") continue;
    const value = await readPart(places, part);
    if (value === undefined)
      throw new HeadgateError("backup.damaged", `${part.key} is missing or not as its hash says at every destination`);
    parts[part.kind] = value;
  }
  return { manifest, ...parts };
}

/**
 * What is different in one point, seen from another.
 *
 * @throws HeadgateError as {@link openPapers}
 */
export async function diffOf(places: readonly Place[], from: PointName, to: PointName): Promise<PointDiff> {
  return diffPoints(await openPapers(places, from), await openPapers(places, to));
}
