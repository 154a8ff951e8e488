import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directoryFiles } from "../../local/config-files.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { type ConfigFiles, givenFiles } from "../../shared/shell/config-files.ts";
import { monitoringFrom } from "../../shared/shell/config-monitoring.ts";

const RULES = `groups:
  - name: a
    rules:
      - alert: Down
        expr: up == 0
        for: 30s
`;
const PROMETHEUS = `global: { scrape_interval: 15s }
rule_files: [ "rules/*.yml" ]
scrape_configs:
  - job_name: kafka
    static_configs: [ { targets: [ "kafka:9308" ] } ]
`;
const config = (monitoring: string) => `version: 1\nmonitoring: ${monitoring}\n`;
const TEXTS = { "mon/prometheus.yml": PROMETHEUS, "mon/rules/a.yml": RULES, "other.yml": RULES };

const folder = mkdtempSync(join(tmpdir(), "headgate-files-"));
for (const [path, text] of Object.entries(TEXTS)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SOURCES: readonly (readonly [string, () => ConfigFiles])[] = [
  ["on disk", () => directoryFiles(folder)],
  ["sent along", () => givenFiles(TEXTS)],
];

describe.each(SOURCES)("files that a configuration names, %s", (_name, files) => {
  const parse = (text: string) => parseConfig(text, { monitoring: monitoringFrom(files()) });

  it("reads prometheus.yml and, seen from its folder, the rule files it names", () => {
    const parsed = parse(config("{ scrape: mon/prometheus.yml, rules: [other.yml] }"));
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    const { monitoring } = parsed.config;
    expect(monitoring?.groups.map(({ file, name }) => [file, name])).toEqual([
      ["other.yml", "a"],
      ["mon/rules/a.yml", "a"],
    ]);
    expect(monitoring?.scrape?.settings.jobs.map((job) => job.name)).toEqual(["kafka"]);
    expect(monitoring?.groups[0]?.rules).toMatchObject([{ alert: "Down", expr: "up == 0", forMs: 30_000 }]);
  });

  it("reads a file once, however often it is named", () => {
    const parsed = parse(config("{ scrape: mon/prometheus.yml, rules: [mon/rules/a.yml, 'mon/rules/?.yml'] }"));
    expect(parsed.ok && parsed.config.monitoring?.groups).toHaveLength(1);
  });

  it("says where a file that is not there is named", () => {
    const parsed = parse(config("{ rules: [nowhere.yml] }"));
    expect(parsed).toMatchObject({
      ok: false,
      faults: [{ path: "monitoring.rules[0]", line: 2, message: "there is no such file", value: '"nowhere.yml"' }],
    });
  });

  it("warns of a pattern that matches nothing", () => {
    const parsed = parse(config("{ rules: ['none/*.yml'] }"));
    expect(parsed).toMatchObject({ ok: true, warnings: [{ message: "matches no file" }] });
  });
});

describe("faults inside of a named file", () => {
  it("carry the file, its line and its column", () => {
    const files = givenFiles({ "bad.yml": RULES.replace("up == 0", "sum(") });
    const parsed = parseConfig(config("{ rules: [bad.yml] }"), { monitoring: monitoringFrom(files) });
    expect(parsed).toMatchObject({
      ok: false,
      faults: [{ file: "bad.yml", path: "groups[0].rules[0].expr", line: 5 }],
    });
  });

  it("are told for text that is no YAML too", () => {
    const parsed = parseConfig(config("{ rules: [bad.yml] }"), {
      monitoring: monitoringFrom(givenFiles({ "bad.yml": "groups: [" })),
    });
    expect(parsed).toMatchObject({ ok: false, faults: [{ file: "bad.yml" }] });
  });

  it("name the prometheus.yml that names a rule file which is not there", () => {
    const files = givenFiles({ "p.yml": "rule_files: [gone.yml]\n" });
    const parsed = parseConfig(config("{ scrape: p.yml }"), { monitoring: monitoringFrom(files) });
    expect(parsed).toMatchObject({ ok: false, faults: [{ file: "p.yml", path: "rule_files[0]" }] });
  });
});

it("refuses files where none can be read, and says how they come along", () => {
  const parsed = parseConfig(config("{ scrape: prometheus.yml }"));
  expect(parsed).toMatchObject({ ok: false, faults: [{ allowed: expect.stringContaining("config apply") }] });
});

it("has another version when a named file changes, and the same when only its comments do", () => {
  const version = (rules: string) => {
    const parsed = parseConfig(config("{ rules: [a.yml] }"), {
      monitoring: monitoringFrom(givenFiles({ "a.yml": rules })),
    });
    return parsed.ok ? parsed.version : parsed.faults;
  };
  expect(version(`# a comment\n${RULES}`)).toBe(version(RULES));
  expect(version(RULES.replace("30s", "31s"))).not.toBe(version(RULES));
});

const PLATFORM = "../shared/platform/prometheus.yml";
it.skipIf(!existsSync(PLATFORM))(
  `loads the platform's own prometheus.yml and its five rules as they are${existsSync(PLATFORM) ? "" : " (skipped: ../shared is absent)"}`,
  () => {
    const parsed = parseConfig(config(`{ scrape: ${PLATFORM} }`), { monitoring: monitoringFrom(directoryFiles(".")) });
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    const { monitoring } = parsed.config;
    expect(monitoring?.scrape?.settings.jobs.map((job) => job.name)).toEqual(["kafka", "flink", "jmx-kafka"]);
    expect(
      monitoring?.groups.flatMap((group) => group.rules.map((rule) => ("alert" in rule ? rule.alert : ""))),
    ).toEqual(["KafkaDown", "KafkaConsumerLag", "FlinkJobDown", "FlinkHighCheckpointDuration", "FlinkBackpressure"]);
  },
);
