import type { SilencePreviewView, SilenceView, TimeWindowView } from "../../functions/api/views-alerting.ts";
import { clockTime, duration, plural } from "./format.ts";
import { dayTime, matcherText, WEEKDAYS, windowText } from "./routed-words.ts";

/** What the reader has filled in. */
export interface SilenceForm {
  /** A matcher a line; an empty line begins another set. */
  readonly matchers: string;
  /** As `datetime-local` has it; empty: now. */
  readonly starts: string;
  /** A span of {@link SILENCE_SPANS}; empty: until `ends`. */
  readonly lasts: string;
  readonly ends: string;
  readonly untilResolved: boolean;
  /** `kept`: the windows of the silence that is edited. */
  readonly recurs: "no" | "weekly" | "kept";
  /** 0 is Sunday. */
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  /** Duration before the end; empty: no notice. */
  readonly remindBefore: string;
  readonly remindTo: string;
  readonly why: string;
  readonly by: string;
}

const HOUR = 3_600_000;

export const SILENCE_SPANS: readonly { readonly text: string; readonly label: string; readonly ms: number }[] = [
  { text: "30m", label: "30 minutes", ms: HOUR / 2 },
  { text: "1h", label: "1 hour", ms: HOUR },
  { text: "2h", label: "2 hours", ms: 2 * HOUR },
  { text: "8h", label: "8 hours", ms: 8 * HOUR },
  { text: "1d", label: "1 day", ms: 24 * HOUR },
  { text: "3d", label: "3 days", ms: 72 * HOUR },
  { text: "7d", label: "7 days", ms: 168 * HOUR },
  { text: "30d", label: "30 days", ms: 720 * HOUR },
];

export const REMIND_SPANS = [
  ["15m", "15 minutes"],
  ["1h", "1 hour"],
  ["1d", "1 day"],
] as const;

/** An instant as `datetime-local` shows it, in the reader's zone. */
export function localText(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The instant of it; undefined where it is none. */
export function localInstant(text: string): number | undefined {
  const at = new Date(text).getTime();
  return text === "" || Number.isNaN(at) ? undefined : at;
}

/** An empty form; `by` is who has written last here. */
export const newSilence = (by: string, matchers: readonly string[] = []): SilenceForm => ({
  matchers: matchers.join("\n"),
  starts: "",
  lasts: "2h",
  ends: "",
  untilResolved: false,
  recurs: "no",
  days: [1, 2, 3, 4, 5],
  from: "09:00",
  to: "17:00",
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  remindBefore: "",
  remindTo: "",
  why: "",
  by,
});

/** The form of a silence that is there: sent as it is, nothing changes. An expired one is made anew, from now. */
export function formOf(silence: SilenceView): SilenceForm {
  const expired = silence.state === "expired";
  return {
    ...newSilence(silence.createdBy),
    matchers: silence.matcherSets.map((set) => set.map(matcherText).join("\n")).join("\n\n"),
    starts: silence.state === "pending" ? localText(silence.startsAt) : "",
    lasts: expired ? "2h" : "",
    ends: expired ? "" : localText(silence.endsAt),
    untilResolved: silence.untilResolved,
    recurs: silence.recurs ? "kept" : "no",
    remindBefore: silence.remind ? durationText(silence.remind.beforeMs) : "",
    remindTo: silence.remind?.receiver ?? "",
    why: silence.comment,
  };
}

/** "90m": as short as it is exact. */
function durationText(ms: number): string {
  if (ms % (24 * HOUR) === 0) return `${ms / (24 * HOUR)}d`;
  if (ms % HOUR === 0) return `${ms / HOUR}h`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.round(ms / 1000)}s`;
}

/** Sets of matchers, one of which has to hold as a whole. */
export const setsOf = (text: string): string[][] =>
  text
    .split(/\n[^\S\n]*\n/)
    .map((set) =>
      set
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    )
    .filter((set) => set.length > 0);

/** When it would begin and end. */
export function spanOf(form: SilenceForm, editing: SilenceView | undefined, now: number) {
  const given = localInstant(form.starts);
  const kept = editing !== undefined && editing.state !== "expired";
  // Minutes are what the field shows: as long as nobody changed them, the exact instant stays.
  const same = (at: number, text: string) => kept && text === localText(at);
  const startsAt =
    kept && (same(editing.startsAt, form.starts) || (editing.state === "active" && form.starts === ""))
      ? editing.startsAt
      : (given ?? now);
  const span = SILENCE_SPANS.find((one) => one.text === form.lasts);
  const endsAt =
    span !== undefined
      ? Math.max(startsAt, kept && editing.state === "active" ? now : startsAt) + span.ms
      : kept && same(editing.endsAt, form.ends)
        ? editing.endsAt
        : localInstant(form.ends);
  return { startsAt, endsAt };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Why the form cannot be sent yet; undefined when it can. The preview says whether its matchers can be read. */
export function silenceFault(
  form: SilenceForm,
  editing: SilenceView | undefined,
  preview: { readonly view?: SilencePreviewView | undefined; readonly fault?: string | undefined },
  now: number,
): string | undefined {
  if (setsOf(form.matchers).length === 0) return "Say what it matches: at least one matcher.";
  if (preview.fault !== undefined) return preview.fault;
  if (preview.view === undefined) return "Wait for what it would hide.";
  const { startsAt, endsAt } = spanOf(form, editing, now);
  if (endsAt === undefined) return "Say when it ends.";
  if (endsAt <= Math.max(startsAt, now)) return "It has to end after it begins, and not in the past.";
  if (form.recurs === "weekly") {
    if (form.days.length === 0) return "Choose at least one day on which it comes again.";
    if (!TIME.test(form.from) || !(TIME.test(form.to) || form.to === "24:00") || form.from >= form.to)
      return "On each day it has to end after it begins; the end of a day is 24:00.";
  }
  if (form.remindBefore !== "" && form.remindTo === "") return "Choose who is given notice before it ends.";
  if (form.why.trim() === "") return "Say why: the comment stands beside every alert that it hides.";
  return undefined;
}

const ranges = (all: readonly { readonly begin: number; readonly end: number }[], name: (at: number) => string) =>
  all.map(({ begin, end }) => `${name(begin)}:${name(end)}`);

/** A window as `time_intervals` of a file writes it. */
export const writtenWindow = ({
  times,
  weekdays,
  daysOfMonth,
  months,
  years,
  location,
}: TimeWindowView): Record<string, unknown> => ({
  ...(times && { times: times.map(({ begin, end }) => ({ start_time: dayTime(begin), end_time: dayTime(end) })) }),
  ...(weekdays && { weekdays: ranges(weekdays, (day) => WEEKDAYS[day] ?? "") }),
  ...(daysOfMonth && { days_of_month: ranges(daysOfMonth, String) }),
  ...(months && { months: ranges(months, String) }),
  ...(years && { years: ranges(years, String) }),
  ...(location !== undefined && { location }),
});

function windowsOf(form: SilenceForm, editing: SilenceView | undefined): readonly TimeWindowView[] | undefined {
  if (form.recurs === "kept") return editing?.recurs;
  if (form.recurs === "no") return undefined;
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const weekdays = [...form.days].sort((a, b) => a - b).map((day) => ({ begin: day, end: day }));
  return [{ times: [{ begin: minutes(form.from), end: minutes(form.to) }], weekdays, location: form.zone }];
}

/** What is sent to set a silence. */
export interface SilenceWanted {
  readonly matcherSets: string[][];
  readonly id?: string;
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly duration?: string;
  readonly comment: string;
  readonly createdBy?: string;
  readonly annotations?: Record<string, string>;
  readonly untilResolved?: boolean;
  readonly recurs?: Record<string, unknown>[];
  readonly remind?: { readonly before: string; readonly receiver: string };
}

/** The request. An edit carries the exact start of what is edited: only so it stays the same silence. */
export function silenceWanted(form: SilenceForm, editing: SilenceView | undefined, now: number): SilenceWanted {
  const { startsAt, endsAt = now } = spanOf(form, editing, now);
  const windows = windowsOf(form, editing);
  const by = form.by.trim();
  const immediate = editing === undefined && form.starts === "" && form.lasts !== "";
  return {
    matcherSets: setsOf(form.matchers),
    ...(editing === undefined || editing.state === "expired" ? {} : { id: editing.id }),
    ...(immediate ? { duration: form.lasts } : { startsAt: Math.floor(startsAt), endsAt: Math.floor(endsAt) }),
    comment: form.why.trim(),
    ...(by === "" ? {} : { createdBy: by }),
    ...(editing && Object.keys(editing.annotations).length > 0 ? { annotations: { ...editing.annotations } } : {}),
    ...(form.untilResolved ? { untilResolved: true } : {}),
    ...(windows ? { recurs: windows.map(writtenWindow) } : {}),
    ...(form.remindBefore === "" ? {} : { remind: { before: form.remindBefore, receiver: form.remindTo } }),
  };
}

/** What exactly will happen, in sentences, before anything is sent. */
export function silenceText(
  form: SilenceForm,
  editing: SilenceView | undefined,
  preview: SilencePreviewView | undefined,
  now: number,
): readonly string[] {
  const { startsAt, endsAt } = spanOf(form, editing, now);
  const windows = windowsOf(form, editing);
  const begins = startsAt > now ? `From ${clockTime(startsAt, now)}` : "From now on";
  const hidden = preview === undefined ? "what it matches" : plural(preview.hides, "alert");
  const kept = editing !== undefined && editing.state !== "expired";
  const sets = setsOf(form.matchers);
  const sameMatchers =
    editing !== undefined && JSON.stringify(sets) === JSON.stringify(setsOf(formOf(editing).matchers));
  return [
    `${begins} nobody is told of ${hidden} and of whatever else comes to match. Nothing is lost: it stays in the list, as held back.`,
    endsAt === undefined
      ? "It does not say yet when it ends."
      : `Ends by itself at ${clockTime(endsAt, now)}, ${duration(Math.max(0, endsAt - now))} from now${form.untilResolved ? ", sooner when all it matches has resolved" : ""}.`,
    ...(windows ? [`Between them it holds only in its windows: ${windows.map(windowText).join("; ")}.`] : []),
    ...(form.remindBefore === "" || form.remindTo === ""
      ? []
      : [`${form.remindTo} is given notice ${form.remindBefore} before its end.`]),
    ...(kept
      ? [
          sameMatchers && startsAt === editing.startsAt
            ? "It stays the same silence, with the same id."
            : "The present silence ends now and a new one with another id takes its place: the past is not rewritten.",
        ]
      : []),
  ];
}
