import { describe, expect, it } from "vitest";
import type { AlertingConfig } from "../../shared/core/alerting/types.ts";
import { faultLine, parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import type { ParsedConfig } from "../../shared/shell/config-read.ts";
import { redactedAlertmanagerText } from "../../shared/shell/config-redact.ts";
import { type Answer, world } from "../api/kit.ts";

const ALERTMANAGER = `# smtp password of old: hunter2-old
global:
  smtp_smarthost: mail:25
  smtp_from: a@b
  smtp_auth_password: &pw hunter2-mail # not the one of old
  slack_api_url: "https://hooks.example/hunter2-slack"
route:
  receiver: team
  routes:
  - {receiver: lead, matchers: [severity="page"]}
receivers:
- name: team
  webhook_configs:
  - url: https://h.example/hunter2-hook
    http_config: {basic_auth: {username: ann, password: *pw}}
- name: lead
  pagerduty_configs:
  - routing_key: |
      hunter2-pager
  slack_configs: [{channel: '#ops'}]
templates: ['t/*.tmpl']
`;
const FILES = { "am/alertmanager.yml": ALERTMANAGER, "am/t/a.tmpl": '{{ define "x" }}y{{ end }}' };
const headgate = (more = ""): string => `version: 1\nalerting:\n  alertmanager: am/alertmanager.yml\n${more}`;
const parse = (text: string, files: Readonly<Record<string, string>> = FILES): ParsedConfig =>
  parseConfig(text, { alerting: alertingFrom(givenFiles(files)) });
const linesOf = (text: string, files?: Readonly<Record<string, string>>): readonly string[] => {
  const parsed = parse(text, files);
  return parsed.ok ? [] : parsed.faults.map((fault) => faultLine("headgate.yaml", fault));
};
const alertingOf = (text: string): AlertingConfig => {
  const parsed = parse(text);
  if (!parsed.ok || !parsed.config.alerting) throw new Error(JSON.stringify(parsed));
  return parsed.config.alerting;
};

describe("section alerting of headgate.yaml", () => {
  it("reads alertmanager.yml and its templates, with defaults", () => {
    const config = alertingOf(headgate());
    expect(config).toMatchObject({
      file: "am/alertmanager.yml",
      escalation: [],
      cooldown: [],
      limits: { alertsPerMinute: 100_000 },
      keepEventsMs: 7 * 86_400_000,
    });
    expect(config.settings.templates).toEqual([{ file: "am/t/a.tmpl", text: FILES["am/t/a.tmpl"] }]);
    expect(config.settings.receivers.map(({ name }) => name)).toEqual(["team", "lead"]);
  });

  it("has escalation, cooldown, links and integrations of AWS beside it", () => {
    const config = alertingOf(
      headgate(`  publicUrl: https://alerts.example
  linkSecret: env:LINKS
  escalation: [{match: ['severity="page"'], after: 15m, to: lead}]
  cooldown: [{for: 1h}]
  keepEvents: 0
  receivers: {team: {eventbridge: [{bus: ops, detailType: alert}], sqs: [{queueUrl: "https://sqs.example/1/q"}]}}
`).replace("keepEvents: 0", 'keepEvents: "0"'),
    );
    expect(config).toMatchObject({
      publicUrl: "https://alerts.example",
      linkSecret: "env:LINKS",
      escalation: [{ match: [{ name: "severity", op: "=", value: "page" }], afterMs: 900_000, to: "lead" }],
      cooldown: [{ match: [], by: ["alertname", "service"], forMs: 3_600_000 }],
      keepEventsMs: 0,
    });
    expect(
      config.settings.receivers[0]?.integrations.map(({ id, settings }) => [
        id,
        settings["bus"] ?? settings["queue_url"],
      ]),
    ).toEqual([
      ["webhook[0]", undefined],
      ["eventbridge[0]", "ops"],
      ["sqs[0]", "https://sqs.example/1/q"],
    ]);
  });

  it("faults carry the file, its line and column, wherever they lie", () => {
    expect(linesOf(headgate(), {})).toEqual([
      'headgate.yaml:3:17 alerting.alertmanager: there is no such file (found "am/alertmanager.yml"; allowed: a path relative to the configuration)',
    ]);
    const broken = { ...FILES, "am/alertmanager.yml": "route: {receiver: x}\nreceivers:\n- nme: x\n" };
    expect(linesOf(headgate(), broken)).toEqual(['am/alertmanager.yml:3:3 receivers[0].nme: unknown key "nme"']);
    expect(linesOf(headgate(), { ...FILES, "am/t/a.tmpl": "{{ end }}" })[0]).toMatch(/^am\/t\/a\.tmpl:1/);
    const wrong = "  escalation: [{match: ['='], after: 15m, to: nobody}]\n  receivers: {ghost: {}}\n";
    expect(linesOf(headgate(wrong)).map((line) => line.replace(/ \(.*/, ""))).toEqual([
      'headgate.yaml:4:47 alerting.escalation[0].to: receiver "nobody" is not in am/alertmanager.yml',
      "headgate.yaml:4:25 alerting.escalation[0].match[0]: bad matcher format: =",
      'headgate.yaml:5:15 alerting.receivers.ghost: receiver "ghost" is not in am/alertmanager.yml',
    ]);
    expect(linesOf(headgate("  receivers: {team: {smoke: []}}\n"))).toEqual([
      'headgate.yaml:4:22 alerting.receivers.team.smoke: unknown key "smoke"',
    ]);
  });

  it("is at fault where files cannot be read at all", () => {
    const parsed = parseConfig(headgate());
    expect(parsed.ok ? [] : parsed.faults.map(({ path, allowed }) => [path, allowed])).toEqual([
      ["alerting.alertmanager", "headgate config apply, which sends them along"],
    ]);
  });

  it("another secret is another version", () => {
    const version = (files: Readonly<Record<string, string>>) => {
      const parsed = parse(headgate(), files);
      return parsed.ok ? parsed.version : undefined;
    };
    const other = { ...FILES, "am/alertmanager.yml": ALERTMANAGER.replace("hunter2-hook", "hunter3-hook") };
    expect(version(FILES)).toMatch(/^cfg_/);
    expect(version(other)).not.toBe(version(FILES));
  });
});

describe("secrets of alertmanager.yml", () => {
  it("are masked in its text, in comments and behind anchors as well; the rest stays as it is", () => {
    const shown = redactedAlertmanagerText(ALERTMANAGER);
    expect(shown).not.toContain("hunter2");
    expect(shown).toContain("# <secret>\nglobal:\n  smtp_smarthost: mail:25\n");
    expect(shown).toContain("smtp_auth_password: &pw <secret> # not the one of old");
    expect(shown).toContain("  - routing_key: <secret>\n  slack_configs: [{channel: '#ops'}]");
    expect(shown).toContain("{username: ann, password: *pw}");
  });

  it("are not in faults, of whatever kind", () => {
    const file = (more: string): string => `route: {receiver: r}\nreceivers:\n- name: r\n${more}`;
    for (const more of [
      "  slack_configs: [{api_url: hunter2}]\n",
      "  slack_configs: [{api_url: 'https://a b/hunter2'}]\n",
      "  webhook_configs: [{url: 'https://h/%zzhunter2'}]\n",
      "  webhook_configs: [{url: 'https://h/', http_config: {bearer_token: [hunter2]}}]\n",
      "  telegram_configs: [{bot_token: a} hunter2\n",
      "  telegram_configs: [{bot_token: a, chat_id: 1, bot_token: hunter2}]\n",
    ]) {
      const lines = linesOf(headgate(), { ...FILES, "am/alertmanager.yml": file(more) });
      expect(lines.length, more).toBeGreaterThan(0);
      expect(lines.join("\n"), more).not.toContain("hunter2");
    }
  });

  it("are masked where lines stand further left than YAML 1.2 wants them", () => {
    const left =
      "route: {receiver: r}\nreceivers: [{name: r, telegram_configs: [{bot_token: hunter2,\nchat_id: 1}]}]\n";
    expect(linesOf(headgate(), { ...FILES, "am/alertmanager.yml": left })).toEqual([]);
    expect(redactedAlertmanagerText(left)).not.toContain("hunter2");
    expect(redactedAlertmanagerText(left)).toContain("chat_id: 1");
  });

  it("a text that is no YAML is not shown", () => {
    expect(redactedAlertmanagerText("a: [hunter2")).toBe("<secret>");
  });

  it("never leave the API: not in the configuration in force, a plan, nor what apply answers", async () => {
    const { get, post } = await world({ config: "" });
    const body = { text: headgate(), files: FILES };
    const answers: string[] = [];
    const keep = async (response: Promise<Response> | Response): Promise<Answer> => {
      const text = await (await response).text();
      answers.push(text);
      return JSON.parse(text);
    };
    const plan = await keep(post("/api/v1/config/plan", body));
    expect(plan.changes.map(({ path }: { path: string }) => path)).toContain("alerting");
    const applied = await keep(post("/api/v1/config/apply", body));
    expect(applied.unchanged).toBe(false);
    const view = await keep(get("/api/v1/config"));
    expect(view.version).toBe(applied.version);
    expect(view.files["am/alertmanager.yml"]).toBe(redactedAlertmanagerText(ALERTMANAGER));
    expect(view.config.alerting.settings.receivers[0].integrations[0].settings.url).toBe("<secret>");
    const other = { ...FILES, "am/alertmanager.yml": ALERTMANAGER.replace("hunter2-hook", "hunter3-hook") };
    const changed = await keep(post("/api/v1/config/plan", { ...body, files: other }));
    expect(changed.changes.map(({ path }: { path: string }) => path)).toEqual(["alerting.settings.receivers"]);
    expect(answers.filter((text) => /hunter[23]/.test(text))).toEqual([]);
  });
});
