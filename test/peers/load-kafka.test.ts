import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLoadPlan } from "../../functions/readiness/load-read.ts";
import { performLoad } from "../../local/load-test/perform.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;

describe.skipIf(skipped !== undefined)(`a load test of a real broker${title}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-load-kafka-"));
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka();
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("every record that counts as answered is in the topic", async () => {
    const streams = kafkaStreams({ name: "peer", brokers: async () => cluster.brokers.map(brokerPlace) });
    try {
      await streams.createTopic({ name: "load", partitions: 4, replicationFactor: 1, configs: [] });
      const plan = readLoadPlan(
        JSON.stringify({
          name: "records",
          target: { kafka: { brokers: cluster.brokers, topic: "load", valueBytes: 256, group: "nobody" } },
          stages: [{ shape: "constant", rate: 3_000, for: "5s" }],
          arrivals: "uniform",
          objectives: ["errors < 1%", "p99 < 5s"],
        }),
      );
      const { report } = await performLoad({
        ...{ plan, data: folder, env: {}, owned: [] },
        readTrace: () => Promise.reject(new Error("no trace")),
      });
      expect(report.totals).toMatchObject({ asked: 15_000, ok: 15_000, errors: 0, timeouts: 0, unsent: 0 });
      const ends = await streams.offsets([0, 1, 2, 3].map((partition) => ({ topic: "load", partition })));
      expect(ends.reduce((sum, { end }) => sum + end, 0)).toBe(15_000);
      expect(report.latency.p99).toBeLessThan(5_000_000);
    } finally {
      await streams.close();
    }
  }, 60_000);
});
