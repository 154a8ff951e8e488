import { compileMatcher } from "../../shared/core/alerting/matchers/match.ts";
import { parseMatcher } from "../../shared/core/alerting/matchers/parse.ts";
import { wholeValue } from "../../shared/core/alerting/matchers/regex.ts";
import type { Matcher } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { BadQuery, type Query } from "./am-query.ts";

/** Conditions of `filter` or `receiver_matchers`. @throws BadQuery in upstream's words */
export function matchersOf(query: Query, name: string, prefix = ""): readonly Matcher[] {
  return (query.get(name) ?? []).map((text) => {
    const read = parseMatcher(text);
    if (!read.ok) throw new BadQuery(`${prefix}${read.message}`);
    return read.matcher;
  });
}

/**
 * Whether labels satisfy conditions of a filter. Unlike in a route, a condition on an empty value asks whether the label is there:
 * `a=""` holds where it is absent, `a!=""` where it is present.
 */
export function filterOf(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map(({ name, op, value, ...rest }) => ({
    name,
    present: value === "" && (op === "!=" || op === "!~"),
    absent: value === "" && (op === "=" || op === "=~"),
    test: compileMatcher({ name, op, value, ...rest }),
  }));
  return (labels) =>
    tests.every(({ name, present, absent, test }) => {
      const has = Object.hasOwn(labels, name);
      return (has ? present : absent) || test(has ? (labels[name] as string) : "");
    });
}

/** The test of `receiver`, a regular expression for whole names. @throws BadQuery in upstream's words */
export function receiverTest(query: Query): ((name: string) => boolean) | undefined {
  const given = query.get("receiver")?.at(-1) ?? "";
  if (given === "") return undefined;
  const regex = wholeValue(given);
  if (!regex.ok) throw new BadQuery(`failed to parse receiver param: ${regex.message}`);
  return regex.matches;
}
