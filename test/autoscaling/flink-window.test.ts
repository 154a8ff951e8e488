import { describe, expect, test } from "vitest";
import { ratesOf } from "../../shared/core/autoscaling/flink/rates.ts";
import type { FlinkSeen, FlinkWindow } from "../../shared/core/autoscaling/flink/types.ts";
import { MOST_VERTICES, readingsOf, sampled } from "../../shared/core/autoscaling/flink/window.ts";
import type { JobVertex } from "../../shared/core/kernel/jobs.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { job, source, T0, work } from "./flink-given.ts";

const WINDOW = 15 * MINUTE_MS;

/** The window after these looks; undefined members of a look keep what `job` says. */
function looked(looks: readonly FlinkSeen[]): {
  readonly window: FlinkWindow;
  readonly anew: readonly (string | undefined)[];
} {
  let kept: FlinkWindow | undefined;
  let live: FlinkWindow | undefined;
  const anew: (string | undefined)[] = [];
  for (const seen of looks) {
    const point = readingsOf(seen);
    if (!point.ok) throw new Error(point.why);
    const next = sampled(kept, seen, point.of, WINDOW);
    anew.push(next.anew);
    ({ kept, live } = next);
  }
  if (!live) throw new Error("no look");
  return { window: live, anew };
}

const at = (minute: number, more: Partial<JobVertex> = {}): FlinkSeen => {
  const now = T0 + minute * MINUTE_MS;
  return job(now, { vertices: [source(now, { more }), work(now)] });
};
const minutes = (count: number, of: (minute: number) => FlinkSeen = at) =>
  Array.from({ length: count }, (_, minute) => of(minute));

describe("rates over the window", () => {
  test("(last − first) / time of accumulated counters, whatever the gauges said in between; lag as it is now, and its growth", () => {
    const looks = minutes(16, (minute) =>
      at(minute, { recordsIn: minute < 8 ? 0 : 90_000, recordsOut: minute * 60, pendingRecords: 100 + 12 * minute }),
    );
    const rates = ratesOf(looks.at(-1) as FlinkSeen, looked(looks).window, WINDOW);
    // A source that read nothing by its counter and emitted is counted by what it emitted, until it is counted itself.
    expect(rates.ok && rates.vertices[0]).toMatchObject({
      inRate: 100,
      outRate: 1,
      lag: 280,
      lagRate: 0.2,
      gauge: 100,
      busyMax: 200,
    });
  });

  test("a window that is not full, or has one point, may not scale", () => {
    const rates = ratesOf(at(14), looked(minutes(15)).window, WINDOW);
    expect(rates).toEqual({ ok: false, reason: "held_window", why: "14 min of 15 min have been measured" });
    expect(ratesOf(at(0), looked([at(0)]).window, 0)).toMatchObject({ ok: false, reason: "held_window" });
  });

  test("two looks a window apart are enough: counters do not mind what was not seen", () => {
    const rates = ratesOf(at(20), looked([at(0), at(20)]).window, WINDOW);
    expect(rates.ok && rates.vertices.map(({ inRate }) => inRate)).toEqual([100, 100]);
  });

  test.each([
    ["pendingRecords", "how many records wait"],
    ["busyMax", "how busy it is"],
    ["recordsOut", "how many records it sends"],
  ] as const)("%s that was told and is not any more holds", (name, why) => {
    const without = (seen: FlinkSeen): FlinkSeen => ({
      ...seen,
      vertices: seen.vertices.map(({ [name]: _, ...rest }) => rest as JobVertex),
    });
    const looks = [...minutes(16), without(at(16))];
    const rates = ratesOf(looks.at(-1) as FlinkSeen, looked(looks).window, WINDOW);
    expect(rates).toMatchObject({ ok: false, reason: "held_incomplete", why: expect.stringContaining(why) });
    // Never told at all is another thing: nothing is made of it.
    const never = minutes(16).map(without);
    expect(ratesOf(never.at(-1) as FlinkSeen, looked(never).window, WINDOW).ok).toBe(true);
  });
});

describe("the window begins anew", () => {
  const second = (more: Partial<FlinkSeen>): FlinkSeen => ({ ...at(1), ...more });
  test.each([
    ["another job", second({ jobId: "b".repeat(32) }), "it is another job"],
    ["its tasks began anew", second({ startedAt: T0 }), "its tasks began anew"],
    ["other vertices", second({ vertices: [source(T0 + MINUTE_MS)] }), "it has other vertices"],
    [
      "another parallelism",
      second({ vertices: [source(T0 + MINUTE_MS), work(T0 + MINUTE_MS, { parallelism: 3 })] }),
      "its parallelism changed",
    ],
    ["counters that went backwards", at(1, { recordsIn: 5, recordsOut: 5 }), "its counters began anew"],
    ["a clock that went back", at(-5), "the clock went back"],
  ])("with %s", (_title, seen, why) => {
    const { window, anew } = looked([at(0), seen]);
    expect(anew.at(-1)).toBe(why);
    expect(window.points).toHaveLength(1);
  });

  test("and not with what is only told later", () => {
    const { startedAt: _, ...first } = at(0);
    expect(looked([first, at(1)]).anew).toEqual(["it is seen for the first time", undefined]);
    expect(looked([at(0), at(0)]).window.points).toHaveLength(1);
  });

  test("it has 16 points of a look a minute, and one that is a whole window old", () => {
    const { window } = looked(minutes(200));
    expect(window.points).toHaveLength(16);
    expect((window.points.at(-1)?.at ?? 0) - (window.points[0]?.at ?? 0)).toBe(WINDOW);
  });
});

test.each([
  ["no vertex", [], /no vertex/],
  [
    "too many",
    Array.from({ length: MOST_VERTICES + 1 }, (_, index) => ({ ...source(T0), id: `${index}` })),
    /more than the 300/,
  ],
  ["one id twice", [source(T0), source(T0)], /same id/],
  ["an input from nowhere", [{ ...work(T0), inputs: [{ id: "elsewhere", ship: "HASH" }] }], /no vertex of the job/],
  ["parallelism 0", [source(T0, { more: { parallelism: 0 } })], /parallelism is 0/],
  ["no maximum of parallelism", [source(T0, { more: { maxParallelism: -1 } })], /maximum of parallelism is -1/],
  ["a counter that is no number", [source(T0, { more: { recordsIn: Number.NaN } })], /no measurement/],
])("a look that may not be used: %s", (_title, vertices, why) => {
  const result = readingsOf(job(T0, { vertices }));
  expect(result.ok ? "" : result.why).toMatch(why);
});
