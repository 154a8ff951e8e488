import { labelsKey, METRIC_NAME } from "../kernel/labels.ts";
import { type FieldReader, fieldReader, shownValue } from "./file-fields.ts";
import type { PathFault } from "./path-fault.ts";
import { parsePromql } from "./promql/parse.ts";
import { parseTemplate } from "./templates/parse.ts";
import { isAlerting, type Rule, type RuleGroup } from "./types.ts";

type Path = readonly (string | number)[];

const GROUP_FIELDS = ["name", "interval", "query_offset", "limit", "labels", "rules"];
const RULE_FIELDS = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];
/** Names every Prometheus takes; version 3 takes any text. */
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const ONLY_3 = "Prometheus takes this name from version 3 on only";

export type ReadRuleFile =
  | { readonly ok: true; readonly groups: readonly RuleGroup[]; readonly warnings: readonly PathFault[] }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

/**
 * Reads a Prometheus rule file (its YAML already a value), as strictly as Prometheus 3 itself does (model/rulefmt): unknown
 * fields, repeated group names, expressions that do not parse or give no vector, templates that do not parse, `for` on a recording
 * rule are faults. All of them are found in one pass. What loads and is probably not meant (duplicate rules, as
 * promtool's linter tells them) is a warning.
 */
export function readRuleFile(value: unknown, file: string): ReadRuleFile {
  const reader = fieldReader();
  const { faults, warnings } = reader;
  const top = reader.map([], value, ["groups"]);
  const groups = reader.list(["groups"], top?.["groups"]).flatMap((group, index) => {
    const read = readGroup(reader, ["groups", index], group, file);
    return read ? [read] : [];
  });
  const names = new Set<string>();
  for (const [index, { name }] of groups.entries()) {
    if (names.has(name))
      faults.push({ path: ["groups", index, "name"], message: `group ${shownValue(name)} is repeated in this file` });
    names.add(name);
  }
  if (faults.length > 0) return { ok: false, faults };
  warnings.push(...duplicates(groups));
  return { ok: true, groups, warnings };
}

function readGroup(reader: FieldReader, path: Path, value: unknown, file: string): RuleGroup | undefined {
  const row = reader.map(path, value, GROUP_FIELDS);
  if (!row) return undefined;
  const name = reader.text([...path, "name"], row["name"]) ?? "";
  if (name === "") reader.faults.push({ path: [...path, "name"], message: "a group needs a name", allowed: "a text" });
  const intervalMs = reader.duration([...path, "interval"], row["interval"]);
  const limit = reader.integer([...path, "limit"], row["limit"]) ?? 0;
  const labels = reader.texts([...path, "labels"], row["labels"]);
  checkNames(reader, [...path, "labels"], labels, "label");
  const rules = reader.list([...path, "rules"], row["rules"]).flatMap((rule, index) => {
    const read = readRule(reader, [...path, "rules", index], rule);
    return read ? [read] : [];
  });
  if (rules.some(isAlerting))
    // Prometheus loads them and fails when the alert fires.
    checkTemplates(reader, [...path, "labels"], labels, reader.warnings);
  return {
    file,
    name,
    ...(intervalMs === undefined || intervalMs === 0 ? {} : { intervalMs }),
    limit: Math.max(0, limit),
    queryOffsetMs: reader.duration([...path, "query_offset"], row["query_offset"]) ?? 0,
    labels,
    rules,
  };
}

function readRule(reader: FieldReader, path: Path, value: unknown): Rule | undefined {
  const row = reader.map(path, value, RULE_FIELDS);
  if (!row) return undefined;
  const { faults } = reader;
  const [record, alert] = ["record", "alert"].map((name) => reader.text([...path, name], row[name]) ?? "") as [
    string,
    string,
  ];
  if (record !== "" && alert !== "")
    faults.push({ path: [...path, "record"], atKey: true, message: "a rule is either 'record' or 'alert', not both" });
  if (record === "" && alert === "")
    faults.push({ path, message: "a rule needs a name", allowed: "one of 'record' and 'alert'" });
  const expr = readExpr(reader, [...path, "expr"], row["expr"]);
  const forMs = reader.duration([...path, "for"], row["for"]) ?? 0;
  const keepFiringForMs = reader.duration([...path, "keep_firing_for"], row["keep_firing_for"]) ?? 0;
  const labels = reader.texts([...path, "labels"], row["labels"]);
  const annotations = reader.texts([...path, "annotations"], row["annotations"]);
  checkNames(reader, [...path, "labels"], labels, "label");
  checkNames(reader, [...path, "annotations"], annotations, "annotation");
  if (record === "") {
    checkTemplates(reader, [...path, "labels"], labels, faults);
    checkTemplates(reader, [...path, "annotations"], annotations, faults);
    return { alert, expr, forMs, keepFiringForMs, labels, annotations };
  }
  for (const [name, present] of [
    ["annotations", Object.keys(annotations).length > 0],
    ["for", forMs !== 0],
    ["keep_firing_for", keepFiringForMs !== 0],
  ] as const) {
    if (present) faults.push({ path: [...path, name], atKey: true, message: `a recording rule has no '${name}'` });
  }
  if (/[{}]/.test(record))
    faults.push({
      path: [...path, "record"],
      message: "braces in a recording rule's name; do they belong to expr?",
      value: shownValue(record),
      allowed: "a metric name",
    });
  else if (!PLAIN_METRIC.test(record)) reader.warnings.push({ path: [...path, "record"], message: ONLY_3 });
  return { record, expr, labels };
}

function readExpr(reader: FieldReader, path: Path, value: unknown): string {
  const expr = reader.text(path, value) ?? "";
  if (expr === "") {
    reader.faults.push({ path, message: "a rule needs an expression", allowed: "PromQL" });
    return expr;
  }
  const parsed = parsePromql(expr);
  if (!parsed.ok) {
    for (const { message, line = 1, column = 1, value: found, allowed } of parsed.faults) {
      reader.faults.push({
        path,
        message: `${message} (at ${line}:${column} of the expression)`,
        value: found ?? shownValue(expr),
        ...(allowed === undefined ? {} : { allowed }),
        within: { line, column },
      });
    }
  }
  return expr;
}

/** `__name__` would give the alert, or the recorded series, another name than the rule has. */
function checkNames(
  reader: FieldReader,
  path: Path,
  names: Readonly<Record<string, string>>,
  what: "label" | "annotation",
): void {
  for (const name of Object.keys(names)) {
    const at = { path: [...path, name], atKey: true };
    if (name === "" || (what === "label" && name === METRIC_NAME))
      reader.faults.push({
        ...at,
        message: `${shownValue(name)} is no ${what} name`,
        allowed: "letters, digits and _",
      });
    else if (!PLAIN_LABEL.test(name)) reader.warnings.push({ ...at, message: ONLY_3, value: shownValue(name) });
  }
}

function checkTemplates(
  reader: FieldReader,
  path: Path,
  texts: Readonly<Record<string, string>>,
  into: PathFault[],
): void {
  for (const [name, text] of Object.entries(texts)) {
    const parsed = parseTemplate(text);
    if (parsed.ok) continue;
    const { message, line, column } = parsed;
    into.push({
      path: [...path, name],
      message: `the template does not parse: ${message} (at ${line}:${column} of the template)`,
      value: shownValue(text),
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
      const place = `groups[${at}].rules[${index}]`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, place);
      const what = `${shownValue(name)} with the same labels as ${first}`;
      return first === undefined
        ? []
        : [{ path: ["groups", at, "rules", index], message: `duplicate rule: ${what}; their results may be mixed up` }];
    }),
  );
}
