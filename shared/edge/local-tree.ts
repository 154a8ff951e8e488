import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file below a folder. `path` is relative to it, with "/". */
export interface TreeFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A folder's files as a copy needs them, wherever it lies. */
export interface Tree {
  /** In order of their paths; undefined: there is no such folder. */
  files(): Promise<readonly TreeFile[] | undefined>;
  read(path: string): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 1_048_576;

/** A folder of this machine. Links are followed only to files. */
export function localTree(folder: string): Tree {
  const walk = async (below: string): Promise<TreeFile[]> => {
    const found: TreeFile[] = [];
    const entries = await readdir(join(folder, below), { withFileTypes: true });
    for (const entry of entries) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) found.push(...(await walk(path)));
      else {
        const is = await stat(join(folder, path));
        if (is.isFile()) found.push({ path, size: is.size });
      }
    }
    return found;
  };
  return {
    files: async () => {
      try {
        return (await walk("")).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw error;
      }
    },
    read: (path) => createReadStream(join(folder, path), { highWaterMark: CHUNK_BYTES }),
  };
}
