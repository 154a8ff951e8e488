import { listAll } from "./list-all.ts";
import type { Place } from "./place.ts";

const decoder = new TextDecoder();

/** JSON documents below a prefix, those with the greatest keys first; places that do not answer, and what cannot be read, are left out. */
export async function newestJson(
  places: readonly Place[],
  prefix: string,
  most: number,
): Promise<readonly Record<string, unknown>[]> {
  const found = new Map<string, Place>();
  for (const place of places)
    try {
      for await (const { key } of listAll(place, prefix))
        if (key.endsWith(".json") && !found.has(key)) found.set(key, place);
    } catch {
      // What the other places say counts.
    }
  const documents: Record<string, unknown>[] = [];
  for (const [key, place] of [...found].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, most))
    try {
      const bytes = await place.objects.get(key);
      const value: unknown = bytes && JSON.parse(decoder.decode(bytes));
      if (typeof value === "object" && value !== null) documents.push(value as Record<string, unknown>);
    } catch {
      // Cut off, or of a kind we do not know: it proves nothing.
    }
  return documents;
}
