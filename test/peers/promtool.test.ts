import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { floatText } from "../../shared/core/kernel/float.ts";
import { parseTemplate } from "../../shared/core/monitoring/templates/parse.ts";
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
