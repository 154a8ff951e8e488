import type { Days } from "../backtest/days.ts";
import type { Measures } from "../backtest/measures.ts";
import { type LeanForecasts, leanCounts, leanForecasts, leanReplay } from "../forecast/lean.ts";
import type { PredictiveCandidate } from "./candidates.ts";
import { cut, type Stage, score } from "./play.ts";

/**
 * Plays candidates that share their forecasts over the days, one for each turn: forecasts are made once for each forecaster, counts once for each price
 * of them, and what is left is a replay of some milliseconds.
 */
export function* playPredictive(
  stage: Stage,
  days: Days,
  candidates: readonly PredictiveCandidate[],
): Generator<readonly [PredictiveCandidate, Measures]> {
  const { work, world } = cut(stage, days);
  const forecasts = new Map<string, LeanForecasts>();
  const counts = new Map<string, Int32Array>();
  for (const candidate of candidates) {
    const { policy, name } = candidate;
    const expected = kept(forecasts, policy.forecaster, () =>
      leanForecasts(work, world, policy.forecaster, { config: stage.config }),
    );
    const price = `${policy.forecaster} ${policy.violation} ${policy.thrift}`;
    const wanted = kept(counts, price, () => leanCounts(expected, policy));
    yield [candidate, score(stage, days, name, () => leanReplay(expected, wanted, policy, world)).measures];
  }
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = make();
  map.set(key, made);
  return made;
}
