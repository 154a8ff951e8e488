import { type ApartNoise, NO_DIFFERENCE, withDifference } from "./apart.ts";
import { type BaselineNoise, baselineLogs, beginBaseline, withTick } from "./baseline.ts";
import { type Belief, beliefOf, believed, logPriors } from "./belief.ts";
import { METRIC_WEIGHT, NOISES } from "./constants.ts";
import { countOf, METRICS } from "./counts.ts";
import { overdispersion, type Split } from "./odds.ts";
import { type Evidences, eValues, noEvidence, withLook } from "./tests.ts";
import type { ArmCounts, GateMetric, HistoryTick } from "./types.ts";
import { slowing } from "./wander.ts";

/** What is told of a metric after a look. */
export interface MetricFigures {
  readonly eValue: number;
  readonly passLog: number;
  readonly tau2: number;
  readonly phi: number;
  readonly kappa: number;
  /** What the baseline alone shows of its noise: a fault drives the arms apart, and is no noise that would hide it. */
  readonly sight: { readonly tau2: number; readonly kappa: number };
}

export interface MetricState {
  /** Looks in which both arms counted it. */
  readonly looks: number;
  readonly cleared: boolean;
  readonly baseline: BaselineNoise;
  readonly apart: ApartNoise;
  readonly evidences: Evidences;
  readonly figures: MetricFigures;
}

/** The sequential test between two looks. Plain JSON. */
export interface SequentialState {
  readonly history: number;
  readonly joint: number;
  readonly errors: MetricState;
  readonly slow: MetricState;
}

export interface SequentialLimits {
  readonly passRatio: Readonly<Record<GateMetric, number>>;
  /** Log evidence at which a metric is cleared. */
  readonly passLimit: number;
}

const NOTHING: MetricFigures = { eValue: 1, passLog: 0, tau2: 0, phi: 1, kappa: 1, sight: { tau2: 0, kappa: 1 } };
/** exp of more than this is told as this: it is far beyond every limit. */
const MOST_LOG = 50;

/** The state before the first look. */
export function beginSequential(history: readonly HistoryTick[]): SequentialState {
  const of = (metric: GateMetric): MetricState => {
    const ticks = history.filter((tick) => tick.requests > 0 && countOf(tick, metric) !== undefined);
    const baseline = beginBaseline(
      ticks.map((tick) => countOf(tick, metric) ?? 0),
      ticks.map((tick) => tick.requests),
    );
    const evidences = noEvidence(metric);
    return { looks: 0, cleared: false, baseline, apart: NO_DIFFERENCE, evidences, figures: NOTHING };
  };
  return { history: history.length, joint: 1, errors: of("errors"), slow: of("slow") };
}

/** One look at both arms, each with requests. */
export function lookSequential(
  state: SequentialState,
  canary: ArmCounts,
  baseline: ArmCounts,
  limits: SequentialLimits,
): SequentialState {
  const q = canary.requests / (canary.requests + baseline.requests);
  const splits: Partial<Record<GateMetric, Split>> = {};
  const weighed: Partial<Record<GateMetric, MetricState>> = {};
  for (const metric of METRICS) {
    const c = countOf(canary, metric);
    const b = countOf(baseline, metric);
    if (c === undefined || b === undefined) continue;
    const was = state[metric];
    const split = { c, b, q };
    splits[metric] = split;
    weighed[metric] = {
      ...was,
      looks: was.looks + 1,
      apart: withDifference(was.apart, split, was.looks === 0),
      evidences: withLook(was.evidences, metric, split, was.looks + 1, limits.passRatio[metric]),
    };
  }
  const next = { ...state, ...weighed };
  const counted = METRICS.filter((metric) => next[metric].looks > 0);
  const priors = logPriors(state.history);
  const logs = counted.map((metric) => ({
    baseline: baselineLogs(next[metric].baseline),
    apart: next[metric].apart.logs,
  }));
  const belief = beliefOf(priors, logs);
  const alone = beliefOf(
    priors,
    logs.map((one) => ({ ...one, apart: NO_DIFFERENCE.logs })),
  );
  let joint = 0;
  let weights = 0;
  const told: Partial<Record<GateMetric, MetricState>> = {};
  for (const [at, metric] of counted.entries()) {
    const one = next[metric];
    const figures = figuresOf(one, metric, { belief, alone }, at, splits[metric]);
    joint += METRIC_WEIGHT[metric] * figures.eValue;
    weights += METRIC_WEIGHT[metric];
    const b = splits[metric]?.b;
    told[metric] = {
      ...one,
      cleared: one.cleared || figures.passLog >= limits.passLimit,
      baseline: b === undefined ? one.baseline : withTick(one.baseline, b, baseline.requests),
      figures,
    };
  }
  return { ...next, ...told, joint: weights > 0 ? joint / weights : 1 };
}

function figuresOf(
  one: MetricState,
  metric: GateMetric,
  { belief, alone }: { readonly belief: Belief; readonly alone: Belief },
  at: number,
  split: Split | undefined,
): MetricFigures {
  const eValue = believed(belief, at, eValues(one.evidences, metric, one.looks));
  const passed = believed(
    belief,
    at,
    one.evidences.pass.map((log) => Math.exp(Math.min(MOST_LOG, log))),
  );
  const passLog = Math.log(Math.max(passed, Number.MIN_VALUE));
  if (split === undefined) return { ...one.figures, eValue, passLog };
  const { c, b, q } = split;
  const taus = NOISES.map(({ tau }) => tau * tau);
  const phis = taus.map((tau2) => overdispersion(c + b, q, tau2));
  const slows = phis.map((phi, index) => slowing(index, phi - 1));
  const of = (by: Belief) => {
    const phi = believed(by, at, phis);
    return { tau2: believed(by, at, taus), phi, kappa: believed(by, at, slows) / phi };
  };
  const { tau2, kappa } = of(alone);
  return { eValue, passLog, ...of(belief), sight: { tau2, kappa } };
}
