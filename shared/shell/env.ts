import * as v from "valibot";
import { HeadgateError } from "../core/kernel/errors.ts";

const text = v.pipe(v.string(), v.minLength(1, "not empty"));

const EnvSchema = v.object({
  HEADGATE_TABLE: text,
  HEADGATE_BUCKET: text,
  HEADGATE_QUEUE_URL: text,
  HEADGATE_QUEUE_ARN: text,
  HEADGATE_SCHEDULER_GROUP: text,
  HEADGATE_SCHEDULER_ROLE_ARN: text,
  /** Where a one-time schedule puts a wake that it could not deliver. */
  HEADGATE_TIMERS_DEAD_ARN: v.optional(text),
  HEADGATE_TENANT: v.optional(text, "default"),
  HEADGATE_STAGE: v.optional(text, "dev"),
  HEADGATE_AWS_ENDPOINT: v.optional(text),
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
    message: "is not set",
    allowed: "a text",
  }));
  throw new HeadgateError(
    "config.invalid",
    `environment: ${faults.map((fault) => `${fault.path} ${fault.message}`).join(", ")}`,
    { faults },
  );
}
