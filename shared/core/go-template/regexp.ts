import { type Matcher, RE2JS } from "re2js";
import { CallFault } from "./function-types.ts";
import { goExpand } from "./go-expand.ts";

/** More than this is not put together: each reference of a replacement is as long as what it refers to. */
const MOST_REPLACED = 10_000_000;

/** Patterns compiled, and the oldest forgotten: a template is expanded for alert after alert. */
const KEPT = 200;
const kept = new Map<string, RE2JS>();

function compiled(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known) return known;
  try {
    const made = RE2JS.compile(pattern);
    const [oldest] = kept.keys();
    if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(pattern, made);
    return made;
  } catch (error) {
    throw new CallFault(error instanceof Error ? error.message : String(error));
  }
}

/** Steps for going through a text: a pattern is in as many states at once as it is long. */
export const regexpCost = (pattern: string, text: string): number => ((pattern.length + 16) * text.length) / 64;

/** regexp.MatchString: whether it occurs anywhere. @throws CallFault where the pattern is none */
export const matches = (pattern: string, text: string): boolean => compiled(pattern).matcher(text).find();

/** regexp.ReplaceAllString. @throws CallFault where the pattern is none, or the replacement is out of proportion */
export function replaced(pattern: string, replacement: string, text: string): string {
  const references = replacement.split("$").length - 1;
  if (references > 1 && references * text.length > MOST_REPLACED)
    throw new CallFault(`${references} references to parts of ${text.length} characters are too many`);
  const matcher: Matcher = compiled(pattern).matcher(text);
  let out = "";
  let from = 0;
  let last = -1;
  while (matcher.find()) {
    // An empty match right behind another one is none in Go.
    if (matcher.start() === matcher.end() && matcher.start() === last) continue;
    out += text.slice(from, matcher.start()) + goExpand(replacement, matcher);
    from = matcher.end();
    last = from;
  }
  return out + text.slice(from);
}
