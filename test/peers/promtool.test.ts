import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { floatText } from "../../shared/core/kernel/float.ts";
import { without } from "../../shared/core/kernel/labels.ts";
import { parsePromDuration } from "../../shared/core/kernel/prometheus-duration.ts";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import { expandTemplate, parseTemplate } from "../../shared/core/monitoring/templates/expand.ts";
import { readTestFile } from "../../shared/core/monitoring/unit-test/read-file.ts";
import { runTests } from "../../shared/core/monitoring/unit-test/run.ts";
import type { TestFailure } from "../../shared/core/monitoring/unit-test/types.ts";
import { BAD, GOOD } from "../monitoring/rule-file-table.ts";
import {
  BROKEN,
  EXTERNAL_LABELS,
  EXTERNAL_URL,
  LABELS,
  PEERS,
  TEMPLATES,
  VALUE,
} from "../monitoring/template-table.ts";
import { TEST_FILES } from "../monitoring/unit-test-table.ts";
import { missing } from "./parts.ts";
import { promtool } from "./prometheus.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const absent = missing("prometheus");

/** What ours says about tests that expect nothing: everything that came. */
function run(rules: string, tests: string): readonly TestFailure[] {
  const [groups, file] = [readRuleFile(parse(rules), "rules.yml"), readTestFile(parse(tests))];
  if (!groups.ok || !file.ok) throw new Error(JSON.stringify({ groups, file }));
  return runTests(file.file, groups.groups, { semantics: "v2" }).flatMap((result) => result.failures);
}

describe.skipIf(absent !== undefined)(`promtool agrees${absent === undefined ? "" : ` (${absent})`}`, () => {
  let dir: string;
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-promtool-"))));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);

  it.each(GOOD)("a rule file that loads: %s", (_what, text) => {
    write("rules.yml", text);
    const { status, said } = promtool(["check", "rules", "--lint=none", "rules.yml"], dir);
    expect(status, said).toBe(0);
  });

  it.each(BAD)("a rule file that does not load: %s", (_what, text) => {
    write("rules.yml", text);
    const { status, said } = promtool(["check", "rules", "--lint=none", "rules.yml"], dir);
    expect(status, said).toBe(1);
  });

  it.each(TEST_FILES)("the verdict of unit tests: $name", ({ rules, tests, passes }) => {
    write("rules.yml", rules);
    write("tests.yml", tests);
    const { status, said } = promtool(["test", "rules", "tests.yml"], dir);
    expect(status === 0, said).toBe(passes);
  });

  it("the shipped defaults are good rules, and their tests pass", () => {
    for (const name of ["platform.yml", "platform.test.yml"])
      cpSync(join(ROOT, "examples/rules", name), join(dir, name));
    expect(promtool(["check", "rules", "platform.yml"], dir)).toMatchObject({ status: 0 });
    expect(promtool(["test", "rules", "platform.test.yml"], dir)).toMatchObject({ status: 0 });
  });

  it.skipIf(!existsSync(join(ROOT, "../shared/platform/alert-rules.yml")))(
    "the tests of the defaults pass with the platform's own file as well",
    () => {
      cpSync(join(ROOT, "../shared/platform/alert-rules.yml"), join(dir, "platform.yml"));
      cpSync(join(ROOT, "examples/rules/platform.test.yml"), join(dir, "platform.test.yml"));
      expect(promtool(["test", "rules", "platform.test.yml"], dir)).toMatchObject({ status: 0 });
    },
  );

  it(`all ${TEMPLATES.length} templates expand to the same text, error messages included`, () => {
    const { __name__: name, ...labels } = LABELS;
    const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const peers = PEERS.map(({ n, rank, value }) => ({ series: `peers{n="${n}",rank="${rank}"}`, values: `${value}` }));
    // The name of the alert is in the messages and is to be the same: a file for each row.
    const files = TEMPLATES.map(([template, expected, value = VALUE], index) => {
      const rules = [{ alert: "T", expr: name, annotations: { text: template } }];
      write(`rules-${index}.yml`, stringify({ groups: [{ name: "g", rules }] }));
      const alert = { exp_labels: labels, exp_annotations: { text: expected } };
      const test = {
        interval: "1m",
        external_labels: EXTERNAL_LABELS,
        external_url: EXTERNAL_URL,
        input_series: [{ series: `${name}{${text.join(",")}}`, values: floatText(value) }, ...peers],
        alert_rule_test: [{ eval_time: "0m", alertname: "T", exp_alerts: [alert] }],
      };
      write(`tests-${index}.yml`, stringify({ rule_files: [`rules-${index}.yml`], tests: [test] }));
      return `tests-${index}.yml`;
    });
    const { status, said } = promtool(["test", "rules", ...files], dir);
    const failed = said.split("\n").filter((line) => !/SUCCESS|^$/.test(line));
    expect(status, failed.slice(0, 40).join("\n")).toBe(0);
  });

  it("random rules over random series: the same alerts at every half minute, pending and firing, kept and gone", () => {
    const seed = Number(process.env["HEADGATE_SEED"] ?? 4);
    const length = fc.integer({ min: 0, max: 8 }).map((count) => `${count * 20}s`);
    const rule = fc.record({ for: length, keep_firing_for: length });
    const point = fc.constantFrom("1", "1", "1", "0", "0", "_", "stale");
    const series = fc.array(fc.array(point, { minLength: 20, maxLength: 30 }), { minLength: 1, maxLength: 3 });
    const given = fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 2 }), series });
    const times = Array.from({ length: 20 }, (_, index) => `${index * 30}s`);
    let alerts = 0;
    const files = fc.sample(given, { numRuns: 60, seed }).map((one, index) => {
      const rules = one.rules.map((times_, at) => ({
        alert: `A${at}`,
        expr: "m > 0",
        ...times_,
        annotations: { text: "{{ $labels.n }} is {{ $value }}" },
      }));
      const rulesText = stringify({ groups: [{ name: "g", rules }] });
      const checks = rules.flatMap(({ alert }) => times.map((eval_time) => ({ eval_time, alertname: alert })));
      const file = (alert_rule_test: unknown, promql_expr_test: unknown) =>
        stringify({
          rule_files: [`random-${index}.yml`],
          evaluation_interval: "30s",
          tests: [
            {
              interval: "30s",
              input_series: one.series.map((values, n) => ({ series: `m{n="${n}"}`, values: values.join(" ") })),
              alert_rule_test,
              promql_expr_test,
            },
          ],
        });
      const exprs = times.map((eval_time) => ({ expr: "ALERTS or ALERTS_FOR_STATE", eval_time }));
      const failures = run(rulesText, file(checks, exprs));
      const got = <K extends TestFailure["kind"]>(kind: K, ms: number) =>
        failures.filter(
          (one_): one_ is Extract<TestFailure, { kind: K }> => one_.kind === kind && one_.evalTimeMs === ms,
        );
      expect(got("error", 0)).toEqual([]);
      const ms = (time: string) => parsePromDuration(time) ?? 0;
      const expected = checks.map((check) => {
        const found = got("alert", ms(check.eval_time)).find((one_) => one_.alertname === check.alertname);
        alerts += found?.got.length ?? 0;
        return {
          ...check,
          exp_alerts: (found?.got ?? []).map(({ labels, annotations }) => ({
            exp_labels: without(labels, "alertname"),
            exp_annotations: annotations,
          })),
        };
      });
      const samples = exprs.map((check) => ({
        ...check,
        exp_samples: (got("expr", ms(check.eval_time))[0]?.got ?? []).map((text) => {
          const cut = text.lastIndexOf(" ");
          return { labels: text.slice(0, cut), value: Number(text.slice(cut)) };
        }),
      }));
      write(`random-${index}.yml`, rulesText);
      write(`random-${index}.test.yml`, file(expected, samples));
      return `random-${index}.test.yml`;
    });
    const { status, said } = promtool(["test", "rules", ...files], dir);
    const failed = said.split("\n").filter((line) => !/SUCCESS|^$/.test(line));
    expect(status, `seed ${seed}\n${failed.slice(0, 60).join("\n")}`).toBe(0);
    expect(alerts).toBeGreaterThan(300);
  });

  it("random numbers are printed the same by every function and verb that prints numbers", () => {
    const seed = Number(process.env["HEADGATE_SEED"] ?? 4);
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.integer({ min: 0, max: 4000 }).map((n) => n / 8),
      fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: -30, max: 30 })).map(([n, e]) => n * 10 ** e),
    );
    const template =
      '{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizePercentage $value }} {{ printf "%.0f %.1f %.3f %e %.2e %g %.3g %9.2f|%-9.1f|%+.2g %v" $value $value $value $value $value $value $value $value $value $value $value }}';
    const values = fc.sample(number, { numRuns: 400, seed }).filter((value) => !Object.is(value, -0));
    write(
      "rules.yml",
      stringify({ groups: [{ name: "g", rules: [{ alert: "T", expr: "m", annotations: { text: template } }] }] }),
    );
    const test = {
      interval: "1m",
      input_series: values.map((value, n) => ({ series: `m{n="${n}"}`, values: String(value) })),
      alert_rule_test: [
        {
          eval_time: "0m",
          alertname: "T",
          exp_alerts: values.map((value, n) => {
            const expanded = expandTemplate(template, { labels: { n: `${n}` }, value, now: 0 });
            return {
              exp_labels: { n: `${n}` },
              exp_annotations: { text: expanded.ok ? expanded.text : expanded.message },
            };
          }),
        },
      ],
    };
    write("tests.yml", stringify({ rule_files: ["rules.yml"], tests: [test] }));
    const { status, said } = promtool(["test", "rules", "tests.yml"], dir);
    if (status === 0) return;
    const [exp, got] = said.split("got:[").map((part) => part.match(/Annotations:.*/g) ?? []);
    const different = (exp ?? []).flatMap((line, index) => (line === got?.[index] ? [] : [line, got?.[index]]));
    expect(different.slice(0, 20), `seed ${seed}`).toEqual([]);
    expect(status, said.slice(0, 2000)).toBe(0);
  });

  it.each(BROKEN)("a template that does not parse: %s", (template) => {
    expect(parseTemplate(template).ok).toBe(false);
    write(
      "rules.yml",
      stringify({ groups: [{ name: "g", rules: [{ alert: "T", expr: "up", annotations: { text: template } }] }] }),
    );
    const { status, said } = promtool(["check", "rules", "rules.yml"], dir);
    expect(status, said).toBe(1);
  });
});
