import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain, sentence } from "../../shared/core/alerting/explain.ts";
import { logEntry } from "../../shared/core/alerting/group-flush.ts";
import { firstTick } from "../../shared/core/alerting/group-tick.ts";
import type {
  AlertingReason,
  FlushInput,
  GroupConfig,
  GroupInput,
  GroupState,
} from "../../shared/core/alerting/group-types.ts";
import {
  alertGroup,
  dueTick,
  forgettable,
  groupSubject,
  LATE_MS,
  nextTick,
} from "../../shared/core/alerting/machine.ts";
import { fingerprintSet } from "../../shared/core/alerting/sets.ts";
import type { IntegrationRef } from "../../shared/core/alerting/types.ts";
import { machineLaws } from "../contract/machine.ts";
import { decision } from "../contract/records.ts";

const ref = (index: number, more: Partial<IntegrationRef> = {}): IntegrationRef => ({
  id: `webhook[${index}]`,
  type: "webhook",
  index,
  sendResolved: true,
  sendable: true,
  ...more,
});
const config = (more: Partial<GroupConfig> = {}): GroupConfig => ({
  identity: { groupKey: '{}:{alertname="Down"}', routeId: "{}", receiver: "chat", labels: { alertname: "Down" } },
  version: "v1",
  groupWaitMs: 10_000,
  groupIntervalMs: 60_000,
  repeatIntervalMs: 600_000,
  integrations: [ref(0)],
  escalation: [],
  ...more,
});

/** What a flush sees; told: fingerprints that the log has. */
function seen(
  state: GroupState,
  at: number,
  firing: readonly string[],
  resolved: readonly string[] = [],
  more: Partial<FlushInput> = {},
): FlushInput {
  const counted = Object.entries({
    "webhook[0]": state.log["webhook[0]"],
    "oncall/webhook[0]": state.log["oncall/webhook[0]"],
  });
  return {
    kind: "flush",
    at,
    tick: at,
    counts: {
      alerts: firing.length + resolved.length,
      firing: firing.length,
      resolved: resolved.length,
      inhibited: 0,
      silenced: 0,
      cooling: 0,
    },
    firing: fingerprintSet(firing),
    resolved: fingerprintSet(resolved),
    integrations: Object.fromEntries(
      counted.map(([key, entry]) => {
        const told = (of: "firing" | "resolved") => (entry && "inline" in entry[of] ? entry[of].inline : []);
        const fresh = (some: readonly string[], of: "firing" | "resolved") =>
          some.filter((one) => !told(of).includes(one)).length;
        return [
          key,
          {
            firing: firing.length,
            resolved: resolved.length,
            newFiring: fresh(firing, "firing"),
            newResolved: fresh(resolved, "resolved"),
            ...(entry ? { entryAt: entry.at } : {}),
          },
        ];
      }),
    ),
    escalates: [],
    sample: [],
    ...more,
  };
}

const opened = (given = config(), at = 0): GroupState =>
  alertGroup.step(given, alertGroup.initial(given, at), { kind: "open", at, startsAt: at }, at).state;

/** Steps and settles: everything that is to be told is told at once. */
function play(
  given: GroupConfig,
  state: GroupState,
  input: GroupInput,
  at: number,
  status: "done" | "failed" = "done",
) {
  const step = alertGroup.step(given, state, input, at);
  const results = step.actions.map(({ key }) => ({ key, status, at, detail: "" }));
  return { ...step, settled: results.length > 0 ? alertGroup.settle(given, step.state, results, at) : step.state };
}

const fingerprints = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
const count = fc.nat(3);
machineLaws("alertGroup", alertGroup, {
  config: fc
    .record({
      wait: fc.constantFrom(0, 10_000),
      interval: fc.constantFrom(1_000, 60_000),
      sendResolved: fc.boolean(),
      sendable: fc.boolean(),
      escalates: fc.boolean(),
    })
    .map(({ wait, interval, sendResolved, sendable, escalates }) =>
      config({
        groupWaitMs: wait,
        groupIntervalMs: interval,
        integrations: [ref(0, { sendResolved, sendable }), ref(1)],
        escalation: escalates ? [{ rule: "r", afterMs: 30_000, receiver: "oncall", integrations: [ref(0)] }] : [],
      }),
    ),
  input: fc
    .record({
      kind: fc.constantFrom("open", "flush", "flush", "flush", "acknowledge", "unacknowledge", "comment", "nonsense"),
      firing: fingerprints,
      resolved: fingerprints,
      counts: fc.record({ inhibited: count, silenced: count, cooling: count }),
      muted: fc.option(fc.constantFrom("active", "mute"), { nil: undefined }),
      due: fc.boolean(),
      entryAt: fc.option(fc.constant(1_700_000_000_000), { nil: undefined }),
      newFiring: count,
    })
    .map(
      ({ kind, firing, resolved, counts, muted, due, entryAt, newFiring }) =>
        (_: GroupConfig, at: number): GroupInput => {
          if (kind === "open") return { kind, at, startsAt: at - 5_000 };
          if (kind !== "flush") return { kind, by: "ada", comment: "x" } as GroupInput;
          const one = {
            firing: firing.length,
            resolved: resolved.length,
            newFiring,
            newResolved: 0,
            ...(entryAt === undefined ? {} : { entryAt }),
          };
          return {
            kind: "flush",
            at,
            ...(due ? { tick: at } : {}),
            counts: {
              alerts: firing.length + resolved.length,
              firing: firing.length,
              resolved: resolved.length,
              ...counts,
            },
            ...(muted ? { held: { by: muted as "mute", intervals: ["night"] } } : {}),
            firing: fingerprintSet(firing),
            resolved: fingerprintSet(resolved),
            integrations: { "webhook[0]": one, "webhook[1]": one, "oncall/webhook[0]": one },
            escalates: ["r"],
            sample: [],
          };
        },
    ),
});

describe("the clock of a group", () => {
  test("the first flush is after group_wait, at once where the alert is that old", () => {
    expect(firstTick(1_000, 1_000, 10_000)).toBe(11_000);
    expect(firstTick(20_000, 10_000, 10_000)).toBe(20_000);
    expect(firstTick(20_000, 10_001, 10_000)).toBe(30_000);
    expect(firstTick(20_000, 0, 10_000, 25_000)).toBe(25_000);
  });

  test("later flushes count from the first tick, however long deliveries take", () => {
    const given = config();
    const state = opened(given);
    const { state: flying, actions } = alertGroup.step(given, state, seen(state, 10_000, ["a"]), 10_000);
    const late = [{ key: actions[0]?.key ?? "", status: "done" as const, at: 47_000, detail: "" }];
    const settled = alertGroup.settle(given, flying, late, 47_000);
    expect(alertGroup.dueAt(given, settled, 47_000)).toBe(70_000);
    expect(nextTick(settled, given, 70_000)).toBe(130_000);
  });

  test("a tick that was looked at is not due again, a late wake handles the latest only", () => {
    const given = config();
    const state = opened(given);
    expect(dueTick(state, given, 10_020, 10_000)).toBe(10_000);
    expect(dueTick(state, given, 10_020, 70_000)).toBeUndefined();
    expect(dueTick(state, given, 200_000, 70_000)).toBe(190_000);
    expect(dueTick(state, given, 9_999, 10_000)).toBeUndefined();
  });
});

describe("what a flush does to the log and to the group", () => {
  test("the log says when it was told, not when it was decided", () => {
    const given = config();
    const state = opened(given);
    const { state: flying, actions } = alertGroup.step(given, state, seen(state, 10_000, ["a"]), 10_000);
    const results = [
      { key: actions[0]?.key ?? "", status: "done" as const, at: 10_250, detail: "", values: { ts: "1.2" } },
    ];
    const { log, flight } = alertGroup.settle(given, flying, results, 10_300);
    expect(log["webhook[0]"]).toMatchObject({ at: 10_250, expiresAt: 10_250 + 1_200_000, store: { ts: "1.2" } });
    expect(flight).toBeUndefined();
  });

  test("resolved alerts stay until every integration has taken the message", () => {
    const given = config({ integrations: [ref(0), ref(1)] });
    const two = (state: GroupState, at: number, firing: readonly string[], resolved: readonly string[]) => {
      const input = seen(state, at, firing, resolved);
      const one = input.integrations["webhook[0]"];
      return { ...input, integrations: { ...input.integrations, "webhook[1]": one } } as FlushInput;
    };
    const first = play(given, opened(given), two(opened(given), 10_000, ["a"], []), 10_000).settled;
    const step = alertGroup.step(given, first, two(first, 70_000, [], ["a"]), 70_000);
    const [one, other] = step.actions.map(({ key }, index) => ({
      key,
      status: index === 0 ? ("done" as const) : ("failed" as const),
      at: 70_000,
      detail: "",
    }));
    const half = alertGroup.settle(
      given,
      step.state,
      [one, other].flatMap((each) => each ?? []),
      70_000,
    );
    expect(half).toMatchObject({ status: "open" });
    expect(half.clearedAt).toBeUndefined();
    const again = alertGroup.step(
      given,
      half,
      {
        ...two(half, 130_000, [], ["a"]),
        integrations: {
          "webhook[0]": { firing: 0, resolved: 1, newFiring: 0, newResolved: 0, entryAt: 70_000 },
          "webhook[1]": { firing: 0, resolved: 1, newFiring: 0, newResolved: 1, entryAt: 10_000 },
        },
      },
      130_000,
    );
    expect(again.actions.map(({ integration }) => integration.id)).toEqual(["webhook[1]"]);
    // The same message, so the same key: a receiver that did get it knows it.
    expect(again.actions[0]?.key).toBe(step.actions[1]?.key);
  });

  test("a repeat has another key, a try of the same has the same", () => {
    const given = config();
    const open = opened(given);
    const first = play(given, open, seen(open, 10_000, ["a"]), 10_000, "failed");
    const again = play(given, first.settled, seen(first.settled, 70_000, ["a"]), 70_000);
    expect(again.actions[0]?.key).toBe(first.actions[0]?.key);
    const repeat = play(given, again.settled, seen(again.settled, 730_000, ["a"]), 730_000);
    expect(repeat.reason).toBe("notified_repeat");
    expect(repeat.actions[0]?.key).not.toBe(first.actions[0]?.key);
  });

  test("with send_resolved off the end is only written down", () => {
    const given = config({ integrations: [ref(0, { sendResolved: false })] });
    const told = play(given, opened(given), seen(opened(given), 10_000, ["a"]), 10_000).settled;
    const end = play(given, told, seen(told, 70_000, [], ["a"]), 70_000);
    expect(end).toMatchObject({ reason: "cleared_without_sending", actions: [], settled: { status: "dormant" } });
    expect(end.settled.log["webhook[0]"]).toMatchObject({ at: 70_000, firing: { count: 0 } });
  });

  test("a group that never told anybody of anything ends without a word", () => {
    const given = config();
    const open = opened(given);
    expect(play(given, open, seen(open, 10_000, [], ["a"]), 10_000)).toMatchObject({
      reason: "held_never_notified",
      actions: [],
      settled: { status: "dormant", clearedAt: 10_000 },
    });
  });

  test("while it is muted nothing is written to the log, and resolved alerts leave unheard", () => {
    const given = config();
    const open = opened(given);
    const muted = play(
      given,
      open,
      seen(open, 10_000, ["a"], ["b"], { held: { by: "mute", intervals: ["night"] } }),
      10_000,
    );
    expect(muted).toMatchObject({
      reason: "held_muted",
      actions: [],
      settled: { log: {}, clearedAt: 10_000, status: "open" },
    });
  });

  test("a summary made against another log decides nothing", () => {
    const given = config();
    const open = opened(given);
    const told = play(given, open, seen(open, 10_000, ["a"]), 10_000).settled;
    expect(play(given, told, seen(open, 70_000, ["a"]), 70_000)).toMatchObject({ reason: "held_stale", state: told });
  });

  test("a dormant group is looked at once more, remembered until its log has run out, and then forgotten", () => {
    const given = config();
    const told = play(given, opened(given), seen(opened(given), 10_000, ["a"]), 10_000).settled;
    const { settled } = play(given, told, seen(told, 70_000, [], ["a"]), 70_000);
    expect(alertGroup.dueAt(given, settled, 70_000)).toBe(70_000 + LATE_MS);
    const expiry = (settled.log["webhook[0]"]?.expiresAt ?? 0) + 900_000;
    expect(alertGroup.dueAt(given, settled, 70_000 + LATE_MS)).toBe(expiry);
    expect(forgettable(settled, expiry - 1)).toBe(false);
    expect(forgettable(settled, expiry)).toBe(true);
    const reopened = alertGroup.step(given, settled, { kind: "open", at: 100_000, startsAt: 100_000 }, 100_000);
    expect(reopened).toMatchObject({ reason: "opened", state: { status: "open", firstTickAt: 110_000 } });
    expect(reopened.state.log).toEqual(settled.log);
  });
});

describe("acknowledging and escalating", () => {
  const given = config({ escalation: [{ rule: "r", afterMs: 90_000, receiver: "oncall", integrations: [ref(0)] }] });
  const told = () => play(given, opened(given), seen(opened(given), 10_000, ["a"]), 10_000).settled;
  const escalation = (state: GroupState, at: number) => {
    const { tick: _tick, ...input } = seen(state, at, ["a"], [], { escalates: ["r"] });
    return input as FlushInput;
  };

  test("unacknowledged for long enough the next receiver is told, once, and between ticks", () => {
    const state = told();
    expect(alertGroup.dueAt(given, state, 70_000)).toBe(100_000);
    expect(play(given, state, escalation(state, 99_000), 99_000).reason).toBe("held_not_due");
    const up = play(given, state, escalation(state, 100_000), 100_000);
    expect(up).toMatchObject({ reason: "escalated", actions: [{ receiver: "oncall", reason: "escalated" }] });
    expect(play(given, up.settled, escalation(up.settled, 101_000), 101_000).reason).toBe("held_not_due");
    expect(alertGroup.dueAt(given, up.settled, 100_000)).toBe(130_000);
    const end = play(given, up.settled, seen(up.settled, 130_000, [], ["a"]), 130_000);
    expect(end.actions.map(({ receiver }) => receiver)).toEqual(["chat", "oncall"]);
    expect(end.settled).not.toHaveProperty("escalated");
  });

  test("an acknowledgement stops escalations and repeats; a new alert makes it void", () => {
    const { state } = alertGroup.step(given, told(), { kind: "acknowledge", by: "ada", comment: "on it" }, 50_000);
    expect(state.ack).toEqual({ by: "ada", comment: "on it", at: 50_000 });
    expect(alertGroup.dueAt(given, state, 70_000)).toBe(130_000);
    expect(play(given, state, seen(state, 730_000, ["a"], [], { escalates: ["r"] }), 730_000).reason).toBe(
      "held_acknowledged",
    );
    const news = play(given, state, seen(state, 130_000, ["a", "b"], [], { escalates: ["r"] }), 130_000);
    expect(news.reason).toBe("notified_new_alerts");
    expect(news.settled).not.toHaveProperty("ack");
    expect(news.settled.toldSince).toBe(130_000);
  });

  test("what one receiver missed and is told again is no news: an acknowledgement stays", () => {
    const two = config({ ...given, integrations: [ref(0), ref(1)] });
    const base = told();
    const acknowledged = alertGroup.step(two, base, { kind: "acknowledge", by: "ada", comment: "on it" }, 50_000).state;
    const input = seen(acknowledged, 70_000, ["a"], [], { escalates: ["r"] });
    const missed = { firing: 1, resolved: 0, newFiring: 1, newResolved: 0 };
    const again = play(
      two,
      acknowledged,
      { ...input, integrations: { ...input.integrations, "webhook[1]": missed } },
      70_000,
    );
    expect(again.actions.map(({ integration }) => integration.id)).toEqual(["webhook[1]"]);
    expect(again.settled.ack).toMatchObject({ by: "ada" });
    expect(again.settled.toldSince).toBe(base.toldSince);
  });

  test("a receiver that cannot be told is escalated from the first try on, and no try voids an acknowledgement", () => {
    const tried = play(given, opened(given), seen(opened(given), 10_000, ["a"]), 10_000, "failed").settled;
    expect(tried.toldSince).toBe(10_000);
    const again = play(given, tried, seen(tried, 70_000, ["a"]), 70_000, "failed").settled;
    expect(again.toldSince).toBe(10_000);
    const { state } = alertGroup.step(given, again, { kind: "acknowledge", by: "ada", comment: "" }, 80_000);
    const third = play(given, state, seen(state, 130_000, ["a"]), 130_000, "failed").settled;
    expect(third.ack).toMatchObject({ by: "ada" });
    const news = play(given, third, seen(third, 190_000, ["a", "b"]), 190_000, "failed").settled;
    expect(news).not.toHaveProperty("ack");
    expect(news.toldSince).toBe(190_000);
    expect(play(given, news, seen(news, 250_000, ["a", "b"]), 250_000).settled).not.toHaveProperty("tried");
  });

  test("an escalation that could not be told is tried again at the next tick, and is not made anew", () => {
    const due = told();
    const at = (due.toldSince ?? 0) + 120_000;
    const failed = play(given, due, seen(due, at, ["a"], [], { escalates: ["r"] }), at, "failed").settled;
    const next = play(given, failed, seen(failed, at + 60_000, ["a"], [], { escalates: ["r"] }), at + 60_000);
    expect(next.actions.map(({ receiver }) => receiver)).toEqual(["oncall"]);
    expect(next.settled.escalated).toEqual(failed.escalated);
    expect(next.settled.toldSince).toBe(due.toldSince);
  });

  test("a repeat waits for a cooldown", () => {
    const state = told();
    const step = play(given, state, seen(state, 730_000, ["a"], [], { cooldownUntil: 800_000 }), 730_000);
    expect(step).toMatchObject({ reason: "held_cooldown", actions: [] });
  });
});

test("a group's name follows from its route and labels alone", () => {
  const subject = groupSubject({ routeId: "{}", labels: { a: "1" } });
  expect(subject).toMatch(/^grp_[0-9a-f]{32}$/);
  expect(groupSubject({ routeId: "{}", labels: { a: "2" } })).not.toBe(subject);
});

describe("what a record reads like", () => {
  const read = (reason: AlertingReason, actions: readonly unknown[] = [], statuses: readonly string[] = []) =>
    decision({
      at: 1_700_000_000_000,
      noun: "alerting",
      reason,
      config: config() as never,
      actions: actions as never,
      outcomes:
        statuses.length === 0
          ? []
          : [
              {
                phase: "performed",
                at: 1_700_000_000_001,
                text: "",
                results: statuses.map((status, index) => ({
                  key: `k${index}`,
                  status: status as "done",
                  at: 1_700_000_000_001,
                  detail: "answered 503",
                })),
              },
            ],
    });
  const tell = (index: number, receiver: string, reason: string, firing = 1, resolved = 0) => ({
    type: "notify",
    key: `k${index}`,
    receiver,
    integration: { id: "webhook[0]" },
    reason,
    firing: { count: firing },
    resolved: { count: resolved },
  });
  const first = [tell(0, "pager", "first notification")];

  test("every reason has words that begin with the group", () => {
    const reasons: readonly AlertingReason[] = ["opened", "notified_first", "held_silenced", "escalated", "dormant"];
    for (const reason of reasons) {
      const record = read(reason);
      expect(sentence(record)).toMatch(/^Down (?!.*_)/);
      expect(explain(record).at(-1)).toBe(`reason: ${reason}`);
    }
  });

  test.each([
    ["a first page", read("notified_first", first), "Down: tells pager/webhook[0] for the first time, 1 firing"],
    [
      "one that arrived",
      read("notified_first", first, ["done"]),
      "Down: told pager/webhook[0] for the first time, 1 firing",
    ],
    [
      "one that did not",
      read("notified_first", first, ["failed"]),
      "Down: could not tell pager/webhook[0] for the first time, 1 firing (answered 503)",
    ],
    [
      "an escalation beside a repeat",
      read("escalated", [tell(0, "pager", "repeat interval elapsed", 2, 1), tell(1, "boss", "escalated", 2, 1)]),
      "Down: tells pager/webhook[0] again and boss/webhook[0] as nobody has acknowledged, 2 firing, 1 resolved",
    ],
    [
      "many receivers",
      read(
        "notified_all_resolved",
        [0, 1, 2, 3, 4].map((index) => tell(index, `r${index}`, "all alerts resolved", 0, 3)),
      ),
      "Down: tells r0/webhook[0], r1/webhook[0], r2/webhook[0] and 2 more that it is over, 3 resolved",
    ],
  ])("%s", (_, record, text) => expect(sentence(record)).toBe(text));
});

test("an entry of the log carries what the receiver wants back", () =>
  expect(logEntry(config(), seen(opened(), 1, ["a"]), "escalated", 5, { ts: 1 }).store).toEqual({ ts: 1 }));
