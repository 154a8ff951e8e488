import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { triggerOf } from "../../functions/backup/parts/flink-begin.ts";
import { restoreSavepoint } from "../../functions/backup/parts/restore-flink.ts";
import { partStep } from "../../functions/backup/parts/step.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { finish, POINT, partContext } from "../backup/parts-kit.ts";
import { count, FLINK_LIB, type FlinkCluster, missingFlink, startFlink } from "./flink.ts";

const skipped = missingFlink();
const jobs = flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The same job without a uid anywhere. */
function withoutUids(folder: string): string {
  const source = readFileSync(new URL("./flink/Numbers.java", import.meta.url), "utf8");
  const own = join(folder, "bare");
  mkdirSync(join(own, "classes"), { recursive: true });
  writeFileSync(join(own, "Numbers.java"), source.replace(/\n\s*\.uid\("[a-z]+"\)/g, ""));
  const classes = join(own, "classes");
  execFileSync(
    "javac",
    ["-nowarn", "-proc:none", "-cp", join(FLINK_LIB, "*"), "-d", classes, join(own, "Numbers.java")],
    { stdio: "pipe" },
  );
  execFileSync("jar", ["cf", join(own, "bare.jar"), "-C", classes, "."], { stdio: "pipe" });
  return join(own, "bare.jar");
}

describe.skipIf(skipped !== undefined)(
  `savepoints of a real Flink cluster${skipped ? ` [skipped: ${skipped}]` : ""}`,
  () => {
    let cluster: FlinkCluster;
    let serial = 0;
    beforeAll(async () => {
      cluster = await startFlink();
    });
    afterAll(async () => cluster?.stop());
    const at = () => ({ url: cluster.url });

    /** Starts the job; resolves when every task runs and something was written for good. */
    const start = async (jar: string, name: string, more: { readonly savepointPath?: string } = {}) => {
      const id = (++serial).toString(16).padStart(32, "b");
      const out = join(cluster.folder, `out-${name}`);
      const run = await jobs.run(at(), {
        ...{ jarId: await jobs.upload(at(), jar), jobId: id, entryClass: "Numbers", allowNonRestored: false, ...more },
        arguments: ["--out", out, "--name", name, "--version", name],
      });
      expect(run).toEqual({ status: "accepted", jobId: id });
      for (let tries = 0; tries < 200; tries++) {
        const is = await jobs.describe(at(), id);
        if (is?.allRunning && (is.checkpoints?.completed ?? 0) > 1) return { id, out };
        await pause(100);
      }
      throw new Error("the job does not run");
    };
    const context = (savepoints: string, names: readonly string[]) =>
      partContext({ flink: { url: cluster.url, savepoints, jobs: [...names] } }, { runtime: { jobs, now: Date.now } });
    const done = async (of: ReturnType<typeof context>) => {
      let progress: Json | undefined;
      for (let calls = 0; calls < 100; calls++) {
        const step = await partStep(of, "flink", progress);
        if (step.status !== "waiting") return step;
        progress = step.progress;
        await pause(Math.min(300, step.againMs));
      }
      throw new Error("the savepoint does not end");
    };

    test("a job goes on from the copy alone: the original is gone, and no number is missing", async () => {
      const folder = join(cluster.folder, "savepoints");
      const before = await start(cluster.jar, "first");
      const of = context(`file://${folder}`, ["first"]);
      const made = await done(of);
      if (made.status !== "done" || !("jobs" in made.part)) throw new Error(JSON.stringify(made));
      const [job] = made.part.jobs;
      expect(made.part.version).toMatch(/^\d+\.\d+/);
      expect(made.gaps).toEqual([]);
      expect(job).toMatchObject({ name: "first", state: "RUNNING", parallelism: 1 });
      expect(job?.maxParallelism).toBeGreaterThan(0);
      expect(job?.operators.length).toBeGreaterThan(0);
      expect(job?.operators.some(({ auto }) => auto)).toBe(false);
      expect(job?.savepoint?.objects.some(({ key }) => key.endsWith("/_metadata"))).toBe(true);
      expect(job?.savepoint?.path).toContain(`${folder}/${POINT.slice(4)}/`);
      await jobs.cancel(at(), before.id);
      const old = count(before.out);
      rmSync(folder, { recursive: true });
      const copy = join(cluster.folder, "copy");
      if (!job) throw new Error("no job");
      await restoreSavepoint(of.places, job, copy);
      const after = await start(cluster.jar, "second", { savepointPath: `file://${copy}` });
      // The sink goes on in the folder its state names.
      for (let tries = 0; tries < 100 && count(before.out).last <= old.last; tries++) await pause(100);
      await jobs.cancel(at(), after.id);
      const both = count(before.out);
      expect(both.last).toBeGreaterThan(old.last);
      expect(both.missing).toBe(0);
      // What the first one wrote behind its savepoint, before it was cancelled, is written again by who goes on from there; nothing else is.
      expect(both.twice.filter((versions) => versions !== "first+second")).toEqual([]);
    });

    test("operators without a uid are told from a real plan", async () => {
      const { id } = await start(withoutUids(cluster.folder), "bare");
      const made = await done(context(`file://${cluster.folder}/bare-savepoints`, ["bare"]));
      await jobs.cancel(at(), id);
      if (made.status !== "done" || !("jobs" in made.part)) throw new Error(JSON.stringify(made));
      const [job] = made.part.jobs;
      expect(job?.operators.every(({ auto }) => auto)).toBe(true);
      expect(made.warnings).toContainEqual(expect.stringContaining("have no uid of their own"));
    });

    test("asked twice with one trigger, the cluster writes one savepoint", async () => {
      const { id } = await start(cluster.jar, "third");
      const of = context(`file://${cluster.folder}/once`, ["third"]);
      await partStep(of, "flink");
      await partStep(of, "flink");
      const made = await done(of);
      expect(made).toMatchObject({ status: "done", gaps: [] });
      expect(await jobs.savepoint(at(), id, triggerOf(id, POINT))).toMatchObject({ status: "completed" });
      await jobs.cancel(at(), id);
      const { readdirSync } = await import("node:fs");
      expect(readdirSync(join(cluster.folder, "once", POINT.slice(4)))).toHaveLength(1);
    });

    test("a folder that Flink cannot write is a job without savepoint, with Flink's own reason", async () => {
      const { id } = await start(cluster.jar, "fourth");
      const made = await finish(context("file:///proc/savepoints", ["fourth"]), "flink");
      await jobs.cancel(at(), id);
      expect(made).toMatchObject({
        status: "done",
        part: { jobs: [{ failure: expect.stringMatching(/savepoint|\/proc/i) }] },
      });
    });
  },
);
