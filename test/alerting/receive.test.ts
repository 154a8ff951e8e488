import { describe, expect, it } from "vitest";
import { acknowledge, comment } from "../../functions/alerting/acknowledge.ts";
import { withOwnRouting } from "../../functions/alerting/own-source.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { alert, liveWorld, SIMPLE, shape, TENANT } from "./live-kit.ts";

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: unknown) => (error instanceof HeadgateError ? error.code : String(error)),
  );

describe("taking alerts", () => {
  it("keeps the valid ones of a batch and says in upstream's words what is wrong with the others", async () => {
    const w = liveWorld();
    await w.apply(SIMPLE);
    const received = await w.post(alert("Down", { instance: "a" }), { labels: { x: "" } }, { labels: {} });
    expect(received).toEqual({
      accepted: 1,
      invalid: ["at least one label pair required", "at least one label pair required"],
    });
    await w.until(w.clock.now() + 20 * SECOND_MS);
    expect(w.told.map(shape)).toEqual(["firing a"]);
  });

  it("puts an alert into the group of each route that it matches", async () => {
    const w = liveWorld();
    await w.apply(
      SIMPLE.replace(
        "receivers:",
        "  routes:\n  - matchers: [team=x]\n    receiver: other\n    group_by: ['...']\n    continue: true\n  - receiver: web\nreceivers:",
      ).concat("- name: other\n  webhook_configs:\n  - url: http://127.0.0.1:2/\n"),
    );
    await w.post(alert("Down", { instance: "a", team: "x" }), alert("Down", { instance: "b", team: "x" }));
    await w.until(w.clock.now() + 20 * SECOND_MS);
    expect(w.told.map((one) => `${one.receiver}: ${shape(one)}`).sort()).toEqual([
      "other: firing a",
      "other: firing b",
      "web: firing a b",
    ]);
  });

  it("one integration of a receiver that hangs holds up no other, whatever the number of groups", async () => {
    const w = liveWorld();
    await w.apply(SIMPLE.replace("[alertname]", "['...']").concat("  - url: http://127.0.0.1:2/\n"));
    await w.post(...Array.from({ length: 150 }, (_, index) => alert("Down", { instance: `${index}` })));
    const hang = Promise.withResolvers<void>();
    let second = 0;
    const told = Promise.withResolvers<void>();
    w.answers.next = async ({ integration }) => {
      if (integration.id === "webhook[0]") await hang.promise;
      else if ((second += 1) === 150) told.resolve();
      return { ok: true, detail: "200" };
    };
    w.clock.advance(10 * SECOND_MS);
    const going = w.sweep();
    try {
      await told.promise;
    } finally {
      hang.resolve();
      await going;
    }
    expect(w.told).toHaveLength(300);
  });

  it("opens new groups beside the writing of their rows, so that one commit holds both", async () => {
    const begun: string[] = [];
    const ended: string[] = [];
    const w = liveWorld(({ store }) => ({
      store: {
        ...store,
        write: async (key, version, next) => {
          begun.push(`${key.noun} after ${ended.length}`);
          const written = await store.write(key, version, next);
          ended.push(key.noun);
          return written;
        },
      },
    }));
    await w.apply(SIMPLE);
    await w.post(alert("Down", { instance: "a" }));
    expect(begun.sort()).toEqual(["alerting after 0", "alerting-event after 0", "alerting-more after 0"]);
  });

  it("loses nothing where a group that was opened beside its rows is emptied before they are there", async () => {
    let held: Promise<void> | undefined;
    const w = liveWorld(({ store }) => ({
      store: {
        ...store,
        write: async (key, version, next) => {
          if (key.noun === "alerting-more") await held;
          return store.write(key, version, next);
        },
      },
    }));
    await w.apply(SIMPLE);
    const rows = Promise.withResolvers<void>();
    held = rows.promise;
    const posted = w.post(alert("Down", { instance: "a" }));
    // The rows take longer than group_wait: whoever looks in the meantime sees a group of nobody.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await w.groups()).toHaveLength(1);
    await w.until(w.clock.now() + 15 * SECOND_MS);
    expect(w.told).toEqual([]);
    rows.resolve();
    await posted;
    await w.until(w.clock.now() + MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a"]);
  });

  it("refuses what is above the stated limit as a whole, keeps what it accepted, and takes more in the next minute", async () => {
    const w = liveWorld();
    await w.apply(SIMPLE, "  limits: { alertsPerMinute: 3 }\n");
    await w.post(alert("Down", { instance: "a" }), alert("Down", { instance: "b" }));
    expect(await codeOf(w.post(alert("Down", { instance: "c" }), alert("Down", { instance: "d" })))).toBe(
      "alerts.overloaded",
    );
    await w.post(alert("Down", { instance: "e" }));
    await w.until(w.clock.now() + MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a b e"]);
    expect(await codeOf(w.post(alert("Down", { instance: "c" })))).toBe("ok");
  });

  it("says that alerting is off where the configuration has no such section", async () => {
    const w = liveWorld();
    expect(await codeOf(w.post(alert("Down")))).toBe("alerting.off");
  });

  it("keeps what was posted for replay as long as the configuration says, and nothing where it says 0", async () => {
    const w = liveWorld();
    await w.apply(SIMPLE, "  keepEvents: 1h\n");
    await w.post(alert("Down", { instance: "a" }), alert("Down", { instance: "b" }));
    const [event] = (await w.base.store.list(TENANT, "alerting-event")).items;
    expect(event?.state).toMatchObject({ at: w.clock.now(), alerts: [{ labels: { instance: "a" } }, {}] });
    w.clock.advance(HOUR_MS);
    expect(await w.count("alerting-event")).toBe(0);
    await w.apply(SIMPLE, "  keepEvents: 0s\n");
    await w.post(alert("Down"));
    expect(await w.count("alerting-event")).toBe(0);
  });

  it("takes alerts of rules and anomalies in its own process, and tells other Alertmanagers as well", async () => {
    const w = liveWorld();
    const elsewhere: number[] = [];
    const alerts = withOwnRouting(() => w.runtime, { send: async (_tenant, some) => void elsewhere.push(some.length) });
    const own = { labels: { alertname: "Down", instance: "a" }, annotations: {}, startsAt: w.clock.now() };
    await alerts.send(TENANT, [own]);
    await w.apply(SIMPLE);
    await alerts.send(TENANT, [own]);
    await w.until(w.clock.now() + 20 * SECOND_MS);
    expect([elsewhere, w.told.map(shape)]).toEqual([[1, 1], ["firing a"]]);
  });

  it("takes no alert of a rule for over because a fast clock had no time to hear of it again", async () => {
    const w = liveWorld(() => ({ speed: 600 }));
    await w.apply(SIMPLE);
    const alerts = withOwnRouting(() => w.runtime, { send: async () => {} });
    const start = w.clock.now();
    const down = { labels: { alertname: "Down", instance: "a" }, annotations: {}, startsAt: start };
    await alerts.send(TENANT, [{ ...down, endsAt: start + 4 * MINUTE_MS }]);
    await w.until(start + HOUR_MS);
    expect(w.told.map(shape)).toEqual(["firing a"]);
    await alerts.send(TENANT, [{ ...down, endsAt: w.clock.now() }]);
    await w.until(w.clock.now() + 5 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a", "resolved a"]);
  });

  it("sees all of 200 posts at once that form one group, in one notification", async () => {
    const w = liveWorld();
    await w.apply(SIMPLE);
    await Promise.all(Array.from({ length: 200 }, (_, n) => w.post(alert("Down", { instance: `i${n}` }))));
    expect(await w.groups()).toHaveLength(1);
    await w.until(w.clock.now() + 20 * SECOND_MS);
    expect(w.told.map(({ alerts }) => alerts.length)).toEqual([200]);
  });
});

describe("what people say about a group", () => {
  const section = "  escalation: [{ match: ['alertname=Down'], after: 5m, to: boss }]\n";
  const text = `${SIMPLE}- name: boss\n  webhook_configs:\n  - url: http://127.0.0.1:2/\n`;

  it("tells the next receiver when nobody has acknowledged in time", async () => {
    const w = liveWorld();
    await w.apply(text, section);
    const start = w.clock.now();
    await w.post(alert("Down", { instance: "a" }, { endsAt: start + 9 * HOUR_MS }));
    await w.until(start + 20 * MINUTE_MS);
    expect(w.told.map((one) => [(one.at - start) / SECOND_MS, one.receiver, one.reason])).toEqual([
      [10, "web", "first notification"],
      [310, "boss", "escalated"],
    ]);
  });

  it("tells nobody further once somebody has acknowledged, by group or by alert, and keeps remarks", async () => {
    const w = liveWorld();
    await w.apply(text, section);
    const start = w.clock.now();
    await w.post(alert("Down", { instance: "a" }, { endsAt: start + 9 * HOUR_MS }));
    await w.until(start + 4 * MINUTE_MS);
    const fingerprint = w.told[0]?.alerts[0]?.fingerprint ?? "";
    const { groups } = await acknowledge(w.runtime, TENANT, { alert: fingerprint, by: "ana", comment: "on it" });
    await comment(w.runtime, TENANT, { group: groups[0] ?? "", by: "ana", comment: "disk full" });
    await w.until(start + 20 * MINUTE_MS);
    expect(w.told).toHaveLength(1);
    expect((await w.records()).map(({ reason }) => reason).sort()).toEqual([
      "acknowledged",
      "commented",
      "notified_first",
    ]);
    expect(await codeOf(acknowledge(w.runtime, TENANT, { group: "grp_none", by: "ana", comment: "" }))).toBe(
      "alert.unknown",
    );
  });

  it("does not lose an acknowledgement that comes while the group is being told of", async () => {
    const w = liveWorld();
    await w.apply(text, section);
    const start = w.clock.now();
    await w.post(alert("Down", { instance: "a" }, { endsAt: start + 9 * HOUR_MS }));
    const [group] = await w.groups();
    w.answers.next = async () => {
      // The receiver answers only after somebody tried to acknowledge.
      const early = acknowledge(w.runtime, TENANT, { group: group?.key.subject ?? "", by: "ana", comment: "" });
      expect(await codeOf(early)).toBe("store.throttled");
      return { ok: true, detail: "200" };
    };
    await w.until(start + 30 * SECOND_MS);
    await acknowledge(w.runtime, TENANT, { group: group?.key.subject ?? "", by: "ana", comment: "" });
    await w.until(start + 20 * MINUTE_MS);
    expect(w.told).toHaveLength(1);
  });
});
