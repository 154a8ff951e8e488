import type * as views from "./views.ts";
import type * as flagViews from "./views-flags.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };

const summary: flagViews.FlagSummary = {
  name: "new-checkout",
  description: "The checkout in one page",
  type: "boolean",
  status: "on",
  shares: { off: 75, on: 25 },
  rules: 1,
  gated: true,
  tied: true,
  rollout: {
    to: "on",
    status: "running",
    started: { by: "ada", why: "second week", at: now - 900_000 },
    step: 2,
    percent: 25,
    since: now - 60_000,
    judgedUntil: now - 30_000,
    verdict: {
      verdict: "continue",
      reason: "undecided",
      text: "nothing speaks against it, and not enough for it yet",
      at: now - 12_000,
      towardsFail: 0.04,
    },
    steps: [5, 10, 25, 50, 100],
  },
};

const decision: views.DecisionSummary = {
  id: "dec_01ke5q9bk0t2k8m5v7p3r1xw4z",
  noun: "delivery",
  subject: "flag:new-checkout",
  at: now - 60_000,
  reason: "step_begun",
  sentence: "flag new-checkout goes on to its next step: on for 25 %",
  mode: "act",
  trigger: "sweep",
  acted: true,
};

const tally = (exposed: number, requests: number, errors: number) => ({ exposed, requests, errors, slow: 4 });

/** Examples of the answers of /api/v1/flags. */
export const flagExamples = {
  Flags: { clock, version: "flg_9f06c7a41d2be830", items: [summary] } satisfies flagViews.FlagsView,
  Flag: {
    clock,
    ...summary,
    variants: { on: true, off: false },
    default: "off",
    off: "off",
    configVersion: "cfg_dc774f4aafadf083",
    config: { rollout: { steps: [5, 10, 25, 50, 100] }, killWhen: { breakers: ["payments"] } },
    decisions: [decision],
  } satisfies flagViews.FlagView,
  FlagsSnapshot: {
    v: 1,
    version: "flg_9f06c7a41d2be830",
    flags: {
      "new-checkout": {
        spec: {
          enabled: true,
          variants: { on: true, off: false },
          salt: "",
          bucketBy: "targetingKey",
          requires: [],
          rules: [],
        },
        live: { shares: { off: 75, on: 25 } },
      },
    },
    reportMs: 10_000,
    clock,
  } satisfies flagViews.FlagsSnapshotView,
  FlagChanged: {
    clock,
    status: "decided",
    reason: "killed",
    text: "ada switched it off: payments fail; it serves off",
    flag: { ...summary, status: "killed", why: "ada: payments fail", shares: { off: 100 } },
    decision: {
      ...decision,
      id: "dec_01ke5q9tk0c6m1x8z4v2b7n5qd",
      at: now,
      reason: "killed",
      sentence: "flag new-checkout is switched off: ada switched it off: payments fail; it serves off",
      trigger: "api",
    },
  } satisfies flagViews.FlagChangedView,
  FlagEvaluation: {
    clock,
    flag: "new-checkout",
    version: "flg_9f06c7a41d2be830",
    value: true,
    variant: "on",
    reason: "SPLIT",
    metadata: {},
    bucket: 10_412,
    rules: [{ rule: "staff", outcome: "no_match", text: 'plan ("pro") in "staff": no' }],
    steps: [
      'staff: no match: plan ("pro") in "staff": no',
      "no rule applies; bucket 10412 of on below 25000, off below 100000",
      "new-checkout serves on (SPLIT)",
    ],
  } satisfies flagViews.FlagEvaluationView,
  ExposuresTaken: { accepted: 2, unknown: 0 } satisfies flagViews.ExposuresTakenView,
  FlagExposures: {
    clock,
    flag: "new-checkout",
    everyMs: 30_000,
    since: now - 900_000,
    totals: { on: tally(1_240, 1_201, 3), off: tally(3_700, 3_655, 9) },
    intervals: [{ at: now - 60_000, variants: { on: tally(120, 118, 1), off: tally(371, 366, 1) } }],
  } satisfies flagViews.FlagExposuresView,
};
