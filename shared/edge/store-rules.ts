import { randomInt } from "node:crypto";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { AggregateKey } from "../core/kernel/key.ts";
import type { Write } from "../core/ports/store.ts";

/** DynamoDB's limit is 400 KB with attribute names; 10 KB are kept for keys, names and numbers. */
export const MAX_ITEM_BYTES = 390 * 1024;
/** DynamoDB: sort key 1,024 bytes, partition key 2,048 bytes holding two parts. The same for every adapter. */
const MAX_PART_BYTES = 900;
const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

/** node:crypto draws below 2^48; with that there is room for more increments than anybody will ever write. */
const FIRST_VERSIONS = 2 ** 48;

/**
 * Version of a new item. Drawn at random: an item that was removed (by hand or by its time to live) and written again would
 * otherwise have the versions of the former one again, and a late worker that remembers one of them would match.
 */
export const firstVersion = (): number => randomInt(1, FIRST_VERSIONS);

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export const utf8Bytes = (text: string): number => Buffer.byteLength(text, "utf8");

/** Order of UTF-8 bytes, which is code point order: what SQLite and DynamoDB sort by (UTF-16 order differs above U+FFFF). */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(encoder.encode(a), encoder.encode(b));
}

const refuse = (path: string, message: string, allowed: string) =>
  new HeadgateError("input.invalid", `${path}: ${message} (allowed: ${allowed})`, {
    faults: [{ path, message, allowed }],
  });

/** @throws HeadgateError `input.invalid` for a part that no store could keep apart from others. */
export function checkPart(path: string, part: string): void {
  if (part.length > 0 && part.isWellFormed() && utf8Bytes(part) <= MAX_PART_BYTES) return;
  const problem = part.length === 0 ? "is empty" : part.isWellFormed() ? "is too long" : "is not well-formed Unicode";
  throw refuse(path, problem, `1..${MAX_PART_BYTES} bytes of UTF-8`);
}

/** @throws HeadgateError `input.invalid` naming the bad part. */
export function checkKey(key: AggregateKey): void {
  checkPart("key.tenant", key.tenant);
  checkPart("key.noun", key.noun);
  checkPart("key.subject", key.subject);
}

/** Number of items of a page. @throws HeadgateError `input.invalid` outside of 1..max. */
export function pageSize(limit: number | undefined, max = MAX_PAGE, fallback = DEFAULT_PAGE): number {
  if (limit === undefined) return Math.min(fallback, max);
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw refuse("limit", `${limit} is no page size`, `integer 1..${max}`);
}

/** JSON has no NaN and infinities; written as null they would read as "absent". @throws HeadgateError `input.invalid`. */
export function checkNumbers(value: unknown, path: string): void {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw refuse(path, `${value} is not a JSON number`, "finite numbers");
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) checkNumbers(value[index], `${path}[${index}]`);
    return;
  }
  for (const name in value) checkNumbers((value as Record<string, unknown>)[name], `${path}.${name}`);
}

/** What is no JSON number is written as null: a text without one hides none, and need not be searched member by member. */
export const mayHideNumbers = (text: string): boolean => text.includes("null");

/** A write as the texts that are stored. -0 becomes 0, as JSON has it. */
export interface WriteTexts {
  readonly state: string;
  readonly pending: string | undefined;
}

/** @throws HeadgateError `store.item_too_large` or `input.invalid`, before anything is sent. */
export function writeTexts(key: AggregateKey, next: Write): WriteTexts {
  checkKey(key);
  const state = JSON.stringify(next.state);
  if (state === undefined) throw refuse("state", "undefined is not a JSON value", "JSON");
  if (mayHideNumbers(state)) checkNumbers(next.state, "state");
  const pending = next.pending === undefined ? undefined : JSON.stringify(next.pending);
  if (pending !== undefined && mayHideNumbers(pending)) checkNumbers(next.pending, "pending");
  checkSize(`${key.noun} ${key.subject}`, state, pending ?? "");
  return { state, pending };
}

/** @throws HeadgateError `store.item_too_large` naming what and how large. */
export function checkSize(what: string, ...texts: readonly string[]): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8: most items need not be counted.
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  if (units * 3 <= MAX_ITEM_BYTES) return;
  const bytes = texts.reduce((sum, text) => sum + utf8Bytes(text), 0);
  if (bytes <= MAX_ITEM_BYTES) return;
  throw new HeadgateError(
    "store.item_too_large",
    `${what} has ${bytes} bytes as JSON, at most ${MAX_ITEM_BYTES} fit into one item`,
  );
}

/** An opaque place in a list. */
export const encodeCursor = (text: string): string => Buffer.from(text, "utf8").toString("base64url");

/** @throws HeadgateError `input.invalid` for what no list has handed out. */
export function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (text.length > 0 && encodeCursor(text) === cursor) return text;
  throw refuse("cursor", "is not a cursor of this list", "the cursor of the page before");
}
