import type { RecoverySettings } from "./file.ts";

export interface Mm2Clusters {
  readonly primary: {
    readonly alias: string;
    readonly brokers: readonly string[];
    readonly settings?: Readonly<Record<string, string>>;
  };
  readonly secondary: {
    readonly alias: string;
    readonly brokers: readonly string[];
    readonly settings?: Readonly<Record<string, string>>;
  };
}

/** Offsets of groups are translated and written over there so often. Kafka's own default is a minute. */
export const SYNC_SECONDS = 10;

/** Topics with a name of their own kind that MirrorMaker keeps. */
const KEPT = [
  "checkpoints.topic",
  "heartbeats.topic",
  "offset-syncs.topic",
  "offset.storage",
  "config.storage",
  "status.storage",
];

/** A name in MirrorMaker's list of patterns: it matches that topic only. */
const literal = (topic: string): string => topic.replace(/[.\\+*?[\](){}^$|]/g, "\\$&");

/** Backslashes are an escape in Java's properties. */
const written = (value: string): string => value.replaceAll("\\", "\\\\");

/**
 * `mm2.properties` for MirrorMaker 2 in its dedicated mode (Kafka 3.5 and later): topics of the primary to the secondary cluster, positions of groups kept in step,
 * exactly once. Settings by their names in Kafka's documentation ("Geo-Replication"); exactly-once by KIP-618 and KIP-710.
 */
export function mm2Properties(settings: NonNullable<RecoverySettings["replication"]>, clusters: Mm2Clusters): string {
  const { primary, secondary } = clusters;
  const [from, to] = [primary.alias, secondary.alias];
  const flow = `${from}->${to}`;
  const extra = ({ alias, settings: more = {} }: Mm2Clusters["primary"]) =>
    Object.entries(more).map(([name, value]) => `${alias}.${name} = ${written(value)}`);
  return [
    "# MirrorMaker 2, dedicated mode: connect-mirror-maker.sh mm2.properties, on two machines of the secondary region at the least.",
    `clusters = ${from}, ${to}`,
    `${from}.bootstrap.servers = ${primary.brokers.join(",")}`,
    `${to}.bootstrap.servers = ${secondary.brokers.join(",")}`,
    ...extra(primary),
    ...extra(secondary),
    "",
    `${flow}.enabled = true`,
    `${flow}.topics = ${settings.topics.map((topic) => written(literal(topic))).join(", ")}`,
    `${flow}.groups = .*`,
    "# The way back is opened by the runbook of failing back, never both at once. Its heartbeats run, so that those of the flow can be seen.",
    `${to}->${from}.enabled = false`,
    `${to}->${from}.emit.heartbeats.enabled = true`,
    "",
    `replication.factor = ${settings.replicationFactor}`,
    ...KEPT.map((name) => `${name}.replication.factor = ${settings.replicationFactor}`),
    "",
    "# Positions of groups over there: written while nobody consumes there, never later than what was read here.",
    "sync.group.offsets.enabled = true",
    `sync.group.offsets.interval.seconds = ${SYNC_SECONDS}`,
    "emit.checkpoints.enabled = true",
    `emit.checkpoints.interval.seconds = ${SYNC_SECONDS}`,
    "emit.heartbeats.enabled = true",
    "emit.heartbeats.interval.seconds = 5",
    "offset.lag.max = 10",
    "",
    "refresh.topics.enabled = true",
    "refresh.topics.interval.seconds = 60",
    "refresh.groups.enabled = true",
    "refresh.groups.interval.seconds = 60",
    "sync.topic.configs.enabled = true",
    "sync.topic.acls.enabled = false",
    "",
    "# Exactly once: records are written over there in transactions, and aborted ones of here are not read.",
    `${to}.exactly.once.source.support = enabled`,
    `${from}.consumer.isolation.level = read_committed`,
    `${from}.consumer.auto.offset.reset = earliest`,
    "dedicated.mode.enable.internal.rest = true",
    "listeners = http://127.0.0.1:0",
    "",
  ].join("\n");
}
