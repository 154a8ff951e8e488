import type { Millis } from "../../kernel/time.ts";
import { DAY_MS, HOUR_MS } from "../../kernel/time.ts";
import { addDays, type Day, dayOf, daysOf } from "../day.ts";
import type { StoredDay } from "./bill-index.ts";

export interface AskDays {
  readonly from: Day;
  readonly to: Day;
}

export interface DayPlan {
  /** What to ask for, each span in one request and its pages; none: all is at hand. */
  readonly spans: readonly AskDays[];
  /** Of them, the days whose answer is wanted; what else comes along is closed already and stays. */
  readonly wanted: ReadonlySet<Day>;
  /** Days before the provider's history: they are not asked for. */
  readonly tooOld?: Day;
}

/** Cost Explorer has this month and 13 before it (AWS Cost Management user guide, 2024). */
const HISTORY_MONTHS = 13;
/** Cost Explorer renews its figures up to three times a day (same source): asking oftener is paid and tells nothing. */
export const FRESH_MS = 8 * HOUR_MS;
/** What was asked for and not answered is asked for again after a day. */
const UNANSWERED_MS = DAY_MS;
/** Closed days between two spans that are rather asked for again than split off: a request costs as much as a page, and a page holds about a month. */
const BRIDGE = 31;
/** Invoices of a month are written until its fifth day or so; then its figures are read once more. */
const INVOICED_AFTER_DAYS = 6;

const firstOfHistory = (now: Millis): Day => {
  const [year = 0, month = 0] = dayOf(now).split("-").map(Number);
  const months = year * 12 + (month - 1) - HISTORY_MONTHS;
  return `${String(Math.floor(months / 12)).padStart(4, "0")}-${String((months % 12) + 1).padStart(2, "0")}-01`;
};

/** Whether the invoice of the day's month is written by now. */
const invoiced = (day: Day, now: Millis): boolean => {
  const next = `${addDays(`${day.slice(0, 7)}-01`, 31).slice(0, 7)}-01`;
  return dayOf(now) >= addDays(next, INVOICED_AFTER_DAYS);
};

/** What is known of a day: what was answered, and when. */
export interface KnownDay {
  readonly stored: StoredDay;
  readonly at: Millis;
}

function isDue(day: Day, known: KnownDay | undefined, now: Millis): boolean {
  if (!known) return true;
  const age = now - known.at;
  if (known.stored.unanswered) return age >= UNANSWERED_MS;
  if (known.stored.finality === "estimated") return age >= FRESH_MS;
  // Closed for good, but for the one look after the invoice.
  return known.stored.open === true && invoiced(day, now) && !invoiced(day, known.at);
}

/**
 * Which days have to be asked for, in as few requests as possible: what is closed is never asked for again (but once when the invoice is written), what
 * is open at most every eight hours.
 */
export function planDays(span: AskDays, now: Millis, known: (day: Day) => KnownDay | undefined): DayPlan {
  const today = dayOf(now);
  const oldest = firstOfHistory(now);
  // All of it before the history: the provider says so itself, or has it after all (some accounts have more).
  const from = span.from < oldest && span.to >= oldest ? oldest : span.from;
  const to = span.to > today ? today : span.to;
  const days = daysOf(from, to);
  const due = new Set(days.filter((day) => isDue(day, known(day), now)));
  // Where something is asked for, all that is open comes along: then it is not due by itself an hour later.
  const wanted =
    due.size === 0 ? [] : days.filter((day) => due.has(day) || known(day)?.stored.finality === "estimated");
  const spans: { from: Day; to: Day }[] = [];
  for (const day of wanted) {
    const last = spans.at(-1);
    if (last && day <= addDays(last.to, BRIDGE)) last.to = day;
    else spans.push({ from: day, to: day });
  }
  return { spans, wanted: new Set(wanted), ...(from > span.from ? { tooOld: oldest } : {}) };
}
