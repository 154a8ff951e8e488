import { CallFault, type TemplateFunction } from "../../go-template/function-types.ts";
import { goJson } from "../../go-template/go-json.ts";
import { isBackquotable } from "../../go-template/go-string.ts";
import { ZERO_TIME } from "../../go-template/go-time.ts";
import { floatOf, humanizeDuration } from "../../go-template/humanize.ts";
import { goLower, goTrim, goUpper } from "../../go-template/letters.ts";
import { matches, regexpCost, replaced } from "../../go-template/regexp.ts";
import { formatTime } from "../../go-template/time-format.ts";
import { parseTime } from "../../go-template/time-parse.ts";
import { queryUnescaped } from "../../go-template/url.ts";
import {
  anyList,
  type ListValue,
  type NamedValue,
  type TimeValue,
  textList,
  type Value,
} from "../../go-template/values.ts";
import { goQuoted } from "../../kernel/go-quote.ts";
import type { Millis } from "../../kernel/time.ts";
import { isTimezone } from "../../kernel/timezone.ts";
import { base64Url, fromBase64Url } from "./base64.ts";
import { titled } from "./title.ts";

/** What functions can ask for while a notification's template is expanded. */
export interface AlertWorld {
  readonly now: Millis;
  /** A route label by its name, rendered. @throws CallFault */
  readonly routeLabel: (name: string) => string;
}

type Fn = TemplateFunction<AlertWorld>;

const onText = (write: (text: string) => Value): Fn => ({
  params: ["string"],
  call: ([text]) => write(text as string),
});

/** A text that is known to be safe where its kind is wanted (html/template's HTML and URL). */
const safe =
  (type: "template.HTML" | "template.URL") =>
  (value: string): NamedValue => ({ kind: "named", type, value });

const UTC_NAMES = new Set(["", "UTC", "Local"]);

function inZone(name: string, at: TimeValue): TimeValue {
  // A runtime knows "+02:00" and names in any case, Go the names of the database only.
  if (!UTC_NAMES.has(name) && (!/^[A-Z][\w+-]*(\/[\w+-]+)*$/.test(name) || !isTimezone(name)))
    throw new CallFault(/^[/\\]|\.\.|\\/.test(name) ? "time: invalid location name" : `unknown time zone ${name}`);
  return { kind: "time", nanos: at.nanos, zone: UTC_NAMES.has(name) ? "UTC" : name };
}

function parsed(layout: Value | undefined, text: Value | undefined): TimeValue {
  return { kind: "time", ...parseTime(layout as string, text as string) };
}

function orZero(parse: () => TimeValue): TimeValue {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CallFault)) throw error;
    return { kind: "time", nanos: ZERO_TIME, zone: "UTC" };
  }
}

function replacedAll(pattern: string, replacement: string, text: string): string {
  try {
    return replaced(pattern, replacement, text);
  } catch (error) {
    if (!(error instanceof CallFault) || !error.message.startsWith("error parsing regexp")) throw error;
    const shown = isBackquotable(pattern) ? `\`${pattern}\`` : goQuoted(pattern);
    throw new CallFault(`regexp: Compile(${shown}): ${error.message}`);
  }
}

function dictOf(values: readonly Value[]): Value {
  if (values.length % 2 !== 0) throw new CallFault("dict requires an even number of arguments");
  const entries = new Map<string, Value>();
  for (let at = 0; at < values.length; at += 2) {
    const key = values[at];
    if (typeof key !== "string") throw new CallFault("dict keys must be strings");
    entries.set(key, values[at + 1] ?? null);
  }
  return { kind: "map", type: "map[string]interface {}", of: "any", entries };
}

const nanosOf = (at: Millis): bigint => BigInt(Math.round(at * 1000)) * 1000n;

/** The functions that Alertmanager 0.34 gives to templates (template.DefaultFuncs and routeLabels). */
export const ALERT_FUNCTIONS: Readonly<Record<string, Fn>> = {
  toUpper: onText(goUpper),
  toLower: onText(goLower),
  title: onText(titled),
  trimSpace: onText(goTrim),
  join: {
    params: ["string", "[]string"],
    call: ([separator, list]) => ((list as ListValue | null)?.items ?? []).join(separator as string),
  },
  match: {
    params: ["string", "string"],
    cost: ([pattern, text]) => regexpCost(pattern as string, text as string),
    call: ([pattern, text]) => matches(pattern as string, text as string),
  },
  safeHtml: onText(safe("template.HTML")),
  safeUrl: onText(safe("template.URL")),
  urlUnescape: onText(queryUnescaped),
  reReplaceAll: {
    params: ["string", "string", "string"],
    cost: ([pattern, , text]) => regexpCost(pattern as string, text as string),
    call: ([pattern, replacement, text]) => replacedAll(pattern as string, replacement as string, text as string),
  },
  stringSlice: { params: [], rest: "string", call: (texts) => textList(texts as readonly string[]) },
  routeLabels: { params: ["string"], call: ([name], { routeLabel }) => routeLabel(name as string) },
  date: { params: ["string", "time.Time"], call: ([layout, at]) => formatTime(at as TimeValue, layout as string) },
  tz: { params: ["string", "time.Time"], call: ([name, at]) => inZone(name as string, at as TimeValue) },
  now: { params: [], call: (_args, { now }) => ({ kind: "time", nanos: nanosOf(now), zone: "UTC" }) },
  since: {
    params: ["time.Time"],
    call: ([at], { now }) => ({ kind: "duration", nanos: nanosOf(now) - (at as TimeValue).nanos }),
  },
  humanizeDuration: { params: ["any"], call: ([value = null]) => humanizeDuration(floatOf(value)) },
  toDate: { params: ["string", "string"], call: ([layout, text]) => orZero(() => parsed(layout, text)) },
  mustToDate: { params: ["string", "string"], call: ([layout, text]) => parsed(layout, text) },
  toJson: { params: ["any"], call: ([value = null]) => goJson(value) },
  base64encode: onText(base64Url),
  base64decode: onText(fromBase64Url),
  list: { params: [], rest: "any", call: anyList },
  append: {
    params: ["[]interface {}"],
    rest: "any",
    call: ([list, ...more]) => anyList([...((list as ListValue | null)?.items ?? []), ...more]),
  },
  dict: { params: [], rest: "any", call: dictOf },
};
