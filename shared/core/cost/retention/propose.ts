import { type DurationMs, formatDuration, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { compare, decimal, isZero, text } from "../decimal.ts";
import type { RetentionConfig } from "../section.ts";
import { decisive, floorOf } from "./floor.ts";
import { isSizeBound } from "./kept.ts";
import { monthlyCost } from "./saving.ts";
import type { Floor, StoragePrice, TopicFacts } from "./types.ts";

/** The guard looks each hour; between the largest need and the retention there is always room for it to miss some looks. */
export const GUARD_ROOM_MS = 12 * HOUR_MS;
/** What may grow gets room to grow before the guard takes the change back. */
const GROWTH = 1.25;
/** A change that keeps more than this share of what is kept is not worth one. */
const WORTH = 0.9;
/** Hours of the history that must have been seen: what nobody saw may have been a replay. */
const SEEN = 0.9;

export type Proposal =
  | {
      readonly status: "proposed";
      readonly retentionMs: DurationMs;
      /** What is kept now: the retention, or the age of the oldest record where that is for ever. */
      readonly currentMs: DurationMs;
      readonly floor: Extract<Floor, { status: "known" }>;
      readonly bounds: readonly string[];
    }
  | { readonly status: "none"; readonly reason: string; readonly text: string };

const none = (reason: string, why: string): Proposal => ({ status: "none", reason, text: why });

/** What the retention should be for a floor: nothing below it, room for the guard, whole hours. */
export function aboveFloor(floor: Extract<Floor, { status: "known" }>): DurationMs {
  const grows = new Set(["lag", "replay"]);
  const wanted = floor.terms.map(({ rule, ms }) => (grows.has(rule) ? ms * GROWTH : ms));
  return Math.ceil(Math.max(...wanted, floor.needMs + GUARD_ROOM_MS) / HOUR_MS) * HOUR_MS;
}

/** Why a topic is left out before anything is worked out for it; undefined: it is not. */
function leftOut({ topic, internal, settings }: TopicFacts): Proposal | undefined {
  const policies = settings.cleanupPolicy.split(",").map((one) => one.trim());
  if (internal || topic.startsWith("__")) return none("internal", `${topic} is Kafka's own`);
  if (policies.includes("compact"))
    return none(
      "compacted",
      `${topic} has cleanup.policy ${settings.cleanupPolicy}: its newest record of a key may be of any age and is still needed`,
    );
  if (!policies.includes("delete")) return none("not_deleted", `${topic} has no cleanup.policy delete`);
  if (settings.remote)
    return none(
      "tiered",
      `${topic} is tiered: retention.ms decides over the remote part, whose size brokers do not tell; see its local retention`,
    );
  return undefined;
}

/**
 * Whether less could be kept of a topic, and how much less: never below the safe floor, with room for the guard, and only after enough history. Every
 * no has its reason.
 */
export function proposeRetention(
  facts: TopicFacts,
  config: RetentionConfig,
  price: StoragePrice | undefined,
  now: Millis,
): Proposal {
  const out = leftOut(facts);
  if (out) return out;
  const { topic, settings, history, access, groups, storedBytes, oldestMs } = facts;
  const { retentionMs } = settings;
  if (retentionMs === undefined) return none("retention_unknown", `retention.ms of ${topic} could not be read`);
  if (history.from === undefined || history.from > now - config.history)
    return none(
      "history_short",
      history.from === undefined
        ? `usage of ${topic} was never observed; ${formatDuration(config.history)} are asked for`
        : `usage of ${topic} is known for ${formatDuration(Math.max(0, now - history.from))} only; ${formatDuration(config.history)} are asked for`,
    );
  if (history.hours < history.wantedHours * SEEN)
    return none(
      "history_gaps",
      `${history.hours} of the last ${history.wantedHours} hours were observed; what nobody saw may have been a replay`,
    );
  const cost =
    storedBytes === undefined || !price ? undefined : monthlyCost(storedBytes, price, facts.replicationFactor);
  const threshold = decimal(config.threshold);
  // With a threshold of 0 nothing is left alone: what is stored costs something, if less than the digits that are told.
  if (cost && threshold && !isZero(threshold) && compare(cost, threshold) <= 0)
    return none(
      "below_threshold",
      `${topic} stores for ${text(cost)} ${price?.currency} a month, which is not above ${config.threshold}`,
    );
  if (config.rule === "seed") {
    if (!cost) return none("cost_unknown", `what ${topic} costs cannot be told, and rule seed goes by it`);
    if (access !== "infrequent" && access !== "never")
      return none("access_pattern", `${topic} is read ${access === "unknown" ? "nobody knows how often" : access}`);
  }
  const floor = floorOf(facts, config, now);
  if (floor.status === "unknown") return none(floor.reason, floor.text);
  if (groups.length === 0)
    return none(
      "no_groups",
      `no group has a position at ${topic}: whether somebody reads it without one cannot be seen`,
    );
  const proposed = aboveFloor(floor);
  if (retentionMs < 0 && oldestMs === undefined)
    return none("age_unknown", `${topic} is kept for ever, and how old its oldest record is could not be read`);
  const currentMs = retentionMs < 0 ? (oldestMs ?? 0) : retentionMs;
  if (isSizeBound(settings, oldestMs, proposed))
    return none(
      "size_bound",
      `retention.bytes of ${topic} keeps ${formatDuration(oldestMs ?? 0)} already: a retention of ${formatDuration(proposed)} would change nothing`,
    );
  const rule = decisive(floor);
  if (proposed > currentMs * WORTH)
    return none(
      "at_floor",
      `${topic} keeps ${formatDuration(currentMs)}, and ${formatDuration(proposed)} is as little as is safe: ${rule.text}`,
    );
  return {
    status: "proposed",
    retentionMs: proposed,
    currentMs,
    floor,
    bounds: [
      ...floor.terms.map((term) => term.text),
      `the floor is ${formatDuration(floor.ms)}, by ${rule.rule}; ${formatDuration(proposed)} is proposed, so that lags may grow and the guard may miss looks for ${formatDuration(GUARD_ROOM_MS / 2)} at the least`,
    ],
  };
}
