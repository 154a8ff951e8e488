import { parseInstant } from "../kernel/instant.ts";
import { iso, type Millis } from "../kernel/time.ts";
import { type PostedAlert, validatePosted } from "./merge.ts";
import type { AlertEvent } from "./replay-types.ts";
import { type PostedSilence, type ReadWindows, readSilence } from "./silence-read.ts";
import type { AlertingConfig, AlertmanagerSettings } from "./types.ts";

export type ReadEvent =
  | { readonly ok: true; readonly event: AlertEvent }
  | { readonly ok: false; readonly path: string; readonly message: string; readonly allowed?: string };

export interface EventReading {
  /** Reads the configuration that an event names; a text says why it cannot. */
  readonly configOf?: (file: string) => AlertmanagerSettings | AlertingConfig | string;
  /** Windows of recurring silences. */
  readonly readWindows?: ReadWindows;
  /** What numbers count in. Default: milliseconds. */
  readonly unitMs?: number;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const KINDS = ["alerts", "silence", "expire", "config"] as const;
const KNOWN: ReadonlySet<string> = new Set(["at", ...KINDS, "was"]);

/** Numbers are milliseconds since 1970 or what `unitMs` says, texts ISO 8601. */
export function eventTime(value: unknown, unitMs = 1): Millis | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? Math.round(value * unitMs) : undefined;
  const instant = typeof value === "string" ? parseInstant(value) : undefined;
  return instant?.form === "iso" ? instant.at : undefined;
}

/** Times of a posted alert or silence may be numbers too, as the journal keeps them. */
const timesAsText = (value: unknown, unitMs = 1): unknown =>
  isMap(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, one]) =>
          (key === "startsAt" || key === "endsAt") && typeof one === "number" && Number.isFinite(one)
            ? [key, iso(Math.round(one * unitMs))]
            : [key === "generatorUrl" ? "generatorURL" : key, one],
        ),
      )
    : value;

/** A batch; as upstream, one that costs only itself is left out of it. */
function readAlerts(at: Millis, value: unknown, unitMs?: number): ReadEvent {
  if (!Array.isArray(value))
    return { ok: false, path: "alerts", message: "must be a list", allowed: "a list of alerts" };
  const alerts: PostedAlert[] = [];
  const refused: string[] = [];
  for (const [index, one] of value.entries()) {
    const read = validatePosted(timesAsText(one, unitMs));
    if (read.ok) alerts.push(read.alert);
    else if (read.alone) refused.push(read.message);
    else return { ok: false, path: `alerts[${index}]`, message: read.message };
  }
  return { ok: true, event: { at, alerts, ...(refused.length > 0 ? { refused } : {}) } };
}

/** What API v2 asks for and a series of events can do without. */
function readPosted(at: Millis, value: unknown, reading: EventReading): ReadEvent {
  const defaults = { startsAt: iso(at), createdBy: "", comment: "" };
  // What the journal has kept is read already.
  const kept = isMap(value) && Array.isArray(value["matcherSets"]) && typeof value["updatedAt"] === "number";
  if (kept) return { ok: true, event: { at, silence: value as unknown as PostedSilence } };
  const posted = timesAsText(value, reading.unitMs);
  const read = readSilence(isMap(posted) ? { ...defaults, ...posted } : posted, reading.readWindows);
  if (read.ok) return { ok: true, event: { at, silence: read.silence } };
  // Upstream's answer to one that reads well and that it will not have: told of, and nothing changes.
  if (read.message.startsWith("invalid silence: "))
    return { ok: true, event: { at, alerts: [], refused: [read.message] } };
  return { ok: false, path: "silence", message: read.message };
}

/** Reads one event: `{at, alerts: […]}`, `{at, silence: {…}}`, `{at, expire: id}` or `{at, config: file}` (`was`: the one before). */
export function readEvent(value: unknown, reading: EventReading = {}): ReadEvent {
  if (!isMap(value))
    return { ok: false, path: "(event)", message: "must be a JSON object", allowed: "{at, alerts: […]}" };
  const at = eventTime(value["at"], reading.unitMs);
  if (at === undefined)
    return { ok: false, path: "at", message: "must be an instant", allowed: "ISO 8601, or a number" };
  const kinds = KINDS.filter((kind) => Object.hasOwn(value, kind));
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined)
    return {
      ok: false,
      path: "(event)",
      message: `has ${kinds.length === 0 ? "none" : "several"} of ${KINDS.join(", ")}`,
      allowed: "exactly one",
    };
  const unknown = Object.keys(value).find((key) => !KNOWN.has(key));
  if (unknown !== undefined)
    return { ok: false, path: unknown, message: "is not known", allowed: [...KNOWN].join(", ") };
  const given = value[kind];
  if (kind === "alerts") return readAlerts(at, given, reading.unitMs);
  if (kind === "silence") return readPosted(at, given, reading);
  if (typeof given !== "string" || given === "")
    return {
      ok: false,
      path: kind,
      message: "must be text",
      allowed: kind === "expire" ? "the id of a silence" : "a path",
    };
  if (kind === "expire") return { ok: true, event: { at, expire: given } };
  const config = reading.configOf?.(given) ?? "cannot be loaded here";
  return typeof config === "string"
    ? { ok: false, path: "config", message: config }
    : { ok: true, event: { at, config } };
}

export interface LineFault {
  readonly line: number;
  readonly path: string;
  readonly message: string;
  readonly allowed?: string;
}

/** As seconds these are the years 2008 to 2100, as milliseconds a few weeks of 1970: such a first time says that a file has seconds. */
const SECONDS = { from: 1.2e9, to: 4.2e9 };

/** What the numbers of a file count in, by its first time; undefined where that is a text. */
function unitOf(at: unknown): number | undefined {
  if (typeof at !== "number") return undefined;
  return at >= SECONDS.from && at < SECONDS.to ? 1000 : 1;
}

/** Faults told of a file; the others are counted. */
const MOST_FAULTS = 50;

/** Reads a file of events, one JSON object a line; empty lines are left out. */
export function readEvents(
  text: string,
  reading: EventReading = {},
): {
  readonly events: readonly AlertEvent[];
  readonly faults: readonly LineFault[];
  /** What times are counted in; absent where they are texts. */
  readonly unitMs?: number;
} {
  const events: AlertEvent[] = [];
  const faults: LineFault[] = [];
  let unitMs: number | undefined;
  let first = true;
  let hidden = 0;
  const fault = (found: LineFault): void => {
    if (faults.length < MOST_FAULTS) faults.push(found);
    else hidden += 1;
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      fault({ line: index + 1, path: "(line)", message: `is no JSON: ${(error as Error).message}` });
      continue;
    }
    if (first && isMap(value)) unitMs = unitOf(value["at"]);
    first = false;
    const read = readEvent(value, unitMs === undefined ? reading : { ...reading, unitMs });
    if (read.ok) events.push(read.event);
    else {
      const { ok: _ok, ...found } = read;
      fault({ line: index + 1, ...found });
    }
  }
  if (hidden > 0) faults.push({ line: faults.at(-1)?.line ?? 1, path: "(file)", message: `and ${hidden} more faults` });
  return { events, faults, ...(unitMs === undefined ? {} : { unitMs }) };
}
