import { formatDuration, iso, MINUTE_MS, type Millis } from "../../kernel/time.ts";
import type { Shift } from "./types.ts";

/** What a calendar program is told of one schedule. */
export interface CalendarFacts {
  readonly schedule: string;
  readonly shifts: readonly Shift[];
  /** How people are called, by their names in the file. */
  readonly names: Readonly<Record<string, string | undefined>>;
  /** Only this person's. */
  readonly person?: string;
  /** Whether hours with nobody are shown. */
  readonly gaps: boolean;
  /** When the schedule was changed last: of two answers for one event the later one counts. */
  readonly changedAt: Millis;
}

/** Programs that listen to no REFRESH-INTERVAL ask at their own pace. */
const REFRESH = "PT1H";
/** Octets of a line without its end. Source: RFC 5545, 3.1. */
const LONGEST_LINE = 75;

/** A text as RFC 5545, 3.3.11 has it; what no calendar can show is left out. */
export const calendarText = (text: string): string =>
  text
    .replace(/\r\n|\r/g, "\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in a line.
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
    .replace(/[\\;,]/g, "\\$&")
    .replace(/\n/g, "\\n");

const octets = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** A line as RFC 5545, 3.1 folds it: no line is longer than 75 octets, and no character is cut in two. */
export function foldedLine(line: string): string {
  let folded = "";
  let length = 0;
  for (const character of line) {
    const more = octets(character.codePointAt(0) as number);
    if (length + more > LONGEST_LINE) {
      folded += "\r\n ";
      // The blank counts.
      length = 1;
    }
    folded += character;
    length += more;
  }
  return folded;
}

/** "20260105T090000Z" */
const utc = (at: Millis): string => iso(at).replace(/[-:]|\.\d{3}/g, "");

/** Names keep to letters, digits, dots, underscores and dashes, so this needs no escaping. */
const uid = (schedule: string, { from, person = "nobody" }: Shift): string =>
  `${utc(from)}-${person}-${schedule}@oncall.headgate`;

/** Why somebody stands in is left out: calendars are shown to more people than the schedule is. */
function about({ by, from, until }: Shift, { schedule }: CalendarFacts): string {
  const lasts = `${schedule}, for ${formatDuration(until - from)}`;
  if (!by) return `${lasts}: no layer and no override applies`;
  return "layer" in by ? `${lasts}: layer ${by.layer}` : `${lasts}: override ${by.override}`;
}

function event(shift: Shift, facts: CalendarFacts): readonly string[] {
  const { schedule, names, changedAt } = facts;
  const { person, from, until } = shift;
  const who = person === undefined ? "Nobody" : ((Object.hasOwn(names, person) ? names[person] : undefined) ?? person);
  return [
    "BEGIN:VEVENT",
    `UID:${uid(schedule, shift)}`,
    `DTSTAMP:${utc(changedAt)}`,
    `LAST-MODIFIED:${utc(changedAt)}`,
    `SEQUENCE:${Math.floor(changedAt / MINUTE_MS)}`,
    `DTSTART:${utc(from)}`,
    `DTEND:${utc(until)}`,
    `SUMMARY:${calendarText(`${who} on call: ${schedule}`)}`,
    `DESCRIPTION:${calendarText(about(shift, facts))}`,
    `STATUS:${person === undefined ? "TENTATIVE" : "CONFIRMED"}`,
    // On call is not busy: meetings may be held meanwhile.
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ];
}

/**
 * Shifts of a schedule as an iCalendar feed (RFC 5545): times in UTC, so that no program has to know a zone's rules. As long as nothing is changed, the same
 * shifts give the same text; a shift keeps its UID when its end moves, and has another one for another person.
 */
export function calendar(facts: CalendarFacts): string {
  const { schedule, shifts, person, gaps } = facts;
  const shown = shifts.filter((one) =>
    person === undefined ? gaps || one.person !== undefined : one.person === person,
  );
  const name = person === undefined ? `On call: ${schedule}` : `On call: ${schedule} (${person})`;
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Headgate//On call//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    `NAME:${calendarText(name)}`,
    `X-WR-CALNAME:${calendarText(name)}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}`,
    `X-PUBLISHED-TTL:${REFRESH}`,
    ...shown.flatMap((shift) => event(shift, facts)),
    "END:VCALENDAR",
  ]
    .map((line) => `${foldedLine(line)}\r\n`)
    .join("");
}
