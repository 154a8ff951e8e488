import { describe, expect, test } from "vitest";
import { addDays } from "../../shared/core/cost/day.ts";
import { DAYS_A_MONTH, prove } from "../../shared/core/cost/proof/prove.ts";
import { touches } from "../../shared/core/cost/proof/scope.ts";
import { runningTotal } from "../../shared/core/cost/proof/total.ts";
import type { ProofDay } from "../../shared/core/cost/proof/types.ts";
import { proofText } from "../../shared/core/cost/proof/words.ts";
import type { Charge } from "../../shared/core/cost/types.ts";
import { type MadeChange, madeChange } from "./made-series.ts";

const FIRST = "2026-01-05";
/** A bill that a function tells, with the change applied on a day counted from its beginning. */
const told = (length: number, at: number, cost: (day: number) => number, promised = 304.1666666) => ({
  change: { id: "opp_a", applied: addDays(FIRST, at), promisedPerMonth: promised },
  days: Array.from({ length }, (_, day): ProofDay => ({ day: addDays(FIRST, day), cost: cost(day) })),
});
const errorOf = (made: ReturnType<typeof madeChange>) => {
  const { realised } = prove(made);
  if (!realised) throw new Error("nothing was told");
  return Math.abs(realised.soFar / made.truth - 1);
};

describe("without noise the saving is the truth", () => {
  test.each<[string, Partial<MadeChange>]>([
    ["so much a day, by load", { form: "amount", load: true }],
    ["a share, by load", { form: "share", load: true }],
    ["less per unit of load", { form: "per_load", load: true }],
    ["a share, no load known, weekdays and growth", { form: "share", load: false }],
    ["so much a day, no load known, weekdays and growth", { form: "amount", load: false }],
    ["so much a day while another change takes a share", { form: "amount", load: true, overlap: true }],
  ])("%s", (_name, more) => {
    const base = { before: 42, after: 21, noise: 0, form: "amount", load: true } as const;
    for (const seed of [1]) expect(errorOf(madeChange({ ...base, ...more, seed }))).toBeLessThan(1e-4);
  });
});

test("with noise of half a percent it is within 2 % and the interval holds the truth nine times of ten", () => {
  let [inside, close, all] = [0, 0, 0];
  for (let seed = 0; seed < 8; seed += 1) {
    const form = (["share", "per_load"] as const)[seed % 2] as "share" | "per_load";
    const made = madeChange({ seed, before: 56, after: 28, noise: 0.005, form, load: true });
    const { realised, verdict } = prove(made);
    if (!realised) throw new Error(verdict);
    all += 1;
    inside += realised.soFarLow <= made.truth && made.truth <= realised.soFarHigh ? 1 : 0;
    close += Math.abs(realised.soFar / made.truth - 1) <= 0.02 ? 1 : 0;
  }
  expect(close / all).toBeGreaterThan(0.9);
  expect(inside / all).toBeGreaterThan(0.7);
});

test("the day on which it was applied counts on neither side", () => {
  const whole = told(40, 20, (day) => (day < 20 ? 100 : day === 20 ? 5000 : 90));
  const proof = prove(whole);
  expect(proof).toMatchObject({ before: 20, after: 19, verdict: "met", leftOut: [] });
  expect(proof.realised?.perMonth).toBeCloseTo(10 * DAYS_A_MONTH, 6);
});

test.each<[string, Parameters<typeof prove>[0], string]>([
  ["six closed days after it are too early", told(27, 20, (day) => (day > 20 ? 90 : 100)), "too_early"],
  ["thirteen days before it are no baseline", told(30, 13, (day) => (day > 13 ? 90 : 100)), "no_baseline"],
  ["a saving as promised is met", told(50, 25, (day) => (day > 25 ? 90 : 100)), "met"],
  ["twice of it exceeds", told(50, 25, (day) => (day > 25 ? 80 : 100)), "exceeded"],
  ["half of it falls short", told(50, 25, (day) => (day > 25 ? 95 : 100)), "short"],
  ["none is none", told(50, 25, (day) => 100 + Math.sin(day * 7) / 50), "none"],
  ["dearer is none", told(50, 25, (day) => (day > 25 ? 120 : 100)), "none"],
  [
    "what such days differ by anyway cannot be told",
    told(50, 25, (day) => 1000 + 200 * Math.sin(day * day) - (day > 25 ? 10 : 0)),
    "no_signal",
  ],
])("%s", (_name, ask, verdict) => {
  const proof = prove(ask);
  expect(proof.verdict).toBe(verdict);
  const text = proofText(proof, ask.change.promisedPerMonth, "USD");
  expect(text).toMatch(/closed day/);
});

test("too early says how many days are still needed, and no figure", () => {
  const proof = prove(told(25, 20, (day) => (day > 20 ? 90 : 100)));
  expect(proof).toMatchObject({ needed: 3, after: 4 });
  expect(proof).not.toHaveProperty("realised");
});

test("a load that grew hides no saving and makes none", () => {
  const days = (saves: number) =>
    Array.from({ length: 60 }, (_, at): ProofDay => {
      const load = at < 30 ? 100 + (at % 7) : 160 + (at % 7);
      return { day: addDays(FIRST, at), cost: 20 + 0.5 * load - (at > 30 ? saves : 0), load };
    });
  const change = { id: "opp_a", applied: addDays(FIRST, 30), promisedPerMonth: 10 * DAYS_A_MONTH };
  expect(prove({ change, days: days(10) }).realised?.perMonth).toBeCloseTo(10 * DAYS_A_MONTH, 1);
  expect(prove({ change, days: days(0) }).verdict).toBe("none");
});

test("an incident is left out instead of being taken for the change", () => {
  const proof = prove(
    told(60, 30, (day) => (day === 12 || day === 40 ? 400 : 100 - (day > 30 ? 10 : 0) + (day % 3) / 10)),
  );
  expect(proof.leftOut).toEqual([addDays(FIRST, 12), addDays(FIRST, 40)]);
  expect(proof.realised?.perMonth).toBeCloseTo(10 * DAYS_A_MONTH, 0);
});

test("a change that was taken back has saved until then, and the days after it are compared with too", () => {
  const { change, days } = told(70, 20, (day) => (day > 20 && day < 40 ? 90 : 100));
  const proof = prove({ change: { ...change, reverted: addDays(FIRST, 40) }, days });
  expect(proof).toMatchObject({ before: 49, after: 19, verdict: "met" });
  expect(proof.realised?.soFar).toBeCloseTo(190, 6);
});

test("changes of the same days share what they saved together by what each promised, and say so", () => {
  const { change, days } = told(60, 30, (day) => (day > 30 ? 70 : 100), 100);
  const twin = { id: "opp_b", applied: change.applied, promisedPerMonth: 200 };
  const [mine, its] = [prove({ change, days, others: [twin] }), prove({ change: twin, days, others: [change] })];
  expect([mine.sharedWith, its.sharedWith]).toEqual([["opp_b"], ["opp_a"]]);
  expect(mine.realised?.soFar).toBeCloseTo(290, 6);
  expect((mine.realised?.soFar ?? 0) + (its.realised?.soFar ?? 0)).toBeCloseTo(29 * 30, 6);
});

test("days that the bill revises change the proof and nothing else is remembered", () => {
  const { change, days } = told(50, 25, (day) => (day > 25 ? 90 : 100));
  const revised = days.map((one, at) => (at > 25 ? { ...one, cost: 85 } : one));
  expect(prove({ change, days: revised })).toEqual(prove({ change, days: [...revised].reverse() }));
  expect(prove({ change, days: revised }).realised?.perMonth).toBeCloseTo(15 * DAYS_A_MONTH, 6);
});

test("days of which the load is not known are left out where they are few, and the load where they are many", () => {
  const made = madeChange({ seed: 5, before: 40, after: 20, noise: 0, form: "per_load", load: true });
  const without = (few: number) =>
    made.days.map((one, at) => (at % few === 0 ? { day: one.day, cost: one.cost } : one));
  expect(prove({ ...made, days: without(10) }).by.load).toBe(true);
  expect(prove({ ...made, days: without(2) }).by.load).toBe(false);
});

test("the running total adds what is told, carries later days at the proven rate, and counts what is not told", () => {
  const proof = prove(told(50, 25, (day) => (day > 25 ? 90 : 100)));
  const early = prove(told(27, 20, (day) => (day > 20 ? 90 : 100)));
  const total = runningTotal([
    { proof, holds: true, later: 10, promisedPerMonth: 300 },
    { proof, holds: false, later: 0, promisedPerMonth: 300 },
    { proof: early, holds: true, later: 0, promisedPerMonth: 50 },
  ]);
  expect(total).toMatchObject({ told: 2, untold: 1, promisedPerMonth: 350 });
  expect(total.soFar).toBeCloseTo(2 * 240, 6);
  expect(total.carried).toBeCloseTo(100, 6);
  expect(total.realisedPerMonth).toBeCloseTo(10 * DAYS_A_MONTH, 6);
});

test("of several clusters a change touches the charges that name its own, by name and by ARN", () => {
  const arn = (name: string) => `arn:aws:kafka:eu-west-1:111122223333:cluster/${name}/abc-1`;
  const charge = (resourceId: string, usageType = "EUC1-Kafka.Storage.GP2") =>
    ({ service: "Amazon MSK", resourceId, usageType, category: "Usage" }) as Charge;
  const resource = { type: "kafka:topic", id: "events/orders", name: "orders", cluster: "events" };
  const { exact, wide } = touches({ kind: "retention", resource }, {}, false, new Map([[arn("prod"), "events"]]));
  const all = [charge(arn("events")), charge(arn("prod")), charge("events"), charge(arn("other"))];
  expect(all.map(exact)).toEqual([true, true, true, false]);
  const broker = charge(arn("prod"), "EUC1-Kafka.m5.large");
  expect([exact(broker), wide(broker)]).toEqual([false, true]);
});
