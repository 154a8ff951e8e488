import { clockTime, duration } from "./format.ts";

/** Reading JSON of which only the shape in passing is known: configurations and inputs of any noun. */

export type Members = { readonly [name: string]: unknown };

export function members(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The members that are numbers, by name. */
export const numbersOf = (value: Members): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (numberOf(one) === undefined ? [] : [[name, one as number]])),
  );

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Labels as PromQL writes them: {group="billing"}; the name of the metric before them, where there is one. */
export function labelsText(labels: Members): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== "__name__");
  const name = textOf(labels["__name__"]) ?? "";
  return pairs.length === 0 && name !== ""
    ? name
    : `${name}{${pairs.map(([key, value]) => `${key}="${String(value)}"`).join(", ")}}`;
}

const isLabels = (value: object): boolean => {
  const all = Object.values(value);
  return !Array.isArray(value) && all.length > 0 && all.every((one) => typeof one === "string");
};

/** One value as short text: texts by name as labels, other objects as JSON. */
export function show(value: unknown): string {
  if (value === undefined) return "not known";
  if (value === null) return "none";
  if (typeof value === "string") return value;
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Math.round(value * 1000) / 1000);
  return typeof value === "object" && isLabels(value) ? labelsText(value as Members) : JSON.stringify(value);
}

/** "leftMs" is "left"; camel case and underscores are blanks. */
export function nameWords(name: string): string {
  return name
    .replace(/Ms$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/[_-]/g, " ")
    .toLowerCase();
}

/** A named value as people read it: durations in words, instants as times, everything else as it is. */
export function showNamed(name: string, value: unknown): string {
  if (typeof value !== "number") return show(value);
  if (name.endsWith("Ms") && Math.abs(value) < 1e11) return duration(value);
  return value > 1e12 && value < 1e13 ? clockTime(value, value) : show(value);
}
