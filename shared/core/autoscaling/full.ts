import { MINUTE_MS } from "../kernel/time.ts";
import { capacityOf, valueAt } from "./learned.ts";
import { fullPoints, worksOf } from "./needs.ts";
import type { Facts, Opinion } from "./opinion.ts";
import { ceil } from "./rounding.ts";
import { digits, runLength, type Signal, say } from "./signal.ts";
import { changedAt, changing } from "./state.ts";
import type { Full } from "./types.ts";

/** A CPU that is fuller than this is as good as full. */
const FULL = 97;
/** Below this it is full no more; in between a minute may be either. */
const CLEARLY_BELOW = 90;
/** The CPU that a task is meant to have where it is gone by, as an HPA at 70 %. */
const TARGET = 70;
/** Of all that were asked for so many must be ready: a task that is too busy to answer its health check is no reason not to help it. */
const MOST_READY = 0.8;
/** A deployment that is still under way after this does not get steady by itself. */
const STUCK_MS = 30 * MINUTE_MS;
/** Rises in a row after which a CPU that is full at any count is taken for one. */
const MOST_RISES = 3;
/** Of what more instances could do, so much more must have come for a rise not to have been in vain. */
const LEAST_GAIN = 0.5;
/** What a task is thought to do may be so many times what it is seen to do, and agrees with it. */
const AGREES = 1.2;

/** What a full CPU asks for, beside what arrivals do. */
export interface FullAnswer {
  /** Instances that are needed by CPU: one that was full lets no more go than it can do without. */
  readonly least: number;
  /** That is a rise; the text reads after "because". */
  readonly rise?: string;
}

/**
 * What is remembered of a CPU that is full although all that were asked for are ready: then a task does less than is thought, or less arrives than
 * would. Total; the same object where nothing is new.
 */
export function fullOf(facts: Facts): Full | undefined {
  const { state, config, desired } = facts;
  const before = state.full;
  const policy = worksOf(config);
  if (!policy) return undefined;
  const [cpu, arrivals] = [facts.signal("cpu"), facts.signal(policy.arrivals)];
  if (!cpu.known || !arrivals.known || !(arrivals.value >= 0)) return before;
  if (isFull(facts, cpu, policy.backlog)) return oneMore(before, desired, Number(arrivals.value.toPrecision(4)));
  if (!before || !(cpu.value < CLEARLY_BELOW)) return before;
  if (agrees(facts, cpu, arrivals)) return undefined;
  // One minute that was not full is no sign that a rise has helped.
  const points = fullPoints(config.period);
  const below = runLength(cpu, points, (value) => value < CLEARLY_BELOW) >= points;
  return before.rises === 0 || !below ? before : { ...before, rises: 0 };
}

function oneMore(before: Full | undefined, count: number, load: number): Full {
  if (!before || before.rises === 0) return { count, rises: 1, load };
  if (count < before.count) return { ...before, count };
  // As far as a largest step, or another guard, let it go: a part of a rise is no rise.
  if (count < risen(before.count)) return before;
  // Where only what is done is counted as arriving, each rise brings more of it: none was in vain.
  const gain = before.load > 0 ? load / before.load - 1 : 0;
  const helped = gain >= LEAST_GAIN * (count / Math.max(1, before.count) - 1);
  return { count, rises: helped ? 1 : Math.min(MOST_RISES + 1, before.rises + 1), load };
}

const risen = (count: number): number => ceil((count * 100) / TARGET);

/**
 * Full in each of the newest minutes, all of them since the last change had been followed, with nearly all ready, and no deployment in them. Where what
 * waits is measured it tells by itself: with nothing waiting a full CPU is no harm, and what waits asks for more the longer it grows.
 */
function isFull(facts: Facts, cpu: Signal, backlog: string | null): boolean {
  const { state, ready, desired, config, now } = facts;
  const { deployment } = state;
  if (changing(state) || desired < 1 || ready < MOST_READY * desired) return false;
  if (deployment?.open && now - deployment.at < STUCK_MS) return false;
  if (backlog !== null && facts.signal(backlog).known) return false;
  const points = fullPoints(config.period);
  if (runLength(cpu, points, (value) => value >= FULL) < points) return false;
  const run = cpu.points.slice(cpu.end + 1 - points, cpu.end + 1);
  const since = Math.max(changedAt(state), state.deployment?.at ?? -Infinity);
  const counts = facts.signal("ready");
  return run.every(({ at }) => at >= since && (valueAt(counts, at) ?? desired) >= MOST_READY * desired);
}

/** What a task was seen to do in a minute since the last change is about what it is thought to do: then arrivals alone say enough again. */
function agrees(facts: Facts, cpu: Signal, arrivals: Signal): boolean {
  const { config, state } = facts;
  const capacity = capacityOf(config, state);
  // The newest minute of both: counts of a load balancer come later than a CPU.
  const at = Math.min(cpu.at, arrivals.at);
  const [use, load] = [valueAt(cpu, at), valueAt(arrivals, at)];
  if (!capacity || changing(state) || at < changedAt(state) || use === undefined || load === undefined) return false;
  const busy = (use / 100) * facts.readyAt({ ...cpu, at, value: use });
  return busy > 0 && capacity.perTask <= AGREES * (load / busy);
}

/**
 * What the CPU asks for since it was full; undefined where it was not, or where it is not known now. After rises in vain it asks for no more, and lets
 * none go while it is full: whether it needs many more or is full at any count, fewer would not help whom it serves.
 */
export function fullAnswer(facts: Facts): FullAnswer | undefined {
  const { state, desired, ready } = facts;
  const cpu = facts.signal("cpu");
  const policy = worksOf(facts.config);
  if (!state.full || !policy || !cpu.known || !(cpu.value >= 0)) return undefined;
  if (!wasVain(state.full) && state.full.rises > 0 && isFull(facts, cpu, policy.backlog)) {
    const least = Math.max(desired, risen(ready));
    const thought = capacityOf(facts.config, state)?.perTask;
    const less = thought === undefined ? "is thought" : `${digits(thought)}/s`;
    const all = ready < desired ? `${digits(ready)} of ${digits(desired)}` : `all ${digits(ready)}`;
    const text = `cpu ${say(cpu.value, "percent")} has been full for minutes with ${all} ready, so a task does less than ${less}`;
    return { least, rise: `${text}: ${digits(least)} for a target of ${TARGET} %` };
  }
  // Those that are ready do the work of those that are not.
  if (ready < desired) return { least: desired };
  const needed = ceil((facts.readyAt(cpu) * Math.min(100, cpu.value)) / TARGET);
  return { least: Math.min(desired, needed) };
}

/** Where rises were in vain and nothing else is asked for: it says so, and stays. */
export function inVain({ state, desired }: Facts, opinion: Opinion): Opinion {
  if (!state.full || !wasVain(state.full) || opinion.wants !== undefined) return opinion;
  const text = `cpu is full at any count: ${MOST_RISES} rises in a row did not bring it down, the last one to ${digits(state.full.count)}; ${opinion.text}`;
  return { ...opinion, wants: "out", held: "held_ineffective", desired: risen(desired), text };
}

/** So many rises were in vain that it has to be taken for a CPU which is full at any count. */
const wasVain = ({ rises }: Full): boolean => rises > MOST_RISES;
