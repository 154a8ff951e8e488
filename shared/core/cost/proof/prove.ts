import { DAY_MS, HOUR_MS } from "../../kernel/time.ts";
import { type Day, startOf } from "../day.ts";
import { median } from "../forecast/spikes.ts";
import { studentQuantile } from "../forecast/student.ts";
import { type FittedShape, fitShape, type Row, type Shape } from "./models.ts";
import type { Proof, ProofAsk, ProofChange, ProofDay, ProofVerdict, Realised, SavingForm } from "./types.ts";

/** Closed days that are needed after a change: a week, so that each weekday was seen; and before it: two. */
export const NEEDED_AFTER = 7;
export const NEEDED_BEFORE = 14;
/** What is longer ago, or longer after, is another platform. */
const MOST_BEFORE = 56;
export const MOST_AFTER = 90;
/** A month of bills has 730 hours. */
export const DAYS_A_MONTH = (730 * HOUR_MS) / DAY_MS;
/** Share of proofs in which the truth lies inside the interval. */
const LEVEL = 0.9;
/** Within this of what was promised counts as kept, however sure one is. */
const CLOSE = 0.05;
/** Robust deviations, and share of the mean cost, beyond which a day is left out; at most a tenth of them. */
const BEYOND = 6;
const LEAST_OFF = 0.02;
const MOST_OFF = 0.1;
const TO_DEVIATION = 1.4826;
/** Weekdays are told apart from three weeks on. */
const WEEKDAYS_FROM = 21;
/** That weekdays differ by more as the cost grows can be told from six weeks on. */
const GROWING_FROM = 42;
const NEVER = ["no"] as const;
const MOST_LINGER = 0.8;
/** Share of the days that must have a load for it to be used. */
const MOST_LOADED = 0.8;

const serial = (day: Day): number => (startOf(day) as number) / DAY_MS;

const isOn = ({ applied, reverted }: ProofChange, day: Day): boolean =>
  day > applied && (reverted === undefined || day < reverted);
/** The day itself is partly with and partly without it. */
const isPartial = ({ applied, reverted }: ProofChange, day: Day): boolean => day === applied || day === reverted;

/**
 * What a change has saved: a regression over the days before and after it of what the cost goes by (load, weekday, trend) with the change as a
 * step. Which of these the cost goes by, and whether the step is an amount, a share or one per unit of load, nobody knows beforehand: all are tried and
 * count by how well they explain the days (Bayesian model averaging over BIC weights; Raftery 1995), so that the interval holds that doubt too.
 */
export function prove({ change, days, others = [] }: ProofAsk): Proof {
  const touching = others.filter((one) => one.id !== change.id);
  const whole = withLoad(days, change)
    .filter(({ day, cost }) => Number.isFinite(cost) && ![change, ...touching].some((one) => isPartial(one, day)))
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  const after = whole.filter(({ day }) => isOn(change, day)).slice(0, MOST_AFTER);
  const last = after.at(-1)?.day ?? change.applied;
  const earlier = whole.filter(({ day }) => day < change.applied).slice(-MOST_BEFORE);
  const later = whole.filter(({ day }) => change.reverted !== undefined && day > change.reverted).slice(0, MOST_BEFORE);
  const before = [...earlier, ...later];
  const counts = { before: before.length, after: after.length };
  const nothing = (verdict: ProofVerdict, needed: number): Proof => ({
    ...{ verdict, change: change.id, ...counts, needed, by: UNKNOWN, leftOut: [], sharedWith: [] },
  });
  // A change that was taken back gets no more days; what there is has to do.
  if (before.length < NEEDED_BEFORE) return nothing("no_baseline", NEEDED_BEFORE - before.length);
  if (after.length < NEEDED_AFTER)
    return change.reverted === undefined ? nothing("too_early", NEEDED_AFTER - after.length) : nothing("no_signal", 0);
  const used = [...before, ...after].sort((a, b) => (a.day < b.day ? -1 : 1));
  const { together, apart } = tellApart(change, touching, used);
  const found = average(used, [change, ...apart]);
  if (!found) return nothing("no_signal", 0);
  const share = shareOf(change, together);
  const realised = realisedOf(found, share, { from: after[0]?.day ?? last, to: last, days: after.length });
  const was = after.reduce((sum, { cost }) => sum + cost, 0) / after.length;
  return {
    verdict: verdictOf(realised, change.promisedPerMonth, was * DAYS_A_MONTH),
    change: change.id,
    ...counts,
    needed: 0,
    realised,
    ...(change.promisedPerMonth !== undefined && change.promisedPerMonth > 0
      ? { ofPromised: realised.perMonth / change.promisedPerMonth }
      : {}),
    by: found.by,
    wouldHaveBeen: was + found.saving / after.length,
    was,
    leftOut: found.leftOut,
    sharedWith: together.map(({ id }) => id),
  };
}

const UNKNOWN: Proof["by"] = { load: false, weekdays: false, trend: false, form: "amount" };

/** Where nearly all days have a load, the few without one are left out; where many have none, the load is. */
function withLoad(days: readonly ProofDay[], { applied }: ProofChange): readonly ProofDay[] {
  const known = days.filter(({ load }) => load !== undefined && Number.isFinite(load));
  const side = (all: readonly ProofDay[], isAfter: boolean) =>
    all.filter(({ day }) => day > applied === isAfter).length;
  const isMost = [false, true].every((isAfter) => side(known, isAfter) >= MOST_LOADED * side(days, isAfter));
  return isMost && known.length > 0 ? known : days.map(({ day, cost }) => ({ day, cost }));
}

/** Changes that were in force on the very same of these days cannot be told apart; the others can, as steps of their own. */
function tellApart(change: ProofChange, others: readonly ProofChange[], days: readonly ProofDay[]) {
  const pattern = (one: ProofChange): string => days.map(({ day }) => (isOn(one, day) ? "1" : "0")).join("");
  const own = pattern(change);
  const together = others.filter((one) => pattern(one) === own);
  const seen = new Set([own, "0".repeat(days.length), "1".repeat(days.length)]);
  const apart = others.filter((one) => {
    const is = pattern(one);
    return seen.has(is) ? false : Boolean(seen.add(is));
  });
  return { together, apart };
}

/** By what each promised; evenly where somebody promised nothing. */
function shareOf(change: ProofChange, together: readonly ProofChange[]): number {
  const promised = [change, ...together].map((one) => one.promisedPerMonth ?? 0);
  const total = promised.reduce((sum, one) => sum + one, 0);
  return promised.every((one) => one > 0) ? (promised[0] as number) / total : 1 / promised.length;
}

interface Found {
  readonly saving: number;
  readonly deviation: number;
  readonly freedom: number;
  readonly by: Proof["by"];
  readonly leftOut: readonly Day[];
}

function average(days: readonly ProofDay[], changes: readonly ProofChange[]): Found | undefined {
  const first = fitAll(days, changes);
  if (!first) return undefined;
  const off = farOff(days, first.best);
  const rest = off.size === 0 ? days : days.filter(({ day }) => !off.has(day));
  const again = off.size === 0 ? first : fitAll(rest, changes);
  if (!again) return undefined;
  // What was left out was a day of the change as well: it saves like the others.
  const on = (all: readonly ProofDay[]) => all.filter(({ day }) => isOn(changes[0] as ProofChange, day)).length;
  const more = on(days) / Math.max(1, on(rest));
  return { ...again, saving: again.saving * more, deviation: again.deviation * more, leftOut: [...off] };
}

function fitAll(days: readonly ProofDay[], changes: readonly ProofChange[]) {
  const size = days.reduce((sum, { cost }) => sum + Math.abs(cost), 0) / days.length;
  if (!(size > 0)) return undefined;
  const loads = days.flatMap(({ load }) => (load === undefined || !Number.isFinite(load) ? [] : [load]));
  const meanLoad = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const hasLoad = loads.length === days.length && meanLoad > 0 && loads.some((load) => load !== loads[0]);
  const [from, to] = [serial(days[0]?.day ?? ""), serial(days.at(-1)?.day ?? "")];
  const rows = days.map(
    ({ day, cost, load }): Row => ({
      y: cost / size,
      ...(hasLoad ? { load: (load as number) / meanLoad } : {}),
      weekday: ((serial(day) % 7) + 7) % 7,
      time: (serial(day) - from) / Math.max(1, to - from) - 0.5,
      on: changes.map((change) => isOn(change, day)),
    }),
  );
  const positive = rows.every(({ y, load }) => y > 0 && (load === undefined || load > 0));
  const weekly = rows.length >= WEEKDAYS_FROM && new Set(rows.map(({ weekday }) => weekday)).size === 7;
  const fits = shapes({ hasLoad, weekly, positive, rows: rows.length, others: changes.length > 1 }).flatMap(
    (shape) => fitShape(rows, shape) ?? [],
  );
  const best = fits.reduce<FittedShape | undefined>((a, b) => (a && a.evidence >= b.evidence ? a : b), undefined);
  if (!best) return undefined;
  const weights = fits.map(({ evidence }) => Math.exp(evidence - best.evidence));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (pick: (fit: FittedShape) => number): number =>
    fits.reduce((sum, fit, at) => sum + ((weights[at] as number) / total) * pick(fit), 0);
  const saving = mean((fit) => fit.saving);
  const linger = lingerOf(best.residuals);
  const variance = mean((fit) => ((1 + linger) / (1 - linger)) * fit.variance + (fit.saving - saving) ** 2);
  const { load, weekdays, trend, form } = best.shape;
  return {
    saving: saving * size,
    deviation: Math.sqrt(variance) * size,
    freedom: best.freedom,
    by: { load, weekdays: weekdays !== "no", trend, form },
    leftOut: [] as readonly Day[],
    best,
  };
}

function shapes(may: {
  readonly hasLoad: boolean;
  readonly weekly: boolean;
  readonly positive: boolean;
  readonly rows: number;
  readonly others: boolean;
}): readonly Shape[] {
  const either = (is: boolean): readonly boolean[] => (is ? [false, true] : [false]);
  const weeks = may.weekly
    ? (["no", "same", ...(may.rows >= GROWING_FROM ? (["growing"] as const) : [])] as const)
    : NEVER;
  return either(may.hasLoad).flatMap((load) =>
    weeks.flatMap((weekdays) =>
      either(true).flatMap((trend): readonly Shape[] => {
        if (weekdays === "growing" && !trend) return [];
        const forms: readonly SavingForm[] = load ? ["amount", "share", "per_load"] : ["amount", "share"];
        const plain = forms.flatMap((form) =>
          (may.others ? forms : [form]).map((otherForm) => ({ load, weekdays, trend, form, otherForm, log: false })),
        );
        const log = { load, weekdays, trend, form: "share" as const, otherForm: "share" as const, log: true };
        return may.positive ? [...plain, log] : plain;
      }),
    ),
  );
}

/** How much of a day's deviation is still there on the next: days that hang together tell less than so many of their own. */
function lingerOf(residuals: readonly number[]): number {
  let [both, own] = [0, 0];
  residuals.forEach((value, at) => {
    own += value * value;
    if (at > 0) both += value * (residuals[at - 1] as number);
  });
  return own > 0 ? Math.max(0, Math.min(MOST_LINGER, both / own)) : 0;
}

/** Days that no explanation fits: an incident or a purchase must not be taken for the change. */
function farOff(days: readonly ProofDay[], { residuals, shape }: FittedShape): ReadonlySet<Day> {
  const deviation = TO_DEVIATION * median(residuals.map(Math.abs));
  const size = days.reduce((sum, { cost }) => sum + Math.abs(cost), 0) / days.length;
  const share = (at: number): number => (shape.log ? 1 : size / Math.max(size / 10, Math.abs(days[at]?.cost ?? size)));
  const far = residuals.flatMap((value, at) =>
    Math.abs(value) > BEYOND * deviation && Math.abs(value) * share(at) > LEAST_OFF
      ? [{ at, value: Math.abs(value) }]
      : [],
  );
  if (far.length > MOST_OFF * days.length) return new Set();
  return new Set(far.map(({ at }) => days[at]?.day ?? ""));
}

function realisedOf(
  { saving, deviation, freedom }: Found,
  share: number,
  { from, to, days }: Pick<Realised, "from" | "to" | "days">,
): Realised {
  const reach = studentQuantile((1 + LEVEL) / 2, freedom) * deviation * share;
  const soFar = saving * share;
  const month = DAYS_A_MONTH / days;
  return {
    perMonth: soFar * month,
    low: (soFar - reach) * month,
    high: (soFar + reach) * month,
    ...{ soFar, soFarLow: soFar - reach, soFarHigh: soFar + reach, from, to, days },
  };
}

function verdictOf({ perMonth, low, high }: Realised, promised: number | undefined, cost: number): ProofVerdict {
  if (low <= 0) {
    // Zero lies inside. It is none where a saving worth speaking of does not.
    const worth = promised !== undefined && promised > 0 ? promised / 2 : cost / 50;
    return high < worth ? "none" : "no_signal";
  }
  if (promised === undefined || !(promised > 0)) return "saved";
  if (Math.abs(perMonth / promised - 1) <= CLOSE || (low <= promised && promised <= high)) return "met";
  return perMonth > promised ? "exceeded" : "short";
}
