import { ACCESS_RULES } from "./rules-access.ts";
import { EDGE_RULES } from "./rules-edges.ts";
import { STORAGE_RULES } from "./rules-storage.ts";
import type { Synth } from "./synth.ts";

/** Something every deployment of ours must have and this one lacks. */
export interface Violation {
  readonly rule: string;
  /** Logical name. */
  readonly resource: string;
  readonly text: string;
}

/** Finds the resources that break a rule, and says how. */
type Rule = (synth: Synth) => (readonly [resource: string, text: string])[];
export type Rules = Readonly<Record<string, Rule>>;

export const RULES: Rules = {
  synthesised: (synth) => synth.errors.map((error) => ["app", error] as const),
  ...ACCESS_RULES,
  ...EDGE_RULES,
  ...STORAGE_RULES,
};

export function violations(synth: Synth): readonly Violation[] {
  return Object.entries(RULES).flatMap(([rule, check]) =>
    check(synth).map(([resource, text]) => ({ rule, resource, text })),
  );
}
