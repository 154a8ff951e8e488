import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelsText } from "../../shared/core/kernel/labels.ts";
import { evaluateInstant, evaluateRange } from "../../shared/core/monitoring/promql/evaluate.ts";
import { compileMatcher } from "../../shared/core/monitoring/promql/matcher.ts";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import type { SeriesSource } from "../../shared/core/monitoring/promql/source.ts";
import { difference, ours } from "../peers/promql-compare.ts";
import { LENGTH_MS, randomData, START } from "../peers/promql-data.ts";
import { question } from "../peers/promql-queries.ts";
import { asker, MINUTE, read, series } from "./promql-ask.ts";

const source = memorySource(randomData(7));
const middle = START + LENGTH_MS / 2;

test.each(["v2", "v3"] as const)("a range query is the instant query at each of its steps (%s)", (semantics) => {
  let compared = 0;
  fc.assert(
    fc.property(fc.gen(), (draw) => {
      const { query } = question(draw);
      // `@ end()` means another instant there; and equal label sets that never meet are refused over a range.
      if (/start\(\)|end\(\)/.test(query)) return;
      const [from, stepMs, steps] = [START + 20 * MINUTE, 97_000, 6];
      const whole = ours({ query, from, to: from + (steps - 1) * stepMs, stepMs }, source, { semantics });
      if ("refused" in whole) return;
      const parts = Array.from({ length: steps }, (_, step) =>
        ours({ query, at: from + step * stepMs }, source, { semantics }),
      );
      const values = new Map<string, number>();
      for (const part of parts) {
        if ("refused" in part) throw new Error(`${query}: refused at a step, not over the range: ${part.refused}`);
        for (const [key, value] of part.values) values.set(key, value);
      }
      expect(difference({ values, duplicates: false }, whole), query).toBeUndefined();
      compared += values.size;
    }),
    { numRuns: 250, seed: 3 },
  );
  expect(compared).toBeGreaterThan(1_000);
});

describe("laws", () => {
  const at = (query: string) => ours({ query, at: middle }, source, {});
  const selectors = ["requests_total", "temperature", "odd", "level{job='api'}", "rate(requests_total[5m])"];

  test.each(selectors)("sums of parts are the sum: %s", (x) => {
    expect(difference(at(`sum(sum by (job) (${x}))`), at(`sum(${x})`))).toBeUndefined();
    expect(difference(at(`sum by (job) (${x})`), at(`avg by (job) (${x}) * count by (job) (${x})`))).toBeUndefined();
    expect(difference(at(`max(max without (job) (${x}))`), at(`max(${x})`))).toBeUndefined();
  });

  test.each(selectors)("what is in a set or not in it is all: %s", (x) => {
    expect(difference(at(`(${x} and level > 1) or (${x} unless level > 1)`), at(x))).toBeUndefined();
    expect(difference(at(`${x} > 3 or ${x} <= 3 or ${x} != ${x}`), at(x))).toBeUndefined();
    expect(difference(at(`--(${x})`), at(`${x} * 1`))).toBeUndefined();
  });

  test("topk and bottomk of everything are everything", () => {
    for (const x of selectors) {
      expect(difference(at(`topk(1000, ${x})`), at(x))).toBeUndefined();
      expect(difference(at(`bottomk(1000, ${x})`), at(x))).toBeUndefined();
    }
  });

  test("the order of series and of labels does not matter", () => {
    const data = randomData(7);
    const turned = memorySource(
      data
        .map(({ labels, points }) => ({ labels: Object.fromEntries(Object.entries(labels).reverse()), points }))
        .reverse(),
    );
    for (const query of ["sum by (job, code) (requests_total)", "up * on(instance) group_left(version) build_info"])
      expect(difference(ours({ query, at: middle }, turned, {}), at(query))).toBeUndefined();
  });
});

describe("matchers are RE2 over whole values", () => {
  test.each<[string, "=" | "!=" | "=~" | "!~", string, boolean]>([
    ["abc", "=", "abc", true],
    ["abc", "!=", "abc", false],
    ["abc", "=~", "b", false],
    ["abc", "=~", "a|abc", true],
    ["abc", "=~", "a.c", true],
    ["a\nc", "=~", "a.c", true],
    ["ABC", "=~", "(?i)abc", true],
    ["", "=~", ".*", true],
    ["", "=~", ".+", false],
    ["", "!~", "a|b", true],
    ["a.c", "=~", "a\\.c|x", true],
  ])("%j %s %j is %s", (value, op, pattern, expected) => {
    const test = compileMatcher({ label: "x", op, value: pattern });
    expect(test(value)).toBe(expected);
    expect(test(value)).toBe(expected);
  });

  test("an expression that backtracks elsewhere is linear", () => {
    expect(compileMatcher({ label: "x", op: "=~", value: "(a+)+b" })("a".repeat(5_000))).toBe(false);
  });

  test("an absent label is the empty value", () => {
    const ask = asker([series({ __name__: "x", a: "1" }, [1]), series({ __name__: "x", b: "1" }, [2])]);
    expect(ask('x{a=""}', 0)).toEqual({ 'x{b="1"}': 2 });
    expect(ask('x{a!=""}', 0)).toEqual({ 'x{a="1"}': 1 });
    expect(ask('x{a=~"1|"}', 0)).toEqual({ 'x{a="1"}': 1, 'x{b="1"}': 2 });
  });
});

describe("limits", () => {
  const few = memorySource([series({ __name__: "x" }, [1, 2, 3, 4])]);

  test("samples", () => {
    const count = read("sum_over_time(x[5m])");
    expect(() => evaluateInstant(count, few, 3 * MINUTE, { limitSamples: 3 })).toThrow("too many samples");
    expect(evaluateInstant(count, few, 3 * MINUTE, { limitSamples: 100 })).toMatchObject({ samples: [{ value: 10 }] });
  });

  test("what has been used up is given back: nesting alone does not exceed the limit", () => {
    const nested = read(`${"abs(".repeat(200)}x${")".repeat(200)}`);
    expect(evaluateInstant(nested, few, 0, { limitSamples: 5 })).toMatchObject({ samples: [{ value: 1 }] });
  });

  test("a subquery of too many steps is refused before it is begun", () => {
    expect(() => evaluateInstant(read("count_over_time(x[290y:1ms])"), few, 0)).toThrow("too many samples");
  });

  test("steps, and a range that is none", () => {
    const x = read("x");
    expect(() => evaluateRange(x, few, 0, 11_000_000, 1_000)).toThrow("11001 steps");
    expect(() => evaluateRange(x, few, 0, MINUTE, 0)).toThrow("greater than 0");
    expect(() => evaluateRange(x, few, MINUTE, 0, 1)).toThrow("before its start");
    expect(() => evaluateRange(read("x[5m]"), few, 0, MINUTE, MINUTE)).toThrow("type scalar or instant vector");
  });
});

describe("queries over a source", () => {
  const labels = { __name__: "x" };
  const queries = queriesOver(memorySource([series(labels, [1, 2, 3])]));

  test("an instant vector, a scalar, a range", async () => {
    expect(queries.source).toBe("local-window");
    expect(await queries.instant("x", MINUTE)).toEqual({ samples: [{ labels, value: 2 }], warnings: [] });
    expect(await queries.instant("1 + 1", MINUTE)).toEqual({ samples: [{ labels: {}, value: 2 }], warnings: [] });
    expect(await queries.range("x > 1", 0, 2 * MINUTE, MINUTE)).toEqual({
      series: [
        {
          labels,
          points: [
            { at: MINUTE, value: 2 },
            { at: 2 * MINUTE, value: 3 },
          ],
        },
      ],
      warnings: [],
    });
    expect((await queries.instant("quantile(2, x)", 0)).warnings).toHaveLength(1);
  });

  test("what is no expression, or has no instant vector, is query.invalid with its place", async () => {
    await expect(queries.instant("rate(x)", 0)).rejects.toMatchObject({
      code: "query.invalid",
      retryable: false,
      faults: [{ line: 1, column: 6 }],
    });
    await expect(queries.instant("x[5m]", 0)).rejects.toMatchObject({ code: "query.invalid" });
    await expect(queries.range("x +", 0, 1, 1)).rejects.toMatchObject({ code: "query.invalid" });
    await expect(queries.instant('x * on(a) {__name__=~"x|y"}', 0)).resolves.toBeDefined();
  });

  test("a source that fails is the source's error, and a function gives the newest source", async () => {
    const broken: SeriesSource = {
      select: () => {
        throw new Error("disk");
      },
    };
    await expect(queriesOver(broken).instant("x", 0)).rejects.toThrow("disk");
    let current = memorySource([]);
    const moving = queriesOver(() => current);
    expect((await moving.instant("x", 0)).samples).toEqual([]);
    current = memorySource([series(labels, [5])]);
    expect((await moving.instant("x", 0)).samples.map((one) => labelsText(one.labels))).toEqual(["x"]);
  });

  test("a selector is read once for a whole range", async () => {
    const inner = memorySource([series(labels, [1, 2, 3])]);
    const reads: [number, number][] = [];
    const counting: SeriesSource = {
      select: (matchers, from, to) => {
        reads.push([from, to]);
        return inner.select(matchers, from, to);
      },
    };
    await queriesOver(counting).range("rate(x[5m]) + x offset 1m", 0, 60 * MINUTE, MINUTE);
    expect(reads).toEqual([
      [-5 * MINUTE + 1, 60 * MINUTE],
      [-6 * MINUTE + 1, 59 * MINUTE],
    ]);
  });
});
