import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it, test } from "vitest";
import { compileSchedule } from "../../../shared/core/alerting/oncall/compile.ts";
import { gaps, onCallAt, shifts } from "../../../shared/core/alerting/oncall/schedule.ts";
import { OncallSection } from "../../../shared/core/alerting/oncall/section.ts";
import type { Schedule } from "../../../shared/core/alerting/oncall/types.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import { seeded } from "../../shell/simulation/scheduler.ts";
import { differences, drawnSchedule, instantIn, ZONES } from "./drawn.ts";

const at = (text: string): number => Date.parse(text);
const made = (section: object): Schedule => {
  const { schedules } = v.parse(OncallSection, { schedules: { s: { zone: "UTC", ...section } } });
  return compileSchedule("s", schedules["s"] as (typeof schedules)[string]);
};
const daily = { people: ["ann", "bob", "cyd"], start: "2026-01-01", turn: "1d", handover: "09:00" };

describe("against Temporal, another library's calendar", () => {
  // bench/oncall.ts does so for 2,000 instants and more.
  const COUNT = Number(process.env["HEADGATE_ONCALL_INSTANTS"] ?? 120);
  it(`names the same person at ${COUNT} instants in ${ZONES.length} zones`, () => {
    expect(differences(COUNT, 20_260_329)).toEqual([]);
  });
});

describe("turns are turns of the wall clock", () => {
  test.each([
    // Clocks go forward on 2026-03-29 in Berlin: a day of 23 hours, and the handover stays at 09:00.
    ["before the change", "Europe/Berlin", "2026-03-28T08:00Z", "2026-03-29T07:00:00.000Z"],
    ["after it", "Europe/Berlin", "2026-03-29T07:00Z", "2026-03-30T07:00:00.000Z"],
    // They go back on 2026-10-25: a day of 25 hours.
    ["when they go back", "Europe/Berlin", "2026-10-24T07:00Z", "2026-10-25T08:00:00.000Z"],
    ["half an hour of summer time", "Australia/Lord_Howe", "2026-04-03T22:00Z", "2026-04-04T22:30:00.000Z"],
    ["a quarter of an hour's zone", "Asia/Kathmandu", "2026-01-01T03:15Z", "2026-01-02T03:15:00.000Z"],
    ["a leap day", "UTC", "2028-02-28T09:00Z", "2028-02-29T09:00:00.000Z"],
    ["the day after", "UTC", "2028-02-29T09:00Z", "2028-03-01T09:00:00.000Z"],
  ])("%s", (_, zone, from, until) => {
    const schedule = made({ zone, layers: [daily] });
    expect(iso(onCallAt(schedule, at(from)).until as number)).toBe(until);
    expect(onCallAt(schedule, at(from)).person).not.toBe(onCallAt(schedule, at(from) - 1).person);
  });

  test("a handover that never comes is the change; one that comes twice is the first", () => {
    const berlin = made({ zone: "Europe/Berlin", layers: [{ ...daily, handover: "02:30" }] });
    expect(iso(onCallAt(berlin, at("2026-03-28T12:00Z")).until as number)).toBe("2026-03-29T01:00:00.000Z");
    expect(iso(onCallAt(berlin, at("2026-10-24T12:00Z")).until as number)).toBe("2026-10-25T00:30:00.000Z");
  });

  test("a turn that falls on a date the zone has left out is nobody's: whose turn comes after takes over", () => {
    // Apia went from 29 to 31 December 2011.
    const apia = made({ zone: "Pacific/Apia", layers: [{ ...daily, start: "2011-12-28", handover: "00:00" }] });
    const days = shifts(apia, at("2011-12-28T10:00Z"), at("2012-01-02T10:00Z"));
    expect(days.map(({ from, person }) => `${iso(from).slice(5, 16)} ${person}`)).toEqual([
      "12-28T10:00 ann",
      "12-29T10:00 bob",
      "12-30T10:00 ann",
      "12-31T10:00 bob",
      "01-01T10:00 cyd",
    ]);
  });

  test("a schedule of long ago answers as one of today", () => {
    const old = made({
      zone: "America/New_York",
      layers: [{ ...daily, people: ["ann", "bob"], start: "1975-01-01", turn: "1h", handover: "00:00" }],
    });
    expect(onCallAt(old, at("2026-06-01T12:00Z")).until).toBe(at("2026-06-01T13:00Z"));
  });
});

describe("who wins", () => {
  const layers = [
    { people: ["ann"], start: "2026-01-01" },
    { people: ["bob"], start: "2026-01-01", on: [{ days: "mon-fri", from: "09:00", to: "17:00" }] },
  ];
  test("a later layer where it applies, an override over layers, a later override over an earlier one", () => {
    const schedule = made({
      layers,
      overrides: [
        { from: "2026-01-05T10:00", to: "2026-01-05T14:00", person: "cyd" },
        { from: "2026-01-05T11:00Z", to: "2026-01-05T12:00Z", person: "dan", why: "swap" },
      ],
    });
    const day = shifts(schedule, at("2026-01-05T00:00Z"), at("2026-01-06T00:00Z"));
    expect(day.map(({ from, person, by }) => [iso(from).slice(11, 16), person, by])).toEqual([
      ["00:00", "ann", { layer: 1 }],
      ["09:00", "bob", { layer: 2 }],
      ["10:00", "cyd", { override: "file-1" }],
      ["11:00", "dan", { override: "file-2" }],
      ["12:00", "cyd", { override: "file-1" }],
      ["14:00", "bob", { layer: 2 }],
      ["17:00", "ann", { layer: 1 }],
    ]);
    // Until when: past what changes nothing for the person.
    expect(iso(onCallAt(schedule, at("2026-01-05T18:00Z")).until as number)).toBe("2026-01-06T09:00:00.000Z");
  });

  test("a window over midnight belongs to the day on which it begins", () => {
    const nights = made({
      layers: [{ people: ["ann"], start: "2026-01-01", on: [{ days: "fri", from: "22:00", to: "06:00" }] }],
    });
    const found = shifts(nights, at("2026-01-09T12:00Z"), at("2026-01-16T12:00Z")).filter(({ person }) => person);
    expect(found.map(({ from, until }) => [iso(from), iso(until)])).toEqual([
      ["2026-01-09T22:00:00.000Z", "2026-01-10T06:00:00.000Z"],
    ]);
  });

  test("before it starts, after it ends and outside of its hours nobody is, and this is told as gaps", () => {
    const schedule = made({
      layers: [{ people: ["ann"], start: "2026-01-05", end: "2026-01-07", on: [{ from: "08:00", to: "20:00" }] }],
    });
    const found = gaps(schedule, at("2026-01-04T00:00Z"), at("2026-01-08T00:00Z"));
    expect(found.map(({ from, until }) => `${iso(from).slice(8, 16)} ${iso(until).slice(8, 16)}`)).toEqual([
      "04T00:00 05T08:00",
      "05T20:00 06T08:00",
      "06T20:00 08T00:00",
    ]);
    expect(onCallAt(schedule, at("2026-01-07T00:00Z"))).toEqual({});
  });
});

describe("laws", () => {
  const drawn = fc.tuple(fc.nat(1_000_000), fc.constantFrom(...ZONES)).map(([seed, zone]) => {
    const random = seeded(seed);
    const near = instantIn(random, zone);
    return { schedule: compileSchedule("drawn", drawnSchedule(random, zone, near)), near, random };
  });

  test("shifts leave no hole, do not overlap, have no equal neighbours, and say at each instant what onCallAt says", () => {
    fc.assert(
      fc.property(drawn, ({ schedule, near, random }) => {
        const [from, to] = [near - 3 * DAY_MS, near + 3 * DAY_MS];
        const all = shifts(schedule, from, to);
        expect([all[0]?.from, all.at(-1)?.until]).toEqual([from, to]);
        for (const [index, one] of all.entries()) {
          expect(one.until).toBeGreaterThan(one.from);
          const next = all[index + 1];
          if (next) {
            expect(next.from).toBe(one.until);
            expect([one.person, one.by]).not.toEqual([next.person, next.by]);
          }
          for (const instant of [one.from, one.until - 1, one.from + Math.floor(random() * (one.until - one.from))])
            expect(onCallAt(schedule, instant).person).toBe(one.person);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("until is the very instant at which somebody else is on call", () => {
    fc.assert(
      fc.property(drawn, ({ schedule, near }) => {
        const { person, until } = onCallAt(schedule, near);
        if (until === undefined) return;
        expect(until).toBeGreaterThan(near);
        expect(onCallAt(schedule, until - 1).person).toBe(person);
        expect(onCallAt(schedule, until).person).not.toBe(person);
      }),
      { numRuns: 60 },
    );
  });

  test("each turn of a rota without windows is one person's, in order, and as long as the wall clock says", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 1, max: 9 }), (zone, days) => {
        const schedule = made({ zone, layers: [{ ...daily, start: "2025-01-01", turn: `${days}d` }] });
        const all = shifts(schedule, at("2025-06-01T00:00Z"), at("2026-06-01T00:00Z")).slice(1, -1);
        const local = all.map(({ from }) => (schedule.clock.local(from) % DAY_MS) / HOUR_MS);
        // Where a change of the clock swallows 09:00 it would be another hour; no zone does that.
        expect(new Set(local)).toEqual(new Set([9]));
        const order = ["ann", "bob", "cyd"];
        for (const [index, { person, from, until }] of all.entries()) {
          expect(Math.abs(until - from - days * DAY_MS)).toBeLessThanOrEqual(2 * HOUR_MS);
          expect(order.indexOf(all[index + 1]?.person ?? person ?? "")).toBe(
            all[index + 1] ? (order.indexOf(person ?? "") + 1) % 3 : order.indexOf(person ?? ""),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test("somebody whose layers take turns every few hours goes on for good: there is no until that changes nothing", () => {
    const windows = [0, 1, 2, 3, 4, 5].map((hour) => ({ from: `0${hour}:00`, to: `0${hour}:30` }));
    const eve = { people: ["eve"], start: "2026-01-01" };
    const schedule = made({ zone: "Europe/Berlin", layers: [eve, { ...eve, on: windows }] });
    expect(onCallAt(schedule, at("2026-02-01T12:00Z"))).toEqual({ person: "eve", by: { layer: 1 } });
  });

  test("an instant's answer does not depend on what was asked before", () => {
    const schedule = made({ zone: "Asia/Gaza", layers: [daily] });
    const instants = Array.from({ length: 50 }, (_, index) => at("2026-03-01T00:00Z") + index * 1_037 * MINUTE_MS);
    const forth = instants.map((one) => onCallAt(schedule, one));
    const back = instants.toReversed().map((one) => onCallAt(schedule, one));
    expect(back.toReversed()).toEqual(forth);
  });
});
