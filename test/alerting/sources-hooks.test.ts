import { generateKeyPairSync, sign } from "node:crypto";
import { Hono } from "hono/tiny";
import { describe, expect, it } from "vitest";
import { takeEvent } from "../../functions/alerting/sources/take-event.ts";
import { authenticate } from "../../functions/api/access.ts";
import type { AppEnv } from "../../functions/api/context.ts";
import { hooks } from "../../functions/hooks/deferred.ts";
import { hookRoutes } from "../../functions/hooks/routes.ts";
import { hookSettings } from "../../functions/hooks/settings.ts";
import { signatureOf } from "../../functions/hooks/signed.ts";
import type { Got } from "../../shared/edge/limited-get.ts";
import { type SnsMessage, signedText, snsAddress } from "../../shared/edge/sns-message.ts";
import { selfSigned } from "../fakes/certificate.ts";
import { AT, alarmEvent, alarmMessage, compositeEvent, taskEvent } from "./source-events.ts";
import { alertingWorld } from "./sources-world.ts";

const TOPIC = "arn:aws:sns:eu-central-1:111122223333:alarms";
const CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem";
const DAY = 86_400_000;
const SECRET = "correct horse battery staple";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const strangers = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = selfSigned(keys, new Date(AT - DAY), new Date(AT + DAY));

interface Given {
  readonly Message?: string;
  readonly MessageId?: string;
  readonly TopicArn?: string;
  readonly Timestamp?: string;
  readonly SignatureVersion?: string;
  readonly SigningCertURL?: string;
  readonly Subject?: string;
}

/** A message as SNS signs it. */
function signed(given: Given = {}, key = keys.privateKey, more: object = { Type: "Notification" }): string {
  const message = {
    MessageId: "m-1",
    TopicArn: TOPIC,
    Message: JSON.stringify(alarmMessage("ALARM")),
    Timestamp: new Date(AT).toISOString(),
    SignatureVersion: "2",
    SigningCertURL: CERTIFICATE,
    Signature: "",
    ...more,
    ...given,
  } as unknown as SnsMessage;
  const digest = message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  return JSON.stringify({
    ...message,
    Signature: sign(digest, Buffer.from(signedText(message)), key).toString("base64"),
  });
}

const confirmation = (SubscribeURL: string, given: Given = {}) =>
  signed(given, keys.privateKey, { Type: "SubscriptionConfirmation", Token: "t", Message: "Confirm", SubscribeURL });

async function door(options: { readonly certificate?: Got; readonly secret?: string } = {}) {
  const w = await alertingWorld();
  const asked: string[] = [];
  const known = hookSettings({ HEADGATE_HOOK_TOPICS: TOPIC, HEADGATE_HOOK_SECRET: "env:SECRET", SECRET });
  const settings = {
    ...known,
    wallNow: w.clock.now,
    get: async (url: URL): Promise<Got> => {
      asked.push(url.href);
      return options.certificate ?? { ok: true, status: 200, text: url.pathname.endsWith(".pem") ? pem : "<ok/>" };
    },
  };
  return { w, asked, settings, ...hooks(w.runtime, "default", settings) };
}

describe("/hooks/sns", () => {
  it.each(["1", "2"])("takes an alarm whose signature (version %s) is SNS's", async (SignatureVersion) => {
    const { w, sns } = await door();
    expect(await sns(signed({ SignatureVersion, Subject: "ALARM" }))).toEqual({ accepted: 1 });
    expect(await w.alerts()).toMatchObject([{ labels: { alertname: "orders-lag", severity: "page" }, firing: true }]);
  });

  it.each<[string, () => string]>([
    ["another key's signature", () => signed({}, strangers.privateKey)],
    ["a word changed", () => signed().replace("Threshold Crossed", "Threshold crossed")],
    ["another subject", () => signed({ Subject: "a" }).replace('"Subject":"a"', '"Subject":"b"')],
    ["a topic that is not named", () => signed({ TopicArn: `${TOPIC}-of-others` })],
    ["a version there is not", () => signed({ SignatureVersion: "3" })],
    ["an hour and a second ago", () => signed({ Timestamp: new Date(AT - 3_601_000).toISOString() })],
    ["in six minutes", () => signed({ Timestamp: new Date(AT + 360_000).toISOString() })],
    ["no time", () => signed({ Timestamp: "soon" })],
  ])("refuses %s, and keeps nothing", async (_, body) => {
    const { w, sns } = await door();
    await expect(sns(body())).rejects.toMatchObject({ code: "access.forbidden" });
    expect(await w.alerts()).toEqual([]);
  });

  it.each([
    "http://sns.eu-central-1.amazonaws.com/a.pem",
    "https://sns.eu-central-1.amazonaws.com.evil.example/a.pem",
    "https://evil.example/sns.eu-central-1.amazonaws.com/a.pem",
    "https://sns.eu-central-1.amazonaws.com:8443/a.pem",
    "https://sns.eu-central-1.amazonaws.com@evil.example/a.pem",
    "https://s3.eu-central-1.amazonaws.com/a.pem",
    "https://sns.amazonaws.com/a.pem",
    "https://sns.eu-central-1.amazonaws.com/?Action=Publish&x=.pem",
    "file:///etc/a.pem",
    "nonsense",
  ])("never asks %s for a certificate", async (SigningCertURL) => {
    const { asked, sns } = await door();
    await expect(sns(signed({ SigningCertURL }))).rejects.toMatchObject({ code: "access.forbidden" });
    expect(asked).toEqual([]);
  });

  it("asks for a certificate once, and again after it could not be had", async () => {
    const { w, asked, sns, settings } = await door();
    await sns(signed());
    await sns(signed({ MessageId: "m-2" }));
    expect(asked).toEqual([CERTIFICATE]);
    let down = true;
    const flaky = hooks(w.runtime, "default", {
      ...settings,
      get: async () => (down ? { ok: false, why: "nothing listens there" } : { ok: true, status: 200, text: pem }),
    });
    await expect(flaky.sns(signed())).rejects.toMatchObject({ code: "alerts.unavailable", retryable: true });
    down = false;
    await expect(flaky.sns(signed())).resolves.toBeDefined();
  });

  it.each<[string, string, Got]>([
    ["a page", "alerts.unavailable", { ok: true, status: 200, text: "<html>" }],
    ["an error", "alerts.unavailable", { ok: true, status: 503, text: pem }],
    [
      "one of yesterday",
      "access.forbidden",
      { ok: true, status: 200, text: selfSigned(keys, new Date(AT - 2 * DAY), new Date(AT - DAY)) },
    ],
  ])("does not take a message whose certificate is %s: %s", async (_, code, certificate) => {
    const { w, sns } = await door({ certificate });
    await expect(sns(signed())).rejects.toMatchObject({ code });
    expect(await w.alerts()).toEqual([]);
  });

  it("confirms a topic that is named, at SNS itself and nowhere else", async () => {
    const { asked, sns } = await door();
    const url = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t";
    expect(await sns(confirmation(url))).toMatchObject({ accepted: 0, why: "the subscription is confirmed" });
    expect(asked).toEqual([CERTIFICATE, url]);
    await expect(sns(confirmation("https://evil.example/"))).rejects.toMatchObject({ code: "access.forbidden" });
    await expect(sns(confirmation(url, { TopicArn: `${TOPIC}2` }))).rejects.toMatchObject({ code: "access.forbidden" });
    expect(asked).toHaveLength(2);
  });

  it("takes an event that a rule of EventBridge sends to the topic", async () => {
    const { w, sns } = await door();
    expect(await sns(signed({ Message: JSON.stringify(compositeEvent("ALARM")) }))).toEqual({ accepted: 1 });
    expect(await w.alerts()).toMatchObject([{ labels: { alertname: "orders-in-trouble" } }]);
  });

  it.each([["hello"], ['{"a":1}'], ['{"AlarmName":"a","NewStateValue":"ALARM"}']])(
    "names what it does not know: %s",
    async (Message) => {
      const { sns } = await door();
      await expect(sns(signed({ Message }))).rejects.toMatchObject({ code: "input.invalid" });
    },
  );

  it("a replay of what fired, after it was over, does not fire again", async () => {
    const { w, sns } = await door();
    const fired = signed();
    await sns(fired);
    const over = alarmMessage("OK", "2026-11-22T10:20:00.000+0000");
    await sns(signed({ MessageId: "m-2", Message: JSON.stringify(over) }));
    expect(await sns(fired)).toMatchObject({ accepted: 0 });
    expect(await w.alerts()).toMatchObject([{ firing: false }]);
  });

  it("knows addresses of SNS in China too", () => {
    expect(snsAddress("https://sns.cn-north-1.amazonaws.com.cn/a.pem")).toBeDefined();
  });
});

describe("events of AWS", () => {
  const later = { state: "OK", at: "2026-11-22T10:20:00.000+0000", previous: "ALARM" } as const;
  const taken = async () => {
    const w = await alertingWorld();
    return { w, take: (event: unknown) => takeEvent(w.runtime, "default", event, {}) };
  };

  it("an alarm that is over before its beginning is told does not fire", async () => {
    const { w, take } = await taken();
    expect(await take(alarmEvent(later))).toMatchObject({ accepted: 0 });
    expect(await take(alarmEvent({ state: "ALARM" }))).toMatchObject({ accepted: 0 });
    expect(await w.alerts()).toEqual([]);
  });

  it("the same event twice is one alert", async () => {
    const { w, take } = await taken();
    expect([await take(alarmEvent({ state: "ALARM" })), await take(alarmEvent({ state: "ALARM" }))]).toMatchObject([
      { accepted: 1 },
      { accepted: 0 },
    ]);
    expect(await w.alerts()).toHaveLength(1);
  });

  it("the end of what never fired keeps nothing and opens no group", async () => {
    const { w, take } = await taken();
    await take(alarmEvent(later));
    expect((await w.store.list("default", "alerting")).items).toEqual([]);
  });

  it("beginning and end told side by side end over, whichever is first", async () => {
    for (const order of [0, 1]) {
      const { w, take } = await taken();
      const events = [alarmEvent({ state: "ALARM" }), alarmEvent(later)];
      await Promise.all((order === 0 ? events : events.reverse()).map(take));
      for (const alert of await w.alerts()) expect(alert.firing, `order ${order}`).toBe(false);
    }
  });

  it("an event that could not be kept is kept when it comes again", async () => {
    const { w, take } = await taken();
    const write = w.store.write.bind(w.store);
    let failures = 1;
    w.store.write = (key, version, next) =>
      key.noun === "alerting-more" && failures-- > 0 ? Promise.reject(new Error("away")) : write(key, version, next);
    await expect(take(alarmEvent({ state: "ALARM" }))).rejects.toThrow("away");
    expect(await take(alarmEvent({ state: "ALARM" }))).toEqual({ accepted: 1 });
    expect(await take(alarmEvent(later))).toEqual({ accepted: 1 });
    expect(await w.alerts()).toMatchObject([{ firing: false }]);
  });

  it("a task that stops without being asked to is over by itself, five minutes after the last one", async () => {
    const { w, take } = await taken();
    await take(taskEvent({}));
    expect(await w.alerts()).toMatchObject([{ labels: { alertname: "EcsTaskStopped" }, firing: true, timeout: true }]);
    w.clock.advance(5 * 60_000);
    expect(await w.alerts()).toMatchObject([{ firing: false }]);
  });

  it("what nobody knows is told in the log and harms nothing", async () => {
    const { w, take } = await taken();
    expect(await take({ hello: 1 })).toMatchObject({ accepted: 0, why: "it is no event of EventBridge" });
    expect(w.lines.join()).toContain("event refused");
  });
});

describe("the doors", () => {
  const opened = async () => {
    const { w, settings } = await door();
    const app = new Hono<AppEnv>()
      .use(authenticate({ runtime: w.runtime }))
      .route("/hooks", hookRoutes(w.runtime, "default", settings))
      .get("/api/v1/services", (c) => c.text("inside"));
    app.onError((error, c) => c.text((error as { code?: string }).code ?? "", 500));
    return { w, app };
  };

  it("want no key, as each request proves itself; what is beside them does", async () => {
    const { w, app } = await opened();
    const sns = await app.request("/hooks/sns", { method: "POST", body: signed() });
    expect([sns.status, await sns.json()]).toEqual([200, { accepted: 1 }]);
    const [at, text] = [`${AT / 1000}`, '{"event":"Lost"}'];
    const headers = {
      "x-headgate-timestamp": at,
      "x-headgate-signature": signatureOf(SECRET, at, "kafka", text),
    };
    const post = await app.request("/hooks/alerts/kafka", { method: "POST", headers, body: text });
    expect([post.status, await post.json()]).toEqual([200, { accepted: 1 }]);
    expect(await w.alerts()).toHaveLength(2);
    const bare = await app.request("/hooks/alerts/kafka", { method: "POST", body: text });
    expect(await bare.text()).toBe("access.forbidden");
    for (const path of ["/api/v1/services", "/live/hooks/sns", "/hooksy"])
      expect(await (await app.request(path)).text(), path).toBe("access.denied");
  });
});

describe("/hooks/alerts/:source", () => {
  const body = JSON.stringify({ event: "CheckpointFailed", severity: "critical" });
  const stamp = (at: number) => `${Math.floor(at / 1000)}`;
  const post = (given: { secret?: string; at?: number; source?: string; body?: string } = {}) => {
    const [source, text, timestamp] = [given.source ?? "flink", given.body ?? body, stamp(given.at ?? AT)];
    return { source, body: text, timestamp, signature: signatureOf(given.secret ?? SECRET, timestamp, source, text) };
  };

  it("takes what the shared secret signed, once", async () => {
    const { w, signed: hook } = await door();
    expect([await hook(post()), await hook(post())]).toMatchObject([{ accepted: 1 }, { accepted: 0 }]);
    expect(await w.alerts()).toMatchObject([{ labels: { alertname: "CheckpointFailed", source: "flink" } }]);
  });

  it.each([
    ["another secret", post({ secret: "guess" })],
    ["another body", { ...post(), body: body.replace("critical", "info") }],
    ["another source", { ...post(), source: "kafka" }],
    ["another time", { ...post(), timestamp: stamp(AT + 1_000) }],
    ["six minutes ago", post({ at: AT - 360_000 })],
    ["six minutes ahead", post({ at: AT + 360_000 })],
    ["no signature", { ...post(), signature: undefined }],
    ["half a signature", { ...post(), signature: "sha256=ab" }],
    ["no time", { ...post(), timestamp: undefined }],
    ["a time that is no number", { ...post(), timestamp: "1e9" }],
  ])("refuses %s, and keeps nothing", async (_, given) => {
    const { w, signed: hook } = await door();
    await expect(hook(given)).rejects.toMatchObject({ code: "access.forbidden" });
    expect(await w.alerts()).toEqual([]);
  });

  it("takes nothing where no secret is configured, and never one that stands there itself", async () => {
    const { w } = await door();
    const none = hooks(w.runtime, "default", hookSettings({}));
    await expect(none.signed(post())).rejects.toMatchObject({ code: "access.forbidden" });
    const bare = hooks(w.runtime, "default", hookSettings({ HEADGATE_HOOK_SECRET: SECRET }));
    await expect(bare.signed(post())).rejects.toThrow(/^(?!.*battery).*no reference/);
  });

  it("names what it does not know", async () => {
    const { signed: hook } = await door();
    await expect(hook(post({ body: "{" }))).rejects.toMatchObject({ code: "input.invalid" });
    await expect(hook(post({ body: '{"evnt":"x"}' }))).rejects.toMatchObject({ code: "input.invalid" });
  });
});
