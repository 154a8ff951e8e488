import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code;

/** Whether it was made now; false: it was there. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Makes a directory and those above it, and answers the topmost that was made, as `mkdir` with `recursive` does; that one never comes back where a file system says of a
 * directory's child that it is not there, as /proc does.
 *
 * @throws as mkdir
 */
export async function makeDirectory(path: string): Promise<string | undefined> {
  try {
    return (await makeOne(path)) ? path : undefined;
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) !== "ENOENT" || above === path) throw error;
    const first = await makeDirectory(above);
    return (await makeOne(path)) ? (first ?? path) : first;
  }
}
