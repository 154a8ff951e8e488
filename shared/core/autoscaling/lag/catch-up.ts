import { formatDuration, SECOND_MS } from "../../kernel/time.ts";
import { type Facts, type Opinion, unknown } from "../opinion.ts";
import { ceil } from "../rounding.ts";
import { leastActive } from "./keda.ts";
import { type Totals, totalsOf } from "./partitions.ts";
import type { KafkaLagPolicy } from "./policy.ts";
import { arrivalsOf, isBehind, isOld, measure, median } from "./rates.ts";
import { stuckOf } from "./still.ts";
import type { GroupSeen, LagMemory } from "./types.ts";
import { windowed, windowOf } from "./window.ts";
import { counted, grouped, perSecond, read, some } from "./words.ts";

const RULE = "kafka-lag-catch-up";

/** While a group is behind it goes in only where so small a share of it is wanted: each change of its size makes it hand partitions out. */
const MUCH = 0.75;

/** A group in these states reads; in any other it hands partitions out. */
const SETTLED: ReadonlySet<string> = new Set(["Stable", "Empty", "Dead"]);

type Kept = Omit<LagMemory, "of" | "failures" | "offsets">;
interface Judged {
  readonly opinion: Opinion;
  readonly kept: Kept;
}

/** What a look comes to before a count is taken from it. */
interface Work {
  readonly totals: Totals;
  readonly arrivals: number | undefined;
  /** Without what is stuck. */
  readonly lag: number;
  readonly stuck: readonly string[];
  readonly active: boolean;
  /** Records per second of one consumer. */
  readonly capacity: number | undefined;
  /** It is found out by going in slowly while nobody is behind. */
  readonly trial: boolean;
}

/**
 * wanted = ceil((arrivals + lag ÷ catchUp) ÷ (one consumer's records per second × target)), at most one for each partition.
 */
export function catchUp(policy: KafkaLagPolicy, facts: Facts, seen: GroupSeen, before: LagMemory | undefined): Judged {
  const { now } = facts;
  const totals = totalsOf(seen, policy.offsetReset);
  const settled = SETTLED.has(seen.state);
  const measured = measure(facts, seen, totals, settled, before);
  const work = workOf(policy, facts, totals, { ...before, ...measured, of: "" });
  const activeAt = work.active || before?.activeAt === undefined ? now : Math.min(before.activeAt, now);
  const kept: Kept = { ...measured, activeAt, ...(before?.wanted ? { wanted: before.wanted } : {}) };
  if (totals.partitions === 0 || totals.unknown === totals.partitions)
    return { opinion: unknown(RULE, "held_no_data", `no partition of ${read(policy, seen)} is known`), kept };
  if (!settled) return rebalancing(policy, seen, facts, before, kept);
  const resting = rest(policy, facts, work, activeAt, seen);
  if (resting) return { opinion: resting, kept: { ...kept, wanted: stillAt(before, resting.desired, now) } };
  return counting(policy, facts, seen, work, kept);
}

function workOf(policy: KafkaLagPolicy, facts: Facts, totals: Totals, memory: LagMemory): Work {
  const arrivals = arrivalsOf(memory.rates);
  const stuck = facts.ready > 0 ? stuckOf(totals, memory.still, facts.now) : { names: [], lag: 0 };
  const lag = totals.lag - stuck.lag;
  // Where nothing runs only the lag tells that there is something to do; where something runs, a lag of 0 is its work.
  const newest = Math.max(arrivals ?? 0, memory.rates.at(-1) ?? 0);
  const arriving = facts.desired > 0 ? newest * (policy.catchUp / SECOND_MS) : 0;
  const active = totals.lag > policy.activation || arriving > policy.activation;
  const given = policy.perConsumer ?? (facts.config.learnCapacity ? undefined : facts.config.capacity);
  const learned = given === undefined ? median(memory.speeds) : undefined;
  const least = given === undefined ? (facts.config.capacity ?? median(memory.leasts)) : undefined;
  const each = given ?? learned ?? least;
  const assumed = learned === undefined && facts.config.capacity !== undefined;
  return {
    totals,
    arrivals,
    lag,
    stuck: stuck.names,
    active,
    capacity: each !== undefined && each > 0 ? each : undefined,
    trial: given === undefined && !assumed && isOld(memory.learnedAt, facts.now) && stuck.names.length === 0,
  };
}

function rebalancing(
  policy: KafkaLagPolicy,
  { state, topics }: GroupSeen,
  { now }: Facts,
  before: LagMemory | undefined,
  kept: Kept,
): Judged {
  const unsettledAt = Math.min(before?.unsettledAt ?? now, now);
  const since = now > unsettledAt ? ` for ${formatDuration(now - unsettledAt)}` : "";
  const text = `group ${policy.group} is handing ${counted(Object.values(topics).flat().length, "partition")} out anew${since} (${state})`;
  return { opinion: unknown(RULE, "held_rebalancing", text), kept: { ...kept, unsettledAt } };
}

/** Nothing to do: down to `idle` once the cooldown is over, and no reason to leave it. */
function rest(
  policy: KafkaLagPolicy,
  facts: Facts,
  work: Work,
  activeAt: number,
  seen: GroupSeen,
): Opinion | undefined {
  const { desired, min, now } = facts;
  const idle = policy.idle ?? min;
  const floor = leastActive(policy, min);
  if (work.active || idle >= floor || work.totals.unknown > 0) return undefined;
  const unread = work.totals.unread;
  const never = unread > 0 ? `, ${counted(unread, "partition")} never committed` : "";
  const text = `nothing to do in ${read(policy, seen)}: lag ${grouped(work.totals.lag)}${never}`;
  const base = { rule: RULE, say: "some", values: valuesOf(work), text } as const;
  if (desired <= idle) return { ...base, desired };
  if (now < activeAt + policy.cooldown) return undefined;
  const since = `nothing arrives for ${formatDuration(now - activeAt)}, over the cooldown of ${formatDuration(policy.cooldown)}`;
  return { ...base, wants: "in", desired: idle, text: `${text}; ${since}` };
}

/** The same list where it holds that count already. */
function stillAt(before: LagMemory | undefined, count: number, now: number): NonNullable<LagMemory["wanted"]> {
  const runs = before?.wanted;
  return runs?.length === 1 && runs[0]?.[1] === count ? runs : [[now, count]];
}

function counting(policy: KafkaLagPolicy, facts: Facts, seen: GroupSeen, work: Work, kept: Kept): Judged {
  const { desired, min } = facts;
  const { totals, capacity, arrivals } = work;
  const floor = leastActive(policy, min);
  const behind = isBehind(work.lag, arrivals);
  const wanted = wantedOf(policy, facts, work, floor, behind);
  const text = textOf(policy, seen, work, wanted.count);
  if (capacity === undefined && desired >= floor && behind)
    return { opinion: unknown(RULE, "held_learning", `${text}; what one consumer does is not known yet`), kept };
  const wish = {
    count: wanted.count,
    text: `${text}${wanted.because}`,
    values: { ...valuesOf(work), wanted: wanted.count },
  };
  const { opinion, runs } = windowed(RULE, facts, wish, kept.wanted, windowOf(policy));
  const next = { ...kept, wanted: runs };
  if (opinion.wants === "in" && totals.unknown > 0) {
    const blind = `${counted(totals.unknown, "partition")} of ${read(policy, seen)} did not answer, so nothing is taken away`;
    return { opinion: unknown(RULE, "held_no_data", blind), kept: next };
  }
  if (opinion.wants === "out" && enough(policy, facts, work)) {
    const later = `${text}, but the ${desired} of just now work that off at their full speed`;
    return { opinion: { ...opinion, held: "held_stabilization", text: later }, kept: next };
  }
  const much = opinion.desired <= desired * MUCH;
  if (opinion.wants === "in" && opinion.held === undefined && behind && !much) {
    const { wants: _, ...stays } = opinion;
    const until = `${text}; the ${desired} stay until that is done`;
    return { opinion: { ...stays, desired, text: until }, kept: next };
  }
  return { opinion, kept: next };
}

/** Where the size of the group was just changed, what waited for its handing out is no reason for more: they have time until it should be worked off. */
function enough(policy: KafkaLagPolicy, { desired, state, now }: Facts, work: Work): boolean {
  const { capacity, arrivals = 0, lag } = work;
  const changedAt = Math.max(state.lastOutAt ?? -Infinity, state.lastInAt ?? -Infinity);
  if (now - changedAt >= policy.catchUp || desired === 0 || capacity === undefined) return false;
  return desired * capacity >= arrivals + (lag * SECOND_MS) / policy.catchUp;
}

function wantedOf(
  policy: KafkaLagPolicy,
  { desired }: Facts,
  { totals, capacity, arrivals, lag, trial, stuck }: Work,
  floor: number,
  behind: boolean,
): { readonly count: number; readonly because: string } {
  const stands =
    stuck.length > 0 ? `, and ${some(stuck)} left out, which ${stuck.length === 1 ? "does" : "do"} not move` : "";
  const need =
    capacity === undefined
      ? desired
      : ceil(((arrivals ?? 0) + (lag * SECOND_MS) / policy.catchUp) / (capacity * policy.target));
  const cap = Math.max(floor, totals.partitions);
  const capped = Math.min(cap, Math.max(floor, need));
  const limit = need > cap ? `; more than ${counted(totals.partitions, "partition")} would be of no use` : "";
  // No rate is known yet: nothing can be taken away on it.
  const blind = arrivals === undefined ? Math.max(capped, Math.min(desired, cap)) : capped;
  const fewer = desired - Math.max(1, Math.floor(desired / 10));
  if (trial && !behind && arrivals !== undefined && fewer >= floor && (capacity === undefined || blind >= desired))
    return { count: Math.min(cap, fewer), because: `${stands}; fewer are tried, as nobody is behind` };
  return { count: blind, because: `${stands}${limit}` };
}

function textOf(policy: KafkaLagPolicy, seen: GroupSeen, work: Work, count: number): string {
  const { totals, arrivals, capacity, lag } = work;
  const { unread, unknown: dark } = totals;
  const parts = [`lag ${grouped(totals.lag)} of ${read(policy, seen)}`];
  const rate = arrivals === undefined ? "what arrives is not known yet" : `${perSecond(arrivals)} arrive`;
  if (capacity === undefined) parts.push(rate);
  else {
    const spare = count * capacity - (arrivals ?? 0);
    const each = `${counted(count, "consumer")} at ${perSecond(capacity)}${count === 1 ? "" : " each"}`;
    const end =
      lag <= 0 || !isBehind(lag, arrivals)
        ? `${each} keep${count === 1 ? "s" : ""} up`
        : spare > 0
          ? `${each} catch${count === 1 ? "es" : ""} up in ${formatDuration((lag / spare) * SECOND_MS)}`
          : `${each} do${count === 1 ? "es" : ""} not catch up`;
    parts.push(`${rate}, ${count === 0 ? `${perSecond(capacity)} each` : end}`);
  }
  if (dark > 0) parts.push(`${counted(dark, "partition")} did not answer`);
  if (unread > 0) parts.push(`${counted(unread, "partition")} never committed: nothing waits there`);
  return `${parts[0]}: ${parts.slice(1).join(", ")}`;
}

function valuesOf({ totals, arrivals, capacity, lag, stuck }: Work): Opinion["values"] {
  return {
    lag: totals.lag,
    partitions: totals.partitions,
    arrivals: arrivals ?? null,
    perConsumer: capacity ?? null,
    ...(stuck.length > 0 ? { stuck: stuck.slice(0, 10), stuckLag: totals.lag - lag } : {}),
    ...(totals.unread > 0 ? { neverCommitted: totals.unread } : {}),
    ...(totals.unknown > 0 ? { unknown: totals.unknown } : {}),
  };
}
