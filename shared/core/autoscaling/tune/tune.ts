import { type Days, halves } from "../backtest/days.ts";
import type { Measures } from "../backtest/measures.ts";
import { finished } from "../backtest/turns.ts";
import { predictiveCandidates, reactiveCandidates, type Signals } from "./candidates.ts";
import { costOf, type Goal, goalOf, keeps, pick } from "./objective.ts";
import { configWith, playing, type Stage } from "./play.ts";
import { playPredictive } from "./predictive-grid.ts";
import type { Candidate, Objective, Tuned } from "./types.ts";

export interface TuneOptions {
  readonly objective?: Objective;
  /** Mean of changes a day. Default 63: 60, and 5 % for days that are wilder than those of the training. */
  readonly actionsPerDay?: number;
  /** Default: the days after the warm-up in two halves. */
  readonly trainDays?: Days;
  readonly scoreDays?: Days;
  /** Default: `requests` and `backlog`. */
  readonly signals?: Signals;
  /** Families that are tried. Default: predictive, demand, hpa and target-tracking. */
  readonly families?: readonly Candidate["family"][];
  /** Tried beside the built-in candidates, such as the policy that runs now. */
  readonly more?: readonly Candidate[];
}

/** What was picked, before it is scored. */
export interface Choice {
  readonly picked: Candidate;
  readonly train: Measures;
  readonly tried: number;
  /** The best of each family, and what it cost in J on the days of training. */
  readonly families: readonly { readonly name: string; readonly j: number }[];
  readonly withinLimits: boolean;
}

const ACTIONS_PER_DAY = 63;
const SIGNALS: Signals = { arrivals: "requests", backlog: "backlog" };

/** Where the usual setting of a family is so many times dearer than the best so far, its other settings are not tried. */
const FAR = 1.5;

const leastOf = (goal: Goal, tried: readonly Tried[]): number =>
  Math.min(...tried.flatMap((run) => (keeps(goal, run) ? [costOf(goal, run)] : [])));

interface Tried extends Measures {
  readonly candidate: Candidate;
}

/**
 * Plays every candidate over the days of training and picks one. Nothing after these days is looked at: forecasts learn from the first minute of
 * the load on, and the choice is frozen. Forecasts do not depend on what is done with them, so that most of the work is shared. Some hours of
 * the load each turn, so that who has other things to do can do them in between.
 */
export function* choosing(stage: Stage, days: Days, options: TuneOptions = {}): Generator<undefined, Choice> {
  const goal = goalOf(options.objective, stage.meanTasks);
  const signals = options.signals ?? SIGNALS;
  const tried: Tried[] = [];
  const wanted = ({ family }: Candidate): boolean => options.families?.includes(family) ?? true;
  const predictive = predictiveCandidates(signals, goal, stage.meanTasks, stage.world.startDelayMs).filter(wanted);
  for (const turn of playPredictive(stage, days, predictive)) {
    if (turn) tried.push({ ...turn[1], candidate: turn[0] });
    yield;
  }
  const reactive = reactiveCandidates(signals, goal).map((family) => family.filter(wanted));
  for (const family of [...reactive, ...(options.more ?? []).map((one) => [one])])
    for (const candidate of family) {
      const { measures } = yield* playing(stage, configWith(stage, candidate.policy), days, candidate.name);
      const far = costOf(goal, measures) > FAR * leastOf(goal, tried);
      tried.push({ ...measures, candidate });
      if (far) break;
    }
  const found = pick(goal, tried, options.actionsPerDay ?? ACTIONS_PER_DAY) as NonNullable<
    ReturnType<typeof pick<Tried>>
  >;
  const { candidate, ...train } = found.best;
  return {
    picked: candidate,
    train,
    tried: tried.length,
    families: bestOfEach(goal, tried),
    withinLimits: found.withinLimits,
  };
}

/** All turns of {@link choosing} at once. */
export function choose(stage: Stage, days: Days, options: TuneOptions = {}): Choice {
  return finished(choosing(stage, days, options));
}

function bestOfEach(goal: Goal, tried: readonly Tried[]): Choice["families"] {
  const byFamily = Map.groupBy(tried, ({ candidate }) => candidate.family);
  return [...byFamily.values()]
    .flatMap((family) => pick(goal, family, Number.POSITIVE_INFINITY)?.best ?? [])
    .sort((a, b) => costOf(goal, a) - costOf(goal, b))
    .map(({ candidate, j }) => ({ name: candidate.name, j }));
}

/** The days that are picked and scored on; undefined where the load has one day alone. */
export function tuneDays(
  minutes: number,
  { trainDays, scoreDays }: TuneOptions,
): { readonly train: Days; readonly score: Days } | undefined {
  const both = halves(minutes);
  if (trainDays && scoreDays) return { train: trainDays, score: scoreDays };
  if (!both) return undefined;
  return { train: trainDays ?? both.train, score: scoreDays ?? both.score };
}

/** Picks on the days of training, and scores the choice on others by the machine that decides in production. */
export function* tuning(
  stage: Stage,
  days: { readonly train: Days; readonly score: Days },
  options: TuneOptions = {},
): Generator<undefined, Tuned> {
  const choice = yield* choosing(stage, days.train, options);
  const { name, policy } = choice.picked;
  const { measures } = yield* playing(stage, configWith(stage, policy), days.score, name);
  return { ...measures, ...choice, trainDays: days.train, scoreDays: days.score };
}

/** All turns of {@link tuning} at once. */
export function tune(
  stage: Stage,
  days: { readonly train: Days; readonly score: Days },
  options: TuneOptions = {},
): Tuned {
  return finished(tuning(stage, days, options));
}
