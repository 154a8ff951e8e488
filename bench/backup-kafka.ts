import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, zstdCompressSync } from "node:zlib";
import { encodeBatch } from "../shared/core/backup/batch/encode.ts";
import { kafkaStreams } from "../shared/edge/kafka-streams.ts";
import { type KafkaCluster, missingKafka, startKafka } from "../test/peers/kafka.ts";
import { type Row, row } from "./row.ts";

const MB = 1e6;
const PARTITIONS = 6;
const RECORDS = 400_000;
const PER_BATCH = 250;
const IDLE_PARTITIONS = 500;
const noun = "backup-kafka";
/** The records are old by their timestamps. */
const KEPT = [{ name: "retention.ms", value: "-1" }];

interface Figures {
  readonly raw: number;
  readonly records: number;
  readonly stored: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peak: number;
}

const pinned = (core: number, command: string, args: readonly string[]): readonly [string, readonly string[]] =>
  platform() === "linux" ? ["taskset", ["-c", String(core), command, ...args]] : [command, args];

function work(what: string, cluster: KafkaCluster, folder: string, topics: string): Figures {
  const script = fileURLToPath(new URL("./backup-kafka-worker.ts", import.meta.url));
  const [command, args] = pinned(1, process.execPath, [script, what, cluster.brokers.join(","), folder, topics]);
  return JSON.parse(execFileSync(command, args, { encoding: "utf8", maxBuffer: MB })) as Figures;
}

/** Records of 1 KB, half of them text that packs well and half that does not pack at all. */
function recordOf(n: number): Uint8Array {
  const head = `{"id":${n},"customer":"c-${n % 9973}","at":${1_700_000_000_000 + n},"text":"${"the quick brown fox ".repeat(22)}","blob":"`;
  return Buffer.from(`${head}${randomBytes(Math.floor((1_000 - head.length) / 2)).toString("hex")}"}`);
}

const hostAndPort = (address: string) => {
  const [host = "", port = ""] = address.split(":");
  return { host, port: Number(port) };
};

/** The topic, filled; and its records as one text, for what `zstd -3` makes of them. */
async function fill(cluster: KafkaCluster): Promise<{ readonly raw: number; readonly packed: number }> {
  const streams = kafkaStreams({ name: "bench", brokers: async () => cluster.brokers.map(hostAndPort) });
  await streams.createTopic({ name: "load", partitions: PARTITIONS, replicationFactor: 1, configs: KEPT });
  await streams.createTopic({ name: "idle", partitions: IDLE_PARTITIONS, replicationFactor: 1, configs: [] });
  let raw = 0;
  let packed = 0;
  let sample: Uint8Array[] = [];
  for (let n = 0; n < RECORDS; n += PER_BATCH * PARTITIONS) {
    const batches = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic: "load",
      partition,
      records: encodeBatch(
        Array.from({ length: PER_BATCH }, (__, index) => ({
          timestamp: 1_700_000_000_000 + n + index,
          key: Buffer.from(`key-${n + index}`),
          value: recordOf(n + partition * PER_BATCH + index),
        })),
      ),
    }));
    for (const { records } of batches) {
      raw += records.length;
      sample.push(records);
    }
    if (sample.length >= 200) {
      packed += zstdCompressSync(Buffer.concat(sample), { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).length;
      sample = [];
    }
    for (const done of await streams.append(batches)) if (done.status !== "done") throw new Error(done.why);
  }
  if (sample.length > 0)
    packed += zstdCompressSync(Buffer.concat(sample), { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).length;
  await streams.close();
  return { raw, packed };
}

/** MB/s of Kafka's own consumer, which only reads, on the same core. */
function javaConsumer(cluster: KafkaCluster, lib: string): number {
  const [command, args] = pinned(1, "java", [
    ...["-Xmx384m", "-cp", join(lib, "*"), "org.apache.kafka.tools.ConsumerPerformance"],
    ...["--bootstrap-server", cluster.brokers.join(","), "--topic", "load", "--messages", String(RECORDS)],
    ...["--timeout", "60000", "--hide-header"],
  ]);
  const said = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  // start, end, MB in all, MB/s, records, records/s, rebalance ms, fetch ms, …
  const fields =
    said
      .trim()
      .split("\n")
      .at(-1)
      ?.split(",")
      .map((one) => one.trim()) ?? [];
  return ((Number(fields[2]) * 2 ** 20) / MB / Number(fields[7])) * 1_000;
}

const objectsBelow = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((one) => statSync(join(folder, one)).isFile())
    .length;

/** Backup and restore of a real broker, one worker on one core; the broker has the other. */
export async function bench(): Promise<readonly Row[]> {
  const missing = missingKafka();
  if (missing !== undefined) {
    process.stderr.write(`${noun}: ${missing}\n`);
    return [];
  }
  const { KAFKA_LIB } = await import("../test/peers/kafka.ts");
  const cluster = await startKafka({ heapMb: 1_024 });
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  try {
    const { packed } = await fill(cluster);
    const runs = [0, 1, 2].map((n) => work("run", cluster, join(folder, `load-${n}`), "load"));
    const fastest = runs.reduce((a, b) => (a.seconds < b.seconds ? a : b));
    const java = javaConsumer(cluster, KAFKA_LIB);
    const restored = work("restore", cluster, join(folder, "load-0"), "load");
    work("run", cluster, join(folder, "idle"), "idle");
    const before = objectsBelow(join(folder, "idle"));
    const idle = work("run", cluster, join(folder, "idle"), "idle");
    const rate = fastest.raw / MB / fastest.seconds;
    return [
      row(noun, {
        ...{ measure: "backup of 1 KB records to a folder, one worker on one core", value: rate, unit: "MB/s" },
        ...{ bar: 60, better: "higher" },
        peer: { name: "Kafka's ConsumerPerformance, which only reads", value: java },
      }),
      row(noun, {
        ...{ measure: "restore of it", value: restored.raw / MB / restored.seconds, unit: "MB/s" },
        ...{ bar: 40, better: "higher" },
      }),
      row(noun, {
        ...{ measure: "stored bytes", value: fastest.stored / MB, unit: "MB", bar: (1.05 * packed) / MB },
        peer: { name: "zstd -3 on the raw batches", value: packed / MB },
      }),
      row(noun, { measure: "memory of the worker", value: fastest.peak / MB, unit: "MB", bar: 256 }),
      row(noun, { measure: "memory of the restore", value: restored.peak / MB, unit: "MB", bar: 256 }),
      row(noun, {
        ...{ measure: `increment of ${IDLE_PARTITIONS} idle partitions`, value: idle.seconds, unit: "s", bar: 5 },
      }),
      row(noun, {
        ...{ measure: "objects of it", value: objectsBelow(join(folder, "idle")) - before, unit: "objects", bar: 10 },
      }),
    ];
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
