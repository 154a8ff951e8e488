import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { emitYaml } from "../../shared/core/alerting/settings/emit.ts";
import { shownSettings } from "../../shared/core/alerting/settings/redact.ts";
import { readText, settingsOf } from "./settings-kit.ts";

const scalar = (value: string): string => emitYaml({ entries: [{ key: "k", value }] });
const reads = (yaml: string): unknown => parseDocument(yaml, { version: "1.1" }).toJS();

describe("a text as yaml.v2 prints it", () => {
  it.each([
    ["plain", "k: plain\n"],
    ["", 'k: ""\n'],
    ["yes", 'k: "yes"\n'],
    ["1.5", 'k: "1.5"\n'],
    ["0x10", 'k: "0x10"\n'],
    ["~", 'k: "~"\n'],
    ["12:30:45", 'k: "12:30:45"\n'],
    ["2026-01-01", 'k: "2026-01-01"\n'],
    ["a: b", "k: 'a: b'\n"],
    ["it's #1", "k: it's #1\n".replace("it's #1", "'it''s #1'")],
    ["{{ .x }}", "k: '{{ .x }}'\n"],
    [" lead", "k: ' lead'\n"],
    ["<secret>", "k: <secret>\n"],
    ["tab\t", 'k: "tab\\t"\n'],
    ["é", "k: é\n"],
    ["😀", 'k: "\\U0001F600"\n'],
    ["a\nb", "k: |-\n  a\n  b\n"],
    ["a\n\nb\n", "k: |\n  a\n\n  b\n"],
    [" a\n", "k: |2\n   a\n"],
    ["a\n\n", "k: |+\n  a\n\n"],
  ])("%j", (value, expected) => {
    expect(scalar(value)).toBe(expected);
    expect(reads(expected)).toEqual({ k: value });
  });

  it("folds lines past 80 columns at a single space", () => {
    const words = Array.from({ length: 30 }, (_, index) => `word${index}`).join(" ");
    const [first, second] = scalar(words).split("\n");
    expect(first?.length).toBeGreaterThan(80);
    expect(second).toMatch(/^ {2}word/);
    expect(reads(scalar(words))).toEqual({ k: words });
  });

  it("reads as the same text again, whatever it is", () => {
    const unit = fc.constantFrom(
      "a",
      " ",
      "\n",
      "'",
      '"',
      ":",
      "#",
      "-",
      "é",
      "😀",
      "\t",
      "1",
      "word ",
      "{",
      ",",
      "\\",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (value) => {
        expect(reads(scalar(value))).toEqual({ k: value });
      }),
      { numRuns: 500 },
    );
  });
});

describe("the file as /api/v2/status shows it", () => {
  it("has upstream's order and defaults, and no secret", () => {
    const text = `
global: {slack_api_url: "https://hooks.example/s3cret", resolve_timeout: 36h, http_config: {proxy_url: "http://u:hunter2@p:1"}}
receivers:
- name: r
  slack_configs: [{channel: '#c', title: x}]
route:
  receiver: r
  group_by: ['...']
  routes: [{match_re: {a: x}, matchers: [b!=c], mute_time_intervals: [w], group_wait: 0s}]
time_intervals: [{name: w, time_intervals: [{weekdays: ['monday:friday'], times: [{start_time: '09:00', end_time: '17:00'}]}]}]
`;
    const { shown } = settingsOf(text);
    expect(shown).not.toMatch(/s3cret|hunter2/);
    expect(shown.slice(0, shown.indexOf("  smtp_hello"))).toBe(`global:
  resolve_timeout: 1d12h
  http_config:
    follow_redirects: true
    enable_http2: true
    proxy_url: http://u:xxxxx@p:1
`);
    expect(shown.slice(shown.indexOf("route:"), shown.indexOf("    username:"))).toBe(`route:
  receiver: r
  group_by:
  - '...'
  continue: false
  routes:
  - match_re:
      a: x
    matchers:
    - b!="c"
    mute_time_intervals:
    - w
    continue: false
    group_wait: 0s
receivers:
- name: r
  labels:
    name: r
  slack_configs:
  - send_resolved: false
    http_config:
      follow_redirects: true
      enable_http2: true
      proxy_url: http://u:xxxxx@p:1
    api_url: <secret>
    app_url: https://slack.com/api/chat.postMessage
    channel: '#c'
`);
    expect(shown.slice(shown.indexOf("templates:"))).toBe(`templates: []
time_intervals:
- name: w
  time_intervals:
  - times:
    - start_time: "09:00"
      end_time: "17:00"
    weekdays: ['monday:friday']
`);
  });

  it("is a configuration that loads again and shows the same", () => {
    const text = `
global: {opsgenie_api_key: k, victorops_api_key: v}
route: {receiver: r}
receivers:
- name: r
  opsgenie_configs: [{tags: "a, b"}]
  victorops_configs: [{routing_key: x}]
  webhook_configs: [{url: "http://x/{{ .Status }}", http_config: {basic_auth: {username: u, password: p}}}]
  pagerduty_configs: [{routing_key: k, details: {a: {b: [1, null]}}}]
`;
    const { shown } = settingsOf(text);
    expect(settingsOf(shown).shown).toBe(shown);
  });
});

describe("settings for people", () => {
  it("have <secret> wherever upstream has, also in lists, maps and addresses", () => {
    const text = `
route: {receiver: r}
receivers:
- name: r
  slack_configs: [{api_url: "http://s/s3cret"}]
  webhook_configs: [{url: "http://x/s3cret", http_config: {http_headers: {x-key: {secrets: [s3cret], values: [open]}}, proxy_url: "http://u:s3cret@p", proxy_connect_header: {a: [s3cret]}}}]
  email_configs: [{to: a, from: b, smarthost: "h:25", auth_password: s3cret, auth_secret: s3cret, tls_config: {cert: c, key: s3cret}}]
  sns_configs: [{topic_arn: t, sigv4: {access_key: a, secret_key: s3cret}}]
  telegram_configs: [{chat_id: 1, bot_token: s3cret}]
  pushover_configs: [{user_key: s3cret, token: s3cret}]
  rocketchat_configs: [{token: s3cret, token_id: s3cret}]
`;
    const integrations = settingsOf(text).receivers[0]?.integrations ?? [];
    expect(JSON.stringify(integrations).match(/s3cret/g)?.length).toBe(14);
    const shown = integrations.map(shownSettings);
    expect(JSON.stringify(shown)).not.toContain("s3cret");
    expect(JSON.stringify(shown)).toContain("open");
  });
});

describe("faults of a file", () => {
  it("show no secret, also where it stands in the wrong form or in an address that is none", () => {
    const faultsOf = (integration: string) => {
      const read = readText(`route: {receiver: r}\nreceivers:\n- name: r\n  ${integration}\n`);
      return JSON.stringify(read.ok ? "no fault" : read.faults);
    };
    for (const integration of [
      "webhook_configs: [{url: 'http://x', http_config: {http_headers: {x-key: {secrets: s3cret}}}}]",
      "webhook_configs: [{url: 'http://x', http_config: {proxy_connect_header: {a: s3cret}}}]",
      "webhook_configs: [{url: 'http://x', http_config: {proxy_url: 'http://u:s3cret@[::1'}}]",
      "webhook_configs: [{url: 'http://x', http_config: {authorization: {credentials: [s3cret]}}}]",
      "webhook_configs: [{url: 'http://u:s3cret@h:port/s3cret'}]",
      "discord_configs: [{webhook_url: 'ftp://h/s3cret'}]",
      "pagerduty_configs: [{routing_key: {a: s3cret}}]",
      "slack_configs: [{channel: c, api_url: '://s3cret'}]",
    ]) {
      const told = faultsOf(integration);
      expect(told, integration).toContain('"path"');
      expect(told, integration).not.toContain("s3cret");
    }
  });
});
