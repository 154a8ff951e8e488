import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChaos } from "../../local/chaos/run.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { led, readCommitted } from "../contract/streams-kit.ts";
import { freePort } from "../free-port.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";

const skipped = missingKafka();
const title = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
const TOPIC = "chaos-check";
const PATIENCE_MS = 8_000;

describe.skipIf(skipped !== undefined)(`a broker of three is lost${title}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-chaos-"));
  let cluster: KafkaCluster;
  let streams: Streams;
  let server: Server;
  let port = 0;
  const written: string[] = [];

  /** Writes a record that a majority has to take, and compares all there is with all that was written. */
  async function check(): Promise<string> {
    const value = `record-${written.length}`;
    const records = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from(value) }]);
    const [done] = await streams.append([{ topic: TOPIC, partition: 0, records }]);
    if (done?.status !== "done") throw new Error(`not written: ${JSON.stringify(done)}`);
    written.push(value);
    const found = (await readCommitted(streams, TOPIC)).map(({ value }) => value);
    // A write whose answer was lost may be there as well, and may be there twice: it never had an answer.
    const missing = written.filter((one) => !found.includes(one));
    if (missing.length > 0) throw new Error(`${missing.length} of ${written.length} are missing`);
    return `${found.length} records`;
  }

  beforeAll(async () => {
    cluster = await startKafka({
      brokers: 3,
      heapMb: 200,
      config: { "min.insync.replicas": "2", "default.replication.factor": "3", "broker.session.timeout.ms": "3000" },
    });
    streams = kafkaStreams({
      name: "peer",
      brokers: async () => cluster.brokers.map(brokerPlace),
      patienceMs: PATIENCE_MS,
    });
    await streams.createTopic({ name: TOPIC, partitions: 1, replicationFactor: 3, configs: [] });
    await led(streams, TOPIC, 1);
    port = await freePort();
    server = createServer((request, response) => {
      const work = { "/kill": () => cluster.kill(1), "/restart": () => cluster.restart(1), "/check": check }[
        request.url ?? ""
      ];
      Promise.resolve(work?.()).then(
        (text) => response.end(text ?? "done"),
        (error: unknown) => response.writeHead(503).end(String(error)),
      );
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await streams?.close();
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("no record that was taken is lost, writing goes on within the patience, and the recovery is timed", async () => {
    const ask = (path: string) =>
      JSON.stringify([
        process.execPath,
        "-e",
        `fetch("http://127.0.0.1:${port}${path}").then((r) => process.exit(r.ok ? 0 : 1))`,
      ]);
    const file = join(folder, "broker.yaml");
    writeFileSync(
      file,
      `name: broker-of-three
hypothesis: With one broker of three gone all records can be read and written.
steady:
  - { name: data is there, http: { url: "http://127.0.0.1:${port}/check", within: 20s }, tolerate: 30s }
faults:
  - name: broker 1 is killed
    command: { run: ${ask("/kill")}, undo: ${ask("/restart")}, of: 3 }
    for: 8s
blast: { targets: 1, percent: 34 }
stop: { after: 45s }
every: 500ms
before: 1s
duration: 10s
recovery: 60s
`,
    );
    const said: string[] = [];
    const { report } = await runChaos({ file, folder: join(folder, "reports"), say: (line) => said.push(line) });
    expect(report, said.join("\n")).toMatchObject({ verdict: "held", faults: [{ undo: "done" }] });
    expect(report.recoveryMs).toBeLessThan(45_000);
    expect(await check()).toMatch(/records$/);
    if (process.env["HEADGATE_SHOW"]) console.log(JSON.stringify(report, undefined, 1), said);
  });
});
