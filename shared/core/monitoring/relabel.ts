import { RE2JS } from "re2js";
import { goExpand } from "../go-template/go-expand.ts";
import type { Labels } from "../kernel/labels.ts";
import { md5 } from "./md5.ts";
import { anchored, RELABEL_DEFAULTS, type RelabelRule } from "./relabel-rule.ts";

/** Labels on their way through the rules; an empty value removes. Undefined: dropped. */
type Draft = Map<string, string>;
type Act = (draft: Draft) => Draft | undefined;

/** Rune by rune, as Go maps case: no rune becomes two, and none depends on its neighbours. */
const byRune = (text: string, map: (rune: string) => string): string =>
  Array.from(text, (rune) => {
    const mapped = map(rune);
    return (mapped.codePointAt(0) ?? 0) > 0xffff === mapped.length > 1 ? mapped : rune;
  }).join("");

/** Remainder of the last 8 bytes of the MD5, big-endian. */
function hashModulus(text: string, modulus: number): string {
  const digest = md5(text);
  return String(new DataView(digest.buffer).getBigUint64(8) % BigInt(modulus));
}

function compile(rule: RelabelRule): Act {
  const pattern = RE2JS.compile(anchored(rule.regex));
  const { action, targetLabel, replacement } = rule;
  const joined = (draft: Draft) => rule.sourceLabels.map((name) => draft.get(name) ?? "").join(rule.separator);
  const set = (draft: Draft, name: string, value: string): Draft => {
    if (value === "") draft.delete(name);
    else draft.set(name, value);
    return draft;
  };
  const filter =
    (keeps: (draft: Draft) => boolean): Act =>
    (draft) =>
      keeps(draft) ? draft : undefined;
  const rename =
    (stays: (matches: boolean) => boolean): Act =>
    (draft) => {
      for (const name of [...draft.keys()]) if (!stays(pattern.matcher(name).matches())) draft.delete(name);
      return draft;
    };
  switch (action) {
    case "keep":
      return filter((draft) => pattern.matcher(joined(draft)).matches());
    case "drop":
      return filter((draft) => !pattern.matcher(joined(draft)).matches());
    case "keepequal":
      return filter((draft) => (draft.get(targetLabel) ?? "") === joined(draft));
    case "dropequal":
      return filter((draft) => (draft.get(targetLabel) ?? "") !== joined(draft));
    case "lowercase":
      return (draft) =>
        set(
          draft,
          targetLabel,
          byRune(joined(draft), (rune) => rune.toLowerCase()),
        );
    case "uppercase":
      return (draft) =>
        set(
          draft,
          targetLabel,
          byRune(joined(draft), (rune) => rune.toUpperCase()),
        );
    case "hashmod":
      return (draft) => set(draft, targetLabel, hashModulus(joined(draft), rule.modulus));
    case "labeldrop":
      return rename((matches) => !matches);
    case "labelkeep":
      return rename((matches) => matches);
    case "labelmap":
      return (draft) => {
        for (const [name, value] of [...draft]) {
          const match = pattern.matcher(name);
          if (match.matches()) set(draft, goExpand(replacement, match), value);
        }
        return draft;
      };
    case "replace":
      return (draft) => {
        const match = pattern.matcher(joined(draft));
        if (!match.matches()) return draft;
        const name = goExpand(targetLabel, match);
        return name === "" ? draft : set(draft, name, goExpand(replacement, match));
      };
  }
}

/** A rule that always puts the same text into the same label needs no expression. */
const isConstant = (rule: RelabelRule): boolean =>
  rule.action === "replace" &&
  rule.regex === RELABEL_DEFAULTS.regex &&
  !rule.targetLabel.includes("$") &&
  !rule.replacement.includes("$");

/**
 * Relabeling as prometheus/model/relabel does it, over one label set; undefined where a rule drops it. Labels with an empty value are
 * absent. Rules are compiled once.
 */
export function compileRelabel(rules: readonly RelabelRule[]): (labels: Labels) => Labels | undefined {
  const acts = rules.map((rule): Act => {
    if (!isConstant(rule)) return compile(rule);
    return (draft) => {
      if (rule.replacement === "") draft.delete(rule.targetLabel);
      else draft.set(rule.targetLabel, rule.replacement);
      return draft;
    };
  });
  return (labels) => {
    let draft: Draft | undefined = new Map(Object.entries(labels).filter(([, value]) => value !== ""));
    for (const act of acts) {
      draft = act(draft);
      if (!draft) return undefined;
    }
    return Object.fromEntries(draft);
  };
}
