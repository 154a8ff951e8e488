import {
  byJ,
  type Compared,
  comparing,
  everyPolicy,
  type Named,
} from "../../shared/core/autoscaling/backtest/compare.ts";
import { type Days, daysIn, halves, minutesOf, parseDays } from "../../shared/core/autoscaling/backtest/days.ts";
import { finished } from "../../shared/core/autoscaling/backtest/turns.ts";
import { freezing } from "../../shared/core/autoscaling/tune/frozen.ts";
import { playing } from "../../shared/core/autoscaling/tune/play.ts";
import { type TuneOptions as Tuning, tuneDays, tuning } from "../../shared/core/autoscaling/tune/tune.ts";
import type { Tuned } from "../../shared/core/autoscaling/tune/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { CompareView, LabView, PlayedView, TuneView } from "../api/views-autoscaling-tune.ts";
import { policyOf } from "./backtest.ts";
import { seriesView } from "./lab-series.ts";
import { gently, inTime, tooLong } from "./patience.ts";
import { moneyView, type PlayedLoad, type PlayOptions, type Ready, ready } from "./played.ts";

export type { PlayedLoad, PlayOptions } from "./played.ts";

export interface CompareOptions extends PlayOptions {
  /** Built-in names, policies as in headgate.yaml, or whole autoscaling sections; or such with a name. Default: every built-in one. */
  readonly policies?: readonly unknown[];
  /** Days that are scored, such as "9-14". Default: the second half of the days after the warm-up. */
  readonly days?: string | undefined;
}
export interface TuneOptions extends PlayOptions {
  /** Days that it is picked on, and days that the choice is scored on. Default: the days after the warm-up in two halves. */
  readonly train?: string | undefined;
  readonly score?: string | undefined;
  /** Default 63. */
  readonly actionsPerDay?: number | undefined;
  /** Names of the metrics in what is picked. */
  readonly signals?: Tuning["signals"];
}
export interface LabOptions extends PlayOptions {
  /** Days that are played and shown. Default: all. */
  readonly days?: string | undefined;
  readonly name?: string | undefined;
}

/**
 * One load under several policies, the lowest J first. `elapsedMs` is real time.
 *
 * @throws HeadgateError `trace.invalid`, `input.invalid`
 */
export function runCompare(given: PlayedLoad, options: CompareOptions = {}): CompareView {
  const started = performance.now();
  const { one, days, policies } = compared(given, options);
  const rows = policies.map((policy) => finished(comparing(one.stage, policy, days, options.objective)));
  return compareView(one, days, rows, options, started);
}

/**
 * As {@link runCompare}, with pauses in which others can work; policies that are not done within the time are left out, and named in `notes`.
 *
 * @throws HeadgateError `trace.invalid`, `input.invalid`; `input.too_large` where there was no time for any
 */
export async function runCompareGently(given: PlayedLoad, options: CompareOptions = {}): Promise<CompareView> {
  const started = performance.now();
  const { patience } = options;
  const { one, days, policies } = compared(given, options);
  const rows: Compared[] = [];
  const late: string[] = [];
  for (const policy of policies) {
    const turns = comparing(one.stage, policy, days, options.objective);
    const row = patience ? await gently(turns, patience.over) : await gently(turns);
    if (row) rows.push(row);
    else late.push(policy.name);
  }
  if (patience && rows.length === 0) throw tooLong(patience);
  const note = `not played, because the time was up: ${late.join(", ")}; ask for fewer policies or days`;
  return compareView(one, days, rows, options, started, late.length === 0 ? [] : [note]);
}

function compared(given: PlayedLoad, options: CompareOptions) {
  const one = ready(given, options);
  const minutes = one.stage.work.arrivals.length;
  const days = options.days === undefined ? scoredDays(minutes) : parseDays(options.days, minutes);
  const policies = options.policies ? options.policies.map((policy) => named(policy, given)) : everyPolicy;
  return { one, days, policies: policies.map(inBounds(given)) };
}

function compareView(
  one: Ready,
  days: Days,
  rows: readonly Compared[],
  { objective }: CompareOptions,
  started: number,
  notes: readonly string[] = [],
): CompareView {
  const priced = byJ(rows).map((row) => {
    const money = moneyView(objective, one.stage, row);
    return { ...row, ...(money ? { money } : {}) };
  });
  return { days, rows: priced, ...said(one, started, notes) };
}

/**
 * Picks a policy on some days of a load, and scores it on others.
 *
 * @throws HeadgateError `trace.invalid`; `input.invalid` where the load is too short
 */
export function runTune(given: PlayedLoad, options: TuneOptions = {}): TuneView {
  const started = performance.now();
  const one = ready(given, options);
  return tuneView(one, options, finished(tuningOf(one, options)), started);
}

/**
 * As {@link runTune}, with pauses in which others can work: for a process that has more to do than this.
 *
 * @throws HeadgateError `trace.invalid`, `input.invalid`; `input.too_large` where the time is over
 */
export async function runTuneGently(given: PlayedLoad, options: TuneOptions = {}): Promise<TuneView> {
  const started = performance.now();
  const one = ready(given, options);
  return tuneView(one, options, await inTime(tuningOf(one, options), options.patience), started);
}

function tuningOf({ stage }: Ready, options: TuneOptions): Generator<unknown, Tuned> {
  const minutes = stage.work.arrivals.length;
  const days = tuneDays(minutes, {
    ...(options.train === undefined ? {} : { trainDays: parseDays(options.train, minutes, "train") }),
    ...(options.score === undefined ? {} : { scoreDays: parseDays(options.score, minutes, "score") }),
  });
  if (!days) {
    const allowed = "at least 2 days: one to pick on, one to score on";
    throw new HeadgateError("input.invalid", "the load is too short to pick a policy on it", {
      faults: [{ path: "trace", message: `the load has ${daysIn(minutes)} day`, allowed }],
    });
  }
  const { objective, actionsPerDay, signals } = options;
  return tuning(stage, days, {
    ...(objective ? { objective } : {}),
    ...(actionsPerDay === undefined ? {} : { actionsPerDay }),
    ...(signals ? { signals } : {}),
  });
}

function tuneView(one: Ready, { objective }: TuneOptions, tuned: Tuned, started: number): TuneView {
  const money = moneyView(objective, one.stage, tuned);
  const notes = tuned.withinLimits ? [] : [limitsNote(objective !== undefined && "slo" in objective)];
  return {
    ...tuned,
    ...(objective ? { objective } : {}),
    ...(money ? { money } : {}),
    ...said(one, started, notes),
  };
}

const limitsNote = (slo: boolean): string =>
  slo
    ? "no candidate kept the SLO within the limit of actions a day on the days of training: the nearest was taken"
    : "no candidate within 4 % of the best kept the limit of actions a day: the best of all was taken";

/**
 * One policy over a load, minute by minute, for whoever turns its knobs. `auto` picks on the days before those that are shown, with pauses in which
 * others can work.
 *
 * @throws HeadgateError `trace.invalid`, `input.invalid`; `input.too_large` where the time is over
 */
export async function runLab(given: PlayedLoad, policy: unknown, options: LabOptions = {}): Promise<LabView> {
  const started = performance.now();
  const { objective, patience } = options;
  const one = ready(given, options);
  const minutes = one.stage.work.arrivals.length;
  const days: Days = options.days === undefined ? [1, daysIn(minutes)] : parseDays(options.days, minutes);
  const tried = named(policy, given, options.name);
  // A whole section says its own bounds: they are what is tried.
  const { name, config } = isSection(policy) ? tried : inBounds(given)(tried);
  const { min, max } = config;
  const stage = isSection(policy) ? { ...one.stage, world: { ...one.stage.world, min, max } } : one.stage;
  const settled = await inTime(freezing(stage, config, days, objective), patience);
  const { measures, notes, series = [] } = await inTime(playing(stage, settled.config, days, name, true), patience);
  const from = minutesOf(days, minutes).from;
  const money = moneyView(objective, stage, measures);
  return {
    days,
    measures,
    ...(money ? { money } : {}),
    config: settled.config,
    series: seriesView(series, stage.work.startAt + from * MINUTE_MS, series[0]?.desired ?? 0),
    ...said(one, started, [...settled.notes, ...notes]),
  };
}

function scoredDays(minutes: number): Days {
  return halves(minutes)?.score ?? [1, 1];
}

/** A policy by name, as it stands in headgate.yaml, or a whole section; `current` is the one that a service has. */
function named(policy: unknown, given: PlayedLoad, name?: string): Named {
  if (policy === "current" && typeof given === "object" && "service" in given)
    return { name: name ?? "current", config: given.running ?? given.config };
  if (typeof policy === "object" && policy !== null && "name" in policy && "config" in policy) return policy as Named;
  return policyOf(policy, name);
}

/** A whole autoscaling section, not a name and not one policy. */
const isSection = (policy: unknown): boolean =>
  typeof policy === "object" && policy !== null && !("type" in policy) && !("config" in policy);

/** What is not a whole section runs in the bounds of the service that is played. */
function inBounds(given: PlayedLoad): (policy: Named) => Named {
  if (typeof given !== "object" || !("service" in given)) return (policy) => policy;
  const { min, max, capacity, learnCapacity, startDelay } = given.config;
  const own = {
    min,
    max,
    learnCapacity,
    ...(capacity === undefined ? {} : { capacity }),
    ...(startDelay === undefined ? {} : { startDelay }),
  };
  const whole = [given.config, given.running];
  return ({ name, config }) => ({ name, config: whole.includes(config) ? config : { ...config, ...own } });
}

function said(one: Ready, started: number, notes: readonly string[] = []): PlayedView {
  const { view, warnings } = one;
  const elapsedMs = Math.round((performance.now() - started) * 10) / 10;
  return { load: view, elapsedMs, notes: [...one.notes, ...notes], warnings };
}
