import { describe, expect, test } from "vitest";
import { parseConfig } from "../../shared/shell/config.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { readersFrom } from "../../shared/shell/config-readers.ts";
import { alertmanager } from "./jobs-kit.ts";

const FILES = { "alertmanager.yml": alertmanager() };
const told = (section: string, head = "alerting: { alertmanager: alertmanager.yml }") => {
  const text = `version: 1\n${head}\nstreams: { main: { embedded: true } }\ncost:\n  sources: [{ name: a, focus: bills }]\n${section}\n`;
  const parsed = parseConfig(text, readersFrom(givenFiles(FILES)));
  const lines = (all: readonly { path: string; line?: number; message: string }[]) =>
    all.map(({ path, line, message }) => `${line} ${path}: ${message}`);
  return parsed.ok ? { faults: [], warnings: lines(parsed.warnings) } : { faults: lines(parsed.faults), warnings: [] };
};

describe("a section that can work is quiet", () => {
  test.each([
    [
      "reports to places and receivers that are there",
      "  reports: { r: { every: daily, to: [./out, 's3://reports-here/x'], receivers: [team] } }",
    ],
    [
      "a budget of a tenant that a rule makes",
      "  tenants: { rules: [{ tenant: a, topics: [a.*] }], budgets: { a: { amount: '1' } } }",
    ],
    ["a budget of a tenant that names make", "  tenants: { prefix: '.', budgets: { a: { amount: '1' } } }"],
    ["a Flink cluster by its address", "  allocation: { clusters: { main: [MSK], 'http://flink:8081': [Flink] } }"],
    ["a rate of one of the report's own currency", "  rates: { USD: '1', EUR: '1.08' }"],
    ["everything of retention at its default", "  retention: {}"],
  ])("%s", (_, section) => expect(told(section)).toEqual({ faults: [], warnings: [] }));
});

describe("what cannot work is a fault at its place", () => {
  test.each([
    [
      "a destination nobody knows",
      "  reports: { r: { every: daily, to: [tape] } }",
      /^6 cost\.reports\.r\.to\[0\]: no such destination/,
    ],
    ["the same place twice", "  reports: { r: { every: daily, to: [./a, ./a/] } }", /to\[1\]: the same place as \.\/a/],
    [
      "a receiver nobody knows",
      "  reports: { r: { every: daily, receivers: [team, pager] } }",
      /receivers\[1\]: alertmanager\.yml has no such receiver/,
    ],
    [
      "a cluster that is not there",
      "  retention: { cluster: nowhere }",
      /^6 cost\.retention\.cluster: there is no such cluster/,
    ],
    [
      "a cluster of the bill that is not there",
      "  allocation: { clusters: { nowhere: [MSK] } }",
      /clusters\.nowhere: there is no such cluster/,
    ],
    [
      "weights that are all 0",
      "  allocation: { weights: { stored: 0, in: 0, out: 0, partitions: 0 } }",
      /weights: all weights are 0/,
    ],
    ["a rate of zero", "  rates: { EUR: '0.00' }", /rates\.EUR: a rate of zero would make money vanish/],
    ["another rate of the report's own currency", "  rates: { USD: '1.1' }", /rates\.USD: one USD is one USD/],
    [
      "a budget of nothing",
      "  budgets: { b: { amount: '0' } }",
      /budgets\.b\.amount: of nothing no percent can be spent/,
    ],
    [
      "a tenant's rule that names nothing",
      "  tenants: { rules: [{ tenant: a }] }",
      /rules\[0\]: says nothing of what is a's/,
    ],
  ])("%s", (_, section, fault) => {
    const { faults } = told(section);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });
  test("receivers without a section alerting", () =>
    expect(told("  reports: { r: { every: daily, receivers: [team] } }", "").faults[0]).toMatch(
      /there is no section alerting/,
    ));
  test("two sources of one name", () => {
    const parsed = parseConfig("version: 1\ncost: { sources: [{ name: a, focus: x }, { name: a, focus: y }] }\n");
    expect(parsed.ok ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "cost.sources[1].name: source 0 has the same name: days of one would replace those of the other",
    ]);
  });
});

describe("what works and is probably not meant is a warning", () => {
  test.each([
    [
      "Cost Explorer each hour",
      "  schedule: hourly\n",
      /schedule: open days are asked for each hour, and each request .* is paid for/,
      "costExplorer: {}",
    ],
    [
      "a budget of a tenant that nobody is",
      "  budgets: { b: { amount: '1', scope: { tenant: x } } }",
      /scope\.tenant: no rule makes anything this tenant's/,
    ],
    [
      "a budget that tells nobody",
      "  budgets: { b: { amount: '1', alertAt: [], forecast: false } }",
      /alertAt: nobody is told of this budget/,
    ],
    [
      "acting on two days of history",
      "  retention: { mode: act, history: 2d }",
      /history: what runs once a week is not seen in it/,
    ],
    ["groups that are gone before they are seen", "  retention: { liveFor: 2d }", /liveFor: shorter than history/],
  ])("%s", (_, section, warning, source = "focus: bills") => {
    const text = `version: 1\nstreams: { main: { embedded: true } }\ncost:\n  sources: [{ ${source} }]\n${section}\n`;
    const parsed = parseConfig(text);
    expect(parsed.ok && parsed.warnings.map(({ path, message }) => `${path}: ${message}`)).toMatchObject([
      expect.stringMatching(warning),
    ]);
  });
});
