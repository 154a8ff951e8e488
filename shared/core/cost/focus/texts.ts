/** Texts that are kept once; a column with more different ones than this is not worth it. */
export const MAX_KEPT = 20_000;

/** Nothing: an empty cell, NULL in any letters, \N as databases write it. "N/A" and the like are texts as the bill states them. */
export function isNull(text: string): boolean {
  return text === "" || (text.length === 4 && text.toLowerCase() === "null") || text === "\\N";
}

/** A text of its own: a slice would keep the whole piece of the file alive that it was cut from. */
export const own = (text: string): string => (text.length < 13 ? text : ` ${text}`.slice(1));

/** Remembers what was made of a text; of so many different ones, that memory stays bounded. */
export function kept<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.value;
    const value = make(text);
    if (known.size < MAX_KEPT) known.set(own(text), { value });
    return value;
  };
}

/** The texts of one column, trimmed, each kept once; undefined where a cell has none. */
export const columnTexts = (): ((raw: string) => string | undefined) =>
  kept((raw) => {
    const trimmed = raw.trim();
    return isNull(trimmed) ? undefined : own(trimmed);
  });
