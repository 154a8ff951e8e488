import { COVERAGE_MS } from "../../shared/core/alerting/oncall/check-times.ts";
import type { MadeOverride } from "../../shared/core/alerting/oncall/overrides-types.ts";
import { receiverOf } from "../../shared/core/alerting/oncall/paging.ts";
import { pageInput, pagingOf, schedulesOf } from "../../shared/core/alerting/oncall/resolve.ts";
import { gaps, onCallAt, shifts } from "../../shared/core/alerting/oncall/schedule.ts";
import type { Override, Schedule } from "../../shared/core/alerting/oncall/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, type DurationMs, formatDuration, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type {
  OncallEscalationView,
  OncallNowView,
  OncallScheduleView,
  OncallView,
  OverrideView,
} from "../api/views-oncall.ts";
import { calendarLink } from "./oncall-calendar.ts";
import { type KnownOncall, momentIn, oncallOf, scheduleIn } from "./oncall-known.ts";
import { overridesOf } from "./oncall-store.ts";

const SHOWN_MS: DurationMs = 14 * DAY_MS;
/** One answer shows so much at the most. */
const MOST_SHOWN_MS: DurationMs = 190 * DAY_MS;

/** Who is on call, until when, who comes then, and the next hours with nobody. */
function nowView({ section }: KnownOncall, schedule: Schedule, at: Millis): OncallNowView {
  const { name, zone } = schedule;
  const now = onCallAt(schedule, at);
  const called = now.person === undefined ? undefined : section.people[now.person]?.name;
  const next = now.until === undefined ? undefined : onCallAt(schedule, now.until).person;
  const [gap] = section.schedules[name]?.gaps === "meant" ? [] : gaps(schedule, at, at + COVERAGE_MS);
  return {
    schedule: name,
    zone,
    ...now,
    ...(called === undefined ? {} : { name: called }),
    ...(next === undefined ? {} : { next }),
    ...(gap ? { gap } : {}),
  };
}

/** Whom each level of an escalation would tell at an instant. */
async function escalationView(
  runtime: Runtime,
  tenant: string,
  { section, receivers }: KnownOncall,
  escalation: string,
  at: Millis,
): Promise<OncallEscalationView> {
  const receiver = receiverOf(escalation);
  const overrides = await overridesOf(runtime, tenant, schedulesOf(section, escalation));
  const { levels } = pageInput({ section, escalation, receivers, log: {}, overrides, at });
  const { afterMs = [], repeat = 0, againMs = 0 } = pagingOf(section, receiver) ?? {};
  return {
    escalation,
    receiver,
    levels: levels.map((level, index) => ({
      afterMs: afterMs[index] ?? 0,
      tells: level.receivers.map(({ who }) => who),
      nobody: level.nobody,
    })),
    repeat,
    againMs,
  };
}

/** GET /api/v1/oncall. @throws HeadgateError of store and objects */
export async function oncallView(runtime: Runtime, tenant: string, asked?: Millis): Promise<OncallView> {
  const known = await oncallOf(runtime, tenant);
  const at = asked ?? Math.floor(runtime.now());
  const { schedules, escalations } = known.section;
  return {
    clock: clockOf(runtime),
    at,
    schedules: await Promise.all(
      Object.keys(schedules).map(async (name) => nowView(known, await scheduleIn(runtime, tenant, known, name), at)),
    ),
    escalations: await Promise.all(
      Object.keys(escalations).map((name) => escalationView(runtime, tenant, known, name, at)),
    ),
  };
}

const isMade = (override: Override | MadeOverride): override is MadeOverride => "madeAt" in override;

/** Overrides that are not over, those of the file first. */
export const overrideViews = ({ overrides }: Schedule, now: Millis): readonly OverrideView[] =>
  overrides
    .filter(({ from, until }) => until > now && until > from)
    .map((one) => {
      const { id, from, until, person, why } = one;
      return { id, from, until, person, why, ...(isMade(one) ? { by: one.by, madeAt: one.madeAt } : {}) };
    });

/** Texts of a query: wall clock time of the schedule where they name no zone. */
interface Asked {
  readonly at?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

function windowOf(schedule: Schedule, asked: Asked, at: Millis): { readonly from: Millis; readonly to: Millis } {
  const from = momentIn(schedule, asked.from) ?? at;
  const to = momentIn(schedule, asked.to) ?? from + SHOWN_MS;
  if (to > from && to - from <= MOST_SHOWN_MS) return { from, to };
  const allowed = `an instant after from, at most ${formatDuration(MOST_SHOWN_MS)} later`;
  throw new HeadgateError("input.invalid", `to: ${allowed}`, {
    faults: [{ path: "to", message: to > from ? "is too far from from" : "is not after from", allowed }],
  });
}

/** GET /api/v1/oncall/:schedule. @throws HeadgateError `oncall.unknown`, `input.invalid` and those of the store */
export async function oncallScheduleView(
  runtime: Runtime,
  tenant: string,
  name: string,
  asked: Asked,
): Promise<OncallScheduleView> {
  const known = await oncallOf(runtime, tenant);
  const schedule = await scheduleIn(runtime, tenant, known, name);
  const now = Math.floor(runtime.now());
  const at = momentIn(schedule, asked.at) ?? now;
  const { from, to } = windowOf(schedule, asked, at);
  const calendar = await calendarLink(runtime, tenant, known, name);
  return {
    ...nowView(known, schedule, at),
    clock: clockOf(runtime),
    at,
    people: [...new Set(schedule.layers.flatMap(({ people }) => people))],
    from,
    to,
    shifts: shifts(schedule, from, to),
    overrides: overrideViews(schedule, Math.min(now, at)),
    ...(calendar === undefined ? {} : { calendar }),
  };
}
