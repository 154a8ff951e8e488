import type { Value } from "./values.ts";

/** Structures do not change, and parts are counted once for every whole they stand in. */
const known = new WeakMap<object, number>();

/** About how many characters a value takes when it is printed, parts that occur twice counted twice. */
export function weightOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  if (value.kind !== "list" && value.kind !== "map" && value.kind !== "struct") return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  const weight = partsOf(value);
  // What is small is counted again sooner than it is remembered.
  if (weight > 200) known.set(value, weight);
  return weight;
}

function partsOf(value: Extract<Value, { kind: "list" | "map" | "struct" }>): number {
  let weight = 1;
  if (value.kind === "list") for (const item of value.items) weight += 1 + weightOf(item);
  else
    for (const [name, part] of value.kind === "map" ? value.entries : value.fields)
      weight += name.length + weightOf(part);
  return weight;
}

/** How much memory a value takes by itself: parts that it shares with others are counted where they were made. */
export function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  if (value.kind === "list") return value.items.length * 8;
  return value.kind === "map" ? value.entries.size * 32 : 0;
}
