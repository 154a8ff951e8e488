import { describe, expect, test } from "vitest";
import { dueAt } from "../../shared/core/delivery/rollout/due.ts";
import { needsOf } from "../../shared/core/delivery/rollout/needs.ts";
import type { RolloutLook } from "../../shared/core/delivery/rollout/types.ts";
import { configOf, desk, did, look, releaseOf, seen } from "./rollout-kit.ts";

const V1 = seen("v1", 4);
const both = (fresh: Partial<Parameters<typeof seen>[2]> = {}, desired = 1) => [V1, seen("v2", desired, fresh)];
const share = (v2: number): Pick<RolloutLook, "shares"> => ({ shares: { v1: 100 - v2, v2 } });

/** A canary that has its first share, seconds after it began. */
function underWay(delivery: Parameters<typeof configOf>[0] = {}) {
  const table = desk(configOf({ gate: "off", ...delivery }));
  table.start();
  table.after(5, look([V1], share(0)));
  table.after(5, look(both(), share(0)));
  table.after(5, look(both(), share(0)));
  table.after(5, look(both(), share(5)));
  expect(table.phase).toBe("judging");
  return table;
}

describe("starting", () => {
  test("the old version has all the traffic for certain before anything of the new one is there", () => {
    const table = desk(configOf());
    expect(did(table.start())).toEqual(["tell started", "shares v1 100 v2 0"]);
    expect(did(table.after(5, look([V1])))).toEqual([]);
    expect(did(table.after(5, look([V1], share(0))))).toEqual(["ensure v2 1"]);
  });

  test("a canary begins with as many instances as its first share takes of the size, at least one", () => {
    for (const [steps, ensured] of [
      [[5, 100], 1],
      [[30, 100], 2],
      [[100], 4],
    ] as const) {
      const table = desk(configOf({ steps: [...steps] }));
      table.start();
      expect(did(table.after(5, look([V1], share(0))))).toEqual([`ensure v2 ${ensured}`]);
    }
  });

  test("ready at one look is not enough for traffic, ready at the next one as well is", () => {
    const table = desk(configOf());
    table.start();
    table.after(5, look([V1], share(0)));
    expect(table.after(5, look(both(), share(0))).reason).toBe("held_starting");
    expect(did(table.after(5, look(both({ ready: 0 }), share(0))))).toEqual([]);
    expect(table.after(5, look(both(), share(0))).reason).toBe("held_starting");
    expect(did(table.after(5, look(both(), share(0))))).toEqual(["shares v1 95 v2 5"]);
  });

  test.each([
    ["never healthy within 120 s", { ready: 0, attempts: 24, trouble: "503" }, 125, "never_healthy"],
    ["in a crash loop", { ready: 0, failures: 3, trouble: "exit 1" }, 5, "never_healthy"],
    ["hopeless at once", { ready: 0, hopeless: true, trouble: "command not found" }, 5, "hopeless_start"],
  ])("%s: it goes back with attempts, reason and last logs", (_, fresh, seconds, reason) => {
    const table = desk(configOf({ strategy: "all-at-once" }));
    table.start();
    table.after(5, look([V1], share(0)));
    const step = table.after(seconds, look(both({ ...fresh, logs: ["listening", "boom"] }, 4), share(0)));
    expect(step.reason).toBe("rollback_begun");
    expect(table.state.current?.failure).toMatchObject({ reason, logs: ["listening", "boom"] });
    expect(table.state.current?.failure?.text).toContain(fresh.trouble);
    expect(did(step)).toEqual(["tell failed", "remove v2"]);
    expect(table.after(5, look([V1], share(0))).reason).toBe("rolled_back");
    expect(table.state).toMatchObject({ ended: [{ phase: "rolled_back", failure: { reason } }] });
    expect(table.state.current).toBeUndefined();
  });

  test("an action that is refused for good ends it with the sentence", () => {
    const table = desk(configOf());
    table.start();
    table.results = (_key, type) =>
      type === "ensure_version" ? { status: "refused", detail: "images run on ECS" } : {};
    table.after(5, look([V1], share(0)));
    const step = table.after(0, look([V1], share(0)));
    expect(table.state.ended[0]?.failure).toMatchObject({
      reason: "refused",
      text: expect.stringContaining("images run on ECS"),
    });
    expect(step.reason).toBe("rolled_back");
  });

  test("an action that failed is asked for again at the next look, one that is on its way is waited for", () => {
    const table = desk(configOf());
    table.start();
    table.results = () => ({ status: "failed" });
    table.after(5, look([V1], share(0)));
    table.results = undefined;
    expect(did(table.after(5, look([V1], share(0))))).toEqual(["ensure v2 1"]);
    expect(did(table.after(5, look([V1], share(0))))).toEqual([]);
    expect(did(table.after(15, look([V1], share(0))))).toEqual(["ensure v2 1"]);
  });
});

describe("a start is refused", () => {
  test.each<readonly [string, Parameters<typeof desk>[0], RolloutLook, string, RegExp]>([
    [
      "where nothing divides the traffic a canary needs",
      configOf(),
      look([V1], { divides: false }),
      "refused_no_shares",
      /rolling or all-at-once/,
    ],
    [
      "where nothing switches the traffic of two colours",
      configOf({ strategy: "blue-green" }),
      look([V1], { divides: false }),
      "refused_no_shares",
      /rolling/,
    ],
    [
      "with the version that is there",
      configOf(),
      look([seen("v2", 2)], { stable: "v2" }),
      "refused_same_version",
      /v2/,
    ],
    ["with a version that runs beside", configOf(), look(both()), "refused_same_version", /another version/],
    ["blind", configOf(), look(undefined, { failures: ["nobody answers"] }), "held_unreadable", /nobody answers/],
  ])("%s", (_, config, at, reason, words) => {
    const table = desk(config);
    const before = table.state;
    const step = table.start({}, at);
    expect(step).toMatchObject({ reason, actions: [] });
    expect(step.trace[0]?.text).toMatch(words);
    expect(table.state).toBe(before);
  });

  test("while another is under way", () => {
    const table = underWay();
    expect(table.start({ release: releaseOf("v3") }).reason).toBe("refused_under_way");
  });

  test("all at once needs nobody who divides", () => {
    expect(desk(configOf({ strategy: "all-at-once" })).start({}, look([V1], { divides: false })).reason).toBe(
      "started",
    );
  });

  test.each([
    ["a new service", []],
    ["one whose version is down", [seen("v1", 2, { ready: 0 })]],
    ["one whose tasks ECS replaces", [seen("v1", 2, { slot: "only" })]],
  ])("%s has nothing to compare with: it is started all at once", (_, versions) => {
    const table = desk(configOf());
    const { stable: _stable, ...plain } = look(versions, { divides: false });
    expect(table.start({}, versions.length === 0 ? plain : look(versions, { divides: false })).reason).toBe("started");
    expect(table.state.current?.strategy).toBe("all-at-once");
  });

  test("in recommend it is written down, and nothing is done", () => {
    const table = desk(configOf({ mode: "recommend" }));
    const step = table.start();
    expect(step).toMatchObject({ reason: "recommended", actions: [] });
    expect(table.state.current).toBeUndefined();
    expect(table.state.proposed).toMatchObject({ version: "v2", strategy: "canary" });
  });
});

describe("canary", () => {
  test("the platform's plan: 5 % for ten minutes, then 10, 25, 50, 75 and 100 with five each, then the bake", () => {
    const table = desk(configOf());
    table.start();
    expect(table.state.current?.steps.map(({ percent, forMs }) => [percent, forMs / 60_000])).toEqual([
      [5, 10],
      [10, 5],
      [25, 5],
      [50, 5],
      [75, 5],
      [100, 5],
    ]);
  });

  test("a plan that ends below everything goes on to everything", () => {
    const table = desk(configOf({ steps: [10, 50] }));
    table.start();
    expect(table.state.current?.steps.at(-1)).toEqual({ percent: 100, forMs: 0, approval: false });
  });

  test("capacity comes before the share: a step first grows the new version and waits for it", () => {
    const table = underWay({ steps: [5, 50, 100] });
    expect(did(table.after(600, look(both(), share(5))))).toEqual(["ensure v2 2"]);
    expect(did(table.after(5, look(both({ ready: 1 }, 2), share(5))))).toEqual([]);
    expect(did(table.after(5, look(both({}, 2), share(5))))).toEqual(["shares v1 50 v2 50"]);
    expect(table.after(5, look(both({}, 2), share(50))).reason).toBe("shares_verified");
  });

  test("a share that is not served in time leads back", () => {
    const table = underWay({ steps: [5, 100], verify: "1m" });
    table.after(600, look(both({}, 4), share(5)));
    expect(did(table.after(30, look(both({}, 4), share(5))))).toEqual(["shares v1 0 v2 100"]);
    const late = table.after(31, look(both({}, 4), share(5)));
    expect(table.state.current?.failure?.reason).toBe("shares_not_served");
    expect(did(late)).toEqual(["tell failed", "shares v1 100 v2 0"]);
  });

  test("promotion: adopt, see all traffic on it, only then take the old one away", () => {
    const table = underWay({ steps: [5, 100], bake: "10m" });
    table.after(600, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    expect(table.after(301, look(both({}, 4), share(100))).reason).toBe("bake_begun");
    expect(did(table.after(599, look(both({}, 4), share(100))))).toEqual([]);
    expect(did(table.after(2, look(both({}, 4), share(100))))).toEqual(["adopt v2", "register v2"]);
    expect(did(table.after(5, look(both({}, 4), { ...share(90), stable: "v2" })))).toEqual(["shares v1 0 v2 100"]);
    expect(did(table.after(5, look(both({}, 4), { ...share(100), stable: "v2" })))).toEqual(["remove v1"]);
    expect(table.after(5, look(both({}, 4), { ...share(100), stable: "v2" })).reason).toBe("held_retiring");
    const last = table.after(5, look([seen("v2", 4)], { ...share(100), stable: "v2" }));
    expect([last.reason, did(last)]).toEqual(["promoted", ["release v2", "tell promoted"]]);
    expect(table.state).toMatchObject({ stable: "v2", ended: [{ phase: "promoted", id: "rol_1" }] });
  });

  test("the new version dies under way: none ready at two looks is a failure, one restart is not", () => {
    const table = underWay();
    table.after(30, look(both({ ready: 0, trouble: "exit 137" }), share(5)));
    expect(table.phase).toBe("judging");
    table.after(5, look(both(), share(5)));
    table.after(30, look(both({ ready: 0, trouble: "exit 137" }), share(5)));
    expect(did(table.after(5, look(both({ ready: 0, trouble: "exit 137" }), share(5))))).toEqual([
      "tell failed",
      "shares v1 100 v2 0",
    ]);
    expect(table.state.current?.failure?.reason).toBe("became_unhealthy");
  });

  test("instances that are only now coming up, and of which none has failed, have the time of a start: the machine was started anew", () => {
    const table = underWay({ timeout: "120s" });
    const up = look(both({ ready: 0, pending: 1 }), share(5));
    table.after(30, up);
    table.after(5, up);
    table.after(100, up);
    expect(table.phase).toBe("judging");
    table.after(20, up);
    expect(table.state.current?.failure?.reason).toBe("became_unhealthy");
    const failed = underWay({ timeout: "120s" });
    const again = look(both({ ready: 0, pending: 1, failures: 1 }), share(5));
    failed.after(30, again);
    failed.after(5, again);
    expect(failed.state.current?.failure?.reason).toBe("became_unhealthy");
  });

  test("shares that another hand sets under way are the rollout's again, in a step and in the bake", () => {
    const table = underWay({ steps: [5, 100], bake: "10m" });
    expect(did(table.after(30, look(both(), share(60))))).toEqual(["shares v1 95 v2 5"]);
    expect(did(table.after(30, look(both(), share(5))))).toEqual([]);
    table.after(600, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    table.after(301, look(both({}, 4), share(100)));
    expect(table.phase).toBe("baking");
    expect(did(table.after(600, look(both({}, 4), share(10))))).toEqual(["shares v1 0 v2 100"]);
    expect(table.phase).toBe("baking");
    expect(did(table.after(30, look(both({}, 4), share(100))))).toEqual(["adopt v2", "register v2"]);
  });

  test("the bake of a rolling update leaves the old version the share of its last batch", () => {
    const table = desk(configOf({ strategy: "rolling", bake: "10m" }));
    const [old, fresh] = [seen("v1", 1), seen("v2", 4)];
    table.start();
    const { current } = table.state;
    if (!current) throw new Error("nothing is under way");
    const step = current.steps.length - 1;
    const percent = current.steps[step]?.percent ?? 0;
    table.state = {
      ...table.state,
      current: { ...current, phase: "baking", step, since: table.now, batch: { want: 4, keep: 1 } },
    };
    expect(percent).toBeLessThan(100);
    const { asked, ...rest } = table.state.current as NonNullable<typeof current>;
    table.state = { ...table.state, current: rest };
    expect(did(table.after(30, look([old, fresh], share(percent))))).toEqual([]);
    expect(table.phase).toBe("baking");
  });

  test("the old version vanishes by another hand: it goes neither back onto nothing nor forward without a word", () => {
    const table = underWay({ steps: [5, 100] });
    const alone = look([seen("v2", 1)], share(5));
    expect(table.after(600, alone).reason).toBe("held_old_version_gone");
    expect(did(table.after(30, alone))).toEqual(["tell stuck"]);
    expect(did(table.after(30, alone))).toEqual([]);
    expect(did(table.say("promote", alone))).toEqual(["ensure v2 4"]);
  });

  test("an alert that is to stop it does", () => {
    const table = underWay({ stopOn: ["OrdersErrors"] });
    table.after(30, look(both(), { ...share(5), alerts: ["OrdersErrors"] }));
    expect(table.state.current?.failure).toMatchObject({
      reason: "alert",
      text: expect.stringContaining("OrdersErrors"),
    });
  });

  test("what cannot be read is waited for, in words, and people are told once", () => {
    const table = underWay({ verify: "1m" });
    expect(table.after(30, look(undefined, { failures: ["ECS does not answer"] })).reason).toBe("held_unreadable");
    expect(did(table.after(61, look(undefined)))).toEqual(["tell stuck"]);
    expect(did(table.after(600, look(undefined)))).toEqual([]);
    expect(table.phase).toBe("judging");
  });

  test("after its deadline it goes back", () => {
    const table = underWay({ deadline: "1h", bake: "1s", first: "2h" } as never);
    table.after(3_600, look(both(), share(5)));
    expect(table.state.current?.failure?.reason).toBe("deadline");
  });
});

describe("going back", () => {
  test("the new version is taken away once it is seen to be served nowhere", () => {
    const table = underWay();
    expect(did(table.say("abort", look(both(), share(5))))).toEqual(["tell failed", "shares v1 100 v2 0"]);
    expect(did(table.after(5, look(both(), share(5))))).toEqual([]);
    expect(did(table.after(5, look(both(), share(0))))).toEqual(["remove v2"]);
    expect(table.after(5, look([V1], share(0))).reason).toBe("rolled_back");
  });

  test("shares seen before they were asked for are not believed: others may still be on their way", () => {
    const table = underWay({ steps: [5, 50, 100] });
    table.after(600, look(both({}, 2), share(5)));
    // 50 % is asked for and not in force yet; nor is what goes back.
    table.state = {
      ...table.state,
      current: { ...table.state.current, asked: { shares: { v1: 50, v2: 50 }, at: table.now } } as never,
    };
    expect(did(table.say("abort", look(both({}, 2), share(0))))).toEqual(["tell failed", "shares v1 100 v2 0"]);
    expect(did(table.after(5, look(both({}, 2), share(0))))).toEqual([]);
    expect(did(table.after(5, look(both({}, 2), share(0))))).toEqual(["remove v2"]);
  });

  test("what cannot be verified is not taken away; people are told that it is stuck", () => {
    const table = underWay({ verify: "1m" });
    table.say("abort", look(both(), share(5)));
    const blind = look(both());
    let told: readonly string[] = [];
    for (let looks = 0; looks < 40; looks += 1) told = [...told, ...did(table.after(5, blind))];
    expect(told).toContain("tell stuck");
    expect(told.filter((one) => one === "tell stuck")).toHaveLength(1);
    expect(told).not.toContain("remove v2");
    expect(told.filter((one) => one === "shares v1 100 v2 0").length).toBeGreaterThan(2);
  });

  test("nobody is sent to an old version that has nobody", () => {
    const table = underWay();
    table.say("abort", look([seen("v1", 4, { ready: 0 }), seen("v2", 1)], share(5)));
    const step = table.after(5, look([seen("v1", 4, { ready: 0 }), seen("v2", 1)], share(5)));
    expect(did(step)).toEqual([]);
    expect(step.reason).toBe("held_returning");
    expect(did(table.after(5, look(both(), share(5))))).toEqual(["shares v1 100 v2 0"]);
  });

  test("from the bake all is there for it: one change of shares", () => {
    const table = underWay({ steps: [5, 100] });
    table.after(600, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    table.after(301, look(both({}, 4), share(100)));
    expect(table.phase).toBe("baking");
    expect(did(table.say("rollback", look(both({}, 4), share(100))))).toEqual(["tell failed", "shares v1 100 v2 0"]);
  });

  test("also once the new version was adopted: the old one becomes the service again", () => {
    const table = underWay({ steps: [5, 100], bake: "0s" });
    table.after(600, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    table.after(301, look(both({}, 4), share(100)));
    expect(table.phase).toBe("retiring");
    const adopted = { ...share(100), stable: "v2" };
    expect(did(table.say("rollback", look(both({}, 4), adopted)))).toEqual(["tell failed", "shares v1 100 v2 0"]);
    expect(did(table.after(5, look(both({}, 4), { ...share(0), stable: "v2" })))).toEqual(["adopt v1", "register v1"]);
    expect(did(table.after(5, look(both({}, 4), share(0))))).toEqual(["remove v2"]);
  });

  test("once the old version is asked to go there is no way back", () => {
    const table = underWay({ steps: [5, 100], bake: "0s" });
    table.after(600, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    table.after(301, look(both({}, 4), share(100)));
    table.after(5, look(both({}, 4), { ...share(100), stable: "v2" }));
    const step = table.say("rollback", look(both({}, 4), { ...share(100), stable: "v2" }));
    expect(step).toMatchObject({ reason: "refused_not_now", actions: [] });
  });

  test("a new service that cannot start leaves nothing behind", () => {
    const table = desk(configOf());
    const { stable: _, ...nothing } = look([]);
    table.start({}, nothing);
    expect(table.state.current?.phase).toBe("starting");
    const { stable: _no, ...dead } = look([seen("v2", 1, { ready: 0, hopeless: true, trouble: "no such command" })]);
    expect(did(table.after(5, dead))).toEqual(["tell failed", "remove v2"]);
    expect(table.after(5, nothing).reason).toBe("rolled_back");
  });

  test("where ECS replaces the tasks of one service, taking the new version away is the way back", () => {
    const table = desk(configOf());
    const at = (v1: number, v2: number, ready: number) =>
      look([seen("v1", v1, { slot: "only" }), seen("v2", v2, { slot: "only", ready, failures: 3 })], {
        divides: false,
      });
    table.start({}, look([seen("v1", 2, { slot: "only" })], { divides: false }));
    expect(did(table.after(5, at(1, 2, 0)))).toEqual(["tell failed", "remove v2"]);
    expect(table.after(5, at(1, 2, 0)).reason).toBe("held_cleaning");
    expect(table.after(5, look([seen("v1", 2)], { divides: false })).reason).toBe("rolled_back");
  });

  test("what comes late after the end is taken away again", () => {
    const table = underWay();
    table.say("abort", look(both(), share(5)));
    table.after(5, look(both(), share(0)));
    table.after(15, look(both(), share(0)));
    table.after(15, look([V1], share(0)));
    expect(table.state.current).toBeUndefined();
    const config = configOf({ gate: "off" });
    expect(dueAt(config, table.state, table.now)).toBe(table.now + 120_000);
    expect(did(table.after(120, look(both(), share(5))))).toEqual(["shares v1 100 v2 0"]);
    expect(did(table.after(5, look(both(), share(0))))).toEqual(["remove v2"]);
    expect(dueAt(config, table.state, table.now)).toBeUndefined();
  });
});

describe("people", () => {
  test("paused it stays where it is, and what was left of the step is left when it goes on", () => {
    const table = underWay({ first: "10m", steps: [5, 100] });
    table.after(300, look(both(), share(5)));
    expect(table.say("pause").reason).toBe("paused");
    expect(table.after(3_600, look(both(), share(5))).reason).toBe("held_paused");
    expect(table.say("pause").reason).toBe("refused_not_now");
    expect(table.say("resume").reason).toBe("resumed");
    expect(did(table.after(290, look(both(), share(5))))).toEqual([]);
    expect(did(table.after(20, look(both(), share(5))))).toEqual(["ensure v2 4"]);
  });

  test("paused it still goes back when the new version dies", () => {
    const table = underWay();
    table.say("pause");
    table.after(5, look(both({ ready: 0 }), share(5)));
    expect(did(table.after(5, look(both({ ready: 0 }), share(5))))).toEqual(["tell failed", "shares v1 100 v2 0"]);
  });

  test("skip ends this wait only, promote all of them but the bake", () => {
    const skipped = underWay({ steps: [5, 10, 100] });
    expect(did(skipped.say("skip", look(both(), share(5))))).toEqual(["shares v1 90 v2 10"]);
    const table = underWay({ steps: [5, 10, 100], bake: "10m" });
    expect(did(table.say("promote", look(both(), share(5))))).toEqual(["ensure v2 4"]);
    table.after(5, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    expect(table.phase).toBe("baking");
    expect(did(table.after(300, look(both({}, 4), share(100))))).toEqual([]);
  });

  test("a step that needs a person asks once, and goes on with the word", () => {
    const table = underWay({ steps: [5, { percent: 100, approval: true }] });
    expect(did(table.after(600, look(both(), share(5))))).toEqual(["tell approval_needed"]);
    expect(table.after(600, look(both(), share(5))).reason).toBe("held_approval");
    expect(table.say("approve", look(both(), share(5)), "rol_0").reason).toBe("refused_other_rollout");
    const step = table.say("approve", look(both(), share(5)), "rol_1");
    expect([step.reason, did(step)]).toEqual(["approved", ["ensure v2 4"]]);
    expect(table.state.current?.approved).toMatchObject({ "1": { by: "ada" } });
  });

  test("before the old version goes, where the configuration wants it so", () => {
    const table = underWay({ steps: [5, 100], bake: "0s", approval: true });
    table.after(600, look(both({}, 4), share(5)));
    table.after(5, look(both({}, 4), share(100)));
    expect(did(table.after(301, look(both({}, 4), share(100))))).toEqual(["tell approval_needed"]);
    expect(did(table.say("approve", look(both({}, 4), share(100))))).toEqual(["adopt v2", "register v2"]);
  });

  test.each(["pause", "resume", "promote", "skip", "approve", "abort", "rollback"] as const)(
    "%s with nothing under way is told so",
    (command) => {
      expect(desk(configOf()).say(command).reason).toBe("refused_nothing_under_way");
    },
  );
});

describe("hooks", () => {
  const hooked = (status: Record<string, number>) => {
    const table = desk(configOf({ gate: "off", hooks: { smoke: "https://hooks.test/smoke" } }));
    table.results = (key, type) => (type === "ask_hook" ? { values: status, detail: "said so", key } : {});
    table.start();
    table.after(5, look([V1], share(0)));
    table.after(5, look(both(), share(0)));
    expect(did(table.after(5, look(both(), share(0))))).toEqual(["ask smoke"]);
    return table;
  };

  test.each([200, 204])("%i goes on at once", (status) => {
    const table = hooked({ status });
    expect(dueAt(configOf({ gate: "off" }), table.state, table.now)).toBe(table.now);
    expect(did(table.after(0, look(both(), share(0))))).toEqual(["shares v1 95 v2 5"]);
  });

  test.each([403, 409])("%i is a no", (status) => {
    const table = hooked({ status });
    expect(did(table.after(0, look(both(), share(0))))).toEqual(["tell failed", "remove v2"]);
    expect(table.state.current?.failure).toMatchObject({
      reason: "hook_failed",
      text: expect.stringContaining("said so"),
    });
  });

  test.each([500, 404, 302])("%i is asked again, for as long as a start may take", (status) => {
    const table = hooked({ status });
    expect(did(table.after(5, look(both(), share(0))))).toEqual(["ask smoke"]);
    table.after(120, look(both(), share(0)));
    expect(table.state.current?.failure?.reason).toBe("hook_failed");
  });

  test("202 is still at work, and has until the deadline", () => {
    const table = hooked({ status: 202 });
    for (let looks = 0; looks < 60; looks += 1) table.after(5, look(both(), share(0)));
    expect(table.phase).toBe("checking");
    expect(table.state.current?.hooks["smoke"]?.asked).toBeGreaterThan(40);
  });

  test("each asking has a key of its own", () => {
    const table = hooked({ status: 500 });
    const keys = [1, 2, 3].flatMap(() => table.after(5, look(both(), share(0))).actions.map(({ key }) => key));
    expect(new Set(keys).size).toBe(3);
  });
});

describe("rolling", () => {
  test("a batch: grow, wait for health, move the traffic, shrink; at most one above, none below", () => {
    const table = desk(configOf({ strategy: "rolling", gate: "off" }));
    table.start({}, look([seen("v1", 3)]));
    const at = (v1: number, v2: number, percent: number, ready = v2) =>
      look([...(v1 > 0 ? [seen("v1", v1)] : []), ...(v2 > 0 ? [seen("v2", v2, { ready })] : [])], share(percent));
    expect(did(table.after(5, at(3, 0, 0)))).toEqual(["ensure v2 1"]);
    table.after(5, at(3, 1, 0));
    expect(did(table.after(5, at(3, 1, 0)))).toEqual(["shares v1 75 v2 25"]);
    expect(did(table.after(5, at(3, 1, 25)))).toEqual(["shares v1 66.7 v2 33.3"]);
    expect(did(table.after(5, at(3, 1, 33.3)))).toEqual(["resize v1 2"]);
    expect(did(table.after(5, at(2, 1, 33.3)))).toEqual(["ensure v2 2"]);
    expect(did(table.after(5, at(2, 2, 33.3)))).toEqual(["shares v1 50 v2 50"]);
  });

  test("without anybody who divides, traffic follows the instances", () => {
    const table = desk(configOf({ strategy: "rolling", gate: "off", bake: "0s" }));
    const at = (v1: number, v2: number) =>
      look([...(v1 > 0 ? [seen("v1", v1)] : []), ...(v2 > 0 ? [seen("v2", v2)] : [])], { divides: false });
    const done: string[] = [];
    let [v1, v2] = [3, 0];
    table.start({}, at(v1, v2));
    for (let looks = 0; looks < 40 && table.state.ended.length === 0; looks += 1) {
      const step = table.after(
        5,
        look(at(v1, v2).versions, { divides: false, stable: done.includes("adopt v2") ? "v2" : "v1" }),
      );
      for (const one of did(step)) {
        done.push(one);
        const [verb, version, count] = one.split(" ");
        if (verb === "ensure") v2 = Number(count);
        if (verb === "resize" && version === "v1") v1 = Number(count);
        if (verb === "remove") v1 = 0;
        expect(v1 + v2).toBeGreaterThanOrEqual(3);
        expect(v1 + v2).toBeLessThanOrEqual(4);
      }
    }
    expect(done.filter((one) => !one.startsWith("tell"))).toEqual([
      "ensure v2 1",
      "resize v1 2",
      "ensure v2 2",
      "resize v1 1",
      "ensure v2 3",
      "adopt v2",
      "register v2",
      "remove v1",
    ]);
  });

  test("back is the same backwards: instances return before all traffic does", () => {
    const table = desk(configOf({ strategy: "rolling", gate: "off" }));
    table.start({}, look([seen("v1", 4)], { divides: false }));
    table.after(5, look([seen("v1", 4), seen("v2", 1)], { divides: false }));
    table.after(5, look([seen("v1", 4), seen("v2", 1)], { divides: false }));
    const half = look([seen("v1", 2), seen("v2", 3)], { divides: false });
    expect(did(table.say("abort", half))).toEqual(["tell failed", "resize v1 4"]);
    expect(did(table.after(5, look([seen("v1", 4, { ready: 2 }), seen("v2", 3)], { divides: false })))).toEqual([]);
    expect(did(table.after(5, look([seen("v1", 4), seen("v2", 3)], { divides: false })))).toEqual(["remove v2"]);
  });
});

describe("what is looked at, and when", () => {
  test("nothing under way: never, and nothing but versions", () => {
    const config = configOf();
    const table = desk(config);
    expect(dueAt(config, table.state, table.now)).toBeUndefined();
    expect(needsOf(config, table.state, "look", table.now)).toEqual({ versions: true, shares: false, alerts: [] });
  });

  test("the history until the gate has begun, then counts from where it is, once an interval is over", () => {
    const config = configOf({ stopOn: ["Down"] });
    const table = desk(config);
    table.start();
    const first = needsOf(config, table.state, "look", table.now);
    expect(first).toMatchObject({
      shares: true,
      alerts: ["Down"],
      history: { ticks: 120, everyMs: 30_000, baseline: "v1" },
    });
    const history = Array.from({ length: 60 }, (_, index) => ({ requests: 1000, errors: 9 + (index % 3) }));
    table.after(5, look([V1], { ...share(0), history, slowMs: 250 }));
    expect(needsOf(config, table.state, "look", table.now)).toEqual({ versions: true, shares: true, alerts: ["Down"] });
    table.after(5, look(both(), share(0)));
    table.after(5, look(both(), share(0)));
    table.after(5, look(both(), share(5)));
    const began = Math.ceil(table.now / 30_000) * 30_000;
    expect(needsOf(config, table.state, "look", began)).not.toHaveProperty("counts");
    expect(needsOf(config, table.state, "look", began + 30_000).counts).toEqual({
      from: began,
      everyMs: 30_000,
      canary: "v2",
      baseline: "v1",
      slowMs: 250,
    });
  });

  test("at each poll while something is on its way, at the end of a tick while it is judged", () => {
    const config = configOf({ gate: "off" });
    const table = desk(config);
    table.start();
    expect(dueAt(config, table.state, table.now)).toBe(table.now + 5_000);
    const judging = underWay({ first: "10m" });
    expect(dueAt(config, judging.state, judging.now)).toBe(judging.now + 30_000);
  });

  test("a look that finds nothing new leaves the very same state", () => {
    const table = underWay();
    const before = table.state;
    table.after(30, look(both(), share(5)));
    const held = table.state;
    table.after(30, look(both(), share(5)));
    expect(table.state).toBe(held);
    expect(before.current?.phase).toBe(held.current?.phase);
  });
});
