import { describe, expect, test } from "vitest";
import { asker, series } from "./promql-ask.ts";

const NaN_ = Number.NaN;
const ask = asker([
  series({ __name__: "x", job: "a", host: "1" }, [1]),
  series({ __name__: "x", job: "a", host: "2" }, [3]),
  series({ __name__: "x", job: "a", host: "3" }, [8]),
  series({ __name__: "x", job: "b", host: "1" }, [3]),
  series({ __name__: "wild", job: "a", host: "1" }, [NaN_]),
  series({ __name__: "wild", job: "a", host: "2" }, [2]),
  series({ __name__: "wild", job: "b", host: "1" }, [NaN_]),
  series({ __name__: "huge", host: "1" }, [1.7e308]),
  series({ __name__: "huge", host: "2" }, [1.7e308]),
]);

test.each<[string, Record<string, number>]>([
  ["sum(x)", { "{}": 15 }],
  ["sum by (job) (x)", { '{job="a"}': 12, '{job="b"}': 3 }],
  ["sum without (host) (x)", { '{job="a"}': 12, '{job="b"}': 3 }],
  ["sum by (job, nothing) (x)", { '{job="a"}': 12, '{job="b"}': 3 }],
  ["sum by (__name__) (x)", { x: 15 }],
  ["avg by (job) (x)", { '{job="a"}': 4, '{job="b"}': 3 }],
  ["min(x)", { "{}": 1 }],
  ["max(x)", { "{}": 8 }],
  ["count by (job) (x)", { '{job="a"}': 3, '{job="b"}': 1 }],
  ["group by (job) (x)", { '{job="a"}': 1, '{job="b"}': 1 }],
  ["stdvar(x)", { "{}": 6.6875 }],
  ["stddev by (job) (x)", { '{job="a"}': Math.sqrt(26 / 3), '{job="b"}': 0 }],
  ["quantile(0.5, x)", { "{}": 3 }],
  ["quantile by (job) (0.75, x)", { '{job="a"}': 5.5, '{job="b"}': 3 }],
  ["quantile(-1, x)", { "{}": -Infinity }],
  ['count_values("value", x)', { '{value="1"}': 1, '{value="3"}': 2, '{value="8"}': 1 }],
  ['count_values by (job) ("job", x)', { '{job="1"}': 1, '{job="3"}': 2, '{job="8"}': 1 }],
  ['count_values without (host) ("v", x > 2)', { '{job="a", v="3"}': 1, '{job="a", v="8"}': 1, '{job="b", v="3"}': 1 }],
  ['count_values("v", huge / 1e288 * 0 + 1e21)', { '{v="1000000000000000000000"}': 2 }],
  ["topk(1, x)", { 'x{host="3", job="a"}': 8 }],
  ["topk by (job) (1, x)", { 'x{host="3", job="a"}': 8, 'x{host="1", job="b"}': 3 }],
  ["bottomk(1, x)", { 'x{host="1", job="a"}': 1 }],
  ["topk(0, x)", {}],
  ["topk(9, sum(x))", { "{}": 15 }],
  ["limitk(1, x)", { 'x{host="1", job="a"}': 1 }],
  ["count(nothing)", {}],
  // NaN is neither smallest nor largest unless there is nothing else, first among quantiles, and contagious in sums.
  ["max by (job) (wild)", { '{job="a"}': 2, '{job="b"}': NaN_ }],
  ["min by (job) (wild)", { '{job="a"}': 2, '{job="b"}': NaN_ }],
  ["topk(1, wild)", { 'wild{host="2", job="a"}': 2 }],
  ["bottomk(1, wild)", { 'wild{host="2", job="a"}': 2 }],
  ["quantile(1, wild)", { "{}": 2 }],
  ["sum by (job) (wild)", { '{job="a"}': NaN_, '{job="b"}': NaN_ }],
  ["stdvar(wild)", { "{}": NaN_ }],
  // A mean does not overflow with its sum.
  ["avg(huge)", { "{}": 1.7e308 }],
  ["sum(huge)", { "{}": Infinity }],
])("%s", (query, expected) => {
  expect(ask(query, 0)).toEqual(expected);
});

test("topk and bottomk give an instant query its order", () => {
  expect(Object.values(ask("topk(3, x)", 0))).toEqual([8, 3, 3]);
  expect(Object.values(ask("bottomk(3, x)", 0))).toEqual([1, 3, 3]);
});

describe("sums lose nothing to rounding", () => {
  const small = asker([
    series({ __name__: "y", n: "1" }, [1e100, 1]),
    series({ __name__: "y", n: "2" }, [1, 1e100]),
    series({ __name__: "y", n: "3" }, [-1e100, -1e100]),
  ]);
  test("over series and over time, in Prometheus 3", () => {
    expect(small("sum(y)", 0)).toEqual({ "{}": 1 });
    expect(small("avg(y)", 0)["{}"]).toBeCloseTo(1 / 3, 12);
    const inTime = asker([series({ __name__: "z" }, [1e100, 1, -1e100])]);
    expect(inTime("sum_over_time(z[5m])", 120_000)).toEqual({ "{}": 1 });
    expect(inTime("avg_over_time(z[5m])", 120_000)["{}"]).toBeCloseTo(1 / 3, 12);
  });
  test("Prometheus 2 summed plainly over series", () => {
    expect(small("sum(y)", 0, { semantics: "v2" })).toEqual({ "{}": 0 });
  });
});
