import type * as v from "valibot";
import { namesSecret } from "../core/kernel/printed.ts";

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

/** A value as it is shown beside a fault. Of maps and lists only the outline: what is inside may be long, or secret. */
export function shown(value: unknown, path: readonly (string | number)[]): string {
  if (isMap(value)) {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty map" : cut(`a map of ${keys.join(", ")}`);
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  // Anything below "env" is handed to a process and may be a password under any name.
  if (namesSecret(String(path.at(-1) ?? "")) || path.includes("env")) return "[redacted]";
  return cut(JSON.stringify(value) ?? String(value));
}

const KINDS: Readonly<Record<string, string>> = {
  Object: "a map",
  Array: "a list",
  string: "text",
  boolean: "true or false",
};

/** Valibot's `("a" | "b")` as people write a list. */
function listed(expected: string): string {
  const plain = expected.replace(/^\((.*)\)$/, "$1");
  return plain
    .split(" | ")
    .map((one) => KINDS[one] ?? one.replace(/^"(.*)"$/, "$1"))
    .join(", ");
}

const own = (issue: v.BaseIssue<unknown>): boolean => !issue.message.startsWith("Invalid ");
const unknownKey = (issue: v.BaseIssue<unknown>): boolean =>
  issue.type === "strict_object" && issue.expected === "never";
const isMissing = (issue: v.BaseIssue<unknown>): boolean => issue.kind === "schema" && issue.received === "undefined";

function allowedOf(issue: v.BaseIssue<unknown>, path: readonly (string | number)[]): string | undefined {
  // Unknown or missing keys: the message says it all, and valibot's "expected" would repeat the key.
  if (issue.type === "strict_object" && (unknownKey(issue) || isMissing(issue))) return undefined;
  if (issue.type === "check" && path.at(-1) === "min" && isMap(issue.input) && issue.input["max"] !== undefined)
    return `integer up to ${String(issue.input["max"])}, the max`;
  // A check's message is the rule itself.
  if (issue.type === "check") return undefined;
  // A text of our own ("integer 1..10000") says more than valibot's "number".
  if (own(issue)) return issue.message;
  return issue.expected === null ? undefined : listed(issue.expected);
}

function messageOf(issue: v.BaseIssue<unknown>, path: readonly (string | number)[]): string {
  const name = path.at(-1);
  if (unknownKey(issue)) return `unknown key ${JSON.stringify(name)}`;
  if (isMissing(issue)) return `${JSON.stringify(name ?? "document")} is missing`;
  if (issue.type === "check") return issue.message;
  if (issue.kind === "schema") return "wrong type or value";
  return "is not allowed";
}

/** What a schema's issue says of the document, before it is placed in the file. */
export interface Described {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value?: string;
  readonly allowed?: string;
  /** The fault lies in the key, not in its value. */
  readonly atKey: boolean;
}

/** A schema's issue in the words of this product: where, what was found, what is allowed. */
export function describe(issue: v.BaseIssue<unknown>): Described {
  const path = (issue.path ?? []).map((item) => (typeof item.key === "number" ? item.key : String(item.key)));
  // A check over a whole map points at one of its keys; what was found is that key's value, not the map.
  const found = issue.type === "check" && issue.path ? issue.path.at(-1)?.value : issue.input;
  const silent = unknownKey(issue) || isMissing(issue) || found === undefined;
  const allowed = allowedOf(issue, path);
  return {
    path,
    message: messageOf(issue, path),
    atKey: unknownKey(issue),
    ...(silent ? {} : { value: shown(found, path) }),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

/**
 * Paths of lists that a schema took for maps: to valibot an empty list is a map without keys, and `services: [a]` one with
 * the key "0". What was read as a map comes out as one, so the places are found by comparing.
 */
export function listsForMaps(
  given: unknown,
  read: unknown,
  path: readonly (string | number)[] = [],
): readonly Described[] {
  if (Array.isArray(given)) {
    if (!Array.isArray(read))
      return [{ path, message: "wrong type or value", value: shown(given, path), allowed: "a map", atKey: false }];
    return given.flatMap((one, index) => listsForMaps(one, read[index], [...path, index]));
  }
  if (!isMap(given) || !isMap(read)) return [];
  return Object.entries(given).flatMap(([key, one]) => listsForMaps(one, read[key], [...path, key]));
}
