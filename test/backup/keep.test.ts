import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketOf } from "../../shared/core/backup/keep/buckets.ts";
import { choosePoints } from "../../shared/core/backup/keep/choose.ts";
import type { Keep, PointFacts } from "../../shared/core/backup/keep/types.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";

const NONE: Keep = { all: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const NOW = Date.UTC(2026, 10, 23, 7, 30);
const point = (at: number, more: Partial<PointFacts> = {}): PointFacts => ({
  id: `bkp_${new Date(at).toISOString()}`,
  cutAt: at,
  whole: true,
  verified: "ok",
  ...more,
});
const kept = (points: readonly PointFacts[], keep: Partial<Keep>, now = NOW) =>
  choosePoints(points, { ...NONE, ...keep }, [], now).keep.map(({ id }) => id.slice(4, 17));

const hours = (count: number, from = NOW) => Array.from({ length: count }, (_, index) => point(from - index * HOUR_MS));

describe("which points are kept", () => {
  test("an ISO week begins on Monday, and years, months, days and hours are those of UTC", () => {
    const sunday = Date.UTC(2026, 10, 22, 23, 59);
    expect(bucketOf("weekly", sunday)).toBe(bucketOf("weekly", Date.UTC(2026, 10, 16)));
    expect(bucketOf("weekly", sunday)).not.toBe(bucketOf("weekly", Date.UTC(2026, 10, 23)));
    // The week of 1 January 2027 began in 2026.
    expect(bucketOf("weekly", Date.UTC(2027, 0, 1))).toBe(bucketOf("weekly", Date.UTC(2026, 11, 28)));
    expect(bucketOf("monthly", Date.UTC(2026, 11, 31, 23, 59))).not.toBe(bucketOf("monthly", Date.UTC(2027, 0, 1)));
    expect(bucketOf("yearly", Date.UTC(2026, 0, 1))).toBe(bucketOf("yearly", Date.UTC(2026, 11, 31)));
  });

  test("of each of the latest so many hours and days that have one, the newest", () => {
    expect(kept(hours(72), { hourly: 2, daily: 3 })).toEqual([
      "2026-11-23T07",
      "2026-11-23T06",
      "2026-11-22T23",
      "2026-11-21T23",
    ]);
  });

  test("a span without a point is not counted: what is old stays until there is enough that is new", () => {
    const old = [point(NOW), point(NOW - 40 * DAY_MS), point(NOW - 400 * DAY_MS)];
    expect(kept(old, { daily: 3 })).toHaveLength(3);
  });

  test("younger than the duration stays, and what is exactly as old goes", () => {
    expect(kept([point(NOW), point(NOW - DAY_MS + 1), point(NOW - DAY_MS)], { all: DAY_MS })).toHaveLength(2);
  });

  test("a damaged or degraded point never stands for its span where a good one is there", () => {
    const [young, good] = [NOW - HOUR_MS, NOW - 2 * HOUR_MS];
    const day = [point(NOW, { verified: "failed" }), point(young, { whole: false }), point(good)];
    const { keep } = choosePoints(day, { ...NONE, daily: 1 }, [], NOW);
    expect(keep.find(({ id }) => id === day[2]?.id)?.why).toContain("stands for its day, one of the latest day");
  });

  test("the newest, the newest whole and the newest whole verified point stay whatever the rules say", () => {
    const points = [
      point(NOW, { whole: false }),
      point(NOW - HOUR_MS, { verified: "failed" }),
      { id: "unverified", cutAt: NOW - 2 * HOUR_MS, whole: true },
      point(NOW - 3 * HOUR_MS),
      point(NOW - 4 * HOUR_MS),
    ];
    const { keep, remove } = choosePoints(points, NONE, [], NOW);
    expect(keep.map(({ why }) => why)).toEqual([
      ["the newest point"],
      ["the newest whole point"],
      ["the newest whole point that was verified"],
    ]);
    expect(remove.map(({ id }) => id)).toEqual([points[1]?.id, points[4]?.id]);
  });

  test("a hold and whoever stands on a point keep it, and the reason says who", () => {
    const points = hours(5);
    const [held, used] = [points[3] as PointFacts, points[4] as PointFacts];
    const hold = { v: 1, plan: "p", id: held.id, reason: "case 7", by: "ada", at: NOW } as const;
    const { keep } = choosePoints(points, NONE, [hold], NOW, new Map([[used.id, "a restore reads it"]]));
    expect(keep.slice(1)).toEqual([
      { id: held.id, why: ["under legal hold by ada: case 7"] },
      { id: used.id, why: ["a restore reads it"] },
    ]);
  });

  test("law: every point has one fate, more is kept by keeping more, and nothing kept is lost by time alone within `all`", () => {
    const arbitrary = fc.array(
      fc.record({
        hour: fc.integer({ min: 0, max: 20_000 }),
        whole: fc.boolean(),
        verified: fc.constantFrom("ok" as const, "failed" as const),
      }),
      { maxLength: 40 },
    );
    const count = fc.integer({ min: 0, max: 8 });
    fc.assert(
      fc.property(arbitrary, count, count, count, (drawn, hourly, weekly, yearly) => {
        const points = drawn.map(({ hour, ...facts }, index) => ({
          id: `${index}`,
          cutAt: NOW - hour * HOUR_MS,
          ...facts,
        }));
        const keep = { ...NONE, hourly, weekly, yearly };
        const { keep: stays, remove } = choosePoints(points, keep, [], NOW);
        expect(new Set([...stays, ...remove].map(({ id }) => id)).size).toBe(points.length);
        const more = new Set(
          choosePoints(points, { ...keep, weekly: weekly + 1, all: DAY_MS }, [], NOW).keep.map(({ id }) => id),
        );
        for (const { id } of stays) expect(more.has(id)).toBe(true);
        const spans = new Set(points.map(({ cutAt }) => bucketOf("weekly", cutAt)));
        const covered = new Set(
          points.filter(({ id }) => stays.some((one) => one.id === id)).map(({ cutAt }) => bucketOf("weekly", cutAt)),
        );
        for (const week of [...spans].sort((a, b) => b - a).slice(0, weekly)) expect(covered.has(week)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
