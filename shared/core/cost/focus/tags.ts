import type { Charge } from "../types.ts";

/**
 * Tags as FOCUS has them: a JSON object of key and value. Values that are no text are taken as they are written; null is no tag. Also
 * `key=value;key=value`, `"key": "value"` without braces, and a list of `{"key": …, "value": …}`, as some exports write. Undefined where it is
 * none of them.
 */
export function readTags(text: string): Charge["tags"] {
  const json = /^[{[]/.test(text) ? text : /^"[^"]*"\s*:/.test(text) ? `{${text}}` : undefined;
  if (json !== undefined) return fromJson(json);
  const tags: [string, string][] = [];
  for (const part of text.split(/[;|]/)) {
    const at = part.indexOf("=");
    if (at <= 0) return undefined;
    tags.push([part.slice(0, at).trim(), part.slice(at + 1).trim()]);
  }
  return Object.fromEntries(tags);
}

function fromJson(json: string): Charge["tags"] {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return undefined;
  }
  const pairs = Array.isArray(read) ? listed(read) : entriesOf(read);
  const tags = pairs?.flatMap(([key, value]): [string, string][] =>
    value === null || value === undefined
      ? []
      : [[key, typeof value === "object" ? JSON.stringify(value) : String(value)]],
  );
  return tags && Object.fromEntries(tags);
}

const entriesOf = (read: unknown): readonly (readonly [string, unknown])[] | undefined =>
  typeof read === "object" && read !== null ? Object.entries(read) : undefined;

/** Google and AWS's own interfaces list pairs, in either letter case. */
function listed(list: readonly unknown[]): readonly (readonly [string, unknown])[] | undefined {
  const pairs = list.map((one): readonly [string, unknown] | undefined => {
    const members = new Map(entriesOf(one)?.map(([name, value]) => [name.toLowerCase(), value]));
    const key = members.get("key");
    return typeof key === "string" && members.has("value") ? [key, members.get("value")] : undefined;
  });
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}
