import { describe, expect, it } from "vitest";
import { appendRows } from "../../functions/alerting/group-rows.ts";
import { rerouteAll } from "../../functions/alerting/reroute.ts";
import { expireSilence, putSilence } from "../../functions/alerting/silence-store.ts";
import { newRow } from "../../shared/core/alerting/merge.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { alert, liveWorld, SIMPLE, shape, TENANT } from "./live-kit.ts";

/** A world with a configuration in force. */
async function world(alertmanager = SIMPLE, section = "") {
  const made = liveWorld();
  await made.apply(alertmanager, section);
  return { ...made, start: made.clock.now() };
}

const silence = (name: string, value: string, from: number, to: number, more: object = {}) => ({
  matcherSets: [[{ name, op: "=" as const, value }]],
  startsAt: from,
  endsAt: to,
  createdBy: "ana",
  comment: "deploy",
  annotations: {},
  ...more,
});

describe("alert groups live", () => {
  it("tells a group after group_wait, with everything that came until then, and answers posts without sending", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    w.clock.advance(3 * SECOND_MS);
    await w.post(alert("Down", { instance: "b" }), alert("Slow", { instance: "c" }));
    expect(w.told).toEqual([]);
    await w.until(w.start + 30 * SECOND_MS);
    expect(w.told.map((one) => [one.at - w.start, shape(one), one.reason])).toEqual([
      [10_000, "firing a b", "first notification"],
      [13_000, "firing c", "first notification"],
    ]);
  });

  it("flushes a group at once when the alert that forms it is older than group_wait", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }, { startsAt: w.start - MINUTE_MS }));
    await w.until(w.start);
    expect(w.told.map(shape)).toEqual(["firing a"]);
  });

  it("tells of news at the next whole interval from the first flush, of nothing without news, and repeats on a tick", async () => {
    const w = await world();
    const far = { endsAt: w.start + 24 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far));
    await w.until(w.start + 95 * SECOND_MS);
    await w.post(alert("Down", { instance: "b" }, far));
    await w.until(w.start + 6 * HOUR_MS);
    expect(w.told.map((one) => [(one.at - w.start) / SECOND_MS, one.reason])).toEqual([
      [10, "first notification"],
      [130, "new alerts added"],
      // 130 s + 4 h is not past the repeat interval yet, the tick after it is.
      [130 + 4 * 3_600 + 60, "repeat interval elapsed"],
    ]);
  });

  it("tells of the end, lets go of the alerts, forgets the group in time, and forms it anew with a wait of its own", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    await w.until(w.start + 20 * SECOND_MS);
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() }));
    await w.until(w.start + 71 * SECOND_MS);
    expect(w.told.map(shape)).toEqual(["firing a", "resolved a"]);
    expect(await w.count("alerting-more")).toBe(0);
    const again = w.clock.now();
    await w.post(alert("Down", { instance: "a" }));
    await w.until(again + 20 * SECOND_MS);
    expect(w.told.at(-1)?.at).toBe(again + 10 * SECOND_MS);
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() }));
    await w.until(again + 2 * MINUTE_MS + 31 * MINUTE_MS);
    expect(await w.count("alerting-base")).toBe(0);
    await w.until(again + 20 * 24 * HOUR_MS);
    expect(await w.groups()).toEqual([]);
  });

  it("never tells of an alert that was over before anybody was told", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() }));
    await w.until(w.start + HOUR_MS);
    expect(w.told).toEqual([]);
  });

  it("takes an alert for over when its end passes without news", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    await w.until(w.start + 10 * MINUTE_MS);
    expect(w.told.map((one) => [(one.at - w.start) / SECOND_MS, shape(one)])).toEqual([
      [10, "firing a"],
      [310, "resolved a"],
    ]);
  });

  it("sends once when many flush the same group at the same moment", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    w.clock.advance(10 * SECOND_MS);
    const [{ key } = { key: { subject: "" } }] = await w.groups();
    await Promise.all(Array.from({ length: 8 }, () => w.flush(key.subject)));
    expect(w.told.map(shape)).toEqual(["firing a"]);
  });

  it("loses no alert of many posts that come while the group is flushed and emptied", async () => {
    const w = await world(SIMPLE.replace("group_wait: 10s", "group_wait: 0s").replace("1m", "1s"));
    const one = async (n: number) => {
      await w.post(alert("Down", { instance: `i${n}` }, { startsAt: w.start, endsAt: w.start + HOUR_MS }));
      await w.sweep();
      await w.post(alert("Down", { instance: `i${n}` }, { startsAt: w.start, endsAt: w.clock.now() }));
      w.clock.advance(100);
      await w.sweep();
    };
    for (let n = 0; n < 60; n += 4) await Promise.all([0, 1, 2, 3].map((k) => one(n + k)));
    await w.until(w.start + MINUTE_MS);
    const last = new Map(w.told.flatMap(({ alerts }) => alerts.map((one) => [one.labels["instance"], one.status])));
    // Whoever was told that an alert fires was told that it is over.
    expect([...last.values()].every((status) => status === "resolved")).toBe(true);
    expect(last.size).toBeGreaterThan(20);
    expect(await w.count("alerting-more")).toBe(0);
  });

  it("packs many small posts into one and keeps what they said", async () => {
    const w = await world();
    for (let n = 0; n < 80; n += 1)
      await w.post(alert("Down", { instance: `i${n % 10}` }, { endsAt: w.start + HOUR_MS }));
    expect(await w.count("alerting-more")).toBe(80);
    await w.until(w.start + 20 * SECOND_MS);
    expect(await w.count("alerting-more")).toBe(0);
    expect(w.told[0]?.alerts).toHaveLength(10);
  });

  it("does not tell of an inhibited alert, and does once the other one is over", async () => {
    const rules =
      'inhibit_rules:\n- source_matchers: [alertname="Dark"]\n  target_matchers: [alertname="Down"]\n  equal: [site]\n';
    const w = await world(SIMPLE + rules);
    const far = { endsAt: w.start + HOUR_MS };
    await w.post(alert("Dark", { site: "x", instance: "s" }, { endsAt: w.start + 5 * MINUTE_MS }));
    await w.post(alert("Down", { site: "x", instance: "a" }, far), alert("Down", { site: "y", instance: "b" }, far));
    await w.until(w.start + 10 * MINUTE_MS);
    expect(w.told.map((one) => [(one.at - w.start) / SECOND_MS, shape(one)])).toEqual([
      [10, "firing s"],
      [10, "firing b"],
      [310, "resolved s"],
      [310, "firing a b"],
    ]);
  });

  it("does not tell of a silenced alert from the moment the silence is made until it is ended", async () => {
    const w = await world();
    const made = await putSilence(w.runtime, TENANT, silence("instance", "a", w.start, w.start + HOUR_MS));
    const far = { endsAt: w.start + 3 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far), alert("Down", { instance: "b" }, far));
    await w.until(w.start + 10 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing b"]);
    await expireSilence(w.runtime, TENANT, made.ok ? made.id : "");
    await w.until(w.start + 12 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing b", "firing a b"]);
  });

  it("ends a silence that lasts until its alerts are resolved, and tells a receiver before one ends", async () => {
    const w = await world();
    const until = await putSilence(
      w.runtime,
      TENANT,
      silence("instance", "a", w.start, w.start + 8 * HOUR_MS, { untilResolved: true }),
    );
    await putSilence(
      w.runtime,
      TENANT,
      silence("instance", "z", w.start, w.start + HOUR_MS, { remind: { beforeMs: 10 * MINUTE_MS, receiver: "web" } }),
    );
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.start + 5 * MINUTE_MS }));
    await w.until(w.start + 20 * MINUTE_MS);
    const kept = (await w.base.store.list(TENANT, "alerting-silence")).items.map(
      ({ state }) => (state as unknown as { silence: { id: string; endsAt: number } }).silence,
    );
    const ended = kept.find(({ id }) => until.ok && id === until.id);
    expect(ended?.endsAt).toBeLessThanOrEqual(w.start + 7 * MINUTE_MS);
    expect(w.told).toEqual([]);
    await w.until(w.start + 2 * HOUR_MS);
    expect(w.told.map((one) => [one.at - w.start, one.alerts[0]?.labels["alertname"]])).toEqual([
      [50 * MINUTE_MS, "SilenceEndsSoon"],
    ]);
  });

  it("holds an alert back in a cooldown that one like it has started", async () => {
    const text = SIMPLE.replace("[alertname]", "[alertname, instance]");
    const w = await world(text, "  cooldown: [{ by: [alertname, service], for: 30m }]\n");
    const far = { endsAt: w.start + 3 * HOUR_MS };
    await w.post(alert("Down", { service: "shop", instance: "a" }, far));
    await w.until(w.start + MINUTE_MS);
    await w.post(
      alert("Down", { service: "shop", instance: "b" }, far),
      alert("Down", { service: "pay", instance: "c" }, far),
    );
    await w.until(w.start + 20 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a", "firing c"]);
    await w.until(w.start + 45 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a", "firing c", "firing b"]);
  });

  it("tries the same notification with the same key until it is taken, and another one later with another", async () => {
    const w = await world();
    let tries = 0;
    w.answers.next = () => ((tries += 1) < 4 ? { ok: false, retry: true, detail: "503" } : { ok: true, detail: "200" });
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.start + 9 * HOUR_MS }));
    await w.until(w.start + MINUTE_MS);
    expect(new Set(w.told.map(({ key }) => key)).size).toBe(1);
    expect(w.told).toHaveLength(4);
    await w.until(w.start + 5 * HOUR_MS);
    expect(new Set(w.told.map(({ key }) => key)).size).toBe(2);
  });

  it("gives a notification up that is refused for good, and tells of it again at the next flush with the same key", async () => {
    const w = await world();
    w.answers.next = () =>
      w.told.length === 1 ? { ok: false, retry: false, detail: "404" } : { ok: true, detail: "200" };
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.start + HOUR_MS }));
    await w.until(w.start + 30 * MINUTE_MS);
    expect(w.told.map((one) => (one.at - w.start) / SECOND_MS)).toEqual([10, 70]);
    expect(new Set(w.told.map(({ key }) => key)).size).toBe(1);
  });

  it("forms groups anew when the configuration changes, flushes what is old at once, and tells nobody twice", async () => {
    const w = await world();
    const far = { startsAt: w.start, endsAt: w.start + 9 * HOUR_MS };
    await w.post(alert("Down", { instance: "a", team: "x" }, far), alert("Slow", { instance: "b", team: "y" }, far));
    await w.until(w.start + 2 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a", "firing b"]);
    // The same tree with another route before it, which takes one of the two groups.
    await w.apply(
      SIMPLE.replace("receivers:", "  routes:\n  - matchers: [team=y]\n    receiver: other\nreceivers:").concat(
        "- name: other\n  webhook_configs:\n  - url: http://127.0.0.1:2/\n",
      ),
    );
    await w.reroute();
    await w.until(w.start + 3 * MINUTE_MS);
    expect(w.told.map((one) => [one.receiver, shape(one)])).toEqual([
      ["web", "firing a"],
      ["web", "firing b"],
      ["other", "firing b"],
    ]);
    const groups = await w.groups();
    expect(groups).toHaveLength(2);
  });

  it("finds an alert that was posted by the former tree while its group was formed anew", async () => {
    const w = await world();
    const far = { startsAt: w.start, endsAt: w.start + 9 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far));
    await w.until(w.start + MINUTE_MS);
    // The other tree groups by instance, so that the former group is no more.
    await w.apply(SIMPLE.replace("[alertname]", "[instance]"));
    const [group] = await w.groups();
    const subject = group?.key.subject ?? "";
    const { remove } = w.base.store;
    let late = false;
    const store = {
      ...w.base.store,
      remove: async (key: Parameters<typeof remove>[0], version: number) => {
        if (key.noun === "alerting" && !late) {
          late = true;
          const now = w.clock.now();
          await appendRows(w.base, TENANT, subject, "row_late", [
            newRow({ labels: { alertname: "Down", instance: "b" }, annotations: {}, ...far }, now, HOUR_MS),
          ]);
        }
        return remove(key, version);
      },
    };
    await rerouteAll({ ...w.runtime, store }, TENANT);
    await w.until(w.start + 3 * MINUTE_MS);
    expect(late).toBe(true);
    expect(w.told.slice(1).map(shape).sort()).toEqual(["firing a", "firing b"]);
    expect(await w.groups()).toHaveLength(2);
  });
});
