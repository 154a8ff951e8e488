import type { GoValue } from "./go-json.ts";
import type { Render } from "./request.ts";

/** What YAML has brought, as JSON can have it: maps keep only keys that are texts. */
function plain(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    const kept = [...value].filter((pair): pair is [string, unknown] => typeof pair[0] === "string");
    return Object.fromEntries(kept.map(([name, member]) => [name, plain(member)]));
  }
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  return value === undefined ? null : (value as GoValue);
}

/**
 * A value of the settings with every text in it rendered, keys too. A text that then reads as YAML of another kind becomes that:
 * `{{ .Alerts | len }}` a number, `{{ .Alerts | toJson }}` a list (template.DeepCopyWithTemplate).
 */
export function renderedValue(value: unknown, text: Render, yaml: (text: string) => unknown): GoValue {
  if (typeof value === "string") {
    const rendered = text(value);
    const read = yaml(rendered);
    return read === undefined || typeof read === "string" ? rendered : plain(read);
  }
  if (Array.isArray(value)) return value.map((item) => renderedValue(item, text, yaml));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [text(name), renderedValue(member, text, yaml)]),
    );
  return value === undefined ? null : (value as GoValue);
}
