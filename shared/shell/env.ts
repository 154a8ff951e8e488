import * as v from "valibot";
import { HeadgateError } from "../core/kernel/errors.ts";

const text = v.pipe(v.string(), v.minLength(1, "not empty"));

/** Tenants stand in API keys and alarm names. */
const TENANT_NAME = /^[a-z0-9-]{1,40}$/;
/** A stage as SST takes it; EventBridge's 64 characters for "headgate-<stage>-alarm-changed" leave 41. */
const STAGE_NAME = /^[A-Za-z0-9-]{1,41}$/;

const EnvSchema = v.object({
  HEADGATE_TABLE: text,
  HEADGATE_BUCKET: text,
  HEADGATE_QUEUE_URL: text,
  HEADGATE_QUEUE_ARN: text,
  HEADGATE_SCHEDULER_GROUP: text,
  HEADGATE_SCHEDULER_ROLE_ARN: text,
  /** Where a one-time schedule puts a wake that it could not deliver. */
  HEADGATE_TIMERS_DEAD_ARN: v.optional(text),
  HEADGATE_TENANT: v.optional(v.pipe(v.string(), v.regex(TENANT_NAME, "a-z, 0-9 and -, at most 40")), "default"),
  HEADGATE_STAGE: v.optional(v.pipe(v.string(), v.regex(STAGE_NAME, "letters, digits and -, at most 41")), "dev"),
  HEADGATE_AWS_ENDPOINT: v.optional(text),
  /** Set where the parts of monitoring are deployed. */
  HEADGATE_MONITORING: v.optional(v.literal("on", "on, or not set")),
  /** Queue of the scoring workers; set where scoring is deployed. */
  HEADGATE_SCORES_URL: v.optional(text),
  /** Set where alerting is deployed, with where its timers are: the same five as those of services. */
  HEADGATE_ALERTING: v.optional(v.literal("on", "on, or not set")),
  HEADGATE_FLUSH_QUEUE_URL: v.optional(text),
  HEADGATE_FLUSH_QUEUE_ARN: v.optional(text),
  HEADGATE_FLUSH_SCHEDULER_GROUP: v.optional(text),
  HEADGATE_FLUSH_SCHEDULER_ROLE_ARN: v.optional(text),
  HEADGATE_FLUSH_DEAD_ARN: v.optional(text),
  /** Set where traffic is deployed, with the queue of its health checks. */
  HEADGATE_TRAFFIC: v.optional(v.literal("on", "on, or not set")),
  HEADGATE_CHECKS_URL: v.optional(text),
  /** Set where delivery is deployed, with where the timers of rollouts are: the same five as those of services. */
  HEADGATE_DELIVERY: v.optional(v.literal("on", "on, or not set")),
  HEADGATE_ROLLOUT_QUEUE_URL: v.optional(text),
  HEADGATE_ROLLOUT_QUEUE_ARN: v.optional(text),
  HEADGATE_ROLLOUT_SCHEDULER_GROUP: v.optional(text),
  HEADGATE_ROLLOUT_SCHEDULER_ROLE_ARN: v.optional(text),
  HEADGATE_ROLLOUT_DEAD_ARN: v.optional(text),
  /** Set where backup is deployed, with where the timers of its runs are, the same five as those of services, and the queue of their work. */
  HEADGATE_BACKUP: v.optional(v.literal("on", "on, or not set")),
  HEADGATE_BACKUP_QUEUE_URL: v.optional(text),
  HEADGATE_BACKUP_QUEUE_ARN: v.optional(text),
  HEADGATE_BACKUP_SCHEDULER_GROUP: v.optional(text),
  HEADGATE_BACKUP_SCHEDULER_ROLE_ARN: v.optional(text),
  HEADGATE_BACKUP_DEAD_ARN: v.optional(text),
  HEADGATE_BACKUP_WORK_URL: v.optional(text),
  /** Set where cost is deployed, with the queue of its work. */
  HEADGATE_COST: v.optional(v.literal("on", "on, or not set")),
  HEADGATE_COSTS_URL: v.optional(text),
  /** Set where what picks policies for services with `auto` is deployed. */
  HEADGATE_TUNING: v.optional(v.literal("on", "on, or not set")),
  /** Name of the function that picks policies; set where people ask for it. */
  HEADGATE_TUNING_FUNCTION: v.optional(text),
  OTEL_EXPORTER_OTLP_ENDPOINT: v.optional(text),
  AWS_REGION: v.optional(text),
});

/** What a deployed function knows of its surroundings. */
export type Env = v.InferOutput<typeof EnvSchema>;

/**
 * Parses the environment once per cold start; nothing else reads it.
 * @throws HeadgateError `config.invalid` naming each missing variable.
 */
export function readEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = v.safeParse(EnvSchema, present);
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((issue) => ({
    path: v.getDotPath(issue) ?? "(environment)",
    message: issue.received === "undefined" ? "is not set" : "is not usable",
    allowed: issue.type === "regex" ? issue.message : "a text",
  }));
  throw new HeadgateError(
    "config.invalid",
    `environment: ${faults.map((fault) => `${fault.path} ${fault.message}`).join(", ")}`,
    { faults },
  );
}
