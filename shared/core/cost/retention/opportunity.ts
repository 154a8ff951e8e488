import { type DurationMs, formatDuration, type Millis } from "../../kernel/time.ts";
import { subtract, text as textOf, toNumber } from "../decimal.ts";
import type { Evidence, NotProposed, Opportunity, OpportunityKind } from "../opportunity.ts";
import { opportunityId } from "../opportunity-id.ts";
import { keptText, segmentSpan } from "./kept.ts";
import type { Proposal } from "./propose.ts";
import { monthlyCost, savedBytes } from "./saving.ts";
import type { StoragePrice, TopicFacts } from "./types.ts";

export const topicResource = ({ cluster, topic }: Pick<TopicFacts, "cluster" | "topic">): Opportunity["resource"] => ({
  type: "kafka:topic",
  id: `${cluster}/${topic}`,
  name: topic,
  service: "kafka",
  cluster,
});

export const notProposed = (
  facts: Pick<TopicFacts, "cluster" | "topic">,
  kind: OpportunityKind,
  { reason, text }: { readonly reason: string; readonly text: string },
): NotProposed => ({ resource: topicResource(facts), kind, reason, text });

const spoken = (ms: DurationMs): string => (ms < 0 ? "for ever" : formatDuration(ms));

function evidenceOf(facts: TopicFacts, price: StoragePrice | undefined, olderBytes: number | undefined, now: Millis) {
  const { history, storedBytes, oldestMs, access, groups, replay } = facts;
  const span = history.from === undefined ? {} : { from: history.from, to: now };
  const worst = groups.reduce((most, { lagMs = 0, worstMs = 0 }) => Math.max(most, lagMs, worstMs), 0);
  const all: readonly (Evidence | undefined)[] = [
    storedBytes === undefined
      ? undefined
      : { name: "stored_bytes", value: storedBytes, unit: "bytes", source: "log directories of the brokers" },
    oldestMs === undefined ? undefined : { name: "oldest_record_age", value: oldestMs, unit: "ms", source: "streams" },
    olderBytes === undefined
      ? undefined
      : {
          name: "bytes_older_than_proposed",
          value: Math.round(olderBytes),
          unit: "bytes",
          source: "streams offsets by time",
        },
    { name: "largest_time_lag", value: worst, unit: "ms", samples: history.hours, ...span, source: "usage by hour" },
    {
      name: "longest_replay",
      value: replay?.ms ?? 0,
      unit: "ms",
      samples: history.hours,
      ...span,
      source: "usage by hour",
    },
    { name: "access_pattern", value: access, samples: history.readHours + history.idleHours, source: "usage by hour" },
    price === undefined
      ? undefined
      : { name: "price_per_gb_month", value: toNumber(price.perGbMonth), unit: price.currency, source: price.source },
  ];
  return all.filter((one) => one !== undefined);
}

/** A proposal as an opportunity: `retention.ms` of one topic, set by one call and taken back by one. */
export function retentionOpportunity(
  facts: TopicFacts,
  proposal: Extract<Proposal, { status: "proposed" }>,
  context: {
    readonly price?: StoragePrice;
    readonly olderBytes?: number;
    readonly currency: string;
    readonly now: Millis;
  },
): Opportunity {
  const { price, olderBytes, currency, now } = context;
  const { cluster, topic, topicId, settings, storedBytes } = facts;
  const resource = topicResource(facts);
  const before = settings.own["retention.ms"];
  const saved = savedBytes(facts, proposal.retentionMs, olderBytes);
  const saving = saved === undefined || !price ? undefined : monthlyCost(saved, price, facts.replicationFactor);
  const isForEver = (settings.retentionMs ?? 0) < 0;
  const cost =
    storedBytes === undefined || !price ? undefined : monthlyCost(storedBytes, price, facts.replicationFactor);
  return {
    id: opportunityId("retention", resource),
    kind: "retention",
    resource,
    text: `${topic} keeps its records ${spoken(settings.retentionMs ?? 0)}; ${formatDuration(proposal.retentionMs)} are enough for everybody who reads it`,
    current: {
      retentionMs: settings.retentionMs ?? null,
      isOverride: before !== undefined,
      storedBytes: storedBytes ?? null,
      ...(cost ? { costPerMonth: textOf(cost) } : {}),
    },
    proposed: {
      retentionMs: proposal.retentionMs,
      floorMs: proposal.floor.ms,
      ...(saved === undefined || storedBytes === undefined ? {} : { storedBytes: Math.round(storedBytes - saved) }),
      ...(cost && saving ? { costPerMonth: textOf(subtract(cost, saving)) } : {}),
    },
    ...(saving ? { savingPerMonth: saving } : {}),
    currency: price?.currency ?? currency,
    effort: "very_low",
    // What is said to be kept for ever was said on purpose.
    risk: isForEver ? "high" : proposal.retentionMs >= 2 * Math.max(proposal.floor.needMs, 1) ? "low" : "medium",
    restartNeeded: false,
    rollback: "one_call",
    evidence: evidenceOf(facts, price, olderBytes, now),
    bounds: [
      ...proposal.bounds,
      keptText(proposal.retentionMs, segmentSpan(facts)),
      ...(isForEver ? ["it is kept for ever by its setting: somebody may have meant that"] : []),
      ...((settings.retentionBytes ?? -1) >= 0
        ? [`retention.bytes (${settings.retentionBytes} a partition) goes on deleting too, whichever comes first`]
        : []),
      ...(settings.timestampType === "LogAppendTime"
        ? []
        : ["records carry their producers' times: one that is written late is as old as it says"]),
      "one call brings the setting back; records that were deleted meanwhile stay deleted",
      ...(price?.source.startsWith("bill") === true
        ? [
            "volumes that are paid by their size (MSK provisioned) do not shrink by themselves: the saving comes when they are made smaller, or need not grow",
          ]
        : []),
    ],
    action: {
      type: "topic_configs",
      cluster,
      topic,
      ...(topicId === undefined ? {} : { topicId }),
      set: [{ name: "retention.ms", value: String(proposal.retentionMs) }],
      before: [{ name: "retention.ms", ...(before === undefined ? {} : { value: before }) }],
    },
    at: now,
  };
}
