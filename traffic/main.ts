import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as v from "valibot";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import type { BreakerPolicy } from "../shared/core/traffic/breaker/policy.ts";
import { ServiceTraffic } from "../shared/core/traffic/section.ts";
import { dynamodbCircuits } from "../shared/edge/dynamodb-circuits.ts";
import { makeDynamoDb } from "../shared/edge/dynamodb-client.ts";
import { dynamodbStore } from "../shared/edge/dynamodb-store.ts";
import { sharedBreakers } from "../shared/shell/breakers.ts";
import { trafficCaller } from "../shared/shell/traffic-caller.ts";
import type { ConnectTraffic, Traffic, TrafficOptions } from "./types.ts";

export type * from "./types.ts";

/** Environments of a function have a log stream each; anything else draws a name. */
const environmentName = (): string =>
  process.env["AWS_LAMBDA_LOG_STREAM_NAME"]?.replaceAll("/", ".").slice(-200) || `env-${crypto.randomUUID()}`;

/** A client whose tries end soon: what is late is not waited for, as a call goes on with what was last known. */
const ownClient = (): DynamoDBClient =>
  makeDynamoDb({ maxAttempts: 2, requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000 } });

/**
 * Balancing and circuit breaking for functions that call a service: registry, checks, circuits and loads are read from Headgate's table,
 * calls go straight to the backends.
 *
 * @throws HeadgateError `config.invalid` naming what is wrong with `policy`
 */
export const connectTraffic: ConnectTraffic = (options: TrafficOptions): Traffic => {
  const { table, service, tenant = DEFAULT_TENANT } = options;
  const parsed = v.safeParse(ServiceTraffic, options.policy ?? {});
  if (!parsed.success) {
    const faults = parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? "policy", message: issue.message }));
    throw new HeadgateError(
      "config.invalid",
      `policy: ${faults.map((one) => `${one.path}: ${one.message}`).join("; ")}`,
      {
        faults,
      },
    );
  }
  const config = parsed.output;
  const client = (options.client as DynamoDBClient | undefined) ?? ownClient();
  const environment = options.environment ?? environmentName();
  const now = Date.now;
  const shared = { now, random: Math.random, tenant, environment };
  const { breaker } = config;
  const breakers =
    breaker === "off"
      ? undefined
      : sharedBreakers({
          ...shared,
          wallNow: now,
          circuits: dynamodbCircuits({ client, table, now }),
          policyOf: (): BreakerPolicy => breaker,
        });
  return trafficCaller({
    ...shared,
    store: dynamodbStore({ client, table, now }),
    service,
    config,
    backends: config.backends,
    ...(breakers ? { breakers } : {}),
    ...(options.shareLoads === undefined ? {} : { shareLoads: options.shareLoads }),
    ...(options.stalenessMs === undefined ? {} : { stalenessMs: options.stalenessMs }),
    ...(options.storeTimeoutMs === undefined ? {} : { storeTimeoutMs: options.storeTimeoutMs }),
    ...(options.onDegraded ? { onDegraded: options.onDegraded } : {}),
  });
};
