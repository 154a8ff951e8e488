import { EMAIL_HTML } from "./defaults-email.ts";

const call = (name: string, on = "."): string => `{{ template "${name}" ${on} }}`;

const URL = call("__alertmanagerURL");
const SUBJECT = call("__subject");
const NAME = call("__alertmanager");

/** Name of the list in words, with the list's alerts. */
const STATES = ["Firing", "Resolved"] as const;

/** A list of alerts per state that has any: what stands before, the lines, what stands behind. */
const both = (before: (state: string) => string, list: string, after: string): string =>
  STATES.map(
    (state) => `{{ if .Alerts.${state} }}${before(state)}${call(list, `.Alerts.${state}`)}${after}{{ end }}`,
  ).join("\n");

const TEXT_LIST = "__text_alert_list";
const MARKDOWN_LIST = "__text_alert_list_markdown";

/** Texts close together: no blank lines around what there is. */
const tight = both((state) => `Alerts ${state}:\n`, TEXT_LIST, "");
const loose = both((state) => `\nAlerts ${state}:\n`, TEXT_LIST, "\n");
const markdown = both((state) => `\n# Alerts ${state}:\n`, MARKDOWN_LIST, "\n");

const ANNOTATIONS = `{{ join " " .CommonAnnotations.Values }}\n`;

const pairs = (of: string, indent: string): string =>
  `{{ range .${of}.SortedPairs }}${indent}- {{ .Name }} = {{ .Value }}\n{{ end }}`;

/** The highest of the severities of some alerts, as Jira calls it: the first that any of them has. */
const priorityOf = (state: string): string =>
  `{{ range .Alerts.${state} }}{{ $severity := .Labels.severity }}` +
  `{{ if eq $severity "critical" }}{{ $priority = "High" }}` +
  `{{ else if and (eq $severity "warning") (ne $priority "High") }}{{ $priority = "Medium" }}` +
  `{{ else if and (eq $severity "info") (not $priority) }}{{ $priority = "Low" }}{{ end }}{{ end }}`;

const COLOR = `{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}`;

const EMPTY = [
  "__description",
  "slack.default.callbackid",
  "slack.default.pretext",
  "slack.default.iconemoji",
  "slack.default.iconurl",
  "slack.default.text",
  "slack.default.footer",
  "wechat.default.to_user",
  "wechat.default.to_party",
  "wechat.default.to_tag",
  "wechat.default.agent_id",
  "discord.default.content",
  "rocketchat.default.emoji",
  "rocketchat.default.iconurl",
  "rocketchat.default.text",
];

const SUBJECTS = [
  "slack.default.title",
  "pagerduty.default.description",
  "opsgenie.default.message",
  "victorops.default.entity_display_name",
  "pushover.default.title",
  "sns.default.subject",
  "discord.default.title",
  "msteams.default.summary",
  "msteams.default.title",
  "msteamsv2.default.title",
  "jira.default.summary",
  "rocketchat.default.title",
  "mattermost.default.title",
  "email.default.subject",
];

const NAMES = [
  "slack.default.username",
  "pagerduty.default.client",
  "victorops.default.monitoring_tool",
  "rocketchat.default.alias",
  "mattermost.default.username",
];

const URLS = [
  "slack.default.titlelink",
  "pagerduty.default.clientURL",
  "opsgenie.default.source",
  "pushover.default.url",
  "rocketchat.default.titlelink",
  "mattermost.default.titlelink",
];

const each = (names: readonly string[], body: string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, body]));

const BODIES: Readonly<Record<string, string>> = {
  ...each(EMPTY, ""),
  ...each(SUBJECTS, SUBJECT),
  ...each(NAMES, NAME),
  ...each(URLS, URL),
  __alertmanager: "Alertmanager",
  __alertmanagerURL: "{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}",
  __subject:
    `[{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] {{ join " " .GroupLabels.Values }} ` +
    `{{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ join " " (.CommonLabels.Remove .GroupLabels.Names).Values }}){{ end }}`,
  [TEXT_LIST]: `{{ range . }}Labels:\n${pairs("Labels", " ")}Annotations:\n${pairs("Annotations", " ")}Source: {{ .GeneratorURL }}\n{{ end }}`,
  [MARKDOWN_LIST]: `{{ range . }}\nLabels:\n${pairs("Labels", "  ")}\nAnnotations:\n${pairs("Annotations", "  ")}\nSource: {{ .GeneratorURL }}\n{{ end }}\n`,
  "slack.default.fallback": `${call("slack.default.title")} | ${call("slack.default.titlelink")}`,
  "slack.default.color": COLOR,
  "pagerduty.default.instances": call(TEXT_LIST),
  "opsgenie.default.description": `${ANNOTATIONS}${tight}`,
  "wechat.default.message": `${SUBJECT}\n${ANNOTATIONS}${tight}\nAlertmanagerUrl:\n${URL}`,
  "victorops.default.state_message": `${ANNOTATIONS}${tight}`,
  "pushover.default.message": `${ANNOTATIONS}${loose}\n`,
  "sns.default.message": `${ANNOTATIONS}${loose}\n`,
  "telegram.default.message": `\n${loose}\n`,
  "discord.default.message": `\n${loose}\n`,
  "webex.default.message": `${ANNOTATIONS}${loose}\n`,
  ...each(
    ["msteams.default.text", "msteamsv2.default.text", "jira.default.description", "mattermost.default.text"],
    `\n${markdown}\n`,
  ),
  "jira.default.priority": `{{ $priority := "" }}${priorityOf("Firing")}{{ if not $priority }}${priorityOf("Resolved")}{{ end }}{{ $priority }}`,
  "mattermost.default.color": COLOR,
  "mattermost.default.fallback": `${call("mattermost.default.title")} | ${call("mattermost.default.titlelink")}`,
  "email.default.html": EMAIL_HTML,
};

/** Templates of the names that Alertmanager 0.34 brings, with the same output: configurations are written against them. */
export const DEFAULT_TEMPLATES: string = Object.entries(BODIES)
  .map(([name, body]) => `{{ define "${name}" }}${body}{{ end }}`)
  .join("\n");
