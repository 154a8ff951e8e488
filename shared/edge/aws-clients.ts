import type { AthenaClient } from "@aws-sdk/client-athena";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import type { CostExplorerClient } from "@aws-sdk/client-cost-explorer";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { KafkaClient } from "@aws-sdk/client-kafka";
import type { KinesisAnalyticsV2Client } from "@aws-sdk/client-kinesis-analytics-v2";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { DurationMs } from "../core/kernel/time.ts";
import { type AddUsage, countRequests } from "./count-requests.ts";

/** A client, or how to get one; the adapters load their SDK when they first ask. */
export type ClientSource<Client> = Client | ((region?: string) => Promise<Client>);

/** The client of a source, in the given region where the source can choose. */
export async function clientOf<Client extends object>(source: ClientSource<Client>, region?: string): Promise<Client> {
  return typeof source === "function" ? source(region) : source;
}

export interface AwsSettings {
  /** Default region; undefined leaves it to the SDK (AWS_REGION). */
  readonly region?: string;
  /** One address for all services instead of Amazon's. Default: HEADGATE_AWS_ENDPOINT, else Amazon's. */
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** First try included. Default 4: with full jitter below 20 s per wait it ends inside a function's 60 s. */
  readonly maxAttempts?: number;
  /** `adaptive` also slows the client down while a service throttles. Default `adaptive`. */
  readonly retryMode?: "standard" | "adaptive";
  /** Default 1,000 ms: a host that is gone is found out before the function's time is up. */
  readonly connectionTimeoutMs?: DurationMs;
  /** Whole request and answer. Default 5,000 ms; S3 has 30,000 at least, for parts of 8 MiB. */
  readonly requestTimeoutMs?: DurationMs;
  /** When S3 requests carry a checksum. Default `WHEN_SUPPORTED`; some S3 look-alikes want `WHEN_REQUIRED`. */
  readonly checksums?: "WHEN_SUPPORTED" | "WHEN_REQUIRED";
  /** Is told what each command comes to on the bill. */
  readonly onUsage?: AddUsage;
}

/** Who signs. `sessionToken` for roles, which have one. */
export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** One client per service and region. Nothing of an SDK is loaded before the first call of a member. */
export interface AwsClients {
  readonly ecs: (region?: string) => Promise<ECSClient>;
  readonly cloudwatch: (region?: string) => Promise<CloudWatchClient>;
  readonly dynamodb: () => Promise<DynamoDBClient>;
  /** `endpoint`: another S3-compatible service, with path-style addresses. */
  readonly s3: (region?: string, endpoint?: string) => Promise<S3Client>;
  readonly sqs: () => Promise<SQSClient>;
  readonly scheduler: () => Promise<SchedulerClient>;
  readonly cloudMap: (region?: string) => Promise<ServiceDiscoveryClient>;
  readonly alb: (region?: string) => Promise<ElasticLoadBalancingV2Client>;
  readonly lambda: (region?: string) => Promise<LambdaClient>;
  readonly codeDeploy: () => Promise<CodeDeployClient>;
  /** Managed Streaming for Kafka: its clusters, not their brokers. */
  readonly msk: (region?: string) => Promise<KafkaClient>;
  /** Managed Service for Apache Flink. */
  readonly managedFlink: (region?: string) => Promise<KinesisAnalyticsV2Client>;
  readonly kms: (region?: string) => Promise<KMSClient>;
  readonly ssm: (region?: string) => Promise<SSMClient>;
  readonly secrets: (region?: string) => Promise<SecretsManagerClient>;
  /** Sends each request once: every one of them is paid, so who asks counts and repeats them. */
  readonly costExplorer: (region: string, endpoint?: string) => Promise<CostExplorerClient>;
  readonly athena: (region?: string) => Promise<AthenaClient>;
  /** What the clients sign with, from the same chain, kept and renewed by it. */
  readonly credentials: () => Promise<AwsIdentity>;
  /** Closes the sockets of every client made so far. */
  readonly close: () => Promise<void>;
}

/** Keeps what was made per key; a failed attempt is forgotten, so that the next call tries again. */
function keep<Made>(made: Map<string, Promise<Made>>, key: string, make: () => Promise<Made>): Promise<Made> {
  const known = made.get(key);
  if (known) return known;
  const fresh = make();
  made.set(key, fresh);
  fresh.catch(() => made.delete(key));
  return fresh;
}

export function awsClients(settings: AwsSettings = {}): AwsClients {
  const endpoint = settings.endpoint ?? process.env["HEADGATE_AWS_ENDPOINT"];
  const requestTimeout = settings.requestTimeoutMs ?? 5_000;
  const handler = (timeout: DurationMs) => ({
    connectionTimeout: settings.connectionTimeoutMs ?? 1_000,
    requestTimeout: timeout,
    // Without it the SDK only prints a warning when the time is up.
    throwOnRequestTimeout: true,
  });
  const config = (region = settings.region, timeout = requestTimeout) => ({
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(settings.credentials ? { credentials: settings.credentials } : {}),
    maxAttempts: settings.maxAttempts ?? 4,
    retryMode: settings.retryMode ?? "adaptive",
    requestHandler: handler(timeout),
  });

  const made = new Map<string, Promise<{ destroy(): void }>>();
  const client = <Client extends { destroy(): void }>(key: string, make: () => Promise<Client>) =>
    keep(made, key, async () => {
      const one = await make();
      return settings.onUsage ? countRequests(key, one, settings.onUsage) : one;
    }) as Promise<Client>;

  const dynamodb = () => client("dynamodb", async () => (await import("./dynamodb-client.ts")).makeDynamoDb(config()));

  return {
    ecs: (region) =>
      client(`ecs/${region ?? ""}`, async () => (await import("./ecs-calls.ts")).makeEcs(config(region))),
    cloudwatch: (region) =>
      client(`cloudwatch/${region ?? ""}`, async () =>
        (await import("./cloudwatch-calls.ts")).makeCloudWatch(config(region)),
      ),
    dynamodb,
    // Of the client that every function has anyway.
    credentials: async () => (await dynamodb()).config.credentials(),
    sqs: () => client("sqs", async () => (await import("./sqs-calls.ts")).makeSqs(config())),
    scheduler: () => client("scheduler", async () => (await import("./scheduler-calls.ts")).makeScheduler(config())),
    cloudMap: (region) =>
      client(`cloudmap/${region ?? ""}`, async () =>
        (await import("./cloud-map-calls.ts")).makeCloudMap({
          ...config(region),
          // Amazon has an address of its own for discovery, by a prefix of the host name; one's own address has none.
          disableHostPrefix: endpoint !== undefined,
        }),
      ),
    alb: (region) =>
      client(`alb/${region ?? ""}`, async () => (await import("./alb-calls.ts")).makeAlb(config(region))),
    lambda: (region) =>
      client(`lambda/${region ?? ""}`, async () => (await import("./lambda-calls.ts")).makeLambda(config(region))),
    codeDeploy: () =>
      client("codedeploy", async () => (await import("./codedeploy-calls.ts")).makeCodeDeploy(config())),
    msk: (region) =>
      client(`msk/${region ?? ""}`, async () => (await import("./msk-calls.ts")).makeMsk(config(region))),
    managedFlink: (region) =>
      client(`managedflink/${region ?? ""}`, async () =>
        (await import("./managed-flink-calls.ts")).makeManagedFlink(config(region)),
      ),
    kms: (region) =>
      client(`kms/${region ?? ""}`, async () => (await import("./kms-calls.ts")).makeKms(config(region))),
    ssm: (region) =>
      client(`ssm/${region ?? ""}`, async () => (await import("./ssm-calls.ts")).makeSsm(config(region))),
    secrets: (region) =>
      client(`secrets/${region ?? ""}`, async () => (await import("./secrets-calls.ts")).makeSecrets(config(region))),
    athena: (region) =>
      client(`athena/${region ?? ""}`, async () => (await import("./athena-calls.ts")).makeAthena(config(region))),
    costExplorer: (region, elsewhere) =>
      client(`ce/${region}/${elsewhere ?? ""}`, async () =>
        (await import("./cost-explorer-calls.ts")).makeCostExplorer({
          ...config(region, Math.max(30_000, requestTimeout)),
          ...(elsewhere === undefined ? {} : { endpoint: elsewhere }),
          ...{ maxAttempts: 1, retryMode: "standard" as const },
        }),
      ),
    s3: (region, elsewhere) =>
      client(`s3/${region ?? ""}/${elsewhere ?? ""}`, async () =>
        (await import("./s3-calls.ts")).makeS3({
          ...config(region, Math.max(30_000, requestTimeout)),
          // Other services have no regions; the signature has to name one.
          ...(elsewhere !== undefined && !(region ?? settings.region ?? process.env["AWS_REGION"])
            ? { region: "us-east-1" }
            : {}),
          ...(elsewhere === undefined ? {} : { endpoint: elsewhere }),
          // A bucket as host name does not resolve behind an address of one's own.
          forcePathStyle: (elsewhere ?? endpoint) !== undefined,
          // Not every look-alike takes the checksums that Amazon takes; who needs one asks for it.
          requestChecksumCalculation: settings.checksums ?? (elsewhere ? "WHEN_REQUIRED" : "WHEN_SUPPORTED"),
          responseChecksumValidation: settings.checksums ?? (elsewhere ? "WHEN_REQUIRED" : "WHEN_SUPPORTED"),
        }),
      ),
    close: async () => {
      const settled = await Promise.allSettled(made.values());
      made.clear();
      for (const one of settled) if (one.status === "fulfilled") one.value.destroy();
    },
  };
}
