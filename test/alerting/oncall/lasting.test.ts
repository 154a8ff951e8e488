import { describe, expect, it } from "vitest";
import { acknowledge } from "../../../functions/alerting/acknowledge.ts";
import { withOncall } from "../../../functions/alerting/context.ts";
import { addOverride } from "../../../functions/alerting/oncall-change.ts";
import { oncallView } from "../../../functions/alerting/oncall-view.ts";
import { replayAlerts } from "../../../shared/core/alerting/engine.ts";
import { validatePosted } from "../../../shared/core/alerting/merge.ts";
import type { AlertingConfig } from "../../../shared/core/alerting/types.ts";
import { HOUR_MS, MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import { alert, configOf, liveWorld, SIMPLE, TENANT } from "../live-kit.ts";
import { ALERTMANAGER, ONCALL, oncallWorld, pages } from "./oncall-kit.ts";

const far = { endsAt: 1_767_651_200_000 + 1000 * HOUR_MS };
/** Fewer ticks, and an entry of the log that runs out after 2 h. */
const SLOW = ALERTMANAGER.replace("group_interval: 1m", "group_interval: 10m").replace(
  "repeat_interval: 4h",
  "repeat_interval: 1h",
);

async function slowWorld(section = ONCALL, alertmanager = SLOW) {
  const w = await oncallWorld(undefined, section);
  await w.apply(alertmanager, section);
  const start = w.clock.now();
  const group = async () => (await w.groups()).find(({ state }) => (state as { status?: string }).status === "open");
  const ack = async () =>
    acknowledge(w.runtime, TENANT, { group: (await group())?.key.subject as string, by: "ann", comment: "" });
  const change = async (to: string, other = section) => {
    await w.apply(to, other);
    await w.reroute();
  };
  return { ...w, start, ack, change, state: async () => (await group())?.state as Record<string, unknown> | undefined };
}

const ONE_LEVEL = ONCALL.replace("      - { to: [second], after: 5m }\n", "")
  .replace("      - { to: [boss, desk], after: 10m }\n", "")
  .replace("      repeat: 1\n      again: 15m\n", "");

describe("an alert that lasts longer than the log remembers", () => {
  it("ends for everybody who was told, also for who has long gone home", async () => {
    const w = await slowWorld(ONE_LEVEL);
    await w.post(alert("Down", {}, far));
    await w.until(w.start + 12 * HOUR_MS);
    const before = w.told.length;
    expect(w.told.filter(({ receiver, at }) => receiver === "ann" && at > w.start + 2 * HOUR_MS)).toEqual([]);
    await w.post(alert("Down", {}, { endsAt: w.clock.now() }));
    await w.until(w.start + 12.5 * HOUR_MS);
    expect(
      w.told
        .slice(before)
        .map(({ receiver, reason }) => `${receiver} ${reason}`)
        .sort(),
    ).toEqual(["ann all alerts resolved", "bob all alerts resolved"]);
  });

  it("stays acknowledged: nobody is paged for what is no news", async () => {
    const w = await slowWorld();
    await w.post(alert("Down", {}, far));
    await w.until(w.start + 2 * MINUTE_MS);
    await w.ack();
    await w.until(w.start + 9 * HOUR_MS);
    expect(pages(w.told, w.start)).toEqual(["0 ann first notification"]);
    expect(await w.state()).toMatchObject({ ack: { by: "ann" } });
  });

  it("stays acknowledged for a receiver of Alertmanager's own kind as well, which is told of the end", async () => {
    const w = liveWorld();
    const start = w.clock.now();
    await w.apply(SIMPLE.replace("group_interval: 1m", "group_interval: 10m").replace("interval: 4h", "interval: 1h"));
    await w.post(alert("Down", {}, { endsAt: start + 5 * HOUR_MS }));
    await w.until(start + 2 * MINUTE_MS);
    await acknowledge(w.runtime, TENANT, {
      group: (await w.groups())[0]?.key.subject as string,
      by: "ann",
      comment: "",
    });
    await w.until(start + 5.5 * HOUR_MS);
    expect(w.told.map(({ reason }) => reason)).toEqual(["first notification", "all alerts resolved"]);
  });
});

describe("a change of alertmanager.yml", () => {
  const routed = (routes: string, to = ALERTMANAGER) =>
    to.replace("group_by: [alertname]", `group_by: [alertname]\n  routes:\n${routes}`);
  const DOWN = '  - { receiver: "oncall:prod", matchers: [alertname="Down"] }';
  const other = '  - { receiver: desk, matchers: [alertname="Other"] }\n';

  it("that puts a route before a group's own keeps its acknowledgement", async () => {
    const w = await slowWorld(ONCALL, routed(DOWN));
    await w.post(alert("Down", {}, far));
    await w.until(w.start + 2 * MINUTE_MS);
    await w.ack();
    await w.change(routed(other + DOWN));
    await w.until(w.start + 40 * MINUTE_MS);
    expect(await w.state()).toMatchObject({ ack: { by: "ann" } });
    expect(pages(w.told, w.start)).toEqual(["0 ann first notification"]);
  });

  it("and its place on the ladder: levels are told when they would have been", async () => {
    const w = await slowWorld(ONCALL, routed(DOWN));
    await w.post(alert("Down", {}, far));
    await w.until(w.start + 6 * MINUTE_MS);
    await w.change(routed(other + DOWN));
    await w.until(w.start + 20 * MINUTE_MS);
    expect(pages(w.told, w.start)).toEqual([
      "0 ann first notification",
      "300 cyd escalated",
      "900 lead escalated",
      "900 desk escalated",
    ]);
  });

  it("that leads to another escalation begins at that one's first level", async () => {
    const section = ONCALL.replace(
      "    prod:",
      "    stage:\n      levels: [{ to: [desk] }, { to: [boss], after: 5m }]\n    prod:",
    );
    const with2 = ALERTMANAGER.replace("- name: oncall:prod", "- name: oncall:stage\n- name: oncall:prod");
    const w = await slowWorld(section, with2);
    await w.post(alert("Down", {}, far));
    await w.until(w.start + 6 * MINUTE_MS);
    await w.change(with2.replace("receiver: oncall:prod", "receiver: oncall:stage"));
    await w.until(w.start + 12 * MINUTE_MS);
    expect(pages(w.told, w.start).slice(2)).toEqual(["360 desk first notification", "660 lead escalated"]);
  });
});

it("an override by hand of somebody who is no longer there leaves the layers in force, and is warned of", async () => {
  const warned: string[] = [];
  const w = await oncallWorld(({ telemetry }) => ({
    telemetry: { ...telemetry, log: (level: string, text: string) => void warned.push(`${level} ${text}`) },
  }));
  const start = w.clock.now();
  await addOverride(w.runtime, TENANT, "primary", { person: "cyd", for: "8h", why: "", by: "ann" });
  const without = ONCALL.replace("bob: {}, cyd: {}", "bob: {}").replace("people: [cyd]", "people: [bob]");
  await w.apply(ALERTMANAGER, without);
  const { person } = (await oncallView(w.runtime, TENANT)).schedules[0] ?? {};
  await w.post(alert("Down", {}, far));
  await w.until(start + MINUTE_MS);
  expect([person, pages(w.told, start)]).toEqual(["ann", ["0 ann first notification"]]);
  expect(warned).toContain("warn an override does not hold: cyd, who stands in for primary, is none of oncall.people");
});

it("a cooldown holds repeats to people on call back as well", async () => {
  const w = await slowWorld(`  cooldown: [{ match: ['alertname="Down"'], for: 90m }]\n${ONE_LEVEL}`);
  await w.post(alert("Down", {}, far));
  await w.until(w.start + 75 * MINUTE_MS);
  expect(pages(w.told, w.start)).toEqual(["0 ann first notification"]);
});

it("a pager that is down does not put off the next level", async () => {
  const w = await slowWorld(ONCALL.replace("[second], after: 5m", "[second], after: 1m"));
  w.answers.next = ({ receiver }) =>
    receiver === "ann" ? { ok: false, retry: true, detail: "503" } : { ok: true, detail: "200" };
  await w.post(alert("Down", {}, far));
  await w.until(w.start + 5 * MINUTE_MS);
  const [first] = w.told.filter(({ receiver }) => receiver === "cyd");
  expect(w.told.length).toBeGreaterThan(10);
  // A try that was begun is told to its end.
  expect((first?.at ?? Number.NaN) - w.start).toBeLessThan(1.5 * MINUTE_MS);
});

it("a replay remembers who was told as long as the alert lasts, too", async () => {
  const w = await slowWorld(ONE_LEVEL);
  const ends = w.start + 12 * HOUR_MS;
  const posted = [
    { at: w.start + 7, one: alert("Down", {}, far) },
    { at: ends, one: alert("Down", {}, { endsAt: ends }) },
  ];
  const events = posted.flatMap(({ at, one }) => {
    const read = validatePosted(one);
    return read.ok ? [{ at, alerts: [read.alert] }] : [];
  });
  const { alerting, oncall } = configOf(SLOW, ONE_LEVEL).config;
  const config = withOncall({ ...(alerting ? { alerting } : {}), ...(oncall ? { oncall } : {}) });
  const { notifications } = replayAlerts(config as AlertingConfig, events, { from: w.start, until: ends + HOUR_MS });
  const last = notifications.filter(({ reason }) => reason === "all alerts resolved");
  expect(last.map(({ receiver }) => receiver).sort()).toEqual(["ann", "bob"]);
});
