import { createHash } from "node:crypto";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Place } from "./place.ts";
import { putAll } from "./write-all.ts";

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Digits of a hash that stand in a name: 64 bits. */
const DIGITS = 16;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A folder of a run's own papers: `work/<plan>/<run>/`. */
export const workKey = (plan: string, run: string, rest: string): string => `work/${plan}/${run}/${rest}`;

/**
 * Writes a text below a name that its content gives: whoever writes the same again changes nothing, and nobody can take another one for it.
 *
 * @returns the name
 * @throws HeadgateError where no place took it
 */
export async function keepDocument(places: readonly Place[], prefix: string, text: string): Promise<string> {
  const name = sha256(text).slice(0, DIGITS);
  const { at, failed } = await putAll(places, `${prefix}${name}.json`, text, { contentType: "application/json" });
  const [first] = failed;
  if (at.length === 0 && first) throw first.error;
  return name;
}

/**
 * Reads a text by its name, from the first place that has it in order.
 *
 * @throws HeadgateError `objects.unavailable` where none has
 */
export async function readDocument(places: readonly Place[], prefix: string, name: string): Promise<string> {
  const key = `${prefix}${name}.json`;
  let last: unknown;
  for (const { objects } of places) {
    try {
      const bytes = await objects.get(key);
      if (bytes && sha256(bytes).startsWith(name)) return decoder.decode(bytes);
    } catch (error) {
      last = error;
    }
  }
  if (last instanceof HeadgateError) throw last;
  throw new HeadgateError("objects.unavailable", `${key} is at no destination as it was written`, { retryable: true });
}
