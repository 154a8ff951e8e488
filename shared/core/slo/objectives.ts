import { parseInstant } from "../kernel/instant.ts";
import { DAY_MS, type DurationMs, MINUTE_MS, parseDuration, SECOND_MS } from "../kernel/time.ts";
import { BOUNDS, type ObjectiveConfig, type RowConfig, type SloConfig } from "./config.ts";
import { daysOf, defaultRows, factorOf, grainOf, rowsForSlices, rowsOf } from "./rows.ts";
import {
  type Bound,
  type Budgeting,
  type BurnRow,
  type CloudWatchMetric,
  type Objective,
  type Operator,
  type Period,
  RATIO_SIGNALS,
  type RatioSignal,
  type Sli,
  type ValueSignal,
} from "./types.ts";

const MIN_EVENTS = 10;
/** Where a minute or a slice is an event: one alone pages nobody. */
const MIN_UNITS = 2;

const OPERATORS: Readonly<Record<(typeof BOUNDS)[number], Operator>> = {
  max: "lte",
  min: "gte",
  below: "lt",
  above: "gt",
};

/** Signals whose values are milliseconds; other times are seconds. */
const IN_MS: readonly string[] = ["latency"];

/** (100 − target) / 100 to twelve digits: 0.001 of 99.9, not 0.0009999999999999. */
export const allowedOf = (target: number): number => Number(((100 - target) / 100).toPrecision(12));

/** The first bound that is given; a duration counts in the unit of the signal, without one in seconds. */
export function boundOf(
  sli: { readonly [name in (typeof BOUNDS)[number]]?: number | string | undefined },
  signal = "",
): Bound {
  const name = BOUNDS.find((one) => sli[one] !== undefined) ?? "max";
  const written = sli[name] ?? 0;
  const unit = IN_MS.includes(signal) ? 1 : SECOND_MS;
  return { op: OPERATORS[name], value: typeof written === "number" ? written : (parseDuration(written) ?? 0) / unit };
}

type Metric = NonNullable<Extract<ObjectiveConfig["sli"], { cloudwatch: unknown }>["cloudwatch"]["value"]>;
const metricOf = ({ namespace, metric, dimensions, stat, region }: Metric): CloudWatchMetric => ({
  ...{ namespace, metric, dimensions, stat },
  ...(region === undefined ? {} : { region }),
});

function promqlSli(sli: Extract<ObjectiveConfig["sli"], { promql: unknown }>): Sli {
  const { bad, good, total, value, badShare, goodShare, per } = sli.promql;
  const share = badShare ?? goodShare;
  if (value !== undefined) return { kind: "threshold", source: "promql", value, bound: boundOf(sli) };
  if (share !== undefined)
    return { kind: "share", source: "promql", count: badShare === undefined ? "good" : "bad", share };
  const count = bad === undefined ? "good" : "bad";
  return { kind: "ratio", source: "promql", count, part: bad ?? good ?? "", total: total ?? "", per };
}

function cloudWatchSli(sli: Extract<ObjectiveConfig["sli"], { cloudwatch: unknown }>): Sli {
  const { bad, good, total, value, badShare, goodShare } = sli.cloudwatch;
  const share = badShare ?? goodShare;
  if (share) {
    const count = badShare === undefined ? "good" : "bad";
    return { kind: "share", source: "cloudwatch", count, share: metricOf(share) };
  }
  const part = bad ?? good;
  if (part && total) {
    const count = bad === undefined ? "good" : "bad";
    return { kind: "ratio", source: "cloudwatch", count, part: metricOf(part), total: metricOf(total) };
  }
  return { kind: "threshold", source: "cloudwatch", value: metricOf(value as Metric), bound: boundOf(sli) };
}

function sliOf(sli: ObjectiveConfig["sli"], service: string | undefined): Sli {
  if ("promql" in sli) return promqlSli(sli);
  if ("cloudwatch" in sli) return cloudWatchSli(sli);
  if ("composite" in sli)
    return {
      kind: "composite",
      of: Object.entries(sli.composite).map(([objective, weight]) => ({ objective, weight })),
    };
  const { signal, topic, group } = sli;
  const at = {
    of: sli.of ?? service ?? "",
    ...(topic === undefined ? {} : { topic }),
    ...(group === undefined ? {} : { group }),
  };
  if ((RATIO_SIGNALS as readonly string[]).includes(signal))
    return { kind: "ratio", source: "signal", count: "bad", signal: signal as RatioSignal, at };
  return { kind: "threshold", source: "signal", signal: signal as ValueSignal, at, bound: boundOf(sli, signal) };
}

export const periodOf = (window: string, zone: string | undefined): Period =>
  window === "month"
    ? { kind: "month", zone: zone ?? "UTC" }
    : { kind: "rolling", days: (parseDuration(window) ?? 30 * DAY_MS) / DAY_MS };

function budgetingOf({ budget, slice = MINUTE_MS, sliceTarget = 100 }: ObjectiveConfig): Budgeting {
  if (budget === "events") return { method: "events" };
  if (budget === "ratio_slices") return { method: "ratio_slices", sliceMs: slice };
  return { method: "slices", sliceMs: slice, allowed: allowedOf(sliceTarget) };
}

/** A short window that is not given: a twelfth of the long one, rounded up to the grain. */
export const shortOf = (longMs: DurationMs): DurationMs => Math.ceil(longMs / 12 / grainOf(longMs)) * grainOf(longMs);

function ownRows(written: readonly RowConfig[], period: Period): readonly BurnRow[] {
  const rows = written.map(({ severity, long, short, factor, share }) => ({
    ...{ severity, longMs: long, shortMs: short ?? shortOf(long) },
    factor: factor ?? factorOf(share ?? 0, daysOf(period), long),
  }));
  return rowsOf(rows, period);
}

/** What an objective is made of, once it is known where its events come from. OpenSLO documents end here as well. */
export interface Given {
  readonly name: string;
  readonly service?: string | undefined;
  readonly description?: string | undefined;
  readonly sli: Sli;
  readonly target: number;
  readonly period: Period;
  readonly budgeting: Budgeting;
  readonly minEvents?: number | undefined;
  readonly absentMs: DurationMs;
  /** Absent: the usual ones. */
  readonly rows?: readonly BurnRow[] | undefined;
  readonly dry?: Objective["dry"] | undefined;
  readonly holds: Objective["holds"];
  readonly file?: string | undefined;
}

/** An objective with every setting written out. */
export function objectiveOf(given: Given): Objective {
  const { name, service, description, sli, target, period, budgeting, absentMs, dry, holds, file } = given;
  const isTimed = sli.kind !== "ratio" || budgeting.method !== "events";
  const isWhole = budgeting.method === "slices" || (budgeting.method === "events" && sli.kind === "threshold");
  const rows = given.rows ?? defaultRows(period);
  return {
    name,
    ...(service === undefined ? {} : { service }),
    ...(description === undefined ? {} : { description }),
    ...{ sli, target, allowed: allowedOf(target), period, budgeting },
    minEvents: isWhole ? 1 : (given.minEvents ?? (isTimed ? MIN_UNITS : MIN_EVENTS)),
    minBad: isWhole ? (given.minEvents ?? MIN_UNITS) : 0,
    absentMs,
    rows: budgeting.method === "events" ? rows : rowsForSlices(rows, budgeting.sliceMs),
    ...(dry === undefined ? {} : { dry }),
    holds,
    ...(file === undefined ? {} : { file }),
  };
}

function dryOf(dry: ObjectiveConfig["dry"]): Objective["dry"] | undefined {
  if (typeof dry !== "string") return dry === true ? true : undefined;
  const until = parseInstant(dry)?.at;
  // `check` refuses what is no date; nobody is to be paged by a typing error meanwhile.
  return until === undefined ? true : { until };
}

/** The objectives of headgate.yaml, by name. */
export function objectivesOf(section: SloConfig): readonly Objective[] {
  return Object.entries(section.objectives).map(([name, config]) => {
    const { service, description, sli, target, window, zone, minEvents, absent, alerts, dry, holds } = config;
    const period = periodOf(window, zone);
    const rows = alerts === "default" ? undefined : alerts === "off" ? [] : ownRows(alerts, period);
    return objectiveOf({
      ...{ name, service, description, sli: sliOf(sli, service), target, period, budgeting: budgetingOf(config) },
      ...{ minEvents, absentMs: absent, rows, dry: dryOf(dry), holds },
    });
  });
}

/**
 * Parts before what is made of them; otherwise as given. Members of a cycle (`check` refuses them) come last, in any order.
 */
export function inOrder(objectives: readonly Objective[]): readonly Objective[] {
  const byName = new Map(objectives.map((one) => [one.name, one]));
  const done = new Set<Objective>();
  const visit = (one: Objective, above: readonly Objective[]): void => {
    if (done.has(one) || above.includes(one)) return;
    if (one.sli.kind === "composite")
      for (const { objective } of one.sli.of) {
        const part = byName.get(objective);
        if (part) visit(part, [...above, one]);
      }
    done.add(one);
  };
  for (const one of objectives) visit(one, []);
  return [...done];
}
