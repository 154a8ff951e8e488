import { tagName } from "./cur-columns.ts";

/**
 * A map of the Cost and Usage Report 2.0, which is JSON; of tags ("user_team") the names without what AWS puts before them. Undefined where there is none,
 * or it cannot be read: no sum depends on it.
 */
export function tagsOf(text: string | undefined, tags = false): Record<string, string> | undefined {
  if (text === undefined || !text.startsWith("{")) return undefined;
  let map: unknown;
  try {
    map = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(map as Record<string, unknown>)) {
    if (value === null || value === undefined || value === "") continue;
    const match = tags ? /^(user[:_]|aws[:_])(.+)$/.exec(key) : null;
    found[match ? tagName(match[1] ?? "", match[2] ?? "") : key] = String(value);
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
