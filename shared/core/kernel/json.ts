/** Plain JSON, the only shape that state, inputs, actions and records may have. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Text of a JSON value with object keys sorted and `undefined` members left out, so that equal values have equal text
 * on every machine (RFC 8785 ordering; numbers as ECMAScript prints them, which is what RFC 8785 asks for).
 *
 * @throws RangeError for NaN and infinities: JSON has no such numbers, and writing them as null would read as "absent".
 */
export function canonical(value: Json | undefined): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(`canonical: ${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (value === undefined) throw new RangeError("canonical: undefined is not a JSON value");
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(",")}]`;
  const members = Object.entries(value as { readonly [key: string]: Json | undefined })
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}

const isObject = (value: Json): value is { readonly [key: string]: Json | undefined } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether two JSON values are the same after `undefined` members are dropped; key order does not matter. What is shared is not looked into. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item: Json, index) => sameJson(item, b[index] as Json));
  if (!isObject(a) || !isObject(b)) return canonical(a) === canonical(b);
  for (const key of Object.keys(a)) if (!sameJson(a[key], member(b, key))) return false;
  return Object.keys(b).every((key) => b[key] === undefined || member(a, key) !== undefined);
}

/** Names come from outside: "constructor" must not find what every object has. */
const member = (of: { readonly [key: string]: Json | undefined }, key: string): Json | undefined =>
  Object.hasOwn(of, key) ? of[key] : undefined;
