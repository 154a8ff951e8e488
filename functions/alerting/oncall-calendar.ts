import { calendar } from "../../shared/core/alerting/oncall/calendar.ts";
import { shifts } from "../../shared/core/alerting/oncall/schedule.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, type DurationMs, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { linkSecretValue, signedLink, subjectOfLink } from "../signed-link.ts";
import { type KnownOncall, oncallOf, scheduleIn, sectionOf } from "./oncall-known.ts";
import { changedAtOf } from "./oncall-store.ts";

const LINK = { noun: "oncall", action: "calendar.ics" } as const;
/** A calendar program asks for years; a link that nobody renews ends all the same. */
const GOOD_MS: DurationMs = 400 * DAY_MS;
const BACK_MS: DurationMs = 30 * DAY_MS;
const AHEAD_MS: DurationMs = 180 * DAY_MS;
/** What began before the feed does is cut at its beginning, which moves seldom: with it moves the event's UID. */
const GRID_MS: DurationMs = 30 * DAY_MS;

const onGrid = (at: Millis): Millis => Math.floor(at / GRID_MS) * GRID_MS;

/** Address of a schedule's feed for programs that cannot send a key; undefined without `publicUrl` and `linkSecret`. */
export async function calendarLink(
  runtime: Runtime,
  tenant: string,
  { publicUrl, linkSecret }: KnownOncall,
  schedule: string,
): Promise<string | undefined> {
  if (publicUrl === undefined || linkSecret === undefined) return undefined;
  try {
    const key = await linkSecretValue(linkSecret);
    if (key === undefined) return undefined;
    return signedLink(key, publicUrl, { ...LINK, tenant, subject: schedule, until: onGrid(runtime.now()) + GOOD_MS });
  } catch (error) {
    // A schedule without its feed is better than none.
    runtime.telemetry.log("warn", "no address for calendars", {
      error: error instanceof Error ? error.message : String(error),
    });
    return undefined;
  }
}

/** A schedule as a calendar. @throws HeadgateError `oncall.unknown` and those of store and objects */
export async function calendarText(
  runtime: Runtime,
  tenant: string,
  name: string,
  person: string | undefined,
): Promise<string> {
  const known = await oncallOf(runtime, tenant);
  const { gaps } = sectionOf(known.section, name);
  const [schedule, changedAt] = await Promise.all([
    scheduleIn(runtime, tenant, known, name),
    changedAtOf(runtime, tenant, name),
  ]);
  const now = runtime.now();
  return calendar({
    schedule: name,
    shifts: shifts(schedule, onGrid(now - BACK_MS), onGrid(now) + AHEAD_MS),
    names: Object.fromEntries(Object.entries(known.section.people).map(([one, { name: called }]) => [one, called])),
    ...(person === undefined ? {} : { person }),
    gaps: gaps !== "meant",
    changedAt: Math.max(known.appliedAt, changedAt ?? 0),
  });
}

/**
 * The same for who has a link.
 *
 * @throws HeadgateError `link.invalid`, the same for whatever is wrong with it; `oncall.unknown` where its schedule is gone, without naming others
 */
export async function linkedCalendar(
  runtime: Runtime,
  tenant: string,
  query: { readonly [name: string]: string | undefined },
): Promise<string> {
  const { linkSecret, section } = await oncallOf(runtime, tenant);
  const schedule = subjectOfLink(await linkSecretValue(linkSecret), LINK, query, runtime.now());
  if (!Object.hasOwn(section.schedules, schedule))
    throw new HeadgateError("oncall.unknown", "the schedule of this link is gone");
  return calendarText(runtime, tenant, schedule, query["person"]);
}
