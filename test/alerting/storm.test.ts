import { describe, expect, it } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { alert, liveWorld, SIMPLE } from "./live-kit.ts";

const STORM = 50_000;
const BATCH = 500;

describe("a storm", () => {
  it("makes one notification of 50,000 alerts of one cause, takes posts meanwhile, and tells of the end once", async () => {
    const w = liveWorld();
    await w.apply(SIMPLE.replace("group_wait: 10s", "group_wait: 30s"));
    const start = w.clock.now();
    const batch = (from: number, times: object) =>
      Array.from({ length: BATCH }, (_, n) => alert("Down", { instance: `host-${from + n}`, rack: "r1" }, times));
    let accepted = 0;
    for (let from = 0; from < STORM; from += BATCH) {
      accepted += (await w.post(...batch(from, { endsAt: start + 2 * MINUTE_MS }))).accepted;
      w.clock.advance(Math.floor((25 * SECOND_MS * BATCH) / STORM));
    }
    expect(accepted).toBe(STORM);
    // The state that decides stays small, whatever the group holds.
    const size = async () => JSON.stringify((await w.groups()).map(({ state }) => state)).length;
    expect(await size()).toBeLessThan(4_000);
    w.answers.next = async () => {
      // While it is being told of, the door is open.
      expect((await w.post(alert("Other", { instance: "x" }, { endsAt: start + 90 * SECOND_MS }))).accepted).toBe(1);
      w.answers.next = () => ({ ok: true, detail: "200" });
      return { ok: true, detail: "200" };
    };
    await w.until(start + MINUTE_MS);
    expect(w.told.filter(({ groupLabels }) => groupLabels["alertname"] === "Down")).toHaveLength(1);
    expect(w.told[0]?.alerts).toHaveLength(STORM);
    const [record] = await w.records();
    expect(JSON.stringify(record).length).toBeLessThan(40_000);
    expect(await size()).toBeLessThan(4_000);
    await w.until(start + 4 * MINUTE_MS);
    const down = w.told.filter(({ groupLabels }) => groupLabels["alertname"] === "Down");
    expect(down.map(({ alerts }) => alerts.filter(({ status }) => status === "resolved").length)).toEqual([0, STORM]);
    expect(await w.count("alerting-more")).toBe(0);
    // Those that have left are known for a while, only some of so many.
    const [base] = (await w.base.store.list("default", "alerting-base", { limit: 10 })).items;
    expect(await w.count("alerting-base")).toBe(2);
    expect(JSON.stringify(base?.state).length).toBeLessThan(400);
    await w.until(start + 40 * MINUTE_MS);
    expect(await w.count("alerting-base")).toBe(0);
  });
});
