import type { Days } from "../backtest/days.ts";
import type { Measures } from "../backtest/measures.ts";
import { type LeanForecasts, leanCounting, leanForecasting, leanReplay } from "../forecast/lean.ts";
import type { PredictiveCandidate } from "./candidates.ts";
import { cut, type Stage, scoring } from "./play.ts";

/**
 * Plays candidates that share their forecasts over the days: forecasts are made once for each forecaster, counts once for each price of them, and what
 * is left is a replay of some milliseconds. A turn is a candidate with its measures, or undefined in between.
 */
export function* playPredictive(
  stage: Stage,
  days: Days,
  candidates: readonly PredictiveCandidate[],
): Generator<readonly [PredictiveCandidate, Measures] | undefined, void> {
  const { work, world } = cut(stage, days);
  const forecasts = new Map<string, LeanForecasts>();
  const counts = new Map<string, Int32Array>();
  for (const candidate of candidates) {
    const { policy, name } = candidate;
    const expected = yield* kept(forecasts, policy.forecaster, () =>
      leanForecasting(work, world, policy.forecaster, { config: stage.config }),
    );
    const price = `${policy.forecaster} ${policy.violation} ${policy.thrift}`;
    const wanted = yield* kept(counts, price, () => leanCounting(expected, policy));
    const { startDelay } = stage.config;
    const seen = {
      ...world,
      ...(stage.without ? { without: stage.without } : {}),
      ...(startDelay === undefined ? {} : { startDelay }),
    };
    const { measures } = yield* scoring(stage, days, name, () => leanReplay(expected, wanted, policy, seen));
    yield [candidate, measures];
  }
}

function* kept<T>(map: Map<string, T>, key: string, make: () => Generator<undefined, T>): Generator<undefined, T> {
  const before = map.get(key);
  if (before !== undefined) return before;
  const made = yield* make();
  map.set(key, made);
  return made;
}
