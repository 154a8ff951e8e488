import { readFile, stat } from "node:fs/promises";
import { HeadgateError } from "../core/kernel/errors.ts";
import { localTree } from "./local-tree.ts";

/** Configuration is small; a larger file is something else. */
const MOST_BYTES = 4_194_304;
const MOST_FILES = 1_000;

export interface ReadPath {
  /** As it was given; of a folder with the path below it. */
  readonly name: string;
  /** Absent: was not asked for. */
  readonly content?: Uint8Array;
}

/**
 * A file, or all files below a folder.
 *
 * @throws HeadgateError `input.invalid` for what is not there or too large
 */
export async function* readPaths(path: string, given: string, contents: boolean): AsyncGenerator<ReadPath> {
  const bad = (what: string) => new HeadgateError("input.invalid", `${given} ${what}`);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw bad(error.code === "ENOENT" ? "does not exist" : `cannot be read: ${error.message}`);
  });
  const below = found.isDirectory() ? ((await localTree(path).files()) ?? []) : undefined;
  if (below && below.length > MOST_FILES) throw bad(`has ${below.length} files; at most ${MOST_FILES} are taken`);
  for (const file of below ?? [{ path: "", size: found.size }]) {
    const name = file.path === "" ? given : `${given.replace(/\/+$/, "")}/${file.path}`;
    if (file.size > MOST_BYTES) throw bad(`(${name}) has ${file.size} bytes; at most ${MOST_BYTES} are taken`);
    const full = file.path === "" ? path : `${path}/${file.path}`;
    if (!contents) yield { name };
    else
      yield {
        name,
        content: new Uint8Array(
          await readFile(full).catch((error: Error) => {
            throw bad(`cannot be read: ${error.message}`);
          }),
        ),
      };
  }
}
