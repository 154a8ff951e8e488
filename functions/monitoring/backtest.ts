import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Labels, labelsKey } from "../../shared/core/kernel/labels.ts";
import { DAY_MS, type DurationMs, type Millis } from "../../shared/core/kernel/time.ts";
import { ruleId } from "../../shared/core/monitoring/rule-subject.ts";
import { backtestRule, type HeldSeries } from "../../shared/core/monitoring/rules-backtest.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { RuleBacktestView } from "../api/views-monitoring.ts";
import { groupPlans } from "./group-plan.ts";
import { queriesOf } from "./query.ts";

/** One range query has 11,000 at the most. */
const STEPS_PER_QUERY = 10_000;
/** A week at 15 s: more takes longer than a request may. */
const MOST_STEPS = 40_320;
const MOST_FIRINGS = 1_000;

export interface BacktestWanted {
  /** Id or subject. */
  readonly rule: string;
  readonly from?: Millis;
  readonly to?: Millis;
  /** Default: the rule's own interval. */
  readonly stepMs?: DurationMs;
  /** Values of `for` to compare with the rule's own. */
  readonly fors?: readonly DurationMs[];
  readonly groupBy?: string;
}

/**
 * How often a rule in force would have fired over what the source still has.
 *
 * @throws HeadgateError `rule.unknown`, `input.invalid` (the range), `query.unavailable`, `query.invalid`
 */
export async function ruleBacktestView(
  runtime: Runtime,
  tenant: string,
  wanted: BacktestWanted,
): Promise<RuleBacktestView> {
  const current = await currentConfig(runtime, tenant);
  const monitoring = current?.config.monitoring;
  const found = (monitoring ? groupPlans(monitoring) : [])
    .flatMap((plan) => plan.rules.map((rule) => ({ plan, rule })))
    .find(({ rule: { subject } }) => subject === wanted.rule || ruleId(subject) === wanted.rule);
  if (found?.rule.kind !== "alert") {
    throw new HeadgateError(
      "rule.unknown",
      `no alerting rule ${JSON.stringify(wanted.rule.slice(0, 200))} is configured`,
    );
  }
  const { plan, rule } = found;
  const to = wanted.to ?? Math.floor(runtime.now());
  const stepMs = wanted.stepMs ?? plan.intervalMs;
  const queries = await queriesOf(runtime, tenant);
  const from = Math.max(wanted.from ?? to - DAY_MS, queries.knownFrom?.() ?? Number.NEGATIVE_INFINITY);
  const steps = Math.floor((to - from) / stepMs) + 1;
  if (from >= to || steps > MOST_STEPS) {
    const allowed = `from before to, at most ${MOST_STEPS} steps between them`;
    throw new HeadgateError("input.invalid", `body: ${allowed}`, {
      faults: [{ path: from >= to ? "from" : "step", message: "is out of range", value: `${steps} steps`, allowed }],
    });
  }
  const window = { from, to, stepMs };
  const { held, warnings } = await historyOf(queries, rule.expr, window, plan.queryOffsetMs);
  const { rows, series, firings } = backtestRule(held, window, rule.config.rule, {
    ...(wanted.fors ? { fors: wanted.fors } : {}),
    ...(wanted.groupBy === undefined ? {} : { groupBy: wanted.groupBy }),
  });
  return {
    clock: clockOf(runtime),
    rule: ruleId(rule.subject),
    expr: rule.expr,
    source: queries.source,
    ...window,
    series,
    rows,
    firings: firings.slice(0, MOST_FIRINGS),
    warnings,
  };
}

async function historyOf(
  queries: Queries,
  expr: string,
  { from, to, stepMs }: { readonly from: Millis; readonly to: Millis; readonly stepMs: DurationMs },
  offsetMs: DurationMs,
): Promise<{ readonly held: readonly HeldSeries[]; readonly warnings: readonly string[] }> {
  const held = new Map<string, { readonly labels: Labels; readonly points: { readonly at: Millis }[] }>();
  const warnings = new Set<string>();
  for (let start = from; start <= to; start += STEPS_PER_QUERY * stepMs) {
    const end = Math.min(to, start + (STEPS_PER_QUERY - 1) * stepMs);
    const answer = await queries.range(expr, start - offsetMs, end - offsetMs, stepMs);
    for (const warning of answer.warnings) warnings.add(warning);
    for (const { labels, points } of answer.series) {
      const key = labelsKey(labels);
      const known = held.get(key) ?? { labels, points: [] };
      held.set(key, known);
      for (const { at } of points) known.points.push({ at: at + offsetMs });
    }
  }
  return { held: [...held.values()], warnings: [...warnings] };
}
