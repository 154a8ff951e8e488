import type { AddressInfo, Server } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprintOf } from "../../shared/core/alerting/fingerprint.ts";
import { readAlertmanagerFile } from "../../shared/core/alerting/settings/read.ts";
import { compileTemplates } from "../../shared/core/alerting/templates/compile.ts";
import type { NotifiedAlert } from "../../shared/core/ports/notify.ts";
import { notify } from "../../shared/edge/notify/notify.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import { readYaml } from "../../shared/shell/yaml-document.ts";
import { type HttpSeen, type HttpWire, httpWire } from "../fakes/http-wire.ts";
import { type Alertmanager, absent, type PostedAlert, startAlertmanager } from "./alertmanager.ts";

const SKIPPED = absent();
const LONG = "x".repeat(3_000) + "é😀".repeat(1_000);
const EXTERNAL = "http://alerts.example.org";

const configuration = (base: string, mail: string) => `
global: { smtp_smarthost: "${mail}", smtp_from: "Alerts <am@x.org>", smtp_require_tls: false }
route:
  receiver: "team.a+b"
  group_by: [alertname]
  group_wait: 300ms
  group_interval: 1s
  labels: { owner: "t {{ .GroupLabels.alertname }}" }
receivers:
- name: "team.a+b"
  webhook_configs:
  - url: ${base}/w0?a={{ .Status }}
    max_alerts: 2
  - url: ${base}/w1
    max_alerts: 1
    payload: { num: "{{ .Alerts | len }}", text: "{{ .CommonLabels.alertname }}: bad", list: ["yes", "{{ .Status }}", 3, 1.5, true, "0x10", "1_000", "2020-01-02", "", "a: {{.Status}}", "- 1"], "{{ .Status }}": { all: "{{ .Alerts | toJson }}", z: null } }
  slack_configs:
  - api_url: ${base}/slack/T0/B0
    channel: "#c-{{ .Status }}"
    send_resolved: true
    fields: [{title: "T {{ .Status }}", value: "v", short: true}, {title: b, value: c}]
    actions: [{type: button, text: "go <b>", url: "http://x/{{ .Status }}"}, {type: button, text: t, name: n, value: v, confirm: {text: sure, title: tt}}]
    image_url: "http://i"
    link_names: true
    message_text: "hi & bye"
    title: "${LONG}"
  - { api_url: "${base}/slack/default", send_resolved: true }
  pagerduty_configs:
  - routing_key: rk-123456
    url: ${base}/pd
    details: { a: { b: "{{ .Alerts | len }}" }, firing: "F{{ .Alerts.Firing | len }}" }
    images: [{src: "http://i", alt: a}, {src: ""}]
    links: [{href: "http://l/{{ .Status }}", text: t}]
    class: c
    component: k
    group: g
    description: "${LONG}"
  - { routing_key: rk-2, url: "${base}/pd2" }
  opsgenie_configs:
  - api_key: "key {{ .Status }}"
    api_url: ${base}/og
    update_alerts: true
    details: { d: "{{ .Status }}" }
    responders: [{name: "a,b,,c", type: teams}, {id: "{{ .CommonLabels.nope }}", type: user}, {username: u, type: user}]
    tags: "x, y,,z"
    actions: "act"
    note: n
    priority: P1
    entity: e
    message: "${LONG}"
  discord_configs:
  - { webhook_url: "${base}/discord", title: "${LONG}", message: "${LONG}${LONG}", content: c, username: u, avatar_url: "http://a" }
  - { webhook_url: "${base}/discord2" }
  telegram_configs:
  - { bot_token: "123:a", api_url: "${base}/tg", chat_id: -100, message_thread_id: 7, disable_notifications: true }
  - { bot_token: "123:b", api_url: "${base}/tg", chat_id: 5, parse_mode: "", message: "${LONG}" }
  - { bot_token: "123:c", api_url: "${base}/tg", chat_id: 5, message: "<b>${LONG}" }
  msteamsv2_configs:
  - { webhook_url: "${base}/teams" }
  sns_configs:
  - api_url: ${base}/sns
    topic_arn: arn:aws:sns:us-east-1:1:topic.fifo
    sigv4: { region: us-east-1, access_key: AK, secret_key: SK }
    attributes: { key: "v {{ .Status }}" }
  email_configs:
  - to: "a@x.org, \\"B, C\\" <b@x.org>"
    send_resolved: true
    text: "plain {{ .Status }} ümläut = ok \\t \\nlast line ${"word ".repeat(30)}  "
    headers: { Subject: "S ü {{ .Status }} ${"long subject with ünicode ".repeat(4)}", X-Foo: "bar" }
    threading: { enabled: true, thread_by_date: daily }
  - { to: "d@x.org", send_resolved: true }
`;
/** Requests over HTTP of one notification to all of these: Opsgenie's are three while it fires and one then. */
const REQUESTS = { firing: 16, resolved: 14 };
const MAILS = 2;

interface Mail {
  readonly to: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** A mail without what is another each time: ids, dates, boundaries. */
function mailOf(to: readonly string[], text: string): Mail {
  const end = text.indexOf("\r\n\r\n");
  const boundary = /boundary="?([^"\r\n]+)/.exec(text)?.[1] ?? "none";
  const headers = text.slice(0, end).split("\r\n").sort();
  return {
    to: to.join(),
    headers: headers
      .filter((line) => !/^(message-id|date):/i.test(line))
      .map((line) => line.replace(/boundary=.*/, "boundary")),
    body: text.slice(end).replaceAll(boundary, "boundary"),
  };
}

const OWN =
  /^(user-agent|content-length|accept-encoding|connection|idempotency-key|host|amz-sdk.*|x-amz.*|authorization: AWS.*)$/;

/** A request without what names its sender, and with the parts of a form in order. */
function requestOf({ method, url, headers, body }: HttpSeen) {
  const isSns = url.pathname.startsWith("/sns");
  const kept = Object.entries(headers).filter(([name]) => !OWN.test(name) && !(isSns && name === "authorization"));
  const form = () =>
    [...new URLSearchParams(body)]
      .filter(([name]) => name !== "MessageDeduplicationId")
      .map(String)
      .sort();
  return { asked: `${method} ${url.pathname}${url.search}`, headers: kept.sort(), body: isSns ? form() : body };
}

describe.skipIf(SKIPPED !== undefined)(
  `what receivers get is what Alertmanager sends${SKIPPED ? ` (${SKIPPED})` : ""}`,
  () => {
    let wire: HttpWire;
    let seen: HttpSeen[] = [];
    let mails: Mail[] = [];
    let real: Alertmanager;
    let config: string;
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onData: (stream, { envelope }, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          mails.push(
            mailOf(
              envelope.rcptTo.map(({ address }) => address),
              Buffer.concat(parts).toString(),
            ),
          );
          done();
        });
      },
    });

    beforeAll(async () => {
      wire = await httpWire((request) => {
        seen.push(request);
        const { pathname } = request.url;
        const headers = { "content-type": pathname.startsWith("/slack") ? "application/json" : "text/xml" };
        if (pathname.startsWith("/slack"))
          return { status: 200, headers, body: '{"ok":true,"ts":"1.2","channel":"C1"}' };
        if (pathname.startsWith("/tg"))
          return { status: 200, body: '{"ok":true,"result":{"message_id":1,"chat":{"id":1},"date":1}}' };
        const published = "<PublishResponse><PublishResult><MessageId>x</MessageId></PublishResult></PublishResponse>";
        return { status: 200, headers, body: pathname.startsWith("/sns") ? published : "ok" };
      });
      await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
      const { port } = (smtp.server as unknown as Server).address() as AddressInfo;
      config = configuration(wire.endpoint, `127.0.0.1:${port}`);
      real = await startAlertmanager({ config });
    });
    afterAll(async () => {
      await real?.stop();
      await wire?.close();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    });

    /** What ours sends about the same alerts, in the same words. */
    const sendOurs = async (alerts: readonly NotifiedAlert[], like: ReturnType<typeof JSON.parse>) => {
      const yaml = readYaml(config, { maxBytes: 1_000_000, asGo: true });
      const read = yaml.ok ? readAlertmanagerFile(yaml.value, { text: config }) : yaml;
      const compiled = compileTemplates([]);
      if (!read.ok || !compiled.ok) throw new Error(JSON.stringify(read));
      const own = notify({
        templatesOf: async () => compiled.templates,
        http: { allowLocal: true },
        secrets: secrets({ env: {}, baseDir: "/" }),
        env: {},
        aws: { credentials: async () => ({ accessKeyId: "x", secretAccessKey: "y" }) },
        now: Date.now,
        version: "0",
      });
      for (const receiver of read.settings.receivers)
        for (const integration of receiver.integrations)
          expect(
            await own.send("t", {
              key: "key",
              integration,
              receiver: receiver.name,
              groupKey: like.groupKey,
              reason: like.notification_reason,
              alerts,
              groupLabels: like.groupLabels,
              routeLabels: like.routeLabels,
              flushAt: Date.now(),
              deadline: Date.now() + 10_000,
              externalUrl: EXTERNAL,
            }),
          ).toMatchObject({ ok: true });
      own.close();
    };

    const label = { alertname: "Disk <full>", zone: "ü&" };
    const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
    let posted: readonly PostedAlert[] = [];
    /** Begun just now: an older one would not wait for the others of its group. */
    const fresh = (): readonly PostedAlert[] => [
      {
        labels: { ...label, instance: "a" },
        annotations: { summary: `it's "bad" & <b>`, text: "line\nbreak ü" },
        startsAt: ago(0),
        generatorURL: "http://p/g?x=1&y=2",
      },
      { labels: { ...label, instance: "b" }, annotations: { summary: "other" }, startsAt: ago(50) },
      { labels: { ...label, instance: "c" }, startsAt: ago(23) },
    ];

    test.each([
      ["all fire", [] as readonly number[]],
      ["one is resolved", [2]],
      ["all are resolved", [0, 1]],
    ])("while %s", async (_what, ending) => {
      seen = [];
      mails = [];
      if (posted.length === 0) posted = fresh();
      posted = posted.map((one, index) => (ending.includes(index) ? { ...one, endsAt: ago(1) } : one));
      await real.post(posted);
      const wanted = posted.every(({ endsAt }) => endsAt) ? REQUESTS.resolved : REQUESTS.firing;
      await expect.poll(() => [seen.length, mails.length], { timeout: 10_000, interval: 20 }).toEqual([wanted, MAILS]);
      const theirs = { requests: seen.map(requestOf), mails };
      const like = JSON.parse(seen.find(({ url }) => url.pathname === "/w0")?.body ?? "");
      [seen, mails] = [[], []];
      await sendOurs(
        posted.map((one) => ({
          fingerprint: fingerprintOf(one.labels),
          labels: one.labels,
          annotations: one.annotations ?? {},
          startsAt: Date.parse(one.startsAt ?? ""),
          endsAt: Date.parse(one.endsAt ?? "2100-01-01"),
          updatedAt: 0,
          timeout: false,
          generatorUrl: one.generatorURL ?? "",
          status: one.endsAt ? "resolved" : "firing",
        })),
        like,
      );
      const byText = (some: readonly unknown[]) =>
        some.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      expect(byText(seen.map(requestOf))).toEqual(byText(theirs.requests));
      expect(byText(mails)).toEqual(byText(theirs.mails));
    });
  },
);
