import { countOf, METRICS } from "./counts.ts";
import { limitOf, passRatios } from "./limits.ts";
import type { MetricState } from "./sequential.ts";
import type { GateSettings } from "./settings.ts";
import type { GateState, Tallies } from "./state.ts";
import type { GateEvidence, GateMetric, GateTick, MetricEvidence } from "./types.ts";
import { smallestVisible } from "./visible.ts";

/** Two-sided 95 % of a normal. */
const INTERVAL = 1.96;

/** Metrics that both arms have counted at least once. */
const countedOf = (tallies: Tallies): readonly GateMetric[] =>
  METRICS.filter((metric) => tallies[metric] !== undefined);

/** What both arms counted, with one more tick in which both had data. */
export function tallied(was: Tallies, { canary, baseline }: GateTick): Tallies {
  let next: Tallies = was;
  for (const metric of METRICS) {
    const c = countOf(canary, metric);
    const b = countOf(baseline, metric);
    if (c === undefined || b === undefined) continue;
    const old = was[metric];
    next = {
      ...next,
      [metric]: {
        canary: {
          count: (old?.canary.count ?? 0) + c,
          requests: (old?.canary.requests ?? 0) + (canary?.requests ?? 0),
        },
        baseline: {
          count: (old?.baseline.count ?? 0) + b,
          requests: (old?.baseline.requests ?? 0) + (baseline?.requests ?? 0),
        },
      },
    };
  }
  return next;
}

/** The smallest ratio of a metric visible at the traffic so far within the planned looks; undefined: none. */
function visibleOf(settings: GateSettings, state: GateState, metric: GateMetric): number | undefined {
  const tally = state.tallies[metric];
  const known = state.sequential?.[metric];
  if (tally === undefined || known === undefined || known.looks === 0) return undefined;
  const { x, n } = known.baseline;
  const { tau2, kappa } = known.figures.sight;
  const sight = {
    metric,
    canary: tally.canary.requests / known.looks,
    baseline: tally.baseline.requests / known.looks,
    rate: n > 0 ? x / n : 0,
    tau2,
    kappa,
    limit: 1 / settings.alpha,
    shared: countedOf(state.tallies).length > 1,
  };
  return smallestVisible(sight, settings.ticks);
}

function metricEvidence(
  settings: GateSettings,
  state: GateState,
  metric: GateMetric,
  known: MetricState,
): MetricEvidence {
  const { eValue, passLog, tau2, phi, kappa } = known.figures;
  const tally = state.tallies[metric];
  const { canary, baseline } = tally ?? { canary: { count: 0, requests: 0 }, baseline: { count: 0, requests: 0 } };
  const visibleRatio = visibleOf(settings, state, metric);
  const of = {
    metric,
    eValue,
    passLog,
    passLimit: Math.log(1 / settings.alpha),
    passRatio: passRatios(settings)[metric],
    cleared: known.cleared,
    canary,
    baseline,
    tau2,
    phi,
    ...(visibleRatio === undefined ? {} : { visibleRatio }),
  };
  if (canary.count === 0 || baseline.count === 0) return of;
  const ratio = canary.count / canary.requests / (baseline.count / baseline.requests);
  const spread = phi * kappa * (1 / canary.count + 1 / baseline.count);
  const width = Math.exp(INTERVAL * Math.sqrt(spread));
  return { ...of, ratio, ratioLow: ratio / width, ratioHigh: ratio * width };
}

/** Everything that is known of a release after a tick. */
export function evidenceOf(
  settings: GateSettings,
  state: GateState,
  values?: Readonly<Record<string, number | string | null>>,
): GateEvidence {
  const { looks, ticks, decided, sequential, tallies, history } = state;
  const missing = ticks - looks;
  const common = {
    rule: settings.rule,
    tick: looks,
    ...(decided === undefined ? {} : { decidedTick: decided.tick, decidedT: decided.t }),
    ...(values === undefined ? {} : { values }),
    ...(missing > 0 ? { missing: { ticks: missing, share: missing / ticks } } : {}),
  };
  if (sequential === undefined) return common;
  const counted = countedOf(tallies);
  return {
    ...common,
    joint: sequential.joint,
    limit: limitOf(settings, looks),
    alpha: settings.alpha,
    kappa: sequential.errors.figures.kappa,
    historyTicks: history,
    metrics: counted.flatMap((metric) => {
      const known = sequential[metric];
      return known.looks === 0 ? [] : [metricEvidence(settings, state, metric, known)];
    }),
    visibleRatio: visibleOf(settings, state, "errors") ?? null,
  };
}
