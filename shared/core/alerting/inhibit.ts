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
   * The sources kept at a key once one more is heard of: those that end last, of each kind (a target too, or not), as either kind may
   * inhibit what the other may not. Any of them that fires inhibits, as upstream does from 0.34.1 on and did before its index.
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

/**
 * Sources of one rule, equal set and kind that are remembered; all are written with every news of one of them. The one that ends last is
 * always there, so more than these would only matter where these are resolved early one by one.
 */
const MOST_KEPT = 8;

const latestFirst = (a: AlertRow, b: AlertRow): number =>
  b.endsAt - a.endsAt || (a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0);

/**
 * Rules as upstream applies them. An absent equal label is an empty one, so two alerts that both lack it are equal in it. `mostKept`: how
 * many sources of one key and kind are remembered (default 8).
 */
export function compileInhibit(rules: readonly InhibitRuleSpec[], mostKept = MOST_KEPT): CompiledInhibit {
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
    keep({ rule }, kept, row) {
      const both = compiled[rule]?.target ?? (() => false);
      const room = { one: mostKept, both: mostKept };
      return [...kept.filter(({ fingerprint }) => fingerprint !== row.fingerprint), row]
        .sort(latestFirst)
        .filter((source) => {
          const kind = both(source.labels) ? "both" : "one";
          room[kind] -= 1;
          return room[kind] >= 0;
        });
    },
    inhibitedBy(labels, sources, now) {
      for (const [index, rule] of compiled.entries()) {
        if (!rule.target(labels)) continue;
        // What matches both sides is not inhibited by what matches both sides, itself included.
        const two = rule.source(labels);
        const found = (sources(keyOf(rule, index, labels)) ?? []).find(
          (source) => !resolvedAt(source, now) && !(two && rule.target(source.labels)),
        );
        if (found) return [found.fingerprint];
      }
      return [];
    },
  };
}
