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
