import { describe, expect, it } from "vitest";
import { messagesOf, readText, settingsOf } from "./settings-kit.ts";

/** A file that is right but for what is given. */
const BASE = "route: {receiver: r}\nreceivers: [{name: r}]\n";
const withRoute = (route: string): string => `route: ${route}\nreceivers: [{name: r}]\ntime_intervals: [{name: w}]\n`;
const withConfig = (type: string, config: string, global = "{}"): string =>
  `global: ${global}\nroute: {receiver: r}\nreceivers: [{name: r, ${type}_configs: [${config}]}]\n`;
const integration = (type: string, config: string, global = "{}") => {
  const [one] = settingsOf(withConfig(type, config, global)).receivers[0]?.integrations ?? [];
  if (!one) throw new Error("there is none");
  return one;
};

describe("the file as a whole", () => {
  it.each([
    ["global: {}\n", ["no routes provided"]],
    ["route: {}\n", ["root route must specify a default receiver"]],
    ["route: {receiver: x}\n", ['undefined receiver "x" used in route']],
    [`${BASE}bogus: 1\n`, ['unknown key "bogus"']],
    [`route: {receiver: r}\nreceivers: [{name: r}, {name: r}]\n`, ['notification config name "r" is not unique']],
    [`route: {receiver: r}\nreceivers: [{name: r}, {}]\n`, ["missing name in receiver"]],
    [
      `route: {receiver: r}\nreceivers: [{name: r, labels: {name: x}}]\n`,
      ['receiver label "name" must match receiver name "r", got "x"'],
    ],
    [`${BASE}time_intervals: [{name: w}, {name: w}]\n`, ['time interval "w" is not unique']],
    [`${BASE}mute_time_intervals: [{name: w}]\ntime_intervals: [{name: w}]\n`, ['time interval "w" is not unique']],
    [`${BASE}time_intervals: [{}]\n`, ["missing name in time interval"]],
    [`${BASE}mute_time_intervals: [{}]\n`, ["missing name in mute time interval"]],
    [`${BASE}route: {receiver: r}\n`, ['duplicate key "route"']],
  ])("refuses %j", (text, messages) => {
    expect(messagesOf(text)).toEqual(messages);
  });

  it("finds every fault at once, each at its place", () => {
    const read = readText(
      "route:\n  receiver: r\n  group_interval: 0s\n  routes:\n  - matchers: ['=']\n    recever: x\nreceivers: [{name: r}]\n",
    );
    expect(read.ok ? [] : read.faults.map(({ path, line, column, message }) => [path, line, column, message])).toEqual([
      ["route.routes[0].matchers[0]", 5, 16, "bad matcher format: ="],
      ["route.routes[0].recever", 6, 5, 'unknown key "recever"'],
    ]);
    expect(messagesOf("route: {receiver: r, group_interval: 0s}\nreceivers: [{name: r}]\n")).toEqual([
      "group_interval cannot be zero",
    ]);
  });

  it("accepts a null inhibit rule, as one without conditions", () => {
    expect(settingsOf(`${BASE}inhibit_rules:\n-\n`).inhibitRules).toEqual([{ source: [], target: [], equal: [] }]);
  });

  it("reads JSON, anchors, merges, and of several documents the first", () => {
    expect(messagesOf(JSON.stringify({ route: { receiver: "r" }, receivers: [{ name: "r" }] }))).toEqual([]);
    const merged =
      "route: {receiver: r, routes: [&x {group_wait: 1s, receiver: r}, {<<: *x, group_wait: 2s}]}\nreceivers: [{name: r}]\n---\nbogus: 1\n";
    expect(settingsOf(merged).route.routes.map(({ receiver, groupWaitMs }) => [receiver, groupWaitMs])).toEqual([
      ["r", 1000],
      ["r", 2000],
    ]);
  });

  it("reads lists, maps and quotes that go on further left, with faults at their own places", () => {
    const text =
      'route:\n  receiver: r\n  group_by: [a,\n  b]\n  labels: {x: "y\nz", # it\'s [\n  w: v}\n  routes:\n  - bogus: [\n  1]\n';
    const read = readText(`${text}receivers: [{name: r}]\n`);
    expect(read.ok ? [] : read.faults.map(({ line, column, message }) => [line, column, message])).toEqual([
      [9, 5, 'unknown key "bogus"'],
    ]);
    const right = settingsOf(`${text.slice(0, text.indexOf("  routes"))}receivers: [{name: r}]\n`);
    expect([right.route.groupBy, right.route.labels]).toEqual([["a", "b"], { x: "y z", w: "v" }]);
  });

  it("refuses what yaml.v2 refuses and YAML 1.2 does not", () => {
    expect(messagesOf(`${BASE}templates: [{[a]: b}]\n`)).toEqual(["a key is no text"]);
    expect(messagesOf(`${BASE}templates: ["a\u0001"]\n`)).toEqual(["not YAML: control characters are not allowed"]);
    expect(messagesOf(`${BASE}templates: [a?b]\n`)).toEqual(["not YAML: did not find expected ',' or '}'"]);
    expect(messagesOf(`${BASE}templates: [":a"]\n`)).toEqual([]);
    expect(messagesOf(`${BASE}templates: [:a]\n`).length).toBe(1);
    expect(messagesOf(`${BASE}templates:\n- a?b\n`)).toEqual([]);
  });

  it("takes bare numbers and truth values as they are written where a text is meant, and no text for a truth value", () => {
    const [child] = settingsOf(withRoute("{receiver: r, routes: [{match: {a: 1.50, b: yes, c: 0x10}}]}")).route.routes;
    expect(child?.matchers.map(({ value }) => value)).toEqual(["1.50", "yes", "0x10"]);
    expect(messagesOf(withRoute("{receiver: r, routes: [{continue: yes}, {continue: on}]}"))).toEqual([]);
    expect(messagesOf(withRoute('{receiver: r, routes: [{continue: "true"}]}'))).toEqual(["wrong type"]);
  });

  it("names sections that are checked and not acted on, and refuses them where they are wrong", () => {
    const read = readText(`${BASE}tracing: {endpoint: "x:1"}\nevent_recorder: {file_outputs: [{path: x}]}\n`);
    expect(read.ok && read.warnings.map(({ path }) => path)).toEqual(["tracing", "event_recorder"]);
    expect(messagesOf(`${BASE}tracing: {}\n`)).toEqual(["tracing endpoint must be set"]);
    expect(messagesOf(`${BASE}event_recorder: {kafka_outputs: [{brokers: [a]}]}\n`)).toEqual([
      "event_recorder kafka output requires a topic",
    ]);
  });
});

describe("routes", () => {
  it.each([
    ["{receiver: r, matchers: [a=b]}", "root route must not have any matchers"],
    ["{receiver: r, match: {a: b}}", "root route must not have any matchers"],
    ["{receiver: r, mute_time_intervals: [w]}", "root route must not have any mute time intervals"],
    ["{receiver: r, active_time_intervals: [w]}", "root route must not have any active time intervals"],
    ["{receiver: r, continue: true}", "cannot have continue in root route"],
    ["{receiver: r, routes: [{routes: [{receiver: x}]}]}", 'undefined receiver "x" used in route'],
    ["{receiver: r, routes: [{routes: [{mute_time_intervals: [x]}]}]}", 'undefined time interval "x" used in route'],
    ["{receiver: r, routes: [{active_time_intervals: [x]}]}", 'undefined time interval "x" used in route'],
    ["{receiver: r, group_by: [a, a]}", 'duplicated label "a" in group_by'],
    ["{receiver: r, group_by: ['']}", 'invalid label name "" in group_by list'],
    ["{receiver: r, group_by: [a, '...']}", "cannot have wildcard group_by (`...`) and other labels at the same time"],
    ["{receiver: r, group_interval: 0s}", "group_interval cannot be zero"],
    ["{receiver: r, repeat_interval: 0}", "repeat_interval cannot be zero"],
    ["{receiver: r, group_wait: 5}", 'not a valid duration string: "5"'],
    ["{receiver: r, group_wait: 1x}", 'unknown unit "x" in duration "1x"'],
    ["{receiver: r, labels: {'': x}}", 'invalid label name "" in route labels'],
    ["{receiver: r, routes: [{match: {é: x}}]}", 'invalid label name "é"'],
    ["{receiver: r, routes: [{match_re: {a: null}}]}", 'invalid regexp value for "a"'],
    ["{receiver: r, routes: [{match_re: {a: '['}}]}", "error parsing regexp: missing closing ]: `[)$`"],
  ])("%s is refused", (route, message) => {
    expect(messagesOf(withRoute(route))).toEqual([message]);
  });

  it("group_wait may be 0", () => {
    expect(settingsOf(withRoute("{receiver: r, group_wait: 0s}")).route.groupWaitMs).toBe(0);
  });
});

describe("an empty entry in a list of integrations", () => {
  const LOUD = [
    ...["discord", "email", "incidentio", "pagerduty", "webhook", "pushover", "victorops", "sns", "telegram"],
    ...["webex", "msteams", "msteamsv2", "jira", "mattermost"],
  ];
  it.each(LOUD)("%s has its own message", (type) => {
    expect(messagesOf(withConfig(type, "null"))).toEqual([`missing ${type} config`]);
  });

  it.each([
    ["slack", "no Slack API URL nor App token set either inline or in a file", "{slack_api_url: 'http://s'}"],
    ["opsgenie", "no global OpsGenie API Key set either inline or in a file", "{opsgenie_api_key: k}"],
    [
      "wechat",
      "no global Wechat Api Secret set either inline or in a file",
      "{wechat_api_secret: s, wechat_api_corp_id: c}",
    ],
    [
      "rocketchat",
      "no global Rocketchat TokenID set either inline or in a file",
      "{rocketchat_token: t, rocketchat_token_id: i}",
    ],
  ])(
    "%s is missing what no default gives, and is left out with a warning where all is given",
    (type, message, global) => {
      expect(messagesOf(withConfig(type, "null"))).toEqual([message]);
      const read = readText(withConfig(type, "null", global));
      expect(read.ok && read.settings.receivers[0]?.integrations).toEqual([]);
      expect(read.ok && read.warnings.some(({ message: told }) => told.startsWith(`empty ${type} config`))).toBe(true);
    },
  );
});

describe("what an integration must have and cannot have together", () => {
  it.each([
    ["webhook", "{}", "one of url or url_file must be configured"],
    ["webhook", "{url: http://x, url_file: f}", "at most one of url & url_file must be configured"],
    ["webhook", "{url: ftp://x}", 'invalid URL: unsupported scheme "ftp" for URL'],
    ["webhook", "{url: '{{ .x'}", "invalid template syntax: template: :1: unclosed action"],
    ["webhook", "{url: http://x, timeout: 5x}", "not a valid duration"],
    ["webhook", "{url: http://x, max_alerts: -1}", "wrong type or out of range"],
    ["discord", "{}", "one of webhook_url or webhook_url_file must be configured"],
    [
      "msteamsv2",
      "{webhook_url: http://x, webhook_url_file: f}",
      "at most one of webhook_url & webhook_url_file must be configured",
    ],
    ["email", "{}", "missing to address in email config"],
    ["email", "{to: a}", "no global SMTP smarthost set"],
    ["email", "{to: a, smarthost: 'h:25'}", "no global SMTP from set"],
    ["email", "{to: a, smarthost: h}", "address h: missing port in address"],
    ["email", "{to: a, smarthost: 'h:'}", 'address "h:": port cannot be empty'],
    ["email", "{to: a, headers: {subject: x, Subject: y}}", 'duplicate header "Subject" in email config'],
    ["email", "{to: a, threading: {enabled: true}}", "threading.thread_by_date must be either 'none' or 'daily'"],
    [
      "email",
      "{to: a, threading: {enabled: true, thread_by_date: daily}, headers: {references: x}}",
      "conflicting configuration: threading.enabled conflicts with custom References header",
    ],
    ["slack", "{}", "no Slack API URL nor App token set either inline or in a file"],
    ["slack", "{api_url: http://x, api_url_file: f}", "at most one of api_url & api_url_file must be configured"],
    [
      "slack",
      "{api_url: http://x, app_token: t}",
      "at most one of api_url/api_url_file & app_token/app_token_file must be configured",
    ],
    [
      "slack",
      "{api_url: http://x, update_message: true}",
      "update_message can only be used with bot tokens. api_url must be set to https://slack.com/api/chat.postMessage",
    ],
    ["slack", "{api_url: http://x, fields: [{title: a}]}", "missing value in Slack field configuration"],
    [
      "slack",
      "{api_url: http://x, actions: [{type: b, text: t}]}",
      "missing name or url in Slack action configuration",
    ],
    ["pagerduty", "{}", "missing service or routing key in PagerDuty config"],
    [
      "pagerduty",
      "{routing_key: k, routing_key_file: f}",
      "at most one of routing_key & routing_key_file must be configured",
    ],
    [
      "opsgenie",
      "{api_key: k, responders: [{type: team}]}",
      "opsGenieConfig responder {   team} has to have at least one of id, username or name specified",
    ],
    [
      "opsgenie",
      "{api_key: k, responders: [{id: a, type: Pet}]}",
      "opsGenieConfig responder {a   pet} type does not match valid options ^(team|teams|user|escalation|schedule)$",
    ],
    ["sns", "{}", "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"],
    [
      "sns",
      "{topic_arn: t, sigv4: {access_key: a}}",
      "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config",
    ],
    ["telegram", "{chat_id: 1}", "missing bot_token or bot_token_file on telegram_config"],
    ["telegram", "{bot_token: t}", "missing chat_id or chat_id_file on telegram_config"],
    [
      "telegram",
      "{bot_token: t, chat_id: 1, parse_mode: html}",
      "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string",
    ],
    ["wechat", "{api_secret: s}", "no global Wechat CorpID set"],
    ["wechat", "{message_type: html}", 'weChat message type "html" does not match valid options ^(text|markdown)$'],
    ["pushover", "{}", "one of user_key or user_key_file must be configured"],
    ["pushover", "{user_key: u, token: t, retry: 5}", 'time: missing unit in duration "5"'],
    ["victorops", "{api_key: k}", "missing Routing key in VictorOps config"],
    ["victorops", "{routing_key: r}", "no global VictorOps API Key set"],
    [
      "victorops",
      "{routing_key: r, custom_fields: {entity_id: x}}",
      "victorOps config contains custom field entity_id which cannot be used as it conflicts with the fixed/static fields",
    ],
    ["webex", "{room_id: r}", "missing webex_configs.http_config.authorization"],
    ["jira", "{project: p, issue_type: t}", "no global Jira Cloud URL set"],
    [
      "jira",
      "{project: p, issue_type: t, api_type: z}",
      "unknown api_type on jira_config, must be auto, cloud or datacenter",
    ],
    [
      "incidentio",
      "{url: http://x, http_config: {}}",
      "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured",
    ],
    ["mattermost", "{}", "missing webhook_url or webhook_url_file on mattermost_config"],
    ["rocketchat", "{token_id: i}", "no global Rocketchat Token set either inline or in a file"],
    ["webhook", "{url: http://x, bogus: 1}", 'unknown key "bogus"'],
  ])("%s %s", (type, config, message) => {
    expect(messagesOf(withConfig(type, config))).toEqual([message]);
  });

  it.each([
    ["{bearer_token: a, bearer_token_file: f}", "at most one of bearer_token & bearer_token_file must be configured"],
    [
      "{basic_auth: {username: u}, bearer_token: t}",
      "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured",
    ],
    [
      "{basic_auth: {password: p, password_file: f}}",
      "at most one of basic_auth password, password_file & password_ref must be configured",
    ],
    ["{authorization: {type: Basic}}", 'authorization type cannot be set to "basic", use "basic_auth" instead'],
    ["{authorization: {}, basic_auth: {}}", "at most one of basic_auth, oauth2 & authorization must be configured"],
    ["{oauth2: {client_id: c}}", "oauth2 token_url must be configured"],
    ["{tls_config: {ca: a, ca_file: f}}", "at most one of ca, ca_file & ca_ref must be configured"],
    [
      "{tls_config: {cert: a}}",
      "exactly one of key or key_file must be configured when a client certificate is configured",
    ],
    ["{tls_config: {min_version: TLS9}}", "unknown TLS version: TLS9"],
    [
      "{proxy_from_environment: true, proxy_url: 'http://p'}",
      "if proxy_from_environment is configured, proxy_url must not be configured",
    ],
    ["{no_proxy: x}", "if no_proxy is configured, proxy_url must also be configured"],
    [
      "{proxy_connect_header: {a: [b]}}",
      "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
    ],
    ["{http_headers: {user-agent: {values: [x]}}}", 'setting header "User-Agent" is not allowed'],
  ])("http_config %s", (http, message) => {
    expect(messagesOf(withConfig("webhook", `{url: http://x, http_config: ${http}}`))).toEqual([message]);
  });

  it.each([
    [
      "{slack_api_url: http://x, slack_api_url_file: f}",
      "at most one of slack_api_url & slack_api_url_file must be configured",
    ],
    [
      "{slack_app_token: t, slack_api_url: http://x}",
      "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured",
    ],
    [
      "{opsgenie_api_key: k, opsgenie_api_key_file: f}",
      "at most one of opsgenie_api_key & opsgenie_api_key_file must be configured",
    ],
    [
      "{smtp_auth_password: p, smtp_auth_password_file: f}",
      "at most one of smtp_auth_password & smtp_auth_password_file must be configured",
    ],
    ["{resolve_timeout: x}", 'not a valid duration string: "x"'],
  ])("global %s", (global, message) => {
    expect(messagesOf(`global: ${global}\n${BASE}`)).toEqual([message]);
  });
});

describe("what integrations inherit", () => {
  it("fills in globals, and does not where the receiver has the other form of a secret", () => {
    const global = "{smtp_smarthost: 'h:25', smtp_from: f, smtp_auth_password: gp, smtp_require_tls: no}";
    expect(integration("email", "{to: a}", global).settings).toMatchObject({
      smarthost: "h:25",
      from: "f",
      auth_password: "gp",
      hello: "localhost",
      require_tls: false,
      html: '{{ template "email.default.html" . }}',
    });
    const own = integration("email", "{to: a, auth_password_file: x, headers: {x-y: z}}", global).settings;
    expect([own["auth_password"], own["auth_password_file"], own["headers"]]).toEqual([undefined, "x", { "X-Y": "z" }]);
  });

  it("a Slack token becomes the authorization of its client, and the app's address the one posted to", () => {
    const { settings } = integration("slack", "{channel: c}", "{slack_app_token: tok}");
    expect(settings).toMatchObject({
      api_url: "https://slack.com/api/chat.postMessage",
      http_config: { authorization: { type: "Bearer", credentials: "tok" }, follow_redirects: true },
    });
    const own = integration("slack", "{api_url: http://x}", "{slack_app_token: tok}");
    expect(own.settings["app_token"]).toBeUndefined();
    const bearer = "{http_config: {authorization: {credentials: c}}, app_token: t}";
    expect(messagesOf(withConfig("slack", bearer))).toEqual([
      "http authorization can't be set when using Slack App tokens",
    ]);
  });

  it("puts a slash behind addresses, takes the bearer token as authorization, PagerDuty's own details beside the default ones", () => {
    expect(
      integration("opsgenie", "{api_key: k, api_url: 'http://o/p?q=1'}".replace("?q=1", "")).settings["api_url"],
    ).toBe("http://o/p/");
    expect(
      integration("webhook", "{url: http://x, http_config: {bearer_token: b}}").settings["http_config"],
    ).toMatchObject({
      authorization: { type: "Bearer", credentials: "b" },
    });
    expect(integration("pagerduty", "{routing_key: k, details: {firing: mine, n: 1}}").settings).toMatchObject({
      details: { firing: "mine", n: 1, num_firing: "{{ .Alerts.Firing | len }}" },
      source: '{{ template "pagerduty.default.client" . }}',
    });
  });

  it("gives durations in milliseconds, numbers and payloads as they are meant", () => {
    const config = "{url: http://x, timeout: 1500ms, max_alerts: 0x10, payload: {a: [1, yes, null, '2']}}";
    expect(integration("webhook", config).settings).toMatchObject({
      timeout: 1500,
      max_alerts: 16,
      payload: { a: [1, true, null, "2"] },
    });
    expect(integration("pushover", "{user_key: u, token: t}").settings).toMatchObject({
      retry: 60_000,
      expire: 3_600_000,
    });
  });

  it("numbers integrations as upstream does, and names those that are not sent", () => {
    const text = `route: {receiver: r}\nreceivers:\n- name: r\n  webex_configs: [{room_id: x, http_config: {authorization: {credentials: c}}}]\n  slack_configs: [{api_url: http://s}]\n  webhook_configs: [{url: http://a}, {url: http://b, send_resolved: false}]\n`;
    const read = readText(text);
    const specs = read.ok ? (read.settings.receivers[0]?.integrations ?? []) : [];
    expect(specs.map(({ id, sendResolved, sendable }) => [id, sendResolved, sendable])).toEqual([
      ["webhook[0]", true, true],
      ["webhook[1]", false, true],
      ["slack[0]", false, true],
      ["webex[0]", true, false],
    ]);
    expect(read.ok && read.warnings.map(({ path, line }) => [path, line])).toEqual([["receivers[0].webex_configs", 4]]);
    expect(read.ok && read.settings.receivers[0]?.labels).toEqual({ name: "r" });
  });
});

describe("templates", () => {
  it("are those that the patterns match, as seen from the file; nothing matched is a warning", () => {
    const text = `${BASE}templates: ['t/*.tmpl', none.tmpl]\n`;
    const read = readText(text, { "t/a.tmpl": '{{ define "x" }}y{{ end }}', "t/b.txt": "z" });
    expect(read.ok && read.settings.templates).toEqual([{ file: "t/a.tmpl", text: '{{ define "x" }}y{{ end }}' }]);
    expect(read.ok && read.warnings.map(({ path, message }) => [path, message])).toEqual([
      ["templates[1]", "matches no file"],
    ]);
  });

  it("that do not parse are faults with file and line", () => {
    const read = readText(`${BASE}templates: [a.tmpl]\n`, { "a.tmpl": "x\n{{ if }}" });
    expect(read.ok ? [] : read.faults.map(({ file, line }) => [file, line])).toEqual([["a.tmpl", 2]]);
  });
});
