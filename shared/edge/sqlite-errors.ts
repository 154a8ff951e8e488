import { HeadgateError } from "../core/kernel/errors.ts";

/** Primary result codes, sqlite.org/rescode.html. */
const BUSY = [5, 6];
const UNWRITABLE = [8, 10, 13, 14];
const DAMAGED = [11, 26];
const DISK = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR", "EEXIST", "ENOENT", "EDQUOT", "EIO"]);

/** What SQLite or the file system said, as the error its caller promises. */
export function sqliteError(error: unknown, port: "store" | "journal" | "data", path: string): HeadgateError {
  if (error instanceof HeadgateError) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const primary = errcode === undefined ? undefined : errcode & 0xff;
  const what = message ?? String(error);
  if (primary !== undefined && UNWRITABLE.includes(primary)) {
    const why = primary === 13 ? "the disk is full" : primary === 8 ? "it is read-only" : what;
    return new HeadgateError("data.unwritable", `${path} cannot be written: ${why}`, { cause: error });
  }
  if (primary !== undefined && DAMAGED.includes(primary)) {
    return new HeadgateError("data.unwritable", `${path} is not a readable Headgate database: ${what}`, {
      cause: error,
    });
  }
  if (code !== undefined && DISK.has(code)) {
    return new HeadgateError("data.unwritable", `${path} cannot be written: ${what}`, { cause: error });
  }
  const retryable = primary !== undefined && BUSY.includes(primary);
  const why = retryable ? `another process holds ${path}` : `${path}: ${what}`;
  if (port === "journal") return new HeadgateError("journal.unavailable", why, { cause: error, retryable });
  return new HeadgateError(retryable ? "store.throttled" : "store.unavailable", why, { cause: error, retryable });
}
