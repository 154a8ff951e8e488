import type { Matcher, MatchOp } from "../types.ts";
import { wholeValue } from "./regex.ts";

/** Matchers that were read, or why not, in upstream's words. */
export type ParsedMatchers =
  | { readonly ok: true; readonly matchers: readonly Matcher[] }
  | { readonly ok: false; readonly message: string };

export type ParsedMatcher =
  | { readonly ok: true; readonly matcher: Matcher }
  | { readonly ok: false; readonly message: string };

/** A matcher whose expression, if it has one, compiles. */
export function newMatcher(name: string, op: MatchOp, value: string): ParsedMatcher {
  if (op === "=~" || op === "!~") {
    const regex = wholeValue(value);
    if (!regex.ok) return regex;
  }
  return { ok: true, matcher: { name, op, value } };
}
