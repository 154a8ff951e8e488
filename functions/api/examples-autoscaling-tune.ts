import type { ClockView, EvaluationView } from "./views.ts";
import type {
  CompareView,
  LabView,
  PlayedView,
  RegretView,
  TuneView,
  TuningCommandView,
  TuningStateView,
  TuningView,
} from "./views-autoscaling-tune.ts";

const from = 897_264_000_000;
const DAY = 86_400_000;
const measures = {
  policy: "predictive regression thrift 1.4 hold 1 waste 3.125",
  minutes: 8640,
  violationMinutes: 15,
  taskHours: 1611.3,
  oracleTaskHours: 1367,
  costRatio: 1.179,
  j: 1.197,
  worstWaitSeconds: 13,
  actionsPerDay: 48,
};
const played: PlayedView = {
  load: { source: "trace", from, to: from + 14 * DAY, days: 14, meanTasks: 8, perTask: 12.5, known: 1 },
  elapsedMs: 1620.4,
  notes: [],
  warnings: [],
};
const written = { type: "predictive", thrift: 1.4, hold: 1, waste: 3.125 };
const tuning: TuningStateView = {
  mode: "propose",
  proposal: { name: measures.policy, policy: written, at: from + 14 * DAY, cost: 1636.3, j: 1.197 },
  last: { at: from + 14 * DAY, reason: "proposed", days: 14 },
  dueAt: from + 15 * DAY,
};

export const tuneExamples = (clock: ClockView, evaluation: EvaluationView) => ({
  Comparison: {
    ...played,
    days: [9, 14],
    rows: [
      {
        ...measures,
        policy: "auto",
        notes: ["auto: predictive … was picked on days 3-8, frozen, and scored on days 9-14"],
      },
      { ...measures, policy: "hpa-cpu70", costRatio: 1.4, j: 1.4, notes: [] },
    ],
  } satisfies CompareView,
  Tuned: {
    ...measures,
    ...played,
    picked: {
      name: measures.policy,
      family: "predictive",
      policy: {
        ...{ type: "predictive", arrivals: "requests", backlog: "backlog", forecaster: "regression", violation: 10 },
        ...{ thrift: 1.4, hold: 1, waste: 3.125, events: [] },
      },
      written,
    },
    train: { ...measures, j: 1.2 },
    trainDays: [3, 8],
    scoreDays: [9, 14],
    tried: 177,
    families: [{ name: measures.policy, j: 1.2 }],
    withinLimits: true,
    objective: { taskHour: 0.05, violationMinute: 0.07 },
    money: { total: 81.6, tasks: 80.6, violations: 1.05, perDay: 13.6 },
  } satisfies TuneView,
  Lab: {
    ...played,
    days: [3, 3],
    measures: { ...measures, minutes: 1440 },
    config: { mode: "act", min: 2, max: 100, policies: [written] },
    series: {
      startAt: from + 2 * DAY,
      stepMs: 60_000,
      load: [5.1, 5.3],
      capacity: [7, 7],
      desired: [7, 7],
      backlog: [0, 0],
      violated: [0, 0],
      actions: [0, 0],
    },
  } satisfies LabView,
  Regret: {
    clock,
    service: "orders",
    load: { ...played.load, source: "recorded", service: "orders" },
    policy: "the default forecast",
    regret: {
      minutes: 17_280,
      cost: 3330.1,
      best: { name: measures.policy, cost: 3268.4 },
      oracle: 2734,
      money: { cost: 166.5, best: 163.4, oracle: 136.7 },
    },
    tuning,
    elapsedMs: 3100.2,
    notes: ["every policy was played over the recorded load: what is compared are simulated costs"],
  } satisfies RegretView,
  Tuning: { clock, service: "orders", tuning } satisfies TuningView,
  TuningCommand: { clock, service: "orders", tuning, command: evaluation } satisfies TuningCommandView,
});
