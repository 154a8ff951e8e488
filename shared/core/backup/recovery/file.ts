import * as v from "valibot";
import type { PathFault } from "../../kernel/path-fault.ts";
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, parseDuration } from "../../kernel/time.ts";
import { DISRUPTIONS, type Objectives } from "./types.ts";

/** How often, in words as people write schedules. */
const WORDS: Readonly<Record<string, DurationMs>> = {
  minutely: MINUTE_MS,
  hourly: HOUR_MS,
  daily: DAY_MS,
  weekly: 7 * DAY_MS,
};

const DURATION = "duration such as 30s, 5m, 1h or 30d";
const lengthOf = (given: string): DurationMs | undefined => {
  const text = given.trim().toLowerCase();
  const words = /^every\s+(.+)$/.exec(text)?.[1] ?? text;
  const spelled = /^(\d+)\s*(s|m|h|d|w|sec|second|min|minute|hour|day|week)s?$/.exec(words);
  const ms = spelled ? parseDuration(`${spelled[1]}${spelled[2]?.[0]}`) : parseDuration(words);
  return WORDS[text] ?? (ms && ms > 0 ? ms : undefined);
};
const duration = v.pipe(
  v.string(DURATION),
  v.check((text) => lengthOf(text) !== undefined, DURATION),
  v.transform((text) => lengthOf(text) as DurationMs),
);
const frequency = v.pipe(
  v.string(`hourly, daily, weekly, or a ${DURATION}`),
  v.check((text) => lengthOf(text) !== undefined, `hourly, daily, weekly, or a ${DURATION}`),
  v.transform((text) => lengthOf(text) as DurationMs),
);
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(300));
const names = v.pipe(v.array(name), v.minLength(1), v.maxLength(10_000));
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100));

const url = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://"));
/** What a failover needs to know besides; all of it may be left out. Ours, like `objectives`. */
const failover = v.looseObject({
  plan: v.optional(name),
  primary_cluster: v.optional(name),
  secondary_cluster: v.optional(name),
  flink: v.optional(url),
  connect: v.optional(v.looseObject({ url, connectors: names })),
  parameter: v.optional(v.looseObject({ name: v.pipe(name, v.startsWith("/")), primary: name, secondary: name })),
  hook: v.optional(v.looseObject({ url, back: v.optional(url), probe: v.optional(url) })),
});

const objective = v.looseObject({ rpo: v.optional(duration), rto: v.optional(duration) });

/** Known keys; others are warned of. Objectives, clusters and addresses are ours, and may be left out. */
const SHAPE = {
  disaster_recovery: v.looseObject({
    primary_region: name,
    secondary_region: name,
    kafka_replication: v.optional(
      v.looseObject({
        tool: v.optional(name, "MirrorMaker2"),
        topics: names,
        replication_factor: v.optional(count, 3),
        /** Of the two clusters, "host:port,host:port"; needed to write MirrorMaker's configuration. */
        primary_brokers: v.optional(v.union([name, v.array(name)])),
        secondary_brokers: v.optional(v.union([name, v.array(name)])),
      }),
    ),
    flink_recovery: v.optional(
      v.looseObject({
        savepoint_storage: v.optional(name),
        state_backend: v.optional(name),
        checkpoint_interval: v.optional(duration),
      }),
    ),
    data_backup: v.optional(
      v.looseObject({
        frequency: v.optional(frequency, "hourly"),
        retention: v.optional(duration, "30d"),
        destinations: names,
      }),
    ),
    objectives: v.optional(
      v.looseObject({
        rpo: v.optional(duration),
        rto: v.optional(duration),
        ...Object.fromEntries(DISRUPTIONS.map((one) => [one, v.optional(objective)])),
      }),
    ),
    failover: v.optional(failover),
  }),
} as const;

/** `disaster-recovery.yml`, the platform's file. */
export const RecoveryFile = v.looseObject(SHAPE);
type Read = v.InferOutput<typeof RecoveryFile>["disaster_recovery"];

/** What the runbooks of failing over and back turn; see docs/recovery.md. */
export interface FailoverSettings {
  /** Backup plan that is restored from; default: the only one. */
  readonly plan?: string;
  /** Clusters of `streams`; default: those named as the regions are. */
  readonly primaryCluster?: string;
  readonly secondaryCluster?: string;
  /** Flink's REST API over there. */
  readonly flink?: string;
  /** Kafka Connect, and which of its connectors are the mirror. */
  readonly connect?: { readonly url: string; readonly connectors: readonly string[] };
  readonly parameter?: { readonly name: string; readonly primary: string; readonly secondary: string };
  readonly hook?: { readonly url: string; readonly back?: string; readonly probe?: string };
}

export interface RecoverySettings {
  readonly primaryRegion: string;
  readonly secondaryRegion: string;
  readonly replication?: {
    readonly tool: string;
    readonly topics: readonly string[];
    readonly replicationFactor: number;
    readonly primaryBrokers: readonly string[];
    readonly secondaryBrokers: readonly string[];
  };
  readonly flink?: {
    readonly savepointStorage?: string;
    readonly stateBackend?: string;
    readonly checkpointIntervalMs?: DurationMs;
  };
  readonly backup?: {
    readonly everyMs: DurationMs;
    readonly retentionMs: DurationMs;
    readonly destinations: readonly string[];
  };
  readonly failover?: FailoverSettings;
  /** What the file itself asks for; one for all, and what one disruption has instead. */
  readonly objectives: Objectives;
}

function failoverOf(read: v.InferOutput<typeof failover>): FailoverSettings {
  const { plan, primary_cluster: primary, secondary_cluster: secondary, flink, connect, parameter, hook } = read;
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(primary === undefined ? {} : { primaryCluster: primary }),
    ...(secondary === undefined ? {} : { secondaryCluster: secondary }),
    ...(flink === undefined ? {} : { flink }),
    ...(connect ? { connect: { url: connect.url, connectors: connect.connectors } } : {}),
    ...(parameter
      ? { parameter: { name: parameter.name, primary: parameter.primary, secondary: parameter.secondary } }
      : {}),
    ...(hook
      ? {
          hook: {
            url: hook.url,
            ...(hook.back === undefined ? {} : { back: hook.back }),
            ...(hook.probe === undefined ? {} : { probe: hook.probe }),
          },
        }
      : {}),
  };
}

const brokersOf = (given: string | readonly string[] | undefined): readonly string[] =>
  (typeof given === "string" ? given.split(",") : (given ?? [])).map((one) => one.trim()).filter((one) => one !== "");

/** The file's meaning, and a warning for each key that is not known. */
export function recoverySettings(file: v.InferOutput<typeof RecoveryFile>): {
  readonly settings: RecoverySettings;
  readonly warnings: readonly PathFault[];
} {
  const read: Read = file.disaster_recovery;
  const { kafka_replication: kafka, flink_recovery: flink, data_backup: backup } = read;
  const given = (read.objectives ?? {}) as Readonly<
    Record<string, { rpo?: DurationMs; rto?: DurationMs } | DurationMs | undefined>
  >;
  const rpo = given["rpo"] as DurationMs | undefined;
  const rto = given["rto"] as DurationMs | undefined;
  const objectives: Objectives = Object.fromEntries(
    DISRUPTIONS.map((one) => {
      const own = (given[one] ?? {}) as { rpo?: DurationMs; rto?: DurationMs };
      const [a, b] = [own.rpo ?? rpo, own.rto ?? rto];
      return [one, { ...(a === undefined ? {} : { rpo: a }), ...(b === undefined ? {} : { rto: b }) }];
    }),
  );
  return {
    settings: {
      primaryRegion: read.primary_region,
      secondaryRegion: read.secondary_region,
      ...(kafka
        ? {
            replication: {
              tool: kafka.tool,
              topics: [...new Set(kafka.topics)],
              replicationFactor: kafka.replication_factor,
              primaryBrokers: brokersOf(kafka.primary_brokers),
              secondaryBrokers: brokersOf(kafka.secondary_brokers),
            },
          }
        : {}),
      ...(flink
        ? {
            flink: {
              ...(flink.savepoint_storage === undefined ? {} : { savepointStorage: flink.savepoint_storage }),
              ...(flink.state_backend === undefined ? {} : { stateBackend: flink.state_backend }),
              ...(flink.checkpoint_interval === undefined ? {} : { checkpointIntervalMs: flink.checkpoint_interval }),
            },
          }
        : {}),
      ...(backup
        ? {
            backup: {
              everyMs: backup.frequency,
              retentionMs: backup.retention,
              destinations: [...new Set(backup.destinations)],
            },
          }
        : {}),
      ...(read.failover ? { failover: failoverOf(read.failover) } : {}),
      objectives,
    },
    warnings: unknownKeys(file, KNOWN, []),
  };
}

type Known = { readonly [key: string]: Known | true };
const KNOWN: Known = {
  disaster_recovery: {
    primary_region: true,
    secondary_region: true,
    kafka_replication: {
      tool: true,
      topics: true,
      replication_factor: true,
      primary_brokers: true,
      secondary_brokers: true,
    },
    flink_recovery: { savepoint_storage: true, state_backend: true, checkpoint_interval: true },
    data_backup: { frequency: true, retention: true, destinations: true },
    objectives: {
      rpo: true,
      rto: true,
      ...Object.fromEntries(DISRUPTIONS.map((one) => [one, { rpo: true, rto: true } as Known])),
    },
    failover: {
      plan: true,
      primary_cluster: true,
      secondary_cluster: true,
      flink: true,
      connect: { url: true, connectors: true },
      parameter: { name: true, primary: true, secondary: true },
      hook: { url: true, back: true, probe: true },
    },
  },
};

function unknownKeys(value: unknown, known: Known, path: readonly string[]): readonly PathFault[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]): readonly PathFault[] => {
    const next = Object.hasOwn(known, key) ? known[key] : undefined;
    if (next === undefined)
      return [
        {
          path: [...path, key],
          message: `unknown key ${JSON.stringify(key)} is left aside`,
          allowed: Object.keys(known).join(", "),
          atKey: true,
        },
      ];
    return next === true ? [] : unknownKeys(one, next, [...path, key]);
  });
}
