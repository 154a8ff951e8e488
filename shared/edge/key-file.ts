import { createHash, randomBytes } from "node:crypto";
import { chmod, open, readFile, stat } from "node:fs/promises";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Millis } from "../core/kernel/time.ts";

/** One key of a key file. */
export interface FileKey {
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  /** Names it without telling anything of it: 16 hex digits of its SHA-256. */
  readonly fingerprint: string;
}

const MARK = "HEADGATE-KEY-1";
/** Larger than any key file with its comments. */
const MOST_BYTES = 65_536;
const LINE = new RegExp(`^${MARK}[\\s:=]*([A-Za-z0-9_-]{43})=?$`);

export const fingerprintOf = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex").slice(0, 16);

const keyError = (message: string, cause?: unknown): HeadgateError =>
  new HeadgateError("backup.key", message, cause === undefined ? {} : { cause });

/**
 * Makes a key file that only its owner can read. An existing file is never overwritten: what it sealed could not be opened any more.
 *
 * @throws HeadgateError `backup.key`
 */
export async function newKeyFile(
  path: string,
  at: Millis,
): Promise<{ readonly path: string; readonly fingerprint: string }> {
  const bytes = randomBytes(32);
  const fingerprint = fingerprintOf(bytes);
  const text = [
    `# created: ${new Date(at).toISOString()}`,
    `# fingerprint: ${fingerprint}`,
    "# Keep a copy apart from the backups: without this line nothing that is sealed can be opened again.",
    `${MARK}${bytes.toString("base64url")}`,
    "",
  ].join("\n");
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // The process may have been told to take even more away, never less.
    await chmod(path, 0o600);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw keyError(
      code === "EEXIST"
        ? `${path} exists already; a key file is never overwritten`
        : `${path} could not be written: ${(error as Error).message}`,
      error,
    );
  }
  return { path, fingerprint };
}

/** Keys of a file's text: the first one seals, each of them opens, so that a key can be followed by another. */
export function readKeys(text: string): readonly FileKey[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((line): FileKey[] => {
      const encoded = LINE.exec(line.trim())?.[1];
      if (encoded === undefined) return [];
      const bytes = new Uint8Array(Buffer.from(encoded, "base64url"));
      return bytes.length === 32 ? [{ bytes, fingerprint: fingerprintOf(bytes) }] : [];
    });
}

/**
 * Reads a key file. `warnings`: others on this machine can read it.
 *
 * @throws HeadgateError `backup.key`; the message never holds what stands in the file
 */
export async function readKeyFile(
  path: string,
): Promise<{ readonly keys: readonly [FileKey, ...FileKey[]]; readonly warnings: readonly string[] }> {
  let text: string;
  let mode: number;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw keyError(`${path} is not a file`);
    if (found.size > MOST_BYTES) throw keyError(`${path} has ${found.size} bytes: that is no key file`);
    mode = found.mode;
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    const absent = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw keyError(
      `key file ${path} ${absent ? "does not exist" : `cannot be read: ${(error as Error).message}`}`,
      error,
    );
  }
  const [first, ...more] = readKeys(text);
  if (!first) throw keyError(`${path} holds no key: a line ${MARK}… is expected`);
  const open = process.platform !== "win32" && (mode & 0o077) !== 0;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return {
    keys: [first, ...more],
    warnings: open ? [`key file ${path} can be used by others on this machine (mode ${shown}); chmod 600 it`] : [],
  };
}
