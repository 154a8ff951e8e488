import { matcher } from "../../kernel/patterns.ts";

/**
 * Of ranked patterns the smallest rank whose pattern matches a name. Thousands of rules are looked up for thousands of names, so plain names and
 * plain beginnings ("team-*"), which nearly all are, cost one look into a table each; only the rest is tried one by one, as far as it could win.
 */
export function patternIndex(
  ranked: Iterable<readonly [pattern: string, rank: number]>,
): (name: string) => number | undefined {
  const names = new Map<string, number>();
  const beginnings = new Map<number, Map<string, number>>();
  const others: { readonly matches: (name: string) => boolean; readonly rank: number }[] = [];
  const keep = (table: Map<string, number>, key: string, rank: number) =>
    table.set(key, Math.min(rank, table.get(key) ?? rank));
  for (const [pattern, rank] of ranked) {
    const special = pattern.search(/[*?]/);
    if (special < 0) keep(names, pattern, rank);
    else if (special === pattern.length - 1 && pattern.endsWith("*")) {
      const table = beginnings.get(special) ?? new Map<string, number>();
      beginnings.set(special, table);
      keep(table, pattern.slice(0, -1), rank);
    } else others.push({ matches: matcher([pattern]), rank });
  }
  others.sort((a, b) => a.rank - b.rank);
  return (name) => {
    let best = names.get(name);
    for (const [length, table] of beginnings) {
      const rank = length <= name.length ? table.get(name.slice(0, length)) : undefined;
      if (rank !== undefined && (best === undefined || rank < best)) best = rank;
    }
    for (const { matches, rank } of others) {
      if (best !== undefined && rank >= best) break;
      if (matches(name)) best = rank;
    }
    return best;
  };
}
