import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drillSavepoints, removeJobs } from "../../functions/backup/drill-savepoints.ts";
import { type JobWorld, jobIdFor, restoreJobs } from "../../functions/backup/restore-jobs.ts";
import type { FlinkPart } from "../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Jobs } from "../../shared/core/ports/jobs.ts";
import { hashFile } from "../../shared/edge/hash-file.ts";
import { fakeFlink } from "../fakes/flink-cluster.ts";
import { fakeJobs } from "../fakes/flink-jobs.ts";
import { inFolder, NOW, place } from "./parts-kit.ts";

const OLD = "a".repeat(32);
const DRILL = "drl_01j00000000000000000000000";

/** A point with one job, whose savepoint lies at a place only, and a cluster with its jar. */
const world = (work: (w: Awaited<ReturnType<typeof made>>) => Promise<void>) =>
  inFolder(async (folder) => work(await made(folder)));

async function made(folder: string) {
  let now = NOW;
  const flink = fakeFlink(() => now);
  flink.jars.set("jar", { id: "jar", name: "orders.jar", text: "orders" });
  const one = place("one");
  const path = `file://${folder}/stamp/savepoint-1`;
  const objects = [];
  for (const file of ["_metadata", "deep/0001"]) {
    const key = `data/hourly/bkp_1/flink/${OLD}/savepoint-1/${file}`;
    const bytes = new TextEncoder().encode(`state in ${file}`);
    await one.objects.put(key, bytes);
    await writeFile(join(folder, "tmp"), bytes);
    objects.push({ key, size: bytes.length, sha256: (await hashFile(join(folder, "tmp"))) ?? "" });
  }
  const part: FlinkPart = {
    url: "http://flink:8081",
    jobs: [
      {
        ...{ id: OLD, name: "orders", state: "RUNNING", entryClass: "Job", arguments: [], configuration: {} },
        ...{ jar: { name: "orders.jar" }, operators: [], offsets: [] },
        savepoint: { path, takenAt: NOW, objects },
      },
    ],
  };
  const plans = [{ name: "orders", savepoint: path, matches: true, why: "it fits" }];
  const plain = fakeJobs(flink, "orders");
  const started: string[] = [];
  /** Flink reads what lies on the disk. */
  const jobs: Jobs = {
    ...plain,
    run: async (cluster, request) => {
      const from = request.savepointPath ?? "";
      const found = await readdir(from.replace("file://", "")).catch((): string[] => []);
      if (found.includes("_metadata")) flink.disk.set(from, 500);
      started.push(request.jobId);
      return plain.run(cluster, request);
    },
  };
  const sleep = async (ms: number) => void (now += ms);
  const of = (more: Partial<Jobs> = {}): JobWorld => ({
    jobs: { ...jobs, ...more },
    ...{ flink: { url: "http://flink:8081" }, places: [one], settings: {}, baseDir: ".", sleep },
  });
  return {
    flink,
    folder,
    one,
    path,
    part,
    plans,
    started,
    of,
    sleep,
    state: (id: string) => {
      const job = flink.jobs.get(id);
      return job && flink.state(job);
    },
  };
}

describe("jobs of a restore", () => {
  test("start from the copy, put where it lay, and are waited for until they run", () =>
    world(async ({ of, part, plans, path, folder, flink }) => {
      const [done] = await restoreJobs(of(), part, plans, "rst_1");
      expect(done).toEqual({ name: "orders", status: "started", jobId: jobIdFor("rst_1", OLD) });
      expect(flink.jobs.get(done?.jobId ?? "")).toMatchObject({ from: path, position: 500 });
      expect((await readdir(join(folder, "stamp", "savepoint-1"))).sort()).toEqual(["_metadata", "deep"]);
      expect(flink.disk.has(path)).toBe(true);
    }));

  test("done again after a crash anywhere, no second job is started", () =>
    world(async ({ of, part, plans, started, state }) => {
      const lost = async () => {
        throw new HeadgateError("jobs.unavailable", "lost", { retryable: true });
      };
      // It dies before the cluster is asked, after it has taken the job, and while it waits.
      await expect(restoreJobs(of({ run: lost }), part, plans, "rst_1")).rejects.toMatchObject({ retryable: true });
      const taken: Jobs["run"] = async (cluster, request) => {
        await of().jobs.run(cluster, request);
        return lost();
      };
      await expect(restoreJobs(of({ run: taken }), part, plans, "rst_1")).rejects.toMatchObject({ retryable: true });
      const cut = await restoreJobs(of(), part, plans, "rst_1", { mayGoOn: () => false });
      expect(cut).toMatchObject([{ status: "started", why: expect.stringContaining("not every task") }]);
      expect(await restoreJobs(of(), part, plans, "rst_1")).toEqual([
        { name: "orders", status: "started", jobId: jobIdFor("rst_1", OLD) },
      ]);
      expect(started).toEqual([jobIdFor("rst_1", OLD)]);
      expect(state(jobIdFor("rst_1", OLD))).toBe("RUNNING");
    }));

  test("one that runs already under its name is left alone, and is told", () =>
    world(async ({ of, part, plans, flink, started }) => {
      const jar = flink.jars.get("jar");
      if (jar) flink.submit(jar, "e".repeat(32), "orders");
      expect(await restoreJobs(of(), part, plans, "rst_1")).toEqual([
        {
          ...{ name: "orders", status: "running", jobId: "e".repeat(32) },
          why: expect.stringMatching(/^a job of this name runs already as e{32}; stop it/),
        },
      ]);
      expect(started).toEqual([]);
    }));

  test("a damaged copy starts nothing, and names what is damaged", () =>
    world(async ({ of, part, plans, one, started }) => {
      const key = part.jobs[0]?.savepoint?.objects[1]?.key ?? "";
      await one.objects.put(key, new TextEncoder().encode("state in deep/0002"));
      const [done] = await restoreJobs(of(), part, plans, "rst_1");
      expect(done).toMatchObject({ status: "not", why: expect.stringContaining(key) });
      expect(started).toEqual([]);
    }));

  test("what lies where the savepoint lay and is something else stays, and the copy goes beside it", () =>
    world(async ({ of, part, plans, path, folder, flink }) => {
      await mkdir(join(folder, "stamp", "savepoint-1"), { recursive: true });
      await writeFile(join(folder, "stamp", "savepoint-1", "_metadata"), "half");
      const [done] = await restoreJobs(of(), part, plans, "rst_1");
      expect(done).toMatchObject({ status: "started" });
      expect(flink.jobs.get(done?.jobId ?? "")?.from).toBe(`${path}-${jobIdFor("rst_1", OLD).slice(0, 12)}`);
    }));

  test.each([
    ["its jar is missing", "its jar orders.jar is not on the cluster", (flink: FakeFlinkLike) => flink.jars.clear()],
    ["it fails after its start", /was started as [0-9a-f]{32}, and it is FAILED: IllegalState/, fails],
  ])("where %s, the reason is told", (_, why, harm) =>
    world(async ({ of, part, plans, flink }) => {
      harm(flink);
      flink.faults.startMs = 5_000;
      const [done] = await restoreJobs(of(), part, plans, "rst_1");
      expect(done).toMatchObject({
        status: "not",
        why: typeof why === "string" ? expect.stringContaining(why) : expect.stringMatching(why),
      });
    }),
  );

  test("another program than the job's is not taken for it", () =>
    world(async ({ of, part, plans, started }) => {
      const check: Jobs["check"] = async () => ({ status: "accepted", name: "carts" });
      const [done] = await restoreJobs(of({ check }), part, plans, "rst_1");
      expect(done).toMatchObject({ status: "not", why: expect.stringContaining("makes a job carts") });
      expect(started).toEqual([]);
    }));
});

type FakeFlinkLike = ReturnType<typeof fakeFlink>;
/** Every job of the jar is dead before its tasks are up. */
function fails(flink: FakeFlinkLike): void {
  const { submit } = flink;
  flink.submit = (...given) => {
    const done = submit(...given);
    const job = flink.jobs.get(given[1]);
    if (job)
      Object.assign(job, { failure: "IllegalStateException: no state", ending: { state: "FAILED", at: 0, over: 0 } });
    return done;
  };
}

describe("savepoints in a drill", () => {
  test("are started from the copy beside the job that runs, and nothing of it is left", () =>
    world(async ({ of, part, flink, folder, sleep, one, started, state }) => {
      const jar = flink.jars.get("jar");
      if (jar) flink.submit(jar, OLD, "orders");
      expect(await drillSavepoints([one], part, DRILL, { world: of(), sleep })).toEqual([
        { job: "orders", status: "started" },
      ]);
      expect(started).toEqual([jobIdFor(DRILL, OLD)]);
      expect(state(jobIdFor(DRILL, OLD))).toBe("CANCELED");
      expect(state(OLD)).toBe("RUNNING");
      expect(await readdir(join(folder, "stamp"))).toEqual([]);
    }));

  test("one that a dead drill has left running is stopped when it is cleaned up", () =>
    world(async ({ of, part, flink, sleep, state }) => {
      const jar = flink.jars.get("jar");
      if (jar) flink.submit(jar, jobIdFor(DRILL, OLD), "orders");
      expect(await removeJobs(part, DRILL, { world: of(), sleep })).toEqual([]);
      expect(state(jobIdFor(DRILL, OLD))).toBe("CANCELED");
      const cancel = async () => {
        throw new HeadgateError("jobs.unavailable", "no answer", { retryable: true });
      };
      expect(await removeJobs(part, DRILL, { world: of({ cancel, describe: cancel }), sleep })).toEqual([
        expect.stringMatching(/could not be stopped: no answer/),
      ]);
    }));

  test("a damaged copy, or one that does not come up, fails the drill and is stopped", () =>
    world(async ({ of, part, flink, one, sleep, state }) => {
      flink.faults.startMs = 3_600_000;
      expect(await drillSavepoints([one], part, DRILL, { world: of(), sleep })).toMatchObject([
        { status: "failed", why: expect.stringContaining("not every task of it came up") },
      ]);
      expect(state(jobIdFor(DRILL, OLD))).toBe("CANCELED");
      await one.objects.put(part.jobs[0]?.savepoint?.objects[0]?.key ?? "", new Uint8Array(3));
      expect(await drillSavepoints([one], part, DRILL, undefined)).toMatchObject([{ status: "failed" }]);
    }));
});
