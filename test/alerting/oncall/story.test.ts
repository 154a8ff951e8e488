import { describe, expect, it } from "vitest";
import { acknowledge } from "../../../functions/alerting/acknowledge.ts";
import { withOncall } from "../../../functions/alerting/context.ts";
import { replayAlerts } from "../../../shared/core/alerting/engine.ts";
import { sentence } from "../../../shared/core/alerting/explain.ts";
import { validatePosted } from "../../../shared/core/alerting/merge.ts";
import type { AlertingConfig } from "../../../shared/core/alerting/types.ts";
import { HOUR_MS, MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import { alert, configOf, TENANT } from "../live-kit.ts";
import { ALERTMANAGER, ONCALL, oncallWorld, pages } from "./oncall-kit.ts";

const far = { endsAt: 1_767_651_200_000 + 1000 * HOUR_MS };

describe("a page that nobody acknowledges", () => {
  it("goes from level to level, begins anew as often as it may, and then only repeats", async () => {
    const w = await oncallWorld();
    const start = w.clock.now();
    await w.post(alert("Down", {}, far));
    await w.until(start + 2 * HOUR_MS);
    // 22:13 UTC is 23:13 in Berlin: second is covered again since 23:00. bob takes over at midnight UTC, after the last level.
    expect(pages(w.told, start)).toEqual([
      "0 ann first notification",
      "300 cyd escalated",
      "900 lead escalated",
      "900 desk escalated",
      "1800 ann escalated",
      "2100 cyd escalated",
      "2700 lead escalated",
      "2700 desk escalated",
      // Whoever takes over hears of what nobody has taken.
      "6420 bob first notification",
    ]);
  });

  it("stops with an acknowledgement, goes on when that is withdrawn, and who was told is told of the end", async () => {
    const w = await oncallWorld();
    const start = w.clock.now();
    await w.post(alert("Down", {}, far));
    await w.until(start + 6 * MINUTE_MS);
    const [group] = await w.groups();
    const subject = group?.key.subject as string;
    await acknowledge(w.runtime, TENANT, { group: subject, by: "cyd", comment: "on it" });
    await w.until(start + 30 * MINUTE_MS);
    expect(pages(w.told, start)).toEqual(["0 ann first notification", "300 cyd escalated"]);
    await w.post(alert("Down", {}, { endsAt: w.clock.now() }));
    await w.until(start + 32 * MINUTE_MS);
    expect(pages(w.told, start).slice(2)).toEqual(["1860 ann all alerts resolved", "1860 cyd all alerts resolved"]);
    // Another incident begins with the first level.
    await w.post(alert("Down", {}, far));
    await w.until(start + 33 * MINUTE_MS);
    expect(pages(w.told, start).slice(4)).toEqual(["1920 ann first notification"]);
  });

  it("tells new alerts to the levels it has reached, and does not begin anew for them", async () => {
    const w = await oncallWorld();
    const start = w.clock.now();
    await w.post(alert("Down", { instance: "a" }, far));
    await w.until(start + 6 * MINUTE_MS);
    await w.post(alert("Down", { instance: "b" }, far));
    await w.until(start + 16 * MINUTE_MS);
    expect(pages(w.told, start)).toEqual([
      "0 ann first notification",
      "300 cyd escalated",
      "420 ann new alerts added",
      "420 cyd new alerts added",
      "900 lead escalated",
      "900 desk escalated",
    ]);
  });

  it("begins anew where something new fires after an acknowledgement", async () => {
    const w = await oncallWorld();
    const start = w.clock.now();
    await w.post(alert("Down", { instance: "a" }, far));
    await w.until(start + 6 * MINUTE_MS);
    const [group] = await w.groups();
    await acknowledge(w.runtime, TENANT, { group: group?.key.subject as string, by: "ann", comment: "" });
    await w.post(alert("Down", { instance: "b" }, far));
    await w.until(start + 13 * MINUTE_MS);
    expect(pages(w.told, start).slice(2)).toEqual(["420 ann new alerts added", "720 cyd escalated"]);
  });
});

describe("a level that leads to nobody", () => {
  const from = Date.UTC(2026, 0, 6, 20, 30);

  it("is passed over at once, and said: in the record, the log and the metric", async () => {
    const logged: string[] = [];
    const counted: string[] = [];
    const w = await oncallWorld(({ telemetry }) => ({
      telemetry: {
        ...telemetry,
        log: (level: string, message: string) => void logged.push(`${level} ${message}`),
        count: (name: string, labels?: object) => void counted.push(`${name} ${JSON.stringify(labels)}`),
      },
    }));
    w.clock.set(from);
    await w.post(alert("Down", {}, far));
    await w.until(from + 6 * MINUTE_MS);
    expect(pages(w.told, from)).toEqual(["0 bob first notification", "300 lead escalated", "300 desk escalated"]);
    const text = "nobody at level 2 of prod: nobody is on call for second";
    expect(logged).toContain(`error ${text}`);
    expect(counted).toContain('headgate_oncall_nobody_total {"escalation":"prod","level":"2"}');
    const records = await w.records();
    expect(records.flatMap(({ trace }) => trace.map((one) => one.text))).toContain(text);
  });

  it("is held with a reason where all of them do, looked at again at each tick, and told once somebody comes", async () => {
    const section = ONCALL.replace("      - { to: [primary] }\n", "").replace(
      "      - { to: [boss, desk], after: 10m }\n",
      "",
    );
    const w = await oncallWorld(undefined, section);
    w.clock.set(from);
    await w.post(alert("Down", {}, far));
    await w.until(from + 20 * MINUTE_MS);
    const held = (await w.records()).filter(({ reason }) => reason === "held_nobody_on_call");
    // Once: that it still is so is no news.
    expect(held.map((record) => sentence(record))).toEqual([
      "Down for oncall:prod is told to nobody: nobody is on call: nobody at level 1 of prod: nobody is on call for second",
    ]);
    await w.until(from + 3 * HOUR_MS);
    // 22:00 UTC is 23:00 in Berlin.
    expect(pages(w.told, from).slice(0, 2)).toEqual(["5400 cyd first notification", "6300 cyd escalated"]);
  });

  it("is said for the next incident as well, also where the first one ended before anybody could be told", async () => {
    const section = ONCALL.replace("      - { to: [primary] }\n", "").replace(
      "      - { to: [boss, desk], after: 10m }\n",
      "",
    );
    const w = await oncallWorld(undefined, section);
    w.clock.set(from);
    for (const at of [from, from + 20 * MINUTE_MS]) {
      await w.until(at);
      await w.post(alert("Down", {}, far));
      await w.until(at + 5 * MINUTE_MS);
      await w.post(alert("Down", {}, { endsAt: w.clock.now() }));
      await w.until(at + 10 * MINUTE_MS);
    }
    const held = (await w.records()).filter(({ reason }) => reason === "held_nobody_on_call");
    expect(held).toHaveLength(2);
    expect(w.told).toEqual([]);
  });
});

it("a replay tells the same people at the same times", async () => {
  const w = await oncallWorld();
  const start = w.clock.now();
  const posted = [
    { at: start + 7, one: alert("Down", { instance: "a" }, far) },
    { at: start + 370_011, one: alert("Down", { instance: "b" }, far) },
    { at: start + 4_000_013, one: alert("Down", { instance: "a" }, { endsAt: start + 4_000_000 }) },
  ];
  const events = [];
  for (const { at, one } of posted) {
    await w.until(at);
    await w.post(one);
    const read = validatePosted(one);
    if (read.ok) events.push({ at, alerts: [read.alert] });
  }
  const until = start + 3 * HOUR_MS;
  await w.until(until);
  const { alerting, oncall } = configOf(ALERTMANAGER, ONCALL).config;
  const config = withOncall({ ...(alerting ? { alerting } : {}), ...(oncall ? { oncall } : {}) });
  const replayed = replayAlerts(config as AlertingConfig, events, { from: start, until }).notifications;
  const foretold = replayed.map(({ at, receiver, reason }) => `${(at - start) / 1_000} ${receiver} ${reason}`);
  expect(foretold.sort()).toEqual([...pages(w.told, start)].sort());
  expect(foretold.length).toBeGreaterThan(8);
});

it("a person who is meant in two ways is told once", async () => {
  const both = ONCALL.replace("- { to: [primary] }", "- { to: [primary, ann, desk] }");
  const w = await oncallWorld(undefined, both);
  const start = w.clock.now();
  await w.post(alert("Down", {}, far));
  await w.until(start + MINUTE_MS);
  expect(pages(w.told, start)).toEqual(["0 ann first notification", "0 desk first notification"]);
});

it("a receiver of that name without a section oncall is what it is to Alertmanager: a receiver", async () => {
  const plain = ALERTMANAGER.replace(
    "- name: oncall:prod\n",
    "- name: oncall:prod\n  webhook_configs: [{ url: 'http://127.0.0.1:1/' }]\n",
  );
  const w = await oncallWorld(undefined, "");
  await w.apply(plain);
  await w.post(alert("Down", {}, far));
  await w.until(w.clock.now() + MINUTE_MS);
  expect(w.told.map(({ receiver }) => receiver)).toEqual(["oncall:prod"]);
});
