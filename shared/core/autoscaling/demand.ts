import { formatDuration, SECOND_MS } from "../kernel/time.ts";
import type { Policy } from "./config.ts";
import { fullAnswer, inVain } from "./full.ts";
import { type Capacity, capacityOf, ENOUGH_MINUTES, startDelayOf, teaches } from "./learned.ts";
import { blind, type Facts, type Opinion, unknown } from "./opinion.ts";
import { ceil } from "./rounding.ts";
import { digits, type Signal, say } from "./signal.ts";
import type { DemandMemory } from "./types.ts";
import { extremeOf, push, type Runs } from "./windows.ts";

export type DemandPolicy = Extract<Policy, { type: "demand" }>;

const RULE = "demand";

/** While nothing is known of the tasks: the CPU that a ready task is meant to have, as an HPA at 70 %. */
const CPU_TARGET = 70;
/** A saturated CPU says only that too much arrives, not how much: then twice the tasks, as Managed Flink does. */
const CPU_SATURATED = 97;
const SATURATED_FACTOR = 2;

/** What is known of the work. */
interface Work {
  readonly arrivals: Signal;
  /** Undefined: nobody measures it, or it is switched off. */
  readonly backlog: number | undefined;
  readonly capacity: Capacity;
}

interface Result {
  readonly opinion: Opinion;
  readonly memory: DemandMemory | undefined;
}

/**
 * What arrives and waits, over what a task can do: ceil((arrivals + backlog / drain) / (capacity × target)). Outward at once, inward by
 * the largest of the window. While the capacity is not known, CPU stands in; a CPU that stays full says that it is less than is thought.
 */
export function demand(policy: DemandPolicy, facts: Facts, memory: DemandMemory | undefined): Result {
  const arrivals = facts.signal(policy.arrivals);
  if (!arrivals.known) return { opinion: blind(RULE, arrivals), memory };
  if (arrivals.value < 0) return { opinion: impossible(policy.arrivals, arrivals.value), memory };
  const waiting = policy.backlog === null ? undefined : facts.signal(policy.backlog);
  if (waiting?.known && waiting.value < 0) return { opinion: impossible(waiting.metric, waiting.value), memory };
  const capacity = capacityOf(facts.config, facts.state);
  if (!capacity || (!capacity.confident && facts.config.capacity === undefined))
    return byCpu(policy, facts, capacity, memory);
  const backlog = waiting?.known ? waiting.value : undefined;
  const wish = wanted(policy, facts, { arrivals, backlog, capacity });
  const window = windowed(policy, facts, memory, wish.recommended);
  // Whoever measured what waits and does not any more cannot say that nothing does: outward yes, inward no.
  if (wish.opinion.wants === "out") return { opinion: wish.opinion, memory: window };
  const lost = lostSight(waiting);
  return { opinion: lost ? blind(RULE, lost) : inVain(facts, inward(policy, facts, wish, window)), memory: window };
}

/** What waits where it was measured and is not any more; undefined else. */
function lostSight(waiting: Signal | undefined): Signal | undefined {
  return waiting && !waiting.known && waiting.end >= 0 ? waiting : undefined;
}

function impossible(metric: string, value: number): Opinion {
  return unknown(RULE, "held_no_data", `${metric} is ${digits(value)}, which cannot be`);
}

interface Wish {
  readonly count: number;
  /** The same with all that waits now: what is expected to be worked off is no reason to go in before it is. */
  readonly recommended: number;
  readonly opinion: Opinion;
}

function wanted(policy: DemandPolicy, facts: Facts, work: Work): Wish {
  const { arrivals, backlog, capacity } = work;
  const { perTask } = capacity;
  const later = backlog === undefined ? 0 : expectedBacklog(facts, work, backlog);
  const perInstance = perTask * policy.target;
  const forWork = (waiting: number) =>
    Math.max(1, ceil((arrivals.value + (waiting * SECOND_MS) / policy.drain) / perInstance));
  const full = fullAnswer(facts);
  const count = forWork(later);
  const recommended = Math.max(forWork(Math.max(later, backlog ?? 0)), full?.least ?? 0);
  if (full?.rise !== undefined && full.least > Math.max(count, facts.desired))
    return { count: full.least, recommended, opinion: rise(facts, full.least, full.rise, capacity) };
  const byArrivals = ceil(arrivals.value / perInstance);
  const text = `${sentence(policy, arrivals, backlog, later)} ask for ${digits(count)} at ${percent(policy.target)} of ${digits(perTask)}/s each${doubt(facts, capacity)}`;
  const values = {
    [policy.arrivals]: arrivals.value,
    ...(policy.backlog !== null && backlog !== undefined ? { [policy.backlog]: backlog, expected: later } : {}),
    perTask,
    target: policy.target,
    minutes: capacity.minutes,
    wanted: count,
  };
  if (count <= facts.desired)
    return { count, recommended, opinion: { rule: RULE, say: "some", desired: facts.desired, text, values } };
  const drivers = policy.backlog !== null && byArrivals <= facts.desired ? [policy.backlog] : undefined;
  return {
    count,
    recommended,
    opinion: {
      rule: RULE,
      say: "some",
      wants: "out",
      desired: count,
      text,
      values,
      ...(drivers ? { drivers } : {}),
    },
  };
}

/** Arrivals say enough, and yet the CPU is full. */
function rise(facts: Facts, count: number, text: string, { perTask }: Capacity): Opinion {
  const values = { cpu: facts.signal("cpu").value, ready: facts.ready, perTask, target: CPU_TARGET, wanted: count };
  return { rule: RULE, say: "some", wants: "out", desired: count, text, values, drivers: ["cpu"] };
}

/**
 * What will wait when a task that is asked for now can serve: what waited at the end of the newest minute, and what arrives from then
 * on, without what ready tasks do in that time and starting ones from when they are ready. So they count once.
 */
function expectedBacklog(facts: Facts, { arrivals, capacity }: Work, backlog: number): number {
  const { state, now, ready, desired, config } = facts;
  const delay = startDelayOf(config, state);
  const seconds = Math.max(0, now + delay - (arrivals.at + arrivals.periodMs)) / SECOND_MS;
  const { watch } = state;
  const readyAt =
    watch?.direction === "out" && watch.desired === desired ? Math.max(now, watch.since + delay) : Infinity;
  const serving = Math.max(0, now + delay - readyAt) / SECOND_MS;
  const done = capacity.perTask * (ready * seconds + Math.max(0, desired - ready) * serving);
  return Math.max(0, backlog + arrivals.value * seconds - done);
}

function windowed(policy: DemandPolicy, facts: Facts, memory: DemandMemory | undefined, count: number): DemandMemory {
  const { now, desired, min, max } = facts;
  // As the HPA does at its start: the count that is there is the first recommendation.
  const before: Runs = memory?.wanted ?? [[now, desired]];
  const wanted = push(before, now, Math.max(min, Math.min(max, count)), "max", policy.window);
  return memory && wanted === memory.wanted ? memory : { wanted };
}

function inward(policy: DemandPolicy, facts: Facts, { count, opinion }: Wish, { wanted: runs }: DemandMemory): Opinion {
  const { now, desired } = facts;
  const peak = Math.max(1, extremeOf(runs, now, "max", policy.window) ?? count);
  if (peak < desired) {
    const over = peak > count ? `, and at most ${digits(peak)} were asked for in ${formatDuration(policy.window)}` : "";
    const values = { ...opinion.values, peak };
    return { ...opinion, wants: "in", desired: peak, text: `${opinion.text}${over}`, values };
  }
  // No wish that is held: what a window keeps comes and goes by the minute, and each change of reason would be a record.
  if (count === desired || peak > desired) return opinion;
  return {
    ...opinion,
    text: `${opinion.text}, and ${digits(peak)} were asked for within ${formatDuration(policy.window)}`,
  };
}

function sentence(policy: DemandPolicy, arrivals: Signal, backlog: number | undefined, later: number): string {
  const rate = `${policy.arrivals} ${say(arrivals.value, "per_second")}`;
  if (backlog === undefined || (backlog === 0 && later === 0)) return rate;
  const then = later === backlog ? "" : ` (${digits(later)} when a new one can serve)`;
  return `${rate} and ${policy.backlog} ${digits(backlog)}${then}`;
}

function percent(share: number): string {
  return `${digits(share * 100)} %`;
}

function doubt({ config }: Facts, { minutes, confident }: Capacity): string {
  if (confident || config.capacity === undefined) return "";
  return `, as configured: what was seen in ${minutes} min does not agree with itself`;
}

/**
 * What a task can do is not known: by CPU. Inward only where it will not be known by waiting: its minutes do not agree, or there is too little work
 * to tell. Then the largest of the window counts, as with an HPA.
 */
function byCpu(
  policy: DemandPolicy,
  facts: Facts,
  capacity: Capacity | undefined,
  memory: DemandMemory | undefined,
): Result {
  const known = capacity?.minutes ?? 0;
  const unclear = known >= ENOUGH_MINUTES;
  const why = unclear
    ? `what a task can do is not clear, as ${known} minutes do not agree (set capacity where it is known)`
    : `what a task can do is not known yet (${known} of ${ENOUGH_MINUTES} minutes)`;
  const cpu = facts.signal("cpu");
  if (!cpu.known || cpu.value < 0) return { opinion: unknown(RULE, "held_learning", `${why}, nor is cpu`), memory };
  const ready = facts.readyAt(cpu);
  const saturated = cpu.value >= CPU_SATURATED;
  const count = Math.max(1, ceil(saturated ? ready * SATURATED_FACTOR : (ready * cpu.value) / CPU_TARGET));
  const rule = saturated ? "which is saturated and asks for twice as many" : `for a target of ${CPU_TARGET} %`;
  const text = `${why}: cpu ${say(cpu.value, "percent")} of ${digits(ready)} ready, ${rule}`;
  const values = { cpu: cpu.value, ready, target: CPU_TARGET, minutes: known, wanted: count };
  // Where some lack, what those that are ready do says little: they may be few, and full.
  const lacking = facts.ready < facts.desired;
  const window = windowed(policy, facts, memory, lacking || saturated ? Math.max(count, facts.desired) : count);
  const opinion: Opinion = { rule: RULE, say: "some", desired: facts.desired, text, values };
  if (count > facts.desired) return { opinion: { ...opinion, wants: "out", desired: count }, memory: window };
  const stays = unknown(RULE, "held_learning", `${text}, needs no more; nothing goes in`);
  if (lacking || saturated || (!unclear && teaches(cpu.value, facts.desired)))
    return { opinion: stays, memory: window };
  const waiting = policy.backlog === null ? undefined : facts.signal(policy.backlog);
  const lost = lostSight(waiting);
  if (lost) return { opinion: blind(RULE, lost), memory: window };
  const less = inward(policy, facts, { count, recommended: count, opinion }, window);
  if (!(waiting?.known && waiting.value > 0) && (unclear || less.wants === "in"))
    return { opinion: less, memory: window };
  return { opinion: unclear ? opinion : stays, memory: window };
}
