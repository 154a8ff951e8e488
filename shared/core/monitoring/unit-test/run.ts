import { HeadgateError } from "../../kernel/errors.ts";
import { floatText } from "../../kernel/float.ts";
import { type Labels, labelsKey, labelsText } from "../../kernel/labels.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { EvalOptions } from "../promql/evaluate.ts";
import { parsePromql } from "../promql/parse.ts";
import { ALERT_NAME } from "../rule-labels.ts";
import { isAlerting, type RuleGroup } from "../types.ts";
import { evaluateRule, type LiveRule, liveRules, type Surroundings, vectorAt } from "./evaluate-group.ts";
import { sampleStore } from "./sample-store.ts";
import type { AlertCheck, AlertGot, ExprCheck, RuleTest, RuleTestFile, TestFailure, TestResult } from "./types.ts";

/** Evaluations of one test: a test over years at seconds is a mistake. */
const MOST_EVALUATIONS = 100_000;

/**
 * Runs the tests of a file over the groups of its rule files, as `promtool test rules` does: every rule is evaluated at each evaluation
 * interval from the start to the latest `eval_time`; alerts are compared with the evaluation at or just before their time,
 * expressions once everything is evaluated. Differently from promtool, a NaN that is expected equals a NaN that came.
 */
export function runTests(
  file: RuleTestFile,
  groups: readonly RuleGroup[],
  options: Pick<EvalOptions, "semantics"> = {},
): readonly TestResult[] {
  const place = (group: RuleGroup) => file.groupEvalOrder.indexOf(group.name);
  const ordered = [...groups].sort((a, b) => Math.max(0, place(a)) - Math.max(0, place(b)));
  return file.tests.map((test) => runTest(test, file, ordered, options));
}

function runTest(
  test: RuleTest,
  file: RuleTestFile,
  groups: readonly RuleGroup[],
  options: Pick<EvalOptions, "semantics">,
): TestResult {
  const everyMs = file.evaluationIntervalMs;
  const around: Surroundings = {
    store: sampleStore(),
    externalLabels: test.externalLabels,
    externalUrl: test.externalUrl,
    options: { ...options, subqueryStepMs: everyMs },
  };
  const rules = liveRules(groups);
  const lastMs = Math.max(0, ...[...test.alertChecks, ...test.exprChecks].map((check) => check.evalTimeMs));
  const failures: TestFailure[] = [];
  const result = (evaluations: number): TestResult => ({
    name: test.name,
    ok: failures.length === 0,
    failures,
    evaluations: evaluations * rules.length,
  });
  const count = Math.floor(lastMs / everyMs) + 1;
  if (count > MOST_EVALUATIONS) {
    const message = `${count} evaluations; at most ${MOST_EVALUATIONS} are made`;
    failures.push({ kind: "error", what: "test", evalTimeMs: lastMs, message });
    return result(0);
  }
  const load = loader(test, around);
  for (let index = 0; index < count; index += 1) {
    const sinceMs = index * everyMs;
    load(test.startAt + sinceMs);
    const errors = rules.flatMap((live) =>
      attempt(live, sinceMs, () => evaluateRule(live, test.startAt + sinceMs, around)),
    );
    failures.push(...errors);
    if (errors.length > 0) return result(index + 1);
    for (const check of test.alertChecks)
      if (check.evalTimeMs >= sinceMs && check.evalTimeMs < sinceMs + everyMs)
        failures.push(...checkAlert(check, rules));
  }
  load(test.startAt + lastMs);
  for (const check of test.exprChecks) failures.push(...checkExpr(check, test.startAt, around, file.fuzzyCompare));
  return result(count);
}

function attempt(live: LiveRule, evalTimeMs: DurationMs, work: () => void): readonly TestFailure[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    const { rule } = live;
    const what = `rule ${isAlerting(rule) ? rule.alert : rule.record}`;
    return [{ kind: "error", what, evalTimeMs, message: error.message }];
  }
}

/** Puts the input's samples into the store as time goes on: a rule must not see what is yet to come. */
function loader(test: RuleTest, { store }: Surroundings): (until: Millis) => void {
  let next = 0;
  const longest = Math.max(0, ...test.series.map((one) => one.values.length));
  return (until) => {
    for (; next < longest && test.startAt + next * test.intervalMs <= until; next += 1) {
      for (const { labels, values } of test.series) {
        const value = values[next];
        if (value !== undefined) store.append(labels, test.startAt + next * test.intervalMs, value);
      }
    }
  };
}

const alertKey = ({ labels, annotations }: AlertGot): string =>
  `${labelsKey(labels)}\u0003${JSON.stringify(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)))}`;

const inOrder = (alerts: readonly AlertGot[]): readonly AlertGot[] =>
  alerts
    .map((alert) => ({ alert, key: alertKey(alert) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ alert }) => alert);

function checkAlert(check: AlertCheck, rules: readonly LiveRule[]): readonly TestFailure[] {
  const got = inOrder(
    rules.flatMap((live) =>
      isAlerting(live.rule) && live.rule.alert === check.alertname
        ? Object.values(live.alerts)
            .filter((alert) => alert.state === "firing")
            .map(({ labels, annotations = {} }) => ({ labels, annotations }))
        : [],
    ),
  );
  const expected = inOrder(
    check.expected.map(({ labels, annotations }) => ({
      labels: { ...labels, [ALERT_NAME]: check.alertname },
      annotations,
    })),
  );
  const same =
    got.length === expected.length &&
    got.every((one, index) => alertKey(one) === alertKey(expected[index] as AlertGot));
  const { alertname, evalTimeMs } = check;
  return same ? [] : [{ kind: "alert", alertname, evalTimeMs, expected, got }];
}

interface Compared {
  readonly labels: Labels;
  readonly value: number;
}

const sampleText = ({ labels, value }: Compared): string => `${labelsText(labels)} ${floatText(value)}`;

const byLabels = (samples: readonly Compared[]): readonly Compared[] =>
  samples
    .map((sample) => ({ sample, key: labelsKey(sample.labels) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ sample }) => sample);

function checkExpr(check: ExprCheck, startAt: Millis, around: Surroundings, fuzzy: boolean): readonly TestFailure[] {
  const { expr, evalTimeMs } = check;
  const parsed = parsePromql(expr);
  const failed = (message: string): readonly TestFailure[] => [
    { kind: "error", what: `expr ${JSON.stringify(expr)}`, evalTimeMs, message },
  ];
  if (!parsed.ok) return failed(parsed.faults[0]?.message ?? "is no PromQL");
  try {
    const got = byLabels(vectorAt(parsed.expr, startAt + evalTimeMs, around));
    const expected = byLabels(check.expected);
    const same = got.length === expected.length && got.every((one, index) => equal(one, expected[index], fuzzy));
    if (same) return [];
    return [{ kind: "expr", expr, evalTimeMs, expected: expected.map(sampleText), got: got.map(sampleText) }];
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    return failed(error.message);
  }
}

function equal(a: Compared, b: Compared | undefined, fuzzy: boolean): boolean {
  if (!b || labelsKey(a.labels) !== labelsKey(b.labels)) return false;
  // -0 and 0 are the same number, as they are in Go.
  if (a.value === b.value || (Number.isNaN(a.value) && Number.isNaN(b.value))) return true;
  return fuzzy && Math.abs(a.value - b.value) <= lastBit(b.value);
}

/** Distance to the next float away from zero. */
function lastBit(value: number): number {
  if (!Number.isFinite(value)) return 0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0) - Math.abs(value);
}
