import { describe, expect, it } from "vitest";
import { intervalContains } from "../../shared/core/alerting/intervals/contains.ts";
import type { TimeIntervalSpec } from "../../shared/core/alerting/types.ts";
import { messagesOf, settingsOf } from "./settings-kit.ts";

/** An interval as the file has it, read. */
function interval(yaml: string): TimeIntervalSpec {
  const text = `route: {receiver: r}\nreceivers: [{name: r}]\ntime_intervals:\n- name: x\n  time_intervals: [${yaml}]\n`;
  return settingsOf(text).timeIntervals[0]?.intervals[0] as TimeIntervalSpec;
}

describe("what an interval holds", () => {
  it.each<[yaml: string, at: string, expected: boolean]>([
    ["{}", "2026-01-01T00:00:00Z", true],
    ["{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-01-01T08:59:59.999Z", false],
    ["{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-01-01T09:00:00Z", true],
    ["{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-01-01T17:00:00Z", false],
    ["{times: [{start_time: '23:00', end_time: '24:00'}]}", "2026-01-01T23:59:59Z", true],
    ["{weekdays: ['monday:friday']}", "2026-01-02T12:00:00Z", true],
    ["{weekdays: ['Monday:Friday']}", "2026-01-03T12:00:00Z", false],
    ["{weekdays: [sunday]}", "1969-12-28T00:00:00Z", true],
    ["{days_of_month: ['-1']}", "2024-02-29T12:00:00Z", true],
    ["{days_of_month: ['-1']}", "2023-02-28T12:00:00Z", true],
    ["{days_of_month: ['-3:-1']}", "2026-04-28T00:00:00Z", true],
    ["{days_of_month: ['-3:-1']}", "2026-04-27T00:00:00Z", false],
    ["{days_of_month: ['29:31']}", "2026-02-28T00:00:00Z", false],
    ["{days_of_month: ['31']}", "2026-04-30T00:00:00Z", false],
    ["{days_of_month: ['28:31']}", "2026-02-28T00:00:00Z", true],
    ["{months: ['january:march']}", "2026-04-01T00:00:00Z", false],
    ["{months: [12]}", "2026-12-31T23:59:59Z", true],
    ["{years: ['2020:2025', 2027]}", "2026-06-01T00:00:00Z", false],
    ["{years: ['2020:2025', 2027]}", "2027-06-01T00:00:00Z", true],
    ["{weekdays: [monday], months: [january]}", "2026-02-02T00:00:00Z", false],
  ])("%s at %s: %j", (yaml, at, expected) => {
    expect(intervalContains(interval(yaml), Date.parse(at))).toBe(expected);
  });

  it("counts in the time of its location, and in UTC without", () => {
    const at = Date.parse("2026-07-01T07:30:00Z");
    const times = "times: [{start_time: '09:00', end_time: '10:00'}]";
    expect(intervalContains(interval(`{${times}, location: Europe/Berlin}`), at)).toBe(true);
    expect(intervalContains(interval(`{${times}}`), at)).toBe(false);
    expect(intervalContains(interval(`{${times}, location: Asia/Kathmandu}`), Date.parse("2026-07-01T03:15:00Z"))).toBe(
      true,
    );
  });

  it("keeps the last days of a month that the clocks were changed in", () => {
    // March has an hour less in Berlin and an hour more in New York's November; both have all of their days.
    for (const [location, at] of [
      ["Europe/Berlin", "2026-03-31T12:00:00+02:00"],
      ["America/New_York", "2026-03-31T12:00:00-04:00"],
      ["America/New_York", "2026-11-30T12:00:00-05:00"],
      ["Australia/Lord_Howe", "2026-10-31T12:00:00+11:00"],
    ] as const) {
      expect(
        intervalContains(interval(`{days_of_month: ['-1'], location: ${location}}`), Date.parse(at)),
        location,
      ).toBe(true);
      const dayBefore = Date.parse(at) - 86_400_000;
      expect(intervalContains(interval(`{days_of_month: ['-1'], location: ${location}}`), dayBefore), location).toBe(
        false,
      );
    }
  });

  it("skips the hour that never comes and holds twice in the one that comes twice", () => {
    const night = interval("{times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin}");
    const minutes = (from: string): number =>
      Array.from({ length: 360 }, (_, index) => Date.parse(from) + index * 60_000).filter((at) =>
        intervalContains(night, at),
      ).length;
    expect(minutes("2026-03-28T23:00:00Z")).toBe(0);
    expect(minutes("2026-10-24T22:00:00Z")).toBe(120);
  });
});

describe("what no interval is", () => {
  it.each([
    ["{times: [{start_time: '10:00', end_time: '10:00'}]}", "start time cannot be equal or greater than end time"],
    ["{times: [{start_time: '9:00', end_time: '10:00'}]}", "couldn't parse timestamp 9:00, invalid format"],
    ["{times: [{start_time: '09:00'}]}", "both start and end times must be provided"],
    ["{weekdays: ['friday:monday']}", "start day cannot be before end day"],
    ["{weekdays: [1]}", "1 is not a valid weekday"],
    ["{days_of_month: [0]}", "0 is not a valid day of the month: out of range"],
    ["{days_of_month: ['-1:5']}", "end day must be negative if start day is negative"],
    ["{days_of_month: ['30:-1']}", "end day -1 is always before start day 30"],
    ["{months: ['march:january']}", "end month january is before start month march"],
    ["{months: [smarch]}", "smarch is not a valid month"],
    ["{years: ['2025:2020']}", "end year 2020 is before start year 2025"],
    ["{location: Nowhere/Atall}", "unknown time zone Nowhere/Atall"],
    ["{location: europe/berlin}", "unknown time zone europe/berlin"],
    ["{when: now}", 'unknown key "when"'],
  ])("%s", (yaml, message) => {
    const text = `route: {receiver: r}\nreceivers: [{name: r}]\ntime_intervals: [{name: x, time_intervals: [${yaml}]}]\n`;
    expect(messagesOf(text)).toEqual([message]);
  });
});
