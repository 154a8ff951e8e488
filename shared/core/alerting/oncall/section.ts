import * as v from "valibot";
import { parseInstant } from "../../kernel/instant.ts";
import { duration, integer } from "../../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration } from "../../kernel/time.ts";
import { isTimezone } from "../../kernel/timezone.ts";

/** Names reach addresses, labels and names of receivers. */
const Name = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    "letters, digits, '.', '_' and '-', starting with a letter or digit, at most 100",
  ),
);
const text = v.pipe(v.string(), v.minLength(1, "not empty"), v.maxLength(200, "at most 200 characters"));

const Zone = v.pipe(v.string(), v.check(isTimezone, "IANA time zone such as Europe/Berlin"));

/** Wall clock times are kept as if they were UTC: which instant one is depends on the zone. */
const WALL = "wall clock time of the schedule's zone such as 2026-01-05T09:00";
const wallOf = (written: string): number | undefined => {
  const read = parseInstant(written);
  return read?.form === "iso" && !read.zoned ? read.at : undefined;
};
const Wall = v.pipe(
  v.string(WALL),
  v.check((written) => wallOf(written) !== undefined, WALL),
  v.transform((written) => ({
    wall: wallOf(written) as number,
    /** Whether it names an hour, and not only a day. */
    timed: written.length > 10,
  })),
);

const MOMENT = "instant such as 2026-01-05T09:00Z, or wall clock time of the schedule's zone";
/** An instant, or a wall clock time. */
const Moment = v.pipe(
  v.string(MOMENT),
  v.check((written) => parseInstant(written)?.form === "iso", MOMENT),
  v.transform((written): { readonly wall: number } | { readonly at: number } => {
    const wall = wallOf(written);
    return wall === undefined ? { at: parseInstant(written)?.at ?? 0 } : { wall };
  }),
);

const CLOCK = "time of day such as 09:00, up to 24:00";
const clockMs = (written: string): number | undefined => {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(written) ?? [];
  const ms = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
  return hours !== undefined && ms <= DAY_MS ? ms : undefined;
};
const Clock = v.pipe(
  v.string(CLOCK),
  v.check((written) => clockMs(written) !== undefined, CLOCK),
  v.transform((written) => clockMs(written) as number),
);

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const DAYS_ALLOWED = "days such as mon-fri or sat,sun";
/** By weekday, 0 is Sunday; undefined where the text is none. */
function daysOf(written: string): readonly boolean[] | undefined {
  const days = DAYS.map(() => false);
  const number = (name: string | undefined): number => DAYS.indexOf(name?.toLowerCase() as (typeof DAYS)[number]);
  for (const part of written.split(",")) {
    const [first, last = first, more] = part.trim().split("-");
    const [from, to] = [number(first), number(last)];
    if (from < 0 || to < 0 || more !== undefined) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days[day] = true;
      if (day === to) break;
    }
  }
  return days;
}

const Window = v.pipe(
  v.strictObject({
    days: v.optional(
      v.pipe(
        v.string(DAYS_ALLOWED),
        v.check((written) => daysOf(written) !== undefined, DAYS_ALLOWED),
        v.transform((written) => daysOf(written) as readonly boolean[]),
      ),
      "mon-sun",
    ),
    from: Clock,
    /** Before or at `from`: on the next day. */
    to: Clock,
  }),
  v.check(({ from, to }) => from !== to, "two different times; the whole day is from 00:00 to 24:00"),
);

const MAX_TURN_MS = 364 * DAY_MS;
const Turn = v.pipe(
  v.string("duration such as 12h, 1d or 1w between 1 h and 364 d"),
  v.check((written) => {
    const ms = parseDuration(written);
    return ms !== undefined && ms >= HOUR_MS && ms <= MAX_TURN_MS && ms % MINUTE_MS === 0;
  }, "duration of whole minutes such as 12h, 1d or 1w between 1 h and 364 d"),
  v.transform((written) => parseDuration(written) as number),
);

const LayerSchema = v.strictObject({
  people: v.pipe(v.array(Name), v.minLength(1, "at least one person"), v.maxLength(200, "at most 200 people")),
  start: Wall,
  end: v.optional(Wall),
  turn: v.optional(Turn, "1w"),
  /** Of the first turn's day; default: the hour of `start`. */
  handover: v.optional(Clock),
  on: v.optional(v.pipe(v.array(Window), v.maxLength(50, "at most 50 windows")), []),
});

const OverrideSchema = v.strictObject({ from: Moment, to: Moment, person: Name, why: v.optional(text) });

const ScheduleSchema = v.strictObject({
  zone: Zone,
  layers: v.pipe(v.array(LayerSchema), v.minLength(1, "at least one layer"), v.maxLength(20, "at most 20 layers")),
  overrides: v.optional(v.pipe(v.array(OverrideSchema), v.maxLength(500, "at most 500 overrides")), []),
  /** Whether hours with nobody are meant: then no warning tells of them. */
  gaps: v.optional(v.picklist(["warn", "meant"]), "warn"),
});

const Person = v.strictObject({
  /** A receiver of alertmanager.yml. Default: the one that is named as the person. */
  receiver: v.optional(text),
  name: v.optional(text),
  /** For reading only: the schedule's zone decides. */
  zone: v.optional(Zone),
});

const Level = v.strictObject({
  /** Schedules, people or receivers. */
  to: v.pipe(v.array(text), v.minLength(1, "at least one schedule, person or receiver"), v.maxLength(50, "at most 50")),
  /** Since the level before. The first one is told at once. */
  after: v.optional(duration(0, 7 * DAY_MS)),
});

const EscalationSchema = v.strictObject({
  levels: v.pipe(v.array(Level), v.minLength(1, "at least one level"), v.maxLength(20, "at most 20 levels")),
  /** How often it begins anew when nobody has acknowledged. */
  repeat: v.optional(integer(0, 9), 0),
  /** Since the last level. Default: as long as the last level waited, 5 minutes where there is one level. */
  again: v.optional(duration(MINUTE_MS, 7 * DAY_MS)),
});

const several = <S extends v.GenericSchema>(schema: S) => v.record(Name, schema);

/** Section `oncall` of headgate.yaml. */
export const OncallSection = v.strictObject({
  people: v.optional(several(Person), {}),
  schedules: v.optional(several(ScheduleSchema), {}),
  escalations: v.optional(several(EscalationSchema), {}),
});

/** The section after its schema: durations in milliseconds, wall clock times as if they were UTC. */
export type OncallSectionValue = v.InferOutput<typeof OncallSection>;
export type ScheduleSection = OncallSectionValue["schedules"][string];
export type EscalationSection = OncallSectionValue["escalations"][string];
