import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tableOf } from "../../shared/core/autoscaling/forecast/errors.ts";
import { forecaster, level, push, spread } from "../../shared/core/autoscaling/forecast/forecaster.ts";
import { cheapest, likelyMost, normalTail, poolTail, tableTail } from "../../shared/core/autoscaling/forecast/price.ts";

/** Of a second implementation in another language: a_t = 8 + 4 sin(2πt/1440) + 1.5 sin(2πt/37) + 2 (7919 t mod 101)/101, 4 minutes ahead. */
const REFERENCE = [
  { target: 1000, level: 2.1611, spread: 0.19222, count: 7, pool: 897 },
  { target: 2000, level: 3.43943, spread: 0.10261, count: 14, pool: 1917 },
  { target: 3000, level: 3.38602, spread: 0.07691, count: 13, pool: 2877 },
  { target: 4000, level: 2.45323, spread: 0.08121, count: 7, pool: 3897 },
  { target: 5000, level: 3.30704, spread: 0.0624, count: 12, pool: 4917 },
  { target: 5999, level: 3.60503, spread: 0.05311, count: 14, pool: 5761 },
] as const;
const HORIZON = 4;
const load = (t: number): number =>
  8 + 4 * Math.sin((2 * Math.PI * t) / 1440) + 1.5 * Math.sin((2 * Math.PI * t) / 37) + (2 * ((7919 * t) % 101)) / 101;

describe("forecast and price", () => {
  it("give the reference's forecasts, spreads and counts, from the whole pool and from its table alike", () => {
    const model = forecaster("regression", HORIZON);
    const got: unknown[] = [];
    for (let t = 0; t <= 5995; t += 1) {
      push(model, load(t));
      if (!REFERENCE.some(({ target }) => target === t + HORIZON)) continue;
      const price = { level: level(model), spread: spread(model), violation: 80, thrift: 1 };
      const round = (value: number) => Math.round(value * 1e5) / 1e5;
      const { sorted, size, table } = model.errors.all;
      const count = cheapest(price, poolTail(sorted, size));
      expect(cheapest(price, tableTail(table)), `by the table for ${t + HORIZON}`).toBe(count);
      got.push({ target: t + HORIZON, level: round(price.level), spread: round(price.spread), count, pool: size });
    }
    expect(got).toEqual(REFERENCE);
  });

  it("buys the count whose price no other count beats, and the smallest of equals", () => {
    const pool = fc.array(fc.double({ min: -4, max: 8, noNaN: true }), { minLength: 1, maxLength: 60 });
    const price = fc.record({
      level: fc.double({ min: 0, max: 8, noNaN: true }),
      spread: fc.double({ min: 0.01, max: 2, noNaN: true }),
      violation: fc.double({ min: 0.5, max: 400, noNaN: true }),
      thrift: fc.double({ min: 0.5, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(pool, price, (errors, of) => {
        const tail = poolTail(errors.toSorted((a, b) => a - b));
        const cost = (count: number) =>
          count * (of.thrift / of.violation) + tail((Math.sqrt(count) - of.level) / of.spread);
        const from = Math.max(1, Math.floor(0.6 * of.level ** 2));
        const best = cheapest(of, tail);
        expect(best).toBeGreaterThanOrEqual(from);
        for (let count = from; count < best; count += 1) expect(cost(count)).toBeGreaterThan(cost(best));
        for (let count = best; count < best + 60; count += 1) expect(cost(count)).toBeGreaterThanOrEqual(cost(best));
      }),
      { numRuns: 40 },
    );
  });

  it("buys no more where tasks are dearer, and no less where a violation is", () => {
    const tail = poolTail([-2, -1, -0.5, 0, 0.2, 0.7, 1, 1.5, 3, 6]);
    const base = { level: 3, spread: 0.4, violation: 80, thrift: 1 };
    const counts = [0.5, 1, 2, 4].map((thrift) => cheapest({ ...base, thrift }, tail));
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(new Set(counts).size).toBeGreaterThan(1);
    const dear = [8, 80, 800].map((violation) => cheapest({ ...base, violation }, tail));
    expect(dear).toEqual(dear.toSorted((a, b) => a - b));
  });

  it("does not count for ever, nor on broken numbers", () => {
    expect(cheapest({ level: Number.NaN, spread: 1, violation: 80, thrift: 1 }, normalTail)).toBeNaN();
    expect(cheapest({ level: 3, spread: 0, violation: 80, thrift: 1 }, normalTail)).toBeNaN();
    expect(cheapest({ level: 0, spread: 0.01, violation: 1e-9, thrift: 1 }, normalTail)).toBe(1);
  });
});

describe("tails", () => {
  it("of a table follow those of the pool that it stands for within the distance of two entries", () => {
    const pool = Array.from(
      { length: 5761 },
      (_, index) => ((index * 7919) % 5761) / 5761 - 0.3 + (index % 97 === 0 ? 3 : 0),
    );
    const sorted = Float64Array.from(pool).sort();
    const [exact, table] = [poolTail(sorted), tableTail(tableOf(sorted, sorted.length))];
    for (let z = -0.5; z < 4; z += 0.01) {
      const share = exact(z);
      const step = (2 * Math.sqrt(share)) / 100 + 2 / 100 ** 2;
      expect(Math.abs(table(z) - share), `at ${z}`).toBeLessThanOrEqual(step);
    }
    expect(table(5)).toBe(0);
    expect(table(-1)).toBe(1);
  });

  it("are normal and half as wide again while there are too few errors", () => {
    expect(tableOf(new Float64Array(299), 299)).toEqual([]);
    const tail = tableTail([]);
    expect(tail(0)).toBeCloseTo(0.5, 6);
    expect(tail(1.5)).toBeCloseTo(0.158655, 5);
    expect(tail(-3)).toBeCloseTo(0.97725, 5);
    expect(tail(likelyMost([]))).toBeCloseTo(0.05, 6);
  });
});
