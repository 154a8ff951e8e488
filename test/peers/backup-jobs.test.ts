import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextFromConfig, type PlanContext } from "../../functions/backup/context.ts";
import { driveRun } from "../../functions/backup/direct.ts";
import { directRuntime } from "../../functions/backup/direct-runtime.ts";
import { beginDrill, driveDrill } from "../../functions/backup/drill.ts";
import { loadPoint } from "../../functions/backup/load-point.ts";
import { openRestore } from "../../functions/backup/restore-open.ts";
import { beginRestore, driveRestore, keptOf } from "../../functions/backup/restore-run.ts";
import { encodeBatch } from "../../shared/core/backup/batch/encode.ts";
import type { DrillReport } from "../../shared/core/backup/drill/types.ts";
import type { Jobs } from "../../shared/core/ports/jobs.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { brokerPlace } from "../../shared/edge/kafka-settings.ts";
import { kafkaStreams } from "../../shared/edge/kafka-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { memoryObjects } from "../backup/memory-objects.ts";
import { compileSums, type FlinkCluster, missingFlinkKafka, startFlink } from "./flink.ts";
import { type KafkaCluster, missingKafka, startKafka } from "./kafka.ts";
import { type KafkaClients, kafkaClients } from "./kafka-driver.ts";

const skipped = missingFlinkKafka() ?? missingKafka();
const KEYS = ["a", "b", "c"];
const inOrder = (of: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(of).sort());
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(skipped !== undefined)(
  `a job that adds up what it reads from Kafka${skipped ? ` [skipped: ${skipped}]` : ""}`,
  () => {
    const jobs: Jobs = flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true });
    /** Of our own clock: what drills measure goes by it. */
    let ahead = 0;
    const now = () => Date.now() + ahead;
    let kafka: KafkaCluster;
    let flink: FlinkCluster;
    let streams: Streams;
    let clients: KafkaClients;
    let context: PlanContext;
    let savepoints = "";
    let said = 0;

    /** Numbers into both partitions, a batch each. */
    const produce = async (count: number) => {
      for (const partition of [0, 1]) {
        const records = Array.from({ length: count }, () => {
          said += 1;
          const value = new TextEncoder().encode(`${KEYS[said % KEYS.length]} ${said}`);
          return { timestamp: Date.now(), key: null, value };
        });
        await streams.append([{ topic: "numbers", partition, records: encodeBatch(records) }]);
      }
    };
    /** Sum and count of each key over all that is in the topic now. */
    const expected = async () => {
      const sums = new Map<string, readonly [number, number]>();
      for (const partition of [0, 1])
        for (const { value } of await clients.consume("numbers", partition)) {
          const [key = "", number = ""] = (value ?? "").split(" ");
          const [sum, count] = sums.get(key) ?? [0, 0];
          sums.set(key, [sum + Number(number), count + 1]);
        }
      return Object.fromEntries([...sums].map(([key, [sum, count]]) => [key, `${sum} ${count}`]));
    };
    /** What the job has said last of each key, from an offset on. */
    const told = async (from = 0) => {
      const last: Record<string, string> = {};
      for (const { offset, value } of await clients.consume("sums", 0)) {
        const [key = "", ...rest] = (value ?? "").split(" ");
        if (offset >= from) last[key] = rest.join(" ");
      }
      return last;
    };
    const soon = async (check: () => Promise<boolean>) => {
      for (let tries = 0; tries < 300; tries += 1) {
        if (await check()) return;
        await pause(100);
      }
    };
    const at = () => ({ url: flink.url });
    const running = async () => (await jobs.list(at())).filter(({ state }) => state === "RUNNING").map(({ id }) => id);

    beforeAll(async () => {
      [kafka, flink] = await Promise.all([startKafka(), startFlink()]);
      streams = kafkaStreams({ name: "main", brokers: async () => kafka.brokers.map(brokerPlace) });
      clients = await kafkaClients(kafka.brokers);
      savepoints = join(flink.folder, "savepoints");
      for (const [name, partitions] of [
        ["numbers", 2],
        ["sums", 1],
      ] as const)
        await streams.createTopic({ name, partitions, replicationFactor: 1, configs: [] });
      await produce(100);
      const jarId = await jobs.upload(at(), compileSums(flink.folder, kafka.brokers.join(",")));
      const run = { jarId, jobId: "c".repeat(32), arguments: [], allowNonRestored: false };
      expect(await jobs.run(at(), run)).toMatchObject({ status: "accepted" });
      const parsed = parseConfig(`version: 1
streams: { main: { kafka: { brokers: ["127.0.0.1:1"] } } }
destinations: { primary: { directory: a } }
backup:
  hourly:
    to: [primary]
    what:
      topics: { include: [numbers] }
      flink: { url: "${flink.url}", savepoints: "file://${savepoints}", groups: { sums: sums } }
    verify: "off"
    drill: { every: 7d, flink: "${flink.url}" }
    objective: { rpo: 1h, rto: 10m }
`);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      const { runtime } = directRuntime({ baseDir: ".", streams: () => streams, now });
      context = contextFromConfig({
        ...{ runtime: { ...runtime, jobs }, tenant: "default", config: parsed.config, name: "hourly", direct: true },
        places: [{ name: "primary", objects: memoryObjects(now).objects }],
      });
      const wanted = inOrder(await expected());
      await soon(async () => inOrder(await told()) === wanted);
      expect(inOrder(await told())).toBe(wanted);
    }, 300_000);

    afterAll(async () => {
      await Promise.all([clients?.close(), streams?.close()]);
      await Promise.all([kafka?.stop(), flink?.stop()]);
    });

    let point = "";

    test("backed up while it reads, its savepoint is never ahead of the topics of its point", async () => {
      let over = false;
      const writing = (async () => {
        while (!over) {
          await produce(5);
          await pause(5);
        }
      })();
      const run = await driveRun(context);
      over = true;
      await writing;
      expect(run.text).not.toMatch(/not/);
      point = run.point?.id ?? run.text;
      const part = await (await loadPoint(context.places, "hourly", point)).part("flink");
      expect(part?.jobs).toMatchObject([{ name: "sums", savepoint: { path: expect.any(String) } }]);
      expect(part?.jobs[0]?.offsets).toHaveLength(2);
    }, 120_000);

    test("job, savepoint and topic gone, a restore brings back all three: its sums are those of the topic, none lost or added twice", async () => {
      await jobs.cancel(at(), "c".repeat(32));
      await soon(async () => (await running()).length === 0);
      rmSync(savepoints, { recursive: true, force: true });
      await streams.deleteTopic("numbers");
      await soon(async () => !(await streams.topics()).some(({ name }) => name === "numbers"));
      const from = (await streams.offsets([{ topic: "sums", partition: 0 }]))[0]?.end ?? 0;
      const open = ({ point: of, cluster }: { point: string; cluster: string }) => openRestore(context, of, cluster);
      const { id, plan } = await beginRestore(context.runtime, "default", open, {
        ...{ plan: "hourly", point, cluster: "main", by: "peer", why: "" },
        request: { jobs: true },
      });
      expect(plan.jobs[0]?.why).toMatch(/are those of the 2 partitions/);
      expect(plan.jobs).toMatchObject([{ name: "sums", matches: true }]);
      const job = await driveRestore(context.runtime, "default", open, id);
      expect(job).toMatchObject({ phase: "done", faults: [] });
      const kept = await keptOf(context.places, job).load();
      expect(kept?.report?.jobs).toMatchObject([{ name: "sums", status: "started" }]);
      expect(await running()).toEqual([kept?.report?.jobs[0]?.jobId]);
      await produce(50);
      const wanted = await expected();
      await soon(async () => inOrder(await told(from)) === inOrder(wanted));
      expect(await told(from)).toEqual(wanted);
    }, 120_000);

    test("a drill starts it from the copy beside the one that runs, stops it again, and measures to the second", async () => {
      const before = await running();
      rmSync(savepoints, { recursive: true, force: true });
      ahead += 37 * 60_000;
      const cutAt = (await loadPoint(context.places, "hourly", point)).manifest.cutAt;
      let stopped = 0;
      const started: string[] = [];
      const seen: Jobs = {
        ...jobs,
        run: async (cluster, request) => {
          started.push(request.jobId);
          return jobs.run(cluster, request);
        },
        describe: async (cluster, id) => {
          const is = await jobs.describe(cluster, id);
          if (stopped === 0 && is?.state === "CANCELED") stopped = now();
          return is;
        },
      };
      const drilled = { ...context, runtime: { ...context.runtime, jobs: seen } };
      const begun = now();
      const note = await driveDrill(drilled, await beginDrill(drilled, { by: "peer", why: "" }));
      expect(note).toMatchObject({ status: "passed", verdict: { rpo: "met", rto: "met" } });
      expect(Math.abs(note.rpoMs - (begun - cutAt))).toBeLessThan(1000);
      expect(Math.abs(note.rtoMs - (stopped - begun))).toBeLessThan(1000);
      const [place] = context.places;
      const [item] = (await place?.objects.list("drills/hourly/"))?.items ?? [];
      const text = new TextDecoder().decode((await place?.objects.get(item?.key ?? "")) ?? undefined);
      const report = JSON.parse(text) as DrillReport;
      expect(report).toMatchObject({ savepoints: [{ job: "sums", status: "started" }], left: [], faults: [] });
      expect(started).toHaveLength(1);
      expect(before).not.toContain(started[0]);
      expect(await running()).toEqual(before);
      expect(
        existsSync(savepoints)
          ? readdirSync(savepoints, { recursive: true }).filter((one) => `${one}`.includes("drill"))
          : [],
      ).toEqual([]);
      await produce(20);
      const wanted = await expected();
      await soon(async () => inOrder(await told()) === inOrder(wanted));
      expect(await told()).toEqual(wanted);
    }, 120_000);
  },
);
