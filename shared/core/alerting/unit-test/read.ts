import {
  type Field,
  fields,
  flag,
  list,
  mapOf,
  type Notes,
  oneOf,
  type Path,
  text,
  wrong,
} from "../../kernel/fields.ts";
import { parseInstant } from "../../kernel/instant.ts";
import type { Labels } from "../../kernel/labels.ts";
import type { PathFault } from "../../kernel/path-fault.ts";
import { parsePromDuration } from "../../kernel/prometheus-duration.ts";
import type { DurationMs, Millis } from "../../kernel/time.ts";
import { parseMatchers } from "../matchers/parse.ts";
import { readWindows } from "../silence-windows.ts";
import type { Silence } from "../types.ts";
import type { AlertTest, AlertTestFile, TestEvent } from "./types.ts";

/** A Monday: where a test starts that says nothing else. */
const DEFAULT_START: Millis = 1_767_571_200_000;

const span: Field<DurationMs> = (value, path, notes) => {
  const ms = typeof value === "string" || typeof value === "number" ? parsePromDuration(String(value)) : undefined;
  return ms ?? wrong(notes, path, value, "is no duration", "a duration such as 30s, 5m or 1h30m");
};

const labels: Field<Labels> = mapOf(text);

const instant: Field<Millis> = (value, path, notes) => {
  const read = typeof value === "string" ? parseInstant(value) : undefined;
  return read?.form === "iso"
    ? read.at
    : wrong(notes, path, value, "is no instant", "an instant such as 2026-03-02T09:00:00Z");
};

/** An offset from the start: a duration, or an instant from which the start is taken off later. */
type When = { readonly after: DurationMs } | { readonly at: Millis };
const when: Field<When> = (value, path, notes) => {
  const written = typeof value === "number" ? String(value) : value;
  const after = typeof written === "string" ? parsePromDuration(written) : undefined;
  if (after !== undefined) return { after };
  const read = typeof written === "string" ? parseInstant(written) : undefined;
  if (read?.form === "iso") return { at: read.at };
  return wrong(
    notes,
    path,
    value,
    "is no time",
    "a duration from the start such as 5m, or an instant such as 2026-03-02T09:00:00Z",
  );
};

const matchers: Field<readonly string[]> = (value, path, notes) => {
  const texts = list(text)(value, path, notes);
  for (const [index, one] of (texts ?? []).entries()) {
    const read = parseMatchers(one);
    if (!read.ok) wrong(notes, [...path, index], one, read.message, 'a matcher such as severity="page"');
  }
  return texts;
};

const windows: Field<NonNullable<Silence["recurs"]>> = (value, path, notes) => {
  const read = readWindows(value);
  return read.ok ? read.windows : wrong(notes, path, value, read.message, "intervals as in time_intervals");
};

const alert = fields({ labels, annotations: labels, age: span, for: span, once: flag });
const silence = fields({ id: text, matchers, for: span, in: span, recurs: windows });
const event = fields({
  at: when,
  alerts: list(alert),
  resolve: list(labels),
  silence,
  expire: text,
  config: text,
});
const test = fields({
  name: text,
  start: instant,
  until: span,
  events: list(event),
  routes: list(fields({ labels, receivers: list(text) })),
  notifications: list(
    fields({ at: when, receiver: text, integration: text, reason: text, firing: list(labels), resolved: list(labels) }),
  ),
  suppressed: list(
    fields({
      at: when,
      alert: labels,
      by: oneOf("inhibition", "silence", "mute", "active", "cooldown", "nothing"),
      name: text,
      receiver: text,
    }),
  ),
});
const file = fields({ config: text, tests: list(test) });

type Read<F> = F extends Field<infer T> ? T : never;
type RawTest = Read<typeof test>;
type RawEvent = Read<typeof event>;

const KINDS = ["alerts", "resolve", "silence", "expire", "config"] as const;

/** A key that has to be there. */
function need<T>(value: T | undefined, key: string, path: Path, notes: Notes, allowed: string): T | undefined {
  if (value === undefined && !notes.faults.some((fault) => fault.path.join(".").startsWith([...path, key].join("."))))
    notes.faults.push({ path, message: `${key} is missing`, allowed });
  return value;
}

function eventOf(raw: RawEvent, at: Millis, path: Path, notes: Notes): TestEvent | undefined {
  const kinds = KINDS.filter((kind) => raw[kind] !== undefined);
  if (kinds.length !== 1) {
    notes.faults.push({ path, message: `has ${kinds.length} of ${KINDS.join(", ")}`, allowed: "exactly one" });
    return undefined;
  }
  if (raw.alerts)
    return {
      at,
      kind: "alerts",
      alerts: raw.alerts.flatMap((one, index) => {
        const given = need(one.labels, "labels", [...path, "alerts", index], notes, "labels of the alert");
        return given ? [{ ...one, labels: given }] : [];
      }),
    };
  if (raw.resolve) return { at, kind: "resolve", resolve: raw.resolve };
  if (raw.expire !== undefined) return { at, kind: "expire", expire: raw.expire };
  if (raw.config !== undefined) return { at, kind: "config", config: raw.config };
  const given = raw.silence ?? {};
  const [some, length] = [
    need(given.matchers, "matchers", [...path, "silence"], notes, "a list of matchers"),
    need(given.for, "for", [...path, "silence"], notes, "how long it holds"),
  ];
  return some && length !== undefined
    ? { at, kind: "silence", silence: { ...given, matchers: some, for: length } }
    : undefined;
}

function testOf(raw: RawTest, index: number, notes: Notes): AlertTest {
  const start = raw.start ?? DEFAULT_START;
  const path = ["tests", index];
  const offset = (given: When | undefined, at: Path): Millis => {
    const read = need(given, "at", at, notes, "a duration from the start, or an instant");
    if (!read) return 0;
    if ("after" in read) return read.after;
    if (read.at < start) notes.faults.push({ path: [...at, "at"], message: "lies before the test's start" });
    return read.at - start;
  };
  return {
    name: raw.name ?? `test ${index + 1}`,
    start,
    ...(raw.until === undefined ? {} : { until: raw.until }),
    events: (raw.events ?? []).flatMap((one, position) => {
      const at = [...path, "events", position];
      return eventOf(one, offset(one.at, at), at, notes) ?? [];
    }),
    routes: (raw.routes ?? []).map((one, position) => {
      const at = [...path, "routes", position];
      const receivers = need(one.receivers, "receivers", at, notes, "names of receivers in order") ?? [];
      return { labels: one.labels ?? {}, receivers };
    }),
    ...(raw.notifications
      ? {
          notifications: raw.notifications.map((one, position) => {
            const at = [...path, "notifications", position];
            return {
              ...one,
              at: offset(one.at, at),
              receiver: need(one.receiver, "receiver", at, notes, "name of a receiver") ?? "",
              firing: one.firing ?? [],
              resolved: one.resolved ?? [],
            };
          }),
        }
      : {}),
    suppressed: (raw.suppressed ?? []).map((one, position) => {
      const at = [...path, "suppressed", position];
      const by = need(one.by, "by", at, notes, "inhibition, silence, mute, active, cooldown or nothing") ?? "nothing";
      return { ...one, at: offset(one.at, at), alert: need(one.alert, "alert", at, notes, "labels") ?? {}, by };
    }),
  };
}

export type ReadAlertTests =
  | { readonly ok: true; readonly file: AlertTestFile }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

/** Reads a file of routing tests. Strict: unknown keys are faults, each at its place. */
export function readAlertTests(value: unknown): ReadAlertTests {
  const notes: Notes = { faults: [], warnings: [] };
  const read = file(value, [], notes) ?? {};
  const config = need(read.config, "config", [], notes, "path of alertmanager.yml as seen from this file");
  const tests = (read.tests ?? []).map((one, index) => testOf(one, index, notes));
  need(read.tests, "tests", [], notes, "a list of tests");
  if (notes.faults.length > 0 || config === undefined) return { ok: false, faults: notes.faults };
  return { ok: true, file: { config, tests } };
}
