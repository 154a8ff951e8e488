import { HeadgateError } from "../core/kernel/errors.ts";
import type { Objects } from "../core/ports/objects.ts";
import type { Tree, TreeFile } from "./local-tree.ts";

const CHUNK_BYTES = 8 * 1_048_576;

/** Bytes of an object, a range at a time. @throws HeadgateError `objects.unavailable` where it is gone or another one in the middle */
export async function* readObject(objects: Objects, key: string, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < size; start += CHUNK_BYTES) {
    const bytes = await objects.get(key, { start, endExclusive: Math.min(size, start + CHUNK_BYTES) });
    if (!bytes || bytes.length !== Math.min(size, start + CHUNK_BYTES) - start)
      throw new HeadgateError("objects.unavailable", `${key} has changed while it was read`, { retryable: true });
    yield bytes;
  }
}

/** What lies below a prefix of an object store, as a folder. */
export function objectsTree(objects: Objects, prefix: string): Tree {
  const sizes = new Map<string, number>();
  return {
    files: async () => {
      const found: TreeFile[] = [];
      let cursor: string | undefined;
      do {
        const page = await objects.list(prefix, cursor === undefined ? {} : { cursor });
        for (const { key, size } of page.items) {
          const path = key.slice(prefix.length);
          // Some tools leave an object of no bytes for a folder.
          if (path === "" || path.endsWith("/")) continue;
          sizes.set(path, size);
          found.push({ path, size });
        }
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found.length === 0 ? undefined : found;
    },
    read: async function* (path) {
      const size = sizes.get(path) ?? (await objects.head(prefix + path))?.size ?? 0;
      yield* readObject(objects, prefix + path, size);
    },
  };
}
