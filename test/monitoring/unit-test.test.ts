import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import { readTestFile } from "../../shared/core/monitoring/unit-test/read-file.ts";
import { failureLines } from "../../shared/core/monitoring/unit-test/report.ts";
import { runTests } from "../../shared/core/monitoring/unit-test/run.ts";
import { readSeries, readValues } from "../../shared/core/monitoring/unit-test/series-notation.ts";
import { readYaml } from "../../shared/shell/yaml-document.ts";
import { TEST_FILES, TEST_FILES_3 } from "./unit-test-table.ts";

const value = (text: string): unknown => {
  const document = readYaml(text, { maxBytes: 1_000_000, asWritten: true });
  if (!document.ok) throw new Error(JSON.stringify(document.faults));
  return document.value;
};
const groupsOf = (text: string) => {
  const read = readRuleFile(value(text), "rules.yml");
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.groups;
};
function run(rules: string, tests: string, semantics: "v2" | "v3" = "v3") {
  const read = readTestFile(value(tests));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return runTests(read.file, groupsOf(rules), { semantics });
}

describe("unit tests of rules in promtool's format", () => {
  it.each([...TEST_FILES, ...TEST_FILES_3])("$name: $passes", ({ rules, tests, passes, semantics }) => {
    const results = run(rules, tests, semantics);
    const said = results.flatMap((result) => result.failures.flatMap(failureLines)).join("\n");
    expect(
      results.every((result) => result.ok),
      said,
    ).toBe(passes);
  });

  it("the tests of the shipped defaults pass, and each of them fails when its rule's for is left out", () => {
    const folder = join(import.meta.dirname, "..", "..", "examples", "rules");
    const [rules, tests] = ["platform.yml", "platform.test.yml"].map((name) =>
      readFileSync(join(folder, name), "utf8"),
    );
    const results = run(rules as string, tests as string);
    expect(results.filter((result) => !result.ok)).toEqual([]);
    expect(results.length).toBe(7);
    const broken = run((rules as string).replace(/for: \w+/g, "for: 0s"), tests as string);
    expect(broken.filter((result) => result.ok).map((result) => result.name)).toEqual([
      "no exporter is no statement about the broker",
    ]);
  });

  it("a difference is told as what was expected and what came", () => {
    const [result] = run(
      "groups: [{ name: g, rules: [{ alert: A, expr: up == 0, annotations: { text: '{{ $value }}' } }] }]",
      `
rule_files: [rules.yml]
tests:
  - input_series: [{ series: 'up{job="x"}', values: 0 }]
    alert_rule_test: [{ eval_time: 0, alertname: A, exp_alerts: [{ exp_labels: { job: y } }] }]
    promql_expr_test: [{ expr: up + 1, eval_time: 0, exp_samples: [{ labels: '{job="x"}', value: 2 }] }]
`,
    );
    expect(result?.failures.flatMap(failureLines).join("\n")).toBe(
      [
        "  alertname: A, time: 0s,",
        "    exp: [",
        "      0:",
        '        Labels:{alertname="A", job="y"}',
        "        Annotations:{}",
        "    ]",
        "    got: [",
        "      0:",
        '        Labels:{alertname="A", job="x"}',
        '        Annotations:{text="0"}',
        "    ]",
        '  expr: "up + 1", time: 0s,',
        '    exp: {job="x"} 2',
        '    got: {job="x"} 1',
      ].join("\n"),
    );
  });

  it.each([
    ["a key that is none", "tests: [{ inputs: [] }]", 'unknown key "inputs"'],
    ["values that are none", "tests: [{ input_series: [{ series: up, values: '1 two' }] }]", '"two" is no value'],
    [
      "a native histogram",
      "tests: [{ input_series: [{ series: up, values: '{{schema:0}}' }] }]",
      "native histograms are not",
    ],
    ["a series that is none", "tests: [{ input_series: [{ series: 'up{', values: 1 }] }]", 'a label or "}" expected'],
    [
      "too many samples",
      "tests: [{ input_series: [{ series: up, values: 0x99999999 }] }]",
      "more than 1000000 samples",
    ],
    ["an expression that is none", "tests: [{ promql_expr_test: [{ expr: 'sum(' }] }]", "unexpected end"],
    ["an alert without a name", "tests: [{ alert_rule_test: [{ eval_time: 1m }] }]", "alertname is missing"],
    ["a group twice in the order", "group_eval_order: [a, a]\ntests: []", "repeated in the evaluation order"],
    [
      "a value in words",
      "tests: [{ promql_expr_test: [{ expr: up, exp_samples: [{ value: many }] }] }]",
      "is no number",
    ],
    ["a duration in words", "tests: [{ interval: long }]", "not a valid duration"],
  ])("%s is a fault", (_what, text, message) => {
    const read = readTestFile(value(text));
    expect(read.ok ? [] : read.faults.map((fault) => fault.message)).toContainEqual(expect.stringContaining(message));
  });
});

describe("the notation of input series", () => {
  it.each([
    ["1 2 3", [1, 2, 3]],
    ["0+10x3", [0, 10, 20, 30]],
    ["5-1x2", [5, 4, 3]],
    ["-2+0.5x2", [-2, -1.5, -1]],
    ["7x2", [7, 7, 7]],
    ["1x0", [1]],
    ["1 _ stale _x2 2", [1, undefined, "stale", undefined, undefined, 2]],
    ["NaN +Inf -Inf 1e3 .5", [Number.NaN, Infinity, -Infinity, 1000, 0.5]],
    ["0x3", [0, 0, 0, 0]],
    ["", []],
  ])("%j is %j", (text, values) => {
    expect(readValues(text)).toEqual({ ok: true, value: values });
  });

  it.each([
    ["up", { __name__: "up" }],
    ["up{job=\"a\", instance='b',}", { __name__: "up", job: "a", instance: "b" }],
    ['{__name__="up", job="a\\"b"}', { __name__: "up", job: 'a"b' }],
    ['{"up", "my.label"="x"}', { __name__: "up", "my.label": "x" }],
    ['up{empty=""}', { __name__: "up" }],
    ["{}", {}],
  ])("the series %s is %j", (text, labels) => {
    expect(readSeries(text)).toEqual({ ok: true, value: labels });
  });

  it.each(["up{", "up}", "up{job}", 'up{job="a"} 1', 'up{job=~"a"}', "up{job='a}", "1up", ""])(
    "%j is no series",
    (text) => {
      expect(readSeries(text).ok).toBe(false);
    },
  );

  it("never throws, whatever is written", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        readValues(text);
        readSeries(text);
      }),
    );
  });
});
