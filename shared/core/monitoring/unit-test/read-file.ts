import { duration, type Field, fields, list, mapOf, type Notes, type Path, text, wrong } from "../../kernel/fields.ts";
import { parseFloatText } from "../../kernel/float.ts";
import { parseInstant } from "../../kernel/instant.ts";
import type { PathFault } from "../../kernel/path-fault.ts";
import { MINUTE_MS, type Millis } from "../../kernel/time.ts";
import { parsePromql } from "../promql/parse.ts";
import { MOST_SAMPLES, readSeries, readValues } from "./series-notation.ts";
import type { RuleTest, RuleTestFile } from "./types.ts";

const float: Field<number> = (value, path, notes) =>
  (typeof value === "number" ? value : parseFloatText(String(value).replace(/^([+-]?)\.?(inf|nan)$/i, goName))) ??
  wrong(notes, path, value, "is no number", "a number, NaN, +Inf or -Inf");

/** YAML writes .nan and .inf. */
const goName = (_all: string, sign: string, name: string): string =>
  name.toLowerCase() === "nan" ? "NaN" : `${sign === "-" ? "-" : "+"}Inf`;

const flag: Field<boolean> = (value, path, notes) =>
  value === true || value === "true"
    ? true
    : value === false || value === "false"
      ? false
      : wrong(notes, path, value, "wrong type or value", "true or false");

const instant: Field<Millis> = (value, path, notes) => {
  const seconds = typeof value === "number" ? value : parseFloatText(String(value));
  const at = seconds === undefined ? parseInstant(String(value))?.at : Math.round(seconds * 1000);
  return at !== undefined && Number.isFinite(at)
    ? at
    : wrong(notes, path, value, "is no instant", "2024-01-01T00:00:00Z or seconds since 1970");
};

const labelText: Field<string> = (value, path, notes) => (value === null ? "" : text(value, path, notes));

const fileFields = fields({
  rule_files: list(text),
  evaluation_interval: duration,
  group_eval_order: list(text),
  fuzzy_compare: flag,
  tests: list(
    fields({
      name: text,
      interval: duration,
      start_timestamp: instant,
      input_series: list(fields({ series: text, values: text })),
      alert_rule_test: list(
        fields({
          eval_time: duration,
          alertname: text,
          exp_alerts: list(fields({ exp_labels: mapOf(labelText), exp_annotations: mapOf(labelText) })),
        }),
      ),
      promql_expr_test: list(
        fields({
          expr: text,
          eval_time: duration,
          exp_samples: list(fields({ labels: labelText, value: float, histogram: text })),
        }),
      ),
      external_labels: mapOf(labelText),
      external_url: text,
    }),
  ),
});

export type ReadTestFile =
  | { readonly ok: true; readonly file: RuleTestFile }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

/** Reads a file of promtool's rule tests (its YAML already a value), as strictly as promtool. Native histograms are faults. */
export function readTestFile(value: unknown): ReadTestFile {
  const notes: Notes = { faults: [], warnings: [] };
  const top = fileFields(value, [], notes) ?? {};
  const evaluationIntervalMs = top.evaluation_interval || MINUTE_MS;
  const order = top.group_eval_order ?? [];
  for (const [index, name] of order.entries())
    if (order.indexOf(name) < index)
      notes.faults.push({
        path: ["group_eval_order", index],
        message: `group ${JSON.stringify(name)} is repeated in the evaluation order`,
      });
  let left = MOST_SAMPLES;
  const tests = (top.tests ?? []).map((row, index): RuleTest => {
    const path: Path = ["tests", index];
    const series = (row.input_series ?? []).map((one, at) => {
      const labels = readSeries(one.series ?? "");
      if (!labels.ok) refuse(notes, [...path, "input_series", at, "series"], one.series, labels.message);
      const values = readValues(one.values ?? "", left);
      if (!values.ok) refuse(notes, [...path, "input_series", at, "values"], one.values, values.message);
      left -= values.ok ? values.value.length : 0;
      return { labels: labels.ok ? labels.value : {}, values: values.ok ? values.value : [] };
    });
    return {
      name: row.name ?? "",
      intervalMs: row.interval || evaluationIntervalMs,
      startAt: row.start_timestamp ?? 0,
      series,
      alertChecks: (row.alert_rule_test ?? []).map((check, at) => {
        if (!check.alertname)
          notes.faults.push({ path: [...path, "alert_rule_test", at], message: "alertname is missing" });
        return {
          evalTimeMs: check.eval_time ?? 0,
          alertname: check.alertname ?? "",
          expected: (check.exp_alerts ?? []).map((alert) => ({
            labels: alert.exp_labels ?? {},
            annotations: alert.exp_annotations ?? {},
          })),
        };
      }),
      exprChecks: (row.promql_expr_test ?? []).map((check, at) =>
        readExprCheck(notes, [...path, "promql_expr_test", at], check),
      ),
      externalLabels: row.external_labels ?? {},
      externalUrl: row.external_url ?? "",
    };
  });
  if (notes.faults.length > 0) return { ok: false, faults: notes.faults };
  return {
    ok: true,
    file: {
      ruleFiles: top.rule_files ?? [],
      evaluationIntervalMs,
      groupEvalOrder: order,
      fuzzyCompare: top.fuzzy_compare ?? false,
      tests,
    },
  };
}

const refuse = (notes: Notes, path: Path, value: unknown, message: string) => wrong(notes, path, value ?? "", message);

function readExprCheck(
  notes: Notes,
  path: Path,
  check: {
    readonly expr?: string;
    readonly eval_time?: number;
    readonly exp_samples?: readonly {
      readonly labels?: string;
      readonly value?: number;
      readonly histogram?: string;
    }[];
  },
): RuleTest["exprChecks"][number] {
  const expr = check.expr ?? "";
  const parsed = parsePromql(expr);
  if (!parsed.ok)
    for (const { message, line = 1, column = 1 } of parsed.faults)
      notes.faults.push({
        path: [...path, "expr"],
        message: `${message} (at ${line}:${column} of the expression)`,
        within: { line, column },
      });
  return {
    expr,
    evalTimeMs: check.eval_time ?? 0,
    expected: (check.exp_samples ?? []).map((sample, at) => {
      const where = [...path, "exp_samples", at];
      const labels = readSeries(sample.labels || "{}");
      if (!labels.ok) refuse(notes, [...where, "labels"], sample.labels, labels.message);
      if (sample.histogram !== undefined)
        refuse(notes, [...where, "histogram"], sample.histogram, "native histograms are not supported");
      return { labels: labels.ok ? labels.value : {}, value: sample.value ?? 0 };
    }),
  };
}
