import { hash64 } from "../kernel/hash.ts";
import { type Labels, labelOf } from "../kernel/labels.ts";
import type { DurationMs } from "../kernel/time.ts";
import { compileMatchers, matchersText } from "./matchers/match.ts";
import type { CooldownRule } from "./types.ts";

/** Where it is kept until when alerts like this one are held back, and for how long a notification holds them. */
export interface CooldownKey {
  readonly key: string;
  readonly forMs: DurationMs;
}

/** The cooldowns an alert falls under: one per rule that matches, the same for all alerts that are alike in the rule's `by`. */
export function compileCooldowns(rules: readonly CooldownRule[]): (labels: Labels) => readonly CooldownKey[] {
  const compiled = rules.map(({ match, by, forMs }) => ({
    matches: compileMatchers(match),
    hash: hash64(`${matchersText(match)}\u0001${JSON.stringify(by)}`),
    by,
    forMs,
  }));
  return (labels) =>
    compiled.flatMap(({ matches, hash, by, forMs }) =>
      matches(labels)
        ? [{ key: `${hash}/${hash64(JSON.stringify(by.map((name) => labelOf(labels, name))))}`, forMs }]
        : [],
    );
}
