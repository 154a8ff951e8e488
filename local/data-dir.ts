import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { HeadgateError } from "../shared/core/kernel/errors.ts";

/** Replaces a file as a whole: a reader, also after a crash, sees the old or the new text, never half of one. */
export function writeAtomic(file: string, text: string): void {
  const next = `${file}.${process.pid}.new`;
  try {
    const fd = openSync(next, "w");
    try {
      // Not writeSync: on a disk that is nearly full it writes a part and calls that well done.
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** With its parents, one by one: mkdir's own `recursive` never ends on file systems that take no folders, such as /proc. */
function makeFolder(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(dir) !== dir) makeFolder(dirname(dir));
  // A stored configuration may hold what alertmanager.yml holds: receivers' addresses and passwords.
  mkdirSync(dir, { mode: 0o700 });
}

const LEAST_FREE_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "it may not be written by this user",
  EPERM: "it may not be written by this user",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "files may not become large enough there (ulimit -f)",
  ENOENT: "the file system takes no folders there",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "it is a file, not a folder",
};

/**
 * Makes sure the data directory is there and can really be written, before anything is started or decided.
 *
 * @throws HeadgateError `data.unwritable` with the reason and the option that changes the place.
 */
export function openDataDir(dir: string): void {
  try {
    makeFolder(dir);
    writeProbe(dir);
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** A full disk still takes an empty file, and one with a few KB left is full a moment later. */
function writeProbe(dir: string): void {
  const probe = join(dir, `.probe.${process.pid}`);
  writeAtomic(probe, "x".repeat(LEAST_FREE_BYTES));
  rmSync(probe);
}

/**
 * The same look while everything runs: what cannot be recorded is not done, and whoever asks should be told so.
 *
 * @throws HeadgateError `data.unwritable` with the reason.
 */
export function checkDataDir(dir: string): void {
  try {
    writeProbe(dir);
  } catch (error) {
    throw unwritable(dir, error, "Nothing is decided until it can be written again.");
  }
}

/** Whether an error is the file system's refusal to be written. */
export function isUnwritable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(REASONS, code);
}

/** The same sentence for every way a data directory can fail. */
export function unwritable(
  dir: string,
  cause: unknown,
  then = "Nothing was started. Choose another one with --data DIR.",
): HeadgateError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const why = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new HeadgateError("data.unwritable", `the data folder ${dir} cannot be used: ${why}. ${then}`, { cause });
}
