import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { driveRun, openDirect } from "../functions/backup/direct.ts";
import { restorePoint } from "../functions/backup/restore.ts";
import { openRestore } from "../functions/backup/restore-open.ts";
import { brokerPlace } from "../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../shared/edge/kafka-streams.ts";
import { KAFKA_LIB, type KafkaCluster, missingKafka, startKafka } from "../test/peers/kafka.ts";
import { type KafkaClients, kafkaClients } from "../test/peers/kafka-driver.ts";
import { parsePlan } from "./backup-kafka-plan.ts";
import { type Row, row } from "./row.ts";

const noun = "backup-roundtrip";
const RECORDS = 1_000_000;
const PARTITIONS = 4;
const PER_CALL = 500;
const LARGE = 900_000;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];
const TOPICS = ["mixed", "state", "stamped"];

/** The same numbers each time. */
function random(seed: number) {
  let at = seed;
  return (below: number): number => {
    at = (at * 48_271) % 2_147_483_647;
    return at % below;
  };
}

/** What the clients write: null keys and values, headers, 1 B to nearly 1 MB, times out of order, all codecs, three transactions in ten aborted, a compacted topic. */
async function fill(cluster: KafkaCluster, clients: KafkaClients): Promise<number> {
  const streams = kafkaStreams({ name: noun, brokers: async () => cluster.brokers.map(brokerPlace) });
  const create = async (name: string, partitions: number, configs: Readonly<Record<string, string>>) => {
    const given = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const made = await streams.createTopic({ name, partitions, replicationFactor: 1, configs: given });
    if (made.status !== "done") throw new Error(`${name}: ${JSON.stringify(made)}`);
  };
  await create("mixed", PARTITIONS, { "max.message.bytes": "2097152", "retention.ms": "-1" });
  await create("stamped", 1, { "message.timestamp.type": "LogAppendTime" });
  await create("state", 1, {
    ...{ "cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01" },
  });
  const below = random(11);
  let aborted = 0;
  for (let turn = 0; turn * PER_CALL < RECORDS; turn += 1) {
    const records = Array.from({ length: PER_CALL }, (_, index) => ({
      key: below(4) === 0 ? null : `k${below(5_000)}`,
      value:
        below(9) === 0
          ? null
          : "v".repeat(turn % 200 === 3 && index === 0 ? LARGE : 1 + below(300)) + String(below(1e9)),
      headers:
        below(3) === 0
          ? ([
              ["h", `${turn}`],
              ["h", null],
            ] as const)
          : [],
      timestamp: 1_700_000_000_000 + below(1_000_000_000) - 500_000_000,
    }));
    if (turn % 2 === 0) await clients.produce("mixed", turn % PARTITIONS, records, CODECS[turn % 5] ?? "none");
    else {
      const transaction = await clients.begin(`p${turn % 3}`);
      await transaction.produce("mixed", turn % PARTITIONS, records);
      if (turn % 20 < 6) {
        await transaction.abort();
        aborted += PER_CALL;
      } else await transaction.commit();
    }
    if (turn % 100 === 0)
      await clients.produce(
        "state",
        0,
        records.map(({ value }, index) => ({ key: `s${index % 40}`, value: value?.slice(0, 50) ?? null })),
      );
    if (turn % 500 === 0) await clients.produce("stamped", 0, records.slice(0, 50));
  }
  for (const partition of [0, 1, 2, 3])
    await streams.setGroupOffsets("billing", [
      { topic: "mixed", partition, offset: 1_000 * (partition + 1), metadata: "m" },
    ]);
  await streams.close();
  return aborted;
}

interface Seen {
  readonly lines: number;
  /** Of each partition's lines in order: offset, time, key, headers, value as Kafka's own consumer prints them. */
  readonly hash: string;
}

/** A topic as Kafka's own consumer reads it at read committed. */
async function consumed(cluster: KafkaCluster, topic: string): Promise<Seen> {
  const show = ["timestamp", "offset", "partition", "headers", "key", "value"].flatMap((one) => [
    "--property",
    `print.${one}=true`,
  ]);
  const child = spawn(
    "java",
    [
      ...["-Xmx384m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", join(KAFKA_LIB, "*")],
      ...["org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", cluster.brokers.join(",")],
      ...["--topic", topic, "--from-beginning", "--isolation-level", "read_committed", "--timeout-ms", "8000"],
      ...["--property", "null.literal=NULL", ...show],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  let lines = 0;
  let said = "";
  child.stderr.on("data", (chunk) => (said = `${said}${chunk}`.slice(-2_000)));
  for await (const line of createInterface({ input: child.stdout })) {
    const partition = /Partition:(\d+)/.exec(line)?.[1];
    if (partition === undefined) continue;
    lines += 1;
    let hash = hashes.get(partition);
    if (!hash) hashes.set(partition, (hash = createHash("sha256")));
    // Clients cannot write what the broker stamped: such records keep their times and come back as created then.
    hash.update(line.replace(/^LogAppendTime:/, "CreateTime:")).update("\n");
  }
  // A judge that saw nothing finds nothing different.
  if (lines === 0) throw new Error(`Kafka's consumer printed no record of ${topic}: ${said}`);
  const each = [...hashes].map(([partition, hash]) => `${partition}:${hash.digest("hex")}`).sort();
  return { lines, hash: each.join(" ") };
}

/** A million mixed records of a real broker, backed up, restored into another one, and read there by Kafka's own consumer. */
export async function bench(): Promise<readonly Row[]> {
  const missing = missingKafka();
  if (missing !== undefined) {
    process.stderr.write(`${noun}: ${missing}\n`);
    return [];
  }
  const [source, target] = await Promise.all([startKafka({ heapMb: 600 }), startKafka({ heapMb: 600 })]);
  const folder = mkdtempSync(join(tmpdir(), "headgate-roundtrip-"));
  try {
    const clients = await kafkaClients(source.brokers);
    const aborted = await fill(source, clients);
    await clients.close();
    const from = openDirect(parsePlan(source.brokers.join(","), folder, TOPICS), "bench");
    const run = await driveRun(from.context);
    if (run.outcome !== "sealed") throw new Error(run.text);
    await from.close();
    const to = openDirect(parsePlan(target.brokers.join(","), folder, TOPICS), "bench");
    const world = await openRestore(to.context, run.run.id);
    const report = await restorePoint(world, {});
    if (report.status !== "done") throw new Error(report.faults.join("; ") || report.status);
    const again = await restorePoint(world, {});
    let records = 0;
    let differing = 0;
    for (const topic of TOPICS) {
      const [before, after] = [await consumed(source, topic), await consumed(target, topic)];
      records += before.lines;
      if (before.hash !== after.hash) differing += 1;
      process.stderr.write(`${noun}: ${topic}: ${before.lines} records, ${after.lines} restored\n`);
    }
    const positions = report.groups.flatMap(({ positions: all }) => all);
    await to.close();
    const count = (measure: string, value: number, bar: number): Row => row(noun, { measure, value, unit: "", bar });
    return [
      count(
        `topics that differ in order, offset, time, key, headers or value (${records} records, ${aborted} aborted)`,
        differing,
        0,
      ),
      count(
        "positions of groups that are not as they were",
        positions.filter(({ now, source: was }) => now !== was.offset).length,
        0,
      ),
      count("records that a second restore adds", again.records, 0),
    ];
  } finally {
    await Promise.all([source.stop(), target.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
