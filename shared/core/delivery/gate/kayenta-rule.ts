import { judge } from "../kayenta/judge.ts";
import type { CanaryJudgeResult, JudgeRequest } from "../kayenta/types.ts";
import { type KayentaSeries, lookKayenta, NO_SERIES } from "./kayenta-series.ts";
import type { Ruled } from "./ruled.ts";
import type { GateSettings } from "./settings.ts";
import type { GateState } from "./state.ts";
import type { ArmCounts } from "./types.ts";

/** Both metrics count alike, and only an increase is bad. */
const GROUP = "release";

const METRICS = [
  { key: "errors", name: "error rate" },
  { key: "p99", name: "p99" },
] as const;

/** The series as a request of Kayenta's judge. A metric that was never counted is left out: it would be Nodata. */
export function requestOf(series: KayentaSeries, { kayenta }: GateSettings): JudgeRequest {
  const counted = METRICS.filter(({ key }) =>
    [series[key].canary, series[key].baseline].some((values) => values.some((value) => value !== null)),
  );
  const numbers = (values: readonly (number | null)[]) => values.map((value) => value ?? Number.NaN);
  return {
    canaryConfig: {
      metrics: counted.map(({ name }) => ({
        name,
        groups: [GROUP],
        analysisConfigurations: { canary: { direction: "increase" } },
      })),
      classifier: { groupWeights: { [GROUP]: 100 } },
      // Tick values are rates far below Kayenta's fixed step of 1e-4, and a metric that cannot be judged must not pass.
      judge: { judgeConfigurations: { headgate: { exactRoots: true, errorsFail: true, emptyIsNodata: true } } },
    },
    scoreThresholds: { pass: kayenta.pass, marginal: kayenta.marginal },
    metricSetPairList: counted.map(({ key, name }) => ({
      name,
      id: name,
      tags: {},
      values: { control: numbers(series[key].baseline), experiment: numbers(series[key].canary) },
    })),
  };
}

/**
 * Kayenta's judge on the tick values, asked once in `kayenta.looks` looks: it takes the whole series at one time, and asked at each look
 * it would fail more good releases than it says.
 */
export function ruleKayenta(settings: GateSettings, state: GateState, canary: ArmCounts, baseline: ArmCounts): Ruled {
  const series = lookKayenta(state.kayenta ?? NO_SERIES, canary, baseline);
  const next = { ...state, kayenta: series };
  const { looks } = settings.kayenta;
  if (state.looks % looks !== 0) {
    const rest = looks - (state.looks % looks);
    return {
      state: next,
      verdict: "continue",
      reason: "undecided",
      detail: `Kayenta's judge is asked in ${rest} looks`,
    };
  }
  const { score, results } = judge(requestOf(series, settings));
  const values = valuesOf(score, results);
  const said = results.map(({ name, classification }) => `${name} ${classification}`).join(", ");
  const detail = `score ${score.score}, ${score.classification}: ${said}`;
  if (score.classification === "Fail") return { state: next, verdict: "fail", reason: "judge_score", detail, values };
  return score.classification === "Pass"
    ? { state: next, verdict: "pass", reason: "not_worse", detail, values }
    : { state: next, verdict: "continue", reason: "undecided", detail, values };
}

const valuesOf = (score: CanaryJudgeResult["score"], results: CanaryJudgeResult["results"]) => ({
  score: score.score,
  classification: score.classification,
  ...Object.fromEntries(results.map(({ name, classification }) => [name, classification])),
});
