import type { NotProposed, Opportunity } from "../opportunity.ts";
import type { RightsizingConfig } from "../section.ts";
import type { TopicSeen } from "./history.ts";
import { byHand, notFor, perMonth, spanText, type UnitPrices } from "./made.ts";

/** What one partition takes at ease; MSK Serverless allows 5 and 10 MB a second (its quota page, 2025-11), and peaks within an hour are sharper than the hour. */
const IN_PER_SECOND = 1_000_000;
const OUT_PER_SECOND = 2_000_000;
/** Fewer than so many are nobody's trouble, and so are those within this factor. */
const FEW = 12;
const FACTOR = 4;

interface Context {
  readonly now: number;
  readonly prices?: UnitPrices;
  readonly currency: string;
}
const resourceOf = ({ cluster, topic }: TopicSeen): Opportunity["resource"] => ({
  ...{ type: "kafka:topic", id: `${cluster}/${topic}`, name: topic, service: "kafka", cluster },
});
const isInternal = ({ topic }: TopicSeen): boolean => topic.startsWith("__");

/** A topic that nobody wrote to and nobody read in all the time that was looked at; undefined: it is used, or too little is known. */
export function proposeIdleTopic(
  seen: TopicSeen,
  config: RightsizingConfig,
  { now, currency, prices }: Context,
): Opportunity | undefined {
  const { topic, hours, readHours, writtenHours, darkHours, from, to, partitions, replicationFactor } = seen;
  if (isInternal(seen) || hours < config.minimumSamples || readHours + writtenHours + darkHours > 0) return undefined;
  const resource = resourceOf(seen);
  return {
    ...byHand("idle", resource, [`make sure that nobody needs ${topic}`, "take a backup of it", "delete it"], now),
    rollback: "impossible",
    text: `nobody wrote to ${topic} and nobody read it`,
    current: { partitions, replicationFactor, storedBytes: seen.storedBytes ?? null },
    proposed: { partitions: 0 },
    ...(prices?.partitionHour ? { savingPerMonth: perMonth(partitions, prices.partitionHour) } : {}),
    currency: prices?.currency ?? currency,
    effort: "low",
    risk: "high",
    restartNeeded: false,
    evidence: [{ name: "hours_without_use", value: hours, from, to, samples: hours, source: "usage by hour" }],
    bounds: [spanText({ now, from, to, samples: hours }), "readers without a group are not seen"],
    aws: { finding: "Idle", actionType: "Delete" },
  };
}

/** A topic with many times the partitions that its busiest hour needs; undefined: it is none. */
export function proposePartitions(
  seen: TopicSeen,
  config: RightsizingConfig,
  { now, currency, prices }: Context,
): Opportunity | NotProposed | undefined {
  const { topic, partitions, hours, peakInBytes, peakOutBytes, from, to } = seen;
  if (isInternal(seen) || partitions < FEW) return undefined;
  const resource = resourceOf(seen);
  if (hours < config.minimumSamples || peakInBytes === undefined)
    return notFor(
      resource,
      "over_partitioned",
      "insufficient_data",
      `${topic}: ${hours} hours seen, of which bytes in ${peakInBytes === undefined ? "were not counted" : "were"}; ${config.minimumSamples} are asked for`,
    );
  const perSecond = { in: peakInBytes / 3600, out: (peakOutBytes ?? 0) / 3600 };
  const grown = 1 + config.headroom / 100;
  const needed = Math.max(
    1,
    Math.ceil((perSecond.in * grown) / IN_PER_SECOND),
    Math.ceil((perSecond.out * grown) / OUT_PER_SECOND),
  );
  if (partitions < needed * FACTOR) return undefined;
  // Readers share the work by partitions: a handful stays whatever the bytes are.
  const wanted = Math.max(needed, Math.min(FEW, Math.ceil(partitions / FACTOR)));
  if (wanted >= partitions) return undefined;
  return {
    ...byHand(
      "over_partitioned",
      resource,
      [
        `make a topic with ${wanted} partitions beside ${topic}`,
        "let producers write to it, and readers follow when they have read the old one",
        "keys go to other partitions then: order holds within each topic only",
      ],
      now,
    ),
    text: `${topic} has ${partitions} partitions; its busiest hour needs ${needed}, and ${wanted} leave readers their share`,
    current: { partitions },
    proposed: { partitions: wanted },
    ...(prices?.partitionHour ? { savingPerMonth: perMonth(partitions - wanted, prices.partitionHour) } : {}),
    currency: prices?.currency ?? currency,
    effort: "high",
    risk: "high",
    restartNeeded: true,
    evidence: [
      {
        name: "peak_in",
        value: Math.round(perSecond.in),
        unit: "bytes/s",
        from,
        to,
        samples: hours,
        source: "usage by hour",
      },
      ...(peakOutBytes === undefined
        ? []
        : [
            {
              name: "peak_out",
              value: Math.round(perSecond.out),
              unit: "bytes/s",
              from,
              to,
              samples: hours,
              source: "usage by hour",
            },
          ]),
    ],
    bounds: [
      spanText({ now, from, to, samples: hours }),
      `a partition takes 1 MB in and 2 MB out a second at ease, with ${config.headroom} % on top`,
      "Kafka cannot take partitions away: the topic has to be made anew",
    ],
  };
}
