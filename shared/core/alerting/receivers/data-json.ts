import type { Notification } from "../../kernel/notification.ts";
import { iso, type Millis } from "../../kernel/time.ts";
import { common, quoted } from "../templates/data.ts";
import { goText, goTextMap } from "./go-json.ts";

type Alerts = Notification["alerts"];

/** Go's zero time: a firing alert has no end. */
const NO_TIME = "0001-01-01T00:00:00Z";

/** RFC 3339 without trailing zeros, as Go prints times in JSON. */
const timeText = (at: Millis): string => iso(at).replace(/\.?0*Z$/, "Z");

/** `firing` when at least one alert is; a notification about nothing counts as resolved. */
export const statusOf = (alerts: Alerts): "firing" | "resolved" =>
  alerts.some(({ status }) => status === "firing") ? "firing" : "resolved";

const alertJson = (alert: Alerts[number]): string =>
  `{"status":"${alert.status}","labels":${goTextMap(alert.labels)},"annotations":${goTextMap(alert.annotations)},` +
  `"startsAt":"${timeText(alert.startsAt)}","endsAt":"${alert.status === "firing" ? NO_TIME : timeText(alert.endsAt)}",` +
  `"generatorURL":${goText(alert.generatorUrl)},"fingerprint":"${alert.fingerprint}"}`;

/**
 * A notification's data as JSON (template.Data of Alertmanager 0.34) without the braces around it. Written by hand because a message
 * may have thousands of alerts, and thousands of messages leave in a second.
 */
export function dataJson(notification: Notification): string {
  const { alerts, receiver, reason, groupLabels, routeLabels, externalUrl } = notification;
  const labels = common(alerts.map((alert) => alert.labels));
  const annotations = common(alerts.map((alert) => alert.annotations));
  return (
    `"receiver":${goText(quoted(receiver))},"status":"${statusOf(alerts)}","alerts":[${alerts.map(alertJson).join(",")}],` +
    `"notification_reason":${goText(reason)},"groupLabels":${goTextMap(groupLabels)},` +
    `"commonLabels":${goTextMap(labels)},"commonAnnotations":${goTextMap(annotations)},` +
    `"routeLabels":${goTextMap(routeLabels)},"externalURL":${goText(externalUrl)}`
  );
}
