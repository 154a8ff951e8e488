import type { ReportAction } from "../../shared/core/cost/jobs/types.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import type { NotifiedAlert, NotifiedIntegration } from "../../shared/core/kernel/notification.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { CostWork } from "./context.ts";
import "../shared-parts.ts";

type Tell = Extract<ReportAction, { type: "tell_receiver" }>;
type Outcome = Pick<ActionResult, "status" | "detail">;

const DEADLINE_MS = 2 * MINUTE_MS;

const SUMMARY = "{{ .CommonAnnotations.summary }}";
const DESCRIPTION = "{{ .CommonAnnotations.description }}";
const LINK = "{{ (index .Alerts 0).GeneratorURL }}";
const TEXT = `${SUMMARY}\n\n${DESCRIPTION}\n\n${LINK}\n`;
const HTML = `<p><b>${SUMMARY}</b></p><pre>${DESCRIPTION}</pre><p>${LINK}</p>`;

/** What a report says, where templates of alerts would say "[FIRING:1]"; others get it as annotations of an alert. */
const TEXTS: Readonly<
  Record<string, (settings: NotifiedIntegration["settings"]) => Readonly<Record<string, unknown>>>
> = {
  slack: () => ({
    title: SUMMARY,
    title_link: LINK,
    text: DESCRIPTION,
    fallback: SUMMARY,
    pretext: "",
    color: "#439FE0",
    fields: [],
    actions: [],
  }),
  email: (settings) => ({
    headers: { ...(settings["headers"] as Readonly<Record<string, string>> | undefined), Subject: SUMMARY },
    text: TEXT,
    html: HTML,
  }),
  sns: () => ({ subject: SUMMARY, message: TEXT }),
  discord: () => ({ title: SUMMARY, message: `${DESCRIPTION}\n${LINK}` }),
  msteamsv2: () => ({ title: SUMMARY, text: `${DESCRIPTION}\n\n${LINK}` }),
};

/** Slack takes `<!channel>` in a text for a call to all; names of a bill are text (api.slack.com, "Escaping text"). */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function alertOf(action: Tell, type: string, link: string, now: number): NotifiedAlert {
  const plain = type === "slack" ? escaped : (text: string) => text;
  const labels = { alertname: "HeadgateCostReport", report: action.report, severity: "info" };
  return {
    fingerprint: hash64(action.run),
    labels,
    annotations: {
      summary: plain(action.summary),
      description: [...action.lines, ...action.files].map(plain).join("\n"),
    },
    startsAt: now,
    endsAt: 0,
    updatedAt: now,
    timeout: false,
    generatorUrl: link,
    status: "firing",
  };
}

/**
 * Tells one integration of a receiver of a report: a short text and where it lies. Sent twice it has the same key, which mail programs and most
 * receivers show once.
 */
export async function tellReceiver({ runtime, tenant, all }: CostWork, action: Tell): Promise<Outcome> {
  const slash = action.target.indexOf("/");
  const [name, id] = [action.target.slice(0, slash), action.target.slice(slash + 1)];
  const alerting = all?.alerting;
  const receiver = alerting?.settings.receivers.find((one) => one.name === name);
  const integration = receiver?.integrations.find((one) => one.id === id);
  if (!integration)
    return { status: "refused", detail: `${name} is no receiver of alertmanager.yml that could be told anything` };
  if (!runtime.notify) return { status: "skipped", detail: "nothing here sends notifications" };
  const now = Math.floor(runtime.now());
  const externalUrl = alerting?.publicUrl?.replace(/\/+$/, "") ?? "";
  const link = externalUrl === "" ? "" : `${externalUrl}/cost`;
  const texts = Object.hasOwn(TEXTS, integration.type) ? TEXTS[integration.type]?.(integration.settings) : undefined;
  const delivered = await runtime.notify.send(
    tenant,
    {
      key: action.key,
      integration: { ...integration, settings: { ...integration.settings, ...texts } },
      receiver: name,
      groupKey: `cost:${action.report}:${action.to}`,
      reason: "a report was made",
      alerts: [alertOf(action, integration.type, link, now)],
      groupLabels: { alertname: "HeadgateCostReport", report: action.report },
      routeLabels: {},
      flushAt: now,
      deadline: now + DEADLINE_MS * runtime.speed,
      externalUrl,
    },
    AbortSignal.timeout(DEADLINE_MS),
  );
  const detail = `${action.target}: ${delivered.detail}`;
  if (delivered.ok) return { status: "done", detail };
  return { status: delivered.retry ? "failed" : "refused", detail };
}
