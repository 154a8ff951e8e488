import type { Millis } from "../../kernel/time.ts";
import { foundOutlier, type OutlierVerdict, returnOutlier } from "./eject.ts";
import type { Finding } from "./judge.ts";
import { isEjected, type Outliers, type Tally } from "./state.ts";

/** When the next sweep is due. */
export const nextSweep = (outliers: Outliers): Millis => outliers.sweptAt + outliers.config.interval;

function turn(tally: Tally): void {
  const { all, good } = tally;
  tally.all = tally.lastAll.fill(0);
  tally.good = tally.lastGood.fill(0);
  tally.lastAll = all;
  tally.lastGood = good;
}

/** Mean and threshold of success rates in percent: mean − factor × standard deviation (of the whole population). */
export function successRateThreshold(
  rates: readonly number[],
  factor: number,
): { readonly mean: number; readonly stdev: number; readonly threshold: number } {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const stdev = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length);
  return { mean, stdev, threshold: mean - factor * stdev };
}

const percent = (value: number): string => `${Number(value.toFixed(1))} %`;

/** Success rate and failure percentage of the finished interval. The worst goes first: not all may be ejected. */
function judge(outliers: Outliers, tally: Tally, isLocal: boolean, at: Millis): OutlierVerdict[] {
  const { config, ids } = outliers;
  if (ids.length < config.successRateMinimumHosts && ids.length < config.failurePercentageMinimumHosts) return [];
  const measured: { index: number; rate: number; all: number }[] = [];
  for (let index = 0; index < ids.length; index += 1) {
    const all = tally.lastAll[index] ?? 0;
    if (all === 0 || isEjected(outliers, index)) continue;
    measured.push({ index, rate: ((tally.lastGood[index] ?? 0) * 100) / all, all });
  }
  measured.sort((a, b) => a.rate - b.rate || a.index - b.index);
  const verdicts: OutlierVerdict[] = [];
  const found = (index: number, finding: Finding, detail: string) => {
    const verdict = foundOutlier(outliers, index, finding, detail, at);
    if (verdict !== undefined) verdicts.push(verdict);
  };

  const rated = measured.filter(({ all }) => all >= config.successRateRequestVolume);
  if (rated.length > 0 && rated.length >= config.successRateMinimumHosts) {
    const { mean, threshold } = successRateThreshold(
      rated.map(({ rate }) => rate),
      config.successRateStdevFactor / 1000,
    );
    for (const { index, rate } of rated)
      if (rate < threshold)
        found(
          index,
          { reason: isLocal ? "success_rate_local_origin" : "success_rate", value: rate, limit: threshold },
          `its success rate was ${percent(rate)}, below ${percent(threshold)} (all hosts: ${percent(mean)})`,
        );
  }

  const counted = measured.filter(({ all }) => all >= config.failurePercentageRequestVolume);
  if (counted.length > 0 && counted.length >= config.failurePercentageMinimumHosts)
    for (const { index, rate } of counted)
      if (100 - rate >= config.failurePercentageThreshold)
        found(
          index,
          {
            reason: isLocal ? "failure_percentage_local_origin" : "failure_percentage",
            value: 100 - rate,
            limit: config.failurePercentageThreshold,
          },
          `${percent(100 - rate)} of its requests failed, the limit is ${percent(config.failurePercentageThreshold)}`,
        );
  return verdicts;
}

/**
 * The look at the end of each interval: hosts whose time is over return, the finished interval is judged, and hosts that were well for
 * an interval have their ejections in a row lowered by one. Does nothing before {@link nextSweep}. A process that was frozen for
 * several intervals makes one sweep, which lowers by as many.
 */
export function outlierSweep(outliers: Outliers, at: Millis): OutlierVerdict[] {
  const { config, times, until, returnedAt } = outliers;
  const since = at - outliers.sweptAt;
  if (since < config.interval) return [];
  const verdicts: OutlierVerdict[] = [];
  for (let index = 0; index < outliers.ids.length; index += 1) {
    if (!((until[index] ?? Number.NaN) <= at)) continue;
    const verdict = returnOutlier(outliers, index, at, "its ejection is over");
    if (verdict !== undefined) verdicts.push(verdict);
  }
  turn(outliers.external);
  turn(outliers.local);
  verdicts.push(...judge(outliers, outliers.external, false, at));
  if (config.splitLocalOrigin) verdicts.push(...judge(outliers, outliers.local, true, at));
  for (let index = 0; index < times.length; index += 1) {
    const left = times[index] ?? 0;
    if (left === 0 || isEjected(outliers, index)) continue;
    const well = Math.floor(Math.min(since, at - (returnedAt[index] ?? Number.NaN)) / config.interval);
    if (well > 0) times[index] = Math.max(0, left - well);
  }
  outliers.sweptAt = at;
  return verdicts;
}
