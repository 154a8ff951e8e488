import { goQuoted } from "../../shared/core/kernel/go-quote.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";

/** A date-time that was read, or why not, in the words of Go's time package. */
export type ReadTime = { readonly ok: true; readonly at: Millis } | { readonly ok: false; readonly message: string };

/**
 * What go-openapi's strfmt takes for a date-time: RFC 3339 with any fraction, offsets without a colon after exactly 3 or 6 digits, and
 * forms without an offset, which are UTC. Source: go-openapi/strfmt time.go.
 */
const FORMS: readonly RegExp[] = [
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/,
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d{3}(?:\d{3})?)(Z|[+-]\d\d\d\d)$/,
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)([.,]\d+)?()$/,
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)()()(Z?)$/,
  /^(\d{4})-(\d\d)-(\d\d)()()()()()$/,
];
/** The usual form, which the engine's own reader takes as well. */
const USUAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** What an engine's reader would accept and Go does not: the 30th of February, hour 24. */
const possible = (text: string): boolean =>
  Number(text.slice(8, 10)) <= daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7))) && !text.startsWith("24", 11);

/** An instant as API v2 takes it. An empty text is the epoch, as upstream reads it. */
export function readTime(text: string): ReadTime {
  if (USUAL.test(text)) {
    const at = Date.parse(text);
    if (!Number.isNaN(at) && possible(text)) return { ok: true, at };
  }
  if (text === "") return { ok: true, at: 0 };
  for (const form of FORMS) {
    const found = form.exec(text);
    const at = found ? instantOf(found) : undefined;
    if (at !== undefined) return { ok: true, at };
  }
  return { ok: false, message: refusal(text) };
}

function instantOf([, ...parts]: RegExpExecArray): Millis | undefined {
  const [year, month, day, hour, minute, second] = parts.slice(0, 6).map((part) => Number(part || 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = Math.floor(Number(`0.${(parts[6] ?? "").slice(1) || 0}`) * 1_000);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, fraction);
  return date.getTime() - offsetMs(parts[7] ?? "");
}

function offsetMs(text: string): number {
  if (text === "" || text === "Z") return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** How Go refuses a text against `2006-01-02`, the form that is tried last. */
function refusal(text: string): string {
  const about = `parsing time ${goQuoted(text)}`;
  const steps: readonly (readonly [form: RegExp, element: string])[] = [
    [/^\d{4}/, "2006"],
    [/^-/, "-"],
    [/^\d\d/, "01"],
    [/^-/, "-"],
    [/^\d\d/, "02"],
  ];
  let rest = text;
  for (const [form, element] of steps) {
    const found = form.exec(rest)?.[0];
    if (found === undefined) return `${about} as "2006-01-02": cannot parse ${goQuoted(rest)} as "${element}"`;
    if (element === "01" && (Number(found) < 1 || Number(found) > 12)) return `${about}: month out of range`;
    rest = rest.slice(found.length);
  }
  return rest === "" ? `${about}: day out of range` : `${about}: extra text: ${goQuoted(rest)}`;
}

/** As API v2 writes instants: RFC 3339 with milliseconds, UTC. */
export const timeText = (at: Millis): string => new Date(at).toISOString();
