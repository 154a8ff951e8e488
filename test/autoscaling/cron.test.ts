import { describe, expect, test } from "vitest";
import { nextFire, parseCron, previousFire } from "../../shared/core/kernel/cron.ts";
import { parseInstant } from "../../shared/core/kernel/instant.ts";
import { iso } from "../../shared/core/kernel/time.ts";

const cron = (text: string) => {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.cron;
};
const at = (text: string) => {
  const instant = parseInstant(text);
  if (!instant) throw new Error(text);
  return instant.at;
};
const show = (instant: number | undefined) =>
  instant === undefined ? undefined : iso(instant).replace(":00.000Z", "Z");

describe("the fields", () => {
  test.each([
    ["every minute", "* * * * *", "2024-01-15T10:00:30Z", "2024-01-15T10:00Z", "2024-01-15T10:01Z"],
    ["a list", "0,30 * * * *", "2024-01-15T10:20Z", "2024-01-15T10:00Z", "2024-01-15T10:30Z"],
    ["a step", "*/15 * * * *", "2024-01-15T10:20Z", "2024-01-15T10:15Z", "2024-01-15T10:30Z"],
    ["a range with a step", "10-50/20 * * * *", "2024-01-15T10:20Z", "2024-01-15T10:10Z", "2024-01-15T10:30Z"],
    ["from a number on with a step", "5/25 * * * *", "2024-01-15T10:56Z", "2024-01-15T10:55Z", "2024-01-15T11:05Z"],
    ["an hour", "0 8 * * *", "2024-01-15T07:59Z", "2024-01-14T08:00Z", "2024-01-15T08:00Z"],
    ["days by name", "0 8 * * mon-fri", "2024-01-14T12:00Z", "2024-01-12T08:00Z", "2024-01-15T08:00Z"],
    ["names in capitals", "0 8 * JAN SUN", "2024-01-15T12:00Z", "2024-01-14T08:00Z", "2024-01-21T08:00Z"],
    ["Sunday as 7", "0 8 * * 7", "2024-01-15T12:00Z", "2024-01-14T08:00Z", "2024-01-21T08:00Z"],
    ["Friday to Sunday as 5-7", "0 8 * * 5-7", "2024-01-13T12:00Z", "2024-01-13T08:00Z", "2024-01-14T08:00Z"],
    ["the last day some months have", "0 0 31 * *", "2024-05-01T00:00Z", "2024-03-31T00:00Z", "2024-05-31T00:00Z"],
    ["both day fields: either suffices", "0 0 13 * fri", "2024-09-07T00:00Z", "2024-09-06T00:00Z", "2024-09-13T00:00Z"],
    [
      "a day field beginning with * does not restrict",
      "0 0 13 * */1",
      "2024-09-07T00:00Z",
      "2024-08-13T00:00Z",
      "2024-09-13T00:00Z",
    ],
    [
      "exactly at a fire, that fire is the previous one",
      "0 8 * * *",
      "2024-01-15T08:00Z",
      "2024-01-15T08:00Z",
      "2024-01-16T08:00Z",
    ],
    ["across a new year", "0 0 1 1 *", "2024-06-01T00:00Z", "2024-01-01T00:00Z", "2025-01-01T00:00Z"],
    [
      "a leap day ahead; the last one is over 400 days ago",
      "0 0 29 2 *",
      "2026-01-01T00:00Z",
      undefined,
      "2028-02-29T00:00Z",
    ],
    ["a leap day eight years away", "0 0 29 2 *", "2098-01-01T00:00Z", undefined, "2104-02-29T00:00Z"],
  ] as const)("%s", (_name, text, now, before, after) => {
    expect([show(previousFire(cron(text), "UTC", at(now))), show(nextFire(cron(text), "UTC", at(now)))]).toEqual([
      before,
      after,
    ]);
  });
});

describe("what cannot be read, or never comes, is an error that says where", () => {
  test.each([
    ["", "found 0"],
    ["0 8 * *", "found 4"],
    ["0 8 * * * *", "found 6"],
    ["60 * * * *", "minute"],
    ["* 24 * * *", "hour"],
    ["* * 0 * *", "day of month"],
    ["* * 32 * *", "day of month"],
    ["* * * 13 *", "month"],
    ["* * * foo *", "jan..dec"],
    ["* * * * 8", "day of week"],
    ["*/0 * * * *", "step"],
    ["*/x * * * *", "step"],
    ["1-5-9 * * * *", "range"],
    ["1//2 * * * *", "step"],
    ["30-10 * * * *", "backwards"],
    ["* * * * fri-mon", "fri-7,0-mon"],
    ["1, * * * *", "minute"],
    ["-1 * * * *", "minute"],
    ["1.5 * * * *", "minute"],
    ["0 0 31 2 *", "never fires"],
    ["0 0 30 feb *", "never fires"],
    ["0 0 31 4,6,9,11 *", "never fires"],
    ["@daily", "five fields"],
  ] as const)("%j", (text, message) => {
    const parsed = parseCron(text);
    expect(parsed.ok ? "accepted" : parsed.message).toContain(message);
  });
  test.each(["0 0 29 2 *", "0 0 31 1,2 *", "0 0 31 2 mon"])("%s is possible", (text) => {
    expect(parseCron(text).ok).toBe(true);
  });
});

describe("time zones", () => {
  test("eight in Berlin is seven UTC in winter and six in summer", () => {
    expect(show(nextFire(cron("0 8 * * *"), "Europe/Berlin", at("2024-01-15T00:00Z")))).toBe("2024-01-15T07:00Z");
    expect(show(nextFire(cron("0 8 * * *"), "Europe/Berlin", at("2024-07-15T00:00Z")))).toBe("2024-07-15T06:00Z");
  });
  test("weekdays are those of the zone", () => {
    expect(show(nextFire(cron("0 6 * * mon"), "Asia/Tokyo", at("2024-01-14T12:00Z")))).toBe("2024-01-14T21:00Z");
    expect(show(previousFire(cron("30 23 * * sun"), "America/Los_Angeles", at("2024-01-15T12:00Z")))).toBe(
      "2024-01-15T07:30Z",
    );
  });
  test("a time the clock skips fires at the change (Berlin, 31 March 2024, 02:00 becomes 03:00)", () => {
    expect(show(nextFire(cron("30 2 * * *"), "Europe/Berlin", at("2024-03-31T00:00Z")))).toBe("2024-03-31T01:00Z");
    expect(show(previousFire(cron("30 2 * * *"), "Europe/Berlin", at("2024-03-31T01:00Z")))).toBe("2024-03-31T01:00Z");
    expect(show(previousFire(cron("30 2 * * *"), "Europe/Berlin", at("2024-03-31T00:59:59Z")))).toBe(
      "2024-03-30T01:30Z",
    );
  });
  test("a time that comes twice fires the first time only (Berlin, 27 October 2024, 03:00 becomes 02:00)", () => {
    expect(show(nextFire(cron("30 2 * * *"), "Europe/Berlin", at("2024-10-27T00:00Z")))).toBe("2024-10-27T00:30Z");
    expect(show(nextFire(cron("30 2 * * *"), "Europe/Berlin", at("2024-10-27T00:30Z")))).toBe("2024-10-28T01:30Z");
    expect(show(previousFire(cron("30 2 * * *"), "Europe/Berlin", at("2024-10-27T02:00Z")))).toBe("2024-10-27T00:30Z");
  });
  test("a clock that is put forward by half an hour (Lord Howe, 6 October 2024)", () => {
    expect(show(nextFire(cron("15 2 * * *"), "Australia/Lord_Howe", at("2024-10-05T12:00Z")))).toBe(
      "2024-10-05T15:30Z",
    );
  });
  test("a day that never was fires once, at the change (Samoa left out 30 December 2011)", () => {
    expect(show(nextFire(cron("0 12 30 12 *"), "Pacific/Apia", at("2011-12-29T00:00Z")))).toBe("2011-12-30T10:00Z");
  });
  test("over four years of Berlin every day has exactly one fire, and back and forth agree", () => {
    for (const text of ["30 2 * * *", "0 0 * * *", "59 23 * * *"]) {
      const start = at("2022-01-01T00:00Z");
      const end = at("2026-01-01T00:00Z");
      let fires = 0;
      let now = start;
      for (;;) {
        const next = nextFire(cron(text), "Europe/Berlin", now);
        if (next === undefined || next >= end) break;
        expect(previousFire(cron(text), "Europe/Berlin", next)).toBe(next);
        expect(previousFire(cron(text), "Europe/Berlin", next - 1)).not.toBe(next);
        fires += 1;
        now = next;
      }
      expect(fires).toBe(1461);
    }
  });
  test("an unknown zone or an instant outside the calendar has no fire", () => {
    expect(nextFire(cron("* * * * *"), "Mars/Olympus", at("2024-01-15T00:00Z"))).toBeUndefined();
    for (const instant of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -8.64e15, 1e300]) {
      expect(nextFire(cron("* * * * *"), "Europe/Berlin", instant)).toBeUndefined();
      expect(previousFire(cron("* * * * *"), "UTC", instant)).toBeUndefined();
    }
  });
});
