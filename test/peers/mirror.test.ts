import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkMirror, writeMirror } from "../../functions/backup/mirror.ts";
import { replicationLag } from "../../functions/backup/replication.ts";
import { runbookDeeds } from "../../functions/backup/runbook-deeds.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import type { RecoverySettings } from "../../shared/core/backup/recovery/file.ts";
import type { ReplicationLag } from "../../shared/core/backup/recovery/types.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { endNow, type KafkaCluster, kafkaJava, missingKafka, startKafka } from "./kafka.ts";

const skip = missingKafka();
const SETTINGS: RecoverySettings = {
  primaryRegion: "us-east-1",
  secondaryRegion: "us-west-2",
  // One broker each: three copies there cannot be.
  replication: {
    tool: "MirrorMaker2",
    topics: ["user-events"],
    replicationFactor: 1,
    primaryBrokers: [],
    secondaryBrokers: [],
  },
  objectives: {},
};

describe.skipIf(skip !== undefined)(
  `MirrorMaker 2 with the configuration that is written${skip === undefined ? "" : `: ${skip}`}`,
  () => {
    let [clusters, streams]: [KafkaCluster[], Streams[]] = [[], []];
    let mirror: ChildProcess | undefined;
    let folder: string;
    let said = "";

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "mirror-"));
      clusters = await Promise.all([startKafka(), startKafka()]);
      streams = clusters.map(({ brokers }, index) =>
        kafkaStreams({ name: index === 0 ? "us-east-1" : "us-west-2", brokers: async () => brokers.map(brokerPlace) }),
      );
      const [east] = streams as [Streams];
      await east.createTopic({ name: "user-events", partitions: 2, replicationFactor: 1, configs: [] });
      await append(east, 100);
      await east.setGroupOffsets("billing", [{ topic: "user-events", partition: 0, offset: 100 }]);
      const text = writeMirror(SETTINGS, {
        primaryBrokers: clusters[0]?.brokers ?? [],
        secondaryBrokers: clusters[1]?.brokers ?? [],
      });
      expect(checkMirror(SETTINGS, text)).toEqual({ faults: [], warnings: [] });
      const file = join(folder, "mm2.properties");
      // As it is written but for how often topics and groups are looked for: a test does not wait for minutes.
      await writeFile(file, text.replaceAll("interval.seconds = 60", "interval.seconds = 2"));
      mirror = kafkaJava("org.apache.kafka.connect.mirror.MirrorMaker", [file], 320);
      for (const out of [mirror.stdout, mirror.stderr])
        out?.on("data", (piece: Buffer) => void (said = (said + piece.toString()).slice(-20_000)));
    });
    afterAll(async () => {
      if (mirror) await endNow(mirror);
      await Promise.all(streams.map((one) => one.close()));
      await Promise.all(clusters.map((one) => one.stop()));
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    const append = async (to: Streams, count: number) => {
      const records = Array.from({ length: count }, (_, index) => ({
        key: Buffer.from(`${index}`),
        value: Buffer.from(`v${index}`),
        timestamp: Date.now(),
      }));
      for (const partition of [0, 1])
        await to.append([{ topic: "user-events", partition, records: encodeBatch(records) }]);
    };
    /** Looks until it is as wanted; MirrorMaker needs half a minute to begin. */
    async function until(want: (lag: ReplicationLag) => boolean): Promise<ReplicationLag> {
      const [east, west] = streams as [Streams, Streams];
      const end = Date.now() + 100_000;
      for (;;) {
        const lag = await replicationLag({
          source: { alias: "us-east-1", streams: east },
          target: { alias: "us-west-2", streams: west },
          topics: ["user-events"],
          now: Date.now(),
        });
        if (want(lag)) return lag;
        if (Date.now() > end) throw new Error(`${JSON.stringify(lag)}\n${said}`);
        await new Promise((done) => setTimeout(done, 500));
      }
    }

    test("it replicates, its lag comes to nothing, its notes and heartbeats are read, and positions are translated", async () => {
      const lag = await until(
        ({ topics, troubles, checkpointMs }) =>
          topics[0]?.records === 0 && troubles.length === 0 && checkpointMs !== undefined,
      );
      expect(lag.offsetSyncMs).toBeDefined();
      const [, west] = streams as [Streams, Streams];
      const ends = await west.offsets([0, 1].map((partition) => ({ topic: "us-east-1.user-events", partition })));
      expect(ends.every(({ logStart, stable }) => stable - logStart >= 100)).toBe(true);
      const mirrored = {
        source: { alias: "us-east-1", streams: streams[0] as Streams },
        target: { alias: "us-west-2", streams: west },
        topics: ["user-events"],
      };
      const deeds = runbookDeeds({ now: Date.now, places: async () => [], mirror: mirrored });
      const context = { key: "k", rehearsal: false, undo: false };
      expect(await deeds.check_lag?.({ kind: "check_lag", maxLagMs: 0 }, context)).toMatchObject({ status: "done" });
      expect(await deeds.translate_groups?.({ kind: "translate_groups" }, context)).toMatchObject({ status: "done" });
      const [billing] = await west.groups(["billing"]);
      const offset = billing?.offsets.find(({ topic }) => topic === "us-east-1.user-events")?.offset ?? -1;
      // Not from the beginning, and never behind the records that are there: marks of transactions take an offset each.
      expect(offset).toBeGreaterThan(0);
      expect(offset).toBeLessThanOrEqual(ends.find(({ partition }) => partition === 0)?.stable ?? 0);
    });

    test("dead, it is seen: records that are not there are counted, and their age grows", async () => {
      if (mirror) await endNow(mirror);
      await append(streams[0] as Streams, 25);
      const lag = await until(({ topics }) => topics[0]?.records === 50);
      const before = lag.topics[0]?.lagMs ?? 0;
      expect(before).toBeGreaterThanOrEqual(0);
      const later = await until(({ topics }) => (topics[0]?.lagMs ?? 0) > before + 1000);
      expect(later.topics[0]?.partitions.map(({ records }) => records)).toEqual([25, 25]);
    });
  },
);
