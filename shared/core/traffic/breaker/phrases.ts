import type { Json } from "../../kernel/json.ts";
import type { Clause } from "../../kernel/step.ts";

export const clause = (
  kind: Clause["kind"],
  rule: string,
  text: string,
  values: { readonly [name: string]: Json | undefined } = {},
): Clause => ({ kind, rule, text, values });

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** "33.3 %": one digit behind the point where it says something. */
export const percent = (value: number): string => `${Math.round(value * 10) / 10} %`;
