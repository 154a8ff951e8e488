import { ZERO_TIME } from "../../go-template/go-time.ts";
import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import type { AlertRow } from "../types.ts";
import type { TemplateData, TemplateInstant } from "./types.ts";

/** What a notification is about. */
export interface Told {
  readonly receiver: string;
  readonly groupLabels: Labels;
  /** Of the route; rendered already unless `routeLabelsRendered` is false. */
  readonly routeLabels: Labels;
  readonly reason: string;
  readonly alerts: readonly (Pick<
    AlertRow,
    "labels" | "annotations" | "startsAt" | "endsAt" | "generatorUrl" | "fingerprint"
  > & {
    readonly status: "firing" | "resolved";
  })[];
  readonly externalUrl: string;
  readonly routeLabelsRendered?: boolean;
}

const instant = (at: Millis): TemplateInstant => ({ nanos: BigInt(Math.round(at * 1000)) * 1000n, zone: "UTC" });
const NEVER: TemplateInstant = { nanos: ZERO_TIME, zone: "UTC" };

/** regexp.QuoteMeta: a receiver's name is given so that it can be put into a regular expression. */
export const quoted = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");

/** What all have in common; nothing where there are none. */
export function common(all: readonly Labels[]): Labels {
  const [first, ...others] = all;
  let left = Object.entries(first ?? {});
  for (const other of others) {
    if (left.length === 0) break;
    left = left.filter(([name, value]) => (Object.hasOwn(other, name) ? other[name] : "") === value);
  }
  return Object.fromEntries(left);
}

/** The data of a notification (template.Data): a firing alert has no end, and one firing alert makes the whole firing. */
export function templateData(told: Told): TemplateData {
  const { receiver, groupLabels, routeLabels, reason, alerts, externalUrl, routeLabelsRendered = true } = told;
  return {
    receiver: quoted(receiver),
    status: alerts.some((alert) => alert.status === "firing") ? "firing" : "resolved",
    alerts: alerts.map((alert) => ({
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: instant(alert.startsAt),
      endsAt: alert.status === "firing" ? NEVER : instant(alert.endsAt),
      generatorURL: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    notificationReason: reason,
    groupLabels,
    commonLabels: common(alerts.map((alert) => alert.labels)),
    commonAnnotations: common(alerts.map((alert) => alert.annotations)),
    routeLabels,
    externalURL: externalUrl,
    routeLabelsRendered,
  };
}
