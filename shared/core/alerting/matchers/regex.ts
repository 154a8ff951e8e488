import { RE2JS } from "re2js";

/** Longest expression that is compiled. An honest one has a few hundred characters; RE2's cost grows with expression × text. */
export const MAX_EXPRESSION = 16_384;

/** Distinct expressions kept compiled; when full, the oldest goes. */
const KEPT = 5_000;
const compiled = new Map<string, RE2JS>();

/** Go lets two groups have one name, re2js does not; what a group is called has no part in matching. */
function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("duplicate capture group name")) throw error;
    return RE2JS.compile(
      expression.replace(/(\\Q[\s\S]*?(?:\\E|$)|\\[\s\S])|\((?:\?P?<[A-Za-z0-9_]+>)/g, (_all, kept) => kept ?? "("),
    );
  }
}

/**
 * Compiles an expression as Alertmanager does: RE2, the whole value (`^(?:…)$`), a dot matches no line break. The error is worded as
 * Go's regexp words it.
 */
export function wholeValue(
  expression: string,
):
  | { readonly ok: true; readonly matches: (value: string) => boolean }
  | { readonly ok: false; readonly message: string } {
  if (expression.length > MAX_EXPRESSION)
    return { ok: false, message: `regular expression of ${expression.length} characters; at most ${MAX_EXPRESSION}` };
  let regex = compiled.get(expression);
  if (!regex) {
    try {
      regex = compile(`^(?:${expression})$`);
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
    const [oldest] = compiled.keys();
    if (compiled.size >= KEPT && oldest !== undefined) compiled.delete(oldest);
    compiled.set(expression, regex);
  }
  const known = regex;
  return { ok: true, matches: (value) => known.test(value) };
}
