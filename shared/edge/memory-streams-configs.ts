import type { HeldConfig } from "../core/kernel/streams.ts";

const whole = /^-?\d{1,18}$/;
const number =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (value: string): boolean =>
    whole.test(value) && Number(value) >= least && Number(value) <= most;
const oneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value);
const INT = 2 ** 31 - 1;
const truth = oneOf("true", "false");
const ratio = (value: string): boolean => value !== "" && Number(value) >= 0 && Number(value) <= 1;
const policies = (value: string): boolean =>
  value === "" || value.split(",").every((one) => one.trim() === "delete" || one.trim() === "compact");
const throttled = (value: string): boolean => value === "*" || value === "" || /^(\d+:\d+)(,\d+:\d+)*$/.test(value);

/** Settings of a topic: default and what is allowed, as https://kafka.apache.org/41/configuration/topic-configs/ lists them. */
const KNOWN: Readonly<Record<string, readonly [string, (value: string) => boolean]>> = {
  "cleanup.policy": ["delete", policies],
  "compression.gzip.level": ["-1", (value) => number(1, 9)(value) || value === "-1"],
  "compression.lz4.level": ["9", number(1, 17)],
  "compression.type": ["producer", oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")],
  "compression.zstd.level": ["3", number(-131_072, 22)],
  "delete.retention.ms": ["86400000", number(0)],
  "file.delete.delay.ms": ["60000", number(0)],
  "flush.messages": ["9223372036854775807", (value) => /^\d{1,19}$/.test(value) && value !== "0"],
  "flush.ms": ["9223372036854775807", (value) => /^\d{1,19}$/.test(value)],
  "follower.replication.throttled.replicas": ["", throttled],
  "index.interval.bytes": ["4096", number(0, INT)],
  "leader.replication.throttled.replicas": ["", throttled],
  "local.retention.bytes": ["-2", number(-2)],
  "local.retention.ms": ["-2", number(-2)],
  "max.compaction.lag.ms": ["9223372036854775807", (value) => /^\d{1,19}$/.test(value) && value !== "0"],
  "max.message.bytes": ["1048588", number(0, INT)],
  "message.timestamp.after.max.ms": ["3600000", (value) => /^\d{1,19}$/.test(value)],
  "message.timestamp.before.max.ms": ["9223372036854775807", (value) => /^\d{1,19}$/.test(value)],
  "message.timestamp.type": ["CreateTime", oneOf("CreateTime", "LogAppendTime")],
  "min.cleanable.dirty.ratio": ["0.5", ratio],
  "min.compaction.lag.ms": ["0", number(0)],
  "min.insync.replicas": ["1", number(1, INT)],
  preallocate: ["false", truth],
  "remote.copy.disable": ["false", truth],
  "remote.log.delete.on.disable": ["false", truth],
  "remote.storage.enable": ["false", truth],
  "retention.bytes": ["-1", number(-1)],
  "retention.ms": ["604800000", number(-1)],
  "segment.bytes": ["1073741824", number(1_048_576, INT)],
  "segment.index.bytes": ["10485760", number(4, INT)],
  "segment.jitter.ms": ["0", number(0)],
  "segment.ms": ["604800000", number(1)],
  "unclean.leader.election.enable": ["false", truth],
};

/** Why a setting is refused; undefined: it is allowed. */
export function refusedConfig(name: string, value: string): string | undefined {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  if (!known) return `unknown topic config name: ${name}`;
  return known[1](value) ? undefined : `invalid value ${value.slice(0, 100)} for configuration ${name}`;
}

/** What holds for a topic: its own setting, the cluster's default, Kafka's. */
export function configOf(
  own: ReadonlyMap<string, string>,
  defaults: Readonly<Record<string, string>>,
  name: string,
): string {
  return own.get(name) ?? (Object.hasOwn(defaults, name) ? defaults[name] : undefined) ?? KNOWN[name]?.[0] ?? "";
}

/** Everything that holds for a topic, by name. */
export const heldBy = (
  own: ReadonlyMap<string, string>,
  defaults: Readonly<Record<string, string>>,
): readonly HeldConfig[] =>
  [...new Set([...Object.keys(KNOWN), ...own.keys()])]
    .sort()
    .map((name) => ({ name, value: configOf(own, defaults, name), own: own.has(name) }));
