import type { FlagSpec, SharesSpec } from "./section.ts";
import type { FlagType, FlagValue } from "./types.ts";

/** The type of one value. */
export function typeOf(value: unknown): FlagType {
  const type = typeof value;
  return type === "boolean" || type === "string" || type === "number" ? type : "object";
}

/** The type of a flag: the one it names, or that of its variants. */
export const flagType = ({ type, variants }: Pick<FlagSpec, "type" | "variants">): FlagType =>
  type ?? typeOf(Object.values(variants)[0]);

/** Names of the variants, in the order of their names: that of the file is lost in stores that sort. */
export const variantNames = ({ variants }: Pick<FlagSpec, "variants">): readonly string[] =>
  Object.keys(variants).sort();

/** Served where no rule applies. Undefined: the flag names none, and nothing can be assumed (see check.ts). */
export const defaultVariant = (spec: Pick<FlagSpec, "default" | "variants">): string | undefined =>
  spec.default ?? (Object.hasOwn(spec.variants, "off") ? "off" : undefined);

/** Served while it is switched off. */
export const offVariant = (spec: Pick<FlagSpec, "default" | "off" | "variants">): string | undefined =>
  spec.off ?? (Object.hasOwn(spec.variants, "off") ? "off" : defaultVariant(spec));

/** The variant that a roll-out in percent is about. Undefined: it cannot be told (more than one that is not the default). */
export function rolledVariant(spec: Pick<FlagSpec, "default" | "off" | "variants" | "rollout">): string | undefined {
  if (spec.rollout?.to !== undefined) return spec.rollout.to;
  const others = variantNames(spec).filter((name) => name !== defaultVariant(spec));
  return others.length === 1 ? others[0] : undefined;
}

/** Shares of a roll-out to so many percent; the rest gets the default. */
export function sharesAt(to: string, rest: string, percent: number): SharesSpec {
  if (to === rest) return { [to]: 100 };
  // Percent have three decimals; 100 − 99.9 would have more.
  return { [to]: percent, [rest]: Math.round((100 - percent) * 1_000) / 1_000 };
}

export const variantValue = (spec: Pick<FlagSpec, "variants">, variant: string): FlagValue | undefined =>
  Object.hasOwn(spec.variants, variant) ? (spec.variants[variant] as FlagValue) : undefined;
