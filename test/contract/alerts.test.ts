import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alertmanagerAlerts } from "../../shared/edge/alertmanager-alerts.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { type AlertmanagerWire, alertmanagerWire } from "../fakes/alertmanager-wire.ts";
import { alertsContract } from "./alerts.ts";

const http = httpClient({ allowLocal: true });
/** Waits are noted, not waited. */
const patient = () => {
  const waits: number[] = [];
  return { waits, sleep: async (ms: number) => void waits.push(ms), random: () => 0.5 };
};

alertsContract("Alertmanager on the wire fake", async () => {
  const wire = await alertmanagerWire();
  const { sleep, random } = patient();
  return {
    alerts: alertmanagerAlerts({ http, receivers: async () => [`${wire.endpoint}/api/v2/alerts`], sleep, random }),
    held: async () => wire.held(),
    breakDown: () => wire.close(),
    close: () => wire.close(),
  };
});

describe("Alertmanagers, beyond the contract", () => {
  const one = { labels: { alertname: "A" }, annotations: {}, startsAt: 1_700_000_000_000 };
  let wires: AlertmanagerWire[];
  beforeEach(async () => {
    wires = [await alertmanagerWire(), await alertmanagerWire()];
  });
  afterEach(async () => void (await Promise.all(wires.map((wire) => wire.close()))));
  const [first, second] = [0, 1].map((index) => () => wires[index] as AlertmanagerWire) as [
    () => AlertmanagerWire,
    () => AlertmanagerWire,
  ];

  const sender = (given: { receivers?: readonly string[]; timeoutMs?: number } = {}) => {
    const warnings: string[] = [];
    const { waits, sleep, random } = patient();
    const { receivers = wires.map((wire) => `${wire.endpoint}/prefix/api/v2/alerts`), ...more } = given;
    const warn = (message: string) => void warnings.push(message);
    const alerts = alertmanagerAlerts({ http, receivers: async () => receivers, sleep, random, warn, ...more });
    return { send: () => alerts.send("default", [one]), alerts, warnings, waits };
  };

  test("all receivers are told, each at its own path, each once", async () => {
    await sender({ receivers: [...wires, ...wires].map((wire) => `${wire.endpoint}/am/api/v2/alerts`) }).send();
    for (const wire of wires) expect(wire.seen.map(({ url }) => url.pathname)).toEqual(["/am/api/v2/alerts"]);
  });

  test("the alert is the JSON of API v2: RFC 3339 instants, no end while it fires", async () => {
    await sender().send();
    expect(JSON.parse(first().seen[0]?.body ?? "")).toEqual([
      { labels: { alertname: "A" }, annotations: {}, startsAt: "2023-11-14T22:13:20.000Z" },
    ]);
  });

  test("one that takes them is enough, and the other one is told of", async () => {
    await second().close();
    const { send, warnings } = sender();
    await send();
    expect(first().held()).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining("ECONNREFUSED")]);
  });

  test("600 alerts are three requests a receiver", async () => {
    const many = Array.from({ length: 600 }, (_, index) => ({ ...one, labels: { alertname: `A${index}` } }));
    await sender().alerts.send("default", many);
    expect(first().seen.map(({ body }) => JSON.parse(body).length)).toEqual([256, 256, 88]);
  });

  test.each([500, 503, 429])("%i is tried again with growing waits, three times in all", async (status) => {
    for (const wire of wires) wire.inject({ status, body: "no" }, 10);
    const { send, waits } = sender({ receivers: [`${first().endpoint}/api/v2/alerts`] });
    await expect(send()).rejects.toMatchObject({ code: "alerts.unavailable", retryable: true });
    expect([first().seen.length, waits]).toEqual([3, [200, 400]]);
  });

  test("a failure that passes is not noticed", async () => {
    first().inject({ status: 200, drop: "at once" });
    first().inject({ status: 502 });
    await sender({ receivers: [`${first().endpoint}/api/v2/alerts`] }).send();
    expect([first().seen.length, first().held().length]).toEqual([3, 1]);
  });

  test.each([400, 401, 404, 302])("%i is final: asking again would not help", async (status) => {
    first().inject({ status, body: "the reason" }, 10);
    await expect(sender({ receivers: [`${first().endpoint}/api/v2/alerts`] }).send()).rejects.toMatchObject({
      message: expect.stringContaining(`answered ${status}: the reason`),
    });
    expect(first().seen).toHaveLength(1);
  });

  test("a receiver that hangs is given up on, and keeps nobody else waiting for more", async () => {
    second().inject({ status: 200, hang: true }, 10);
    const { send, warnings } = sender({ timeoutMs: 40 });
    await send();
    expect(first().held()).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining("did not answer within 40 ms")]);
  });

  test("a receiver that hangs is asked once, then not for half a minute: fifty rules do not wait for it one after the other", async () => {
    first().inject({ status: 200, hang: true }, 10);
    let now = 0;
    const { sleep, random, waits } = patient();
    const alerts = alertmanagerAlerts({
      http,
      receivers: async () => [`${first().endpoint}/api/v2/alerts`],
      sleep,
      random,
      timeoutMs: 40,
      elapsed: () => now,
    });
    for (let rule = 0; rule < 50; rule++) {
      await expect(alerts.send("default", [one])).rejects.toMatchObject({
        code: "alerts.unavailable",
        message: expect.stringContaining("did not answer within 40 ms"),
      });
    }
    expect([first().seen.length, waits]).toEqual([1, []]);
    now = 30_000;
    first().inject({ status: 200 }, 1);
    await expect(alerts.send("default", [one])).rejects.toThrow();
    expect(first().seen).toHaveLength(2);
  });

  test("a receiver inside the machine is refused where that is not allowed, and is not tried again", async () => {
    const { sleep, random, waits } = patient();
    const outward = alertmanagerAlerts({
      http: httpClient({ allowLocal: false }),
      receivers: async () => [`${first().endpoint}/api/v2/alerts`],
      sleep,
      random,
    });
    await expect(outward.send("default", [one])).rejects.toMatchObject({
      code: "alerts.unavailable",
      message: expect.stringContaining("may not be reached"),
    });
    expect([first().seen, waits]).toEqual([[], []]);
  });

  test("without receivers nothing is sent and nothing is wrong", async () => {
    await sender({ receivers: [] }).send();
    expect(first().seen).toEqual([]);
  });
});
