import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { iso } from "../../shared/core/kernel/time.ts";
import type { TraceOptions } from "../../shared/core/kernel/trace.ts";
import { readTrace } from "../../shared/core/kernel/trace-read.ts";

const T0 = 1_709_251_200;

type Sample = readonly [unknown, unknown];

const prometheus = (...series: readonly (readonly Sample[])[]): string =>
  JSON.stringify({
    status: "success",
    data: {
      resultType: "matrix",
      result: series.map((values, index) => ({ metric: { pod: `p${index}`, zone: "a" }, values })),
    },
  });

const cloudWatch = (...results: readonly object[]): string =>
  JSON.stringify({ MetricDataResults: results.map((one, index) => ({ Id: `m${index}`, Label: `L${index}`, ...one })) });

const minute = (count: number): number => T0 + 60 * count;
const stamp = (count: number): string => iso(minute(count) * 1000);

function read(text: string, options?: TraceOptions) {
  const result = readTrace(text, options);
  if (!result.ok) throw new Error(result.faults.map((fault) => fault.message).join("; "));
  return { ...result, values: result.trace.points.map(({ at, value }) => [at / 1000 - T0, value]) };
}

function faults(text: string, options?: TraceOptions) {
  const result = readTrace(text, options);
  expect(result.ok).toBe(false);
  return result.ok ? [] : result.faults;
}

describe("Prometheus's answer to query_range", () => {
  const one: readonly Sample[] = [
    [minute(0), "1"],
    [minute(1), "2.5e+00"],
    [minute(2), "0"],
  ];

  test("is a trace, also pretty-printed, with a byte order mark, and as promtool prints it", () => {
    const values = [
      [0, 1],
      [60, 2.5],
      [120, 0],
    ];
    const text = prometheus(one);
    expect(read(text).values).toEqual(values);
    expect(read(`\uFEFF\r\n${JSON.stringify(JSON.parse(text), null, 2).replaceAll("\n", "\r\n")}\r\n`).values).toEqual(
      values,
    );
    expect(read(JSON.stringify([{ metric: {}, values: one }])).values).toEqual(values);
    expect(read(text)).toMatchObject({ trace: { stepMs: 60_000 }, warnings: [] });
    expect(read(text).notes).toBeUndefined();
  });

  test("several series are summed per instant, and that is said; also where one of them has no sample", () => {
    const both = read(prometheus(one, [[minute(1), "10"]]));
    expect(both.values).toEqual([
      [0, 1],
      [60, 12.5],
      [120, 0],
    ]);
    expect(both.notes).toEqual([
      "2 series are summed; --series label=value picks one",
      "at 2 instants not every series has a sample; those that have one are summed, as sum() does",
    ]);
  });

  test("--series picks by one label or several; several that fit are summed", () => {
    const text = prometheus(one, [
      [minute(0), "7"],
      [minute(1), "8"],
    ]);
    expect(read(text, { series: "pod=p1" }).values).toEqual([
      [0, 7],
      [60, 8],
    ]);
    expect(read(text, { series: 'zone="a", pod=p0' }).values[0]).toEqual([0, 1]);
    expect(read(text, { series: "zone=a" }).values[0]).toEqual([0, 8]);
    expect(faults(text, { series: "pod=p9" })).toEqual([
      {
        path: "series",
        message: "series: no series has this label",
        value: "pod=p9",
        allowed: "pod=p0,zone=a; pod=p1,zone=a",
      },
    ]);
    expect(faults(text, { series: "p1" })[0]).toMatchObject({ path: "series", value: "p1", allowed: /label=value/ });
    expect(faults(text, { series: "constructor=x" })).toHaveLength(1);
  });

  test.each(["NaN", "+Inf", "-Inf", "Inf"])("%s is a gap that is named by its place, not a zero", (value) => {
    const got = read(prometheus([...one.slice(0, 2), [minute(2), value], [minute(3), "4"]]));
    expect(got.values).toEqual([
      [0, 1],
      [60, 2.5],
      [180, 4],
    ]);
    expect(got.warnings).toEqual([
      expect.objectContaining({
        path: "data.result[0].values[2]",
        message: `data.result[0].values[2]: "${value}" is a gap, not a zero`,
        value,
      }),
    ]);
  });

  test("a run of them is one warning, a missing stretch another, and one unknown makes the sum unknown", () => {
    const got = read(
      prometheus([
        [minute(0), "1"],
        [minute(1), "NaN"],
        [minute(2), "NaN"],
        [minute(3), "1"],
        [minute(4), "1"],
        [minute(5), "1"],
        [minute(6), "1"],
        [minute(9), "1"],
      ]),
    );
    expect(got.warnings.map(({ message }) => message)).toEqual([
      "data.result[0].values[1..2]: 2 samples that are no numbers are a gap, not a zero",
      "data.result[0].values[7]: a gap of 3 min after 2024-03-01T00:06:00.000Z",
    ]);
    const sum = read(prometheus(one, [[minute(1), "NaN"]]));
    expect(sum.values).toEqual([
      [0, 1],
      [120, 0],
    ]);
  });

  test("what Prometheus warns of is passed on", () => {
    const text = JSON.stringify({ ...JSON.parse(prometheus(one)), warnings: ["partial response"] });
    expect(read(text).warnings).toEqual([{ path: "warnings", message: "Prometheus warns: partial response" }]);
  });

  test.each<[string, string, object]>([
    [
      "an error",
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      { path: "status", message: /bad_data: parse error/ },
    ],
    [
      "an instant vector",
      '{"status":"success","data":{"resultType":"vector","result":[]}}',
      { path: "data.resultType", value: "vector", allowed: /query_range/ },
    ],
    ["no data", '{"status":"success"}', { path: "data.result" }],
    ["data that is null", '{"status":"success","data":null}', { path: "data.result" }],
    ["no series", prometheus(), { path: "data.result", message: /found nothing/ }],
    ["an empty list", "[]", { path: "data.result" }],
    ["a series without values", '[{"metric":{}}]', { path: "data.result[0].values" }],
    ["a series that is null", "[null]", { path: "data.result[0].values" }],
    [
      "a series without samples",
      prometheus([]),
      { path: "trace", message: "the trace has 0 usable samples", allowed: /at least 2/ },
    ],
    ["one sample", prometheus([[minute(0), "1"]]), { message: "the trace has 1 usable sample" }],
    [
      "text",
      prometheus([[minute(0), "many"]]),
      { path: "data.result[0].values[0]", value: "many", message: 'data.result[0].values[0]: "many" is not a number' },
    ],
    ["null", prometheus([[minute(0), null]]), { path: "data.result[0].values[0]", message: /is not a number/ }],
    ["a negative value", prometheus([[minute(0), "-3"]]), { value: "-3", message: /is negative/ }],
    ["a value too large to add up", prometheus([[minute(0), "1e300"]]), { message: /is too large/ }],
    [
      "a repeated stamp",
      prometheus([
        [minute(0), "1"],
        [minute(0), "1"],
      ]),
      { path: "data.result[0].values[1]", message: /repeats the stamp of data\.result\[0\]\.values\[0\]/ },
    ],
    [
      "a backward stamp",
      prometheus([
        [minute(1), "1"],
        [minute(0), "1"],
      ]),
      { path: "data.result[0].values[1]", message: /goes back behind/ },
    ],
    ["milliseconds", prometheus([[T0 * 1000, "1"]]), { path: "data.result[0].values[0]", allowed: /epoch seconds/ }],
    [
      "a stamp as text",
      prometheus([["2024-03-01", "1"]]),
      { path: "data.result[0].values[0]", allowed: /epoch seconds/ },
    ],
    ["a sample of three", '[{"metric":{},"values":[[1,"1",2]]}]', { path: "data.result[0].values[0]" }],
  ])("%s is a fault with its place and what is allowed", (_name, text, fault) => {
    const wanted = Object.fromEntries(
      Object.entries(fault).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]),
    );
    expect(faults(text)[0]).toEqual(expect.objectContaining({ allowed: expect.stringMatching(/\S/), ...wanted }));
  });

  test("too many samples are refused, and faults are counted past twenty", () => {
    expect(faults(prometheus(one, one), { maxRows: 5 })[0]).toMatchObject({ value: "6", allowed: "at most 5 samples" });
    expect(faults(prometheus(Array.from({ length: 30 }, (_, index) => [minute(index), "x"]))).at(-1)?.message).toBe(
      "and 10 more faults",
    );
  });
});

describe("CloudWatch's answer to GetMetricData", () => {
  const stamps = [stamp(0), stamp(1), stamp(2)];
  const Values = [1, 2.5, 0];
  const expected = [
    [0, 1],
    [60, 2.5],
    [120, 0],
  ];

  test.each([
    ["oldest first", { Timestamps: stamps, Values, StatusCode: "Complete" }],
    [
      "newest first, as it comes unless asked otherwise",
      { Timestamps: stamps.toReversed(), Values: Values.toReversed() },
    ],
    ["with epoch seconds", { Timestamps: [minute(0), minute(1), minute(2)], Values }],
    ["with offsets", { Timestamps: stamps.map((text) => text.replace(".000Z", "+00:00")), Values }],
  ])("%s", (_name, result) => {
    expect(read(cloudWatch(result))).toMatchObject({ values: expected, warnings: [] });
  });

  test("one of several is picked by Id or Label; nobody adds up different metrics", () => {
    const text = cloudWatch({ Timestamps: stamps, Values }, { Timestamps: stamps, Values: [5, 6, 7] });
    expect(read(text, { series: "m1" }).values[0]).toEqual([0, 5]);
    expect(read(text, { series: "L0" }).values).toEqual(expected);
    expect(faults(text)[0]).toMatchObject({ path: "MetricDataResults", allowed: "--series with one of m0, m1" });
    expect(faults(text, { series: "m2" })[0]).toMatchObject({ path: "series", value: "m2", allowed: "m0, m1" });
  });

  test("partial data, a missing page and messages are warnings", () => {
    const text = JSON.stringify({
      ...JSON.parse(cloudWatch({ Timestamps: stamps, Values, StatusCode: "PartialData" })),
      NextToken: "abc",
      Messages: [{ Code: "x", Value: "maximum was reached" }],
    });
    expect(read(text).warnings.map(({ message }) => message)).toEqual([
      'MetricDataResults[0].StatusCode: "PartialData" means that a part of the load is missing',
      "CloudWatch says: maximum was reached",
      "NextToken: this is one page of an answer, the rest is missing",
    ]);
  });

  test("a gap is named by the place of the sample after it, also where the newest comes first", () => {
    const Timestamps = [stamp(9), stamp(3), stamp(2), stamp(1), stamp(0)];
    expect(read(cloudWatch({ Timestamps, Values: [1, 1, 1, 1, 1] })).warnings).toMatchObject([
      { path: "MetricDataResults[0].Timestamps[0]", value: "6 min" },
    ]);
  });

  test.each<[string, object, object]>([
    [
      "an error",
      { Timestamps: [], Values: [], StatusCode: "InternalError" },
      { path: "MetricDataResults[0].StatusCode", value: "InternalError" },
    ],
    ["no stamps", { Values }, { path: "MetricDataResults[0].Timestamps" }],
    ["values that are no list", { Timestamps: stamps, Values: 3 }, { path: "MetricDataResults[0].Values" }],
    ["lists of two lengths", { Timestamps: stamps, Values: [1] }, { path: "MetricDataResults[0]", value: "3 and 1" }],
    ["nothing", { Timestamps: [], Values: [] }, { path: "trace", message: "the trace has 0 usable samples" }],
    ["a null", { Timestamps: stamps, Values: [1, null, 3] }, { path: "MetricDataResults[0].Values[1]", value: "null" }],
    ["text", { Timestamps: stamps, Values: [1, "x", 3] }, { path: "MetricDataResults[0].Values[1]", value: "x" }],
    [
      "a stamp in words",
      { Timestamps: ["today", stamp(1)], Values: [1, 2] },
      { path: "MetricDataResults[0].Timestamps[0]", value: "today" },
    ],
    [
      "a repeated stamp",
      { Timestamps: [stamp(0), stamp(0), stamp(1)], Values },
      { path: "MetricDataResults[0].Timestamps[1]" },
    ],
    [
      "no order",
      { Timestamps: [stamp(0), stamp(2), stamp(1), stamp(3)], Values: [1, 2, 3, 4] },
      { path: "MetricDataResults[0].Timestamps[2]" },
    ],
  ])("%s is a fault with its place and what is allowed", (_name, result, fault) => {
    expect(faults(cloudWatch(result))[0]).toEqual(
      expect.objectContaining({ allowed: expect.stringMatching(/\S/), ...fault }),
    );
  });

  test.each([
    "{}",
    '{"MetricDataResults":[]}',
    '{"MetricDataResults":null}',
    '{"MetricDataResults":[null]}',
    '{"a":1}',
  ])("%s is refused", (text) => {
    expect(faults(text)[0]?.allowed).toMatch(/\S/);
  });
});

describe("the form is known by the content", () => {
  test("CSV stays CSV, and has no series to choose from", () => {
    expect(read("timestamp,value\n1709251200,1\n1709251260,2\n").values).toHaveLength(2);
    expect(faults("timestamp,value\n1,1\n2,2\n", { series: "a=b" })[0]).toMatchObject({ path: "series" });
    expect(faults("")[0]).toMatchObject({ path: "header" });
  });

  test("broken JSON is told with its place", () => {
    expect(faults('{"status":\n  oops}')[0]?.message).toContain("'o'");
    expect(faults('{"status":\n 1 2}')[0]).toMatchObject({ line: 2, column: 4 });
    expect(faults('{"status":"success"')[0]).toMatchObject({ line: 1, column: 20 });
  });
});

describe("laws", () => {
  const load = fc
    .uniqueArray(fc.integer({ min: 0, max: 4_102_444_800 }), { minLength: 2, maxLength: 40 })
    .chain((stamps) =>
      fc.tuple(
        fc.constant(stamps.sort((a, b) => a - b)),
        fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: stamps.length, maxLength: stamps.length }),
      ),
    );

  test("CSV, Prometheus and CloudWatch of one load are one trace, with the same gaps", () => {
    fc.assert(
      fc.property(load, fc.boolean(), ([stamps, values], backwards) => {
        const csv = read(`timestamp,value\n${stamps.map((at, index) => `${at},${values[index]}`).join("\n")}\n`);
        const samples = stamps.map((at, index): Sample => [at, String(values[index])]);
        const turn = <T>(list: readonly T[]) => (backwards ? list.toReversed() : list);
        const Timestamps = turn(stamps.map((at) => iso(at * 1000)));
        for (const other of [read(prometheus(samples)), read(cloudWatch({ Timestamps, Values: turn(values) }))]) {
          expect(other.trace).toEqual(csv.trace);
          expect(other.warnings.map(({ value }) => value)).toEqual(csv.warnings.map(({ value }) => value));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("the sum of the parts is the load, however it is split among series", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 12 }),
        (rows) => {
          const series = [0, 1, 2].map((which) => rows.map((row, at): Sample => [minute(at), `${row[which]}`]));
          expect(read(prometheus(...series)).values).toEqual(
            rows.map((row, at) => [60 * at, row.reduce((sum, value) => sum + value, 0)]),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test("no JSON makes the reader throw, and what it accepts is ascending, finite and not negative", () => {
    const sample = fc.oneof(
      fc.tuple(fc.constantFrom(minute(0), minute(1), minute(2), -1, "x"), fc.constantFrom("1", "NaN", "-1", null)),
      fc.jsonValue(),
    );
    const text = fc.oneof(
      fc.json(),
      fc.jsonValue().map((one) => JSON.stringify({ status: "success", data: one })),
      fc.array(sample, { maxLength: 5 }).map((values) => JSON.stringify([{ metric: {}, values }])),
      fc
        .record({ Timestamps: fc.jsonValue(), Values: fc.jsonValue(), StatusCode: fc.jsonValue() })
        .map((one) => cloudWatch(one)),
      fc.string().map((rest) => `{${rest}`),
    );
    fc.assert(
      fc.property(text, fc.option(fc.string(), { nil: undefined }), (json, series) => {
        const result = readTrace(json, series === undefined ? {} : { series });
        if (!result.ok) {
          expect(result.faults.length).toBeGreaterThan(0);
          return;
        }
        for (const [index, point] of result.trace.points.entries()) {
          expect(point.value).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(point.value)).toBe(true);
          expect(point.at).toBeGreaterThan(result.trace.points[index - 1]?.at ?? -1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
