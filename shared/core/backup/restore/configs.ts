import type { TopicConfig } from "../../kernel/streams.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { ChunkRef } from "../format/types.ts";
import { DEFAULT_RETENTION_MS, LEAST_MAX_MESSAGE } from "./constants.ts";

const FOREVER = "9223372036854775807";
/** Name the brokers of the cluster they were set for. */
const OF_BROKERS = ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];

const settingOf = (configs: readonly TopicConfig[], name: string): string | undefined =>
  configs.find((one) => one.name === name)?.value;

/** Settings while records come in: none is stamped anew, refused for its age, or deleted before the last one is there. */
export function heldConfigs(longest: number, live: boolean, replicationFactor: number): readonly TopicConfig[] {
  const held: TopicConfig[] = [
    { name: "max.message.bytes", value: String(Math.max(LEAST_MAX_MESSAGE, longest + 1_048_576)) },
    { name: "message.timestamp.after.max.ms", value: FOREVER },
    { name: "message.timestamp.before.max.ms", value: FOREVER },
    { name: "message.timestamp.type", value: "CreateTime" },
    { name: "retention.bytes", value: "-1" },
    { name: "retention.ms", value: "-1" },
  ];
  // A topic that others use keeps its own rule of cleaning, and what it asks of its replicas.
  if (live) return held;
  const cleanup = { name: "cleanup.policy", value: "delete" };
  const replicas = { name: "min.insync.replicas", value: String(Math.min(1, replicationFactor)) };
  return [cleanup, ...held.slice(0, 4), replicas, ...held.slice(4)];
}

interface Settled {
  readonly configs: readonly TopicConfig[];
  readonly notes: readonly string[];
}

/** The settings that a topic of the point has in the end, and what of them cannot be as it was. */
export function settledConfigs(
  configs: readonly TopicConfig[],
  replicationFactor: number,
  holdRetention: boolean,
): Settled {
  const notes: string[] = [];
  let kept = configs.filter(({ name }) => !OF_BROKERS.includes(name));
  if (kept.length < configs.length)
    notes.push("its replication throttles are left out: they name brokers of the cluster it comes from");
  const least = Number(settingOf(kept, "min.insync.replicas") ?? 1);
  if (least > replicationFactor) {
    kept = kept.map((one) =>
      one.name === "min.insync.replicas" ? { name: one.name, value: String(replicationFactor) } : one,
    );
    notes.push(
      `min.insync.replicas was ${least} and becomes ${replicationFactor}: with a replication factor of ${replicationFactor} nobody could write`,
    );
  }
  if (holdRetention) {
    const off = ["retention.bytes", "retention.ms"];
    kept = [...kept.filter(({ name }) => !off.includes(name)), ...off.map((name) => ({ name, value: "-1" }))];
    notes.push("retention stays off until somebody sets it");
  }
  return { configs: [...kept].sort((a, b) => (a.name < b.name ? -1 : 1)), notes };
}

/** What has to be set in the end: the settings wanted, and without value those that were held and have none. */
export const settling = (
  held: readonly TopicConfig[],
  wanted: readonly TopicConfig[],
): readonly { readonly name: string; readonly value?: string }[] => [
  ...wanted,
  ...held.filter(({ name }) => settingOf(wanted, name) === undefined).map(({ name }) => ({ name })),
];

/** Says what retention deletes of a topic as soon as its settings hold again; undefined: nothing. */
export function retentionWarning(
  topic: string,
  configs: readonly TopicConfig[],
  partitions: readonly (readonly ChunkRef[])[],
  now: number,
): string | undefined {
  const policy = settingOf(configs, "cleanup.policy") ?? "delete";
  if (!policy.split(",").some((one) => one.trim() === "delete")) return undefined;
  const set = settingOf(configs, "retention.ms");
  const retention = Number(set ?? DEFAULT_RETENTION_MS);
  const old =
    retention < 0
      ? 0
      : partitions.flat().reduce((sum, one) => sum + (one.maxTimestamp < now - retention ? one.records : 0), 0);
  const by = `retention.ms ${retention === DEFAULT_RETENTION_MS ? "of 7 d" : `of ${formatDuration(retention)}`}${set === undefined ? " (Kafka's default; the cluster may have another)" : ""}`;
  if (old > 0)
    return `${topic}: ${old} records or more are older than its ${by} and will be deleted soon after its settings hold again; hold retention to keep them`;
  const most = Number(settingOf(configs, "retention.bytes") ?? -1);
  const over = most < 0 ? 0 : partitions.filter((chunks) => bytesOf(chunks) > most).length;
  return over === 0
    ? undefined
    : `${topic}: ${over} partitions hold more than its retention.bytes of ${most}; the oldest records will be deleted soon after its settings hold again`;
}

const bytesOf = (chunks: readonly ChunkRef[]): number => chunks.reduce((sum, one) => sum + one.raw, 0);
