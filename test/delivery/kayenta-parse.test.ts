import { describe, expect, it } from "vitest";
import { judge } from "../../shared/core/delivery/kayenta/judge.ts";
import { parseJudgeRequest } from "../../shared/core/delivery/kayenta/parse.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";

/** As Kayenta sends it: numbers without a value as text, and much that a judge does not look at. */
const wire = () => ({
  canaryConfig: {
    id: null,
    name: "shop",
    description: "",
    configVersion: "1",
    applications: ["shop"],
    judge: { name: "dredd-v1.0", judgeConfigurations: {} },
    metrics: [
      {
        name: "errors",
        query: { type: "prometheus", metricName: "errors" },
        groups: ["health"],
        analysisConfigurations: {
          canary: {
            direction: "increase",
            nanStrategy: "replace",
            critical: "true",
            effectSize: { allowedIncrease: "1.2", criticalIncrease: 2 },
            outliers: { strategy: "remove", outlierFactor: 3 },
          },
        },
        scopeName: "default",
      },
      { name: "cpu", groups: null },
    ],
    templates: {},
    classifier: { groupWeights: { health: 100.0 } },
  },
  scoreThresholds: { pass: 95, marginal: 75 },
  metricSetPairList: [
    {
      name: "errors",
      id: "a3f",
      tags: { region: "eu" },
      values: { control: [1, "NaN", 2, null, 1], experiment: ["Infinity", 3.5, "4"] },
      scopes: { control: { startTimeIso: "2026-01-01T00:00:00Z", stepMillis: 60000 } },
      attributes: { control: { query: "sum(errors)" } },
    },
    { name: "cpu", id: "b", tags: {}, values: { control: [1, 2, 3] } },
  ],
});

type Wire = ReturnType<typeof wire>;

const faultsOf = (value: unknown): readonly string[] => {
  try {
    parseJudgeRequest(value);
  } catch (error) {
    if (error instanceof HeadgateError && error.code === "input.invalid")
      return error.faults.map(({ path, message, value: found, allowed }) =>
        [path, message, ...(found === undefined ? [] : [found]), allowed].join(" | "),
      );
    throw error;
  }
  return [];
};

describe("a judge request from outside", () => {
  it("is read as Kayenta writes it: texts for numbers, gaps, null for what is not there", () => {
    const read = parseJudgeRequest(wire());
    expect(read.canaryConfig.metrics).toEqual([
      {
        name: "errors",
        groups: ["health"],
        analysisConfigurations: {
          canary: {
            direction: "increase",
            nanStrategy: "replace",
            critical: true,
            effectSize: { allowedIncrease: 1.2, criticalIncrease: 2 },
            outliers: { strategy: "remove", outlierFactor: 3 },
          },
        },
      },
      { name: "cpu", groups: [], analysisConfigurations: { canary: { effectSize: {}, outliers: {} } } },
    ]);
    expect(read.metricSetPairList[0]?.values).toEqual({
      control: [1, Number.NaN, 2, Number.NaN, 1],
      experiment: [Infinity, 3.5, 4],
    });
    expect(read.metricSetPairList[1]).toMatchObject({ tags: {}, values: { experiment: [] } });
    expect(judge(read).results.map(({ classification }) => classification)).toEqual(["Error", "Nodata"]);
  });

  it("thresholds may stand with the classifier, as in older configurations", () => {
    const { scoreThresholds, ...rest } = wire();
    const classifier = { groupWeights: null, scoreThresholds };
    expect(parseJudgeRequest({ ...rest, canaryConfig: { ...rest.canaryConfig, classifier } }).scoreThresholds).toEqual({
      pass: 95,
      marginal: 75,
    });
  });

  it("our options are read from the judge's configurations", () => {
    const given = wire();
    const headgate = { errorsFail: true, minimumShift: "0.1" };
    const canaryConfig = { ...given.canaryConfig, judge: { name: "x", judgeConfigurations: { headgate } } };
    expect(parseJudgeRequest({ ...given, canaryConfig }).canaryConfig.judge).toEqual({
      judgeConfigurations: { headgate: { errorsFail: true, minimumShift: 0.1 } },
    });
  });

  const edited = (edit: (given: Wire & Record<string, never>) => void): unknown => {
    const given = JSON.parse(JSON.stringify(wire()));
    edit(given);
    return given;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what is edited is wrong on purpose.
  const cases: readonly (readonly [string, (given: any) => void, readonly string[]])[] = [
    ["no thresholds", (one) => delete one.scoreThresholds, ["scoreThresholds | is missing | a map"]],
    ["no pass threshold", (one) => delete one.scoreThresholds.pass, ["scoreThresholds.pass | is missing | a number"]],
    [
      "no metrics",
      (one) => (one.canaryConfig.metrics = "all"),
      [
        'canaryConfig.metrics | wrong type or value | "all" | a list',
        "metricSetPairList.0.name | Could not find metric config for errors | errors | none is configured",
        "metricSetPairList.1.name | Could not find metric config for cpu | cpu | none is configured",
      ],
    ],
    [
      "a metric that is not configured",
      (one) => (one.metricSetPairList[1].name = "memory"),
      ["metricSetPairList.1.name | Could not find metric config for memory | memory | errors, cpu"],
    ],
    [
      "a value that is none",
      (one) => (one.metricSetPairList[0].values.control[2] = "much"),
      [
        'metricSetPairList.0.values.control.2 | wrong type or value | "much" | a number, "NaN", "Infinity", "-Infinity" or null',
      ],
    ],
    [
      "values that are no list",
      (one) => (one.metricSetPairList[0].values.control = 5),
      ["metricSetPairList.0.values.control | wrong type or value | 5 | a list"],
    ],
    ["no values", (one) => delete one.metricSetPairList[0].values, ["metricSetPairList.0.values | is missing | a map"]],
    [
      "a factor of 0",
      (one) => (one.canaryConfig.metrics[0].analysisConfigurations.canary.outliers.outlierFactor = 0),
      [
        "canaryConfig.metrics.0.analysisConfigurations.canary.outliers.outlierFactor | wrong type or value | 0 | a number above 0",
      ],
    ],
    [
      "critical is a word",
      (one) => (one.canaryConfig.metrics[0].analysisConfigurations.canary.critical = "very"),
      ['canaryConfig.metrics.0.analysisConfigurations.canary.critical | wrong type or value | "very" | true or false'],
    ],
    [
      "a weight is a list",
      (one) => (one.canaryConfig.classifier.groupWeights.health = [1]),
      ["canaryConfig.classifier.groupWeights.health | wrong type or value | a list of 1 | a number"],
    ],
  ];
  it.each(cases)("%s is a fault with its place and what is allowed", (_, edit, faults) =>
    expect(faultsOf(edited(edit as never))).toEqual(faults),
  );

  it.each([[undefined], [null], [[]], ["text"], [7]])("%j is no request", (value) =>
    expect(faultsOf(value)[0]).toMatch(/^request \| /),
  );
});
