import { describe, expect, test } from "vitest";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { batchOf, readCommitted } from "../contract/streams-kit.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { startMirrorMaker } from "./mirror-maker.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const streamsOf = ({ brokers }: KafkaCluster) =>
  kafkaStreams({ name: "peer", brokers: async () => brokers.map(brokerPlace) });

describe.skipIf(skipped !== undefined)(`MirrorMaker 2${title}`, () => {
  test("copies a topic from one cluster into the other, which is read there as it was written here", async () => {
    const [from, to] = await Promise.all([startKafka(), startKafka()]);
    const [source, target] = [streamsOf(from), streamsOf(to)];
    await source.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: [] });
    await source.append([{ topic: "orders", partition: 0, records: batchOf("a", "b", "c") }]);
    const mirror = await startMirrorMaker(`
clusters = here, there
here.bootstrap.servers = ${from.brokers.join(",")}
there.bootstrap.servers = ${to.brokers.join(",")}
here->there.enabled = true
here->there.topics = orders
there->here.enabled = false
replication.factor = 1
checkpoints.topic.replication.factor = 1
heartbeats.topic.replication.factor = 1
offset-syncs.topic.replication.factor = 1
offset.storage.replication.factor = 1
status.storage.replication.factor = 1
config.storage.replication.factor = 1
refresh.topics.interval.seconds = 1
`);
    try {
      const stable = async () => (await target.offsets([{ topic: "here.orders", partition: 0 }]))[0]?.stable;
      await expect.poll(stable, { timeout: 90_000, interval: 200, message: mirror.said() }).toBe(3);
      expect(await readCommitted(target, "here.orders")).toEqual(await readCommitted(source, "orders"));
    } finally {
      await mirror.stop();
      await Promise.all([source.close(), target.close()]);
      await Promise.all([from.stop(), to.stop()]);
    }
  });
});
