import { METRIC_NAME } from "../kernel/labels.ts";
import type { EvalOptions } from "./promql/evaluate.ts";
import { evaluateRange } from "./promql/evaluate.ts";
import { memorySource, type WrittenSeries } from "./promql/memory-source.ts";
import { parsePromql } from "./promql/parse.ts";
import type { BacktestWindow, HeldSeries } from "./rules-backtest.ts";
import { type AlertingRule, isAlerting, type RuleGroup } from "./types.ts";

/** Steps that are evaluated at once. */
const CHUNK_STEPS = 10_000;

/**
 * When the expressions of alerting rules held over recorded samples: recording rules first, each group in its order, so that rules over
 * recorded series have something to look at.
 *
 * @throws HeadgateError `query.invalid` where an expression cannot be evaluated over the samples
 */
export function heldOver(
  recorded: readonly WrittenSeries[],
  groups: readonly RuleGroup[],
  wanted: readonly AlertingRule[],
  window: BacktestWindow,
  options: Pick<EvalOptions, "semantics" | "lookbackMs"> = {},
): readonly (readonly HeldSeries[])[] {
  let all = recorded;
  let source = memorySource(all);
  const range = (expr: string): WrittenSeries[] => {
    const parsed = parsePromql(expr);
    if (!parsed.ok) return [];
    const found = new Map<string, { labels: WrittenSeries["labels"]; points: { at: number; value: number }[] }>();
    const chunkMs = CHUNK_STEPS * window.stepMs;
    for (let from = window.from; from <= window.to; from += chunkMs) {
      const to = Math.min(window.to, from + chunkMs - window.stepMs);
      for (const { labels, points } of evaluateRange(parsed.expr, source, from, to, window.stepMs, options)) {
        const key = JSON.stringify(labels);
        const series = found.get(key) ?? { labels, points: [] };
        found.set(key, series);
        for (const point of points) series.points.push(point);
      }
    }
    return [...found.values()];
  };
  for (const rule of groups.flatMap((group) => group.rules)) {
    if (isAlerting(rule)) continue;
    const made = range(rule.expr).map(({ labels, points }) => ({
      labels: { ...labels, ...rule.labels, [METRIC_NAME]: rule.record },
      points,
    }));
    all = [...all, ...made];
    source = memorySource(all);
  }
  return wanted.map((rule) => range(rule.expr));
}
