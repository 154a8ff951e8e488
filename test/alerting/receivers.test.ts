import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileTemplates } from "../../shared/core/alerting/templates/compile.ts";
import type { Notification } from "../../shared/core/ports/notify.ts";
import { type HttpAnswer, type HttpSeen, type HttpWire, httpWire } from "../fakes/http-wire.ts";
import { alert, notification, sender } from "./notify-kit.ts";

const compiled = compileTemplates([
  { file: "own.tmpl", text: '{{ define "own" }}{{ .Status }}:{{ len .Alerts }}{{ end }}' },
]);
const templates = compiled.ok ? compiled.templates : undefined;
const GROUP = createHash("sha256").update('{}:{alertname="Down"}').digest("hex");

let wire: HttpWire;
let answer: HttpAnswer;
let own: ReturnType<typeof sender>;
let seen: HttpSeen[];
beforeAll(async () => {
  wire = await httpWire((request) => {
    seen.push(request);
    return answer;
  });
  if (!templates) throw new Error("the templates do not compile");
  own = sender({ templatesOf: async () => templates });
});
beforeEach(() => {
  seen = [];
  answer = { status: 200, body: "ok" };
});
afterAll(async () => {
  own.close();
  await wire.close();
});

const send = (type: string, settings: Readonly<Record<string, unknown>>, more: Partial<Notification> = {}) =>
  own.send("acme", notification(type, settings, more));
const sentJson = () => JSON.parse(seen[0]?.body ?? "null");
const firing = alert({ labels: { alertname: "Down", instance: "a", zone: "<1>" }, generatorUrl: "http://p/g?a=1&b" });
const resolved = alert({
  fingerprint: "fedcba9876543210",
  labels: { alertname: "Down", instance: "b" },
  annotations: {},
  status: "resolved",
});
const links = { ack: "https://h.example/ack?t=1&u", silence: "https://h.example/silence?t=2" };

describe("webhook", () => {
  const url = () => `${wire.endpoint}/hook`;

  test("has the body of version 4, byte for byte", async () => {
    const routeLabels = { owner: "db" };
    await send("webhook", { url: url() }, { receiver: "team.a+b", alerts: [firing, resolved], routeLabels });
    expect(seen[0]?.headers["content-type"]).toBe("application/json");
    expect(seen[0]?.body).toBe(
      String.raw`{"receiver":"team\\.a\\+b","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Down","instance":"a","zone":"\u003c1\u003e"},"annotations":{"summary":"it is down"},"startsAt":"2023-11-14T22:13:20Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://p/g?a=1\u0026b","fingerprint":"0123456789abcdef"},{"status":"resolved","labels":{"alertname":"Down","instance":"b"},"annotations":{},"startsAt":"2023-11-14T22:13:20Z","endsAt":"2023-11-14T22:14:20Z","generatorURL":"","fingerprint":"fedcba9876543210"}],"notification_reason":"first notification","groupLabels":{"alertname":"Down"},"commonLabels":{"alertname":"Down"},"commonAnnotations":{},"routeLabels":{"owner":"db"},"externalURL":"http://headgate.example","version":"4","groupKey":"{}:{alertname=\"Down\"}","truncatedAlerts":0}` +
        "\n",
    );
  });

  test.each([
    [1_700_000_000_000, "2023-11-14T22:13:20Z"],
    [1_700_000_000_100, "2023-11-14T22:13:20.1Z"],
    [1_700_000_000_123, "2023-11-14T22:13:20.123Z"],
    [1_699_999_200_000, "2023-11-14T22:00:00Z"],
  ])("prints the instant %d as Go does", async (startsAt, text) => {
    await send("webhook", { url: url() }, { alerts: [alert({ startsAt })] });
    expect(sentJson().alerts[0].startsAt).toBe(text);
  });

  test("cuts to max_alerts and counts the rest; status and what is common are those of the alerts it shows", async () => {
    await send("webhook", { url: url(), max_alerts: 1 }, { alerts: [resolved, firing, firing], truncated: 7 });
    expect(sentJson()).toMatchObject({ status: "resolved", truncatedAlerts: 9, commonLabels: { instance: "b" } });
    await send("webhook", { url: url(), max_alerts: 0 }, { alerts: [resolved, firing] });
    expect(JSON.parse(seen[1]?.body ?? "")).toMatchObject({ status: "firing", truncatedAlerts: 0 });
  });

  test("has a payload of one's own whose texts become what they read as", async () => {
    const payload = {
      count: "{{ .Alerts | len }}",
      "{{ .Status }}": ["yes", "0x1f", "1_000", "1.5e3", "2020-01-02", "12:30", "", "null", "plain text", 4, true],
      list: "{{ .Alerts | toJson }}",
      map: "a: {{ .Status }}",
      broken: "{{ .Status }}: [",
      quoted: '"1"',
      own: '{{ template "own" . }}',
    };
    await send("webhook", { url: url(), payload, max_alerts: 2 }, { alerts: [firing, resolved, firing] });
    expect(sentJson()).toMatchObject({
      count: 2,
      firing: [true, 31, 1000, 1500, "2020-01-02", "12:30", null, null, "plain text", 4, true],
      list: [{ fingerprint: "0123456789abcdef" }, { fingerprint: "fedcba9876543210" }],
      map: { a: "firing" },
      broken: "firing: [",
      quoted: '"1"',
      own: "firing:2",
    });
    expect(Object.keys(sentJson())).toEqual(["broken", "count", "firing", "list", "map", "own", "quoted"]);
  });

  test("goes where its template leads, and nowhere when that is nowhere or broken", async () => {
    await send("webhook", { url: `${wire.endpoint}/{{ .GroupLabels.alertname }}?s={{ .Status }}` });
    expect(seen[0]?.url.href).toBe("http://127.0.0.1/Down?s=firing");
    for (const wrong of ["{{ .CommonLabels.none }}", "{{ .Nope }}", "{{ end }}", "not an address", "ftp://x.example/"])
      expect(await send("webhook", { url: wrong })).toMatchObject({ ok: false, retry: false });
  });

  test("shows nothing of its address, before and after it is rendered", async () => {
    const secret = `${wire.endpoint}/hidden-token/{{ .GroupLabels.alertname }}-hidden-too?k=hidden-{{ .Status }}`;
    answer = { status: 400, body: "no /hidden-token/Down-hidden-too?k=hidden-firing, Down-hidden-too" };
    for (const url of [secret, `${secret}{{ .Nope }}`, `${secret}{{ end }}`, `${secret}{{ template "none" }}`]) {
      const outcome = await send("webhook", { url });
      expect(outcome).toMatchObject({ ok: false, retry: false });
      expect(outcome.detail).not.toContain("hidden");
    }
  });

  test("is cut off after its own timeout", async () => {
    answer = { status: 200, hang: true };
    const outcome = await send("webhook", { url: url(), timeout: 40 });
    expect(outcome).toMatchObject({ ok: false, retry: true, detail: expect.stringContaining("within 40 ms") });
  });

  test("is broken off when the caller has enough", async () => {
    answer = { status: 200, hang: true };
    const stop = new AbortController();
    const outcome = own.send("acme", notification("webhook", { url: url() }), stop.signal);
    stop.abort();
    expect(await outcome).toMatchObject({ ok: false, retry: true });
    expect(await own.send("acme", notification("webhook", { url: url() }), stop.signal)).toMatchObject({ ok: false });
  });
});

describe("Slack", () => {
  const settings = () => ({
    api_url: `${wire.endpoint}/api/chat.postMessage`,
    channel: "#{{ .Status }}",
    title: '{{ template "slack.default.title" . }}',
    color: '{{ template "slack.default.color" . }}',
    fields: [
      { title: "a", value: "{{ .Status }}", short: false },
      { title: "b", value: "c" },
    ],
    short_fields: true,
  });
  const said = (body: unknown, type = "application/json; charset=utf-8"): HttpAnswer => ({
    status: 200,
    headers: { "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

  test("has one attachment, in upstream's order of members", async () => {
    await send("slack", settings());
    expect(seen[0]?.body).toBe(
      '{"channel":"#firing","attachments":[{"title":"[FIRING:1] Down (a)","text":"","fallback":"","callback_id":"",' +
        '"fields":[{"title":"a","value":"firing","short":false},{"title":"b","value":"c","short":true}],' +
        '"footer":"","color":"danger","mrkdwn_in":["fallback","pretext","text"]}]}\n',
    );
  });

  test("has buttons to acknowledge and to silence only with links and while it fires", async () => {
    await send("slack", settings(), { links });
    expect(sentJson().attachments[0].actions).toEqual([
      { type: "button", text: "Acknowledge", url: links.ack },
      { type: "button", text: "Silence", url: links.silence },
    ]);
    await send("slack", settings(), { links, alerts: [resolved] });
    expect(JSON.parse(seen[1]?.body ?? "").attachments[0].actions).toBeUndefined();
  });

  test("changes its earlier message where update_message is set, and remembers it", async () => {
    answer = said({ ok: true, ts: "17.5", channel: "C9" });
    const updating = { ...settings(), update_message: true };
    const first = await send("slack", updating);
    expect(first).toMatchObject({ ok: true, store: { threadTs: "17.5", channelId: "C9" } });
    await send("slack", updating, first.ok && first.store ? { store: first.store } : {});
    expect(seen.map(({ url }) => url.pathname)).toEqual(["/api/chat.postMessage", "/api/chat.update"]);
    expect(JSON.parse(seen[1]?.body ?? "")).toMatchObject({ ts: "17.5", channel: "C9" });
    await send("slack", settings(), { store: { threadTs: "17.5", channelId: "C9" } });
    expect(seen[2]?.url.pathname).toBe("/api/chat.postMessage");
  });

  test.each([
    [said({ ok: false, error: "channel_not_found" }), false, "channel_not_found"],
    [said("{"), true, "could not read"],
    [said("no_text", "text/html"), false, "no_text"],
    [said("ok", "text/html"), undefined, "delivered"],
    [said({ ok: true }), undefined, "delivered"],
  ])("reads 200 with %j for what it says", async (given, retry, detail) => {
    answer = given;
    const outcome = await send("slack", settings());
    expect(outcome).toMatchObject(retry === undefined ? { ok: true } : { ok: false, retry });
    expect(outcome.detail).toContain(detail);
  });

  test("proves itself with an app's token", async () => {
    await send("slack", { app_url: `${wire.endpoint}/api/chat.postMessage`, app_token: "xoxb-secret" });
    expect(seen[0]?.headers.authorization).toBe("Bearer xoxb-secret");
  });
});

describe("PagerDuty", () => {
  const settings = () => ({
    url: `${wire.endpoint}/v2/enqueue`,
    routing_key: "rk",
    client: "me",
    description: "{{ .Status }}",
  });

  test("triggers and resolves one incident per group", async () => {
    await send("pagerduty", settings(), { alerts: [firing] });
    await send("pagerduty", settings(), { alerts: [resolved] });
    expect(seen.map(({ body }) => JSON.parse(body))).toMatchObject([
      { event_action: "trigger", dedup_key: GROUP, routing_key: "rk" },
      { event_action: "resolve", dedup_key: GROUP, routing_key: "rk" },
    ]);
  });

  test("tells source, severity and details with their defaults", async () => {
    await send(
      "pagerduty",
      { ...settings(), details: { extra: { n: "{{ .Alerts | len }}" } } },
      { alerts: [firing, resolved] },
    );
    expect(sentJson().payload).toMatchObject({
      summary: "firing",
      source: "me",
      severity: "error",
      custom_details: { num_firing: 1, num_resolved: 1, extra: { n: 1 + 1 }, firing: [{ status: "firing" }] },
    });
  });

  test("leaves details out rather than be refused for its size", async () => {
    const big = alert({ annotations: { text: "x".repeat(600_000) } });
    expect(await send("pagerduty", settings(), { alerts: [big] })).toMatchObject({ ok: true });
    expect(sentJson().payload.custom_details).toEqual({ error: expect.stringContaining("512KB") });
    expect(seen[0]?.body.length).toBeLessThan(2_000);
  });

  test("says what a 400 says, and nothing is sent without a key", async () => {
    answer = {
      status: 400,
      body: '{"status":"invalid event","message":"Event object is invalid","errors":["bad key","b"]}',
    };
    const outcome = await send("pagerduty", settings());
    expect(outcome).toMatchObject({ ok: false, retry: false });
    expect(outcome.detail).toBe("unexpected status code 400: Event object is invalid: bad key,b");
    expect(await send("pagerduty", { ...settings(), routing_key: "{{ .CommonLabels.none }}" })).toMatchObject({
      ok: false,
      retry: false,
      detail: "routing key cannot be empty",
    });
  });
});

describe("Opsgenie", () => {
  const settings = () => ({
    api_url: `${wire.endpoint}/`,
    api_key: "k",
    message: "m",
    source: "s",
    update_alerts: true,
  });
  const alias = "?identifierType=alias";

  test("creates, then changes message and description under the same alias", async () => {
    await send("opsgenie", { ...settings(), description: "d", tags: "a,,b", details: { x: "{{ .Status }}" } });
    expect(seen.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      "POST /v2/alerts",
      `PUT /v2/alerts/${GROUP}/message${alias}`,
      `PUT /v2/alerts/${GROUP}/description${alias}`,
    ]);
    expect(seen[0]?.headers.authorization).toBe("GenieKey k");
    expect(sentJson()).toEqual({
      alias: GROUP,
      message: "m",
      description: "d",
      details: { alertname: "Down", instance: "a", x: "firing" },
      source: "s",
      tags: ["a", "b"],
    });
  });

  test("closes what is resolved", async () => {
    await send("opsgenie", settings(), { alerts: [resolved] });
    expect(seen.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      `POST /v2/alerts/${GROUP}/close${alias}`,
    ]);
    expect(seen[0]?.body).toBe('{"source":"s"}\n');
  });

  test("does not go on after a request that failed", async () => {
    answer = { status: 422, body: "no" };
    expect(await send("opsgenie", settings())).toMatchObject({ ok: false, retry: false });
    expect(seen).toHaveLength(1);
  });

  test("tells teams one by one and nobody who renders to nothing", async () => {
    const responders = [
      { name: "a,b", type: "teams" },
      { name: "{{ .CommonLabels.none }}", type: "{{ .CommonLabels.none }}" },
      { username: "u", type: "user" },
    ];
    await send("opsgenie", { ...settings(), update_alerts: false, responders });
    expect(sentJson().responders).toEqual([
      { name: "a", type: "team" },
      { name: "b", type: "team" },
      { username: "u", type: "user" },
    ]);
  });
});

describe("chat", () => {
  test("Discord is told in one embed within its limits", async () => {
    const webhook_url = `${wire.endpoint}/discord`;
    await send("discord", {
      webhook_url,
      title: "t".repeat(300),
      message: "m".repeat(5_000),
      content: "c".repeat(3_000),
    });
    const { content, embeds } = sentJson();
    expect([content.length, embeds[0].title.length, embeds[0].description.length]).toEqual([2_000, 256, 4_096]);
    expect(embeds[0].color).toBe(0x992d22);
    await send("discord", { webhook_url }, { alerts: [resolved] });
    expect(JSON.parse(seen[1]?.body ?? "").embeds[0].color).toBe(0x2ecc71);
  });

  test("Teams is told in an adaptive card, with buttons where there are links", async () => {
    await send("msteamsv2", { webhook_url: `${wire.endpoint}/t`, title: "{{ .Status }}", text: "x" }, { links });
    const card = sentJson().attachments[0];
    expect(card).toMatchObject({ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null });
    expect(card.content.body).toMatchObject([
      { text: "firing", color: "Attention" },
      { text: "x", wrap: true },
    ]);
    expect(card.content.actions.map(({ url }: { url: string }) => url)).toEqual([links.ack, links.silence]);
  });

  test("Telegram escapes HTML from alerts and never sends half of it", async () => {
    answer = { status: 200, body: '{"ok":true,"result":{}}' };
    const settings = { api_url: wire.endpoint, bot_token: "1:t", chat_id: -7, parse_mode: "HTML" };
    await send("telegram", { ...settings, message: "<b>{{ .CommonLabels.zone }}</b>" }, { alerts: [firing], links });
    expect(sentJson()).toMatchObject({
      chat_id: "-7",
      parse_mode: "HTML",
      text: expect.stringMatching(/^<b>&lt;1&gt;<\/b>\n<a href="https:\/\/h\.example\/ack\?t=1&amp;u">/),
    });
    await send("telegram", { ...settings, message: `<b>${"x".repeat(5_000)}</b>` });
    expect(JSON.parse(seen[1]?.body ?? "").text).toMatch(/message length exceeds Telegram limits/);
    await send("telegram", { ...settings, parse_mode: "", message: "y".repeat(5_000) });
    expect([...JSON.parse(seen[2]?.body ?? "").text]).toHaveLength(4_096);
  });

  test("Telegram says in its answer how long to wait", async () => {
    answer = {
      status: 429,
      body: '{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":9}}',
    };
    const settings = { api_url: wire.endpoint, bot_token: "1:t", chat_id: 7, message: "x" };
    expect(await send("telegram", settings)).toMatchObject({ ok: false, retry: true, retryAfterMs: 9_000 });
  });
});

describe("AWS", () => {
  const keys = { region: "eu-west-1", access_key: "AKID", secret_key: "sk" };

  test("SNS gets a signed query with attributes, and ids only for topics that keep order", async () => {
    const settings = {
      api_url: `${wire.endpoint}/`,
      sigv4: keys,
      message: "m (x)*",
      subject: "s",
      attributes: { b: "{{ .Status }}", a: "1" },
    };
    await send("sns", { ...settings, topic_arn: "arn:aws:sns:eu-west-1:1:t" });
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      Action: "Publish",
      Version: "2010-03-31",
      TopicArn: "arn:aws:sns:eu-west-1:1:t",
      Message: "m (x)*",
      Subject: "s",
      "MessageAttributes.entry.1.Name": "a",
      "MessageAttributes.entry.1.Value.DataType": "String",
      "MessageAttributes.entry.1.Value.StringValue": "1",
      "MessageAttributes.entry.2.Name": "b",
      "MessageAttributes.entry.2.Value.DataType": "String",
      "MessageAttributes.entry.2.Value.StringValue": "firing",
    });
    expect(seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/sns\/aws4_request, /,
    );
    await send("sns", { ...settings, topic_arn: "arn:aws:sns:eu-west-1:1:t.fifo" });
    const ordered = new URLSearchParams(seen[1]?.body);
    expect([ordered.get("MessageGroupId"), ordered.get("MessageDeduplicationId")]).toEqual([GROUP, "b0a1c2d3e4f5"]);
  });

  test("a text message to a phone is cut, and says so", async () => {
    await send("sns", { api_url: wire.endpoint, sigv4: keys, phone_number: "+49", message: "é".repeat(1_000) });
    const query = new URLSearchParams(seen[0]?.body);
    expect(query.get("Message")).toBe("é".repeat(800));
    expect(query.get("MessageAttributes.entry.1.Name")).toBe("truncated");
  });

  test("a role is taken on once, and its keys sign", async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const role = await httpWire(({ body }) =>
      body.includes("AssumeRole")
        ? {
            status: 200,
            body: `<R><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>${until}</Expiration></R>`,
          }
        : { status: 200, body: "<PublishResponse/>" },
    );
    const taking = sender({
      aws: { credentials: async () => ({ accessKeyId: "OWN", secretAccessKey: "y" }), endpoint: role.endpoint },
    });
    const settings = {
      sigv4: { region: "eu-west-1", role_arn: "arn:aws:iam::1:role/r", external_id: "e" },
      topic_arn: "t",
      message: "m",
    };
    for (const _ of [1, 2])
      expect(await taking.send("acme", notification("sns", settings))).toMatchObject({ ok: true });
    expect(role.seen.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1])).toEqual([
      "OWN",
      "ASIA1",
      "ASIA1",
    ]);
    expect(role.seen[1]?.headers["x-amz-security-token"]).toBe("tok");
    taking.close();
    await role.close();
  });

  test("an event that EventBridge did not take is not delivered, and a storm fits into one", async () => {
    const bus = sender({
      aws: {
        credentials: async () => ({ accessKeyId: "A", secretAccessKey: "B" }),
        region: "eu-west-1",
        endpoint: wire.endpoint,
      },
    });
    answer = {
      status: 200,
      body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"x"}]}',
    };
    expect(await bus.send("acme", notification("eventbridge", { bus: "b" }))).toMatchObject({ ok: false, retry: true });
    answer = { status: 200, body: '{"FailedEntryCount":0,"Entries":[{}]}' };
    const storm = Array.from({ length: 3_000 }, (_, index) =>
      alert({ labels: { alertname: "Down", instance: `host-${index}` } }),
    );
    expect(await bus.send("acme", notification("eventbridge", { bus: "b" }, { alerts: storm }))).toMatchObject({
      ok: true,
    });
    expect(seen[1]?.body.length).toBeLessThan(256_000);
    const detail = JSON.parse(JSON.parse(seen[1]?.body ?? "").Entries[0].Detail);
    expect(detail.alerts.length + detail.truncatedAlerts).toBe(3_000);
    expect(detail.alerts.length).toBeGreaterThan(300);
    bus.close();
  });
});
