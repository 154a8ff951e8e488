import {
  byBytes,
  type ListValue,
  type MapValue,
  type StructValue,
  type TimeValue,
  textList,
  type Value,
} from "../../go-template/values.ts";
import type { TemplateAlert, TemplateData, TemplateInstant } from "./types.ts";

/** Go's names of upstream's types. */
export const KV = "template.KV";
export const PAIRS = "template.Pairs";
export const STRINGS = "template.Strings";
export const ALERTS = "template.Alerts";

const ALERT_NAME = "alertname";

/** Keys in order, alertname before all others. */
function keysOf(map: MapValue): readonly string[] {
  const names = [...map.entries.keys()].filter((name) => name !== ALERT_NAME).sort(byBytes);
  return map.entries.has(ALERT_NAME) ? [ALERT_NAME, ...names] : names;
}

/** Name and value of a pair. */
const partOf = (pair: Value, name: "Name" | "Value"): string => (pair as StructValue).fields.get(name) as string;

const pairsText = (pairs: Value): string =>
  (pairs as ListValue).items.map((pair) => `${partOf(pair, "Name")}=${partOf(pair, "Value")}`).join(", ");

/** KV.SortedPairs. */
export const sortedPairs = (map: MapValue): ListValue => ({
  kind: "list",
  type: PAIRS,
  of: "template.Pair",
  stringer: pairsText,
  items: keysOf(map).map(
    (name): StructValue => ({
      kind: "struct",
      type: "template.Pair",
      fields: new Map([
        ["Name", name],
        ["Value", map.entries.get(name) ?? ""],
      ]),
    }),
  ),
});

/** Pairs.Names and Pairs.Values. */
export const partsOf = (pairs: ListValue, name: "Name" | "Value"): ListValue =>
  textList(
    pairs.items.map((pair) => partOf(pair, name)),
    STRINGS,
  );

export const kvOf = (entries: Iterable<readonly [string, Value]>): MapValue => ({
  kind: "map",
  type: KV,
  of: "string",
  entries: new Map(entries),
  stringer: (self) => pairsText(sortedPairs(self as MapValue)),
});

const textsOf = (texts: Readonly<Record<string, string>> | null): MapValue =>
  texts === null ? { ...kvOf([]), nil: true } : kvOf(Object.entries(texts));

const timeOf = ({ nanos, zone }: TemplateInstant): TimeValue => ({ kind: "time", nanos, zone });

const ALERT_JSON = {
  Status: "status",
  Labels: "labels",
  Annotations: "annotations",
  StartsAt: "startsAt",
  EndsAt: "endsAt",
  GeneratorURL: "generatorURL",
  Fingerprint: "fingerprint",
};

const alertOf = (alert: TemplateAlert): StructValue => ({
  kind: "struct",
  type: "template.Alert",
  json: ALERT_JSON,
  fields: new Map<string, Value>([
    ["Status", alert.status],
    ["Labels", textsOf(alert.labels)],
    ["Annotations", textsOf(alert.annotations)],
    ["StartsAt", timeOf(alert.startsAt)],
    ["EndsAt", timeOf(alert.endsAt)],
    ["GeneratorURL", alert.generatorURL],
    ["Fingerprint", alert.fingerprint],
  ]),
});

const DATA_JSON = {
  Receiver: "receiver",
  Status: "status",
  Alerts: "alerts",
  NotificationReason: "notification_reason",
  GroupLabels: "groupLabels",
  CommonLabels: "commonLabels",
  CommonAnnotations: "commonAnnotations",
  RouteLabels: "routeLabels",
  ExternalURL: "externalURL",
};

/** A notification renders a dozen texts with the same data. */
const made = new WeakMap<TemplateData, StructValue>();

/** The data as templates see it: fields and their order are upstream's. */
export function dataValue(data: TemplateData): StructValue {
  const known = made.get(data);
  if (known) return known;
  const alerts: ListValue = {
    kind: "list",
    type: ALERTS,
    of: "template.Alert",
    items: (data.alerts ?? []).map(alertOf),
    ...(data.alerts === null ? { nil: true } : {}),
  };
  const value: StructValue = {
    kind: "struct",
    type: "template.Data",
    ...(data.byValue ? {} : { pointer: true }),
    json: DATA_JSON,
    hidden: [data.routeLabelsRendered],
    fields: new Map<string, Value>([
      ["Receiver", data.receiver],
      ["Status", data.status],
      ["Alerts", alerts],
      ["NotificationReason", data.notificationReason],
      ["GroupLabels", textsOf(data.groupLabels)],
      ["CommonLabels", textsOf(data.commonLabels)],
      ["CommonAnnotations", textsOf(data.commonAnnotations)],
      ["RouteLabels", textsOf(data.routeLabels)],
      ["ExternalURL", data.externalURL],
    ]),
  };
  made.set(data, value);
  return value;
}
