import type { Operation } from "../api/operation.ts";
import { collectOperations } from "./collect-operations.ts";
import { BacktestRuleBody, EvaluateRulesBody, InstantQuery, RangeQuery } from "./routes.ts";

const monitoring = "/api/v1/monitoring";
const read = { method: "get", tag: "monitoring", scope: "read" } as const;

/** What routes.ts beside it answers, for the OpenAPI document. */
export const monitoringOperations: readonly Operation[] = [
  ...collectOperations,
  {
    ...read,
    path: `${monitoring}/rules`,
    id: "listRules",
    summary: "Groups of rules: what each asks, its state and health",
    answer: "Rules",
  },
  {
    ...read,
    path: `${monitoring}/rules/:rule`,
    id: "getRule",
    summary: "One rule by id or subject, with its alerts and its history",
    answer: "RuleDetail",
    errors: ["rule.unknown"],
  },
  {
    method: "post",
    path: `${monitoring}/rules/evaluate`,
    id: "evaluateRules",
    tag: "monitoring",
    summary: "Evaluates rules now, and those instants that were missed",
    scope: "operate",
    idempotent: true,
    body: { schema: EvaluateRulesBody, example: { why: "after the fix" } },
    answer: "RulesEvaluated",
  },
  {
    method: "post",
    path: `${monitoring}/rules/backtest`,
    id: "backtestRule",
    tag: "monitoring",
    summary: "How often a rule would have fired over the history there is, with which `for`",
    scope: "read",
    body: {
      schema: BacktestRuleBody,
      example: { rule: "rul_8bc1a0ad4e9f6c11", for: ["0", "30s", "5m"], groupBy: "instance" },
    },
    answer: "RuleBacktest",
    errors: ["rule.unknown", "query.invalid", "query.unavailable"],
  },
  {
    ...read,
    path: `${monitoring}/alerts`,
    id: "listAlerts",
    summary: "Pending and firing alerts, firing first",
    answer: "Alerts",
  },
  {
    ...read,
    path: `${monitoring}/targets`,
    id: "listTargets",
    summary: "Scrape targets and how they are; none where this process scrapes nothing",
    answer: "Targets",
  },
  {
    ...read,
    path: `${monitoring}/query`,
    id: "query",
    summary: "PromQL at one instant",
    query: InstantQuery,
    answer: "Query",
    errors: ["query.invalid", "query.unavailable"],
  },
  {
    ...read,
    path: `${monitoring}/query_range`,
    id: "queryRange",
    summary: "PromQL over a time, at most 11,000 steps",
    query: RangeQuery,
    answer: "QueryRange",
    errors: ["query.invalid", "query.unavailable"],
  },
];
