import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  errors,
  note,
  POOL_MINUTES,
  refresh,
  tableFor,
  tableOf,
} from "../../shared/core/autoscaling/forecast/errors.ts";
import { factorAt } from "../../shared/core/autoscaling/forecast/events.ts";
import { expected } from "../../shared/core/autoscaling/forecast/expected.ts";
import { type Forecaster, forecaster, level, push, spread } from "../../shared/core/autoscaling/forecast/forecaster.ts";
import { pack, unpack } from "../../shared/core/autoscaling/forecast/pack.ts";
import { trailOf } from "../../shared/core/autoscaling/forecast/trail.ts";
import { prng } from "../../shared/core/kernel/prng.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { T0 } from "./given.ts";

const DAY = 1440;

/** Close to normal, from uniform numbers. */
function noise(seed: number): () => number {
  const random = prng(seed);
  return () => {
    let sum = -6;
    for (let count = 0; count < 12; count += 1) sum += random();
    return sum;
  };
}

/** Two sharp peaks a day, at the same minutes each day; `shift` moves them. */
function peaks(t: number, shift = 0): number {
  const minute = (t + shift) % DAY;
  return (minute > 600 && minute < 660) || (minute > 900 && minute < 930) ? 20 : 6;
}

function taught(minutes: number, load: (t: number) => number, horizon = 4): Forecaster {
  const model = forecaster("regression", horizon);
  for (let t = 0; t < minutes; t += 1) push(model, load(t));
  return model;
}

describe("forecaster", () => {
  it("learns a day: once it has seen some, it is clearly nearer than the last value", () => {
    const day = (t: number) => 10 + 8 * Math.sin((2 * Math.PI * t) / DAY) + (t % DAY > 720 && t % DAY < 780 ? 12 : 0);
    const horizon = 6;
    const model = taught(4 * DAY, day, horizon);
    let [own, last] = [0, 0];
    for (let t = 4 * DAY; t < 5 * DAY; t += 1) {
      own += Math.abs(level(model) ** 2 - day(t - 1 + horizon));
      last += Math.abs(day(t - 1) - day(t - 1 + horizon));
      push(model, day(t));
    }
    expect(own).toBeLessThan(0.7 * last);
  });

  it("takes an unknown minute for no load at all: what is known holds, nothing is learned from it", () => {
    const next = noise(1);
    const load = (t: number) => Math.max(0, 10 + 4 * Math.sin(t / 200) + next());
    const model = taught(2000, load);
    const [weights, mean, known, fast] = [[...model.regression.weights], model.mean, model.known, model.fastVariance];
    for (let minute = 0; minute < 30; minute += 1) push(model, Number.NaN);
    expect([...model.regression.weights]).toEqual(weights);
    expect([model.mean, model.known, model.fastVariance]).toEqual([mean, known, fast]);
    expect(level(model), "an unknown newest minute has no forecast").toBeNaN();
    expect(expected(model, { knownAt: T0, perTask: 1 })).toBeUndefined();
    push(model, load(2030));
    expect(level(model) ** 2).toBeGreaterThan(4);
    expect(level(model) ** 2).toBeLessThan(20);
  });

  it.each([-1, Number.POSITIVE_INFINITY, Number.NaN])("takes %s for unknown", (value) => {
    const model = taught(300, () => 5);
    push(model, value);
    expect(model.known).toBe(300);
    push(model, 5);
    expect(level(model)).toBeCloseTo(Math.sqrt(5), 3);
  });

  it("begins with the first minute that is known", () => {
    const model = forecaster("regression", 4);
    for (let minute = 0; minute < 50; minute += 1) push(model, Number.NaN);
    expect(model.t).toBe(-1);
    push(model, 4);
    expect([model.t, level(model), model.mean]).toEqual([0, 2, 4]);
  });

  it("says that nothing will change where it goes by the last value", () => {
    const model = forecaster("last", 3);
    const next = noise(2);
    for (let t = 0; t < 500; t += 1) {
      const x = Math.max(0, 9 + next());
      push(model, x);
      expect(level(model)).toBe(Math.sqrt(x));
    }
  });

  it("does not take a known event for a habit, and multiplies what it expects of one", () => {
    const event = { from: T0 + 2 * DAY * MINUTE_MS, to: T0 + (2 * DAY + 120) * MINUTE_MS, factor: 3 };
    const [plain, told] = [forecaster("regression", 4), forecaster("regression", 4)];
    const usual = (t: number) => 10 + 5 * Math.sin((2 * Math.PI * t) / DAY);
    for (let t = 0; t < 2 * DAY + 300; t += 1) {
      const factor = factorAt([event], T0 + t * MINUTE_MS);
      push(plain, usual(t));
      push(told, usual(t) * factor, factor);
      expect(level(told)).toBeCloseTo(level(plain), 9);
    }
    const knownAt = event.from - 2 * MINUTE_MS;
    const [without, within] = [
      expected(plain, { knownAt, perTask: 1 }),
      expected(plain, { knownAt, perTask: 1, events: [event] }),
    ];
    expect((within?.level ?? 0) ** 2).toBeCloseTo(3 * (without?.level ?? 0) ** 2, 9);
    expect(within?.spread).toBeCloseTo((without?.spread ?? 0) * Math.sqrt(3), 9);
  });

  it("keeps every number finite on whatever comes", () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constantFrom(0, Number.NaN, -1, 1e12, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom("regression" as const, "last" as const),
        (loads, horizon, kind) => {
          const model = forecaster(kind, horizon);
          for (const load of loads) push(model, load);
          for (const weight of model.regression.weights) expect(Number.isFinite(weight)).toBe(true);
          for (const one of model.regression.covariance) expect(Number.isFinite(one)).toBe(true);
          if (model.t >= 0) expect(spread(model)).toBeGreaterThan(0);
          if (!Number.isNaN(level(model))) expect(level(model)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("trust", () => {
  const model = (minutes: number, load: (t: number) => number) => {
    const one = forecaster("regression", 4);
    const times: number[] = [];
    for (let t = 0; t < minutes; t += 1) {
      push(one, load(t));
      if (!one.trust.trusted) times.push(t);
    }
    return { one, times };
  };

  it("ends when the peaks come at another time of day, says so, and returns once the new times are learned", () => {
    const next = noise(3);
    const { one, times } = model(12 * DAY, (t) => peaks(t, t < 8 * DAY ? 0 : 375) * (1 + 0.03 * next()));
    expect(times.length).toBeGreaterThan(60);
    expect(times[0]).toBeGreaterThan(8 * DAY);
    expect(times[0]).toBeLessThan(9 * DAY);
    expect(one.trust.trusted, "four days later").toBe(true);
  });

  it("is told with its reason", () => {
    const next = noise(4);
    const one = forecaster("regression", 4);
    for (let t = 0; t < 8 * DAY || one.trust.trusted; t += 1) {
      push(one, peaks(t, t < 8 * DAY ? 0 : 375) * (1 + 0.03 * next()));
      expect(t).toBeLessThan(10 * DAY);
    }
    const forecast = expected(one, { knownAt: T0, perTask: 1 });
    expect(forecast).toMatchObject({ trusted: false });
    expect(forecast?.why).toMatch(/^its recent error is 1\.\d times that of the last value$/);
  });

  it.each([
    ["a day with noise", (t: number, next: number) => (8 + 6 * Math.sin((2 * Math.PI * t) / DAY)) * (1 + 0.05 * next)],
    [
      "a day that turns into noise",
      (t: number, next: number) => (t < 5 * DAY ? 8 + 6 * Math.sin((2 * Math.PI * t) / DAY) : 8) + next,
    ],
    ["nothing but noise", (_: number, next: number) => 8 + 2 * next],
  ])("holds on %s", (_, load) => {
    const next = noise(5);
    expect(model(8 * DAY, (t) => Math.max(0, load(t, next()))).times).toEqual([]);
  });
});

describe("pools of errors", () => {
  it("are what sorting the newest four days anew gives, by side and together, gaps left out", () => {
    const all = errors();
    const next = noise(6);
    const kept: (readonly [error: number, side: 0 | 1])[] = [];
    const from = 64;
    for (let t = 0; t < POOL_MINUTES + 900; t += 1) {
      const error = t % 13 === 0 ? Number.NaN : Math.fround(Math.round(next() * 50) / 50) + 0;
      const side = next() > 0.5 ? 1 : 0;
      kept.push([error, side]);
      note(all, t, error, side);
      if (t % 60 !== 0 || t < from) continue;
      refresh(all, Math.max(from, t - POOL_MINUTES), t);
      if (t % 1200 !== 0) continue;
      const known = kept.slice(Math.max(from, t - POOL_MINUTES)).filter(([one]) => !Number.isNaN(one));
      const pools = [all.all, ...all.bySide];
      for (const [index, which] of [undefined, 0, 1].entries()) {
        const wanted = known.filter((one) => which === undefined || one[1] === which).map(([one]) => one);
        const sorted = Float32Array.from(wanted).sort();
        expect([...(pools[index]?.sorted.subarray(0, pools[index].size) ?? [])]).toEqual([...sorted]);
        expect(pools[index]?.table).toEqual(tableOf(sorted, sorted.length));
      }
    }
  });

  it("stand in for a side while that has too few", () => {
    const some = errors();
    const next = noise(9);
    for (let t = 0; t <= 1200; t += 1) note(some, t, next(), t % 10 === 0 ? 1 : 0);
    refresh(some, 0, 1200);
    expect(tableFor(some, 0)).toBe(some.bySide[0].table);
    expect(tableFor(some, 1)).toBe(some.all.table);
    expect(some.all.table).toHaveLength(101);
  });
});

describe("packing", () => {
  it("keeps everything: what is unpacked forecasts and learns exactly as the original, and is small", () => {
    const next = noise(7);
    const load = (t: number) => Math.max(0, peaks(t) + next());
    const model = taught(9 * DAY + 17, load, 5);
    const json = JSON.stringify(pack(model));
    expect(json.length).toBeLessThan(150_000);
    const again = unpack(JSON.parse(json));
    if (!again) throw new Error("not unpacked");
    for (let t = 0; t < 400; t += 1) {
      const work = t % 50 === 0 ? Number.NaN : load(t);
      push(model, work);
      push(again, work);
      const both = [model, again].map((one) => expected(one, { knownAt: T0, perTask: 2 }));
      expect(both[1]).toEqual(both[0]);
    }
    expect(pack(again)).toEqual(pack(model));
  });

  it.each([
    ["nothing", undefined],
    ["another version", { ...pack(forecaster("last", 3)), v: 2 }],
    [
      "a row of another length",
      { ...pack(forecaster("last", 3)), rows: { ...pack(forecaster("last", 3)).rows, smooth: "AAAA" } },
    ],
    [
      "a row that is no base64",
      { ...pack(forecaster("last", 3)), rows: { ...pack(forecaster("last", 3)).rows, smooth: "?" } },
    ],
    ["a horizon of years", { ...pack(forecaster("last", 3)), horizon: 1e6 }],
  ])("does not take %s for a forecaster", (_, json) => {
    expect(unpack(json)).toBeUndefined();
  });
});

describe("trail", () => {
  it("shows what was expected of each minute beside what came, in the units of the metric", () => {
    const next = noise(8);
    const horizon = 3;
    const model = forecaster("regression", horizon);
    const minutes = 3 * DAY;
    const came: number[] = [];
    const likely: number[] = [];
    for (let t = 0; t < minutes; t += 1) {
      const load = Math.max(0, 10 + 5 * Math.sin((2 * Math.PI * t) / DAY) + 0.5 * next());
      push(model, load);
      came.push(load);
      likely.push(level(model) ** 2);
    }
    const points = trailOf(model.trail, { t: minutes - 1, knownAt: T0, horizon, minutes: 360 }, 50, []);
    expect(points).toHaveLength(360 + horizon);
    expect(points.at(-1)).toEqual({
      at: T0 + horizon * MINUTE_MS,
      low: expect.any(Number),
      likely: expect.closeTo((likely.at(-1) ?? 0) * 50, 1),
      high: expect.any(Number),
    });
    const newest = points.at(-1 - horizon);
    expect(newest?.at).toBe(T0);
    expect(newest?.came).toBeCloseTo((came.at(-1) ?? 0) * 50, 1);
    expect(newest?.likely).toBeCloseTo((likely.at(-1 - horizon) ?? 0) * 50, 1);
    const inside = points.filter(
      (one) => one.came !== undefined && (one.low ?? 0) <= one.came && one.came <= (one.high ?? 0),
    );
    expect(inside.length / 360).toBeGreaterThan(0.7);
    expect(inside.length / 360).toBeLessThan(0.9);
  });

  it("leaves out what is not known", () => {
    const model = forecaster("regression", 2);
    for (const work of [5, 5, Number.NaN, 5]) push(model, work);
    const points = trailOf(model.trail, { t: 3, knownAt: T0, horizon: 2, minutes: 360 }, 1, []);
    expect(points.map((point) => [point.came, point.likely !== undefined])).toEqual([
      [5, false],
      [5, false],
      [undefined, true],
      [5, true],
      [undefined, false],
      [undefined, true],
    ]);
  });
});
