import type { AutoscalingConfig } from "../config.ts";
import { freezing } from "../tune/frozen.ts";
import { playing, type Stage } from "../tune/play.ts";
import type { Objective } from "../tune/types.ts";
import { builtinPolicies } from "./builtin.ts";
import type { Days } from "./days.ts";
import type { Measures } from "./measures.ts";

/** A policy with its name, as its row is called. */
export interface Named {
  readonly name: string;
  readonly config: AutoscalingConfig;
}

/** A row of a comparison. */
export interface Compared extends Measures {
  /** What the model leaves out, and what `auto` picked. */
  readonly notes: readonly string[];
}

/** Every built-in policy. */
export const everyPolicy: readonly Named[] = Object.entries(builtinPolicies).map(([name, config]) => ({
  name,
  config,
}));

/**
 * One policy of a comparison, scored on the days. It runs from the first minute of the load on; `auto` picks on the days before and is frozen. Some
 * hours of the load each turn.
 *
 * @throws HeadgateError `input.invalid` where it rests on a metric that the model does not have
 */
export function* comparing(
  stage: Stage,
  { name, config }: Named,
  days: Days,
  objective?: Objective,
): Generator<undefined, Compared> {
  const ready = yield* freezing(stage, config, days, objective);
  const { measures, notes } = yield* playing(stage, ready.config, days, name);
  return { ...measures, notes: [...ready.notes, ...notes] };
}

/** The lowest J first, equals in the order given. */
export const byJ = <T extends Measures>(rows: readonly T[]): readonly T[] => rows.toSorted((a, b) => a.j - b.j);
