import { createHash } from "node:crypto";
import type { ObjectRef } from "../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Place } from "./place.ts";

/** Bytes of one read. */
const PIECE = 8 * 1024 * 1024;

async function* pieces(from: Place, { key, size, sha256 }: ObjectRef): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for (let at = 0; at < size; at += PIECE) {
    const bytes = await from.objects.get(key, { start: at, endExclusive: Math.min(size, at + PIECE) });
    if (!bytes || bytes.length !== Math.min(PIECE, size - at))
      throw new HeadgateError("backup.damaged", `${key} at ${from.name} is missing or too short`);
    hash.update(bytes);
    yield bytes;
  }
  // Nothing is visible at the other place when this is thrown.
  if (hash.digest("hex") !== sha256)
    throw new HeadgateError("backup.damaged", `${key} at ${from.name} is not as its hash says`);
}

/**
 * Copies an object to a place that does not have it, from the first of the others that has it in order. Bounded memory; nothing is overwritten that is there with the
 * right size.
 *
 * @throws HeadgateError of the place, `backup.damaged` where no other one has it in order
 */
export async function copyTo(place: Place, others: readonly Place[], ref: ObjectRef): Promise<void> {
  if ((await place.objects.head(ref.key))?.size === ref.size) return;
  let last: unknown;
  for (const from of others) {
    if (from.name === place.name) continue;
    try {
      await place.objects.putStream(ref.key, pieces(from, ref));
      return;
    } catch (error) {
      last = error;
    }
  }
  throw last ?? new HeadgateError("backup.damaged", `${ref.key} is at no other destination`);
}
