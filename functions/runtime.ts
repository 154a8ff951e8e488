import { awsClients } from "../shared/edge/aws-clients.ts";
import { cloudwatchAlarms } from "../shared/edge/cloudwatch-alarms.ts";
import { cloudwatchSamples } from "../shared/edge/cloudwatch-samples.ts";
import { ecsFleet } from "../shared/edge/ecs-fleet.ts";
import { fleetByRef } from "../shared/edge/fleet-by-ref.ts";
import { lambdaTunings } from "../shared/edge/lambda-tunings.ts";
import { s3Objects } from "../shared/edge/s3-objects.ts";
import type { Env } from "../shared/shell/env.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import { createTelemetry } from "../shared/shell/telemetry-create.ts";
import { usageMeter } from "../shared/shell/usage-meter.ts";
import { withOwnRouting } from "./alerting/own-source.ts";
import { awsTimers } from "./aws-timers.ts";
import { awsWork } from "./aws-work.ts";
import { lazyAlerts } from "./lazy-alerts.ts";
import { lazyCostExplorer } from "./lazy-cost-explorer.ts";
import { lazyDelivery } from "./lazy-delivery.ts";
import { lazyDynamodb } from "./lazy-dynamodb.ts";
import { lazyJobs } from "./lazy-jobs.ts";
import { lazyNotify } from "./lazy-notify.ts";
import { lazyQueries } from "./lazy-queries.ts";
import { lazyStreams } from "./lazy-streams.ts";
import { lazyTables } from "./lazy-tables.ts";
import { lazyTraffic } from "./lazy-traffic.ts";
import { metered } from "./metered.ts";
import "./shared-parts.ts";

export { readEnv } from "../shared/shell/env.ts";

/**
 * The runtime of a deployed function. Making it does nothing and loads no SDK: each client is loaded when its port is
 * first used, so a function pays for what it calls.
 */
export function awsRuntime(env: Env, began: () => number = () => performance.now()): Runtime {
  const now = Date.now;
  const endpoint = env.HEADGATE_AWS_ENDPOINT;
  const where = endpoint === undefined ? {} : { endpoint };
  const region = env.AWS_REGION === undefined ? {} : { region: env.AWS_REGION };
  const telemetry = createTelemetry({
    service: "headgate",
    emf: true,
    ...(env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? {} : { otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT }),
  });
  const meter = usageMeter(now, telemetry);
  const clients = awsClients({ ...region, ...where, onUsage: meter.add });
  const warn = (message: string) => telemetry.log("warn", message);
  // An address of one's own for all of AWS is a bench on this machine, and what it talks to is there as well.
  const allowLocal = endpoint !== undefined;
  const queries = lazyQueries(clients, { allowLocal, now });
  const parameter = async (path: string) =>
    (await import("./parameter.ts")).parameter({ clients, region: env.AWS_REGION, ...where }, path);
  const runtime: Runtime = {
    now,
    speed: 1,
    random: Math.random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...lazyDynamodb(clients, env.HEADGATE_TABLE, now),
    objects: s3Objects({ client: clients.s3, bucket: env.HEADGATE_BUCKET, now }),
    fleet: fleetByRef(
      ecsFleet({ client: clients.ecs, now, warn }),
      async () => (await import("./managed-flink.ts")).managedFlinkFleet({ client: clients.managedFlink, now, warn }),
      warn,
    ),
    samples: cloudwatchSamples({ client: clients.cloudwatch, now }),
    timers: awsTimers(env, clients, now),
    alarms: cloudwatchAlarms({ client: clients.cloudwatch, stage: env.HEADGATE_STAGE }),
    ...lazyTraffic(clients),
    queries,
    ...lazyDelivery({ clients, now, queries, ...region, ...where, warn }),
    jobs: lazyJobs({ allowLocal }),
    streams: lazyStreams({ clients, ...region, env: process.env, baseDir: ".", parameter }),
    ...awsWork(env, clients),
    ...(env.HEADGATE_TUNING_FUNCTION === undefined
      ? {}
      : { tunings: lambdaTunings(clients.lambda, env.HEADGATE_TUNING_FUNCTION) }),
    costExplorer: lazyCostExplorer({
      clients,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
    }),
    tables: lazyTables({ clients, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }),
    alerts: { send: (tenant, alerts) => alerting.send(tenant, alerts) },
    notify: lazyNotify(() => runtime, {
      allowLocal,
      env: process.env,
      baseDir: ".",
      parameter,
      aws: {
        credentials: clients.credentials,
        ...region,
        ...where,
      },
      now,
    }),
    parts: {
      monitoring: env.HEADGATE_MONITORING === "on",
      scoring: env.HEADGATE_SCORES_URL !== undefined,
      alerting: env.HEADGATE_ALERTING === "on",
      traffic: env.HEADGATE_TRAFFIC === "on",
      delivery: env.HEADGATE_DELIVERY === "on",
      backup: env.HEADGATE_BACKUP === "on",
      cost: env.HEADGATE_COST === "on",
      tuning: env.HEADGATE_TUNING === "on",
    },
    stage: env.HEADGATE_STAGE,
    telemetry,
  };
  const alerting = withOwnRouting(() => runtime, lazyAlerts(runtime, { allowLocal, warn }));
  return metered(runtime, meter, env, began);
}
