import type { CostSource } from "../section.ts";

export type SourceKind = "focus" | "cur" | "costExplorer" | "prices" | "sample";

/** A source with the name its days are kept under. */
export interface NamedSource {
  readonly name: string;
  readonly kind: SourceKind;
  readonly source: CostSource;
}

/** What a source without a name is called. */
const CALLED: Readonly<Record<SourceKind, string>> = {
  focus: "focus",
  cur: "cur",
  costExplorer: "cost-explorer",
  prices: "prices",
  sample: "sample",
};

export const kindOf = (source: CostSource): SourceKind =>
  "cur" in source
    ? "cur"
    : "costExplorer" in source
      ? "costExplorer"
      : "prices" in source
        ? "prices"
        : "sample" in source
          ? "sample"
          : "focus";

/** Names of all sources: their own, else what they are, numbered from the second on. Two of one name are two of one kind only by mistake; the later one is numbered too. */
export function nameSources(sources: readonly CostSource[]): readonly NamedSource[] {
  const taken = new Set<string>();
  const given = new Set(sources.flatMap(({ name }) => (name === undefined ? [] : [name])));
  return sources.map((source) => {
    const kind = kindOf(source);
    const wanted = source.name ?? CALLED[kind];
    let name = wanted;
    const free = () => !taken.has(name) && (name === source.name || !given.has(name));
    for (let count = 2; !free(); count += 1) name = `${wanted}-${count}`;
    taken.add(name);
    return { name, kind, source };
  });
}
