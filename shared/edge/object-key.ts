import { HeadgateError } from "../core/kernel/errors.ts";

const ALLOWED = '1..900 bytes of UTF-8, parts separated by "/", no part empty, "." or "..", no NUL';

/**
 * Checks an object key before it reaches a file system or S3. Unpaired surrogates have no UTF-8 and are refused, since two
 * such keys would fall together.
 *
 * @throws HeadgateError `input.invalid`
 */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key, "utf8");
  const parts = key.split("/");
  if (bytes >= 1 && bytes <= 900 && key.isWellFormed() && !key.includes("\0")) {
    if (!parts.some((part) => part === "" || part === "." || part === "..")) return;
  }
  throw new HeadgateError(
    "input.invalid",
    `object key ${JSON.stringify(key.slice(0, 80))} is not allowed: ${ALLOWED}`,
    {
      faults: [{ path: "key", message: "not an object key", value: key.slice(0, 80), allowed: ALLOWED }],
    },
  );
}

/** Order of UTF-8 bytes, which is not the order of UTF-16 units that `<` uses. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
