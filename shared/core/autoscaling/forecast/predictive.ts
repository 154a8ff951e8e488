import * as v from "valibot";
import { formatDuration, iso, MINUTE_MS, type Millis, SECOND_MS } from "../../kernel/time.ts";
import { Policy } from "../config.ts";
import { demand } from "../demand.ts";
import { fullAnswer, inVain } from "../full.ts";
import { capacityOf } from "../learned.ts";
import { blind, type Facts, type Opinion, unknown } from "../opinion.ts";
import { digits, type Signal } from "../signal.ts";
import type { DemandMemory } from "../types.ts";
import { behind, type Controlled, control, EARLY_HOLD, early, guarded, type Look } from "./control.ts";
import { cheapest, likelyMost, type Price, savingOf, tableTail } from "./price.ts";
import type { Forecast, PredictiveMemory } from "./types.ts";

export type PredictivePolicy = Extract<Policy, { type: "predictive" }>;

type DemandPolicy = Extract<Policy, { type: "demand" }>;

interface Result {
  readonly opinion: Opinion;
  readonly memory: PredictiveMemory | undefined;
}

const RULE = "predictive";
/** Until so many minutes are known there is no usual day to compare with. */
export const FIRST_DAY_MINUTES = 1440;
/** Shorter starts are not believed for the surge guard. */
const LEAST_START_SECONDS = 30;
/** One tick of the model in which the guard was measured: work that is on its way. */
const TICK_SECONDS = 10;

const NOTHING = 1e-9;

/** What the policy is about, in real tasks at 100 %. */
interface Work {
  readonly arrivals: number;
  /** Task-minutes that wait; 0 where nobody measures it. */
  readonly backlog: number;
  /** Real tasks that do the work of one reference task. */
  readonly ratio: number;
}

/**
 * Head-room by price over what is expected of the minute that this decision can still change (docs/autoscaling-predictive.md). On the first day of
 * history a fixed head-room; where there is no forecast, or its error has grown, or what a task can do is not known, the demand rule stands in and the
 * text says so.
 */
export function predictive(
  policy: PredictivePolicy,
  facts: Facts,
  memory: PredictiveMemory | undefined,
  forecast: Forecast | undefined,
): Result {
  const arrivals = facts.signal(policy.arrivals);
  if (!arrivals.known) return { opinion: blind(RULE, arrivals), memory };
  if (arrivals.value < 0) return { opinion: impossible(arrivals), memory };
  const waiting = policy.backlog === null ? undefined : facts.signal(policy.backlog);
  if (waiting?.known && waiting.value < 0) return { opinion: impossible(waiting), memory };
  const capacity = capacityOf(facts.config, facts.state);
  const why = unusable(forecast, facts);
  if (!forecast || why !== undefined) return standIn(policy, facts, memory, why ?? "");
  if (!capacity || (!capacity.confident && facts.config.capacity === undefined))
    return standIn(policy, facts, memory, "what a task can do is not known yet");
  const { perTask } = capacity;
  const result = judged(policy, facts, memory, forecast, {
    arrivals: arrivals.value / perTask,
    backlog: waiting?.known ? waiting.value / 60 / perTask : 0,
    ratio: forecast.perTask / perTask,
  });
  // Whoever measured what waits and does not any more cannot say that nothing does: outward yes, inward no.
  if (waiting && !waiting.known && waiting.end >= 0 && result.opinion.wants !== "out")
    return { opinion: blind(RULE, waiting), memory: result.memory };
  return result;
}

function impossible({ metric, value }: Signal): Opinion {
  return unknown(RULE, "held_no_data", `${metric} is ${digits(value)}, which cannot be`);
}

/** Why a forecast cannot be gone by; undefined where it can. */
function unusable(forecast: Forecast | undefined, { now, config }: Facts): string | undefined {
  if (!forecast) return "there is no forecast";
  const { level, spread, perTask, mean, at, knownAt, errors } = forecast;
  const sane = level >= 0 && level < 1e9 && spread > 0 && spread < 1e9 && perTask > 0 && perTask < 1e18 && mean >= 0;
  if (!sane || !(at > knownAt) || errors.some((error) => !Number.isFinite(error))) return "the forecast is no forecast";
  const age = now - knownAt - MINUTE_MS;
  if (age > config.maxAge || at < minuteOf(now))
    return `the newest minute that the forecast knows ended ${formatDuration(Math.max(0, age))} ago`;
  return forecast.trusted ? undefined : (forecast.why ?? "the forecast is not trusted");
}

const minuteOf = (at: Millis): Millis => Math.floor(at / MINUTE_MS) * MINUTE_MS;

const standIns = new WeakMap<object, DemandPolicy>();

function standInOf(policy: Pick<PredictivePolicy, "arrivals" | "backlog">): DemandPolicy {
  const before = standIns.get(policy);
  if (before) return before;
  const { arrivals, backlog } = policy;
  const made = v.parse(Policy, { type: "demand", arrivals, backlog }) as DemandPolicy;
  standIns.set(policy, made);
  return made;
}

/** The demand rule with its defaults. What is there counts as its first recommendation: nothing goes in at once. */
export function byDemand(
  policy: Pick<PredictivePolicy, "arrivals" | "backlog">,
  facts: Facts,
  memory: DemandMemory | undefined,
): ReturnType<typeof demand> {
  return demand(standInOf(policy), facts, memory ?? { wanted: [[facts.now, facts.desired]] });
}

/** That, and why. */
function standIn(policy: PredictivePolicy, facts: Facts, memory: PredictiveMemory | undefined, why: string): Result {
  const { opinion, memory: after } = byDemand(policy, facts, memory?.demand);
  const said: Opinion = { ...opinion, rule: RULE, text: `${why}, so demand decides: ${opinion.text}` };
  if (memory?.demand !== undefined && memory.demand === after && memory.recs.length === 0)
    return { opinion: said, memory };
  const at = minuteOf(facts.now);
  return { opinion: said, memory: { recs: [], waste: 0, at, ...(after ? { demand: after } : {}) } };
}

function judged(
  policy: PredictivePolicy,
  facts: Facts,
  memory: PredictiveMemory | undefined,
  forecast: Forecast,
  work: Work,
): Result {
  const lead = Math.max(1, Math.floor((forecast.at - minuteOf(facts.now)) / MINUTE_MS));
  const first = forecast.minutes < FIRST_DAY_MINUTES;
  const counts = counted(policy, facts, forecast, work, lead);
  const controlled = control(memory, {
    at: facts.now,
    desired: facts.desired,
    recommended: Math.min(facts.max, Math.max(facts.min, counts.recommended)),
    hold: first ? EARLY_HOLD : policy.hold,
    waste: first ? 0 : policy.waste * forecast.mean * work.ratio,
    round: !first,
    ...(counts.cheapest === counts.recommended && work.backlog === 0
      ? { price: pricing(policy, forecast, work.ratio, facts.desired) }
      : {}),
  });
  const opinion = opinionOf(facts, forecast, work, counts, controlled);
  return { opinion: inVain(facts, opinion), memory: controlled.memory };
}

/** Each count that was computed on the way; absent where its rule had nothing to say. */
interface Counts {
  readonly first?: number;
  readonly cheapest?: number;
  readonly behind?: number;
  readonly guard?: number;
  /** By a CPU that was full although all were ready. */
  readonly full?: number;
  /** That asks for more, and why. */
  readonly rise?: string;
  readonly recommended: number;
}

function counted(policy: PredictivePolicy, facts: Facts, forecast: Forecast, work: Work, lead: number): Counts {
  const { arrivals, backlog, ratio } = work;
  const own =
    forecast.minutes < FIRST_DAY_MINUTES
      ? { first: early(arrivals, backlog) }
      : { cheapest: priced(policy, forecast, ratio) };
  const late = backlog > 0 ? { behind: behind(arrivals, backlog) } : {};
  const { surge } = policy;
  const start = Math.max(LEAST_START_SECONDS, (lead - 1) * 60);
  const help = (minuteOf(facts.now) - forecast.knownAt) / SECOND_MS + start + TICK_SECONDS;
  const guard = surge ? { guard: guarded(arrivals, surge.factor, surge.wait / SECOND_MS, help) } : {};
  const byCpu = fullAnswer(facts);
  const all = { ...own, ...late, ...guard, ...(byCpu ? { full: byCpu.least } : {}) };
  const recommended = Math.max(...Object.values(all));
  return { ...all, ...(byCpu?.rise === undefined ? {} : { rise: byCpu.rise }), recommended };
}

/** Prices of a policy. */
export type Prices = Pick<PredictivePolicy, "violation" | "thrift">;

type Priced = Pick<Forecast, "level" | "spread" | "mean" | "errors">;

/** The forecast and what things cost, in real tasks. `ratio`: real tasks that do the work of one reference task. */
function priceOf({ violation, thrift }: Prices, { level, spread, mean }: Priced, ratio: number): Price {
  const root = Math.sqrt(ratio);
  // Where nothing ever came, a violation minute costs next to nothing: then one task is the cheapest.
  return {
    level: level * root,
    spread: spread * root,
    violation: Math.max(NOTHING, violation * mean * ratio),
    thrift,
  };
}

/** The cheapest count of real tasks for the minute of the forecast. */
export function priced(prices: Prices, forecast: Priced, ratio: number): number {
  return cheapest(priceOf(prices, forecast, ratio), tableTail(forecast.errors));
}

/**
 * What a scale-out must save in its minute, in minutes of the average fleet: 9 s of it. Where that is eight tasks it is what one start costs, 75 s of a
 * task that does nothing yet; in larger and smaller fleets it was found to grow with them.
 */
const WORTH_A_START = 0.15;

/** What another count than the desired one would save. */
export function pricing(prices: Prices, forecast: Priced, ratio: number, desired: number): NonNullable<Look["price"]> {
  const price = priceOf(prices, forecast, ratio);
  const tail = tableTail(forecast.errors);
  return {
    saves: (count) => savingOf(price, tail, desired, count),
    start: WORTH_A_START * forecast.mean * ratio,
  };
}

function opinionOf(facts: Facts, forecast: Forecast, work: Work, counts: Counts, controlled: Controlled): Opinion {
  const { desired } = facts;
  const { level, spread, errors, at } = forecast;
  const most = Math.max(0, level + spread * likelyMost(errors)) ** 2 * work.ratio;
  const likely = level * level * work.ratio;
  const { rise: _, ...numbers } = counts;
  const values = {
    at,
    expected: rounded(likely),
    at_most: rounded(most),
    arrivals: rounded(work.arrivals),
    backlog: rounded(work.backlog),
    ...numbers,
    held: controlled.held,
    wasted: rounded(controlled.memory.waste),
  };
  const text = `${reasonOf(counts, work, iso(at).slice(11, 16))}: ${digits(values.expected)} expected, at most ${digits(values.at_most)} in 95 of 100 cases`;
  const opinion: Opinion = { rule: RULE, say: "some", desired: controlled.desired, text, values };
  if (controlled.desired > desired) return { ...opinion, wants: "out", text: `${text}${afterOut(controlled, counts)}` };
  if (controlled.desired < desired) {
    const wasted = `${digits(values.wasted)} task-minutes were spent on more than ${controlled.held}`;
    return { ...opinion, wants: "in", text: `${text}; ${wasted}` };
  }
  if (controlled.held < desired)
    return { ...opinion, text: `${text}; ${desired} are kept until more is wasted than another start would cost` };
  if (counts.recommended > desired && desired < facts.max)
    return { ...opinion, text: `${text}; ${desired} are kept, as going there would not save what a start is worth` };
  return opinion;
}

function reasonOf(
  { first, cheapest, behind, guard, full, rise, recommended }: Counts,
  work: Work,
  minute: string,
): string {
  const tasks = (count: number) => (count === 1 ? "1 task is" : `${count} tasks are`);
  if (behind === recommended && behind !== cheapest)
    return `${tasks(behind)} needed to work off ${digits(rounded(work.backlog))} task-minutes that wait by ${minute}`;
  if (first === recommended) return `${tasks(first)} kept on the first day, with a fixed head-room, for ${minute}`;
  if (guard === recommended && guard !== cheapest) return `${tasks(guard)} kept for a surge at ${minute}`;
  if (full === recommended && full !== cheapest) return rise ?? `${tasks(full)} kept by cpu, which was full with fewer`;
  return `${tasks(recommended)} cheapest for ${minute}, one more would cost more than it saves`;
}

function afterOut({ desired }: Controlled, { recommended }: Counts): string {
  return desired > recommended ? `; ${desired - recommended} more because it rises` : "";
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
