import { DAY_MS, type DurationMs, formatDuration, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { compare, decimal, subtract, toNumber } from "../decimal.ts";
import type { NotProposed, Opportunity } from "../opportunity.ts";
import { opportunityId } from "../opportunity-id.ts";
import type { RetentionConfig } from "../section.ts";
import { floorOf } from "./floor.ts";
import { notProposed, topicResource } from "./opportunity.ts";
import { GUARD_ROOM_MS } from "./propose.ts";
import { monthlyCost, savedBytes } from "./saving.ts";
import type { StoragePrice, TopicFacts } from "./types.ts";

/** What is read stays near: at least a day, whatever the lags are. */
const NEAR_MS = DAY_MS;
/** A shorter way than this to what is there already is not worth a change. */
const WORTH = 0.9;

/**
 * The alternative that deletes nothing: older segments go to cheaper storage. Where the topic is tiered already, less is kept on the brokers
 * (`local.retention.ms`); where it is not, a person switches it on, because taking that back is no single call.
 *
 * @param offered whether the cluster says that it takes `remote.storage.enable`; undefined: nobody could ask
 * @param remote what a GB-month costs there; absent: the saving cannot be told
 */
export function proposeTiering(
  facts: TopicFacts,
  config: RetentionConfig,
  offered: boolean | undefined,
  context: {
    readonly price?: StoragePrice;
    readonly remote?: StoragePrice;
    readonly currency: string;
    readonly now: Millis;
  },
): Opportunity | NotProposed | undefined {
  const { settings, internal, topic, cluster, topicId, storedBytes, oldestMs } = facts;
  if (!config.tiering || internal || topic.startsWith("__") || settings.cleanupPolicy.includes("compact"))
    return undefined;
  const { price, remote, currency, now } = context;
  if (!settings.remote && offered !== true)
    return notProposed(
      facts,
      "tiering",
      offered === false
        ? { reason: "not_offered", text: "the cluster does not take remote.storage.enable" }
        : { reason: "offer_unknown", text: "whether the cluster has tiered storage could not be asked" },
    );
  const floor = floorOf(facts, config, now);
  if (floor.status === "unknown") return notProposed(facts, "tiering", floor);
  const near =
    Math.ceil(Math.max(NEAR_MS, floor.needMs * config.safety, floor.needMs + GUARD_ROOM_MS) / HOUR_MS) * HOUR_MS;
  const kept = localNow(facts);
  if (kept === undefined || near > kept * WORTH)
    return notProposed(facts, "tiering", {
      reason: "near_is_all",
      text: `${formatDuration(near)} should stay on the brokers of ${topic}, and that is nearly all there is`,
    });
  const moved = savedBytes(
    { ...facts, ...(oldestMs === undefined ? {} : { oldestMs: Math.min(oldestMs, kept) }) },
    near,
  );
  const gone = moved === undefined || !price ? undefined : monthlyCost(moved, price, facts.replicationFactor);
  const threshold = decimal(config.threshold);
  if (gone && threshold && compare(gone, threshold) <= 0) return undefined;
  const there =
    moved === undefined || !remote ? undefined : monthlyCost(moved / Math.max(1, facts.replicationFactor), remote, 1);
  const resource = topicResource(facts);
  const base = {
    id: opportunityId("tiering", resource),
    kind: "tiering" as const,
    resource,
    current: { remote: settings.remote, localRetentionMs: kept, storedBytes: storedBytes ?? null },
    proposed: { remote: true, localRetentionMs: near },
    ...(gone && there && compare(gone, there) > 0 ? { savingPerMonth: subtract(gone, there) } : {}),
    currency: price?.currency ?? currency,
    restartNeeded: false,
    evidence: [
      {
        name: "bytes_to_move",
        value: moved === undefined ? null : Math.round(moved),
        unit: "bytes",
        source: "log directories of the brokers",
      },
      ...(remote
        ? [
            {
              name: "remote_price_per_gb_month",
              value: toNumber(remote.perGbMonth),
              unit: remote.currency,
              source: remote.source,
            },
          ]
        : []),
    ],
    at: now,
  };
  const deleted = "nothing is deleted by it: what leaves the brokers is read from the remote storage, more slowly";
  if (!settings.remote)
    return {
      ...base,
      text: `${topic} could keep ${formatDuration(near)} on its brokers and the rest in tiered storage`,
      effort: "medium",
      risk: "medium",
      rollback: "possible",
      bounds: [
        deleted,
        "switching it off again moves nothing back: what is remote would be deleted (remote.log.delete.on.disable)",
      ],
      action: {
        type: "by_hand",
        steps: [
          `set remote.storage.enable=true on ${topic}`,
          `set local.retention.ms=${near} on ${topic} once segments are remote`,
        ],
      },
    };
  const before = settings.own["local.retention.ms"];
  return {
    ...base,
    text: `${topic} keeps ${formatDuration(kept)} on its brokers; ${formatDuration(near)} are enough there`,
    effort: "very_low",
    risk: "low",
    rollback: "one_call",
    bounds: [deleted],
    action: {
      type: "topic_configs",
      cluster,
      topic,
      ...(topicId === undefined ? {} : { topicId }),
      set: [{ name: "local.retention.ms", value: String(near) }],
      before: [{ name: "local.retention.ms", ...(before === undefined ? {} : { value: before }) }],
    },
  };
}

/** How much lies on the brokers by the settings; undefined: not known. */
function localNow({ settings, oldestMs }: TopicFacts): DurationMs | undefined {
  const { remote, localRetentionMs = -2, retentionMs } = settings;
  const all = retentionMs === undefined ? undefined : retentionMs < 0 ? oldestMs : retentionMs;
  return remote && localRetentionMs >= 0 ? localRetentionMs : all;
}
