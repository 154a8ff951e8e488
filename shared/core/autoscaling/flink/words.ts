import type { Json } from "../../kernel/json.ts";
import type { Clause } from "../../kernel/step.ts";

/** A line of the why; figures that JSON does not know are left out. */
export function clause(
  kind: Clause["kind"],
  rule: string,
  text: string,
  values: { readonly [name: string]: Json | undefined } = {},
): Clause {
  const known = Object.entries(values).filter(([, value]) => typeof value !== "number" || Number.isFinite(value));
  return { kind, rule, text, values: Object.fromEntries(known) };
}

/** Three digits are enough to say what a rate is. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "any number of" : "an unknown number of";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
