import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { KeyNames } from "./object-file.ts";
import { byBytes } from "./object-key.ts";

export interface Found {
  readonly key: string;
  readonly path: string;
}

interface Entry {
  /** Decoded, with a "/" behind it for a part that has objects below. */
  readonly text: string;
  readonly path: string;
  readonly below: boolean;
}

/** Entries of one directory of a key part; the pieces of long parts are put together first. */
async function entries(names: KeyNames, directory: string, carried = ""): Promise<Entry[]> {
  const there = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // A remover may have taken the empty directory away.
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const found: Entry[] = [];
  for (const one of there) {
    const { name } = one;
    const { kind, text } = names.entryOf(name, one.isDirectory());
    const path = join(directory, name);
    if (kind === "more") found.push(...(await entries(names, path, carried + text)));
    else {
      const decoded = names.partOf(carried + text);
      if (decoded) found.push({ text: kind === "part" ? `${decoded}/` : decoded, path, below: kind === "part" });
    }
  }
  return found;
}

/**
 * Objects below a directory in order of the UTF-8 bytes of their keys, only those that start with `prefix` and come after
 * `after`. Reads a directory when it gets there: a page of a large store costs about a page.
 */
export async function* walk(
  names: KeyNames,
  directory: string,
  prefix: string,
  after: string | undefined,
  base = "",
): AsyncGenerator<Found> {
  const sorted = (await entries(names, directory)).sort((a, b) => byBytes(a.text, b.text));
  for (const entry of sorted) {
    const key = base + entry.text;
    const early = after !== undefined && byBytes(key, after) <= 0;
    if (!entry.below) {
      if (key.startsWith(prefix) && !early) yield { key, path: entry.path };
    } else if (key.startsWith(prefix) || prefix.startsWith(key)) {
      if (!early || after?.startsWith(key)) yield* walk(names, entry.path, prefix, after, key);
    }
  }
}
