import { describe } from "vitest";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { streamsContract } from "../contract/streams.ts";
import { missingKafka, startKafka } from "./kafka.ts";
import { kafkaClients } from "./kafka-driver.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const MECHANISM = "SCRAM-SHA-512";
const USERS = [
  { name: "admin", password: "admin-secret" },
  { name: "limited", password: "limited-secret" },
];

describe.skipIf(skipped !== undefined)(`a real broker${title}`, () => {
  streamsContract("Kafka with SCRAM and rules", async () => {
    const cluster = await startKafka({ signIn: { mechanism: MECHANISM, users: USERS, superUsers: ["admin"] } });
    const as = (user: (typeof USERS)[number]) =>
      kafkaStreams({
        name: "peer",
        brokers: async () => cluster.brokers.map(brokerPlace),
        signIn: { mechanism: "scram-sha-512", username: user.name, password: async () => user.password },
      });
    const [admin, limited] = USERS as [(typeof USERS)[number], (typeof USERS)[number]];
    const streams = as(admin);
    const poor = as(limited);
    const clients = await kafkaClients(cluster.brokers, {
      "security.protocol": "SASL_PLAINTEXT",
      "sasl.mechanism": MECHANISM,
      "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="${admin.name}" password="${admin.password}";`,
    });
    const rule = { principal: "User:limited", host: "*", patternType: "LITERAL" };
    await streams.addAcls(
      ["TOPIC", "GROUP", "TRANSACTIONAL_ID", "CLUSTER"].map((resourceType) => ({
        ...rule,
        resourceType,
        resourceName: resourceType === "CLUSTER" ? "kafka-cluster" : "*",
        operation: "ALL",
        permission: "ALLOW",
      })),
    );
    return {
      streams,
      driver: {
        ...clients,
        codecs: ["snappy", "lz4"],
        acls: true,
        without: async (operation, resourceType, resourceName) => {
          await streams.addAcls([{ ...rule, resourceType, resourceName, operation, permission: "DENY" }]);
          return poor;
        },
      },
      close: async () => {
        await clients.close();
        await streams.close();
        await poor.close();
        await cluster.stop();
      },
    };
  });
});
