import { DAY_MS, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { addDays, type Day, dayOf } from "../day.ts";
import type { ReportConfig } from "./types.ts";

type Schedule = Pick<ReportConfig, "every" | "at">;

/** 1970-01-05 was a Monday. */
const MONDAY_MS = 4 * DAY_MS;
const phaseOf = ({ every, at }: Schedule): { readonly length: number; readonly phase: number } => ({
  length: every === "daily" ? DAY_MS : 7 * DAY_MS,
  phase: at * HOUR_MS + (every === "daily" ? 0 : MONDAY_MS),
});

/** The newest instant of the schedule that is not after `now`. */
export function lastInstant(schedule: Schedule, now: Millis): Millis {
  const { length, phase } = phaseOf(schedule);
  return Math.floor((now - phase) / length) * length + phase;
}

/** The first instant of the schedule after `now`. */
export const nextInstant = (schedule: Schedule, now: Millis): Millis =>
  lastInstant(schedule, now) + phaseOf(schedule).length;

/** Days of the platform's own daily report. */
const DAILY_SPAN = 30;
const WEEKLY_SPAN = 7;

/**
 * The days that a report made at an instant is about, both included: the 30 days up to yesterday (the platform's first query), or the week from
 * Monday to Sunday.
 */
export function spanOf({ every }: Pick<Schedule, "every">, at: Millis): { readonly from: Day; readonly to: Day } {
  return spanTo(every, addDays(dayOf(at), -1));
}

/** The days of a report whose last day is given. */
export const spanTo = (every: Schedule["every"], to: Day): { readonly from: Day; readonly to: Day } => ({
  from: addDays(to, 1 - (every === "daily" ? DAILY_SPAN : WEEKLY_SPAN)),
  to,
});
