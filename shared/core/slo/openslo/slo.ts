import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../kernel/time.ts";
import { isTimezone } from "../../kernel/timezone.ts";
import { allowedOf, objectiveOf } from "../objectives.ts";
import type { Budgeting, Objective, Period, Sli } from "../types.ts";
import { type Context, fault, referred, shorthand, warn, within } from "./context.ts";
import { sliOf } from "./indicator.ts";
import { rowsByPolicies } from "./policies.ts";
import type { Spec, WrittenObjective } from "./shapes.ts";

const ABSENT_MS = 15 * MINUTE_MS;

/** Whose objectives are read. */
export interface Named {
  readonly name: string;
  readonly displayName?: string | undefined;
  readonly file: string;
}

type Slo = NonNullable<Spec<"SLO">>;

/** The objectives of one SLO: one by its name, several as `name-1`, `name-2` …; weighed ones also as a composite by its name. */
export function objectivesOfSlo(context: Context, named: Named, spec: Slo): readonly Objective[] {
  const { objectives = [] } = spec;
  const period = periodOf(within(context, "timeWindow"), spec.timeWindow ?? []);
  if (objectives.length === 0)
    return fault(within(context, "objectives"), "an SLO has objectives", "one or more") ?? [];
  const weights = objectives.map(({ compositeWeight }) => compositeWeight);
  const isComposite = weights.some((weight) => weight !== undefined);
  const isAlone = objectives.length === 1 && !isComposite;
  if (!period) return [];
  const read = objectives.flatMap((objective, index): readonly Objective[] => {
    const at = within(context, "objectives", index);
    const name = isAlone ? named.name : `${named.name}-${index + 1}`;
    return (
      oneOf(
        at,
        { ...named, name, displayName: objective.displayName ?? named.displayName },
        spec,
        objective,
        period,
        context,
      ) ?? []
    );
  });
  if (!isComposite || read.length !== objectives.length) return read;
  if (!weights.every((weight) => weight !== undefined && weight > 0))
    return (
      fault(
        within(context, "objectives"),
        "of a composite each objective has its weight",
        "compositeWeight above 0 at each",
      ) ?? []
    );
  return [...read, composite(context, named, spec, read, weights as readonly number[], period)];
}

/** Its target is the weighed mean of theirs, as its bad events are of theirs. */
function composite(
  context: Context,
  { name, file }: Named,
  spec: Slo,
  parts: readonly Objective[],
  weights: readonly number[],
  period: Period,
): Objective {
  const sum = weights.reduce((a, b) => a + b, 0);
  const target = parts.reduce((total, part, index) => total + part.target * (weights[index] as number), 0) / sum;
  const sli: Sli = {
    kind: "composite",
    of: parts.map((part, index) => ({ objective: part.name, weight: weights[index] as number })),
  };
  return objectiveOf({
    ...{ name, file, service: spec.service, description: spec.description, sli, period },
    target: Number(target.toPrecision(12)),
    ...{ budgeting: { method: "events" }, absentMs: ABSENT_MS },
    rows: rowsByPolicies(within(context, "alertPolicies"), spec.alertPolicies ?? [], period),
    holds: { delivery: false, scaleIn: false },
  });
}

function oneOf(
  at: Context,
  { name, displayName, file }: Named,
  spec: Slo,
  objective: WrittenObjective,
  period: Period,
  context: Context,
): readonly Objective[] | undefined {
  const target = targetOf(at, objective);
  const budgeting = budgetingOf(at, spec.budgetingMethod, objective, context);
  const sli = indicatorOf(at, spec, objective, context);
  if (target === undefined || !budgeting || !sli) return undefined;
  // Of weighed parts the composite alerts, they do not.
  const rows =
    objective.compositeWeight === undefined
      ? rowsByPolicies(within(context, "alertPolicies"), spec.alertPolicies ?? [], period)
      : [];
  return [
    objectiveOf({
      ...{
        name,
        file,
        service: spec.service,
        description: spec.description ?? displayName,
        sli,
        target,
        period,
        budgeting,
      },
      ...{ absentMs: ABSENT_MS, rows, holds: { delivery: false, scaleIn: false } },
    }),
  ];
}

function indicatorOf(at: Context, spec: Slo, objective: WrittenObjective, context: Context): Sli | undefined {
  const isOwn = objective.indicator !== undefined || objective.indicatorRef !== undefined;
  const [where, { indicator, indicatorRef }] = isOwn ? [at, objective] : [context, spec];
  if ((indicator === undefined) === (indicatorRef === undefined))
    return fault(where, "an objective has one indicator", "indicator or indicatorRef");
  if (indicatorRef !== undefined) {
    const found = referred(within(where, "indicatorRef"), "SLI", indicatorRef);
    return found && sliOf(within(where, "indicatorRef"), found, at, objective);
  }
  return sliOf(within(where, "indicator", "spec"), indicator?.spec ?? {}, at, objective);
}

const TARGET = "above 0 and below 1 (targetPercent: below 100); at 100 % there is no budget";

/** Percent. */
function targetOf(at: Context, { target, targetPercent }: WrittenObjective): number | undefined {
  if ((target === undefined) === (targetPercent === undefined))
    return fault(at, "an objective has one target", "target or targetPercent");
  const percent = targetPercent ?? Number((100 * (target ?? 0)).toPrecision(12));
  if (percent > 0 && percent < 100) return percent;
  return fault(
    within(at, target === undefined ? "targetPercent" : "target"),
    "no such target",
    TARGET,
    target ?? targetPercent,
  );
}

const METHODS = "Occurrences, Timeslices or RatioTimeslices";

function budgetingOf(
  at: Context,
  method: string | undefined,
  { timeSliceTarget, timeSliceWindow }: WrittenObjective,
  context: Context,
): Budgeting | undefined {
  if (method === "Occurrences") return { method: "events" };
  if (method !== "Timeslices" && method !== "RatioTimeslices")
    return fault(within(context, "budgetingMethod"), "no such method", METHODS, method);
  const written = timeSliceWindow ?? "";
  const sliceMs = /^\d+$/.test(written) ? Number(written) * MINUTE_MS : shorthand(written);
  if (sliceMs === undefined || sliceMs < MINUTE_MS || sliceMs > HOUR_MS)
    return fault(
      within(at, "timeSliceWindow"),
      "the length of a slice",
      "1m to 1h; a bare number counts minutes",
      timeSliceWindow,
    );
  if (method === "RatioTimeslices") return { method: "ratio_slices", sliceMs };
  if (timeSliceTarget === undefined || !(timeSliceTarget > 0 && timeSliceTarget <= 1))
    return fault(
      within(at, "timeSliceTarget"),
      "the share of good events of a good slice",
      "above 0, up to 1",
      timeSliceTarget,
    );
  return { method: "slices", sliceMs, allowed: allowedOf(Number((100 * timeSliceTarget).toPrecision(12))) };
}

const ROLLING = "1d to 90d in whole days, such as 28d, 4w, 1M (30 d) or 1Q (90 d)";

function periodOf(context: Context, windows: NonNullable<Slo["timeWindow"]>): Period | undefined {
  const [window, second] = windows;
  if (second) return fault(within(context, 1), "a second time window", "exactly one");
  if (!window) {
    warn(context, "no time window is given: 30 days, rolling");
    return { kind: "rolling", days: 30 };
  }
  const { duration = "", calendar } = window;
  const at = within(context, 0);
  if (!calendar || window.isRolling === true) {
    const days = (shorthand(duration) ?? 0) / DAY_MS;
    if (!Number.isInteger(days) || days < 1 || days > 90)
      return fault(within(at, "duration"), "no such rolling window", ROLLING, duration);
    if (/[MQ]$/.test(duration)) warn(within(at, "duration"), `${duration} is taken for ${days} days`);
    return { kind: "rolling", days };
  }
  if (duration !== "1M") return fault(within(at, "duration"), "calendar windows are months", "1M", duration);
  const { startTime, timeZone = "UTC" } = calendar;
  if (!isTimezone(timeZone))
    return fault(
      within(at, "calendar", "timeZone"),
      "no such time zone",
      "an IANA name such as Europe/Berlin",
      timeZone,
    );
  if (startTime !== undefined && !/^\d{4}-\d{2}-01([T ]00:00(:00)?)?/.test(startTime))
    warn(within(at, "calendar", "startTime"), "months begin at local midnight of the first");
  return { kind: "month", zone: timeZone };
}
