import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logKey, targetsOf } from "../../../shared/core/alerting/group-delivery.ts";
import type { FlushInput, GroupConfig, GroupInput } from "../../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../../shared/core/alerting/machine.ts";
import { nextPageAt, planPage } from "../../../shared/core/alerting/oncall/paging.ts";
import type {
  PagedReceiver,
  PageInput,
  PagingConfig,
  PagingState,
} from "../../../shared/core/alerting/oncall/paging-types.ts";
import { fingerprintSet } from "../../../shared/core/alerting/sets.ts";
import type { IntegrationRef, LogEntry } from "../../../shared/core/alerting/types.ts";
import { MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import { machineLaws } from "../../contract/machine.ts";

const web = (sendable = true): IntegrationRef => ({
  id: "webhook[0]",
  type: "webhook",
  index: 0,
  sendResolved: true,
  sendable,
});
const to = (receiver: string, sendable = true): PagedReceiver => ({
  receiver,
  integrations: [web(sendable)],
  who: receiver,
});
const paging: PagingConfig = {
  escalation: "prod",
  afterMs: [0, 5 * MINUTE_MS, 10 * MINUTE_MS],
  repeat: 1,
  againMs: 7 * MINUTE_MS,
};
const config = (more: Partial<GroupConfig> = {}): GroupConfig => ({
  identity: { groupKey: "{}:{}", routeId: "{}", receiver: "oncall:prod", labels: {} },
  version: "v1",
  groupWaitMs: 0,
  groupIntervalMs: MINUTE_MS,
  repeatIntervalMs: 4 * 60 * MINUTE_MS,
  integrations: [],
  escalation: [],
  paging,
  ...more,
});

const level = fc
  .subarray(["ann", "bob", "cyd"])
  .chain((names) => fc.tuple(...names.map((name) => fc.boolean().map((sendable) => to(name, sendable)))))
  .map((receivers) => ({ receivers, nobody: receivers.length === 0 ? ["nobody is on call for s"] : [] }));
const page: fc.Arbitrary<PageInput> = fc.record({
  levels: fc.array(level, { minLength: 3, maxLength: 3 }),
  told: fc.subarray(["ann", "bob", "old"]).map((names) => names.map((name) => to(name))),
});
const fingerprints = fc.uniqueArray(fc.constantFrom("a", "b"), { maxLength: 2 });

machineLaws("alertGroup with people on call", alertGroup, {
  config: fc.constantFrom(0, 1).map((repeat) => config({ paging: { ...paging, repeat } })),
  input: fc
    .record({
      kind: fc.constantFrom("open", "flush", "flush", "flush", "flush", "acknowledge", "unacknowledge"),
      firing: fingerprints,
      resolved: fingerprints,
      due: fc.boolean(),
      known: fc.boolean(),
      newFiring: fc.nat(2),
      page,
    })
    .map(
      ({ kind, firing, resolved, due, known, newFiring, page: seen }) =>
        (given: GroupConfig, at: number): GroupInput => {
          if (kind === "open") return { kind, at, startsAt: at - 1 };
          if (kind !== "flush") return { kind, by: "ada", comment: "" } as GroupInput;
          const counts = { firing: firing.length, resolved: resolved.length, newFiring, newResolved: 0 };
          const input: FlushInput = {
            kind: "flush",
            at,
            ...(due ? { tick: at } : {}),
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
              targetsOf(given, seen).map(({ to: key }) => [key, known ? { ...counts, entryAt: at - 1_000 } : counts]),
            ),
            escalates: [],
            page: seen,
            sample: [],
          };
          return input;
        },
    ),
  maxPauseMs: 20 * MINUTE_MS,
  runs: 40,
});

describe("whose turn it is", () => {
  const all: PageInput = {
    levels: [
      { receivers: [to("ann")], nobody: [] },
      { receivers: [to("bob")], nobody: [] },
      { receivers: [to("cyd")], nobody: [] },
    ],
    told: [],
  };
  const none = { receivers: [], nobody: ["nobody is on call for s"] };
  const without = (...levels: readonly number[]): PageInput => ({
    ...all,
    levels: all.levels.map((one, index) => (levels.includes(index) ? none : one)),
  });
  test.each([
    ["at first the first", undefined, all, 0, 0, []],
    ["before its time nobody new", { step: 0, at: 0 }, all, 5 * MINUTE_MS - 1, undefined, []],
    ["then the second", { step: 0, at: 0 }, all, 5 * MINUTE_MS, 1, []],
    ["after the last the first again", { step: 2, at: 0 }, all, 7 * MINUTE_MS, 0, []],
    ["after the last time of the last nobody", { step: 5, at: 0 }, all, 99 * MINUTE_MS, undefined, []],
    ["a level with nobody is passed over at once", undefined, without(0, 1), 0, 2, [0, 1]],
    ["also into the next round", { step: 1, at: 0 }, without(2), 10 * MINUTE_MS, 0, [2]],
    ["where nobody is left it stays where it is", { step: 4, at: 0 }, without(2), 10 * MINUTE_MS, undefined, [2]],
    [
      "receivers that nothing can be sent to are nobody",
      undefined,
      { ...all, levels: [{ receivers: [to("ann", false)], nobody: [] }, ...all.levels.slice(1)] },
      0,
      1,
      [0],
    ],
  ] as const)("%s", (_, state, input, at, due, skipped) => {
    const plan = planPage(paging, state as PagingState | undefined, input, at);
    expect([plan.level, plan.skipped]).toEqual([due, skipped]);
    if (due === undefined) expect(plan.paging).toEqual(state);
    else expect(plan.paging?.at).toBe(at);
  });

  test("each step is due once, and all of them take as long as the levels say", () => {
    let state: PagingState | undefined;
    const told: number[] = [];
    for (let at = 0; at < 120 * MINUTE_MS; at += MINUTE_MS) {
      const plan = planPage(paging, state, all, at);
      if (plan.level !== undefined) told.push(at / MINUTE_MS, plan.level);
      state = plan.paging;
    }
    expect(told).toEqual([0, 0, 5, 1, 15, 2, 22, 0, 27, 1, 37, 2]);
    expect(nextPageAt(paging, state as PagingState)).toBeUndefined();
  });
});

test("entries of the log are kept by receiver: one person in two levels is one entry", () => {
  const both: PageInput = {
    levels: [
      { receivers: [to("ann")], nobody: [] },
      { receivers: [to("ann")], nobody: [] },
    ],
    told: [to("ann")],
  };
  expect(targetsOf(config(), both).map((one) => one.to)).toEqual([logKey("webhook[0]", "ann")]);
});

test("what has only lasted while a group was open is forgotten when it opens again", () => {
  const given = config();
  const entry = (expiresAt: number): LogEntry => ({
    at: 0,
    reason: "first notification",
    firing: fingerprintSet(["a"]),
    resolved: fingerprintSet([]),
    expiresAt,
  });
  const log = { "ann/webhook[0]": entry(MINUTE_MS), "bob/webhook[0]": entry(900 * MINUTE_MS) };
  const at = 600 * MINUTE_MS;
  const opened = (status: "open" | "dormant", rerouted: boolean) =>
    alertGroup.step(
      given,
      { ...alertGroup.initial(given, 0), status, log },
      { kind: "open", at, startsAt: at, rerouted },
      at,
    ).state.log;
  expect(Object.keys(opened("dormant", false))).toEqual(["bob/webhook[0]"]);
  expect(opened("open", true)).toEqual(log);
});
