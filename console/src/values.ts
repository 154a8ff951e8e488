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

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** One value as short text; objects as JSON. */
export function show(value: unknown): string {
  if (value === undefined) return "not known";
  if (value === null) return "none";
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Math.round(value * 1000) / 1000);
  return JSON.stringify(value);
}
