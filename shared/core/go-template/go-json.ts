import { CallFault } from "./function-types.ts";
import { goFloat } from "./go-float.ts";
import { rfc3339 } from "./go-time.ts";
import { sortedKeys, type Value } from "./values.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** A text as encoding/json writes it: <, > and & escaped too, and the line separators of JavaScript. */
export const goJsonText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them.
  `"${text.replace(/["\\<>&\u0000-\u001f\u2028\u2029]/g, (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;

/** Plain up to 21 digits, else with an exponent without a leading zero. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new CallFault(`json: unsupported value: ${goFloat(value, "g")}`);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-6 && size < 1e21)) return goFloat(value, "f");
  return goFloat(value, "e").replace(/e-0(\d)$/, "e-$1");
}

/**
 * A value as Go's encoding/json writes it: keys of maps sorted, fields in their order, what was never made as null.
 *
 * @throws CallFault for NaN and the infinities
 */
export function goJson(value: Value): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return number(value);
    case "string":
      return goJsonText(value);
  }
  switch (value.kind) {
    case "list":
      return value.nil ? "null" : `[${value.items.map(goJson).join(",")}]`;
    case "map":
      if (value.nil) return "null";
      return `{${sortedKeys(value)
        .map((key) => `${goJsonText(key)}:${goJson(value.entries.get(key) ?? null)}`)
        .join(",")}}`;
    case "struct":
      return `{${[...value.fields].map(([name, field]) => `${goJsonText(value.json?.[name] ?? name)}:${goJson(field)}`).join(",")}}`;
    case "time":
      return `"${rfc3339(value)}"`;
    case "duration":
      return String(value.nanos);
    case "named":
      return goJson(value.value);
  }
}
