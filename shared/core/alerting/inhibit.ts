import { hash64 } from "../kernel/hash.ts";
import { canonical } from "../kernel/json.ts";
import { type Labels, labelOf } from "../kernel/labels.ts";
import type { Millis } from "../kernel/time.ts";
import { compileMatchers } from "./matchers/match.ts";
import { resolvedAt } from "./merge.ts";
import type { AlertRow, InhibitRuleSpec } from "./types.ts";

/** Where the sources of a rule with these equal labels are kept. */
export interface InhibitKey {
  /** Position of the rule. */
  readonly rule: number;
  /** `<rule hash>/<hash of the equal labels' values>`: the same for equal rules in any configuration. */
  readonly key: string;
}

export interface CompiledInhibit {
  /** What an alert is a source of: its row belongs at these keys ({@link CompiledInhibit.keep}). */
  sourceKeys(labels: Labels): readonly InhibitKey[];
  /**
   * The sources kept at a key once one more is heard of. Only the first of them inhibits, as in upstream's index, which holds one: news
   * of that alert replaces it, and another one does if it does not end earlier. So a second source of a set may be lost until it is
   * heard of again, and one that is a target too may hide one that is not: time lines would differ from upstream's otherwise. The
   * others are kept so that news of them can be merged with what was known.
   */
  keep(at: InhibitKey, kept: readonly AlertRow[], row: AlertRow): readonly AlertRow[];
  /** Where to look for what may inhibit an alert, in the order of the rules. */
  targetKeys(labels: Labels): readonly InhibitKey[];
  /** Fingerprint of the alert that inhibits it: of the first rule that does, as upstream; nothing: it is not inhibited. */
  inhibitedBy(
    labels: Labels,
    sources: (at: InhibitKey) => readonly AlertRow[] | undefined,
    now: Millis,
  ): readonly string[];
}

interface Rule {
  readonly hash: string;
  readonly source: (labels: Labels) => boolean;
  readonly target: (labels: Labels) => boolean;
  readonly equal: readonly string[];
}

/** Sources of one rule and equal set that are remembered; each is written with every news of one of them. */
const MOST_KEPT = 8;

/** Rules as upstream applies them. An absent equal label is an empty one, so two alerts that both lack it are equal in it. */
export function compileInhibit(rules: readonly InhibitRuleSpec[]): CompiledInhibit {
  const compiled: readonly Rule[] = rules.map(({ source, target, equal }) => ({
    hash: hash64(canonical({ source, target, equal } as never)),
    source: compileMatchers(source),
    target: compileMatchers(target),
    equal: [...new Set(equal)].sort(),
  }));
  /** Of one rule for one label set, which is looked at again and again. */
  const made = compiled.map(() => new WeakMap<Labels, InhibitKey>());
  const keyOf = ({ hash, equal }: Rule, rule: number, labels: Labels): InhibitKey => {
    const before = made[rule]?.get(labels);
    if (before) return before;
    const key = `${hash}/${hash64(JSON.stringify(equal.map((name) => labelOf(labels, name))))}`;
    made[rule]?.set(labels, { rule, key });
    return { rule, key };
  };
  const keys = (labels: Labels, side: "source" | "target"): readonly InhibitKey[] =>
    compiled.flatMap((rule, index) => (rule[side](labels) ? [keyOf(rule, index, labels)] : []));
  return {
    sourceKeys: (labels) => keys(labels, "source"),
    targetKeys: (labels) => keys(labels, "target"),
    keep(_, kept, row) {
      const [first, ...others] = kept;
      if (!first) return [row];
      const rest = others.filter(({ fingerprint }) => fingerprint !== row.fingerprint);
      if (first.fingerprint === row.fingerprint) return [row, ...rest];
      return (first.endsAt <= row.endsAt ? [row, first, ...rest] : [first, row, ...rest]).slice(0, MOST_KEPT);
    },
    inhibitedBy(labels, sources, now) {
      for (const [index, rule] of compiled.entries()) {
        if (!rule.target(labels)) continue;
        const [found] = sources(keyOf(rule, index, labels)) ?? [];
        if (!found || resolvedAt(found, now)) continue;
        // What matches both sides is not inhibited by what matches both sides, itself included.
        if (rule.target(found.labels) && rule.source(labels)) continue;
        return [found.fingerprint];
      }
      return [];
    },
  };
}
