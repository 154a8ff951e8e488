import { type Labels, labelOf, labelsKey, METRIC_NAME } from "../kernel/labels.ts";
import { DAY_MS, type DurationMs, MINUTE_MS, type Millis } from "../kernel/time.ts";
import type { AlertTimes } from "./alert-state.ts";

/** Instants at which one alert's expression had it: the result of a range query over the rule's expression. */
export interface HeldSeries {
  readonly labels: Labels;
  /** Ascending; steps without a value are left out. */
  readonly points: readonly { readonly at: Millis }[];
}

export interface BacktestWindow {
  readonly from: Millis;
  readonly to: Millis;
  readonly stepMs: DurationMs;
}

/** One time an alert fired. */
export interface Firing {
  readonly labels: Labels;
  readonly activeAt: Millis;
  readonly firedAt: Millis;
  /** Absent: it still fires at the end. */
  readonly resolvedAt?: Millis;
  readonly lengthMs: DurationMs;
}

export interface BacktestCounts {
  readonly firings: number;
  readonly firingMs: DurationMs;
  readonly longestMs: DurationMs;
  /** Times it was pending and went away, so that nobody was told. */
  readonly pendingOnly: number;
  readonly firingsPerWeek: number;
  /** Still firing, or still pending, at the end. */
  readonly firingAtEnd: number;
  readonly pendingAtEnd: number;
}

export interface BacktestRow extends BacktestCounts {
  readonly forMs: DurationMs;
  /** The `for` of the rule itself. */
  readonly given: boolean;
  /** By value of the label, most firings first; "" for alerts without it. Only where a label was named. */
  readonly groups?: readonly (BacktestCounts & { readonly value: string })[];
}

export interface Backtest {
  /** Label sets the expression ever had. */
  readonly series: number;
  readonly rows: readonly BacktestRow[];
  /** With the given `for`, in order of time. */
  readonly firings: readonly Firing[];
}

/** The `for` values a rule is compared with: none, its own, and more patient ones. */
export function comparedFors(given: DurationMs): readonly DurationMs[] {
  const values =
    given === 0 ? [0, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS] : [0, given, 2 * given, 5 * given, 10 * given];
  return [...new Set(values)].sort((a, b) => a - b);
}

interface Life {
  readonly labels: Labels;
  readonly firings: readonly Firing[];
  readonly pendingOnly: number;
  readonly pendingAtEnd: number;
}

/** Series that differ in the metric's name alone are one alert, as the rule drops the name. */
function alertsOf(
  held: readonly HeldSeries[],
  { from, stepMs }: BacktestWindow,
): readonly { labels: Labels; steps: readonly number[] }[] {
  const byKey = new Map<string, { labels: Labels; steps: Set<number> }>();
  for (const { labels, points } of held) {
    const { [METRIC_NAME]: _, ...own } = labels;
    const key = labelsKey(own);
    const alert = byKey.get(key) ?? { labels: own, steps: new Set<number>() };
    byKey.set(key, alert);
    for (const { at } of points) alert.steps.add(Math.round((at - from) / stepMs));
  }
  return [...byKey.values()].map(({ labels, steps }) => ({ labels, steps: [...steps].sort((a, b) => a - b) }));
}

/** What one alert did, step by step over the steps at which it was there; equal to lookAtAlerts at every step of the window. */
function live(labels: Labels, steps: readonly number[], times: AlertTimes, window: BacktestWindow): Life {
  const { from, stepMs } = window;
  const last = Math.floor((window.to - from) / stepMs);
  const at = (step: number): Millis => from + step * stepMs;
  const firings: Firing[] = [];
  let pendingOnly = 0;
  let pendingAtEnd = 0;
  let active: number | undefined;
  let fired: number | undefined;
  let previous: number | undefined;
  const end = (resolved: number | undefined): void => {
    if (active === undefined) return;
    if (fired === undefined) {
      if (resolved === undefined) pendingAtEnd += 1;
      else pendingOnly += 1;
    } else {
      const firing = { labels, activeAt: at(active), firedAt: at(fired) };
      if (resolved === undefined) firings.push({ ...firing, lengthMs: window.to - at(fired) });
      else firings.push({ ...firing, resolvedAt: at(resolved), lengthMs: at(resolved) - at(fired) });
    }
    active = undefined;
    fired = undefined;
  };
  /** The step at which it is over if it was last there at `step`. */
  const over = (step: number): number =>
    step + 1 + (fired === undefined ? 0 : Math.ceil(times.keepFiringForMs / stepMs));
  for (const step of steps) {
    if (step < 0 || step > last) continue;
    if (previous !== undefined && active !== undefined && step > over(previous)) end(over(previous));
    active ??= step;
    if (fired === undefined && at(step) - at(active) >= times.forMs) fired = step;
    previous = step;
  }
  if (previous !== undefined && active !== undefined) {
    const gone = over(previous);
    end(gone <= last ? gone : undefined);
  }
  return { labels, firings, pendingOnly, pendingAtEnd };
}

function count(lives: readonly Life[], { from, to }: BacktestWindow): BacktestCounts {
  const firings = lives.flatMap((life) => life.firings);
  const weeks = Math.max(to - from, 1) / (7 * DAY_MS);
  return {
    firings: firings.length,
    firingMs: firings.reduce((sum, firing) => sum + firing.lengthMs, 0),
    longestMs: Math.max(0, ...firings.map((firing) => firing.lengthMs)),
    pendingOnly: lives.reduce((sum, life) => sum + life.pendingOnly, 0),
    firingsPerWeek: firings.length / weeks,
    firingAtEnd: firings.filter((firing) => firing.resolvedAt === undefined).length,
    pendingAtEnd: lives.reduce((sum, life) => sum + life.pendingAtEnd, 0),
  };
}

/**
 * How often a rule would have fired over a history, for how long, with which `for`: `held` is its expression over the window at every
 * step. An alert that was there already before `from` counts from `from` on.
 */
export function backtestRule(
  held: readonly HeldSeries[],
  window: BacktestWindow,
  times: AlertTimes,
  options: { readonly fors?: readonly DurationMs[]; readonly groupBy?: string } = {},
): Backtest {
  const alerts = alertsOf(held, window);
  const fors = [...new Set([...(options.fors ?? comparedFors(times.forMs)), times.forMs])].sort((a, b) => a - b);
  const { groupBy } = options;
  const livesWith = (forMs: DurationMs) =>
    alerts.map(({ labels, steps }) => live(labels, steps, { ...times, forMs }, window));
  return {
    series: alerts.length,
    rows: fors.map((forMs) => {
      const lives = livesWith(forMs);
      const row = { forMs, given: forMs === times.forMs, ...count(lives, window) };
      return groupBy === undefined ? row : { ...row, groups: grouped(lives, groupBy, window) };
    }),
    firings: livesWith(times.forMs)
      .flatMap((life) => life.firings)
      .sort((a, b) => a.firedAt - b.firedAt),
  };
}

function grouped(lives: readonly Life[], label: string, window: BacktestWindow): NonNullable<BacktestRow["groups"]> {
  const byValue = Map.groupBy(lives, (life) => labelOf(life.labels, label));
  return [...byValue]
    .map(([value, some]) => ({ value, ...count(some, window) }))
    .sort((a, b) => b.firings - a.firings || b.firingMs - a.firingMs || (a.value < b.value ? -1 : 1));
}
