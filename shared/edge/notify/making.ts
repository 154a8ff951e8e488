import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { statusOf } from "../../core/alerting/receivers/data-json.ts";
import { type Making, ReceiverFault } from "../../core/alerting/receivers/request.ts";
import { templateData } from "../../core/alerting/templates/data.ts";
import type { TemplateData } from "../../core/alerting/templates/types.ts";
import type { Notification } from "../../core/ports/notify.ts";
import { goYaml } from "./go-yaml.ts";

type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** Templates as a configuration has them: built in and its own. */
export interface NotifyTemplates {
  text(expression: string, data: TemplateData, options: { readonly now: number }): Rendered;
  html(expression: string, data: TemplateData, options: { readonly now: number }): Rendered;
}

export interface MakingOptions {
  readonly templatesOf: (tenant: string) => Promise<NotifyTemplates>;
  readonly now: () => number;
}

/** Alerts in a text that cannot have all of them. */
const SOME = 500;

/** The first alerts, firing ones before others: the notification's status stays what it is. */
function someOf(told: Notification): Notification {
  const of = (status: string) => told.alerts.filter((alert) => alert.status === status);
  return { ...told, alerts: [...of("firing"), ...of("resolved")].slice(0, SOME) };
}

/** Whether a rendered text of these settings is read as YAML. */
const readsYaml = ({ integration: { type, settings } }: Notification): boolean =>
  type === "pagerduty" || (type === "webhook" && settings["payload"] !== undefined);

const refusedYaml = (): never => {
  throw new Error("no part of these settings is YAML");
};

/** Puts together what a receiver's request is made from. What few receivers need is loaded when one needs it. */
export function makings(options: MakingOptions) {
  const host = hostname();

  return async (tenant: string, notification: Notification, settings: Making["settings"]): Promise<Making> => {
    const templates = await options.templatesOf(tenant);
    const now = options.now();
    const yaml = readsYaml(notification) ? goYaml(await import("yaml")) : refusedYaml;
    const groupHash = createHash("sha256").update(notification.groupKey).digest("hex");

    const of = (told: Notification): Making => {
      let data: TemplateData | undefined;
      let left = 0;
      const render = (kind: "text" | "html") => (expression: string) => {
        left = 0;
        // What has no action in it is what it is; many settings have none, and the data is not made for them.
        if (!expression.includes("{{")) return expression;
        data ??= templateData(told);
        const whole = templates[kind](expression, data, { now });
        if (whole.ok) return whole.text;
        // Templates have a limit of work and size. In a storm a text about some of the alerts is better than no notification.
        const some =
          told.alerts.length > SOME ? templates[kind](expression, templateData(someOf(told)), { now }) : whole;
        if (!some.ok) throw new ReceiverFault(whole.message);
        left = told.alerts.length - SOME;
        return some.text;
      };
      return {
        notification: told,
        settings,
        status: statusOf(told.alerts),
        text: render("text"),
        html: render("html"),
        groupHash,
        leftOut: () => left,
        limited: (most) => {
          const { alerts, truncated = 0 } = told;
          if (alerts.length <= most) return of(told);
          return of({ ...told, alerts: alerts.slice(0, most), truncated: truncated + alerts.length - most });
        },
        yaml,
        now,
        hostname: host,
      };
    };
    return of(notification);
  };
}
