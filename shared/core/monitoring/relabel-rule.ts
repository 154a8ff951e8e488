import { RE2JS } from "re2js";
import { count, type Field, fields, list, type Notes, oneOf, type Path, text, wrong } from "../kernel/fields.ts";

export const RELABEL_ACTIONS = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
] as const;

export type RelabelAction = (typeof RELABEL_ACTIONS)[number];

/** One entry of `relabel_configs`; defaults filled in. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly targetLabel: string;
  /** RE2, matched against the whole text. */
  readonly regex: string;
  readonly modulus: number;
  readonly replacement: string;
}

/** Defaults of prometheus/model/relabel. */
export const RELABEL_DEFAULTS: RelabelRule = {
  action: "replace",
  sourceLabels: [],
  separator: ";",
  targetLabel: "",
  regex: "(.*)",
  modulus: 0,
  replacement: "$1",
};

/** The whole text must match, and a dot is any character: prometheus/model/relabel NewRegexp. */
export const anchored = (regex: string): string => `^(?s:${regex})$`;

const action: Field<RelabelAction> = (value, path, notes) =>
  oneOf(...RELABEL_ACTIONS)(typeof value === "string" ? value.toLowerCase() : value, path, notes);

const regex: Field<string> = (value, path, notes) => {
  const written = text(value, path, notes);
  if (written === undefined) return undefined;
  try {
    RE2JS.compile(anchored(written));
    return written;
  } catch (error) {
    return wrong(notes, path, value, `not a valid RE2 expression: ${(error as Error).message}`);
  }
};

const written = fields({
  source_labels: list(text),
  separator: text,
  target_label: text,
  regex,
  modulus: count,
  replacement: text,
  action,
});

/** Actions that write a label and therefore need its name. */
const TARGETED: readonly RelabelAction[] = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];
/** Fields an action does not look at; anything but the default there is a fault upstream. */
const UNUSED: Partial<Record<RelabelAction, readonly (keyof RelabelRule)[]>> = {
  lowercase: ["replacement"],
  uppercase: ["replacement"],
  keepequal: ["regex", "modulus", "separator", "replacement"],
  dropequal: ["regex", "modulus", "separator", "replacement"],
  labeldrop: ["sourceLabels", "targetLabel", "modulus", "separator", "replacement"],
  labelkeep: ["sourceLabels", "targetLabel", "modulus", "separator", "replacement"],
};
const KEYS: Readonly<Record<keyof RelabelRule, string>> = {
  action: "action",
  sourceLabels: "source_labels",
  separator: "separator",
  targetLabel: "target_label",
  regex: "regex",
  modulus: "modulus",
  replacement: "replacement",
};

function check(rule: RelabelRule, path: Path, notes: Notes): void {
  const fault = (key: keyof RelabelRule, message: string) =>
    wrong(notes, [...path, KEYS[key]], rule[key], message, undefined);
  if (rule.action === "hashmod" && rule.modulus === 0) fault("modulus", "hashmod needs a modulus that is not zero");
  if (TARGETED.includes(rule.action) && rule.targetLabel === "")
    fault("targetLabel", `${rule.action} needs a target_label`);
  // A name is any text; one that is made of the match is checked where it is made.
  if (rule.action === "labelmap" && rule.replacement === "") fault("replacement", "labelmap needs a replacement");
  for (const key of UNUSED[rule.action] ?? [])
    if (JSON.stringify(rule[key]) !== JSON.stringify(RELABEL_DEFAULTS[key]))
      fault(key, `${rule.action} does not take ${KEYS[key]}`);
}

/** Reads one entry of `relabel_configs`, with the checks of prometheus/model/relabel. */
export const relabelRule: Field<RelabelRule> = (value, path, notes) => {
  const before = notes.faults.length;
  const read = written(value, path, notes);
  if (!read || notes.faults.length > before) return undefined;
  const rule: RelabelRule = {
    action: read.action ?? RELABEL_DEFAULTS.action,
    sourceLabels: read.source_labels ?? RELABEL_DEFAULTS.sourceLabels,
    separator: read.separator ?? RELABEL_DEFAULTS.separator,
    targetLabel: read.target_label ?? RELABEL_DEFAULTS.targetLabel,
    regex: read.regex ?? RELABEL_DEFAULTS.regex,
    modulus: read.modulus ?? RELABEL_DEFAULTS.modulus,
    replacement: read.replacement ?? RELABEL_DEFAULTS.replacement,
  };
  check(rule, path, notes);
  return rule;
};
