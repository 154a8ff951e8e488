import * as v from "valibot";
import { compileFlag } from "../../shared/core/delivery/flags/compile.ts";
import { evaluate } from "../../shared/core/delivery/flags/evaluate.ts";
import { FlagSection, type FlagSpec } from "../../shared/core/delivery/flags/section.ts";
import type { Evaluation, FlagContext, FlagLive } from "../../shared/core/delivery/flags/types.ts";

export const NOW = Date.parse("2027-03-01T12:00:00Z");

/** A flag as the file has it. */
export const flagOf = (input: v.InferInput<typeof FlagSection> = {}): FlagSpec => v.parse(FlagSection, input);

/** What a flag is for a context, in one go. */
export function evaluated(
  input: v.InferInput<typeof FlagSection>,
  context: FlagContext = {},
  { now = NOW, live = {}, name = "flag" }: { now?: number; live?: FlagLive; name?: string } = {},
): Evaluation {
  return evaluate(compileFlag(name, flagOf(input), live), context, now);
}

export const users = (count: number): readonly FlagContext[] =>
  Array.from({ length: count }, (_, index) => ({ targetingKey: `user-${index}` }));
