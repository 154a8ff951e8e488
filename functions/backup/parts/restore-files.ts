import { createHash } from "node:crypto";
import type { ObjectRef } from "../../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import { writeInto } from "../../../shared/edge/folder-write.ts";
import { readObject } from "../../../shared/edge/objects-tree.ts";
import type { Place } from "../place.ts";

/** Bytes of an object, checked while they pass. @throws HeadgateError `backup.damaged` at the latest behind the last byte */
export async function* readRef(place: Place, ref: ObjectRef): AsyncGenerator<Uint8Array> {
  const found = await place.objects.head(ref.key);
  const wrong = (what: string) => new HeadgateError("backup.damaged", `${ref.key} at ${place.name} ${what}`);
  if (!found) throw wrong("is not there");
  if (found.size !== ref.size) throw wrong(`has ${found.size} bytes instead of ${ref.size}`);
  const hash = createHash("sha256");
  for await (const chunk of readObject(place.objects, ref.key, ref.size)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== ref.sha256) throw wrong("is not what was written");
}

/**
 * Does something with an object's bytes from the first place where they are whole; what was begun with bytes that turn out wrong is begun anew.
 *
 * @throws HeadgateError `backup.damaged` where they are whole nowhere
 */
export async function fromAny<T>(
  places: readonly Place[],
  ref: ObjectRef,
  use: (bytes: () => AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const said: string[] = [];
  for (const place of places) {
    try {
      return await use(() => readRef(place, ref));
    } catch (error) {
      const passing =
        error instanceof HeadgateError && (error.code === "backup.damaged" || error.code === "objects.unavailable");
      if (!passing) throw error;
      said.push(error.message);
    }
  }
  throw new HeadgateError("backup.damaged", `${ref.key} is at no destination as it was written: ${said.join("; ")}`);
}

/**
 * Writes objects as files below a folder, each checked against its hash; a file appears under its name only when it is whole. What is there with the same size and hash
 * stays; anything else under such a name refuses the restore.
 *
 * @throws HeadgateError `backup.damaged`, `restore.refused`, `data.unwritable`
 */
export async function restoreFiles(
  places: readonly Place[],
  objects: readonly ObjectRef[],
  pathOf: (key: string) => string,
  folder: string,
): Promise<{ readonly written: number; readonly present: number }> {
  let written = 0;
  let present = 0;
  for (const ref of objects) {
    const made = await fromAny(places, ref, (bytes) => writeInto(folder, pathOf(ref.key), ref, bytes));
    if (made) written += 1;
    else present += 1;
  }
  return { written, present };
}

/** Path behind a folder of the point's data: "data/hourly/bkp_…/metrics/01AB/chunks/000001" is "01AB/chunks/000001". */
export const behind =
  (folder: string) =>
  (key: string): string => {
    const at = key.indexOf(`/${folder}/`);
    if (at < 0) throw new HeadgateError("backup.damaged", `${key} does not lie in ${folder}`);
    return key.slice(at + folder.length + 2);
  };
