import { describe, expect, test } from "vitest";
import { asksOf, readingOf } from "../../shared/core/slo/asks.ts";
import { compositeMinute, minuteOf } from "../../shared/core/slo/minute.ts";
import type { Minute, Reading } from "../../shared/core/slo/types.ts";
import { given, RATIO } from "./given.ts";

const bad = given({ sli: { promql: { bad: "b", total: "t", per: "minute" } } }).sli;
const good = given({ sli: { promql: { good: "g", total: "t", per: "minute" } } }).sli;
const ratio = (part: readonly number[], total: readonly number[]): Reading => ({ kind: "ratio", part, total });

describe("a minute of events", () => {
  test.each<[string, Reading | undefined, Minute]>([
    ["nobody could be asked", undefined, "unknown"],
    ["no total", ratio([3], []), "unknown"],
    ["nothing at all", ratio([], []), "unknown"],
    ["no series of bad events", ratio([], [50]), { bad: 0, total: 50 }],
    ["several series are added up", ratio([1, 2], [10, 20]), { bad: 3, total: 30 }],
    ["more bad than all", ratio([11], [10]), "invalid"],
    ["more bad than all by rounding", ratio([10.005], [10]), { bad: 10, total: 10 }],
    ["a negative total", ratio([0], [-1]), "invalid"],
    ["not a number", ratio([Number.NaN], [10]), "invalid"],
    ["infinite", ratio([1], [Infinity]), "invalid"],
    ["no events", ratio([0], [0]), { bad: 0, total: 0 }],
  ])("counted by bad ones: %s", (_, reading, minute) => {
    expect(minuteOf(bad, reading, false).minute).toEqual(minute);
  });

  test.each<[string, Reading, boolean, Minute]>([
    ["good was never seen", ratio([], [50]), false, "unknown"],
    ["good was seen and is gone", ratio([], [50]), true, { bad: 50, total: 50 }],
    ["no events, good never seen", ratio([], [0]), false, { bad: 0, total: 0 }],
    ["more good than all", ratio([51], [50]), true, "invalid"],
    ["more good than all by rounding", ratio([50.04], [50]), true, { bad: 0, total: 50 }],
    ["the rest is bad", ratio([40], [50]), true, { bad: 10, total: 50 }],
  ])("counted by good ones: %s", (_, reading, seen, minute) => {
    expect(minuteOf(good, reading, seen).minute).toEqual(minute);
  });

  test("good events are remembered, rates a second count sixtyfold", () => {
    expect(minuteOf(good, ratio([1], [2]), false).goodSeen).toBe(true);
    expect(minuteOf(given().sli, ratio([0.5], [2]), false).minute).toEqual({ bad: 30, total: 120 });
  });
});

test.each<[string, object, readonly number[], Minute]>([
  ["within", { max: "30s" }, [30], { bad: 0, total: 1 }],
  ["outside", { max: "30s" }, [30.1], { bad: 1, total: 1 }],
  ["the worst counts", { max: 30 }, [1, 31, Number.NaN], { bad: 1, total: 1 }],
  ["the worst of a lower bound", { above: 5 }, [9, 5], { bad: 1, total: 1 }],
  ["nothing", { max: 30 }, [], "unknown"],
  ["not a number", { max: 30 }, [Number.NaN], "invalid"],
  ["infinite", { min: 30 }, [Infinity], "invalid"],
])("a threshold: %s", (_, bound, values, minute) => {
  const { sli } = given({ sli: { promql: { value: "x" }, ...bound } });
  expect(minuteOf(sli, { kind: "value", values }, false).minute).toEqual(minute);
});

test.each<[number, Minute]>([
  [0.9, { bad: 0.09999999999999998, total: 1 }],
  [1.0005, { bad: 0, total: 1 }],
  [1.1, "invalid"],
  [Number.NaN, "invalid"],
])("a share of good events: %d", (share, minute) => {
  const { sli } = given({ sli: { promql: { goodShare: "x" } } });
  expect(minuteOf(sli, { kind: "value", values: [share] }, false).minute).toEqual(minute);
});

test("a composite weighs the parts that have events", () => {
  const of = (weight: number, minute: Minute) => ({ weight, minute });
  expect(compositeMinute([of(3, { bad: 1, total: 10 }), of(1, { bad: 5, total: 10 })])).toEqual({ bad: 0.2, total: 1 });
  expect(compositeMinute([of(3, { bad: 0, total: 0 }), of(1, { bad: 5, total: 10 })])).toEqual({ bad: 0.5, total: 1 });
  expect(compositeMinute([of(3, "unknown"), of(1, { bad: 0, total: 0 })])).toEqual({ bad: 0, total: 0 });
  expect(compositeMinute([of(3, "unknown"), of(1, "invalid")])).toBe("unknown");
});

test("each question is asked once, and an answer that is missing is not an empty one", () => {
  const [one, two] = [given(), given({ sli: { promql: { good: "other", total: "total" } } }, "two")];
  const asks = asksOf([one, two, given({ sli: { composite: { checkout: 1 } } }, "three")]);
  expect([...asks.values()]).toEqual(["bad", "total", "other"].map((expr) => ({ source: "promql", expr })));
  const [badKey, totalKey] = [...asks.keys()] as [string, string];
  expect(
    readingOf(
      one.sli,
      new Map([
        [badKey, []],
        [totalKey, [4]],
      ]),
    ),
  ).toEqual(ratio([], [4]));
  expect(readingOf(one.sli, new Map([[badKey, [1]]]))).toBeUndefined();
  expect(readingOf(two.sli, new Map([[totalKey, [1]]]))).toBeUndefined();
});

test("a signal asks for its two counts, a threshold for one value in the signal's own unit", () => {
  const availability = given({ service: "orders", sli: { signal: "availability" } });
  expect([...asksOf([availability]).values()]).toMatchObject([
    { source: "signal", signal: "availability", want: "bad", at: { of: "orders" } },
    { source: "signal", signal: "availability", want: "total" },
  ]);
  expect(given({ sli: { signal: "latency", of: "orders", max: "300ms" } }).sli).toMatchObject({
    bound: { op: "lte", value: 300 },
  });
  expect(given({ sli: { signal: "backup_age", of: "hourly", max: "2h" } }).sli).toMatchObject({
    bound: { value: 7200 },
  });
  expect(given({ sli: RATIO }).sli).toMatchObject({ per: "second" });
});
