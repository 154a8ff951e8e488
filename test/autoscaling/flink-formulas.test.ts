import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { align } from "../../shared/core/autoscaling/flink/align.ts";
import {
  believed,
  capacity,
  observedRate,
  scalability,
  scaled,
  trueRate,
} from "../../shared/core/autoscaling/flink/capacity.ts";
import { demands, type Flow } from "../../shared/core/autoscaling/flink/target.ts";

const TIMES = { catchUpSec: 1800, restartSec: 300 };

describe("target rate and catch-up: the Flink autoscaler's rules", () => {
  const source = (id: string, inRate: number, more: Partial<Flow> = {}): Flow => ({ id, inputs: [], inRate, ...more });
  const of = (flows: readonly Flow[], id: string) => demands(flows, 1800).get(id);

  test.each([
    ["a source reads 1000/s and its lag grows by 500/s", source("s", 1000, { lag: 9000, lagRate: 500 }), 1500, 5],
    ["its lag falls by 400/s: less is produced than is read", source("s", 1000, { lag: 9000, lagRate: -400 }), 600, 5],
    ["its lag falls faster than it reads: nothing is produced", source("s", 100, { lag: 0, lagRate: -400 }), 0, 0],
    ["nobody tells its lag: what it reads", source("s", 1000), 1000, 0],
  ])("target = max(0, read + growth of lag), catch-up = lag / 1800 s: %s", (_title, flow, target, catchUp) => {
    expect(of([flow], "s")).toEqual({ target, catchUp });
  });

  test("without a time to catch up lag is not counted", () => {
    expect(demands([source("s", 10, { lag: 9000, lagRate: 1 })], 0).get("s")).toEqual({ target: 11, catchUp: 0 });
  });

  test("one input: its target times what arrives of each record (a filter that keeps a quarter)", () => {
    const flows = [source("s", 1000, { lag: 18_000, lagRate: 200 }), { id: "f", inputs: ["s"], inRate: 250 }];
    expect(of(flows, "f")).toEqual({ target: 300, catchUp: 2.5 });
  });

  test("edge rate, other inputs have one output each: what they do not account for", () => {
    const flows = [
      source("a", 100, { outRate: 100 }),
      source("b", 50, { outRate: 50 }),
      { id: "x", inputs: ["a"], inRate: 100 },
      { id: "join", inputs: ["a", "b"], inRate: 120 },
    ];
    // Of a: 120 − 50 = 70, though it emits 100 (x has another edge of it). Of b, whose other input a has two outputs: all it emits.
    expect(of(flows, "join")?.target).toBeCloseTo(70 + 50, 9);
  });

  test("edge rate, last case: all that the input emits", () => {
    const flows = [
      source("a", 100, { outRate: 200 }),
      source("b", 50, { outRate: 40 }),
      { id: "x", inputs: ["a", "b"], inRate: 999 },
      { id: "join", inputs: ["a", "b"], inRate: 500 },
    ];
    expect(of(flows, "join")?.target).toBeCloseTo(200 + 40, 9);
  });

  test("ratio is 0 where the input reads nothing, whatever is emitted", () => {
    expect(of([source("s", 0), { id: "f", inputs: ["s"], inRate: 7 }], "f")).toEqual({ target: 0, catchUp: 0 });
  });

  test("a rate that is needed and unknown makes the target unknown, down to the sink", () => {
    const flows = [
      source("a", 100),
      source("b", 50),
      { id: "x", inputs: ["a", "b"], inRate: 1 },
      { id: "join", inputs: ["a", "b"], inRate: 500 },
      { id: "sink", inputs: ["join"], inRate: 500 },
    ];
    expect(of(flows, "join")?.target).toBeNaN();
    expect(of(flows, "sink")?.target).toBeNaN();
  });
});

describe("true processing rate", () => {
  test.each([
    [1000, 500, 2000],
    [1000, 1000, 1000],
    [1000, 0, Infinity],
    [0, 500, Infinity],
    [1000, undefined, Number.NaN],
    [Number.NaN, 500, Number.NaN],
  ])("TPR = rate / (busy ms / 1000), infinite where nothing arrives: %s/s at %s ms/s is %s", (rate, busy, expected) => {
    expect(trueRate(rate, busy)).toBe(expected);
  });

  test.each([
    ["30 s of lag are enough", 100, 3000, 500, 200],
    ["less is not", 100, 2999, 500, undefined],
    ["nothing is read", 0, 3000, 500, undefined],
    ["back pressure all the time says nothing", 100, 3000, 1000, undefined],
    ["lag unknown", 100, undefined, 500, undefined],
  ])("observed TPR = rate / (1 − back pressure / 1000) under backlog: %s", (_title, rate, lag, pressure, expected) => {
    expect(observedRate(rate, lag, pressure)).toBe(expected);
  });

  test.each([
    ["busy TPR is more than 1.15 times what was seen", 232, [200, 200], 200],
    ["within 1.15", 229, [200, 200], 229],
    ["busy TPR unknown", Number.NaN, [200, 220], 210],
    ["busy TPR infinite", Infinity, [200, 220], 210],
    ["one sample is none", Infinity, [200], Infinity],
  ])("observed TPR is believed with 2 samples: %s", (_title, busy, seen, expected) => {
    expect(believed(busy, seen)).toBe(expected);
  });
});

describe("capacity and factor", () => {
  test.each([
    // 0 + 700 × 300 / 1800 + 700 / 0.7 = 116.67 + 1000
    [{ target: 700, catchUp: 0 }, 0.7, true, 1117],
    [{ target: 700, catchUp: 0 }, 0.7, false, 1000],
    [{ target: 700, catchUp: 50 }, 0.7, true, 1167],
    [{ target: 700, catchUp: 50 }, 1, false, 750],
    [{ target: 700, catchUp: 50 }, 0, true, Infinity],
    // Not rounded where a whole record a second would be much: 0.7 × 300 / 1800 + 1.
    [{ target: 0.7, catchUp: 0 }, 0.7, true, 0.7 / 6 + 1],
  ])(
    "capacity = catch-up + target × restart / catch-up time + target / utilization: %o at %s, restart %s",
    (demand, utilization, restart, expected) => {
      expect(capacity(demand, utilization, restart, TIMES)).toBeCloseTo(expected, 9);
    },
  );

  test("of what is unknown nothing can be said", () => {
    expect(capacity({ target: Number.NaN, catchUp: 0 }, 0.7, true, TIMES)).toBeNaN();
    expect(capacity({ target: 1, catchUp: Number.NaN }, 0.7, true, TIMES)).toBeNaN();
  });

  test("without a time to catch up the restart is not counted", () => {
    expect(capacity({ target: 700, catchUp: 0 }, 0.7, true, { ...TIMES, catchUpSec: 0 })).toBe(1000);
  });

  const LIMITS = { downMaxFactor: 0.6, upMaxFactor: 100_000 };
  test.each([
    ["out", { capacity: 1117, rate: 500, current: 3, alpha: 1 }, 7],
    ["a whole number but for the last bits stays one", { capacity: 1, rate: 7, current: 7, alpha: 1 }, 3],
    ["exactly what it has", { capacity: 300, rate: 300, current: 7, alpha: 1 }, 7],
    ["in, not below 1 − 0.6", { capacity: 1, rate: 1000, current: 10, alpha: 1 }, 4],
    ["idle: infinite rate", { capacity: 100, rate: Infinity, current: 10, alpha: 1 }, 4],
    ["the coefficient divides the factor", { capacity: 600, rate: 500, current: 5, alpha: 0.5 }, 12],
    ["unknown", { capacity: 600, rate: Number.NaN, current: 5, alpha: 1 }, Number.NaN],
  ])("new = ceil(clamped factor × current): %s", (_title, wanted, expected) => {
    expect(scaled(wanted, LIMITS).parallelism).toBe(expected);
  });

  test("the factor out is clamped to 1 + its most", () => {
    const wanted = { capacity: 1000, rate: 10, current: 2, alpha: 1 };
    expect(scaled(wanted, { ...LIMITS, upMaxFactor: 1 }).parallelism).toBe(4);
  });

  test.each([
    [
      "two parallelisms are too few",
      [
        [1, 100],
        [2, 150],
      ],
      1,
    ],
    [
      "linear",
      [
        [1, 100],
        [2, 200],
        [4, 400],
      ],
      1,
    ],
    // Σ p r = 100 + 300 + 960 = 1360; β Σ p² = 100 × 21 = 2100.
    [
      "sublinear",
      [
        [1, 100],
        [2, 150],
        [4, 240],
      ],
      1360 / 2100,
    ],
    [
      "better than linear is 1",
      [
        [1, 100],
        [2, 250],
        [4, 900],
      ],
      1,
    ],
    [
      "worse than a half is a half",
      [
        [1, 100],
        [4, 110],
        [8, 120],
      ],
      0.5,
    ],
  ] as const)("scalability by least squares, 0.5..1, from three parallelisms: %s", (_title, points, expected) => {
    expect(scalability(points)).toBeCloseTo(expected, 12);
  });
});

describe("alignment", () => {
  const out = { current: 1, limit: 200 };
  test.each([
    ["balanced: 5 divides neither, 6 has fewer each (21 < 25)", 5, 128, "balanced", out, 6],
    ["balanced: a divisor is taken at once", 8, 128, "balanced", out, 8],
    ["balanced: 9 of 12 partitions go to 12, as 10 and 11 still have one each", 9, 12, "balanced", out, 12],
    ["evenly spread: the next divisor", 5, 128, "evenly-spread", out, 8],
    ["evenly spread: 33 goes to 64", 33, 128, "evenly-spread", out, 64],
    ["off", 5, 128, "off", out, 5],
    ["the limit leaves no better one: the target", 33, 128, "evenly-spread", { current: 1, limit: 60 }, 33],
    ["scale-in looks no further than the current value", 9, 128, "evenly-spread", { current: 12, limit: 200 }, 9],
    ["scale-in may come out at the current value", 9, 128, "evenly-spread", { current: 16, limit: 200 }, 16],
    ["more than there are shares", 130, 128, "balanced", out, 130],
  ] as const)("walk from the target: %s", (_title, target, shares, mode, around, expected) => {
    expect(align(target, shares, mode, around)).toBe(expected);
  });

  test("divides, or leaves fewer to the busiest, or finds nothing better; never below the target, never above the limit", () => {
    const numbers = fc.record({
      target: fc.integer({ min: 1, max: 200 }),
      shares: fc.integer({ min: 1, max: 512 }),
      current: fc.integer({ min: 1, max: 200 }),
      limit: fc.integer({ min: 1, max: 300 }),
      mode: fc.constantFrom("balanced" as const, "evenly-spread" as const, "off" as const),
    });
    fc.assert(
      fc.property(numbers, ({ target, shares, current, limit, mode }) => {
        const p = align(target, shares, mode, { current, limit });
        expect(p).toBeGreaterThanOrEqual(target);
        if (p === target) return;
        expect(p).toBeLessThanOrEqual(Math.min(limit, shares));
        if (target < current) expect(p).toBeLessThanOrEqual(current);
        const better =
          shares % p === 0 || (mode === "balanced" && Math.floor(shares / p) < Math.floor(shares / target));
        expect(better).toBe(true);
      }),
    );
  });

  test("more wanted is never less given", () => {
    const numbers = fc.tuple(
      fc.integer({ min: 1, max: 150 }),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 1, max: 512 }),
    );
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom("balanced" as const, "evenly-spread" as const),
        ([target, more, shares], mode) => {
          const around = { current: 1, limit: 1000 };
          expect(align(target + more, shares, mode, around)).toBeGreaterThanOrEqual(
            align(target, shares, mode, around),
          );
        },
      ),
    );
  });
});
