import { randomUUID } from "node:crypto";
import { type FileHandle, link, open, readdir, rename, rm, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { HeadgateError } from "../core/kernel/errors.ts";
import { DAY_MS } from "../core/kernel/time.ts";
import type { ObjectInfo, Objects, PutOptions } from "../core/ports/objects.ts";
import { walk } from "./directory-walk.ts";
import { makeDirectory } from "./make-directory.ts";
import { escapedNames, plainNames } from "./object-file.ts";
import { checkKey } from "./object-key.ts";
import { withSource } from "./object-source.ts";

/** Holds unfinished writes, on the same file system as the objects; no key leads here, since escaped parts never start with a dot. */
const UNFINISHED = ".tmp";
/** A directory may be swept between its making and the write into it; each round makes it anew. */
const ROUNDS = 100;

/** Nothing of what was being written stays. */
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "the disk of the object directory is full",
  EDQUOT: "the quota of the object directory is used up",
  EFBIG: "it is larger than a file may be in the object directory",
};

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | undefined)?.code;

function unavailable(key: string, error: unknown): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const code = codeOf(error);
  const full = code === undefined ? undefined : FULL[code];
  if (full !== undefined)
    return new HeadgateError("objects.unavailable", `${key} could not be written: ${full}`, {
      cause: error,
      retryable: true,
    });
  // Nobody else makes a file system writable or gives the permission: the same call fails again.
  const retryable = code !== "EROFS" && code !== "EACCES" && code !== "EPERM" && code !== "ENOTDIR";
  const message = `${key} in the object directory: ${(error as Error).message}`;
  return new HeadgateError("objects.unavailable", message, { cause: error, retryable });
}

/** Makes a rename or link in this directory last through a power cut. Windows cannot open directories and does not need it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch((error: unknown) => {
    // Gone already: somebody removed what was just written, and the empty directory with it.
    if (process.platform === "win32" || codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  await directory?.sync().finally(() => directory.close());
}

async function infoOf(key: string, path: string): Promise<ObjectInfo | undefined> {
  const found = await stat(path, { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  });
  if (!found) return undefined;
  const etag = `"${found.ino.toString(36)}-${found.size.toString(36)}-${found.mtimeNs.toString(36)}"`;
  return { key, size: Number(found.size), modifiedAt: Number(found.mtimeMs), etag };
}

export interface DirectoryObjectsOptions {
  /** Keys of letters, digits, ".", "_" and "-" are paths as they stand; a key cannot be there beside one that it is a folder of. */
  readonly plain?: boolean;
}

/** Objects as files below one directory, which is made when first written to. Content types are not kept. */
export function directoryObjects(directory: string, { plain = false }: DirectoryObjectsOptions = {}): Objects {
  const root = resolve(directory);
  const names = plain ? plainNames : escapedNames;
  const pathOf = (key: string) => join(root, ...names.fileOf(key));
  let swept: Promise<void> | undefined;

  /** Writes that a crash left behind; a day is longer than any write. */
  const sweep = async () => {
    const folder = join(root, UNFINISHED);
    await makeDirectory(folder);
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > DAY_MS) await rm(path, { force: true });
    }
  };

  const syncUp = async (path: string, firstMade: string | undefined) => {
    const top = firstMade === undefined ? path : dirname(firstMade);
    for (let at = path; at.startsWith(top) && at.length >= top.length; at = dirname(at)) {
      await syncDirectory(at);
      if (at === dirname(at)) break;
    }
  };

  /** Gives the finished file its name: `link` fails where there is one already, `rename` replaces it; both at once. */
  const publish = async (key: string, unfinished: string, path: string, ifAbsent: boolean) => {
    for (let round = 1; ; round++) {
      let made: string | undefined;
      try {
        made = await makeDirectory(dirname(path));
        await (ifAbsent ? link(unfinished, path) : rename(unfinished, path));
      } catch (error) {
        if (ifAbsent && codeOf(error) === "EEXIST") throw new HeadgateError("objects.exists", `${key} exists already`);
        if (codeOf(error) !== "ENOENT" || round >= ROUNDS) throw error;
        continue;
      }
      return syncUp(dirname(path), made);
    }
  };

  const write = async (key: string, fill: (file: FileHandle) => Promise<void>, options?: PutOptions) => {
    checkKey(key);
    const path = pathOf(key);
    const unfinished = join(root, UNFINISHED, randomUUID());
    try {
      swept ??= sweep();
      await swept.catch((error: unknown) => {
        swept = undefined;
        throw error;
      });
      const file = await open(unfinished, "wx");
      try {
        await fill(file);
        await file.sync();
      } finally {
        await file.close();
      }
      const info = await infoOf(key, unfinished);
      if (!info) throw new Error("the file that was just written is gone");
      await publish(key, unfinished, path, options?.ifAbsent ?? false);
      return info;
    } catch (error) {
      throw unavailable(key, error);
    } finally {
      await unlink(unfinished).catch(() => undefined);
    }
  };

  const read = async (key: string, range?: { start: number; endExclusive: number }) => {
    const file = await open(pathOf(key), "r").catch((error: unknown) => {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw error;
    });
    if (!file) return undefined;
    try {
      if (!range) return new Uint8Array(await file.readFile());
      const { size } = await file.stat();
      const length = Math.max(0, Math.min(range.endExclusive, size) - range.start);
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, range.start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };

  return {
    put: (key, body, options) => write(key, (file) => file.writeFile(body), options),
    putStream: (key, body, options) =>
      withSource(body, (watched) =>
        write(
          key,
          async (file) => {
            for await (const part of watched) await file.writeFile(part);
          },
          options,
        ),
      ),
    get: async (key, range) => {
      checkKey(key);
      return read(key, range).catch((error: unknown) => {
        throw unavailable(key, error);
      });
    },
    head: async (key) => {
      checkKey(key);
      return infoOf(key, pathOf(key)).catch((error: unknown) => {
        throw unavailable(key, error);
      });
    },
    list: async (prefix, options) => {
      const limit = options?.limit ?? 1000;
      const items: ObjectInfo[] = [];
      try {
        for await (const { key, path } of walk(names, root, prefix, options?.cursor)) {
          const info = await infoOf(key, path);
          if (!info) continue;
          if (items.length === limit) return { items, cursor: items.at(-1)?.key ?? "" };
          items.push(info);
        }
      } catch (error) {
        throw unavailable(prefix, error);
      }
      return { items };
    },
    remove: async (key) => {
      checkKey(key);
      const path = pathOf(key);
      try {
        await unlink(path);
        // Empty directories go too, up to the root; one that is in use again stays.
        for (let at = dirname(path); at.startsWith(root + sep); at = dirname(at)) await rmdir(at);
      } catch (error) {
        if (!["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) throw unavailable(key, error);
      }
    },
  };
}
