import { describe, expect, test } from "vitest";
import { decisive, floorOf } from "../../shared/core/cost/retention/floor.ts";
import type { FloorFacts } from "../../shared/core/cost/retention/types.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { floorFacts, NOW, reader, rules } from "./retention-kit.ts";

describe("the safe floor is the largest of", () => {
  const cases: readonly (readonly [string, FloorFacts, Parameters<typeof rules>[0], string, number])[] = [
    [
      "the oldest live group's lag times the safety",
      floorFacts({ groups: [reader({ lagMs: 10 * HOUR_MS })] }),
      {},
      "lag",
      30 * HOUR_MS,
    ],
    [
      "the largest lag that a live group ever had in the history",
      floorFacts({ groups: [reader({ lagMs: 0, worstMs: 20 * HOUR_MS, worstAt: NOW - DAY_MS })] }),
      {},
      "lag",
      60 * HOUR_MS,
    ],
    [
      "the longest replay",
      floorFacts({ replay: { group: "audit", ms: 5 * DAY_MS, at: NOW - 20 * DAY_MS } }),
      {},
      "replay",
      5 * DAY_MS,
    ],
    [
      "a backup's interval and its longest run",
      floorFacts({ backups: [{ plan: "daily", everyMs: 2 * DAY_MS, runMs: 3 * HOUR_MS, deadlineMs: 6 * HOUR_MS }] }),
      {},
      "backup",
      2 * DAY_MS + 3 * HOUR_MS,
    ],
    [
      "a backup's interval and its deadline where no run was measured",
      floorFacts({ backups: [{ plan: "daily", everyMs: 2 * DAY_MS, deadlineMs: 6 * HOUR_MS }] }),
      {},
      "backup",
      2 * DAY_MS + 6 * HOUR_MS,
    ],
    [
      "what compliance asks for, the longest pattern that matches",
      floorFacts(),
      { compliance: { "ord*": 20 * DAY_MS, orders: 10 * DAY_MS, payments: 90 * DAY_MS } },
      "compliance",
      20 * DAY_MS,
    ],
    ["the minimum", floorFacts({ groups: [reader({ lagMs: 0 })] }), { minimum: 2 * DAY_MS }, "minimum", 2 * DAY_MS],
  ];
  test.each(cases)("%s", (_, facts, config, rule, ms) => {
    const floor = floorOf(facts, rules(config), NOW);
    expect(floor).toMatchObject({ status: "known", ms });
    if (floor.status === "known") expect(decisive(floor)).toMatchObject({ rule, ms });
  });
});

describe("the floor is unknown", () => {
  test("where the lag of one live group is, and says whose and why", () => {
    const blind = { group: "audit", members: false, liveAt: NOW - DAY_MS, why: "its records carry no times" };
    const floor = floorOf(floorFacts({ groups: [reader(), blind] }), rules(), NOW);
    expect(floor).toMatchObject({ status: "unknown", reason: "lag_unknown", text: expect.stringContaining("audit") });
  });
  test("where a group is behind the start of the log: it is losing records already", () => {
    const behind = { group: "audit", members: true, why: "behind the start of the log in partition 0" };
    expect(floorOf(floorFacts({ groups: [behind] }), rules(), NOW)).toMatchObject({ reason: "group_behind" });
  });
  test("where consumers have members and no position anywhere", () => {
    const floor = floorOf(floorFacts({ strangers: ["newcomer"] }), rules(), NOW);
    expect(floor).toMatchObject({ status: "unknown", reason: "group_without_positions" });
  });
});

describe("a group counts", () => {
  const old = { group: "old", members: false, lagMs: 29 * DAY_MS, worstMs: 29 * DAY_MS };
  const ms = (facts: FloorFacts) => {
    const floor = floorOf(facts, rules(), NOW);
    return floor.status === "known" ? floor.ms : undefined;
  };
  test("until it was not live for liveFor", () => {
    expect(ms(floorFacts({ groups: [{ ...old, liveAt: NOW - 29 * DAY_MS }] }))).toBe(87 * DAY_MS);
    expect(ms(floorFacts({ groups: [{ ...old, liveAt: NOW - 31 * DAY_MS }] }))).toBe(DAY_MS);
  });
  test("as long as history is too short to say that it is dead", () => {
    expect(ms(floorFacts({ groups: [old], knownFrom: NOW - 8 * DAY_MS }))).toBe(87 * DAY_MS);
    expect(ms(floorFacts({ groups: [old] }))).toBe(DAY_MS);
  });
  test("as long as it has members, whatever history says", () => {
    expect(ms(floorFacts({ groups: [{ ...old, members: true }] }))).toBe(87 * DAY_MS);
  });
  test("and one whose lag is unknown does not hold others up once it is dead", () => {
    const dead = { group: "dead", members: false, why: "nobody answers", liveAt: NOW - 31 * DAY_MS };
    expect(ms(floorFacts({ groups: [reader({ lagMs: MINUTE_MS }), dead] }))).toBe(DAY_MS);
  });
});
