import { compileMatcher } from "../../shared/core/alerting/matchers/match.ts";
import { parseMatcher } from "../../shared/core/alerting/matchers/parse.ts";
import { wholeValue } from "../../shared/core/alerting/matchers/regex.ts";
import type { Matcher } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";

/** A request upstream's handler refuses: 400, and the message as a JSON string. */
export class BadQuery extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BadQuery";
  }
}

/** Query parameters as Go reads them: pairs it cannot decode are left out. */
export type Query = ReadonlyMap<string, readonly string[]>;

function decoded(text: string): string | undefined {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return undefined;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new BadQuery(`query is not valid UTF-8: ${text.slice(0, 200)}`);
  }
}

/** @throws BadQuery for what is no UTF-8 */
export function readQuery(address: string): Query {
  const query = new Map<string, string[]>();
  const at = address.indexOf("?");
  if (at < 0) return query;
  for (const pair of (address.slice(at + 1).split("#", 1)[0] as string).split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const equals = pair.indexOf("=");
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = decoded(equals < 0 ? "" : pair.slice(equals + 1));
    if (name === undefined || value === undefined) continue;
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return query;
}

/** What go-openapi takes for true; everything else is false. Source: swag ConvertBool. */
const TRUE = new Set(["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"]);

/** A flag whose default is true; the last one given counts, an empty one is none. */
export function flag(query: Query, name: string): boolean {
  const given = query.get(name)?.at(-1) ?? "";
  return given === "" || TRUE.has(given.toLowerCase());
}

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
