import { dataJson } from "./data-json.ts";
import { goJson, goText } from "./go-json.ts";
import { numberOf, textOf } from "./read.ts";
import { renderedValue } from "./rendered-value.ts";
import { type Making, type Plan, ReceiverFault } from "./request.ts";

/** The body of version 4: the notification's data, and what identifies the group. */
export function webhookBody({ notification }: Making): string {
  const { groupKey, truncated = 0 } = notification;
  return `{${dataJson(notification)},"version":"4","groupKey":${goText(groupKey)},"truncatedAlerts":${truncated}}\n`;
}

/** Alertmanager's generic webhook (notify/webhook): any 2xx is success, 5xx may be tried again. */
export function webhook(whole: Making): Plan {
  const { settings } = whole;
  const most = numberOf(settings, "max_alerts");
  const making = most > 0 ? whole.limited(most) : whole;
  const { text, notification, yaml } = making;
  const { payload } = settings;
  const isOwn = payload !== undefined && payload !== null;
  const body = isOwn ? `${goJson(renderedValue(payload, text, yaml))}\n` : webhookBody(making);
  const url = text(textOf(settings, "url"));
  if (url === "") throw new ReceiverFault("webhook URL is empty after templating");
  const headers = { "Content-Type": "application/json", "Idempotency-Key": notification.key };
  const timeoutMs = numberOf(settings, "timeout");
  return {
    requests: [{ kind: "http", method: "POST", url, headers, body }],
    ...(timeoutMs > 0 ? { timeoutMs } : {}),
  };
}
