import * as v from "valibot";
import { either, isText } from "./schema.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(249));
const broker = v.pipe(v.string(), v.regex(/^(\[[0-9A-Fa-f:]+\]|[^\s:/]+):\d{1,5}$/, "host:port"));
const url = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, "address starting with http:// or https://"));
/** A value that must not stand in the file. */
const secret = v.pipe(v.string(), v.regex(/^(env|file|ssm):\S+$/, "a reference: env:NAME, file:path or ssm:/path"));

const Sasl = v.pipe(
  v.strictObject({
    mechanism: v.picklist(["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "msk-iam"]),
    username: v.optional(name),
    password: v.optional(secret),
    /** oauthbearer: where the token is kept. */
    token: v.optional(secret),
    /** msk-iam. Default: the region of the process. */
    region: v.optional(name),
  }),
  v.check(
    ({ mechanism, username, password, token }) =>
      mechanism === "msk-iam" ||
      (mechanism === "oauthbearer" ? token !== undefined : username !== undefined && password !== undefined),
    "plain and scram with username and password, oauthbearer with token",
  ),
);

const Tls = either(
  (input) => typeof input === "boolean",
  v.boolean(),
  v.strictObject({
    /** Certificates that are trusted, and who we are: PEM files, seen from the configuration file. */
    ca: v.optional(name),
    cert: v.optional(name),
    key: v.optional(secret),
    serverName: v.optional(name),
  }),
);

const Kafka = v.pipe(
  v.strictObject({
    brokers: v.optional(v.pipe(v.array(broker), v.minLength(1), v.maxLength(100))),
    /** MSK: the brokers are asked for. */
    mskArn: v.optional(v.pipe(v.string(), v.startsWith("arn:"))),
    tls: v.optional(Tls, false),
    sasl: v.optional(Sasl),
  }),
  v.check(
    ({ brokers, mskArn }) => (brokers === undefined) !== (mskArn === undefined),
    "exactly one of brokers and mskArn",
  ),
);

const Registry = either(
  isText,
  v.pipe(
    url,
    v.transform((address) => ({ url: address })),
  ),
  v.strictObject({ url, username: v.optional(name), password: v.optional(secret) }),
);

/** A Kafka cluster, or the log that `npm start` keeps in its own memory. */
const Cluster = v.pipe(
  v.strictObject({
    kafka: v.optional(Kafka),
    embedded: v.optional(v.literal(true)),
    /** A Confluent-compatible schema registry. */
    registry: v.optional(Registry),
  }),
  v.check(
    ({ kafka, embedded }) => (kafka === undefined) !== (embedded === undefined),
    "exactly one of kafka and embedded",
  ),
);

/** `streams` of headgate.yaml: clusters by name. */
export const StreamsSection = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "a name")),
  Cluster,
);
export type StreamsConfig = v.InferOutput<typeof StreamsSection>;
export type StreamsClusterConfig = StreamsConfig[string];
