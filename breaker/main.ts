import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as v from "valibot";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import { type BreakerPolicy, BreakerPolicySchema } from "../shared/core/traffic/breaker/policy.ts";
import { dynamodbCircuits } from "../shared/edge/dynamodb-circuits.ts";
import { makeDynamoDb } from "../shared/edge/dynamodb-client.ts";
import { dynamodbJournal } from "../shared/edge/dynamodb-journal.ts";
import { sharedBreakers } from "../shared/shell/breakers.ts";
import { transitionJournal } from "../shared/shell/breakers-record.ts";
import type { CreateBreakers, Policy } from "./types.ts";

export type * from "./types.ts";

/** Environments of a function have a log stream each; anything else draws a name. */
const environmentName = (): string =>
  process.env["AWS_LAMBDA_LOG_STREAM_NAME"]?.replaceAll("/", ".").slice(-200) || `env-${crypto.randomUUID()}`;

/** A client whose tries end soon: nobody waits longer than the rule's `storeTimeout`. */
const ownClient = (): DynamoDBClient =>
  makeDynamoDb({ maxAttempts: 2, requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000 } });

function parsed(policy: Policy): BreakerPolicy {
  const result = v.safeParse(BreakerPolicySchema, policy);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => ({
    path: ["policy", v.getDotPath(issue)].filter((part) => part !== null).join("."),
    message: issue.message,
  }));
  const said = faults.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new HeadgateError("config.invalid", said, { faults });
}

/** Policies by circuit, each parsed once. */
function policies(given: Policy | ((circuit: string) => Policy)): (circuit: string) => BreakerPolicy {
  if (typeof given !== "function") {
    const one = parsed(given);
    return () => one;
  }
  const known = new Map<string, BreakerPolicy>();
  return (circuit) => {
    const there = known.get(circuit);
    if (there) return there;
    const made = parsed(given(circuit));
    if (known.size < 10_000) known.set(circuit, made);
    return made;
  };
}

/**
 * Circuit breakers for functions: what one environment learns all know, through Headgate's table, and nothing runs between calls.
 *
 * @throws HeadgateError `config.invalid` naming what is wrong with `policy`
 */
export const createBreakers: CreateBreakers = (options) => {
  const { table, tenant = DEFAULT_TENANT, policy = "consecutive", journal = true } = options;
  const warn = options.warn ?? ((message: string) => void process.stderr.write(`headgate/breaker: ${message}\n`));
  const client = (options.client as DynamoDBClient | undefined) ?? ownClient();
  const now = Date.now;
  const records = journal ? transitionJournal(dynamodbJournal({ client, table })) : undefined;
  const breakers = sharedBreakers({
    circuits: dynamodbCircuits({ client, table, now }),
    tenant,
    policyOf: policies(policy),
    now,
    wallNow: now,
    random: Math.random,
    environment: options.environment ?? environmentName(),
    log: (_, message, { error }) => warn(error === undefined ? message : `${message}: ${String(error)}`),
    ...(records ? { onTransition: records.made } : {}),
  });
  return {
    run: (circuit, fn, how) => breakers.get(circuit).run(fn, how),
    admit: async (circuit) => breakers.get(circuit).admit(),
    done: async (circuit, admission, outcome, ms) => breakers.get(circuit).done(admission, outcome, ms),
    state: (circuit) => breakers.get(circuit).state(),
    look: (circuit) => breakers.get(circuit).look(),
    flush: breakers.flush,
    stats: breakers.stats,
  };
};
