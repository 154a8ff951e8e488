import type { Operation } from "../api/operation.ts";
import { CalendarQuery, OncallQuery, OncallScheduleQuery, OverrideBody, OverrideRemoveQuery } from "./oncall-bodies.ts";

const base = "/api/v1/oncall";
const tag = "oncall";
const read = { method: "get", tag, scope: "read" } as const;
const act = { tag, scope: "operate", answer: "OverrideChanged" } as const;

/** What oncall-routes.ts beside it answers, for the OpenAPI document. */
export const oncallOperations: readonly Operation[] = [
  {
    ...read,
    path: base,
    id: "listOncall",
    summary: "Who is on call by each schedule, and whom each escalation would tell",
    query: OncallQuery,
    answer: "Oncall",
  },
  {
    ...read,
    path: `${base}/:schedule`,
    id: "getOncallSchedule",
    summary: "Who is on call by a schedule at an instant, and its shifts between two",
    query: OncallScheduleQuery,
    answer: "OncallSchedule",
    errors: ["oncall.unknown"],
  },
  {
    ...read,
    path: `${base}/:schedule/calendar.ics`,
    id: "getOncallCalendar",
    summary: "The shifts of a schedule, or of one person in it, as an iCalendar feed",
    query: CalendarQuery,
    type: "text/calendar",
    errors: ["oncall.unknown"],
  },
  {
    ...act,
    method: "post",
    path: `${base}/:schedule/overrides`,
    id: "addOncallOverride",
    summary: "Somebody stands in for a while",
    idempotent: true,
    body: {
      schema: OverrideBody,
      example: { person: "cyd", from: "2026-01-06T17:00", to: "2026-01-07T01:00", why: "bob is at the dentist" },
    },
    errors: ["oncall.unknown", "store.throttled"],
  },
  {
    ...act,
    method: "delete",
    path: `${base}/:schedule/overrides/:id`,
    id: "removeOncallOverride",
    summary: "Takes an override back, or ends it now where it has begun",
    query: OverrideRemoveQuery,
    errors: ["oncall.unknown", "store.throttled"],
  },
  {
    method: "get",
    tag,
    path: "/hooks/oncall/calendar.ics",
    id: "oncallCalendarLink",
    summary: "The same feed for calendar programs; the signature in the address is the key",
    type: "text/calendar",
    errors: ["link.invalid", "oncall.unknown"],
  },
];
