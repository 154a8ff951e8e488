// Loaded when a Kafka cluster is first asked, see lazy-streams.ts.
import "./shared-parts.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { StreamsClusterConfig } from "../shared/core/kernel/streams-section.ts";
import type { Streams } from "../shared/core/ports/streams.ts";
import type { AwsClients } from "../shared/edge/aws-clients.ts";
import { brokerPlace, type KafkaSettings, type KafkaSignIn, type KafkaTls } from "../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../shared/edge/kafka-streams.ts";
import { type MskAccess, mskBrokers, regionOfArn } from "../shared/edge/msk-brokers.ts";
import { mskToken } from "../shared/edge/msk-token.ts";
import { type Secrets, secrets } from "../shared/edge/notify/secrets.ts";

export interface KafkaClusterOptions {
  readonly clients: Pick<AwsClients, "msk" | "credentials">;
  /** Region of this process. Default: AWS_REGION of `env`. */
  readonly region?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the configuration file: relative paths are seen from there. */
  readonly baseDir: string;
  readonly parameter?: (path: string) => Promise<string>;
}

type Kafka = NonNullable<StreamsClusterConfig["kafka"]>;
type Sasl = NonNullable<Kafka["sasl"]>;

/** The cluster that a section `streams` names. Files, secrets and addresses are read when it is connected to, and again when it is anew. */
export function kafkaCluster(name: string, kafka: Kafka, options: KafkaClusterOptions): Streams {
  return kafkaStreams(settingsOf(name, kafka, options));
}

function settingsOf(name: string, kafka: Kafka, options: KafkaClusterOptions): KafkaSettings {
  const { brokers, mskArn, tls, sasl } = kafka;
  const keeping = secrets(options);
  const region =
    sasl?.region ??
    (mskArn === undefined ? undefined : regionOfArn(mskArn)) ??
    options.region ??
    options.env["AWS_REGION"];
  // Amazon offers these ways to sign in over TLS only.
  const encrypted = tls !== false || sasl?.mechanism === "msk-iam" || (mskArn !== undefined && sasl !== undefined);
  return {
    name,
    brokers: async () =>
      mskArn === undefined
        ? (brokers ?? []).map(brokerPlace)
        : mskBrokers(() => options.clients.msk(regionOfArn(mskArn)), mskArn, accessOf(sasl, encrypted)),
    ...(encrypted ? { tls: () => tlsOf(name, typeof tls === "object" ? tls : {}, keeping) } : {}),
    ...(sasl === undefined ? {} : { signIn: signInOf(name, sasl, region, keeping, options) }),
  };
}

function accessOf(sasl: Sasl | undefined, encrypted: boolean): MskAccess {
  if (sasl?.mechanism === "msk-iam") return "iam";
  if (sasl !== undefined) return "scram";
  return encrypted ? "tls" : "plaintext";
}

async function tlsOf(name: string, tls: Exclude<Kafka["tls"], boolean>, keeping: Secrets): Promise<KafkaTls> {
  const { ca, cert, key, serverName } = tls;
  return {
    ...(ca === undefined ? {} : { ca: await read(name, "tls.ca", keeping.file(ca)) }),
    ...(cert === undefined ? {} : { cert: await read(name, "tls.cert", keeping.file(cert)) }),
    ...(key === undefined ? {} : { key: await secret(name, "tls.key", key, keeping) }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function signInOf(
  name: string,
  sasl: Sasl,
  region: string | undefined,
  keeping: Secrets,
  { clients }: KafkaClusterOptions,
): KafkaSignIn {
  const { mechanism, username = "", password = "", token = "" } = sasl;
  if (mechanism === "oauthbearer") return { mechanism, token: () => secret(name, "sasl.token", token, keeping) };
  if (mechanism !== "msk-iam")
    return { mechanism, username, password: () => secret(name, "sasl.password", password, keeping) };
  return {
    mechanism: "oauthbearer",
    token: async () => {
      if (region === undefined) throw refused(name, "sasl.region: no region is set");
      return mskToken({ region, credentials: clients.credentials });
    },
  };
}

const refused = (name: string, why: string, cause?: unknown): HeadgateError =>
  new HeadgateError("streams.unavailable", `Kafka cluster ${name}: ${why}`, { retryable: false, cause });

const secret = (name: string, setting: string, reference: string, keeping: Secrets): Promise<string> =>
  read(name, setting, keeping.value(reference) ?? Promise.reject(new Error(`is no env:NAME, file:path or ssm:/path`)));

/** What cannot be read is named by its setting, never by its content. */
async function read(name: string, setting: string, value: Promise<string>): Promise<string> {
  try {
    return await value;
  } catch (error) {
    throw refused(name, `${setting}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
