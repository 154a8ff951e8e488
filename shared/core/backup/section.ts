import * as v from "valibot";
import { duration, either, integer, is, isText } from "../kernel/schema.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../kernel/time.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const url = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://"));
const names = v.pipe(v.array(name), v.maxLength(1000));

const S3 = v.strictObject({
  bucket: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name")),
  prefix: v.optional(v.pipe(v.string(), v.maxLength(300)), ""),
  region: v.optional(name),
  /** SSE-KMS with this key; without it the bucket's own default holds. */
  kmsKey: v.optional(name),
  storageClass: v.optional(
    v.picklist(["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"]),
    "STANDARD",
  ),
  /** Until then nobody can delete or overwrite; the bucket has to have been made with object lock. */
  objectLock: v.optional(
    v.strictObject({ mode: v.picklist(["governance", "compliance"]), for: duration(DAY_MS, 36_500 * DAY_MS) }),
  ),
  /** Another S3-compatible service. */
  endpoint: v.optional(url),
});

/** Where restore points are kept. */
export const Destination = v.pipe(
  v.strictObject({
    s3: v.optional(S3),
    /** A folder, seen from the configuration file. */
    directory: v.optional(name),
  }),
  v.check(({ s3, directory }) => (s3 === undefined) !== (directory === undefined), "exactly one of s3 and directory"),
);
export const DestinationsSection = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "a name")),
  Destination,
);
export type DestinationConfig = v.InferOutput<typeof Destination>;
export type DestinationsConfig = Readonly<Record<string, DestinationConfig>>;

/** How long points are kept: one duration, or how many of each age (grandfather, father, son). */
const Keep = either(
  isText,
  v.pipe(
    duration(HOUR_MS, 36_500 * DAY_MS),
    v.transform((all) => ({ all, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 })),
  ),
  v.strictObject({
    /** Every point younger than this. */
    all: v.optional(duration(0, 36_500 * DAY_MS), "0s"),
    /** The newest point of each of the latest so many hours (days, …, in UTC) that have one. */
    hourly: v.optional(integer(0, 100_000), 0),
    daily: v.optional(integer(0, 100_000), 0),
    weekly: v.optional(integer(0, 100_000), 0),
    monthly: v.optional(integer(0, 100_000), 0),
    yearly: v.optional(integer(0, 100_000), 0),
  }),
);

const Topics = v.strictObject({
  /** A cluster of `streams`; may be left out where there is one. */
  cluster: v.optional(name),
  /** Patterns with * and ?; a name without them is that topic only. Internal topics are never taken. */
  include: v.optional(names, ["*"]),
  exclude: v.optional(names, []),
  groups: v.optional(v.strictObject({ include: v.optional(names, ["*"]), exclude: v.optional(names, []) }), {}),
  acls: v.optional(v.boolean(), true),
  quotas: v.optional(v.boolean(), true),
  schemas: v.optional(v.boolean(), true),
});

const Flink = v.strictObject({
  url,
  /** Jobs by name; patterns as above. */
  jobs: v.optional(names, ["*"]),
  /** Where Flink writes savepoints; one folder with the point's stamp is made in it. Default: what the cluster is configured with. */
  savepoints: v.optional(name),
  /** The same place as this process sees it, where that differs (a mounted folder). */
  readAs: v.optional(name),
  /** Kafka groups whose positions say what a job had read: job name → group. */
  groups: v.optional(v.record(name, name), {}),
  timeout: v.optional(duration(1000, 6 * HOUR_MS), "10m"),
});

const Config = v.strictObject({
  headgate: v.optional(v.boolean(), true),
  ecs: v.optional(
    v.array(v.strictObject({ cluster: name, services: v.optional(names, ["*"]), region: v.optional(name) })),
    [],
  ),
  /** Parameters at or below these paths. */
  ssm: v.optional(v.array(v.pipe(v.string(), v.startsWith("/"))), []),
  /** Secrets Manager: names or ARNs; a * at the end takes all that begin so. */
  secrets: v.optional(names, []),
  files: v.optional(names, []),
});

const What = v.strictObject({
  topics: v.optional(either((input) => input === false, v.literal(false), Topics)),
  flink: v.optional(Flink),
  config: v.optional(Config),
  metrics: v.optional(
    v.strictObject({
      prometheus: url,
      /** The server's data folder as this process sees it; snapshots lie in it. */
      data: name,
    }),
  ),
  /** Headgate's own journal and state. */
  state: v.optional(v.boolean(), true),
});

/** Age-style key file or a key of KMS; secrets are not backed up without one. */
const Key = v.pipe(v.string(), v.regex(/^(file:.+|arn:aws[a-z-]*:kms:.+)$/, "file:path, or the ARN of a KMS key"));

const Drill = v.strictObject({
  every: duration(HOUR_MS, 365 * DAY_MS),
  /** Cluster it restores into, below names of its own that are removed afterwards. Default: where the topics come from. */
  cluster: v.optional(name),
  /** Topics that are restored; default all of the point. */
  topics: v.optional(names, ["*"]),
  /** Savepoints are started on this Flink cluster and stopped again; without it they are only checked. */
  flink: v.optional(url),
});

/** One backup plan. The platform's own rule is the default: hourly, kept for 30 days. */
export const BackupPlan = v.strictObject({
  every: v.optional(duration(MINUTE_MS, 31 * DAY_MS), "1h"),
  keep: v.optional(Keep, "30d"),
  /** Names of `destinations`, or "s3://bucket/prefix", or folders. */
  to: v.pipe(v.array(name), v.minLength(1), v.maxLength(5)),
  what: v.optional(What, {}),
  key: v.optional(Key),
  /** After each run: what it wrote is read back and hashed (`shallow`), every record decoded too (`deep`), or not. */
  verify: v.optional(v.picklist(["shallow", "deep", "off"]), "shallow"),
  /** Increments are folded into a new full backup at least so often. Default: never for topics that delete; see docs/backup.md for compacted ones. */
  full: v.optional(either(is(false), v.literal(false), duration(HOUR_MS, 3650 * DAY_MS)), false),
  /** Workers at a time. */
  workers: v.optional(integer(1, 1000), 4),
  /** A run that takes longer is given up. */
  deadline: v.optional(duration(MINUTE_MS, 7 * DAY_MS), "6h"),
  drill: v.optional(Drill),
  /** What recovery is held against. */
  objective: v.optional(
    v.strictObject({
      rpo: v.optional(duration(MINUTE_MS, 365 * DAY_MS)),
      rto: v.optional(duration(MINUTE_MS, 365 * DAY_MS)),
    }),
    {},
  ),
});
export type BackupConfig = v.InferOutput<typeof BackupPlan>;

/** `backup` of headgate.yaml: plans by name. */
export const BackupSection = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "letters, digits, '_' and '-', at most 64")),
  BackupPlan,
);
