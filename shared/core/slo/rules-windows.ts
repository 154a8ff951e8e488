import { formatPromDuration } from "../kernel/prometheus-duration.ts";
import { type DurationMs, MINUTE_MS } from "../kernel/time.ts";
import { boundOfRow, least } from "./evaluate.ts";
import { type FileRule, groupsBy, range, selector } from "./rules-text.ts";
import type { BurnRow, Objective, Severity } from "./types.ts";

const grainText = (grainMs: DurationMs): string => formatPromDuration(grainMs);
const sumName = (of: "bad" | "total" | "known", windowMs: DurationMs): string =>
  `headgate_slo:${of}:sum_${formatPromDuration(windowMs)}`;

const rowsOfGrain = (objectives: readonly Objective[], grainMs: DurationMs): readonly BurnRow[] =>
  objectives.flatMap(({ rows }) => rows.filter((row) => row.grainMs === grainMs));

/** Sums over each window that a row of this grain has, of all objectives at once. */
export function windowRules(objectives: readonly Objective[], grainMs: DurationMs): readonly FileRule[] {
  const windows = new Set(rowsOfGrain(objectives, grainMs).flatMap(({ longMs, shortMs }) => [longMs, shortMs]));
  const grain = grainText(grainMs);
  const isMinutes = grainMs === MINUTE_MS;
  return [...windows]
    .sort((a, b) => a - b)
    .flatMap((windowMs): FileRule[] => {
      // Both grains may have a window of one length.
      const labels = { grain };
      return [
        {
          record: sumName("bad", windowMs),
          expr: `sum_over_time(headgate_slo:bad:${grain}${range(windowMs)})`,
          labels,
        },
        {
          record: sumName("total", windowMs),
          expr: `sum_over_time(headgate_slo:total:${grain}${range(windowMs)})`,
          labels,
        },
        {
          record: sumName("known", windowMs),
          expr: isMinutes
            ? `count_over_time(headgate_slo:total:1m${range(windowMs)})`
            : `sum_over_time(headgate_slo:known:5m${range(windowMs)})`,
          labels,
        },
      ];
    });
}

/**
 * The rows that fire, with the bad share of the long window: one rule for each row's name and severity, which tells objectives apart where windows,
 * bound or least events differ.
 */
export function fireRules(objectives: readonly Objective[], grainMs: DurationMs): readonly FileRule[] {
  const count = Math.max(0, ...objectives.map(({ rows }) => rows.length));
  const rules = new Map<string, FileRule>();
  for (let index = 0; index < count; index += 1) {
    const having = objectives.filter(({ rows }) => rows[index]?.grainMs === grainMs);
    const key = (one: Objective) => JSON.stringify([one.rows[index], one.allowed, one.minEvents, one.minBad]);
    for (const some of groupsBy(having, key)) {
      const rule = fireRule(some, objectives, index);
      const name = JSON.stringify(rule.labels);
      const before = rules.get(name);
      rules.set(name, before ? { ...before, expr: `${before.expr}\nor\n${rule.expr}` } : rule);
    }
  }
  return [...rules.values()];
}

function fireRule(some: readonly Objective[], all: readonly Objective[], index: number): FileRule {
  const objective = some[0] as Objective;
  const row = objective.rows[index] as BurnRow;
  const { longMs, shortMs, grainMs, name, severity } = row;
  const of = selector(some, all, [`grain="${grainText(grainMs)}"`]);
  const bound = boundOfRow(objective, row);
  const [bad, total, known] = (["bad", "total", "known"] as const).map((one) => `${sumName(one, longMs)}${of}`);
  const enough = objective.minBad > 0 ? ` and ${bad} >= ${least(objective.minBad)}` : "";
  const events = least(objective.minEvents);
  const long = `(${bad} / ${total} > ${bound} and ${total} >= ${events} and ${known} >= ${shortMs / MINUTE_MS}${enough})`;
  const shortTotal = sumName("total", shortMs);
  const short = `(${sumName("bad", shortMs)} / ${shortTotal} > ${bound} and ${shortTotal} >= ${events})`;
  const before = `last_over_time(headgate_slo:fires{row="${name}",severity="${severity}"}[${formatPromDuration(1.5 * grainMs)}])`;
  return {
    record: "headgate_slo:fires",
    expr: `sum without (grain) (${long} and ${short} or (${long} unless ${sumName("known", shortMs)} and on (slo) ${before}))`,
    labels: { row: name, severity },
  };
}

/** What is told of rows of a severity; in the group whose rows they usually are, evaluated with it. */
export const alertRules = (severity: Severity): readonly FileRule[] => [
  {
    alert: "SLOBurnRate",
    expr: `max without (row) (headgate_slo:fires{severity="${severity}"})`,
    labels: { severity },
    annotations: {
      summary: "{{ $labels.slo }}: {{ $value | humanizePercentage }} of events were bad, more than its objective bears",
    },
  },
];
