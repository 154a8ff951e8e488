import { MINUTE_MS, type Millis, SECOND_MS } from "../kernel/time.ts";
import type { AutoscalingConfig, Policy } from "./config.ts";
import { unitOf } from "./needs.ts";
import type { Facts } from "./opinion.ts";
import { CONSUMED, driversOf, kindOf, type Pressures, peakOf, READY } from "./pressures.ts";
import { digits, say } from "./signal.ts";
import type { Effect } from "./types.ts";

/** What became of an action. */
export interface Judgement {
  /** `useless`: the world followed, less pressure was to be expected, and there is not. `fine`: taking away did no harm. */
  readonly verdict: "helped" | "fine" | "useless" | "worse" | "unknown";
  /** Why it cannot be told, or what got worse; empty where there is no more to say. */
  readonly why: string;
}

/** Of the improvement that was to be expected, so much must be there (as the Flink autoscaler judges a rescale). */
const LEAST_SHARE = 0.1;
/** More load than so many times that of before explains a pressure that did not fall. */
const GREW = 1.1;
/** At this share of 100 % a measure says only that it is full. */
const SATURATED = 97;
/** Use of a policy without a target of its own, in percent, from which on taking away did harm. */
const FULL = 90;
/** A step that is to bring use down by less than this cannot be told from noise: a CPU wavers by some percent from minute to minute. */
const LEAST_EXPECTED = 0.2;
/** Use above what was to be expected by less than this is noise as well. */
const NOISE = 1.25;
/** Work that waits counts once it is worth so much of what arrives. */
const WAITS_MS = MINUTE_MS / 2;

/**
 * Whether an action that is old enough helped. Only a load that is known, and did not grow, leaves the action itself as the
 * reason why nothing got better; everything else cannot be told.
 */
export function judgementOf(facts: Facts, effect: Effect, after: Pressures): Judgement {
  if (facts.ready < effect.desired) return unknown(`${facts.ready} of ${effect.desired} are ready`);
  if (effect.direction === "in") return inwardOf(facts, effect, after);
  const { config } = facts;
  const drivers = effect.drivers ?? driversOf(config, effect.rule ?? "");
  const growth = growthOf(facts, effect, after);
  const judged = drivers.flatMap((metric) => gainOf(config, effect, after, metric) ?? []);
  if (judged.some(({ share }) => share >= LEAST_SHARE)) return { verdict: "helped", why: "" };
  if (growth === undefined) return unknown("nobody measures the load");
  if (growth > GREW) return unknown(`the load grew to ${digits(Math.min(growth, 1e6) * 100)} %`);
  const full = saturated(after);
  if (full) return unknown(`${full} is saturated`);
  if (judged.length === 0) return unknown("nothing is measured that it was to bring down");
  if (!judged.some(({ sure }) => sure)) return unknown("what is measured is too little for that");
  return { verdict: "useless", why: "" };
}

function inwardOf(facts: Facts, effect: Effect, after: Pressures): Judgement {
  const growth = growthOf(facts, effect, after);
  if (growth === undefined) return unknown("nobody measures the load");
  if (growth > GREW) return unknown(`the load grew to ${digits(Math.min(growth, 1e6) * 100)} %`);
  const full = saturated(after);
  return full ? unknown(`${full} is saturated`) : { verdict: "fine", why: "" };
}

/** What got worse because instances were taken away: nothing that a load which grew would explain. */
export function harmOf(facts: Facts, effect: Effect, after: Pressures): string | undefined {
  const growth = growthOf(facts, effect, after);
  if (growth === undefined || growth > GREW || facts.state.watch || facts.ready > effect.desired) return undefined;
  const { config } = facts;
  for (const metric of effect.drivers ?? driversOf(config, effect.rule ?? "")) {
    const [then, value] = [effect.before[metric], after[metric]];
    if (then === undefined || value === undefined) continue;
    const kind = kindOf(config, metric);
    if (kind === "waiting" && value > 2 * then && value > (loadOf(config, after) * WAITS_MS) / SECOND_MS)
      return `${metric} went from ${digits(then)} to ${digits(value)}`;
    if (kind !== "use") continue;
    const expected = then * lastGrowth(config, effect, after) * sharedBy(effect, after);
    const [last, before] = newest(facts, metric, effect.since);
    if (last === undefined || before === undefined) continue;
    const now = Math.min(last, before);
    if (now > expected * NOISE && now > limitOf(config, metric))
      return `${metric} is ${say(now, unitOf(metric))} where ${say(expected, unitOf(metric))} was to be expected`;
  }
  return undefined;
}

/** The two newest values from `since` on, the newest first: one minute alone may be an accident. */
function newest(facts: Facts, metric: string, since: Millis): readonly number[] {
  const { points, end } = facts.signal(metric);
  const values: number[] = [];
  for (let index = end; index >= 0 && values.length < 2; index -= 1) {
    const point = points[index];
    if (point && point.at >= since && Number.isFinite(point.value)) values.push(point.value);
  }
  return values;
}

/**
 * Share of the expected improvement that is there: of what waited all is to go, use is to be shared by more instances, at the load of
 * now or of then. `sure`: so little of it would be a reason to take the action back.
 */
function gainOf(
  config: AutoscalingConfig,
  effect: Effect,
  after: Pressures,
  metric: string,
): { readonly share: number; readonly sure: boolean } | undefined {
  const [then, now] = [effect.before[metric], after[metric]];
  if (then === undefined || now === undefined || !(then > 0)) return undefined;
  const kind = kindOf(config, metric);
  if (kind === "load" || kind === "done") return undefined;
  if (kind === "waiting") {
    const more = moreDone(effect, after);
    const share = (then - now) / then;
    // What waits may grow although more is done, only not enough: then it takes something else to say that it was in vain.
    return { share: more === true ? Math.max(share, 1) : share, sure: more === false || hasRoom(after) };
  }
  const without = then * lastGrowth(config, effect, after);
  const expected = without * (1 - sharedBy(effect, after));
  // No more instances than while it was measured before: an action just before this one had not shown yet.
  if (!(expected > 0)) return undefined;
  // What was full before may have been much more than full.
  const full = unitOf(metric) === "percent" && then >= SATURATED;
  const sure = !full && expected >= LEAST_EXPECTED * without;
  const plain = (then - now) / (then * (1 - sharedBy(effect, after)));
  return { share: Math.max(plain, (without - now) / expected), sure };
}

/** Whether more is done than before, by a tenth of what more instances could do; undefined where nobody knows. */
function moreDone(effect: Effect, after: Pressures): boolean | undefined {
  const [then, now] = [effect.before[CONSUMED], after[CONSUMED]];
  if (then === undefined || now === undefined) return undefined;
  return now - then >= LEAST_SHARE * then * Math.max(0, 1 / sharedBy(effect, after) - 1) && now > then;
}

/** Some use is known, and none is full: what waits does not wait for instances. */
function hasRoom(after: Pressures): boolean {
  return Object.keys(after).some((metric) => unitOf(metric) === "percent") && saturated(after) === undefined;
}

/** Instances that shared the work before, over those of now: the counts that were ready while it was measured. */
function sharedBy({ before, from, desired }: Effect, after: Pressures): number {
  return (before[READY] ?? from) / Math.max(1, after[READY] ?? desired);
}

/** Load of the newest minute over that of then, the same minutes as those of use; 1 where nobody measures it. */
function lastGrowth(config: AutoscalingConfig, { before }: Effect, after: Pressures): number {
  for (const [metric, then] of Object.entries(before)) {
    const now = after[metric];
    if (kindOf(config, metric) === "load" && now !== undefined && then > 0) return now / then;
  }
  return 1;
}

/** The highest load of the newest minutes over that of then: 1.2 is a fifth more. Undefined where nobody measures it. */
function growthOf(facts: Facts, { before, since }: Effect, after: Pressures): number | undefined {
  let growth: number | undefined;
  for (const [metric, then] of Object.entries(before)) {
    const now = after[metric];
    if (now === undefined || kindOf(facts.config, metric) !== "load") continue;
    const peak = Math.max(now, peakOf(facts, metric, since) ?? 0);
    const one = then > 0 ? peak / then : peak > 0 ? Infinity : 1;
    growth = Math.max(growth ?? 0, one);
  }
  return growth;
}

function loadOf(config: AutoscalingConfig, after: Pressures): number {
  const load = Object.keys(after).find((metric) => kindOf(config, metric) === "load");
  return load === undefined ? 0 : (after[load] as number);
}

function saturated(after: Pressures): string | undefined {
  return Object.keys(after).find((metric) => unitOf(metric) === "percent" && (after[metric] as number) >= SATURATED);
}

/** Use above which the policies would want more: their own target, or nearly full. */
function limitOf(config: AutoscalingConfig, metric: string): number {
  const targets = config.policies.flatMap((policy) => targetOf(policy, metric) ?? []);
  if (targets.length > 0) return Math.max(...targets) * NOISE;
  return unitOf(metric) === "percent" ? FULL : Infinity;
}

function targetOf(policy: Policy, metric: string): number | undefined {
  switch (policy.type) {
    case "target-tracking":
      return policy.metric === metric ? policy.target : undefined;
    case "hpa":
      return policy.metrics.find((one) => one.metric === metric && one.kind === "utilization")?.target;
    case "instances":
      return metric === "cpu" || metric === "memory" ? (policy[metric] ?? undefined) : undefined;
    case "parallelism":
      return policy.metric === metric ? policy.high : undefined;
    case "step":
    case "demand":
    case "predictive":
    case "kafka-lag":
    case "flink":
    case "auto":
    case "scheduled":
      return undefined;
  }
}

function unknown(why: string): Judgement {
  return { verdict: "unknown", why };
}
