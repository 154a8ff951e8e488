import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, createZstdCompress } from "node:zlib";
import { copyUnit } from "../functions/backup/copy-unit.ts";
import { readChunk } from "../functions/backup/read-chunk.ts";
import { encodeBatch } from "../shared/core/backup/batch/encode.ts";
import { AT, viewOf } from "../shared/core/backup/batch/header.ts";
import type { Fetched, FetchRequest } from "../shared/core/kernel/streams.ts";
import type { Streams } from "../shared/core/ports/streams.ts";
import { directoryObjects } from "../shared/edge/directory-objects.ts";

/** A worker of its own, so that its memory is its own: copies made-up partitions into a folder, reads them back, and prints figures as JSON. */

const PARTITIONS = 6;
const PER_BATCH = 16;
const RECORD_BYTES = 1_000;
const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const WORDS = Array.from({ length: 400 }, (_, n) => digest(`${n}`).slice(0, 6 + (n % 9)));
const [megabytes = 300] = process.argv.slice(2).map(Number);

/** As services write it: packs to about a seventh. */
function orderOf(n: number): Uint8Array {
  const items = Array.from({ length: 9 }, (_, index) => ({
    sku: `SKU-${(n * 31 + index * 17) % 900}`,
    quantity: 1 + ((n + index) % 5),
    price: ((n * 13 + index * 7) % 10_000) / 100,
    name: `${WORDS[(n + index * 3) % WORDS.length]} ${WORDS[(n * 5 + index) % WORDS.length]}`,
  }));
  const at = new Date(1_700_000_000_000 + n * 137).toISOString();
  return Buffer.from(JSON.stringify({ id: n, customer: digest(`${n}`).slice(0, 16), at, items }).padEnd(RECORD_BYTES));
}

const templates = Array.from({ length: 640 }, (_, batch) =>
  encodeBatch(
    Array.from({ length: PER_BATCH }, (_, index) => {
      const n = batch * PER_BATCH + index;
      return { timestamp: 1_700_000_000_000 + n, key: Buffer.from(`k${n}`), value: orderOf(n) };
    }),
  ),
);
const meanBytes = templates.reduce((sum, { length }) => sum + length, 0) / templates.length;
const end = Math.round((megabytes * 1e6) / meanBytes / PARTITIONS) * PER_BATCH;

function answer({ topic, partition, offset, maxBytes }: FetchRequest): Fetched {
  const batches: Uint8Array[] = [];
  let bytes = 0;
  for (let at = offset; at < end && (bytes === 0 || bytes < maxBytes); at += PER_BATCH) {
    const batch = (templates[(at / PER_BATCH + partition * 97) % templates.length] as Uint8Array).slice();
    viewOf(batch).setBigInt64(AT.baseOffset, BigInt(at));
    batches.push(batch);
    bytes += batch.length;
  }
  return {
    topic,
    partition,
    status: "ok",
    records: Buffer.concat(batches),
    aborted: [],
    logStart: 0,
    stable: end,
    end,
  };
}

const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, replicas: [], inSync: [] }));
const streams = {
  topics: async () => [{ name: "t", id: "x", internal: false, partitions }],
  fetch: async (requests: readonly FetchRequest[]) => requests.map(answer),
} as Partial<Streams> as Streams;

const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
let peak = 0;
const watch = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
try {
  const place = { name: "folder", objects: directoryObjects(folder) };
  const timer = setInterval(watch, 20);
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  const receipt = await copyUnit({
    ...{ streams, places: [place], prefix: "data/p/x/", unit: 0, part: 0, deadline: () => false, onProgress: watch },
    stretches: partitions.map(({ partition }) => ({ topic: "t", topicId: "x", partition, from: 0, to: end })),
  });
  const copySeconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  const stored = receipt.objects.reduce((sum, { size }) => sum + size, 0);

  // What one endless stream at the same level makes of the same bytes.
  const stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  let streamed = 0;
  stream.on("data", (chunk: Buffer) => {
    streamed += chunk.length;
  });
  let raw = 0;
  let readSeconds = 0;
  for (const chunk of receipt.stretches.flatMap(({ chunks }) => chunks)) {
    const began = performance.now();
    const bytes = await readChunk([place], receipt.objects[chunk.object], chunk, ({ what }) => {
      throw new Error(what);
    });
    readSeconds += (performance.now() - began) / 1000;
    raw += bytes.length;
    await new Promise((resolve) => stream.write(bytes, resolve));
  }
  await new Promise<void>((resolve) => stream.end(resolve));
  const cpuSeconds = (user + system) / 1e6;
  process.stdout.write(`${JSON.stringify({ raw, stored, streamed, copySeconds, cpuSeconds, readSeconds, peak })}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
