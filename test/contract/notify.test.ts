import { expect, test } from "vitest";
import { notification, sender } from "../alerting/notify-kit.ts";
import { httpWire } from "../fakes/http-wire.ts";
import { notifyContract } from "./notify.ts";

const json = (value: unknown) => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const keys = { sigv4: { region: "eu-central-1", access_key: "AKID", secret_key: "hidden-secret-key" } };

notifyContract({
  type: "webhook",
  settings: (base) => ({ url: `${base}/hook/hidden-token?key=hidden-query` }),
  keyOf: ({ headers }) => headers["idempotency-key"],
});
notifyContract({ type: "slack", settings: (base) => ({ api_url: `${base}/services/hidden-token` }) });
notifyContract({
  type: "pagerduty",
  settings: (base) => ({ url: `${base}/v2/enqueue`, routing_key: "hidden-routing-key" }),
  retries429: true,
});
notifyContract({
  type: "opsgenie",
  settings: (base) => ({ api_url: `${base}/`, api_key: "hidden-api-key", update_alerts: true }),
  requests: 3,
  retries429: true,
});
notifyContract({ type: "msteamsv2", settings: (base) => ({ webhook_url: `${base}/workflows/hidden-token` }) });
notifyContract({ type: "discord", settings: (base) => ({ webhook_url: `${base}/api/webhooks/1/hidden-token` }) });
notifyContract({
  type: "telegram",
  settings: (base) => ({ api_url: base, bot_token: "1:hidden-bot-token", chat_id: -5, message: "x" }),
  well: json({ ok: true, result: { message_id: 1 } }),
  retriesAll: true,
});
notifyContract({
  type: "sns",
  settings: (base) => ({ ...keys, api_url: base, topic_arn: "arn:aws:sns:eu-central-1:1:t.fifo", message: "x" }),
  keyOf: ({ body }) => new URLSearchParams(body).get("MessageDeduplicationId"),
  ignoresRedirects: true,
});
notifyContract({
  type: "eventbridge",
  settings: () => ({ bus: "alerts" }),
  well: json({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] }),
  aws: true,
  keyOf: ({ body }) => JSON.parse(JSON.parse(body).Entries[0].Detail).idempotencyKey,
  ignoresRedirects: true,
});
notifyContract({
  type: "sqs",
  settings: (base) => ({ queueUrl: `${base}/1/queue.fifo`, region: "eu-central-1" }),
  well: json({ MessageId: "1" }),
  keyOf: ({ body }) => JSON.parse(body).MessageDeduplicationId,
  ignoresRedirects: true,
});

test("what is read only is told apart, not sent", async () => {
  const own = sender();
  for (const type of [
    "pushover",
    "victorops",
    "wechat",
    "webex",
    "msteams",
    "jira",
    "rocketchat",
    "mattermost",
    "incidentio",
  ])
    expect(await own.send("acme", notification(type, {}))).toMatchObject({
      ok: false,
      retry: false,
      detail: expect.stringContaining(`${type} is read and checked, but Headgate does not send to it`),
    });
});

test("a deployed sender reaches neither this machine nor what leads to it", async () => {
  const wire = await httpWire(() => ({ status: 200 }));
  const own = sender({ http: { allowLocal: false } });
  const { port } = new URL(wire.endpoint);
  for (const host of ["127.0.0.1", "localhost", "[::1]", "0x7f.1"]) {
    const url = `http://${host}:${port}/hook`;
    expect(await own.send("acme", notification("webhook", { url }))).toMatchObject({ ok: false, retry: false });
    const mail = { smarthost: `${host.replace("0x7f.1", "127.0.0.1")}:${port}`, from: "a@x.org", to: "b@x.org" };
    expect(await own.send("acme", notification("email", mail))).toMatchObject({ ok: false, retry: false });
  }
  expect(wire.seen).toEqual([]);
  own.close();
  await wire.close();
});
