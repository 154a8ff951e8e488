import { join } from "node:path";

export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

/** How clients of a cluster sign in: one mechanism for all of its users. */
export interface KafkaSignIn {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";
  readonly users: readonly KafkaUser[];
  /** Users who may do everything; the others may do what rules say. Absent: no rules at all. */
  readonly superUsers?: readonly string[];
}

export interface BrokerPlace {
  readonly node: number;
  readonly dir: string;
  readonly client: number;
  readonly internal: number;
  readonly controller: number;
}

export interface KafkaKeys {
  readonly keystore: string;
  readonly password: string;
}

const listenerOf = (signIn: KafkaSignIn | undefined, keys: KafkaKeys | undefined): string =>
  `${signIn ? "SASL_" : ""}${keys ? "SSL" : "PLAINTEXT"}`;

/** Lines of server.properties for one node that is broker and controller. Small: a broker of a test holds megabytes. */
export function brokerSettings(
  place: BrokerPlace,
  places: readonly BrokerPlace[],
  signIn: KafkaSignIn | undefined,
  keys: KafkaKeys | undefined,
  more: Readonly<Record<string, string>>,
): string {
  const copies = String(Math.min(3, places.length));
  const listeners = (["CLIENT", "INTERNAL", "CONTROLLER"] as const).map((name) => {
    const port = name === "CLIENT" ? place.client : name === "INTERNAL" ? place.internal : place.controller;
    return `${name}://127.0.0.1:${port}`;
  });
  const settings: Readonly<Record<string, string>> = {
    "process.roles": "broker,controller",
    "node.id": String(place.node),
    "broker.rack": `rack-${place.node}`,
    "controller.quorum.voters": places.map((one) => `${one.node}@127.0.0.1:${one.controller}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    listeners: listeners.join(","),
    "advertised.listeners": listeners.slice(0, 2).join(","),
    "listener.security.protocol.map": `CLIENT:${listenerOf(signIn, keys)},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    "log.dirs": join(place.dir, "logs"),
    "num.network.threads": "2",
    "num.io.threads": "4",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.backoff.ms": "100",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.retention.check.interval.ms": "500",
    "log.initial.task.delay.ms": "500",
    "controlled.shutdown.enable": "false",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    ...signInSettings(signIn),
    ...(keys
      ? {
          "ssl.keystore.type": "PKCS12",
          "ssl.keystore.location": keys.keystore,
          "ssl.keystore.password": keys.password,
          "ssl.key.password": keys.password,
        }
      : {}),
    ...more,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

const MODULES = {
  PLAIN: "org.apache.kafka.common.security.plain.PlainLoginModule",
  "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
  "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
  OAUTHBEARER: "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule",
};

function signInSettings(signIn: KafkaSignIn | undefined): Readonly<Record<string, string>> {
  if (signIn === undefined) return {};
  const { mechanism, users, superUsers } = signIn;
  const said =
    mechanism === "PLAIN"
      ? users.map((user) => ` user_${user.name}="${user.password}"`).join("")
      : mechanism === "OAUTHBEARER"
        ? ' unsecuredLoginStringClaim_sub="broker"'
        : "";
  return {
    "sasl.enabled.mechanisms": mechanism,
    [`listener.name.client.${mechanism.toLowerCase()}.sasl.jaas.config`]: `${MODULES[mechanism]} required${said};`,
    ...(superUsers === undefined
      ? {}
      : {
          "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
          // The nodes speak to each other without signing in.
          "super.users": ["ANONYMOUS", ...superUsers].map((name) => `User:${name}`).join(";"),
        }),
  };
}
