import { ZERO_TIME } from "../../go-template/go-time.ts";
import { parseTime } from "../../go-template/time-parse.ts";
import type { TemplateAlert, TemplateData, TemplateInstant } from "./types.ts";

const RFC3339 = "2006-01-02T15:04:05Z07:00";

type Members = { readonly [name: string]: unknown };

/** What a document has for a member; Go takes names in any case. */
function member(of: Members, name: string): unknown {
  if (Object.hasOwn(of, name)) return of[name];
  const other = Object.keys(of).find((key) => key.toLowerCase() === name.toLowerCase());
  return other === undefined ? undefined : of[other];
}

/** What a document of another shape than template.Data is told. */
export class TemplateDataFault extends Error {
  constructor(where: string, wanted: string) {
    super(`${where}: ${wanted} expected`);
    this.name = "TemplateDataFault";
  }
}

function membersOf(value: unknown, where: string): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TemplateDataFault(where, "an object");
  return value as Members;
}

function textOf(of: Members, name: string, where: string): string {
  const value = member(of, name) ?? "";
  if (typeof value !== "string") throw new TemplateDataFault(`${where}.${name}`, "a text");
  return value;
}

/** A map that the document does not have was never made. */
function textsOf(of: Members, name: string, where: string): Readonly<Record<string, string>> | null {
  const value = member(of, name) ?? null;
  if (value === null) return null;
  const texts = membersOf(value, `${where}.${name}`);
  for (const [key, text] of Object.entries(texts))
    if (typeof text !== "string") throw new TemplateDataFault(`${where}.${name}.${key}`, "a text");
  return texts as Readonly<Record<string, string>>;
}

function timeOf(of: Members, name: string, where: string): TemplateInstant {
  const text = textOf(of, name, where);
  if (text === "") return { nanos: ZERO_TIME, zone: "UTC" };
  try {
    return parseTime(RFC3339, text);
  } catch {
    throw new TemplateDataFault(`${where}.${name}`, "a time in RFC 3339");
  }
}

function alertOf(value: unknown, where: string): TemplateAlert {
  const alert = membersOf(value, where);
  return {
    status: textOf(alert, "status", where),
    labels: textsOf(alert, "labels", where),
    annotations: textsOf(alert, "annotations", where),
    startsAt: timeOf(alert, "startsAt", where),
    endsAt: timeOf(alert, "endsAt", where),
    generatorURL: textOf(alert, "generatorURL", where),
    fingerprint: textOf(alert, "fingerprint", where),
  };
}

/**
 * Data for templates from a document with the members of a webhook's body, as `amtool template render --template.data` takes it.
 *
 * @throws TemplateDataFault naming the place
 */
export function readTemplateData(document: unknown): TemplateData {
  const data = membersOf(document, "data");
  const alerts = member(data, "alerts") ?? null;
  if (alerts !== null && !Array.isArray(alerts)) throw new TemplateDataFault("data.alerts", "a list");
  return {
    receiver: textOf(data, "receiver", "data"),
    status: textOf(data, "status", "data"),
    alerts: alerts?.map((alert, index) => alertOf(alert, `data.alerts[${index}]`)) ?? null,
    notificationReason: textOf(data, "notification_reason", "data"),
    groupLabels: textsOf(data, "groupLabels", "data"),
    commonLabels: textsOf(data, "commonLabels", "data"),
    commonAnnotations: textsOf(data, "commonAnnotations", "data"),
    routeLabels: textsOf(data, "routeLabels", "data"),
    externalURL: textOf(data, "externalURL", "data"),
    routeLabelsRendered: false,
    byValue: true,
  };
}
