import { describe, expect, test } from "vitest";
import type { AutoscalingConfig } from "../../shared/core/autoscaling/config.ts";
import { explain, sentence } from "../../shared/core/autoscaling/explain.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingInput, AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import type { DecisionRecord, Outcome } from "../../shared/core/kernel/record.ts";
import { config, EMPTY, fleet, look, T0, times } from "./given.ts";

const MINUTE = 60_000;

function record(
  of: AutoscalingConfig,
  input: AutoscalingInput,
  state: AutoscalingState = EMPTY,
  outcomes: readonly Outcome[] = [],
): DecisionRecord {
  const step = autoscaling.step(of, state, input, T0);
  return {
    v: 1,
    id: "dec_1",
    tenant: "default",
    noun: "autoscaling",
    subject: "orders",
    at: T0,
    trigger: { type: "alarm", detail: "headgate-orders-cpu-out went to ALARM" },
    mode: of.mode,
    configVersion: "7",
    config: {},
    input: {},
    stateBefore: {},
    reason: step.reason,
    trace: step.trace,
    actions: step.actions,
    stateAfter: {},
    outcomes,
    traceId: "0",
  };
}

const cpuOnly = config({ policies: [{ type: "instances", memory: null }] });
const observe = config({ mode: "observe", policies: [{ type: "instances", memory: null }] });
const tracking = config({ max: 8, policies: [{ type: "target-tracking", target: 70 }] });
const paused: AutoscalingState = {
  ...EMPTY,
  pause: { by: "ada", why: "load test", at: T0, until: T0 + 60 * MINUTE, direction: "all" },
};

function ineffective(back?: number): AutoscalingState {
  const why = "going from 4 to 8 did not help (cpu 90 → 90 %)";
  const change = { direction: "out" as const, from: 4, to: 8, until: T0 + 30 * MINUTE, times: 1, why, seen: {} };
  return { ...EMPTY, ineffective: { ...change, ...(back === undefined ? {} : { back }) } };
}

describe("one sentence", () => {
  test.each([
    [
      "out",
      record(cpuOnly, look(fleet(3), { cpu: 82 })),
      "orders: 3 → 4 instances, because cpu 82 % was over 75 % (1 of 1 points)",
    ],
    [
      "in, to one",
      record(
        config({ min: 1, policies: cpuOnly.policies.map(() => ({ type: "instances", memory: null }) as const) }),
        look(fleet(2), { cpu: 12 }),
      ),
      "orders: 2 → 1 instance, because cpu 12 % was under 37.5 %",
    ],
    [
      "clamped",
      record(tracking, look(fleet(6), { cpu: times(3, 110) })),
      "orders: 6 → 8 instances, because cpu 110 % was over 70 % (3 of 3 points), clamped from 10 to the maximum",
    ],
    [
      "at the maximum",
      record(tracking, look(fleet(8), { cpu: times(3, 110) })),
      "orders: stays at 8 instances, because cpu 110 % was over 70 % (3 of 3 points), but 8 is the maximum",
    ],
    [
      "nothing to do",
      record(cpuOnly, look(fleet(3), { cpu: 50 })),
      "orders: stays at 3 instances, because cpu 50 % was between 37.5 % and 75 %",
    ],
    ["no data", record(cpuOnly, look(fleet(3), {})), "orders: stays at 3 instances, because cpu is not known"],
    [
      "no fleet",
      record(cpuOnly, look(undefined, { cpu: 90 })),
      "orders: nothing is done, because the fleet did not answer for this service",
    ],
    [
      "only observing",
      record(observe, look(fleet(3), { cpu: 82 })),
      "orders: would go 3 → 4 instances, because cpu 82 % was over 75 % (1 of 1 points) (mode observe)",
    ],
    ["bounds", record(cpuOnly, look(fleet(1), {})), "orders: 1 → 2 instances, because 1 is below the minimum of 2"],
    [
      "paused",
      record(cpuOnly, look(fleet(3), { cpu: 90 }), paused),
      'orders: stays at 3 instances, because ada paused scaling until 2024-01-15T11:00:00.000Z: "load test"',
    ],
    [
      "another hand",
      record(cpuOnly, look(fleet(9), { cpu: 50 }), { ...EMPTY, desired: 5 }),
      "orders: another hand changed desired from 5 to 9; stays at 9 instances, because cpu 50 % was between 37.5 % and 75 %",
    ],
    [
      "a command",
      record(cpuOnly, { kind: "pause", by: "ada", why: "load test", direction: "in" }),
      'orders: ada says "load test": scaling in is paused until it is resumed',
    ],
  ])("%s", (_name, of, text) => {
    expect(sentence(of)).toBe(text);
  });

  test.each([
    [
      "demand",
      record(config({ capacity: 10 }), look(fleet(3), { requests: 42 })),
      "orders: 3 → 6 instances, because requests 42/s ask for 6 at 70 % of 10/s each",
    ],
    [
      "learning",
      record(config({ policies: [{ type: "demand" }] }), look(fleet(3), { requests: 42, cpu: 20 })),
      "orders: stays at 3 instances, because what a task can do is not known yet (1 of 10 minutes): cpu 20 % of 3 ready, for a target of 70 %, needs no more; nothing goes in",
    ],
    [
      "taken back",
      record(config({ capacity: 10 }), look(fleet(8), { requests: 50, cpu: 90 }), ineffective(4)),
      "orders: 8 → 4 instances, because going from 4 to 8 did not help (cpu 90 → 90 %)",
    ],
    [
      "not tried again",
      record(config({ capacity: 10 }), look(fleet(4), { requests: 50 }), ineffective()),
      "orders: stays at 4 instances, because requests 50/s ask for 8 at 70 % of 10/s each, but going from 4 to 8 did not help (cpu 90 → 90 %)",
    ],
    [
      "the budget",
      record(config({ capacity: 10, budget: { perHour: 1, taskHour: 0.2 } }), look(fleet(3), { requests: 50 })),
      "orders: 3 → 5 instances, because requests 50/s ask for 8 at 70 % of 10/s each, clamped from 8 to the 5 that the budget pays for",
    ],
  ])("%s", (_name, of, text) => {
    expect(sentence(of)).toBe(text);
  });

  test("an alarm that changes nothing else is the news", () => {
    const state: AutoscalingState = { ...EMPTY, desired: 3, last: { reason: "within_target", at: T0 } };
    const alarm = { name: "headgate-orders-cpu-out", state: "ALARM", at: T0 } as const;
    const of = record(cpuOnly, { ...look(fleet(3), { cpu: 50 }), alarm }, state);
    expect([of.reason, sentence(of)]).toEqual([
      "alarm_noted",
      "orders: alarm headgate-orders-cpu-out went to ALARM; stays at 3 instances, because cpu 50 % was between 37.5 % and 75 %",
    ]);
  });

  test("a record without a trace still has one", () => {
    expect(sentence({ ...record(cpuOnly, look(fleet(3), {})), trace: [] })).toBe(
      "orders: nothing is done, because held no data",
    );
  });
});

test("the chain: sentence, trigger, inputs with age, each clause, action, outcomes, reason", () => {
  const outcomes: Outcome[] = [
    { phase: "performed", at: T0 + 400, text: "desired set from 3 to 4" },
    { phase: "observed", at: T0 + 80_000, text: "4 of 4 ready after 1 min 20 s" },
  ];
  expect(explain(record(cpuOnly, look(fleet(3), { cpu: 82 }), EMPTY, outcomes))).toEqual([
    "orders: 3 → 4 instances, because cpu 82 % was over 75 % (1 of 1 points)",
    "2024-01-15T10:00:00.000Z, woken by alarm (headgate-orders-cpu-out went to ALARM), mode act, configuration 7",
    "read: 3 desired, 3 running, 3 ready, seen just now",
    "read: cpu is 82 %, just now",
    "computed by instances: cpu 82 % was over 75 % (1 of 1 points)",
    "chosen by instances: 3 → 4, bounds 2..20",
    `did: set desired from 3 to 4 (key scale:orders:${T0}:4)`,
    "performed at 2024-01-15T10:00:00.400Z (400 ms later): desired set from 3 to 4",
    "observed at 2024-01-15T10:01:20.000Z (1 min 20 s later): 4 of 4 ready after 1 min 20 s",
    "reason: scaled_out",
  ]);
});
