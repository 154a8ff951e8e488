import { duration, type Field, fields, list, mapOf, type Notes, type Path, text, wrong } from "../kernel/fields.ts";
import { type Labels, labelsKey, METRIC_NAME } from "../kernel/labels.ts";
import type { PathFault } from "../kernel/path-fault.ts";
import type { DurationMs } from "../kernel/time.ts";
import { typeOf } from "./promql/check.ts";
import { parsePromql } from "./promql/parse.ts";
import { parseTemplate } from "./templates/expand.ts";
import { isAlerting, type Rule, type RuleGroup } from "./types.ts";

/** Names every Prometheus takes; version 3 takes any text. */
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const ONLY_3 = "Prometheus takes this name from version 3 on only";

/** Also as text: rule files are read with their scalars as written. */
const integer: Field<number> = (value, path, notes) => {
  const number = typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number)
    ? (number as number)
    : wrong(notes, path, value, "wrong type or value", "an integer");
};

/** `name:` with nothing behind it is the empty text, as in Go. */
const labelText: Field<string> = (value, path, notes) => (value === null ? "" : text(value, path, notes));

const ruleFields = fields({
  record: text,
  alert: text,
  expr: text,
  for: duration,
  keep_firing_for: duration,
  labels: mapOf(labelText),
  annotations: mapOf(labelText),
});

const groupFields = fields({
  name: text,
  interval: duration,
  query_offset: duration,
  limit: integer,
  labels: mapOf(labelText),
  rules: (value, path, notes) =>
    Array.isArray(value) ? value : wrong(notes, path, value, "wrong type or value", "a list"),
});

const fileFields = fields({
  groups: list((value, path, notes) => groupFields(value, path, notes) ?? {}),
});

export type ReadRuleFile =
  | { readonly ok: true; readonly groups: readonly RuleGroup[]; readonly warnings: readonly PathFault[] }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

/**
 * Reads a Prometheus rule file (its YAML already a value), as strictly as Prometheus 3 itself does (model/rulefmt): unknown
 * keys, repeated group names, expressions and templates that do not parse, `for` on a recording rule are faults, and so is an expression
 * that can never give a vector. All are found in one pass. What loads and is probably not meant is a warning. A group's labels are merged into its rules.
 */
export function readRuleFile(value: unknown, file: string): ReadRuleFile {
  const notes: Notes = { faults: [], warnings: [] };
  const top = value === null || value === undefined ? {} : fileFields(value, [], notes);
  const names = new Set<string>();
  const groups = (top?.groups ?? []).map((row, index) => {
    const path = ["groups", index];
    const { name = "", interval, limit = 0, query_offset: queryOffsetMs = 0, labels = {}, rules = [] } = row;
    if (name === "") notes.faults.push({ path, message: "a group needs a name" });
    else if (names.has(name))
      notes.faults.push({ path: [...path, "name"], message: `group ${JSON.stringify(name)} is repeated in this file` });
    names.add(name);
    checkNames(notes, [...path, "labels"], labels, "label");
    const group: RuleGroup = {
      file,
      name,
      ...(interval === undefined || interval === 0 ? {} : { intervalMs: interval }),
      limit: Math.max(0, limit),
      queryOffsetMs,
      labels,
      rules: rules.map((rule: unknown, at: number) => readRule(notes, [...path, "rules", at], rule, labels)),
    };
    // Prometheus loads such templates and fails when the alert fires.
    if (group.rules.some(isAlerting)) checkTemplates([...path, "labels"], labels, notes.warnings);
    return group;
  });
  if (notes.faults.length > 0) return { ok: false, faults: notes.faults };
  notes.warnings.push(...duplicates(groups));
  return { ok: true, groups, warnings: notes.warnings };
}

function readRule(notes: Notes, path: Path, value: unknown, groupLabels: Labels): Rule {
  const row = ruleFields(value, path, notes) ?? {};
  const { record = "", alert = "", for: forMs = 0, keep_firing_for: keepFiringForMs = 0 } = row;
  const { labels: own = {}, annotations = {} } = row;
  const labels = { ...groupLabels, ...own };
  if (record !== "" && alert !== "")
    notes.faults.push({
      path: [...path, "record"],
      atKey: true,
      message: "a rule is either 'record' or 'alert', not both",
    });
  if (record === "" && alert === "")
    notes.faults.push({ path, message: "a rule needs a name", allowed: "one of 'record' and 'alert'" });
  const expr = row.expr ?? "";
  checkExpr(notes, [...path, "expr"], expr);
  checkNames(notes, [...path, "labels"], own, "label");
  checkNames(notes, [...path, "annotations"], annotations, "annotation");
  if (alert !== "") {
    checkTemplates([...path, "labels"], own, notes.faults);
    checkTemplates([...path, "annotations"], annotations, notes.faults);
  }
  if (record === "") return { alert, expr, forMs, keepFiringForMs, labels, annotations };
  checkRecord(notes, path, record, { annotations, forMs, keepFiringForMs });
  return { record, expr, labels };
}

function checkRecord(
  notes: Notes,
  path: Path,
  record: string,
  given: { readonly annotations: Labels; readonly forMs: DurationMs; readonly keepFiringForMs: DurationMs },
): void {
  for (const [name, present] of [
    ["annotations", Object.keys(given.annotations).length > 0],
    ["for", given.forMs !== 0],
    ["keep_firing_for", given.keepFiringForMs !== 0],
  ] as const) {
    if (present)
      notes.faults.push({ path: [...path, name], atKey: true, message: `a recording rule has no '${name}'` });
  }
  const at = [...path, "record"];
  if (/[{}]/.test(record))
    wrong(notes, at, record, "braces in a recording rule's name; do they belong to expr?", "a metric name");
  else if (!PLAIN_METRIC.test(record)) notes.warnings.push({ path: at, message: ONLY_3 });
}

function checkExpr(notes: Notes, path: Path, expr: string): void {
  if (expr === "") {
    notes.faults.push({ path, message: "a rule needs an expression", allowed: "PromQL" });
    return;
  }
  const parsed = parsePromql(expr);
  if (parsed.ok) {
    const type = typeOf(parsed.expr);
    if (type === "string" || type === "matrix")
      wrong(
        notes,
        path,
        expr,
        `the expression gives a ${type === "matrix" ? "range vector" : type}`,
        "a vector or scalar",
      );
    return;
  }
  for (const { message, line = 1, column = 1, value, allowed } of parsed.faults) {
    notes.faults.push({
      path,
      message: `${message} (at ${line}:${column} of the expression)`,
      value: value ?? shown(expr),
      ...(allowed === undefined ? {} : { allowed }),
      within: { line, column },
    });
  }
}

const shown = (written: string): string => {
  const one = JSON.stringify(written);
  return one.length > 80 ? `${one.slice(0, 79)}…` : one;
};

/** `__name__` would give the alert, or the recorded series, another name than the rule has. */
function checkNames(notes: Notes, path: Path, names: Labels, what: "label" | "annotation"): void {
  for (const name of Object.keys(names)) {
    const at = { path: [...path, name], atKey: true };
    if (name === "" || (what === "label" && name === METRIC_NAME))
      notes.faults.push({
        ...at,
        message: `${JSON.stringify(name)} cannot be the name of ${what === "label" ? "a label" : "an annotation"}`,
      });
    else if (!PLAIN_LABEL.test(name)) notes.warnings.push({ ...at, message: ONLY_3, value: shown(name) });
  }
}

function checkTemplates(path: Path, texts: Labels, into: PathFault[]): void {
  for (const [name, template] of Object.entries(texts)) {
    const parsed = parseTemplate(template);
    if (parsed.ok) continue;
    const { message, line, column } = parsed;
    into.push({
      path: [...path, name],
      message: `the template does not parse: ${message} (at ${line}:${column} of the template)`,
      value: shown(template),
      within: { line, column },
    });
  }
}

/** promtool's lint "duplicate-rules": the same name with the same labels gives series or alerts nobody can tell apart. */
function duplicates(groups: readonly RuleGroup[]): readonly PathFault[] {
  const seen = new Map<string, string>();
  return groups.flatMap((group, at) =>
    group.rules.flatMap((rule, index) => {
      const name = isAlerting(rule) ? rule.alert : rule.record;
      const key = JSON.stringify([name, labelsKey(rule.labels)]);
      const first = seen.get(key);
      if (first === undefined) seen.set(key, `groups[${at}].rules[${index}]`);
      const message = `duplicate rule: ${JSON.stringify(name)} has the name and the labels of ${first}`;
      return first === undefined ? [] : [{ path: ["groups", at, "rules", index], message }];
    }),
  );
}
