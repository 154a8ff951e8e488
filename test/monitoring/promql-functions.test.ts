import { describe, expect, test } from "vitest";
import { asker, MINUTE, series } from "./promql-ask.ts";

const NaN_ = Number.NaN;
/** A minute apart, from 0 to 10 min. */
const ask = asker([
  series({ __name__: "counter_total", job: "a" }, [0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600]),
  series({ __name__: "reset_total", job: "a" }, [100, 160, 220, 20, 80, 140]),
  series({ __name__: "gauge", job: "a" }, [4, 2, 8, 6, 10]),
  series({ __name__: "wild", job: "a" }, [1, NaN_, Infinity, 3]),
  series({ __name__: "late_total", job: "a" }, ["_", "_", "_", "_", "_", 30, 90, 150]),
  series({ __name__: "gone", job: "a" }, [1, 2, "stale"]),
  series({ __name__: "one", job: "a" }, [7]),
  series({ __name__: "plus", job: "a" }, [2.5, -2.5, -0.5]),
  series({ __name__: "clock", job: "a" }, [1_709_210_096]),
]);
const A = '{job="a"}';
/** Equal but for rounding; NaN is NaN. */
const near = (found: number | undefined, expected: number) =>
  Number.isFinite(expected) ? expect(found).toBeCloseTo(expected, 9) : expect(found).toBe(expected);
const at = (minutes: number) => minutes * MINUTE;

describe("functions over a range, values derived by hand", () => {
  test.each<[string, number, Record<string, number>]>([
    // Five minutes hold 5 samples (the left end is not in), 240 in 4 min, extrapolated by the missing minute.
    ["increase(counter_total[5m])", 10, { [A]: 300 }],
    ["rate(counter_total[5m])", 10, { [A]: 1 }],
    ["delta(counter_total[5m])", 10, { [A]: 300 }],
    // 60 + 60 + (reset) 20 + 60 + 60 = 260 over 5 min of samples; the left minute is added as far as zero lies.
    ["increase(reset_total[6m])", 5, { [A]: 260 + (260 / 300) * 60 }],
    ["resets(reset_total[6m])", 5, { [A]: 1 }],
    ["changes(gauge[5m])", 4, { [A]: 4 }],
    // A counter that began at 30: extrapolated back to zero (half a minute at 1/s), not the whole way.
    ["increase(late_total[4m])", 7, { [A]: 120 + 30 }],
    ["irate(counter_total[5m])", 10, { [A]: 1 }],
    ["irate(reset_total[3m])", 3, { [A]: 20 / 60 }],
    ["idelta(reset_total[3m])", 3, { [A]: -200 }],
    ["rate(one[5m])", 0, {}],
    ["deriv(counter_total[5m])", 10, { [A]: 1 }],
    ["predict_linear(counter_total[5m], 60)", 10, { [A]: 660 }],
    // s: 4, then 0.5 * 2 + 0.5 * (4 - 2) = 2, trend -2: 0.5 * 8 + 0.5 * (2 - 2) = 4
    ["double_exponential_smoothing(gauge[3m], 0.5, 0.5)", 2, { [A]: 4 }],
    ["holt_winters(gauge[3m], 0.5, 0.5)", 2, { [A]: 4 }],
    ["avg_over_time(gauge[5m])", 4, { [A]: 6 }],
    ["sum_over_time(gauge[5m])", 4, { [A]: 30 }],
    ["min_over_time(gauge[5m])", 4, { [A]: 2 }],
    ["max_over_time(gauge[5m])", 4, { [A]: 10 }],
    ["count_over_time(gauge[5m])", 4, { [A]: 5 }],
    ["stdvar_over_time(gauge[5m])", 4, { [A]: 8 }],
    ["stddev_over_time(gauge[5m])", 4, { [A]: Math.sqrt(8) }],
    ["mad_over_time(gauge[5m])", 4, { [A]: 2 }],
    ["quantile_over_time(0.25, gauge[5m])", 4, { [A]: 4 }],
    ["quantile_over_time(2, gauge[5m])", 4, { [A]: Infinity }],
    ["first_over_time(gauge[5m])", 4, { 'gauge{job="a"}': 4 }],
    ["last_over_time(gauge[5m])", 4, { 'gauge{job="a"}': 10 }],
    ["present_over_time(gauge[5m])", 4, { [A]: 1 }],
    ["ts_of_max_over_time(gauge[5m])", 4, { [A]: 240 }],
    ["ts_of_min_over_time(gauge[5m])", 4, { [A]: 60 }],
    ["ts_of_first_over_time(gauge[2m])", 4, { [A]: 180 }],
    ["ts_of_last_over_time(gauge[2m])", 4, { [A]: 240 }],
    ["absent_over_time(gauge[5m])", 4, {}],
    ['absent_over_time(nothing{x="1",y=~"2"}[5m])', 4, { '{x="1"}': 1 }],
    // NaN is neither smallest nor largest, unless it is alone.
    ["max_over_time(wild[2m])", 1, { [A]: 1 }],
    ["min_over_time(wild[5m])", 3, { [A]: 1 }],
    ["max_over_time(wild[1m])", 1, { [A]: NaN_ }],
    // The staleness marker is no sample of a range.
    ["count_over_time(gone[5m])", 2, { [A]: 2 }],
    // A subquery has its steps at multiples of the step; the left end is not in.
    ["sum_over_time((gauge * 10)[2m:1m])", 2, { [A]: 100 }],
    ["count_over_time(gauge[2m:30s])", 4, { [A]: 4 }],
    ["max_over_time(rate(counter_total[2m])[4m:1m])", 10, { [A]: 1 }],
  ])("%s at %i min", (query, minutes, expected) => {
    const found = ask(query, at(minutes));
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) near(found[key], value);
  });
});

describe("functions of instant vectors, values derived by hand", () => {
  test.each<[string, number, Record<string, number>]>([
    ["abs(plus)", 1, { [A]: 2.5 }],
    ["ceil(plus)", 1, { [A]: -2 }],
    ["floor(plus)", 1, { [A]: -3 }],
    ["round(plus)", 1, { [A]: -2 }],
    ["round(plus)", 2, { [A]: -0 }],
    ["round(counter_total, 25)", 1, { [A]: 50 }],
    ["sgn(plus)", 1, { [A]: -1 }],
    ["sqrt(gauge)", 0, { [A]: 2 }],
    ["exp(gauge * 0)", 0, { [A]: 1 }],
    ["ln(exp(gauge))", 0, { [A]: 4 }],
    ["log2(gauge)", 2, { [A]: 3 }],
    ["log10(counter_total + 40)", 1, { [A]: 2 }],
    ["deg(vector(pi()))", 0, { "{}": 180 }],
    ["rad(vector(180))", 0, { "{}": Math.PI }],
    ["sin(vector(0)) + cos(vector(0)) + atan(vector(0))", 0, { "{}": 1 }],
    ["clamp(gauge, 3, 5)", 2, { [A]: 5 }],
    ["clamp(gauge, 5, 3)", 2, {}],
    ["clamp_min(gauge, 9)", 2, { [A]: 9 }],
    ["clamp_max(gauge, 3)", 2, { [A]: 3 }],
    ["scalar(gauge)", 2, { scalar: 8 }],
    ['scalar({job="a"})', 0, { scalar: NaN_ }],
    ["scalar(nothing)", 2, { scalar: NaN_ }],
    ["vector(3)", 0, { "{}": 3 }],
    ["time()", 2, { scalar: 120 }],
    ["timestamp(one)", 3, { [A]: 0 }],
    ["timestamp(one + 0)", 3, { [A]: 180 }],
    // 2024-02-29 12:34:56 UTC, a Thursday of a leap year
    ["minute(clock)", 0, { [A]: 34 }],
    ["hour(clock)", 0, { [A]: 12 }],
    ["day_of_week(clock)", 0, { [A]: 4 }],
    ["day_of_month(clock)", 0, { [A]: 29 }],
    ["day_of_year(clock)", 0, { [A]: 60 }],
    ["days_in_month(clock)", 0, { [A]: 29 }],
    ["month(clock)", 0, { [A]: 2 }],
    ["year(clock)", 0, { [A]: 2024 }],
    ["year(clock * -1)", 0, { [A]: 1915 }],
    ["hour()", 60, { "{}": 1 }],
    ["absent(gauge)", 0, {}],
    ['absent(nothing{a="b",c!="d"})', 0, { '{a="b"}': 1 }],
    ["absent(sum(nothing))", 0, { "{}": 1 }],
    [
      'label_replace(gauge, "kind", "$1-\u0024{name}", "job", "(?P<name>(.*))")',
      0,
      { 'gauge{job="a", kind="a-a"}': 4 },
    ],
    ['label_replace(gauge, "kind", "x", "job", "b")', 0, { 'gauge{job="a"}': 4 }],
    ['label_replace(gauge, "job", "", "job", ".*")', 0, { gauge: 4 }],
    ['label_replace(gauge, "__name__", "other", "", "")', 0, { 'other{job="a"}': 4 }],
    ['label_join(gauge, "both", "/", "job", "nothing", "job")', 0, { 'gauge{both="a//a", job="a"}': 4 }],
  ])("%s at %i min", (query, minutes, expected) => {
    const found = ask(query, at(minutes));
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) near(found[key], value);
  });

  test("sort, sort_desc and sort_by_label give an instant query its order, NaN last", () => {
    const sorted = asker([
      series({ __name__: "x", host: "n10" }, [2]),
      series({ __name__: "x", host: "n9" }, [NaN_]),
      series({ __name__: "x", host: "n1" }, [1]),
    ]);
    const hosts = (query: string) => Object.keys(sorted(query, 0)).map((key) => /n\d+/.exec(key)?.[0]);
    expect(hosts("sort(x)")).toEqual(["n1", "n10", "n9"]);
    expect(hosts("sort_desc(x)")).toEqual(["n10", "n1", "n9"]);
    expect(hosts('sort_by_label(x, "host")')).toEqual(["n1", "n9", "n10"]);
    expect(hosts('sort_by_label_desc(x, "host")')).toEqual(["n10", "n9", "n1"]);
  });
});

describe("classic histograms", () => {
  const bucket = (le: string, count: number, more: Record<string, string> = {}) =>
    series({ __name__: "latency_bucket", le, ...more }, [count]);
  const of = (...buckets: ReturnType<typeof series>[]) => asker(buckets);
  const plain = of(bucket("0.1", 10), bucket("0.5", 30), bucket("1", 40), bucket("+Inf", 50));

  test.each<[number, number]>([
    [0, 0],
    [0.1, 0.05],
    [0.2, 0.1],
    [0.4, 0.3],
    [0.6, 0.5],
    [0.8, 1],
    [0.9, 1],
    [-1, -Infinity],
    [1.5, Infinity],
    [NaN_, NaN_],
  ])("the %d quantile is %d", (q, expected) => {
    near(plain(`histogram_quantile(${q}, latency_bucket)`, 0)["{}"], expected);
  });

  test("a fraction of the observations lies between two values", () => {
    expect(plain("histogram_fraction(0.1, 0.5, latency_bucket)", 0)["{}"]).toBeCloseTo(0.4, 12);
    expect(plain("histogram_fraction(0, 0.3, latency_bucket)", 0)["{}"]).toBeCloseTo(0.4, 12);
    expect(plain("histogram_fraction(2, 1, latency_bucket)", 0)["{}"]).toBe(0);
  });

  test("no bucket to infinity, one bucket, no observations: NaN; no le: nothing", () => {
    expect(of(bucket("0.1", 1), bucket("1", 2))("histogram_quantile(0.5, latency_bucket)", 0)).toEqual({ "{}": NaN_ });
    expect(of(bucket("+Inf", 2))("histogram_quantile(0.5, latency_bucket)", 0)).toEqual({ "{}": NaN_ });
    expect(of(bucket("1", 0), bucket("+Inf", 0))("histogram_quantile(0.5, latency_bucket)", 0)).toEqual({ "{}": NaN_ });
    expect(of(series({ __name__: "latency_bucket" }, [1]))("histogram_quantile(0.5, latency_bucket)", 0)).toEqual({});
  });

  test("counts that fall from bucket to bucket are raised, and label sets keep apart", () => {
    const two = of(
      bucket("1", 10, { job: "a" }),
      bucket("2", 8, { job: "a" }),
      bucket("+Inf", 20, { job: "a" }),
      bucket("1", 0, { job: "b" }),
      bucket("2", 4, { job: "b" }),
      bucket("+Inf", 4, { job: "b" }),
    );
    expect(two("histogram_quantile(0.5, latency_bucket)", 0)).toEqual({ '{job="a"}': 1, '{job="b"}': 1.5 });
  });
});
