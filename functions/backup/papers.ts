import type { KafkaPart, Manifest, ObjectRef } from "../../shared/core/backup/format/types.ts";
import type { PointPapers } from "../../shared/core/backup/keep/demand.ts";
import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { sha256 } from "./documents.ts";
import { openManifest } from "./manifest.ts";
import type { Place } from "./place.ts";

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * A point's manifest, from the first place that has it as it was written. Undefined: none has any.
 *
 * @throws HeadgateError `backup.damaged` where there is one and nobody can read it, `backup.version` where a newer program wrote it; those of the place
 */
export async function readManifest(places: readonly Place[], plan: string, id: string): Promise<Manifest | undefined> {
  const key = pointKey(plan, id, MANIFEST);
  let trouble: HeadgateError | undefined;
  for (const { name, objects } of places) {
    const bytes = await objects.get(key);
    if (!bytes) continue;
    try {
      return openManifest(bytes, `${key} at ${name}`, { plan, id }).manifest;
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      trouble ??= error;
    }
  }
  if (trouble) throw trouble;
  return undefined;
}

/** A part in order with its hash, from the first place that has it so; undefined: none has. */
export async function readPart(places: readonly Place[], ref: ObjectRef): Promise<unknown> {
  for (const { objects } of places) {
    const bytes = await objects.get(ref.key);
    if (bytes && sha256(bytes) === ref.sha256) return parsed(bytes);
  }
  return undefined;
}

/** What tells what a point needs, its hashes checked; what no place has in order is "unreadable". */
export async function readPapers(places: readonly Place[], manifest: Manifest): Promise<PointPapers> {
  const part = manifest.parts.find(({ kind }) => kind === "kafka");
  if (!part) return { manifest };
  const kafka = (await readPart(places, part)) as KafkaPart | undefined;
  return { manifest, kafka: Array.isArray(kafka?.topics) ? kafka : "unreadable" };
}
