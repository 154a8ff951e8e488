import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge } from "../../shared/core/delivery/kayenta/judge.ts";
import { MENDED } from "../../shared/core/delivery/kayenta/options.ts";
import type {
  CanaryAnalysis,
  CanaryMetricConfig,
  JudgeOptions,
  JudgeRequest,
  MetricSetPair,
} from "../../shared/core/delivery/kayenta/types.ts";

interface Case {
  readonly experiment: readonly number[];
  readonly control: readonly number[];
  readonly canary?: CanaryAnalysis;
  readonly groups?: readonly string[];
}

const LOW = [9.8, 10.4, 10.1, 9.6, 10.9, 10.2, 9.9, 10.6, 10.3, 10.0];
const HIGH = LOW.map((value) => value * 2);
const good: Case = { experiment: LOW.map((value) => value + 0.01), control: LOW };
const bad: Case = { experiment: HIGH, control: LOW };

const requestOf = (cases: Readonly<Record<string, Case>>, groupWeights?: Readonly<Record<string, number>>) => ({
  canaryConfig: {
    metrics: Object.entries(cases).map(
      ([name, { canary, groups = ["g"] }]): CanaryMetricConfig => ({
        name,
        groups,
        ...(canary ? { analysisConfigurations: { canary } } : {}),
      }),
    ),
    ...(groupWeights ? { classifier: { groupWeights } } : {}),
  },
  scoreThresholds: { pass: 95, marginal: 75 },
  metricSetPairList: Object.entries(cases).map(
    ([name, { experiment, control }]): MetricSetPair => ({ name, values: { control, experiment } }),
  ),
});

const judgeOne = (one: Case, options?: Partial<JudgeOptions>) => judge(requestOf({ m: one }), options).results[0];

describe("a metric is classified", () => {
  const gap = (canary: CanaryAnalysis): Case => ({ ...bad, canary });
  const drop = (canary: CanaryAnalysis): Case => ({ experiment: LOW, control: HIGH, canary });
  it.each<[string, Case, Record<string, unknown>]>([
    ["higher", bad, { classification: "High", classificationReason: "m was classified as High", critical: false }],
    ["lower", drop({}), { classification: "Low", classificationReason: "m was classified as Low" }],
    ["higher, only lower is bad", gap({ direction: "decrease" }), { classification: "Pass" }],
    ["lower, only higher is bad", drop({ direction: "increase" }), { classification: "Pass" }],
    ["higher, an unknown direction means either", gap({ direction: "up" }), { classification: "High" }],
    ["doubled, tripled is allowed", gap({ effectSize: { allowedIncrease: 3 } }), { classification: "Pass" }],
    ["halved, a third is allowed", drop({ effectSize: { allowedDecrease: 0.3 } }), { classification: "Pass" }],
    [
      "every pair is higher (cles)",
      gap({ effectSize: { measure: "cles", allowedIncrease: 0.9 } }),
      { classification: "High" },
    ],
    [
      "cles above what is allowed only",
      gap({ effectSize: { measure: "cles", allowedIncrease: 1.1 } }),
      { classification: "Pass" },
    ],
    [
      "critical",
      gap({ critical: true }),
      {
        classification: "High",
        critical: true,
        classificationReason: "The metric m was classified as High (Critical)",
      },
    ],
    [
      "critical, but not by enough",
      gap({ critical: true, effectSize: { criticalIncrease: 5 } }),
      { classification: "High", critical: false },
    ],
    [
      "critical and lower",
      drop({ critical: true }),
      { classification: "Low", critical: true, classificationReason: "The metric m was classified as Low (Critical)" },
    ],
    [
      "the same values in another order",
      { experiment: [...LOW].reverse(), control: LOW },
      {
        classification: "Pass",
        classificationReason: "The Canary and Baseline data are identical",
        resultMetadata: { ratio: 1 },
      },
    ],
    [
      "one value everywhere, not as often",
      { experiment: [7, 7, 7], control: [7, 7] },
      { classification: "Pass", resultMetadata: { ratio: 1 } },
    ],
    ["two constants", { experiment: [9, 9, 9, 9, 9], control: [3, 3, 3, 3, 3] }, { classification: "High" }],
    [
      "from nothing to something",
      { experiment: [9, 9, 8, 9, 7], control: [0, 0, 0, 0, 0] },
      { classification: "High", resultMetadata: { ratio: "NaN" } },
    ],
    [
      "nothing, and none needed",
      { experiment: [], control: LOW },
      { classification: "Nodata", classificationReason: "Missing data for m", critical: false },
    ],
    [
      "nothing, critical",
      { experiment: [], control: LOW, canary: { critical: true, mustHaveData: true } },
      { classification: "Nodata", critical: true },
    ],
    [
      "nothing, but needed",
      { experiment: [], control: LOW, canary: { mustHaveData: true } },
      { classification: "NodataFailMetric", critical: false },
    ],
    ["nothing but gaps", { experiment: [Number.NaN], control: LOW }, { classification: "Nodata" }],
    [
      "an infinite value",
      { experiment: [...LOW, Infinity], control: LOW },
      { classification: "Error", classificationReason: "Metric Classification Failed" },
    ],
  ])("%s", (_, one, told) => expect(judgeOne(one)).toMatchObject(told));

  it("a reason only where Kayenta has one, nothing of the test unless it is asked for", () => {
    const result = judgeOne(good);
    expect(result).toEqual({
      name: "m",
      classification: "Pass",
      groups: ["g"],
      experimentMetadata: { stats: expect.objectContaining({ count: 10, min: 9.61 }) },
      controlMetadata: { stats: expect.objectContaining({ count: 10, min: 9.6 }) },
      resultMetadata: { ratio: expect.closeTo(1.001, 3) },
      critical: false,
      muted: false,
    });
    expect(judgeOne(bad, { explain: true })?.resultMetadata?.test).toMatchObject({
      shift: expect.closeTo(10.17, 2),
      effect: 2,
      pValue: expect.closeTo(0.000182672, 8),
    });
  });

  it("the interval is one of 98 %, and has to clear a quarter of the shift", () => {
    const experiment = [12.1, 13.4, 11.9, 14.2, 12.8, 13.1, 12.5, 13.9];
    const control = [10.2, 11.1, 9.8, 10.7, 11.4, 10.1, 10.9, 11.0];
    const told = judgeOne({ experiment, control }, { explain: true, exactRoots: true })?.resultMetadata?.test;
    // Ends as in kayenta-rank.test.ts.
    expect(told).toMatchObject({ low: expect.closeTo(1.2, 12), high: expect.closeTo(3.3, 12) });
    expect(Number(told?.bound) / Number(told?.shift)).toBe(0.25);
  });

  it("id and tags come back as they were sent", () => {
    const { canaryConfig, scoreThresholds } = requestOf({ m: good });
    const pair = { name: "m", id: "42", tags: { region: "eu" }, values: { control: LOW, experiment: LOW } };
    expect(judge({ canaryConfig, scoreThresholds, metricSetPairList: [pair] }).results[0]).toMatchObject({
      id: "42",
      tags: { region: "eu" },
    });
  });
});

describe("the score", () => {
  const score = (
    cases: Readonly<Record<string, Case>>,
    weights?: Record<string, number>,
    options?: Partial<JudgeOptions>,
  ) => judge(requestOf(cases, weights), options);
  const in_ = (one: Case, ...groups: string[]): Case => ({ ...one, groups });

  it("is the share of metrics that passed, to two decimals", () => {
    const told = score({ a: good, b: bad, c: good });
    expect(told.groupScores).toEqual([
      { name: "g", score: expect.closeTo(66.6667, 3), classification: "", classificationReason: "" },
    ]);
    expect(told.score).toEqual({ score: 66.67, classification: "Fail", classificationReason: "" });
    expect(told.judgeName).toBe("NetflixACAJudge-v1.0");
  });

  it.each<[string, Record<string, Case>, Record<string, number>, number, string]>([
    ["weighs groups", { a: in_(good, "x"), b: in_(bad, "y") }, { x: 80, y: 20 }, 80, "Marginal"],
    [
      "shares the rest among groups without a weight",
      { a: in_(good, "x"), b: in_(bad, "y"), c: in_(good, "z") },
      { x: 40 },
      70,
      "Fail",
    ],
    ["counts a metric in each of its groups", { a: in_(bad, "x", "y"), b: in_(good, "y") }, {}, 25, "Fail"],
    [
      "takes a group without data for 100",
      { a: in_(good, "x"), b: in_({ ...bad, experiment: [] }, "y"), c: in_(good, "x") },
      { x: 50, y: 50 },
      100,
      "Pass",
    ],
    [
      "counts missing data that is needed",
      { a: good, b: { ...good, experiment: [], canary: { mustHaveData: true } } },
      {},
      50,
      "Fail",
    ],
    ["leaves out what is muted", { a: good, b: { ...bad, canary: { muted: true, critical: true } } }, {}, 100, "Pass"],
  ])("%s", (_, cases, weights, points, classification) =>
    expect(score(cases, weights).score).toMatchObject({ score: points, classification }),
  );

  it("is 0 for a critical metric, and says which", () => {
    expect(score({ a: good, b: good, c: { ...bad, canary: { critical: true } } }).score).toEqual({
      score: 0,
      classification: "Fail",
      classificationReason: "Canary Failed: The metric c was classified as High (Critical)",
    });
  });

  it("is 0 where half of the metrics have no data", () => {
    expect(score({ a: good, b: { ...good, experiment: [] } }).score).toEqual({
      score: 0,
      classification: "Fail",
      classificationReason: "Canary Failed: 50% or more metrics returned NODATA",
    });
  });

  it("rounds decimals as they are written: 7 of 16 halves of a percent up", () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`m${index}`, index < 7 ? good : bad]));
    expect(score(many).score.score).toBe(43.75);
    const eighth = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`m${index}`, index < 1 ? good : bad]));
    // 3.125: half a hundredth goes up.
    expect(score(eighth).score.score).toBe(3.13);
  });
});

describe("Kayenta's faults are there to the letter, and mended where that is asked for", () => {
  const broken: Case = { experiment: [...LOW, Infinity], control: LOW };
  it("(a) an error passes; mended it counts against its group, and a critical one fails", () => {
    expect(judge(requestOf({ a: broken })).score.score).toBe(100);
    expect(judge(requestOf({ a: broken }), MENDED).score.score).toBe(0);
    const critical = requestOf({ a: good, b: { ...broken, canary: { critical: true } }, c: good });
    expect(judge(critical).score.score).toBe(100);
    expect(judge(critical, MENDED).score).toMatchObject({
      score: 0,
      classificationReason: expect.stringMatching("Failed"),
    });
  });

  it("(b) weights over 100 and of absent groups; mended they are scaled", () => {
    const over = requestOf({ a: { ...good, groups: ["x"] }, b: { ...good, groups: ["y"] } }, { x: 80, y: 80 });
    expect([judge(over).score.score, judge(over, MENDED).score.score]).toEqual([160, 100]);
    const gone = requestOf({ a: { ...good, groups: ["x"] } }, { x: 50, gone: 50 });
    expect([judge(gone).score.score, judge(gone, MENDED).score.score]).toEqual([50, 100]);
    const none = requestOf({ a: { ...good, groups: ["x"] }, b: { ...bad, groups: ["y"] } }, { x: 0, y: 0 });
    expect(judge(none, MENDED).score.score).toBe(50);
  });

  it("(c) roots within an absolute 1e-4 lose what is smaller; mended the scale does not matter", () => {
    const more = (scale: number, options?: Partial<JudgeOptions>) => {
      const experiment = LOW.map((value) => value * 1.1 * scale);
      return judgeOne({ experiment, control: LOW.map((value) => value * scale) }, options)?.classification;
    };
    const scales = [1, 1e-3, 1e-5, 1e-8];
    expect(scales.map((scale) => more(scale))).toEqual(["High", "High", "Pass", "Pass"]);
    expect(scales.map((scale) => more(scale, MENDED))).toEqual(["High", "High", "High", "High"]);
  });

  it("(d) a steady shift of 1 % is High; mended it has to be 5 % of the baseline", () => {
    const shifted = (by: number): Case => ({
      experiment: Array.from({ length: 20 }, (_, index) => 100 + by + (index % 5) * 0.1),
      control: Array.from({ length: 20 }, (_, index) => 100 + (index % 5) * 0.1),
    });
    expect([1, 10].map((by) => judgeOne(shifted(by))?.classification)).toEqual(["High", "High"]);
    expect([1, 10].map((by) => judgeOne(shifted(by), MENDED)?.classification)).toEqual(["Pass", "High"]);
    expect([-1, -10].map((by) => judgeOne(shifted(by), MENDED)?.classification)).toEqual(["Pass", "Low"]);
  });

  it("(e) no data where gaps are replaced passes; mended it is Nodata", () => {
    const empty: Case = { experiment: [], control: LOW, canary: { nanStrategy: "replace" } };
    expect(judgeOne(empty)?.classification).toBe("Pass");
    expect(judgeOne(empty, MENDED)?.classification).toBe("Nodata");
  });

  it("options may come with the configuration", () => {
    const request = requestOf({ a: broken });
    const judgeConfigurations = { headgate: { errorsFail: true } };
    const asked = { ...request, canaryConfig: { ...request.canaryConfig, judge: { judgeConfigurations } } };
    expect(judge(asked).score.score).toBe(0);
    expect(judge(asked, { errorsFail: false }).score.score).toBe(100);
  });
});

describe("whatever it is given", () => {
  const number = fc.oneof(fc.double(), fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN));
  const values = fc.array(number, { maxLength: 12 });
  const canary = fc.record(
    {
      direction: fc.constantFrom("increase", "decrease", "either", ""),
      nanStrategy: fc.constantFrom("remove", "replace", ""),
      critical: fc.boolean(),
      mustHaveData: fc.boolean(),
      effectSize: fc.record({ measure: fc.constantFrom("cles", "meanRatio") }),
      outliers: fc.constant({ strategy: "remove" }),
    },
    { requiredKeys: [] },
  );
  const requests: fc.Arbitrary<JudgeRequest> = fc
    .dictionary(fc.constantFrom("a", "b", "c"), fc.record({ experiment: values, control: values, canary }))
    .map((cases) => requestOf(cases));

  it("it judges, the same each time, in JSON, with a score of its class", () => {
    fc.assert(
      fc.property(requests, fc.boolean(), (request, mended) => {
        const told = judge(request, mended ? MENDED : {});
        expect(judge(request, mended ? MENDED : {})).toEqual(told);
        expect(JSON.parse(JSON.stringify(told))).toEqual(told);
        const { score, classification } = told.score;
        expect(classification).toBe(score >= 95 ? "Pass" : score >= 75 ? "Marginal" : "Fail");
        expect(told.results).toHaveLength(request.metricSetPairList.length);
      }),
      { numRuns: 200 },
    );
  });

  it("a canary that equals its baseline passes, and one with more of everything never passes as Low", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 4, maxLength: 30 }), (control) => {
        expect(judgeOne({ experiment: control, control })?.classification).toBe("Pass");
        const more = control.map((value) => value + 1000);
        expect(judgeOne({ experiment: more, control })?.classification).toBe("High");
      }),
      { numRuns: 50 },
    );
  });
});
