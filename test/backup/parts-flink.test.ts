import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { restoreSavepoint } from "../../functions/backup/parts/restore-flink.ts";
import type { PartContext } from "../../functions/backup/parts/types.ts";
import { autoUids } from "../../shared/core/backup/flink-uids.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { type FakeFlink, fakeFlink } from "../fakes/flink-cluster.ts";
import { fakeJobs } from "../fakes/flink-jobs.ts";
import { everythingOf, finish, inFolder, NOW, POINT, partContext } from "./parts-kit.ts";

const STAMP = POINT.slice(4);

interface World {
  readonly flink: FakeFlink;
  readonly folder: string;
  readonly context: (what?: object, more?: Partial<PartContext>) => PartContext;
  readonly run: (id: string, name: string) => void;
  /** Moves the clock by what a part wants to wait, and writes what Flink would have written. */
  readonly wait: (ms: number) => void;
  readonly triggers: string[];
}

/** A cluster whose savepoints are real files below a folder. */
const world = (work: (w: World) => Promise<void>) =>
  inFolder(async (folder) => {
    let now = NOW;
    const flink = fakeFlink(() => now);
    const triggers: string[] = [];
    const jobs = fakeJobs(flink, "orders");
    const files = async (path: string) => {
      if (!path.startsWith("file:")) return;
      const at = path.replace(/^file:\/*/, "/");
      await mkdir(join(at, "deep"), { recursive: true });
      await writeFile(join(at, "_metadata"), `state of ${path}`);
      await writeFile(join(at, "deep", "0001"), new Uint8Array(100_000).fill(7));
    };
    await work({
      flink,
      folder,
      triggers,
      run: (id, name) => {
        const jar = { id: "jar", name: "orders.jar", text: "orders" };
        flink.jars.set("jar", jar);
        flink.submit(jar, id, name);
        now += 10_000;
      },
      wait: (ms) => (now += ms),
      context: (what = {}, more = {}) =>
        partContext(
          { flink: { url: "http://flink:8081", savepoints: `file://${folder}`, ...what } },
          {
            ...more,
            runtime: {
              now: () => now,
              jobs: {
                ...jobs,
                triggerSavepoint: async (cluster, request) => {
                  triggers.push(request.triggerId);
                  await jobs.triggerSavepoint(cluster, request);
                },
                savepoint: async (cluster, id, trigger) => {
                  const found = await jobs.savepoint(cluster, id, trigger);
                  if (found.status === "completed") await files(found.path);
                  return found;
                },
              },
            },
          },
        ),
    });
  });

describe("Flink in a restore point", () => {
  test("every running job that is wanted has a savepoint, copied whole to every place below the point's stamp", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      w.run("b".repeat(32), "carts");
      w.run("c".repeat(32), "scratch-1");
      const context = w.context({ jobs: ["orders", "car*"] });
      const waits: number[] = [];
      const done = await finish(context, "flink", (ms) => {
        waits.push(ms);
        w.wait(ms);
      });
      if (done.status !== "done") throw new Error(done.why);
      expect(done.part).toMatchObject({ url: "http://flink:8081", version: "2.3.0" });
      expect(done.part.jobs.map(({ name }) => name)).toEqual(["orders", "carts"]);
      for (const job of done.part.jobs) {
        expect(job).toMatchObject({
          state: "RUNNING",
          maxParallelism: 128,
          jar: { name: "orders.jar" },
          entryClass: "Job",
        });
        expect(job.savepoint?.path).toMatch(`file://${w.folder}/${STAMP}/savepoint-`);
        const name = job.savepoint?.path.split("/").at(-1);
        expect(job.savepoint?.objects.map(({ key }) => key)).toEqual([
          `data/hourly/${POINT}/flink/${job.id}/${name}/_metadata`,
          `data/hourly/${POINT}/flink/${job.id}/${name}/deep/0001`,
        ]);
      }
      expect(done.objects.every(({ at }) => at.join() === "one,two")).toBe(true);
      expect(done.gaps).toEqual([]);
      expect(waits.every((ms) => ms <= 20_000)).toBe(true);
      await inFolder(async (into) => {
        const [job] = done.part.jobs;
        if (!job) throw new Error("no job");
        expect(await restoreSavepoint(context.places, job, into)).toEqual({ written: 2, present: 0 });
        expect(await restoreSavepoint(context.places, job, into)).toEqual({ written: 0, present: 2 });
      });
    }));

  test("a function that is tried again starts no second savepoint", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      const context = w.context();
      const { partStep } = await import("../../functions/backup/parts/step.ts");
      await partStep(context, "flink");
      await partStep(context, "flink");
      expect(new Set(w.triggers).size).toBe(1);
      expect(w.triggers[0]).toMatch(/^[0-9a-f]{32}$/);
      await finish(context, "flink", w.wait);
      expect(w.flink.disk.size - [...w.flink.disk.keys()].filter((path) => path.includes("chk-")).length).toBe(1);
    }));

  test("COMPLETED with a failure cause is a job without savepoint, with Flink's reason, and keeps back no other", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      w.flink.faults.savepointFails = "IOException: No space left on device";
      const done = await finish(w.context(), "flink", w.wait);
      expect(done).toMatchObject({
        status: "done",
        part: { jobs: [{ name: "orders", failure: expect.stringContaining("No space left") }] },
        gaps: [{ kind: "unread", part: "flink", why: expect.stringContaining("orders") }],
      });
    }));

  test("a savepoint whose result Flink has forgotten is found by where it was written", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      const context = w.context();
      const { partStep } = await import("../../functions/backup/parts/step.ts");
      const first = await partStep(context, "flink");
      if (first.status !== "waiting") throw new Error("it did not wait");
      w.wait(5_000);
      const { jobs } = context.runtime;
      const { triggerOf } = await import("../../functions/backup/parts/flink-begin.ts");
      await jobs?.savepoint({ url: "" }, "a".repeat(32), triggerOf("a".repeat(32), POINT));
      w.wait(400_000);
      const second = await partStep(context, "flink", first.progress);
      // All savepoints are taken: the cut waits for nothing more, and they are copied.
      if (second.status !== "waiting") throw new Error("it did not wait for the cut");
      expect(second.ready).toBe(true);
      expect(await partStep(context, "flink", second.progress)).toMatchObject({
        status: "done",
        part: { jobs: [{ savepoint: { path: expect.stringContaining(STAMP) } }] },
      });
    }));

  test("one that does not end in the plan's time is given up, and says after how long", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      w.flink.faults.savepointMs = 3_600_000;
      const done = await finish(w.context({ timeout: "30s" }), "flink", w.wait);
      expect(done).toMatchObject({ part: { jobs: [{ failure: expect.stringMatching(/not finished after \d+ s/) }] } });
    }));

  test.each([
    ["the plan's folder", { savepoints: "s3://bucket/_entropy_/savepoints" }, {}],
    [
      "the cluster's folder",
      { savepoints: undefined },
      { "state.savepoints.dir": "s3://b/_salt_/x", "s3.entropy.key": "_salt_" },
    ],
  ])("entropy in %s is refused before a savepoint is taken, with the reason", (_, what, settings) =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      Object.assign(w.flink.settings, settings);
      const done = await finish(w.context(what), "flink", w.wait);
      expect(done).toMatchObject({ part: { jobs: [{ failure: expect.stringContaining("entropy") }] } });
      expect(w.triggers).toEqual([]);
    }),
  );

  test("a folder that this process does not see says which setting is missing", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      const context = w.context({ savepoints: "hdfs://namenode/savepoints" });
      const done = await finish(context, "flink", w.wait).catch((error: Error) => error);
      expect(done).toMatchObject({ part: { jobs: [{ failure: expect.stringContaining("what.flink.readAs") }] } });
    }));

  test("a folder that this process sees under another name is read there, and one beside it is not", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      const seen = join(w.folder, "mounted");
      const context = w.context({ savepoints: "hdfs://namenode:9000/sp", readAs: seen });
      const { jobs } = context.runtime;
      const at = {
        ...context,
        runtime: { ...context.runtime, jobs: { ...jobs, savepoint: written } as typeof jobs },
      } as PartContext;
      async function written(...[cluster, id, trigger]: Parameters<NonNullable<typeof jobs>["savepoint"]>) {
        const found = await jobs?.savepoint(cluster, id, trigger);
        const name = found?.status === "completed" ? found.path.split("/sp/")[1] : undefined;
        if (name !== undefined) {
          await mkdir(join(seen, name), { recursive: true });
          await writeFile(join(seen, name, "_metadata"), "state");
        }
        return found;
      }
      const done = await finish(at, "flink", w.wait);
      expect(done).toMatchObject({
        part: {
          jobs: [{ savepoint: { path: expect.stringContaining("hdfs://namenode:9000/sp/"), objects: [{ size: 5 }] } }],
        },
      });
    }));

  test("what the job's group had read is noted before the savepoint is asked for, with where the topics ended", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      let asked = 0;
      const streams = {
        groups: async () => {
          asked = w.triggers.length;
          return [
            {
              id: "orders-job",
              state: "Stable",
              protocolType: "consumer",
              offsets: [{ topic: "orders", partition: 0, offset: 42 }],
            },
          ];
        },
        topics: async () => [
          {
            name: "orders",
            id: "x",
            internal: false,
            partitions: [0, 1].map((partition) => ({ partition, replicas: [], inSync: [] })),
          },
        ],
        offsets: async (of: readonly { topic: string; partition: number }[]) =>
          of.map((one) => ({ ...one, logStart: 0, stable: 50 + one.partition, end: 60 })),
      } as unknown as Streams;
      const done = await finish(w.context({ groups: { orders: "orders-job" } }, { streams }), "flink", w.wait);
      expect(asked).toBe(0);
      expect(done).toMatchObject({
        part: {
          jobs: [
            {
              offsets: [
                { topic: "orders", partition: 0, committed: 42, end: 50 },
                { topic: "orders", partition: 1, end: 51 },
              ],
            },
          ],
        },
      });
    }));

  test("what a rollout started is known by its arguments, which no session cluster tells", () =>
    world(async (w) => {
      const id = "a".repeat(32);
      w.run(id, "orders");
      const context = w.context();
      const release = { version: "2", jarId: "jar", entryClass: "com.acme.Orders", arguments: ["--shop", "eu"] };
      await context.runtime.store.write({ tenant: "default", noun: "delivery", subject: "flink:orders" }, 0, {
        state: { v: 1, ended: [], stable: { jobId: id, release } },
      });
      expect(await finish(context, "flink", w.wait)).toMatchObject({
        part: { jobs: [{ entryClass: "com.acme.Orders", arguments: ["--shop", "eu"], jar: { name: "orders.jar" } }] },
      });
    }));

  test("passwords of a program reach no place", () =>
    world(async (w) => {
      w.run("a".repeat(32), "orders");
      Object.assign(w.flink.configuration, {
        "db.password": "hunter2-config",
        url: "jdbc:postgres://app:hunter2-url@db/x",
      });
      Object.assign(w.flink.settings, {
        "$internal.application.main": "com.acme.Orders",
        "$internal.application.program-args": "--name;orders;--db-password;hunter2-argument;--token=hunter2-token",
      });
      const context = w.context();
      const done = await finish(context, "flink", w.wait);
      expect(done).toMatchObject({
        part: {
          jobs: [
            {
              entryClass: "com.acme.Orders",
              arguments: ["--name", "orders", "--db-password", "[redacted]", "--token=[redacted]"],
            },
          ],
        },
        warnings: expect.arrayContaining([expect.stringContaining("db.password")]),
      });
      expect(JSON.stringify(done)).not.toContain("hunter2");
      for (const one of context.places) expect(await everythingOf(one)).not.toContain("hunter2");
    }));
});

test("ids that Flink makes up for operators without a uid are told from those that have one", () => {
  // What Flink's interface shows for the first source of any such job, and for the window behind it in its socket example.
  const source = { id: "cbc357ccb763df2852fee8c4fc7d55f2", name: "Source: Socket Stream -> Flat Map", inputs: [] };
  const named = { id: "0123456789abcdef0123456789abcdef", name: "Source: named", inputs: [] };
  const auto = autoUids([
    source,
    { id: "90bea66de1c231edf33913ecd54406c1", name: "Window -> Sink: Print to Std. Out", inputs: [source.id] },
    named,
    { id: "fedcba9876543210fedcba9876543210", name: "Sink", inputs: [named.id] },
    { id: "00000000000000000000000000000001", name: "Join", inputs: [source.id, named.id] },
  ]);
  expect([...auto]).toEqual([source.id, "90bea66de1c231edf33913ecd54406c1"]);
});
