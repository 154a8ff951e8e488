import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { budgetMachine } from "../../shared/core/cost/budget/machine.ts";
import { periodBefore, periodOf } from "../../shared/core/cost/budget/period.ts";
import { scopesOf } from "../../shared/core/cost/budget/scope.ts";
import type { BudgetFigures, BudgetInput, BudgetRule, BudgetState } from "../../shared/core/cost/budget/types.ts";
import { explainBudget, sentenceBudget } from "../../shared/core/cost/budget/words.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { machineLaws } from "../contract/machine.ts";
import { decision } from "../contract/records.ts";

const RULE: BudgetRule = {
  ...{ name: "kafka", amount: "1000", currency: "USD", alertAt: [80, 100], forecast: true, severity: "warning" },
};
const NOW = Date.UTC(2026, 10, 20);
const NOVEMBER = periodOf("month", "2026-11-20");
const DECEMBER = periodOf("month", "2026-12-02");
const figures = (spent: string | undefined, more: Partial<BudgetFigures> = {}): BudgetFigures => ({
  ...{ period: NOVEMBER, missingDays: 0 },
  ...(spent === undefined ? {} : { spent, through: "2026-11-19" }),
  ...more,
});
const look = (...all: readonly BudgetFigures[]): BudgetInput => ({ kind: "look", figures: all });
const foretold = (expected: number) => ({ forecast: { expected, low: expected - 50, high: expected + 50 } });

/** Looks one after another; what was told at each. */
function story(rule: BudgetRule, inputs: readonly BudgetInput[]) {
  let state: BudgetState = budgetMachine.initial(rule, NOW);
  return inputs.map((input, at) => {
    const before = state;
    const step = budgetMachine.step(rule, state, input, NOW + at * 86_400_000);
    state = step.state;
    return {
      reason: step.reason,
      same: step.state === before,
      raised: step.actions.flatMap(({ raised }) => raised),
      ended: step.actions.flatMap(({ alerts, raised }) => alerts.slice(0, alerts.length - raised.length)).length,
      alerts: step.actions.flatMap(({ alerts }) => alerts),
    };
  });
}

test.each<[string, readonly BudgetInput[], readonly (readonly [string, readonly (number | string)[], number])[]]>([
  [
    "each threshold is told once in its period",
    [look(figures("790")), look(figures("800")), look(figures("900")), look(figures("1000.01")), look(figures("1100"))],
    [
      ["within", [], 0],
      ["alerted", [80], 0],
      ["within", [], 0],
      ["alerted", [100], 0],
      ["within", [], 0],
    ],
  ],
  ["two thresholds passed at once are told together", [look(figures("5000"))], [["alerted", [80, 100], 0]]],
  [
    "days that are revised below a threshold end its alert, and reaching it again tells it again",
    [look(figures("850")), look(figures("700")), look(figures("860"))],
    [
      ["alerted", [80], 0],
      ["eased", [], 1],
      ["alerted", [80], 0],
    ],
  ],
  [
    "what is only foretold is told once, and is over well below the amount, not at its edge",
    [
      look(figures("100", foretold(1010))),
      look(figures("110", foretold(990))),
      look(figures("120", foretold(1020))),
      look(figures("130", foretold(940))),
    ],
    [
      ["forecast_alerted", ["forecast"], 0],
      ["within", [], 0],
      ["within", [], 0],
      ["eased", [], 1],
    ],
  ],
  [
    "no data is told, and never read as nothing spent: what fires goes on",
    [look(figures("850")), look(figures(undefined, { why: "denied" })), look(figures(undefined)), look(figures("860"))],
    [
      ["alerted", [80], 0],
      ["held_no_data", [], 0],
      ["held_no_data", [], 0],
      ["data_again", [], 0],
    ],
  ],
  [
    "a new period begins anew, while late days of the old one still count for it",
    [
      look(figures("790")),
      look(figures("10", { period: DECEMBER }), figures("1001")),
      look(figures("900", { period: DECEMBER }), figures("1001")),
    ],
    [
      ["within", [], 0],
      ["alerted", [80, 100], 0],
      ["alerted", [80], 0],
    ],
  ],
  [
    "what left the configuration fires no more",
    [look(figures("850")), { kind: "gone" }, { kind: "gone" }],
    [
      ["alerted", [80], 0],
      ["removed", [], 1],
      ["removed", [], 0],
    ],
  ],
])("%s", (_name, inputs, expected) => {
  expect(story(RULE, inputs).map(({ reason, raised, ended }) => [reason, raised, ended])).toEqual(expected);
});

test("a look that finds nothing new changes nothing", () => {
  const [, second, , fourth] = story(RULE, [
    look(figures("850")),
    look(figures("851")),
    look(figures(undefined)),
    look(figures(undefined)),
  ]);
  expect([second?.same, fourth?.same]).toEqual([true, true]);
});

test("that nothing is known on the first days of a period is no news", () => {
  const [first] = story(RULE, [look(figures(undefined, { early: true, why: "it has just begun" }))]);
  expect(first).toMatchObject({ reason: "held_no_data", same: true });
});

test("an alert fires until its period is over, under labels that stay", () => {
  const [first, , third] = story(RULE, [look(figures("850")), look(figures("700")), look(figures("850"))]);
  expect(first?.alerts).toEqual([
    expect.objectContaining({
      labels: { alertname: "HeadgateBudget", budget: "kafka", period: "2026-11", threshold: "80", severity: "warning" },
      endsAt: Date.UTC(2026, 11, 1),
    }),
  ]);
  expect(first?.alerts[0]?.annotations["summary"]).toBe(
    "kafka: 80 % of the budget of 2026-11 is spent (850 of 1000 USD)",
  );
  expect(third?.alerts[0]?.labels).toEqual(first?.alerts[0]?.labels);
});

test("a severity that changed meanwhile does not keep the old alert from ending", () => {
  const first = budgetMachine.step(RULE, budgetMachine.initial(RULE, NOW), look(figures("850")), NOW);
  const after = budgetMachine.step({ ...RULE, severity: "critical" }, first.state, look(figures("10")), NOW + 1);
  expect(after.actions[0]?.alerts[0]?.labels).toEqual(first.actions[0]?.alerts[0]?.labels);
});

test("who could not be told is told with the next look", () => {
  const first = budgetMachine.step(RULE, budgetMachine.initial(RULE, NOW), look(figures("850")), NOW);
  const key = first.actions[0]?.key ?? "";
  const failed = budgetMachine.settle(RULE, first.state, [{ key, status: "failed", at: NOW, detail: "away" }], NOW);
  const again = budgetMachine.step(RULE, failed, look(figures("850")), NOW + 1);
  expect(again.actions[0]?.raised).toEqual([80]);
  expect(again.actions[0]?.key).not.toBe(key);
});

test("of a budget of nothing nothing is reached until something is spent", () => {
  const rule = { ...RULE, amount: "0", alertAt: [100] };
  expect(story(rule, [look(figures("0")), look(figures("0.01"))]).map(({ raised }) => raised)).toEqual([[], [100]]);
});

test.each<["month" | "quarter" | "year", string, string, string, string]>([
  ["month", "2026-02-10", "2026-02", "2026-02-01", "2026-02-28"],
  ["month", "2026-12-31", "2026-12", "2026-12-01", "2026-12-31"],
  ["quarter", "2026-11-20", "2026-Q4", "2026-10-01", "2026-12-31"],
  ["year", "2028-02-29", "2028", "2028-01-01", "2028-12-31"],
])("a %s around %s is %s", (kind, day, id, from, to) => {
  expect(periodOf(kind, day)).toEqual({ id, from, to });
  expect(periodBefore(kind, periodOf(kind, day)).to < from).toBe(true);
});

test("a charge lies in every scope that it matches in all of its members", () => {
  const scopes = new Map([
    ["all", {}],
    ["msk", { service: ["*Kafka*"] }],
    ["team", { tenant: "payments" }],
    ["both", { service: ["*Kafka*"], account: ["1*"], tag: { env: "prod" } }],
  ]);
  const of = scopesOf(scopes, ({ resourceId }) => (resourceId === "topic-a" ? "payments" : undefined));
  const charge = (more: Partial<Charge>): Charge => ({ day: "2026-11-01", ...more });
  expect(of(charge({}))).toEqual(["all"]);
  expect(of(charge({ service: "Managed Kafka", resourceId: "topic-a" }))).toEqual(["team", "all", "msk"]);
  expect(of(charge({ service: "Managed Kafka", subAccount: "123", tags: { env: "prod" } }))).toEqual([
    "all",
    "msk",
    "both",
  ]);
});

describe("words", () => {
  test("a record begins with what it is about and tells what was said", () => {
    const step = budgetMachine.step(RULE, budgetMachine.initial(RULE, NOW), look(figures("850")), NOW);
    const record = decision({
      at: NOW,
      ...{ noun: "cost", subject: "budget:kafka", reason: step.reason, trace: step.trace, actions: step.actions },
    });
    expect(sentenceBudget(record)).toMatch(/^budget kafka: a threshold is reached: 2026-11: 850 of 1000 USD spent/);
    expect(explainBudget(record).join("\n")).toContain("told: kafka: 80 % of the budget");
  });
});

machineLaws("budget", budgetMachine, {
  runs: 20,
  config: fc.record({
    name: fc.constant("kafka"),
    amount: fc.constantFrom("0", "100", "99.99"),
    currency: fc.constant("USD"),
    alertAt: fc.constantFrom([], [50], [80, 100]),
    forecast: fc.boolean(),
    severity: fc.constantFrom("info", "critical"),
  }) as fc.Arbitrary<BudgetRule>,
  input: fc
    .record({
      spent: fc.option(fc.constantFrom("0", "60", "120", "x"), { nil: undefined }),
      expected: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
      gone: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ spent, expected, gone }) => (): BudgetInput => {
      const more = expected === undefined ? {} : { forecast: { expected, low: expected, high: expected } };
      return gone === 0 ? { kind: "gone" } : look(figures(spent, more));
    }),
});
