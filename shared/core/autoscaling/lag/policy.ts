import { type Json, sameJson } from "../../kernel/json.ts";
import { formatDuration, MINUTE_MS } from "../../kernel/time.ts";
import type { Policy } from "../config.ts";
import { type Facts, type Opinion, unknown } from "../opinion.ts";
import { APART_MS } from "../state.ts";
import { catchUp } from "./catch-up.ts";
import { type Given, kedaMetric, kedaOpinion, kedaText, leastActive } from "./keda.ts";
import type { GroupSeen, LagMemory, LagSeen } from "./types.ts";
import { windowed, windowOf } from "./window.ts";
import { counted } from "./words.ts";

export type KafkaLagPolicy = Extract<Policy, { type: "kafka-lag" }>;

interface Answer {
  readonly opinion: Opinion;
  /** The same object where nothing changed. */
  readonly memory: LagMemory | undefined;
}

/** What the lag of a consumer group asks for. */
export function kafkaLag(
  policy: KafkaLagPolicy,
  facts: Facts,
  memory: LagMemory | undefined,
  seen: LagSeen | undefined,
): Answer {
  const of = `${policy.cluster}/${policy.group}/${policy.rule}`;
  // An index may have belonged to another policy: what that one remembered is not ours.
  const before = memory?.of === of && Array.isArray(memory.rates) ? memory : undefined;
  const why = unreadable(facts, seen);
  if (why) return failed(policy, facts, of, before, why);
  const group = seen as GroupSeen;
  if (group.absent && before?.found) {
    const missingAt = Math.min(before.missingAt ?? facts.now, facts.now);
    const missing = { ...before, missingAt };
    // Its coordinator may have died with it: that is no group that has read nothing.
    if (facts.now - missingAt < MISSING_MS)
      return failed(policy, facts, of, same(before, missing), { text: "no broker knows the group any more" });
  }
  const next = policy.rule === "keda" ? byKeda(policy, facts, before, group) : catchUp(policy, facts, group, before);
  // The same look a second time tells nothing new.
  if (before && "at" in next.kept && before.at === group.at && next.kept.at === group.at)
    return { opinion: driven(next.opinion), memory: before };
  return { opinion: driven(next.opinion), memory: same(memory, { of, ...(group.absent ? {} : FOUND), ...next.kept }) };
}

/**
 * More consumers are to bring the lag down. Fewer are not judged by it: whenever the size of the group changes, what waits grows while partitions are
 * handed out, and going out again over that is the flapping that this policy is to end.
 */
function driven(opinion: Opinion): Opinion {
  return opinion.wants === undefined ? opinion : { ...opinion, drivers: opinion.wants === "out" ? LAG : NO_METRIC };
}
const LAG: readonly string[] = ["lag"];
const NO_METRIC: readonly string[] = [];

function same(before: LagMemory | undefined, next: LagMemory): LagMemory {
  if (!before || before.at !== next.at || before.activeAt !== next.activeAt) return next;
  return sameJson(before as unknown as Json, next as unknown as Json) ? before : next;
}

function byKeda(policy: KafkaLagPolicy, facts: Facts, before: LagMemory | undefined, seen: GroupSeen) {
  const found = kedaMetric(policy, seen, before?.offsets);
  const given: Given = {
    metric: found.metric,
    active: found.withPersistent > policy.activation,
    least: leastActive(policy, facts.min),
    text: kedaText(policy, seen, found),
    values: { lag: found.lag, metric: found.metric, threshold: policy.lagThreshold, partitions: found.partitions },
  };
  const { opinion, kept } = kedaOpinion(policy, facts, given, before ?? {});
  return { opinion, kept: { rates: NONE, ...kept, ...(found.offsets ? offsetsAt(found.offsets, seen, before) : {}) } };
}

type Offsets = NonNullable<LagMemory["offsets"]>;

/** Offsets with the look they are of: where they are the same as before, so is the look, and a group that stands still writes nothing. */
function offsetsAt(
  offsets: Offsets,
  seen: GroupSeen,
  before: LagMemory | undefined,
): Pick<LagMemory, "offsets" | "at"> {
  // The same ones are the same object.
  return { offsets, at: before?.at !== undefined && before.offsets === offsets ? before.at : seen.at };
}

const NONE: readonly number[] = [];
const FOUND = { found: true } as const;
/** A group that was there is given so long to come back from a coordinator that died. */
const MISSING_MS = 10 * MINUTE_MS;

interface Unreadable {
  readonly text: string;
  readonly stale?: boolean;
}

/** Why a look cannot be judged. It is an error like any other: never a lag of 0. */
function unreadable(facts: Facts, seen: LagSeen | undefined): Unreadable | undefined {
  if (!seen) return { text: "nobody could look" };
  if ("why" in seen) return { text: seen.why };
  if (typeof seen.topics !== "object" || seen.topics === null) return { text: "the look tells of no topics" };
  if (!Number.isFinite(seen.at) || seen.at > facts.now + APART_MS) return { text: "the look is not from now" };
  const age = facts.now - seen.at;
  if (age > facts.config.maxAge) return { text: `the look is ${formatDuration(age)} old`, stale: true };
  return undefined;
}

/** After more failures in a row than the threshold the fallback stands in; before, and without one, the count stays. */
function failed(
  policy: KafkaLagPolicy,
  facts: Facts,
  of: string,
  before: LagMemory | undefined,
  { text, stale = false }: Unreadable,
): Answer {
  const { fallback } = policy;
  const rule = `kafka-lag-${policy.rule}`;
  const lost = `the lag of group ${policy.group} on ${policy.cluster} is not known: ${text}`;
  if (!fallback) return { opinion: unknown(rule, stale ? "held_stale_data" : "held_no_data", lost), memory: before };
  const failures = Math.min(fallback.failureThreshold + 1, (before?.failures ?? 0) + 1);
  const memory: LagMemory = { rates: NONE, ...before, of, failures };
  if (failures <= fallback.failureThreshold) {
    const left = `${lost}; ${failures} of ${fallback.failureThreshold} failures before the fallback`;
    return { opinion: unknown(rule, stale ? "held_stale_data" : "held_no_data", left), memory };
  }
  const count = fallbackCount(fallback, facts.desired);
  const told = `${lost}; after more than ${counted(fallback.failureThreshold, "failure")} the fallback holds ${count}`;
  const values = { failures, fallback: count };
  if (policy.rule !== "keda" && count > 0) {
    const { opinion, runs } = windowed(rule, facts, { count, text: told, values }, before?.wanted, windowOf(policy));
    return { opinion, memory: same(before, { ...memory, wanted: runs }) };
  }
  const metric = count * policy.lagThreshold;
  const given: Given = { metric, active: count > 0, least: count, text: told, values };
  const { opinion, kept } = kedaOpinion(policy, facts, given, before ?? {});
  return { opinion, memory: same(before, { ...memory, ...kept }) };
}

function fallbackCount({ replicas, behavior }: NonNullable<KafkaLagPolicy["fallback"]>, current: number): number {
  switch (behavior) {
    case "static":
      return replicas;
    case "currentReplicas":
      return current;
    case "currentReplicasIfHigher":
      return Math.max(current, replicas);
    case "currentReplicasIfLower":
      return Math.min(current, replicas);
  }
}
