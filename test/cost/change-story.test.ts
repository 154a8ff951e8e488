import { describe, expect, test } from "vitest";
import { applyOpportunity, dismissOpportunity, reopenOpportunity, revertChange } from "../../functions/cost/change.ts";
import { loadChange } from "../../functions/cost/change-store.ts";
import { openCost } from "../../functions/cost/context.ts";
import { actOnOpportunities, guardChanges, lookAtChange } from "../../functions/cost/guard.ts";
import { listOpportunities } from "../../functions/cost/opportunities.ts";
import { explainOf, sentenceOf } from "../../functions/decisions/words.ts";
import { machines } from "../../functions/machines.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import { savingWorld } from "./saving-kit.ts";

const WEEK = String(168 * HOUR_MS);
const SAID = { by: "ana", why: "it is cheaper" };
const LOOK = { type: "timer" } as const;

/** A topic that keeps twelve hours by now instead of a week, and the id of the change. */
async function applied() {
  const made = await savingWorld();
  const { w, log, retention } = made;
  const work = () => openCost(w.runtime, "default");
  const found = (await listOpportunities(await work())).opportunities.find(({ kind }) => kind === "retention");
  if (!found) throw new Error("nothing was proposed");
  await applyOpportunity(await work(), found.id, SAID);
  const look = () => lookAtChange(w.runtime, "default", found.id, LOOK);
  const state = async () => loadChange(await work(), found.id);
  return { ...made, w, log, work, look, state, id: found.id, kept: async () => (await retention())?.value };
}

describe("a guarded change", () => {
  test("is taken back by itself when a group stalls, long before what it has not read could go", async () => {
    const { w, log, look, state, kept } = await applied();
    const keeps = Number(await kept());
    expect(keeps).toBe(13 * HOUR_MS);
    log.produce("orders", 0, [{ value: "unread" }]);
    const written = w.clock.now();
    for (let hours = 1; (await kept()) !== WEEK; hours += 1) {
      expect(hours).toBeLessThan(10);
      w.clock.advance(HOUR_MS);
      expect(await look()).toBe((await kept()) === WEEK ? "taking_back" : "held_guarding");
    }
    expect(w.clock.now() - written).toBeLessThanOrEqual(keeps - 5 * HOUR_MS);
    expect(await state()).toMatchObject({ status: "reverted", ended: { by: "headgate", alone: true } });
  });

  test("that is taken back is told to people, once, and taking back does not wait for it", async () => {
    const { w, log, look, kept } = await applied();
    const told: unknown[] = [];
    const send = async (_tenant: string, alerts: readonly unknown[]) => {
      told.push(...alerts);
      throw new Error("nobody listens");
    };
    Object.assign(w.runtime, { alerts: { send } });
    log.produce("orders", 0, [{ value: "unread" }]);
    w.clock.advance(9 * HOUR_MS);
    expect(await look()).toBe("taking_back");
    expect(await look()).toBeUndefined();
    expect(await kept()).toBe(WEEK);
    expect(told).toMatchObject([
      { labels: { alertname: "HeadgateRetentionTakenBack", topic: "orders", cluster: "events" } },
    ]);
  });

  test("whose group cannot be seen any more is taken back, and not on the first look", async () => {
    const { w, log, look, kept, state } = await applied();
    await log.setGroupOffsets("audit", [{ topic: "orders", partition: 0, offset: 0 }]);
    // Its record is there and has no time that could be read.
    log.faults.deny("READ", "TOPIC", "orders");
    w.clock.advance(HOUR_MS);
    expect(await look()).toBe("held_blind");
    expect(await kept()).not.toBe(WEEK);
    w.clock.advance(10 * MINUTE_MS);
    expect(await look()).toBe("taking_back");
    expect(await kept()).toBe(WEEK);
    expect((await state())?.status).toBe("reverted");
  });

  test("waits for a cluster that does not answer, and sees to it when it is back", async () => {
    const { w, log, look, kept } = await applied();
    log.produce("orders", 0, [{ value: "unread" }]);
    w.clock.advance(6 * HOUR_MS);
    log.faults.down();
    expect(await look()).toBe("held_unreachable");
    log.faults.up();
    w.clock.advance(2 * HOUR_MS);
    expect(await look()).toBe("taking_back");
    expect(await kept()).toBe(WEEK);
  });

  test("whose taking back is interrupted is taken back by the next worker", async () => {
    const { w, log, work, kept, state } = await applied();
    log.produce("orders", 0, [{ value: "unread" }]);
    w.clock.advance(9 * HOUR_MS);
    log.faults.fail("setTopicConfigs", { times: 1 });
    expect((await guardChanges(await work())).takenBack).toHaveLength(1);
    expect(await kept()).not.toBe(WEEK);
    w.clock.advance(10 * MINUTE_MS);
    await guardChanges(await work());
    expect(await kept()).toBe(WEEK);
    expect((await state())?.status).toBe("reverted");
  });

  test("that another hand has changed is left to it; one whose topic was made anew is over", async () => {
    const one = await applied();
    await one.log.setTopicConfigs("orders", [{ name: "retention.ms", value: "3600000" }]);
    one.w.clock.advance(HOUR_MS);
    expect(await one.look()).toBe("superseded");
    expect(await one.kept()).toBe("3600000");
    const other = await applied();
    other.log.recreate("orders");
    other.w.clock.advance(HOUR_MS);
    expect(await other.look()).toBe("superseded");
  });

  test("writes nothing while all is well, and wants to be looked at each hour", async () => {
    const { w, look, id } = await applied();
    const records = async () => (await w.runtime.journal.list({ tenant: "default", limit: 100 })).items.length;
    const before = await records();
    for (let hours = 0; hours < 5; hours += 1) {
      w.clock.advance(HOUR_MS);
      expect(await w.runtime.store.due(w.clock.now(), 10)).toContainEqual(
        expect.objectContaining({ subject: `change:${id}` }),
      );
      expect(await look()).toBe("held_guarding");
    }
    expect(await records()).toBe(before);
  });

  test("is told in words from the first to the last step, and every record replays to the bit", async () => {
    const { w, log, look } = await applied();
    log.produce("orders", 0, [{ value: "unread" }]);
    w.clock.advance(9 * HOUR_MS);
    await look();
    const { items } = await w.runtime.journal.list({ tenant: "default", limit: 100 });
    const ours = items.filter(({ noun }) => noun === "cost");
    expect(ours.map(({ reason }) => reason)).toEqual(["taking_back", "applying"]);
    for (const record of ours) {
      expect(await replayWith(machines, record)).toMatchObject({ same: true });
      expect(sentenceOf(record)).toMatch(/^cost change of orders: /);
      expect(explainOf(record).join("\n")).toMatch(/did: retention.ms = \d+ \([^)]+\) on topic orders/);
    }
  });
});

describe("what somebody says", () => {
  test("a topic that was changed since it was looked at is refused, and stays as the other hand left it", async () => {
    const { w, log, retention } = await savingWorld();
    const work = await openCost(w.runtime, "default");
    const [one] = (await listOpportunities(work)).opportunities;
    log.faults.before(
      "topicConfigs",
      1,
      () => void log.setTopicConfigs("orders", [{ name: "retention.ms", value: "777777777" }]),
    );
    await expect(applyOpportunity(work, one?.id ?? "", SAID)).rejects.toMatchObject({ code: "cost.refused" });
    expect((await retention())?.value).toBe("777777777");
  });

  test("an override that was not there is taken away again", async () => {
    const { w, log, retention } = await savingWorld();
    await log.setTopicConfigs("orders", [{ name: "retention.ms", value: undefined }]);
    const work = await openCost(w.runtime, "default");
    const found = (await listOpportunities(work)).opportunities.find(({ kind }) => kind === "retention");
    await applyOpportunity(work, found?.id ?? "", SAID);
    expect(await retention()).toBeDefined();
    await revertChange(work, found?.id ?? "", SAID);
    expect(await retention()).toBeUndefined();
  });

  test("a dismissal hides it until its time is over, and can be taken back before", async () => {
    const { w } = await savingWorld();
    const work = () => openCost(w.runtime, "default");
    const ids = async () => (await listOpportunities(await work())).opportunities.map(({ id }) => id);
    const [id = ""] = await ids();
    await dismissOpportunity(await work(), id, { ...SAID, until: w.clock.now() + 2 * HOUR_MS });
    expect(await ids()).not.toContain(id);
    expect((await listOpportunities(await work())).dismissed).toMatchObject([
      { id, state: { dismissal: { why: SAID.why } } },
    ]);
    await reopenOpportunity(await work(), id, SAID);
    expect(await ids()).toContain(id);
    await dismissOpportunity(await work(), id, { ...SAID, until: w.clock.now() + MINUTE_MS });
    w.clock.advance(2 * MINUTE_MS);
    expect(await ids()).toContain(id);
  });

  test("in mode act Headgate applies by itself what is safe, once, and rests after the guard has taken it back", async () => {
    const { w, log, retention } = await savingWorld("act");
    const act = async () => actOnOpportunities(await openCost(w.runtime, "default"));
    const [id = ""] = await act();
    expect((await retention())?.value).toBe(String(13 * HOUR_MS));
    expect(await act()).toEqual([]);
    log.produce("orders", 0, [{ value: "unread" }]);
    w.clock.advance(9 * HOUR_MS);
    expect(await lookAtChange(w.runtime, "default", id, LOOK)).toBe("taking_back");
    await log.setGroupOffsets("billing", [{ topic: "orders", partition: 0, offset: 2 }]);
    expect(await act()).toEqual([]);
    expect((await retention())?.value).toBe(WEEK);
  });

  test("in mode recommend Headgate applies nothing by itself", async () => {
    const { w, retention } = await savingWorld();
    expect(await actOnOpportunities(await openCost(w.runtime, "default"))).toEqual([]);
    expect((await retention())?.value).toBe(WEEK);
  });

  test("a cluster that does not answer is told, and is not the same as nothing to save", async () => {
    const { w, log } = await savingWorld();
    log.faults.down();
    const { opportunities, troubles } = await listOpportunities(await openCost(w.runtime, "default"));
    expect(opportunities).toEqual([]);
    expect(troubles).toEqual([expect.stringMatching(/^cluster events could not be looked at/)]);
  });
});
