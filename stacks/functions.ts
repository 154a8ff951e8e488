import { alertingEnvironment } from "./alerting-settings.ts";
import type { Parts } from "./parts.ts";

/** DuckDB is native and larger than a function may be: deployed, Athena answers SQL, and who asks for DuckDB all the same is told that it is not there. */
const LAPTOP_ONLY = ["@duckdb/node-api"] as const;

/** What every function has in common, set before the first one is made. */
export function setFunctionDefaults() {
  $transform(sst.aws.Function, (args) => {
    args.runtime ??= "nodejs24.x";
    args.architecture ??= "arm64";
    args.logging ??= { format: "json", retention: "1 month" };
    // Splitting keeps the SDK's credential providers, which it loads on demand, out of a cold start.
    args.nodejs ??= {
      format: "esm",
      minify: true,
      splitting: true,
      esbuild: { target: "node24", external: [...LAPTOP_ONLY] },
    };
    args.transform = {
      ...args.transform,
      role: (role) => {
        // The component's own trust also admits the account's root user.
        role.assumeRolePolicy = $jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
        });
      },
    };
  });
}

/** Tenants stand in API keys and alarm names. The functions check the same, but then it is deployed. */
const TENANT = /^[a-z0-9-]{1,40}$/;

function tenant(): string {
  const given = process.env["HEADGATE_TENANT"] || "default";
  if (!TENANT.test(given)) throw new Error(`HEADGATE_TENANT "${given}": allowed are a-z, 0-9 and -, at most 40`);
  return given;
}

/** The environment of every function: names and addresses, no secrets. */
export function environment({
  table,
  bucket,
  timers,
  monitoring,
  scores,
  flushes,
  checks,
  rollouts,
  backups,
  costs,
  tuning,
}: Parts) {
  const collector = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  return {
    HEADGATE_TABLE: table.name,
    HEADGATE_BUCKET: bucket.name,
    HEADGATE_QUEUE_URL: timers.queue.url,
    HEADGATE_QUEUE_ARN: timers.queue.arn,
    HEADGATE_SCHEDULER_GROUP: timers.group.name,
    HEADGATE_SCHEDULER_ROLE_ARN: timers.role.arn,
    HEADGATE_TIMERS_DEAD_ARN: timers.dead.arn,
    HEADGATE_TENANT: tenant(),
    HEADGATE_STAGE: $app.stage,
    ...(monitoring ? { HEADGATE_MONITORING: "on" } : {}),
    ...(scores ? { HEADGATE_SCORES_URL: scores.queue.url } : {}),
    ...(flushes
      ? {
          HEADGATE_ALERTING: "on",
          HEADGATE_FLUSH_QUEUE_URL: flushes.queue.url,
          HEADGATE_FLUSH_QUEUE_ARN: flushes.queue.arn,
          HEADGATE_FLUSH_SCHEDULER_GROUP: flushes.group.name,
          HEADGATE_FLUSH_SCHEDULER_ROLE_ARN: flushes.role.arn,
          HEADGATE_FLUSH_DEAD_ARN: flushes.dead.arn,
          ...alertingEnvironment(),
        }
      : {}),
    ...(checks ? { HEADGATE_TRAFFIC: "on", HEADGATE_CHECKS_URL: checks.queue.url } : {}),
    ...(rollouts
      ? {
          HEADGATE_DELIVERY: "on",
          HEADGATE_ROLLOUT_QUEUE_URL: rollouts.queue.url,
          HEADGATE_ROLLOUT_QUEUE_ARN: rollouts.queue.arn,
          HEADGATE_ROLLOUT_SCHEDULER_GROUP: rollouts.group.name,
          HEADGATE_ROLLOUT_SCHEDULER_ROLE_ARN: rollouts.role.arn,
          HEADGATE_ROLLOUT_DEAD_ARN: rollouts.dead.arn,
        }
      : {}),
    ...(backups
      ? {
          HEADGATE_BACKUP: "on",
          HEADGATE_BACKUP_QUEUE_URL: backups.queue.url,
          HEADGATE_BACKUP_QUEUE_ARN: backups.queue.arn,
          HEADGATE_BACKUP_SCHEDULER_GROUP: backups.group.name,
          HEADGATE_BACKUP_SCHEDULER_ROLE_ARN: backups.role.arn,
          HEADGATE_BACKUP_DEAD_ARN: backups.dead.arn,
          HEADGATE_BACKUP_WORK_URL: backups.work.url,
        }
      : {}),
    ...(tuning ? { HEADGATE_TUNING: "on" } : {}),
    ...(costs ? { HEADGATE_COST: "on", HEADGATE_COSTS_URL: costs.queue.url } : {}),
    ...(collector ? { OTEL_EXPORTER_OTLP_ENDPOINT: collector } : {}),
  };
}

/**
 * What happens to an asynchronous invocation that fails: two more tries by Lambda itself, then the event is put aside
 * with its error. An event older than `maxAgeSeconds` is not tried any more.
 */
export function asyncFailures(deadArn: $util.Input<string>, maxAgeSeconds: number) {
  return {
    retries: 2,
    transform: {
      eventInvokeConfig: {
        maximumEventAgeInSeconds: maxAgeSeconds,
        destinationConfig: { onFailure: { destination: deadArn } },
      },
    },
  };
}
