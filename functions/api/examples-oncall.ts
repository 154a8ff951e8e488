import type * as views from "./views-oncall.ts";

const now = 1_767_571_260_000;
const HOUR_MS = 3_600_000;
const clock = { now, speed: 1, simulated: false };

const primary: views.OncallNowView = {
  schedule: "primary",
  zone: "Europe/Berlin",
  person: "ann",
  name: "Ann Example",
  by: { layer: 1 },
  until: now + 30 * HOUR_MS,
  next: "bob",
};
const Oncall: views.OncallView = {
  clock,
  at: now,
  schedules: [primary],
  escalations: [
    {
      escalation: "prod",
      receiver: "oncall:prod",
      levels: [
        { afterMs: 0, tells: ["ann (primary)"], nobody: [] },
        { afterMs: 300_000, tells: ["lead"], nobody: [] },
      ],
      repeat: 1,
      againMs: 300_000,
    },
  ],
};
const override: views.OverrideView = {
  id: "ovr_01ke5q8600jsjgwzqy9dwmwy5v",
  from: now + 40 * HOUR_MS,
  until: now + 48 * HOUR_MS,
  person: "cyd",
  why: "bob is at the dentist",
  by: "bob",
  madeAt: now - HOUR_MS,
};
const OncallSchedule: views.OncallScheduleView = {
  ...primary,
  clock,
  at: now,
  people: ["ann", "bob", "cyd"],
  from: now,
  to: now + 48 * HOUR_MS,
  shifts: [
    { from: now, until: now + 30 * HOUR_MS, person: "ann", by: { layer: 1 } },
    { from: now + 30 * HOUR_MS, until: now + 40 * HOUR_MS, person: "bob", by: { layer: 1 } },
    { from: now + 40 * HOUR_MS, until: now + 48 * HOUR_MS, person: "cyd", by: { override: override.id } },
  ],
  overrides: [override],
};
const OverrideChanged: views.OverrideChangedView = {
  clock,
  schedule: "primary",
  id: override.id,
  reason: "override_added",
  decision: "dec_01ke5q8600jsjgwzqy9dwmwy5v",
  text: "cyd stands in for primary from 2026-01-06T16:01:00.000Z to 2026-01-07T00:01:00.000Z, by bob: bob is at the dentist",
  overrides: [override],
};

export const oncallExamples = { Oncall, OncallSchedule, OverrideChanged };
