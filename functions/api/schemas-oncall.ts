import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import type * as views from "./views-oncall.ts";

const text = v.string();
const By = v.strictObject({ layer: opt(v.number()), override: opt(text) }) satisfies Shape<views.OncallByView>;
const Shift = v.strictObject({
  from: instant,
  until: instant,
  person: opt(text),
  by: opt(By),
}) satisfies Shape<views.ShiftView>;
const now = {
  schedule: text,
  zone: text,
  person: opt(text),
  name: opt(text),
  by: opt(By),
  until: opt(instant),
  next: opt(text),
  gap: opt(Shift),
};
const Override = v.strictObject({
  id: text,
  from: instant,
  until: instant,
  person: text,
  why: text,
  by: opt(text),
  madeAt: opt(instant),
}) satisfies Shape<views.OverrideView>;

/** What /api/v1/oncall answers. */
export const oncallShapes = {
  Oncall: v.strictObject({
    clock: Clock,
    at: instant,
    schedules: v.array(v.strictObject(now)),
    escalations: v.array(
      v.strictObject({
        escalation: text,
        receiver: text,
        levels: v.array(v.strictObject({ afterMs: v.number(), tells: v.array(text), nobody: v.array(text) })),
        repeat: v.number(),
        againMs: v.number(),
      }),
    ),
  }) satisfies Shape<views.OncallView>,
  OncallSchedule: v.strictObject({
    ...now,
    clock: Clock,
    at: instant,
    people: v.array(text),
    from: instant,
    to: instant,
    shifts: v.array(Shift),
    overrides: v.array(Override),
    calendar: opt(text),
  }) satisfies Shape<views.OncallScheduleView>,
  OverrideChanged: v.strictObject({
    clock: Clock,
    schedule: text,
    id: text,
    reason: text,
    decision: opt(text),
    text,
    overrides: v.array(Override),
  }) satisfies Shape<views.OverrideChangedView>,
};
