import { goJsonText } from "../../go-template/go-json.ts";

/** A value as Go's `encoding/json` prints it after it was put together from maps, lists and scalars. */
export type GoValue =
  | null
  | boolean
  | number
  | string
  | readonly GoValue[]
  | { readonly [key: string]: GoValue | undefined };

/** A text as Go writes it. */
export const goText = goJsonText;

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A map of texts; keys in order, whatever they look like (an object of the language would put "10" before "a"). */
export function goTextMap(map: { readonly [name: string]: string }): string {
  const names = Object.keys(map).sort(byName);
  let json = "{";
  for (const name of names) json += `${json === "{" ? "" : ","}${goText(name)}:${goText(map[name] ?? "")}`;
  return `${json}}`;
}

/** A value of maps: keys in order, members that are undefined left out. */
export function goJson(value: GoValue): string {
  if (typeof value === "string") return goText(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: GoValue) => goJson(item)).join(",")}]`;
  const map = value as { readonly [key: string]: GoValue | undefined };
  const members: string[] = [];
  for (const name of Object.keys(map).sort(byName)) {
    const member = map[name];
    if (member !== undefined) members.push(`${goText(name)}:${goJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/**
 * A struct: members in the order they are given in, as JSON already; undefined ones left out (`omitempty`).
 */
export function goStruct(members: { readonly [name: string]: string | undefined }): string {
  const written: string[] = [];
  for (const [name, json] of Object.entries(members)) if (json !== undefined) written.push(`"${name}":${json}`);
  return `{${written.join(",")}}`;
}

/** `omitempty` of a text. */
export const unlessEmpty = (text: string): string | undefined => (text === "" ? undefined : goText(text));

export const goList = (items: readonly string[]): string => `[${items.join(",")}]`;
