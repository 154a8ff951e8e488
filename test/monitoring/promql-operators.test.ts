import { describe, expect, test } from "vitest";
import { asker, MINUTE, series } from "./promql-ask.ts";

const NaN_ = Number.NaN;
const ask = asker([
  series({ __name__: "requests", job: "a", code: "200" }, [90]),
  series({ __name__: "requests", job: "a", code: "500" }, [10]),
  series({ __name__: "requests", job: "b", code: "200" }, [50]),
  series({ __name__: "limit", job: "a" }, [40]),
  series({ __name__: "limit", job: "c" }, [60]),
  series({ __name__: "info", job: "a", version: "v1" }, [1]),
  series({ __name__: "twice", job: "a", x: "1" }, [1]),
  series({ __name__: "twice", job: "a", x: "2" }, [2]),
  series({ __name__: "odd", kind: "nan" }, [NaN_]),
  series({ __name__: "odd", kind: "inf" }, [Infinity]),
  series({ __name__: "same1", job: "a" }, [1]),
  series({ __name__: "same2", job: "a" }, [2]),
]);

test.each<[string, Record<string, number>]>([
  ["7 % 4 + 2 ^ 3 - 6 / 4 * 2", { scalar: 8 }],
  ["-7 % 4", { scalar: -3 }],
  ["1 ^ NaN", { scalar: 1 }],
  ["1 / 0", { scalar: Infinity }],
  ["1 atan2 1", { scalar: Math.PI / 4 }],
  ["2 > bool 1", { scalar: 1 }],
  ["NaN == bool NaN", { scalar: 0 }],
  // Arithmetic drops the name, a filter keeps it.
  ["limit * 2", { '{job="a"}': 80, '{job="c"}': 120 }],
  ["-limit", { '{job="a"}': -40, '{job="c"}': -60 }],
  ["+limit", { 'limit{job="a"}': 40, 'limit{job="c"}': 60 }],
  ["limit > 50", { 'limit{job="c"}': 60 }],
  ["50 < limit", { 'limit{job="c"}': 60 }],
  ["limit > bool 50", { '{job="a"}': 0, '{job="c"}': 1 }],
  ["odd != odd", { 'odd{kind="nan"}': NaN_ }],
  ["odd == odd", { 'odd{kind="inf"}': Infinity }],
  // One to one, on some labels, ignoring some.
  ["limit - limit", { '{job="a"}': 0, '{job="c"}': 0 }],
  ['requests{code="200"} - on(job) limit', { '{job="a"}': 50 }],
  ['requests{code="200"} / ignoring(code) limit', { '{job="a"}': 2.25 }],
  ['requests{code="200"} > ignoring(code) limit', { 'requests{job="a"}': 90 }],
  // Many to one.
  ["requests / on(job) group_left() limit", { '{code="200", job="a"}': 2.25, '{code="500", job="a"}': 0.25 }],
  ["limit - on(job) group_right() requests", { '{code="200", job="a"}': -50, '{code="500", job="a"}': 30 }],
  ["limit * on(job) group_left(version) info", { '{job="a", version="v1"}': 40 }],
  ["limit * on(job) group_left(missing) info", { '{job="a"}': 40 }],
  // Sets keep elements as they are.
  ["requests and on(job) limit", { 'requests{code="200", job="a"}': 90, 'requests{code="500", job="a"}': 10 }],
  ["requests unless on(job) limit", { 'requests{code="200", job="b"}': 50 }],
  ["limit or on(job) info", { 'limit{job="a"}': 40, 'limit{job="c"}': 60 }],
  ['limit{job="c"} or on(job) info', { 'limit{job="c"}': 60, 'info{job="a", version="v1"}': 1 }],
  ["nothing or vector(0)", { "{}": 0 }],
  ["limit and nothing", {}],
  ["same1 + same2", { '{job="a"}': 3 }],
])("%s", (query, expected) => {
  expect(ask(query, 0)).toEqual(expected);
});

describe("what cannot be matched is an error, not a guess", () => {
  test.each([
    ["limit * on(job) twice", "found duplicate series for the match group"],
    ["limit * on(job) group_left() twice", "many-to-many matching not allowed"],
    ["limit * on(job) group_right() twice * on(job) limit", "many-to-one matching must be explicit"],
    ["requests * on(job) limit", "many-to-one matching must be explicit"],
    ["twice * on(job) group_left(x) limit", "grouping labels must ensure unique matches"],
    ['-{__name__=~"same."}', "same labelset"],
    ['{__name__=~"same."} * 2', "same labelset"],
    ['rate({__name__=~"same."}[5m]) or abs({__name__=~"same."})', "same labelset"],
    ['label_replace(twice, "x", "", "x", ".*")', "same labelset"],
    ["topk(NaN, limit)", "Parameter value is NaN"],
    ["topk(1e30, limit)", "overflows int64"],
    ["holt_winters(limit[5m], 2, 0.5)", "invalid smoothing factor"],
  ])("%s", (query, message) => {
    expect(() => ask(query, 0)).toThrow(message);
  });
});

describe("time", () => {
  const timed = asker([
    series({ __name__: "x" }, [1, 2, 3, "_", "_", "_", "_", "_", "_", "_"]),
    series({ __name__: "gone" }, [1, 2, "stale"]),
    series({ __name__: "back" }, [1, "stale", 3]),
  ]);

  test("offset and @ move the evaluation, of selectors, ranges and subqueries", () => {
    expect(timed("x offset 1m", 2 * MINUTE)).toEqual({ x: 2 });
    expect(timed("x offset -1m", MINUTE)).toEqual({ x: 3 });
    expect(timed("x @ 60", 100 * MINUTE)).toEqual({ x: 2 });
    expect(timed("x @ 120 offset 2m", 100 * MINUTE)).toEqual({ x: 1 });
    expect(timed("x @ end()", MINUTE)).toEqual({ x: 2 });
    expect(timed("sum_over_time(x[3m] @ 120)", 0)).toEqual({ "{}": 6 });
    expect(timed("sum_over_time(x[3m:1m] @ 120 offset 1m)", 0)).toEqual({ "{}": 3 });
  });

  test("a series ends with its staleness marker, and may come back", () => {
    expect(timed("gone", MINUTE)).toEqual({ gone: 2 });
    expect(timed("gone", 2 * MINUTE)).toEqual({});
    expect(timed("back", MINUTE)).toEqual({});
    expect(timed("back", 2 * MINUTE)).toEqual({ back: 3 });
  });

  test("without a marker a sample counts for five minutes, or what is asked for", () => {
    expect(timed("x", 7 * MINUTE - 1)).toEqual({ x: 3 });
    expect(timed("x", 7 * MINUTE)).toEqual({});
    expect(timed("x", 7 * MINUTE, { lookbackMs: 6 * MINUTE })).toEqual({ x: 3 });
  });

  test("semantics of Prometheus 2: ranges, subqueries and the lookback have their left end", () => {
    const v2 = { semantics: "v2" } as const;
    expect(timed("x", 7 * MINUTE, v2)).toEqual({ x: 3 });
    expect(timed("count_over_time(x[2m])", 2 * MINUTE)).toEqual({ "{}": 2 });
    expect(timed("count_over_time(x[2m])", 2 * MINUTE, v2)).toEqual({ "{}": 3 });
    expect(timed("count_over_time(x[2m:1m])", 2 * MINUTE)).toEqual({ "{}": 2 });
    expect(timed("count_over_time(x[2m:1m])", 2 * MINUTE, v2)).toEqual({ "{}": 3 });
  });
});
