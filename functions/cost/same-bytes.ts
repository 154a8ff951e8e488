import { stat } from "node:fs/promises";
import { hashFile } from "../../shared/edge/hash-file.ts";

/**
 * Files that hold the very bytes of an earlier one, each with that one: a bill that was saved twice is one bill. Only files of the same length
 * are read for it. Standard input ("-") is never looked at.
 */
export async function sameBytes(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const bySize = new Map<number, string[]>();
  for (const file of files) {
    if (file === "-") continue;
    const size = (await stat(file).catch(() => undefined))?.size ?? 0;
    if (size === 0) continue;
    bySize.set(size, [...(bySize.get(size) ?? []), file]);
  }
  const copies = new Map<string, string>();
  for (const alike of bySize.values()) {
    if (alike.length < 2) continue;
    const first = new Map<string, string>();
    for (const file of alike) {
      const hash = await hashFile(file);
      const earlier = hash === undefined ? undefined : first.get(hash);
      if (earlier !== undefined) copies.set(file, earlier);
      else if (hash !== undefined) first.set(hash, file);
    }
  }
  return copies;
}
