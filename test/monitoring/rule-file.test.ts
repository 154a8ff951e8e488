import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPromDuration, parsePromDuration } from "../../shared/core/kernel/prometheus-duration.ts";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import type { RuleGroup } from "../../shared/core/monitoring/types.ts";
import { placedFault } from "../../shared/shell/placed-fault.ts";
import { readYaml } from "../../shared/shell/yaml-document.ts";
import { BAD, GOOD } from "./rule-file-table.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PLATFORM = join(ROOT, "..", "shared", "platform", "alert-rules.yml");

function read(text: string) {
  const document = readYaml(text, { file: "r.yml", maxBytes: 1_000_000, asWritten: true });
  if (!document.ok) return { ok: false as const, faults: document.faults };
  const result = readRuleFile(document.value, "r.yml");
  if (!result.ok)
    return { ok: false as const, faults: result.faults.map((found) => placedFault("r.yml", text, document, found)) };
  return { ...result, warnings: result.warnings.map((found) => placedFault("r.yml", text, document, found)) };
}

const groupsOf = (path: string): readonly RuleGroup[] => {
  const result = read(readFileSync(path, "utf8"));
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.groups;
};

describe("a rule file", () => {
  it("is read whole: groups with interval, limit, offset and labels, alerting and recording rules", () => {
    const result = read(`
groups:
  - name: a
    interval: 1m30s
    query_offset: 10s
    limit: 5
    labels: { team: data, severity: none }
    rules:
      - { record: "job:up:sum", expr: sum by (job) (up), labels: { kind: sum } }
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 1h
        labels: { severity: 1.50, n: 0x10, flag: true, nothing: }
        annotations: { text: "{{ $labels.job }} {{ $value | humanize }}" }
  - name: empty
`);
    expect(result).toEqual({
      ok: true,
      warnings: [],
      groups: [
        {
          file: "r.yml",
          name: "a",
          intervalMs: 90_000,
          limit: 5,
          queryOffsetMs: 10_000,
          labels: { team: "data", severity: "none" },
          rules: [
            {
              record: "job:up:sum",
              expr: "sum by (job) (up)",
              labels: { team: "data", severity: "none", kind: "sum" },
            },
            {
              alert: "Down",
              expr: "up == 0",
              forMs: 300_000,
              keepFiringForMs: 3_600_000,
              labels: { team: "data", severity: "1.50", n: "0x10", flag: "true", nothing: "" },
              annotations: { text: "{{ $labels.job }} {{ $value | humanize }}" },
            },
          ],
        },
        { file: "r.yml", name: "empty", limit: 0, queryOffsetMs: 0, labels: {}, rules: [] },
      ],
    });
  });

  it.each(GOOD)("loads: %s", (_what, text) => {
    expect(read(text)).toMatchObject({ ok: true });
  });

  it.each(BAD)("does not load, and says where: %s", (_what, text, place, message) => {
    const result = read(text);
    expect(result.ok).toBe(false);
    const told = result.ok ? [] : result.faults.map((fault) => `${fault.line}:${fault.column} ${fault.message}`);
    expect(told).toContainEqual(expect.stringContaining(`${place} ${message}`));
  });

  it("all faults are found in one pass", () => {
    const result = read(
      "groups:\n  - rules:\n      - { alert: A, expr: 'up[', for: soon, color: red }\n      - { expr: up }\n",
    );
    expect(result.ok ? [] : result.faults.map((fault) => fault.path).sort()).toEqual([
      "groups[0]",
      "groups[0].rules[0].color",
      "groups[0].rules[0].expr",
      "groups[0].rules[0].for",
      "groups[0].rules[1]",
    ]);
  });

  it("what loads and is probably not meant is a warning: duplicate rules, names that Prometheus 2 refuses", () => {
    const result = read(`
groups:
  - name: a
    labels: { team: "{{ nope }}" }
    rules:
      - { alert: A, expr: up == 0, labels: { severity: low } }
      - { alert: A, expr: up == 1, labels: { severity: low } }
      - { alert: A, expr: up == 1, labels: { severity: high } }
      - { record: "my metric", expr: up, labels: { "some.label": x } }
`);
    expect(result.ok ? result.warnings.map((one) => one.message.split(":")[0]) : result).toEqual([
      "Prometheus takes this name from version 3 on only",
      "Prometheus takes this name from version 3 on only",
      "the template does not parse",
      "duplicate rule",
    ]);
  });

  it("never throws, whatever the document is", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void readRuleFile(value, "r.yml")));
    const rule = fc.dictionary(
      fc.constantFrom("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations", "x"),
      fc.oneof(fc.jsonValue(), fc.constantFrom("up == 0", "5m", "A")),
    );
    const file = fc.record({ groups: fc.array(fc.record({ name: fc.jsonValue(), rules: fc.array(rule) })) });
    fc.assert(
      fc.property(file, (value) => {
        const result = readRuleFile(value, "r.yml");
        if (!result.ok) expect(result.faults.length).toBeGreaterThan(0);
      }),
    );
  });

  it("the shipped defaults are five rules without a warning", () => {
    const result = read(readFileSync(join(ROOT, "examples/rules/platform.yml"), "utf8"));
    expect(result).toMatchObject({ ok: true, warnings: [] });
    expect(result.ok && result.groups.flatMap((group) => group.rules)).toHaveLength(5);
  });

  it.skipIf(!existsSync(PLATFORM))(
    "the platform's own file loads as it is, and the shipped defaults are the same groups",
    () => {
      expect(groupsOf(PLATFORM)).toEqual(groupsOf(join(ROOT, "examples/rules/platform.yml")));
    },
  );
});

describe("Prometheus durations", () => {
  it.each([
    ["0", 0],
    ["30s", 30_000],
    ["1h30m", 5_400_000],
    ["1y2w3d4h5m6s7ms", 382 * 86_400_000 + 14_706_007],
    ["100ms", 100],
  ])("%s is %i ms", (text, ms) => {
    expect(parsePromDuration(text)).toBe(ms);
  });

  it.each(["", "5", "5 m", "1m1h", "-5m", "1.5h", "5M", "999999999y"])("%j is none", (text) => {
    expect(parsePromDuration(text)).toBeUndefined();
  });

  it("what is written reads back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => parsePromDuration(formatPromDuration(ms)) === ms),
    );
    expect([90_000, 86_400_000, 90_000_000, 1500].map(formatPromDuration)).toEqual(["1m30s", "1d", "25h", "1s500ms"]);
  });
});
