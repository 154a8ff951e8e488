import { describe, expect, it, test } from "vitest";
import { liveOf } from "../../functions/alerting/live.ts";
import { replayView } from "../../functions/alerting/replay-view.ts";
import { putSilence } from "../../functions/alerting/silence-store.ts";
import { alertView, shownOf } from "../../functions/alerting/views-live.ts";
import { foldLeft, forgottenAt, KNOWN_MS, MOST_KNOWN, remembering } from "../../shared/core/alerting/left-rows.ts";
import { newRow } from "../../shared/core/alerting/merge.ts";
import { failureReason } from "../../shared/core/alerting/receivers/judge.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Delivered } from "../../shared/core/ports/notify.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { silentTelemetry } from "../shell/telemetry.ts";
import { alert, liveWorld, type Over, SIMPLE, shape, TENANT } from "./live-kit.ts";

async function world(alertmanager = SIMPLE, section = "", over?: Over) {
  const made = liveWorld(over);
  await made.apply(alertmanager, section);
  await made.reroute();
  return { ...made, start: made.clock.now() };
}

const S = SECOND_MS;
const ALL = SIMPLE.replace("group_by: [alertname]", "group_by: []");
/** The same tree, and yet another configuration: a reload forms all groups anew. */
const touched = (text: string) => `${text}- name: idle\n`;
const events = async ({ base }: Awaited<ReturnType<typeof world>>) =>
  (await base.store.list(TENANT, "alerting-event", { limit: 100 })).items.map(({ state }) => state);

describe("alerts that have left their group are still known", () => {
  const refired = async (afterMs: number, startsBeforeEndMs: number) => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    await w.until(w.start + 20 * S);
    const end = w.clock.now();
    await w.post(alert("Down", { instance: "a" }, { endsAt: end }));
    await w.until(end + afterMs);
    expect(w.told.map(shape)).toEqual(["firing a", "resolved a"]);
    const again = end - startsBeforeEndMs;
    await w.post(alert("Down", { instance: "a" }, { startsAt: again, endsAt: w.clock.now() + HOUR_MS }));
    await w.until(w.clock.now() + 2 * MINUTE_MS);
    return { started: w.told.at(-1)?.alerts[0]?.startsAt, first: w.start, again };
  };

  it("one that fires again and overlaps keeps its first start, one that does not overlap begins anew", async () => {
    const overlapping = await refired(5 * MINUTE_MS, 10 * S);
    expect(overlapping.started).toBe(overlapping.first);
    const apart = await refired(5 * MINUTE_MS, -1 * S);
    expect(apart.started).toBe(apart.again);
  });

  it("nothing is known of it any more after half an hour, and nothing of it is stored", async () => {
    const late = await refired(KNOWN_MS + 3 * MINUTE_MS, 10 * S);
    expect(late.started).toBe(late.again);
  });

  it("does not bring a group back", async () => {
    const w = await world();
    await w.post(alert("Down", { instance: "a" }));
    await w.until(w.start + 20 * S);
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() }));
    await w.until(w.start + 20 * MINUTE_MS);
    expect((await liveOf(w.runtime, TENANT)).groups).toEqual([]);
    expect(w.told).toHaveLength(2);
  });

  it("a reload routes them again, so that they are told of with what fires, as upstream does", async () => {
    const w = await world(ALL);
    const far = { endsAt: w.start + 9 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far), alert("Down", { instance: "b" }, far));
    await w.until(w.start + 20 * S);
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() }));
    await w.until(w.start + 75 * S);
    await w.post(alert("Down", { instance: "c" }, far));
    await w.until(w.start + 135 * S);
    await w.apply(touched(ALL));
    await w.reroute();
    await w.until(w.start + 140 * S);
    expect(w.told.map(shape)).toEqual(["firing a b", "firing b / resolved a", "firing b c", "firing b c / resolved a"]);
    expect(w.told.at(-1)?.reason).toBe("some alerts resolved");
  });

  it("a reload forms a group from many that inhibit by one key without their getting in each other's way", async () => {
    const inhibits = "inhibit_rules:\n- source_matchers: [alertname=~'N.*']\n  target_matchers: [severity=low]\n";
    const w = await world(SIMPLE + inhibits);
    const far = { startsAt: w.start, endsAt: w.start + 9 * HOUR_MS };
    for (let n = 0; n < 60; n += 1) await w.post(alert(`N${n}`, { instance: `${n}` }, far));
    await w.until(w.start + 30 * S);
    await w.apply(ALL + inhibits);
    await w.reroute();
    await w.until(w.start + 31 * S);
    expect(w.told.slice(60).map(({ alerts }) => alerts.length)).toEqual([60]);
  });

  test("at most so many are known, those that ended last, and only until they are forgotten", () => {
    const rows = Array.from({ length: MOST_KNOWN + 10 }, (_, n) =>
      newRow({ labels: { n: `${n}` }, annotations: {}, startsAt: 0, endsAt: n }, n, HOUR_MS),
    );
    const known = remembering(rows, 100_000);
    expect(known).toHaveLength(MOST_KNOWN);
    expect(Math.min(...known.map(({ endsAt }) => endsAt))).toBe(10);
    expect(remembering(rows, KNOWN_MS + 5).map(({ endsAt }) => endsAt)).not.toContain(5);
  });

  test("news as old as its leaving does not bring an alert back, younger news does", () => {
    const over = newRow({ labels: { a: "b" }, annotations: {}, startsAt: 0, endsAt: 50 }, 60, HOUR_MS);
    const stale = foldLeft(new Map(), [over], [over], 100);
    expect([stale.rows.size, stale.left.size]).toEqual([0, 1]);
    const news = newRow({ labels: { a: "b" }, annotations: {}, startsAt: 40 }, 100, HOUR_MS);
    const back = foldLeft(new Map(), [over], [news], 100);
    expect([...back.rows.values()].map(({ startsAt }) => startsAt)).toEqual([0]);
    expect(back.left.size).toBe(0);
    expect(foldLeft(new Map(), [over], [news], forgottenAt(over)).rows.get(over.fingerprint)).toBe(news);
  });
});

describe("what groups share and what holds them up", () => {
  it("two routes with one key and receiver have one memory: the second tells nothing that the first has told", async () => {
    const twin = "  - matchers: [alertname=Down]\n    continue: true\n";
    const w = await world(SIMPLE.replace("receivers:", `  routes:\n${twin}${twin}    group_wait: 20s\nreceivers:`));
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.start + HOUR_MS }));
    await w.until(w.start + 5 * MINUTE_MS);
    expect(w.told.map((one) => (one.at - w.start) / S)).toEqual([10]);
    expect(await w.groups()).toHaveLength(2);
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() }));
    await w.until(w.start + 9 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a", "resolved a"]);
  });

  it("a delivery that runs past a tick is followed by the next flush at once, and later ones count from there", async () => {
    const w = await world(SIMPLE.replace("group_interval: 1m", "group_interval: 10s"));
    const far = { endsAt: w.start + 9 * HOUR_MS };
    w.answers.next = async () => {
      w.clock.advance(12 * S);
      await w.post(alert("Down", { instance: "b" }, far));
      w.answers.next = () => ({ ok: true, detail: "200" });
      return { ok: true, detail: "200" };
    };
    await w.post(alert("Down", { instance: "a" }, far));
    await w.until(w.start + 24 * S);
    await w.post(alert("Down", { instance: "c" }, far));
    await w.until(w.start + 40 * S);
    // The tick at 20 s was missed: it is made up for at 22 s, and the one after it is at 32 s.
    expect(w.told.map((one) => [Math.floor((one.at - w.start) / S), shape(one)])).toEqual([
      [10, "firing a"],
      [22, "firing a b"],
      [32, "firing a b c"],
    ]);
  });

  it("route labels are made with all alerts of the group, whatever the receiver wants to hear of", async () => {
    const text = ALL.replace("group_wait:", 'labels: {n: "{{ len .Alerts }}"}\n  group_wait:').replace("1:1/", "1:1/");
    const w = await world(`${text.replace(/- url: .*/, "- url: http://127.0.0.1:1/\n    send_resolved: false")}`);
    const far = { endsAt: w.start + 9 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far), alert("Down", { instance: "b" }, far));
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.clock.now() + S }));
    await w.until(w.start + 20 * S);
    expect(w.told.map((one) => [shape(one), one.routeLabels])).toEqual([["firing b", { n: "2" }]]);
  });

  it("shows until when a cooldown holds an alert back", async () => {
    const w = await world(
      SIMPLE.replace("[alertname]", "[instance]"),
      "  cooldown: [{ match: ['alertname=Down'], by: [alertname], for: 15m }]\n",
    );
    const far = { endsAt: w.start + 9 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far));
    await w.until(w.start + 20 * S);
    await w.post(alert("Down", { instance: "b" }, far));
    const shown = shownOf(await liveOf(w.runtime, TENANT));
    const views = [...shown.rows.values()].map((row) => alertView(shown, row));
    expect(
      views.map(({ labels, state, suppressedBy }) => [labels["instance"], state, suppressedBy?.cooldownUntil]),
    ).toEqual(
      expect.arrayContaining([
        ["a", "firing", undefined],
        ["b", "suppressed", w.start + 10 * S + 15 * MINUTE_MS],
      ]),
    );
  });
});

describe("the journal is enough to play it all again", () => {
  it("an edit that makes another silence says that the old one ended", async () => {
    const w = await world();
    const posted = {
      matcherSets: [[{ name: "instance", op: "=" as const, value: "a" }]],
      ...{ startsAt: w.start, endsAt: w.start + HOUR_MS, createdBy: "ana", comment: "", annotations: {} },
    };
    const first = await putSilence(w.runtime, TENANT, posted);
    const old = first.ok ? first.id : "";
    w.clock.advance(5 * S);
    const matcherSets = [[{ name: "instance", op: "=" as const, value: "b" }]];
    await putSilence(w.runtime, TENANT, { ...posted, id: old, matcherSets });
    const kept = await events(w);
    expect(kept).toContainEqual({ at: w.clock.now(), expire: old });
    expect(kept).toHaveLength(3);
  });

  it("a configuration that forms groups anew is named, and a replay does what happened", async () => {
    const w = await world(ALL);
    const far = { endsAt: w.start + 9 * HOUR_MS };
    await w.post(alert("Down", { instance: "a" }, far), alert("Slow", { instance: "b" }, far));
    await w.until(w.start + 70 * S);
    await w.apply(SIMPLE);
    await w.reroute();
    await w.reroute();
    await w.until(w.start + 10 * MINUTE_MS);
    expect(w.told.map(shape)).toEqual(["firing a b", "firing a", "firing b"]);
    const named = (await events(w)).filter((event) => "config" in (event as object));
    expect(named).toEqual([{ at: w.start + 70 * S, config: expect.any(String), was: expect.any(String) }]);
    expect(JSON.stringify(named)).not.toContain("127.0.0.1");
    const view = await replayView(w.runtime, TENANT, { text: SIMPLE, from: w.start - 1 });
    expect(view.before.notifications).toBe(3);
    expect(view.after.notifications).toBe(2);
  });
});

describe("notifications that failed", () => {
  test.each([
    [400, "clientError"],
    [401, "authError"],
    [403, "authError"],
    [404, "clientError"],
    [429, "rateLimited"],
    [500, "serverError"],
    [503, "serverError"],
    [302, "other"],
  ] as const)("a status %i is a %s", (status, reason) => {
    expect(failureReason(status)).toBe(reason);
  });

  const counted = async (answer: Delivered) => {
    const counts: [string, unknown][] = [];
    const telemetry: Runtime["telemetry"] = {
      ...silentTelemetry(),
      count: (name, labels) => void counts.push([name, labels]),
    };
    const w = await world(SIMPLE, "", () => ({ telemetry }));
    w.answers.next = () => answer;
    await w.post(alert("Down", { instance: "a" }, { endsAt: w.start + HOUR_MS }));
    await w.until(w.start + 10 * S);
    return counts.find(([name]) => name === "alertmanager_notifications_failed_total")?.[1];
  };

  it("are counted with upstream's reason", async () => {
    const integration = "webhook";
    expect(await counted({ ok: false, retry: false, detail: "no", reason: "authError" })).toEqual({
      integration,
      reason: "authError",
    });
    expect(await counted({ ok: false, retry: false, detail: "no" })).toEqual({ integration, reason: "other" });
  });
});
