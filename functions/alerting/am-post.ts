import { readTime, timeText } from "./am-time.ts";
import { isRequestUri } from "./am-uri.ts";
import { type GoJson, goJson } from "./go-json.ts";

/** An answer of go-openapi's where a request does not get as far as its handler: status, and code with message as JSON. */
export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** Labels of one alert, and characters of its labels and annotations together: more is no alert but a mistake. */
const MAX_LABELS = 1_000;
const MAX_TEXT = 131_072;

const ALERT_PARTS =
  'struct { Annotations models.LabelSet "json:\\"annotations,omitempty\\""; EndsAt strfmt.DateTime "json:\\"endsAt,omitempty\\""; StartsAt strfmt.DateTime "json:\\"startsAt,omitempty\\"" }';

type Members = { readonly [name: string]: unknown };

/** Stops the reading of a body: what is wrong with it, in upstream's words. */
class Wrong extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = "Wrong";
    this.refusal = refusal;
  }
}

const unparsed = (what: string, message: string): Refusal => ({
  status: 400,
  code: 400,
  message: `parsing ${what} body from "" failed, because ${message}`,
});
export const required = (path: string): Refusal => ({ status: 422, code: 602, message: `${path} in body is required` });

const isMap = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const goType = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

/**
 * A body as upstream decodes it: JSON of which only the first value counts. What is no UTF-8 is refused here (Go would put replacement
 * characters into the labels and take it).
 */
export function readBody(
  what: "alerts" | "silence",
  body: Uint8Array,
): { readonly value: unknown } | { readonly refusal: Refusal } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return { refusal: unparsed(what, "the body is not valid UTF-8") };
  }
  const read: GoJson = goJson(text);
  if (read.ok) return { value: read.value };
  return { refusal: read.eof ? required(what) : unparsed(what, read.message) };
}

/** Alerts of a body in the shape of API v2, or why the whole request is refused. `invalid`: those that are none, which costs only them. */
export type ReadAlerts =
  | { readonly ok: true; readonly alerts: readonly unknown[]; readonly invalid: readonly string[] }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks what upstream's schema checks; what an alert means is not looked at here. */
export function readAlerts(value: unknown): ReadAlerts {
  try {
    if (value === null) return { ok: true, alerts: [], invalid: [] };
    if (!Array.isArray(value))
      throw new Wrong(unparsed("alerts", typeWrong(value, undefined, "models.PostableAlerts")));
    const read = value.map((alert) => (plainAlert(alert) ? alert : readAlert(alert)));
    for (const [index, alert] of read.entries()) {
      const url = alert["generatorURL"];
      if (typeof url === "string" && url !== "" && !isRequestUri(url))
        throw new Wrong({
          status: 422,
          code: 601,
          message: `${index}.generatorURL in body must be of type uri: ${JSON.stringify(url)}`,
        });
      if (alert["labels"] === undefined || alert["labels"] === null) throw new Wrong(required(`${index}.labels`));
    }
    const invalid: string[] = [];
    const alerts = read.filter((alert) => {
      const why = tooMuch(alert);
      if (why !== undefined) invalid.push(why);
      return why === undefined;
    });
    return { ok: true, alerts, invalid };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

const PLAIN_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const plainTime = (value: unknown): boolean =>
  value === undefined || (typeof value === "string" && PLAIN_TIME.test(value) && readTime(value).ok);

function plainLabels(value: unknown): boolean {
  if (!isMap(value)) return false;
  for (const name in value) if (typeof value[name] !== "string") return false;
  return true;
}

/** Whether an alert is as clients write it: nothing to convert, nothing to refuse. Asked of thousands a second. */
function plainAlert(value: unknown): value is Members {
  if (!isMap(value)) return false;
  for (const name in value) {
    if (name === "labels" || name === "annotations") {
      if (!plainLabels(value[name])) return false;
    } else if (name === "startsAt" || name === "endsAt") {
      if (!plainTime(value[name])) return false;
    } else if (name === "generatorURL") {
      if (typeof value[name] !== "string") return false;
    } else if (name.length < 13) return false;
  }
  return true;
}

function tooMuch(alert: Members): string | undefined {
  let labels = 0;
  let text = 0;
  for (const part of [alert["labels"], alert["annotations"]] as readonly (Members | undefined)[]) {
    let names = 0;
    for (const name in part) {
      names += 1;
      text += name.length + (part[name] as string).length;
    }
    labels = Math.max(labels, names);
  }
  if (labels > MAX_LABELS) return `too many labels: ${labels}, limit ${MAX_LABELS}`;
  if (text > MAX_TEXT) return `alert is too large: ${text} characters of labels and annotations, limit ${MAX_TEXT}`;
  return undefined;
}

/** One member by its name in any case, the last one that is written, as Go looks for it. */
export function memberOf(members: Members, name: string): unknown {
  let found: unknown;
  for (const [key, value] of Object.entries(members)) if (key.toLowerCase() === name.toLowerCase()) found = value;
  return found;
}

function typeWrong(value: unknown, field: string | undefined, wanted: string): string {
  return `json: cannot unmarshal ${goType(value)} into Go ${field === undefined ? "value" : `struct field ${field}`} of type ${wanted}`;
}

/** Reads the unusual ways to write an alert, or says what is wrong with it, in the order in which Go comes upon it. */
function readAlert(value: unknown): Members {
  if (value === null) return {};
  if (!isMap(value)) throw new Wrong(unparsed("alerts", typeWrong(value, undefined, ALERT_PARTS)));
  return {
    annotations: readMap("alerts", memberOf(value, "annotations"), ".annotations"),
    ...instantMember("alerts", value, "endsAt", ".endsAt"),
    ...instantMember("alerts", value, "startsAt", ".startsAt"),
    generatorURL: readText("alerts", memberOf(value, "generatorURL"), "Alert.generatorURL") ?? "",
    labels: readMap("alerts", memberOf(value, "labels"), "Alert.labels"),
  };
}

function readMap(what: string, value: unknown, field: string): { readonly [name: string]: string } | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMap(value)) throw new Wrong(unparsed(what, typeWrong(value, field, "models.LabelSet")));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, one === null ? "" : (readText(what, one, field) ?? "")]),
  );
}

function readText(what: string, value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new Wrong(unparsed(what, typeWrong(value, field, "string")));
  return value;
}

function readFlag(what: string, value: unknown, field: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw new Wrong(unparsed(what, typeWrong(value, field, "bool")));
  return value;
}

function instantMember(what: string, value: Members, name: string, field: string): { readonly [name: string]: string } {
  const text = readText(what, memberOf(value, name), field);
  if (text === undefined) return {};
  const read = readTime(text);
  if (!read.ok) throw new Wrong(unparsed(what, read.message));
  return { [name]: timeText(read.at) };
}

/** A silence as it was posted: times as texts, matchers complete. */
export interface PostedSilenceBody {
  readonly id: string;
  readonly matchers: readonly {
    readonly name: string;
    readonly value: string;
    readonly isRegex: boolean;
    readonly isEqual: boolean;
  }[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: { readonly [name: string]: string };
}

export type ReadSilence =
  | { readonly ok: true; readonly silence: PostedSilenceBody }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks what upstream's schema checks of a posted silence. */
export function readSilence(given: unknown): ReadSilence {
  const what = "silence";
  try {
    const value = given ?? {};
    if (!isMap(value))
      throw new Wrong(unparsed(what, typeWrong(value, undefined, 'struct { ID string "json:\\"id,omitempty\\"" }')));
    const text = (name: string) => readText(what, memberOf(value, name), `${name === "id" ? "" : "Silence"}.${name}`);
    const id = text("id") ?? "";
    const list = memberOf(value, "matchers");
    if (list !== undefined && list !== null && !Array.isArray(list))
      throw new Wrong(unparsed(what, typeWrong(list, "Silence.matchers", "models.Matchers")));
    const matchers = (list as readonly unknown[] | undefined | null)?.map((one) => {
      if (one !== null && !isMap(one))
        throw new Wrong(unparsed(what, typeWrong(one, "Silence.matchers", "models.Matcher")));
      const at = (name: string) => memberOf(one ?? {}, name);
      return {
        name: readText(what, at("name"), "Matcher.matchers.name"),
        value: readText(what, at("value"), "Matcher.matchers.value"),
        isRegex: readFlag(what, at("isRegex"), "Matcher.matchers.isRegex"),
        isEqual: readFlag(what, at("isEqual"), "Matcher.matchers.isEqual") ?? true,
      };
    });
    const annotations = readMap(what, memberOf(value, "annotations"), "Silence.annotations") ?? {};
    const comment = text("comment");
    const createdBy = text("createdBy");
    const endsAt = instantMember(what, value, "endsAt", "Silence.endsAt")["endsAt"];
    const startsAt = instantMember(what, value, "startsAt", "Silence.startsAt")["startsAt"];
    if (comment === undefined) throw new Wrong(required("comment"));
    if (createdBy === undefined) throw new Wrong(required("createdBy"));
    if (endsAt === undefined) throw new Wrong(required("endsAt"));
    if (!matchers) throw new Wrong(required("matchers"));
    if (matchers.length === 0)
      throw new Wrong({ status: 422, code: 612, message: "matchers in body should have at least 1 items" });
    const complete = matchers.map((one, index) => {
      const { name, value: wanted, isRegex, isEqual } = one;
      if (isRegex === undefined) throw new Wrong(required(`matchers.${index}.isRegex`));
      if (name === undefined) throw new Wrong(required(`matchers.${index}.name`));
      if (wanted === undefined) throw new Wrong(required(`matchers.${index}.value`));
      return { name, value: wanted, isRegex, isEqual };
    });
    if (startsAt === undefined) throw new Wrong(required("startsAt"));
    return {
      ok: true,
      silence: {
        id,
        matchers: complete,
        startsAt: Date.parse(startsAt),
        endsAt: Date.parse(endsAt),
        createdBy,
        comment,
        annotations,
      },
    };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
