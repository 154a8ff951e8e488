import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { HeadgateError } from "../core/kernel/errors.ts";

export interface FileIdentity {
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

async function identityOf(path: string): Promise<FileIdentity | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return undefined;
  if (!found.isFile()) return { size: -1, sha256: "" };
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return { size: found.size, sha256: hash.digest("hex") };
}

/** `folder` + `path`, which must not lead out of the folder. @throws HeadgateError `restore.refused` */
export function insideOf(folder: string, path: string): string {
  const root = resolve(folder);
  const full = resolve(join(root, path));
  if (path === "" || path.includes("\0") || !full.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new HeadgateError("restore.refused", `${JSON.stringify(path)} leads out of the folder it is restored into`);
  return full;
}

/**
 * Writes one file of a restore: beside its name first, then in one move. Resolves to false where the same file is there already.
 *
 * @throws HeadgateError `restore.refused` where something else has that name, `data.unwritable`; what `content` throws
 */
export async function writeInto(
  folder: string,
  path: string,
  wanted: FileIdentity | undefined,
  content: () => AsyncIterable<Uint8Array>,
  mode?: number,
): Promise<boolean> {
  const target = insideOf(folder, path);
  const fail = (error: unknown): never => {
    if (error instanceof HeadgateError) throw error;
    throw new HeadgateError("data.unwritable", `${target}: ${(error as Error).message}`, { cause: error });
  };
  const there = await identityOf(target).catch(fail);
  if (there && wanted && there.size === wanted.size && there.sha256 === wanted.sha256) return false;
  if (there)
    throw new HeadgateError("restore.refused", `${target} exists and has another content; nothing is overwritten`);
  const unfinished = join(dirname(target), `.${randomUUID()}.part`);
  try {
    await mkdir(dirname(target), { recursive: true });
    const file = await open(unfinished, "wx", mode);
    try {
      for await (const chunk of content()) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
    return true;
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    return fail(error);
  }
}
