import { CallFault, type TemplateFunction } from "./function-types.ts";
import { sprint, sprintf, sprintln } from "./printf.ts";
import { followed, isTrue, plainOf, typeName, type Value } from "./values.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const HTML: Readonly<Record<string, string>> = {
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\0": "\ufffd",
};
const JS: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", '"': '\\"' };

/** template.HTMLEscapeString. */
export const htmlEscaped = (text: string): string => text.replace(/["'&<>\0]/g, (char) => HTML[char] as string);

/** template.JSEscapeString. */
export const jsEscaped = (text: string): string =>
  text.replace(
    /[\\'"<>&=]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu,
    (char) => JS[char] ?? `\\u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
  );

/** url.QueryEscape. */
export const queryEscaped = (text: string): string =>
  [...bytesOf(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      if (/[A-Za-z0-9\-_.~]/.test(char)) return char;
      return char === " " ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");

function at(of: Value, by: Value): Value {
  const [item, key] = [plainOf(of), plainOf(by)];
  if (item === null) throw new CallFault("index of untyped nil");
  if (typeof item === "object" && item.kind === "map") {
    if (typeof key !== "string")
      throw new CallFault(
        by === null ? "value is nil; should be of type string" : `value has type ${typeName(by)}; should be string`,
      );
    return item.entries.get(key) ?? (item.of === "string" ? "" : null);
  }
  if (typeof item === "string" || (typeof item === "object" && item.kind === "list")) {
    const items: ArrayLike<number | Value> = typeof item === "string" ? bytesOf(item) : item.items;
    if (typeof key !== "bigint")
      throw new CallFault(
        by === null ? "cannot index slice/array with nil" : `cannot index slice/array with type ${typeName(by)}`,
      );
    if (key < 0n || key >= BigInt(items.length)) throw new CallFault(`index out of range: ${key}`);
    const found = items[Number(key)] ?? null;
    return typeof item === "string" ? BigInt(found as number) : (found as Value);
  }
  throw new CallFault(`can't index item of type ${typeName(followed(of))}`);
}

function sliced(of: Value, bounds: readonly Value[]): Value {
  const item = plainOf(of);
  if (item === null) throw new CallFault("slice of untyped nil");
  if (bounds.length > 3) throw new CallFault(`too many slice indexes: ${bounds.length}`);
  if (typeof item !== "string" && !(typeof item === "object" && item.kind === "list"))
    throw new CallFault(`can't slice item of type ${typeName(followed(of))}`);
  const whole = typeof item === "string" ? bytesOf(item) : item.items;
  if (bounds.length === 3 && typeof item === "string") throw new CallFault("cannot 3-index slice a string");
  const places = bounds.map((bound) => {
    if (typeof bound !== "bigint")
      throw new CallFault(
        bound === null ? "cannot index slice/array with nil" : `cannot index slice/array with type ${typeName(bound)}`,
      );
    if (bound < 0n || bound > BigInt(whole.length)) throw new CallFault(`index out of range: ${bound}`);
    return Number(bound);
  });
  const [from = 0, to = whole.length, most = to] = places;
  if (from > to) throw new CallFault(`invalid slice index: ${from} > ${to}`);
  if (to > most) throw new CallFault(`invalid slice index: ${to} > ${most}`);
  return typeof item === "string"
    ? textOf((whole as Uint8Array).slice(from, to))
    : { ...item, items: item.items.slice(from, to) };
}

function lengthOf(of: Value): Value {
  const item = plainOf(of);
  if (typeof item === "string") return BigInt(bytesOf(item).length);
  if (typeof item === "object" && item?.kind === "map") return BigInt(item.entries.size);
  if (typeof item === "object" && item?.kind === "list") return BigInt(item.items.length);
  throw new CallFault(item === null ? "len of nil pointer" : `len of type ${typeName(followed(of))}`);
}

/** Arguments as one text; nothing prints as an action prints it, and pointers are followed. */
const printed = (args: readonly Value[]): string =>
  sprint(args.map((arg) => (arg === null ? "<no value>" : arg)).map(followed));

/** text/template's own functions, without `and` and `or`, which are evaluated with care for what they skip. */
export const GO_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  call: {
    params: ["any"],
    rest: "any",
    call: ([what = null]) => {
      throw new CallFault(what === null ? "call of nil" : `non-function of type ${typeName(what)}`);
    },
  },
  html: { params: [], rest: "any", call: (args) => htmlEscaped(printed(args)) },
  index: { params: ["any"], rest: "any", call: ([item = null, ...keys]) => keys.reduce(at, item) },
  js: { params: [], rest: "any", call: (args) => jsEscaped(printed(args)) },
  len: { params: ["any"], call: ([item = null]) => lengthOf(item) },
  not: { params: ["any"], call: ([value = null]) => !isTrue(value) },
  print: { params: [], rest: "any", call: sprint },
  printf: { params: ["string"], rest: "any", call: ([format, ...args]) => sprintf(format as string, args) },
  println: { params: [], rest: "any", call: sprintln },
  slice: { params: ["any"], rest: "any", call: ([item = null, ...bounds]) => sliced(item, bounds) },
  urlquery: { params: [], rest: "any", call: (args) => queryEscaped(printed(args)) },
};
