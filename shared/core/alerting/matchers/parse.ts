import type { Matcher } from "../types.ts";
import { parseClassicMatcher, parseClassicMatchers } from "./classic.ts";
import type { ParsedMatcher, ParsedMatchers } from "./result.ts";
import { parseUtf8Matchers } from "./utf8.ts";

/** Which syntax is read: upstream's feature flags `classic-mode` and `utf8-strict-mode`, and its default. */
export type MatcherMode = "classic" | "utf8" | "fallback";

/** Longer texts are refused unread. */
const MAX_TEXT = 262_144;

const tooLong = (text: string) =>
  ({ ok: false, message: `matchers of ${text.length} characters; at most ${MAX_TEXT}` }) as const;

const same = (a: Matcher, b: Matcher): boolean => a.name === b.name && a.op === b.op && a.value === b.value;

/**
 * Reads matchers, none to many, as `{a="b",c=~"d|e"}`, with or without braces. In `fallback` mode both syntaxes are read; where only
 * one can, it counts, and where they differ the classic one does. Source: matcher/compat/parse.go.
 */
export function parseMatchers(text: string, mode: MatcherMode = "fallback"): ParsedMatchers {
  if (text.length > MAX_TEXT) return tooLong(text);
  if (mode === "utf8") return parseUtf8Matchers(text);
  const classic = parseClassicMatchers(text);
  if (mode === "classic") return classic;
  const utf8 = parseUtf8Matchers(text);
  if (!utf8.ok || !classic.ok) return utf8.ok ? utf8 : classic;
  const agree =
    utf8.matchers.length === classic.matchers.length &&
    utf8.matchers.every((matcher, index) => same(matcher, classic.matchers[index] as Matcher));
  return agree ? utf8 : classic;
}

/** Reads exactly one matcher, without braces. */
export function parseMatcher(text: string, mode: MatcherMode = "fallback"): ParsedMatcher {
  if (text.length > MAX_TEXT) return tooLong(text);
  if (mode === "classic") return parseClassicMatcher(text);
  if (text.startsWith("{") || text.endsWith("}"))
    return { ok: false, message: `unexpected open or close brace: ${text}` };
  const utf8 = single(parseUtf8Matchers(text));
  if (mode === "utf8") return utf8;
  const classic = parseClassicMatcher(text);
  if (!utf8.ok || !classic.ok) return utf8.ok ? utf8 : classic;
  return same(utf8.matcher, classic.matcher) ? utf8 : classic;
}

function single(parsed: ParsedMatchers): ParsedMatcher {
  if (!parsed.ok) return parsed;
  const [matcher, ...more] = parsed.matchers;
  if (!matcher) return { ok: false, message: "no matchers" };
  return more.length === 0
    ? { ok: true, matcher }
    : { ok: false, message: `expected 1 matcher, found ${parsed.matchers.length}` };
}
