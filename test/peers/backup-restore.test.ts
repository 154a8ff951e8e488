import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextFromConfig, type PlanContext } from "../../functions/backup/context.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { beginDrill, driveDrill } from "../../functions/backup/drill.ts";
import { planOf, restorePoint } from "../../functions/backup/restore.ts";
import { compareRestored } from "../../functions/backup/restore-compare.ts";
import { openRestore } from "../../functions/backup/restore-open.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import { fillerBatch } from "../../shared/core/backup/restore/filler.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { memoryObjects } from "../backup/memory-objects.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { type KafkaClients, kafkaClients } from "./kafka-driver.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const MIXED = [0, 1];
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];

/** The same numbers each time. */
function random(seed: number) {
  let at = seed;
  return (below: number): number => {
    at = (at * 48_271) % 2_147_483_647;
    return at % below;
  };
}

const CONFIG = `version: 1
streams: { main: { kafka: { brokers: ["127.0.0.1:1"] } }, other: { kafka: { brokers: ["127.0.0.1:2"] } } }
destinations: { primary: { directory: a } }
backup:
  hourly: { to: [primary], what: { topics: { cluster: main } }, verify: "off", drill: { every: 7d, cluster: other }, objective: { rto: 10m } }
`;

describe.skipIf(skipped !== undefined)(`restores on a real broker${title}`, () => {
  let clusters: readonly KafkaCluster[] = [];
  let streams: Streams;
  let other: Streams;
  let clients: KafkaClients;
  let elsewhere: KafkaClients;
  let context: PlanContext;
  let point = "";

  beforeAll(async () => {
    clusters = await Promise.all([startKafka(), startKafka()]);
    const open = ({ brokers }: KafkaCluster, name: string) =>
      kafkaStreams({ name, brokers: async () => brokers.map(brokerPlace) });
    const [here, there] = clusters as [KafkaCluster, KafkaCluster];
    streams = open(here, "main");
    other = open(there, "other");
    [clients, elsewhere] = await Promise.all([kafkaClients(here.brokers), kafkaClients(there.brokers)]);
    await fill();
    const parsed = parseConfig(CONFIG);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    const memory = memoryObjects(Date.now);
    const { runtime } = directRuntime({ baseDir: ".", streams: (name) => (name === "other" ? other : streams) });
    context = contextFromConfig({
      ...{ runtime, tenant: "default", config: parsed.config, name: "hourly", direct: true },
      places: [{ name: "primary", objects: memory.objects }],
    });
    const run = await driveRun(context);
    point = run.point?.id ?? run.text;
  }, 300_000);

  afterAll(async () => {
    await Promise.all([clients?.close(), elsewhere?.close(), streams?.close(), other?.close()]);
    await Promise.all(clusters.map((one) => one.stop()));
  });

  async function fill(): Promise<void> {
    const create = async (name: string, partitions: number, configs: Record<string, string>) => {
      const given = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
      const made = await streams.createTopic({ name, partitions, replicationFactor: 1, configs: given });
      if (made.status !== "done") throw new Error(`${name}: ${JSON.stringify(made)}`);
    };
    await create("mixed", 2, { "max.message.bytes": "2097152", "retention.ms": "-1" });
    await create("state", 1, {
      ...{ "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01" },
      "delete.retention.ms": "100",
    });
    await create("stamped", 1, { "message.timestamp.type": "LogAppendTime" });
    await create("late", 1, { "retention.ms": "-1" });
    const below = random(7);
    for (const partition of MIXED)
      for (let turn = 0; turn < 40; turn += 1) {
        const records = Array.from({ length: 1 + below(30) }, (_, index) => ({
          key: below(4) === 0 ? null : `k${below(50)}`,
          value: below(6) === 0 ? null : "v".repeat(turn === 3 && index === 0 ? 900_000 : 1 + below(2000)),
          headers: below(3) === 0 ? [["h", `${turn}`] as const, ["h", null] as const] : [],
          timestamp: 1_700_000_000_000 + below(1_000_000_000) - 500_000_000,
        }));
        if (turn % 2 === 0) await clients.produce("mixed", partition, records, CODECS[turn % 5] ?? "none");
        else {
          const transaction = await clients.begin(`p${turn % 3}`);
          await transaction.produce("mixed", partition, records);
          await (turn % 10 < 6 ? transaction.abort() : transaction.commit());
        }
      }
    for (let turn = 0; turn < 6; turn += 1) {
      await clients.produce(
        "state",
        0,
        Array.from({ length: 50 }, (_, index) => ({
          key: index % 10 === 0 ? `only-${turn}-${index}` : `k${index % 7}`,
          value: `${turn}`,
        })),
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await clients.produce(
      "stamped",
      0,
      [
        { key: "a", value: "1", timestamp: 5 },
        { key: "b", value: "2", timestamp: 4 },
      ],
      "gzip",
    );
    // A million offsets that retention has taken, then three records.
    const filler = fillerBatch(50_000);
    for (let batch = 0; batch < 20; batch += 1)
      await streams.append([{ topic: "late", partition: 0, records: filler }]);
    await streams.deleteRecords([{ topic: "late", partition: 0, offset: 1_000_000 }]);
    const few = [1, 2, 3].map((value) => ({ timestamp: value, key: null, value: new Uint8Array([value]) }));
    await streams.append([{ topic: "late", partition: 0, records: encodeBatch(few) }]);
    await streams.setGroupOffsets("readers", [
      { topic: "mixed", partition: 0, offset: 77, metadata: "note" },
      { topic: "mixed", partition: 1, offset: 12 },
      { topic: "late", partition: 0, offset: 1_000_002 },
    ]);
    // Compaction has to leave holes before the backup is taken.
    for (let look = 0; look < 100; look += 1) {
      if ((await clients.consume("state", 0)).length < 150) return;
      // Only what lies before the segment under way is cleaned, and that begins with a record.
      await clients.produce("state", 0, [{ key: "k0", value: `${look}` }]);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  test("a mixed set comes back with the same records, order, offsets, timestamps and groups", async () => {
    const world = await openRestore(context, point, "other");
    const report = await restorePoint(world, { holdRetention: true });
    expect(report.faults).toEqual([]);
    expect(report.status).toBe("done");
    const compared = await compareRestored(world, report.plan);
    expect(compared.partitions.flatMap(({ examples }) => examples)).toEqual([]);
    expect(compared.partitions.reduce((sum, one) => sum + one.expected, 0)).toBeGreaterThan(500);
    for (const [topic, partition] of [
      ...MIXED.map((one) => ["mixed", one] as const),
      ["stamped", 0],
      ["late", 0],
    ] as const)
      expect(await elsewhere.consume(topic, partition), topic).toEqual(await clients.consume(topic, partition));
    const ends = (of: Streams) =>
      of.offsets([
        { topic: "mixed", partition: 0 },
        { topic: "mixed", partition: 1 },
        { topic: "late", partition: 0 },
      ]);
    const plain = (all: Awaited<ReturnType<typeof ends>>) =>
      all.map(({ topic, partition, logStart, end }) => ({ topic, partition, logStart, end }));
    expect(plain(await ends(other))).toEqual(plain(await ends(streams)));
    expect((await other.groups(["readers"]))[0]?.offsets).toEqual((await streams.groups(["readers"]))[0]?.offsets);
    expect(await other.topicConfigs(["stamped"])).toEqual(
      new Map([["stamped", expect.arrayContaining([{ name: "message.timestamp.type", value: "LogAppendTime" }])]]),
    );
    // Aborted transactions, their markers, and what compaction took: holes that no consumer may see.
    const marked = (name: string) =>
      report.partitions.filter(({ topic }) => topic === name).reduce((sum, one) => sum + one.markers, 0);
    expect(marked("mixed")).toBeGreaterThan(100);
    expect(marked("state")).toBeGreaterThan(50);
    expect(report.partitions.find(({ topic }) => topic === "late")?.padded).toBe(1_000_000);
  }, 240_000);

  test("done again it adds nothing", async () => {
    const world = await openRestore(context, point, "other");
    const again = await restorePoint(world, { holdRetention: true });
    expect(again).toMatchObject({ status: "done", records: 0, faults: [] });
  }, 120_000);

  test("into the same cluster under other names with new offsets, groups land on the same records", async () => {
    const world = await openRestore(context, point);
    const request = {
      topics: ["mixed"],
      prefix: "copy-",
      groupPrefix: "copy-",
      offsets: "translate",
      holdRetention: true,
    } as const;
    const report = await restorePoint(world, request);
    expect(report.faults).toEqual([]);
    expect((await compareRestored(world, report.plan)).partitions.map(({ differences }) => differences)).toEqual([
      0, 0,
    ]);
    const position =
      (await streams.groups(["copy-readers"]))[0]?.offsets.find(({ partition }) => partition === 0)?.offset ?? -1;
    const next = (await clients.consume("mixed", 0)).find(({ offset }) => offset >= 77);
    const there = (await clients.consume("copy-mixed", 0)).find(({ offset }) => offset >= position);
    expect(there).toMatchObject({ key: next?.key, value: next?.value, timestamp: next?.timestamp });
    expect((await planOf(world, request)).totals.records).toBe(0);
  }, 120_000);

  test("a drill proves the point on another cluster, and leaves nothing", async () => {
    const before = (await other.topics()).map(({ name }) => name);
    const note = await driveDrill(context, await beginDrill(context, { by: "peer", why: "" }));
    expect(note.text).toMatch(/is the same/);
    expect(note).toMatchObject({ status: "passed", verdict: { rto: "met" } });
    expect((await other.topics()).map(({ name }) => name)).toEqual(before);
  }, 240_000);
});
