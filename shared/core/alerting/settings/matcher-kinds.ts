import { goQuoted } from "../../kernel/go-quote.ts";
import { byMatcher, matcherText } from "../matchers/match.ts";
import { parseMatchers } from "../matchers/parse.ts";
import { wholeValue } from "../matchers/regex.ts";
import type { Matcher } from "../types.ts";
import { fault, isMap, type Kind, textOf } from "./kind.ts";
import { isClassicName } from "./label-names.ts";
import { string } from "./scalars.ts";
import { mapOf, showMap } from "./structures.ts";

type Texts = Readonly<Record<string, string>> | null;

const namesFault = (value: unknown): string | undefined => {
  const name = isMap(value) ? Object.keys(value).find((one) => !isClassicName(one)) : undefined;
  return name === undefined ? undefined : `invalid label name ${goQuoted(name)}`;
};

const texts = mapOf(string);

/** `match`, `source_match`, `target_match`: labels and their values. */
export const matchTexts: Kind<Texts> = {
  ...texts,
  decode: (value, path, notes, before) => {
    const wrong = namesFault(value);
    if (wrong === undefined) return texts.decode(value, path, notes, before);
    fault(notes, path, wrong);
    return before;
  },
};

/** `match_re` and its like: labels and the expressions their values have to match as a whole. */
export const matchExpressions: Kind<Texts> = {
  ...texts,
  decode: (value, path, notes, before) => {
    const wrong = namesFault(value);
    if (wrong !== undefined || !isMap(value)) {
      fault(notes, path, wrong ?? "wrong type", { allowed: "a map" });
      return before;
    }
    const read: Record<string, string> = {};
    for (const [name, one] of Object.entries(value)) {
      const expression = one === null ? undefined : textOf(one);
      const regex = expression === undefined ? undefined : wholeValue(expression);
      if (regex?.ok) read[name] = expression as string;
      else
        fault(notes, [...path, name], regex ? regex.message : `invalid regexp value for ${goQuoted(name)}`, {
          value: one,
        });
    }
    return read;
  },
  // An empty expression is printed as null, which cannot be read again; so it is upstream.
  show: (value) => showMap(value ?? {}, (one) => (one === "" ? null : one)),
};

/** `matchers` and its like: a list of texts, each with any number of matchers; kept in upstream's order. */
export const matcherList: Kind<readonly Matcher[] | null> = {
  zero: null,
  decode: (value, path, notes, before) => {
    if (!Array.isArray(value)) {
      fault(notes, path, "wrong type", { value, allowed: "a list of texts" });
      return before;
    }
    const read: Matcher[] = [];
    for (const [index, one] of value.entries()) {
      const text = one === null ? "" : textOf(one);
      const parsed = text === undefined ? undefined : parseMatchers(text);
      if (parsed?.ok) read.push(...parsed.matchers);
      else
        fault(notes, [...path, index], parsed ? parsed.message : "wrong type", {
          value: one,
          allowed: 'matcher such as severity="page"',
        });
    }
    return read.sort(byMatcher);
  },
  empty: (value) => value === null || value.length === 0,
  show: (value) => (value ?? []).map(matcherText),
  plain: (value) => value ?? undefined,
  hide: (plain) => plain,
};

/** All three ways to say it together, in upstream's order. */
export function matchersOf(match: Texts, expressions: Texts, matchers: readonly Matcher[] | null): readonly Matcher[] {
  const all: Matcher[] = [
    ...Object.entries(match ?? {}).map(([name, value]) => ({ name, op: "=" as const, value })),
    // The anchors are part of a route's key where the old way to write it is used.
    ...Object.entries(expressions ?? {}).map(([name, value]) => ({ name, op: "=~" as const, value: `^(?:${value})$` })),
    ...(matchers ?? []),
  ];
  return all.sort(byMatcher);
}
