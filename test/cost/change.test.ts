import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeMachine } from "../../shared/core/cost/change/machine.ts";
import type {
  ChangeConfig,
  ChangeInput,
  ChangeState,
  NotedOpportunity,
  Seen,
  SeenFloor,
} from "../../shared/core/cost/change/types.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { machineLaws } from "../contract/machine.ts";

const NOW = 1_700_000_000_000;
const CONFIG: ChangeConfig = {
  ...{ id: "opp_1", mode: "recommend", everyMs: HOUR_MS, blindMs: 10 * MINUTE_MS, reserveMs: 6 * HOUR_MS },
};
const TOPIC: NotedOpportunity = {
  id: "opp_1",
  kind: "retention",
  resource: { type: "kafka:topic", id: "events/orders", name: "orders" },
  text: "orders keeps a week",
  ...{ current: {}, proposed: {}, currency: "USD", effort: "very_low", risk: "low", restartNeeded: false },
  ...{ rollback: "one_call", evidence: [], bounds: [], at: NOW },
  action: {
    ...{ type: "topic_configs", cluster: "events", topic: "orders", topicId: "id" },
    set: [{ name: "retention.ms", value: String(2 * DAY_MS) }],
    before: [{ name: "retention.ms" }],
  },
};
const BY_HAND: NotedOpportunity = { ...TOPIC, kind: "idle", action: { type: "by_hand", steps: ["stop it"] } };
const floor = (ms: number, needMs = ms / 3): SeenFloor => ({
  status: "known",
  ms,
  needMs,
  text: "by lag",
  terms: [{ rule: "lag", ms, text: "by lag" }],
});
const seen = (value: string | undefined, more: Partial<Extract<Seen, { status: "seen" }>> = {}): Seen => ({
  ...{ status: "seen", topicId: "id", cleanupPolicy: "delete", floor: floor(DAY_MS) },
  own: [{ name: "retention.ms", ...(value === undefined ? {} : { value }) }],
  ...more,
});
const OURS = String(2 * DAY_MS);
const said = { by: "ana", why: "it is cheaper" };
const apply = (given: Seen, opportunity = TOPIC): ChangeInput => ({ kind: "apply", ...said, opportunity, seen: given });
const step = (state: ChangeState, input: ChangeInput, config = CONFIG, now = NOW) =>
  changeMachine.step(config, state, input, now);
const open = changeMachine.initial(CONFIG, NOW);
const settled = (state: ChangeState, status: "done" | "refused" | "superseded" | "failed" = "done", now = NOW) =>
  changeMachine.settle(CONFIG, state, [{ key: "k", status, at: now, detail: status }], now);
const applying = step(open, apply(seen(undefined))).state;
const guarded = settled(applying);

describe("applying is looked at again at the moment it is done", () => {
  test("and sets absolutely, expecting what was there", () => {
    const { reason, actions } = step(open, apply(seen(undefined)));
    expect(reason).toBe("applying");
    expect(actions).toMatchObject([
      { set: [{ name: "retention.ms", value: OURS }], expect: [{ name: "retention.ms" }], topicId: "id" },
    ]);
    expect(guarded).toMatchObject({ status: "guarded", retentionMs: 2 * DAY_MS, applied: { by: "ana" } });
  });
  const refusals: readonly (readonly [string, Seen, string])[] = [
    ["changed by another hand", seen("999"), "refused_changed"],
    ["made anew", seen(undefined, { topicId: "other" }), "refused_gone"],
    ["gone", { status: "gone", text: "orders is not there" }, "refused_gone"],
    ["out of reach", { status: "unreachable", text: "no broker" }, "refused_unreachable"],
    ["compacted meanwhile", seen(undefined, { cleanupPolicy: "compact,delete" }), "refused_policy"],
    ["needed for longer by now", seen(undefined, { floor: floor(3 * DAY_MS) }), "refused_floor"],
    [
      "needed nearly as long as it would be kept",
      seen(undefined, { floor: floor(2 * DAY_MS, 43 * HOUR_MS) }),
      "refused_floor",
    ],
    [
      "read by a group of unknown lag",
      seen(undefined, { floor: { status: "unknown", text: "g" } }),
      "refused_unknown_floor",
    ],
  ];
  test.each(refusals)("a topic that is %s is refused and nothing changes", (_, given, reason) => {
    const result = step(open, apply(given));
    expect(result).toMatchObject({ reason, actions: [] });
    expect(result.state).toBe(open);
  });
  test("mode observe refuses everybody", () => {
    expect(step(open, apply(seen(undefined)), { ...CONFIG, mode: "observe" }).reason).toBe("refused_mode");
  });
  test("a second time is refused", () => {
    expect(step(guarded, apply(seen(OURS))).reason).toBe("refused_status");
  });
  test("by hand it is noted, and undone by word", () => {
    const { state, reason, actions } = step(open, apply({ status: "by_hand" }, BY_HAND));
    expect({ reason, actions, status: state.status }).toEqual({
      reason: "applied_by_hand",
      actions: [],
      status: "applied",
    });
    expect(step(state, { kind: "revert", ...said, seen: { status: "by_hand" } }).state.status).toBe("reverted");
  });
  test("what was refused by the cluster is open again, with why; what failed is seen at the next look", () => {
    expect(settled(applying, "refused")).toMatchObject({ status: "open", trouble: "refused" });
    const unsure = settled(applying, "failed");
    expect(unsure.status).toBe("applying");
    expect(step(unsure, { kind: "look", seen: seen(OURS) }).state.status).toBe("guarded");
    expect(step(unsure, { kind: "look", seen: seen(undefined) })).toMatchObject({
      reason: "not_applied",
      state: { status: "open" },
    });
  });
});

describe("the guard", () => {
  const look = (given: Seen, state = guarded, now = NOW + HOUR_MS) =>
    step(state, { kind: "look", seen: given }, CONFIG, now);
  test("changes nothing while what is needed is far below what is kept", () => {
    const result = look(seen(OURS));
    expect(result.reason).toBe("held_guarding");
    expect(result.state).toBe(guarded);
    expect(changeMachine.dueAt(CONFIG, guarded, NOW)).toBe(NOW + HOUR_MS);
  });
  const near: readonly (readonly [string, Parameters<typeof seen>[1]])[] = [
    ["the floor is above it", { floor: floor(2 * DAY_MS + 1) }],
    ["less than the reserve is left", { floor: floor(2 * DAY_MS, 43 * HOUR_MS) }],
    ["the topic was made a compacted one", { cleanupPolicy: "compact" }],
  ];
  test.each(near)("takes back by itself when %s", (_, more) => {
    const { state, reason, actions } = look(seen(OURS, more));
    expect(reason).toBe("taking_back");
    // There was no override: it is taken away, not set to what the default happens to be.
    expect(actions).toMatchObject([
      { set: [{ name: "retention.ms" }], expect: [{ name: "retention.ms", value: OURS }] },
    ]);
    expect(actions[0]?.set[0]).not.toHaveProperty("value");
    expect(settled(state)).toMatchObject({ status: "reverted", ended: { alone: true, by: "headgate" } });
  });
  test("that cannot see looks again soon, and then takes back", () => {
    const blind = seen(OURS, { floor: { status: "unknown", text: "nobody answers" } });
    const first = look(blind);
    expect(first).toMatchObject({ reason: "held_blind", actions: [], state: { blindSince: NOW + HOUR_MS } });
    expect(changeMachine.dueAt(CONFIG, first.state, NOW + HOUR_MS)).toBe(NOW + HOUR_MS + 10 * MINUTE_MS);
    const still = look(blind, first.state, NOW + HOUR_MS + 9 * MINUTE_MS);
    expect(still.state).toBe(first.state);
    expect(look(blind, first.state, NOW + HOUR_MS + 10 * MINUTE_MS).reason).toBe("taking_back");
    const again = look(seen(OURS), first.state, NOW + HOUR_MS + 10 * MINUTE_MS);
    expect(again.reason).toBe("sees_again");
    expect(again.state).not.toHaveProperty("blindSince");
  });
  test("waits for a cluster that does not answer, for half of the reserve, and then tries to take back", () => {
    const away: Seen = { status: "unreachable", text: "no broker" };
    const first = look(away);
    expect(first).toMatchObject({ reason: "held_unreachable", actions: [], state: { status: "guarded" } });
    expect(look(away, first.state, NOW + 3 * HOUR_MS)).toMatchObject({ reason: "held_unreachable", actions: [] });
    const taking = look(away, first.state, NOW + 4 * HOUR_MS);
    expect(taking).toMatchObject({ reason: "taking_back", actions: [{ type: "set_configs" }] });
    const left = settled(taking.state, "failed");
    expect(look(away, left, NOW + 4 * HOUR_MS + MINUTE_MS)).toMatchObject({ reason: "held_unreachable", actions: [] });
    expect(look(away, left, NOW + 5 * HOUR_MS)).toMatchObject({
      reason: "taking_back",
      actions: [{ type: "set_configs" }],
    });
    expect(look(seen(OURS), first.state, NOW + 2 * HOUR_MS).reason).toBe("sees_again");
  });
  test("leaves what another hand has changed since, and stops", () => {
    expect(look(seen("999"))).toMatchObject({ reason: "superseded", actions: [], state: { status: "superseded" } });
    expect(look(seen(undefined))).toMatchObject({ reason: "reverted", actions: [], state: { status: "reverted" } });
    expect(look(seen(OURS, { topicId: "new" }))).toMatchObject({ reason: "superseded" });
    expect(look({ status: "gone", text: "orders is gone" })).toMatchObject({ reason: "superseded" });
  });
  test("goes on taking back until it is seen: refused is not given up", () => {
    const taking = look(seen(OURS, { floor: floor(3 * DAY_MS) })).state;
    for (const status of ["refused", "failed"] as const) {
      const left = settled(taking, status);
      expect(left).toMatchObject({ status: "reverting", trouble: status });
      expect(look(seen(OURS), left, NOW + 2 * HOUR_MS)).toMatchObject({
        reason: "taking_back",
        actions: [{ type: "set_configs" }],
      });
      expect(look(seen(undefined), left, NOW + 2 * HOUR_MS)).toMatchObject({ reason: "reverted" });
    }
  });
});

describe("by somebody's word", () => {
  test("one call takes it back to exactly what was", () => {
    const before = { name: "retention.ms", value: "604800000" };
    const { action } = TOPIC;
    if (action.type !== "topic_configs") throw new Error("no topic");
    const own = { ...TOPIC, action: { ...action, before: [before] } };
    const held = settled(step(open, apply(seen("604800000"), own)).state);
    const { reason, actions, state } = step(held, { kind: "revert", ...said, seen: seen(OURS) });
    expect({ reason, set: actions[0]?.set }).toEqual({ reason: "reverting", set: [before] });
    expect(settled(state)).toMatchObject({ status: "reverted", ended: { alone: false, by: "ana" } });
  });
  test("a dismissal holds until its end, has its reason, and can be taken back", () => {
    const { state } = step(open, { kind: "dismiss", ...said, until: NOW + DAY_MS, opportunity: TOPIC });
    expect(state).toMatchObject({
      status: "dismissed",
      dismissal: { by: "ana", why: "it is cheaper", until: NOW + DAY_MS },
    });
    expect(step(state, { kind: "reopen", ...said }).state).toMatchObject({ status: "open" });
    expect(step(guarded, { kind: "dismiss", ...said, opportunity: TOPIC }).reason).toBe("refused_status");
  });
  test("what was never applied cannot be taken back or proven", () => {
    expect(step(open, { kind: "revert", ...said, seen: seen(undefined) }).reason).toBe("refused_status");
    const proof = { at: NOW, final: true, text: "proven" };
    expect(step(open, { kind: "prove", proof }).reason).toBe("refused_status");
    expect(step(guarded, { kind: "prove", proof }).state).toMatchObject({ status: "guarded", proof });
  });
});

const values = fc.constantFrom(undefined, OURS, "999");
const floors: fc.Arbitrary<SeenFloor> = fc.oneof(
  fc
    .record({ ms: fc.integer({ min: 0, max: 72 }), need: fc.integer({ min: 0, max: 60 }) })
    .map(({ ms, need }) => floor(ms * HOUR_MS, need * HOUR_MS)),
  fc.constant({ status: "unknown" as const, text: "nobody answers" }),
);
const seens: fc.Arbitrary<Seen> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ value: values, floor: floors, topicId: fc.constantFrom("id", "id", "id", "new") })
      .map(({ value, ...more }) => seen(value, more)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Seen>(
      { status: "gone", text: "it is gone" },
      { status: "unreachable", text: "no broker" },
      { status: "by_hand" },
    ),
  },
);
const opportunities = fc.constantFrom(TOPIC, BY_HAND);
machineLaws("cost changes", changeMachine, {
  config: fc.constantFrom<ChangeConfig>(CONFIG, { ...CONFIG, mode: "observe" }, { ...CONFIG, mode: "act" }),
  input: fc
    .oneof(
      fc
        .record({ opportunity: opportunities, given: seens })
        .map(({ opportunity, given }) => apply(given, opportunity)),
      seens.map((given): ChangeInput => ({ kind: "look", seen: given })),
      seens.map((given): ChangeInput => ({ kind: "revert", ...said, seen: given })),
      opportunities.map((opportunity): ChangeInput => ({ kind: "dismiss", ...said, opportunity })),
      fc.constant<ChangeInput>({ kind: "reopen", ...said }),
      fc.constant<ChangeInput>({ kind: "prove", proof: { at: NOW, final: false, text: "too early" } }),
    )
    .map((given) => () => given),
  runs: 15,
});
