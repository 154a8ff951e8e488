import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Notification } from "../../shared/core/ports/notify.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";

type About = Pick<Notification, "receiver" | "groupLabels" | "alerts" | "externalUrl">;

/** A route's labels for a notification, templates in them rendered; one that fails is left out and logged, as upstream has it. */
export async function routeLabelsOf(
  runtime: Runtime,
  alerting: Alerting,
  { labels }: CompiledRoute,
  about: About,
): Promise<Labels> {
  if (!Object.values(labels).some((value) => value.includes("{{"))) return labels;
  const { templateData, templatesOf } = await import("./template-parts.ts");
  const data = templateData({
    ...about,
    // Upstream renders these before it knows why it notifies.
    reason: "unknown",
    routeLabels: labels,
    routeLabelsRendered: false,
  });
  const rendered = templatesOf(alerting).routeLabels(labels, data, { now: runtime.now() });
  for (const [label, error] of Object.entries(rendered.faults))
    runtime.telemetry.log("error", "a route label could not be rendered", { label, error });
  return rendered.labels;
}
