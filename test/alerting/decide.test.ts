import { describe, expect, test } from "vitest";
import { decideDelivery, LOG_GRACE_MS, logExpiry, remembered } from "../../shared/core/alerting/decide.ts";
import { fingerprintSet, MOST_INLINE, membersOf } from "../../shared/core/alerting/sets.ts";
import type { LogEntry } from "../../shared/core/alerting/types.ts";

const HOUR = 3_600_000;
const entry = (firing: number, at = 1_000): LogEntry => ({
  at,
  reason: "first notification",
  firing: fingerprintSet(Array.from({ length: firing }, (_, index) => `f${index}`)),
  resolved: fingerprintSet([]),
  expiresAt: logExpiry(at, HOUR),
});

describe("whether an integration is told, in upstream's order", () => {
  test.each([
    ["nothing is known and something fires", undefined, [1, 0, 1, 0], true, 0, "first notification"],
    ["resolved before anybody was told: no message at all", undefined, [0, 3, 0, 3], true, 0, undefined],
    ["a new one fires", entry(1), [2, 0, 1, 0], true, 0, "new alerts added"],
    ["the last message was of the end: it begins anew", entry(0), [1, 0, 1, 0], true, 0, "first notification"],
    ["all resolved", entry(1), [0, 1, 0, 1], true, 0, "all alerts resolved"],
    [
      "all resolved, for the log, though nobody wants to hear it",
      entry(1),
      [0, 1, 0, 1],
      false,
      0,
      "all alerts resolved",
    ],
    ["the end is told once", entry(0), [0, 1, 0, 1], true, 0, undefined],
    ["some resolved", entry(2), [1, 1, 0, 1], true, 0, "some alerts resolved"],
    ["some resolved and not wanted", entry(2), [1, 1, 0, 1], false, 0, undefined],
    ["fewer fire and nothing resolved", entry(2), [1, 0, 0, 0], true, 0, undefined],
    ["exactly the repeat interval is not past it", entry(1), [1, 0, 0, 0], true, 1_000 + HOUR, undefined],
    ["a moment later it is", entry(1), [1, 0, 0, 0], true, 1_001 + HOUR, "repeat interval elapsed"],
  ] as const)("%s", (_, known, [firing, resolved, newFiring, newResolved], sendResolved, now, reason) => {
    const counts = { firing, resolved, newFiring, newResolved };
    expect(decideDelivery(known, counts, sendResolved, HOUR, now)).toBe(reason);
  });
});

test("an entry is kept for twice the repeat interval, five days at most, and a little longer as upstream's sweep is late", () => {
  expect(logExpiry(0, HOUR)).toBe(2 * HOUR);
  expect(logExpiry(0, 100 * HOUR)).toBe(120 * HOUR);
  const one = entry(1, 0);
  expect(remembered(one, 2 * HOUR + LOG_GRACE_MS - 1)).toBe(true);
  expect(remembered(one, 2 * HOUR + LOG_GRACE_MS)).toBe(false);
  expect(remembered(one, 3 * HOUR, HOUR)).toBe(true);
});

test("sets are equal whatever their order; large ones are kept beside the state by content", () => {
  expect(fingerprintSet(["b", "a"])).toEqual(fingerprintSet(["a", "b"]));
  expect(fingerprintSet(["a"]).digest).not.toBe(fingerprintSet(["b"]).digest);
  const many = Array.from({ length: MOST_INLINE + 1 }, (_, index) => index.toString(16).padStart(16, "0"));
  const large = fingerprintSet(many);
  expect(JSON.stringify(large).length).toBeLessThan(200);
  expect(membersOf(large)).toBeUndefined();
  expect(membersOf(large, () => many)?.size).toBe(many.length);
});
