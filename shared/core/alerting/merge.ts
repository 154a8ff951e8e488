import { parseInstant } from "../kernel/instant.ts";
import { type Labels, setLabel } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { AlertRow } from "./types.ts";

/** An alert as API v2 takes it, with its times read. */
export interface PostedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt?: Millis;
  readonly endsAt?: Millis;
  readonly generatorUrl?: string;
}

export type ReadAlert =
  | { readonly ok: true; readonly alert: PostedAlert }
  /** `alone`: the others of its batch are kept; else upstream takes none of them. */
  | { readonly ok: false; readonly message: string; readonly alone?: true };

/** 0001-01-01T00:00:00Z, which is how Go writes "no time". */
export const ZERO_TIME: Millis = -62_135_596_800_000;

const bad = (message: string): ReadAlert => ({ ok: false, message });
const badAlone = (message: string): ReadAlert => ({ ok: false, message, alone: true });

/** Upstream's words about an alert that is over before it starts. */
export const STARTS_AFTER_END = "start time must be before end time";
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Go's text of a quoted name or value in messages. */
const quoted = (value: string): string => JSON.stringify(value);

/** Half a surrogate pair is no UTF-8. */
const wellFormed = (value: string): boolean => !/[\uD800-\uDFFF]/u.test(value);

function readTime(value: unknown, name: string): { readonly at?: Millis } | { readonly message: string } {
  if (value === undefined || value === null) return {};
  // go-openapi reads an empty text as the epoch.
  if (value === "") return { at: 0 };
  const instant = typeof value === "string" ? parseInstant(value) : undefined;
  if (instant?.form !== "iso") return { message: `${name}: ${quoted(String(value))} is not a timestamp (RFC 3339)` };
  return instant.at === ZERO_TIME ? {} : { at: instant.at };
}

function readLabels(value: unknown, name: string): { readonly labels: Labels } | { readonly message: string } {
  if (value === undefined || value === null) return { labels: {} };
  if (!isMap(value)) return { message: `${name} must be a map of text to text` };
  const labels: Record<string, string> = {};
  for (const [key, one] of Object.entries(value)) {
    if (typeof one !== "string") return { message: `${name}.${key} must be text` };
    setLabel(labels, key, one);
  }
  return { labels };
}

const fault = (labels: Labels): string | undefined => {
  for (const [name, value] of Object.entries(labels)) {
    if (name === "" || !wellFormed(name)) return `invalid name ${quoted(name)}`;
    if (!wellFormed(value)) return `invalid value ${quoted(value)}`;
  }
  return undefined;
};

/**
 * Reads one alert of a POST: labels with empty values are left out, Go's zero times count as none. What upstream refuses is refused
 * with upstream's words ("at least one label pair required", "start time must be before end time", "invalid label set: …").
 * With `given` the end that is filled in counts too: a start beyond it is refused.
 */
export function validatePosted(
  value: unknown,
  given?: { readonly now: Millis; readonly resolveTimeoutMs: DurationMs },
): ReadAlert {
  if (!isMap(value)) return bad("an alert must be a map");
  const read = readLabels(value["labels"], "labels");
  if ("message" in read) return bad(read.message);
  const annotations = readLabels(value["annotations"], "annotations");
  if ("message" in annotations) return bad(annotations.message);
  const startsAt = readTime(value["startsAt"], "startsAt");
  if ("message" in startsAt) return bad(startsAt.message);
  const endsAt = readTime(value["endsAt"], "endsAt");
  if ("message" in endsAt) return bad(endsAt.message);
  const url = value["generatorURL"] ?? "";
  if (typeof url !== "string") return bad("generatorURL must be text");
  const labels = Object.fromEntries(Object.entries(read.labels).filter(([, one]) => one !== ""));
  const end = endsAt.at ?? (given && given.now + given.resolveTimeoutMs);
  if (startsAt.at !== undefined && end !== undefined && end < startsAt.at) return badAlone(STARTS_AFTER_END);
  if (Object.keys(labels).length === 0) return badAlone("at least one label pair required");
  const wrongLabel = fault(labels);
  if (wrongLabel !== undefined) return badAlone(`invalid label set: ${wrongLabel}`);
  const wrongNote = fault(annotations.labels);
  if (wrongNote !== undefined) return badAlone(`invalid annotations: ${wrongNote}`);
  return {
    ok: true,
    alert: {
      labels,
      annotations: annotations.labels,
      ...(startsAt.at === undefined ? {} : { startsAt: startsAt.at }),
      ...(endsAt.at === undefined ? {} : { endsAt: endsAt.at }),
      ...(url === "" ? {} : { generatorUrl: url }),
    },
  };
}

/** What is kept of a posted alert. Without a start it starts now (or at its end); without an end it ends after resolve_timeout. */
export function newRow(posted: PostedAlert, now: Millis, resolveTimeoutMs: DurationMs): AlertRow {
  return {
    fingerprint: fingerprintOf(posted.labels),
    labels: posted.labels,
    annotations: posted.annotations,
    startsAt: posted.startsAt ?? posted.endsAt ?? now,
    endsAt: posted.endsAt ?? now + resolveTimeoutMs,
    updatedAt: now,
    timeout: posted.endsAt === undefined,
    generatorUrl: posted.generatorUrl ?? "",
  };
}

/** Whether an alert is over at an instant: its end is reached. */
export const resolvedAt = (row: AlertRow, at: Millis): boolean => row.endsAt <= at;

/**
 * What is known of an alert after news of it, whichever of the two came first here. The younger one (`updatedAt`) rules; where their
 * times overlap (strictly, as upstream's provider tests it) it takes the earliest start, and a later end that was stated rather than
 * assumed; of two ends that are both over, the later. Without overlap it is a new occurrence and the older one is forgotten.
 */
export function mergeRow(old: AlertRow | undefined, next: AlertRow): AlertRow {
  if (!old) return next;
  const [a, o] = next.updatedAt < old.updatedAt ? [next, old] : [old, next];
  const endsWithin = o.endsAt > a.startsAt && o.endsAt < a.endsAt;
  const startsWithin = o.startsAt > a.startsAt && o.startsAt < a.endsAt;
  if (!endsWithin && !startsWithin) return o;
  const startsAt = Math.min(a.startsAt, o.startsAt);
  // Upstream asks its clock; news is merged the moment it comes, so its own time stands for it.
  const now = o.updatedAt;
  const laterEnd = a.endsAt > o.endsAt && (resolvedAt(o, now) ? resolvedAt(a, now) : !a.timeout);
  return startsAt === o.startsAt && !laterEnd ? o : { ...o, startsAt, endsAt: laterEnd ? a.endsAt : o.endsAt };
}

/** Folds news into what is known, in the order in which it was received (`updatedAt`), wherever it stands in the list. */
export function foldRows(base: ReadonlyMap<string, AlertRow>, rows: readonly AlertRow[]): Map<string, AlertRow> {
  const folded = new Map(base);
  const inOrder = rows.every((row, index) => index === 0 || row.updatedAt >= (rows[index - 1] as AlertRow).updatedAt)
    ? rows
    : [...rows].sort((a, b) => a.updatedAt - b.updatedAt);
  for (const row of inOrder) folded.set(row.fingerprint, mergeRow(folded.get(row.fingerprint), row));
  return folded;
}

/** Rows without those that left at a flush: over by then and not heard of since (`clearedAt` of the group). */
export function withoutCleared(
  rows: ReadonlyMap<string, AlertRow>,
  clearedAt: Millis | undefined,
): ReadonlyMap<string, AlertRow> {
  if (clearedAt === undefined) return rows;
  const left = [...rows].filter(([, row]) => !(resolvedAt(row, clearedAt) && row.updatedAt <= clearedAt));
  return left.length === rows.size ? rows : new Map(left);
}
