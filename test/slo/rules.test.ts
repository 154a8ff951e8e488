import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRuleFile } from "../../shared/core/monitoring/rule-file.ts";
import { sentence } from "../../shared/core/slo/explain.ts";
import { rulesOf } from "../../shared/core/slo/rules.ts";
import { SLO_REASONS } from "../../shared/core/slo/types.ts";
import { decision } from "../contract/records.ts";
import { given, START } from "./given.ts";

const CLOUDWATCH = { cloudwatch: { value: { namespace: "AWS/Lambda", metric: "Duration", stat: "p99" } }, max: 300 };

test("rules are a good rule file, and what they cannot hold is named", () => {
  const { file, left } = rulesOf([
    given({ service: "orders" }),
    given({ target: 99 }, "search.v2"),
    given({ sli: { promql: { value: "lag" }, max: "30s" } }, "lag"),
    given({ sli: CLOUDWATCH }, "duration"),
    given({ sli: { signal: "availability", of: "orders" } }, "up"),
    given({ sli: { composite: { checkout: 1 } } }, "all"),
    given({ budget: "slices" }, "slices"),
  ]);
  expect(readRuleFile(JSON.parse(JSON.stringify(file)), "slo.yml")).toMatchObject({ ok: true, warnings: [] });
  expect(left.map(({ objective, why }) => `${objective}: ${why}`)).toEqual([
    "duration: its figures come from CloudWatch, not from PromQL",
    "up: its figures come from the signal availability, not from PromQL",
    "all: it is made of other objectives",
    "slices: its budget is of slices",
  ]);
});

test("equal objectives share their rules, others are told apart by name", () => {
  const count = (targets: readonly number[]) =>
    rulesOf(targets.map((target, index) => given({ target }, `o${index}`))).file.groups.flatMap(({ rules }) => rules);
  expect(count([99, 99, 99]).length - count([99]).length).toBe(6);
  expect(count([99, 99.9]).length - count([99]).length).toBe(3);
  const fires = count([99, 99.9]).filter(({ record }) => record === "headgate_slo:fires");
  expect(fires.map(({ labels }) => labels?.["row"])).toEqual(["1h", "6h", "1d", "3d"]);
  for (const { expr } of fires) expect(expr).toMatch(/slo=~"o0".* > 0\.\d+ .*\nor\n.*slo=~"o1"/s);
});

test("without an objective of PromQL there are no groups", () => {
  expect(rulesOf([given({ sli: CLOUDWATCH })]).file).toEqual({ groups: [] });
});

test("every reason has words of its own and stands in the docs", () => {
  const docs = readFileSync(join(import.meta.dirname, "..", "..", "docs", "slo.md"), "utf8");
  const said = SLO_REASONS.map((reason) => sentence(decision({ at: START, subject: "x", reason, trace: [] })));
  expect(said.filter((one, index) => one === `x: ${SLO_REASONS[index]?.replaceAll("_", " ")}`)).toEqual([
    "x: nothing new",
  ]);
  expect(SLO_REASONS.filter((reason) => !docs.includes(`\`${reason}\``))).toEqual([]);
});
