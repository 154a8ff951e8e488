import { createHash } from "node:crypto";
import type { ObjectRef } from "../../shared/core/backup/format/types.ts";
import type { VerifyFault } from "../../shared/core/backup/format/verification.ts";
import type { Place } from "./place.ts";

/** Bytes of one read: bounds memory whatever the size of an object. */
const READ_BYTES = 4 * 1024 * 1024;

/** What is wrong with an object at a place, a sentence; undefined: every byte is as it was written. `onBytes` is told of every read. */
export async function verifyObject(
  { name, objects }: Place,
  { key, size, sha256 }: ObjectRef,
  onBytes: (bytes: number) => void,
): Promise<Pick<VerifyFault, "what" | "kind"> | undefined> {
  const damaged = (what: string) => ({ what, kind: "damaged" }) as const;
  const hash = createHash("sha256");
  let at = 0;
  try {
    for (;;) {
      // One byte more than there should be: an object that is longer shows itself.
      const range = { start: at, endExclusive: Math.min(at + READ_BYTES, size + 1) };
      const bytes = await objects.get(key, range);
      if (!bytes) return damaged(`${key} at ${name} is not there`);
      hash.update(bytes);
      at += bytes.length;
      onBytes(bytes.length);
      if (at > size) return damaged(`${key} at ${name} is longer than the ${size} bytes it should have`);
      if (bytes.length < range.endExclusive - range.start || at === range.endExclusive - 1) break;
    }
  } catch (error) {
    return { what: `${key} at ${name} cannot be read: ${(error as Error).message}`, kind: "unread" };
  }
  if (at < size) return damaged(`${key} at ${name} is cut short: ${at} of ${size} bytes are there`);
  return hash.digest("hex") === sha256
    ? undefined
    : damaged(`${key} at ${name} is damaged: its ${size} bytes are not what its hash says`);
}
