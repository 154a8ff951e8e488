import * as v from "valibot";
import { OncallSection } from "../core/alerting/oncall/section.ts";
import { AlertingSection } from "../core/alerting/section.ts";
import type { AlertingConfig } from "../core/alerting/types.ts";
import { AnomalyConfig } from "../core/anomaly/config.ts";
import { AutoscalingConfig } from "../core/autoscaling/config.ts";
import type { RecoverySettings } from "../core/backup/recovery/file.ts";
import { BackupSection, DestinationsSection } from "../core/backup/section.ts";
import { CostSection } from "../core/cost/section.ts";
import { FlagsSection } from "../core/delivery/flags/section.ts";
import { ServiceDelivery } from "../core/delivery/section.ts";
import { duration, integer, number } from "../core/kernel/schema.ts";
import { StreamsSection } from "../core/kernel/streams-section.ts";
import { MINUTE_MS, SECOND_MS } from "../core/kernel/time.ts";
import { type MonitoringConfig, MonitoringSection } from "../core/monitoring/config.ts";
import { ServiceTraffic } from "../core/traffic/section.ts";

const path = v.pipe(v.string(), v.regex(/^\/[^\s]*$/, "path starting with /"));

/** Names reach URLs, metric labels, alarm names and ECS, so they keep to what all of these accept. */
export const ServiceName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/,
    "letters, digits, '.', '_' and '-', starting with a letter or digit, at most 200",
  ),
);

/** A local process: what to start and how to see that it is well. */
const Run = v.strictObject({
  command: v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1, "not empty"))),
    v.minLength(1, "the program and its arguments"),
  ),
  /** 0: Headgate picks a free port for each instance. Always passed as PORT. */
  port: v.optional(integer(0, 65_535), 0),
  health: v.optional(path, "/health"),
  /** Prometheus text; without it only what the operating system and the gateway see is known. */
  metrics: v.optional(path),
  env: v.optional(v.record(v.string(), v.string()), {}),
  /** Relative to the configuration file. */
  cwd: v.optional(v.string()),
  startTimeout: v.optional(duration(SECOND_MS, 30 * MINUTE_MS), "30s"),
  grace: v.optional(duration(0, 10 * MINUTE_MS), "10s"),
  /** Resident memory that counts as 100 %. */
  memoryLimitMb: v.optional(integer(1, 1_048_576), 256),
  /** Cores that count as 100 % CPU. */
  cpus: v.optional(number(0.01, 256), 1),
});

const Ecs = v.strictObject({
  cluster: v.pipe(v.string(), v.minLength(1, "cluster name or ARN")),
  service: v.pipe(v.string(), v.minLength(1, "ECS service name")),
  /** The last part of the load balancer's ARN ("app/name/id") and of the target group's: where `requests` is counted. */
  loadBalancer: v.optional(v.pipe(v.string(), v.regex(/^(app)\/[^/\s]+\/[^/\s]+$/, "app/name/id"))),
  targetGroup: v.optional(v.pipe(v.string(), v.regex(/^targetgroup\/[^/\s]+\/[^/\s]+$/, "targetgroup/name/id"))),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "AWS region such as eu-central-1"))),
});

/** Generated load for a local service, in requests per real second. */
const Load = v.strictObject({
  shape: v.optional(v.picklist(["day", "constant", "none"]), "day"),
  mean: v.optional(number(0, 100_000), 50),
  /** Of a day. Twice the mean unless given. */
  peak: v.optional(number(0, 100_000)),
  path: v.optional(path, "/"),
});

/** A job on a Flink cluster, found by its name. */
const Flink = v.strictObject({
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://")),
  /** Name as the cluster lists it; a `*` at its end stands for the rest. */
  job: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)),
  /** Directory for savepoints: needed where the cluster cannot rescale in place. */
  savepoints: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** How the job is run again then. */
  jarId: v.optional(v.pipe(v.string(), v.minLength(1))),
  entryClass: v.optional(v.pipe(v.string(), v.minLength(1))),
  args: v.optional(v.array(v.string()), []),
});

/** An application of Amazon Managed Service for Apache Flink. */
const ManagedFlink = v.strictObject({
  application: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,128}$/, "application name")),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "AWS region such as eu-central-1"))),
});

const Service = v.pipe(
  v.strictObject({
    run: v.optional(Run),
    ecs: v.optional(Ecs),
    flink: v.optional(Flink),
    managedFlink: v.optional(ManagedFlink),
    load: v.optional(Load),
  }),
  v.check(
    ({ run, ecs, flink, managedFlink }) =>
      [run, ecs, flink, managedFlink].filter((one) => one !== undefined).length === 1,
    "exactly one of run, ecs, flink and managedFlink",
  ),
  v.transform(({ run, ecs, flink, managedFlink, load }) => ({
    ...(flink ? { flink } : {}),
    ...(managedFlink ? { managedFlink } : {}),
    ...(run
      ? {
          run: {
            command: run.command,
            port: run.port,
            health: run.health,
            ...(run.metrics === undefined ? {} : { metrics: run.metrics }),
            env: run.env,
            ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
            startTimeoutMs: run.startTimeout,
            graceMs: run.grace,
            memoryLimitMb: run.memoryLimitMb,
            cpus: run.cpus,
          },
        }
      : {}),
    ...(ecs
      ? {
          ecs: {
            cluster: ecs.cluster,
            service: ecs.service,
            ...(ecs.loadBalancer ? { loadBalancer: ecs.loadBalancer } : {}),
            ...(ecs.targetGroup ? { targetGroup: ecs.targetGroup } : {}),
            ...(ecs.region ? { region: ecs.region } : {}),
          },
        }
      : {}),
    ...(load ? { load: { ...load, peak: load.peak ?? 2 * load.mean } } : {}),
  })),
);

/** The whole of headgate.yaml. Strict: an unknown key is a fault, because a misspelt `maxx` must not be ignored. */
export const ConfigSchema = v.strictObject({
  version: v.literal(1, "1"),
  services: v.optional(v.record(ServiceName, Service), {}),
  autoscaling: v.optional(v.record(ServiceName, AutoscalingConfig), {}),
  monitoring: v.optional(MonitoringSection),
  anomaly: v.optional(v.record(ServiceName, AnomalyConfig)),
  alerting: v.optional(AlertingSection),
  oncall: v.optional(OncallSection),
  traffic: v.optional(v.record(ServiceName, ServiceTraffic)),
  flags: v.optional(FlagsSection),
  delivery: v.optional(v.record(ServiceName, ServiceDelivery)),
  streams: v.optional(StreamsSection),
  destinations: v.optional(DestinationsSection),
  backup: v.optional(BackupSection),
  cost: v.optional(CostSection),
  /** A file in the platform's form: `disaster_recovery:` with regions, replication, savepoints and backups. */
  disasterRecovery: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))),
});

/** A checked configuration; the files that `monitoring`, `alerting` and `disasterRecovery` name are read into it. */
export type HeadgateConfig = Omit<
  v.InferOutput<typeof ConfigSchema>,
  "monitoring" | "alerting" | "disasterRecovery"
> & {
  readonly monitoring?: MonitoringConfig;
  readonly alerting?: AlertingConfig;
  readonly disasterRecovery?: { readonly file: string; readonly settings: RecoverySettings };
};
export type ServiceConfig = HeadgateConfig["services"][string];
