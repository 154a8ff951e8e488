import { afterEach, beforeEach, describe, expect } from "vitest";
import type { JobCluster, JobScaling, JobStatus, Jobs, SavepointStatus } from "../../shared/core/ports/jobs.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface JobsHarness {
  readonly jobs: Jobs;
  readonly cluster: JobCluster;
  /** A job that counts until it is stopped, and calls itself `name`; and files that hold no such program. */
  readonly good: string;
  readonly sameNameOtherContent: string;
  readonly broken: string;
  readonly name: string;
  readonly entryClass: string;
  readonly arguments: readonly string[];
  /** A directory for savepoints, and one that cannot be written. */
  readonly savepoints: string;
  readonly unwritable: string;
  /** Ids that were not used before. */
  readonly id: () => string;
  /** Real ms between two looks. */
  readonly pauseMs: number;
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Everything the Jobs port promises, over one cluster. */
export function jobsContract(name: string, make: () => Promise<JobsHarness>, skips?: Skips): void {
  describe(`Jobs: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let on: JobsHarness;
    beforeEach(async () => {
      on = await make();
    });
    afterEach(async () => on?.close());

    const until = async <T>(ask: () => Promise<T>, good: (value: T) => boolean): Promise<T> => {
      for (let tries = 0; ; tries += 1) {
        const value = await ask();
        if (good(value)) return value;
        if (tries > 400) throw new Error(`it stays ${JSON.stringify(value)}`);
        await new Promise((resolve) => setTimeout(resolve, on.pauseMs));
      }
    };
    const scaling = async (id: string) => on.jobs.scaling?.(on.cluster, id);
    const describeJob = (id: string) => on.jobs.describe(on.cluster, id);
    const program = async () => ({
      jarId: await on.jobs.upload(on.cluster, on.good),
      entryClass: on.entryClass,
      arguments: on.arguments,
      parallelism: 1,
    });
    const start = async (jobId = on.id(), savepointPath?: string): Promise<string> => {
      const request = { ...(await program()), jobId, allowNonRestored: false };
      const result = await on.jobs.run(on.cluster, { ...request, ...(savepointPath ? { savepointPath } : {}) });
      expect(result).toEqual({ status: "accepted", jobId });
      await until(
        () => describeJob(jobId),
        (job) => job?.allRunning === true,
      );
      return jobId;
    };
    const savepointOf = async (jobId: string, options: { stop?: boolean; directory?: string } = {}) => {
      const triggerId = on.id();
      const { stop = false, directory = on.savepoints } = options;
      await on.jobs.triggerSavepoint(on.cluster, { jobId, triggerId, directory, stop });
      const ask = (): Promise<SavepointStatus> => on.jobs.savepoint(on.cluster, jobId, triggerId);
      return { triggerId, result: await until(ask, ({ status }) => status !== "in_progress") };
    };
    const stopAll = async (...ids: readonly string[]) => {
      for (const id of ids) await on.jobs.cancel(on.cluster, id);
    };

    guarantee("a jar is uploaded once, whatever it is called; one with other content is another jar", async () => {
      const first = await on.jobs.upload(on.cluster, on.good);
      expect(await on.jobs.upload(on.cluster, on.good)).toBe(first);
      expect(await on.jobs.upload(on.cluster, on.sameNameOtherContent)).not.toBe(first);
      await expect(on.jobs.upload(on.cluster, `${on.good}.missing`)).rejects.toMatchObject({ code: "input.invalid" });
    });

    guarantee(
      "a plan tells whether a jar is a program, and how the job will be called; nothing is started",
      async () => {
        expect(await on.jobs.check(on.cluster, await program())).toEqual({ status: "accepted", name: on.name });
        const broken = await on.jobs.upload(on.cluster, on.broken);
        const refused = await on.jobs.check(on.cluster, {
          jarId: broken,
          entryClass: on.entryClass,
          arguments: on.arguments,
        });
        expect(refused).toMatchObject({ status: "refused", why: expect.stringMatching(/\S/) });
        expect(await on.jobs.check(on.cluster, { jarId: "0_none.jar", arguments: [] })).toMatchObject({
          status: "refused",
          why: expect.stringContaining("does not exist"),
        });
      },
    );

    guarantee("a job runs under the id it was given, is listed with its name, and counts what it does", async () => {
      const id = await start();
      expect(await on.jobs.list(on.cluster)).toContainEqual({ id, name: on.name, state: "RUNNING" });
      const busy = (job: JobStatus | undefined) => (job?.recordsOut ?? 0) > 0 && (job?.checkpoints?.completed ?? 0) > 0;
      const job = await until(() => describeJob(id), busy);
      expect(job).toMatchObject({ id, name: on.name, state: "RUNNING", restarts: 0, parallelism: 1 });
      expect(job?.checkpoints?.lastPath).toContain("/chk-");
      expect(job?.recordsIn).toBeGreaterThan(0);
      expect(job?.lagRecords).toBe(5);
      await stopAll(id);
    });

    guarantee("starting again with the same id starts no second job, and says accepted", async () => {
      const id = await start();
      const again = await on.jobs.run(on.cluster, { ...(await program()), jobId: id, allowNonRestored: false });
      expect(again).toEqual({ status: "accepted", jobId: id });
      expect((await on.jobs.list(on.cluster)).filter((job) => job.id === id)).toHaveLength(1);
      await stopAll(id);
    });

    guarantee("a savepoint is found by its trigger, and asking again with it takes no second one", async () => {
      const id = await start();
      const { triggerId, result } = await savepointOf(id);
      expect(result).toMatchObject({ status: "completed", path: expect.stringContaining("savepoint-") });
      await on.jobs.triggerSavepoint(on.cluster, { jobId: id, triggerId, directory: on.savepoints });
      expect(await on.jobs.savepoint(on.cluster, id, triggerId)).toEqual(result);
      const path = result.status === "completed" ? result.path : "";
      await until(
        () => describeJob(id),
        (job) => job?.checkpoints?.savepointPath === path,
      );
      await stopAll(id);
    });

    guarantee(
      "a savepoint that failed is a failure with its cause, although it is COMPLETED, and the job runs on",
      async () => {
        const id = await start();
        const { result } = await savepointOf(id, { directory: on.unwritable });
        expect(result).toMatchObject({ status: "failed", why: expect.stringMatching(/Exception: .*\S/) });
        const stopped = await savepointOf(id, { directory: on.unwritable, stop: true });
        expect(stopped.result).toMatchObject({ status: "failed" });
        expect(await describeJob(id)).toMatchObject({ state: "RUNNING" });
        await stopAll(id);
      },
    );

    guarantee("a trigger that nobody knows is unknown", async () => {
      const id = await start();
      expect(await on.jobs.savepoint(on.cluster, id, on.id())).toEqual({ status: "unknown" });
      expect(await on.jobs.savepoint(on.cluster, on.id(), on.id())).toEqual({ status: "unknown" });
      await stopAll(id);
    });

    guarantee("a stop ends the job with a savepoint, from which another one goes on; the savepoint stays", async () => {
      const id = await start();
      const { result } = await savepointOf(id, { stop: true });
      const path = result.status === "completed" ? result.path : "";
      await until(
        () => describeJob(id),
        (job) => job?.state === "FINISHED",
      );
      const second = await start(on.id(), path);
      expect((await describeJob(second))?.checkpoints?.restoredFrom).toBe(path);
      await stopAll(second);
      await until(
        () => describeJob(second),
        (job) => job?.state === "CANCELED",
      );
      const third = await start(on.id(), path);
      await stopAll(third);
    });

    guarantee("what cannot be restored is refused, or fails with its cause; the id is used up", async () => {
      const jobId = on.id();
      const request = { ...(await program()), jobId, allowNonRestored: false, savepointPath: `${on.savepoints}/none` };
      const result = await on.jobs.run(on.cluster, request);
      expect(result).toMatchObject({ status: "refused", why: expect.stringContaining("Cannot find") });
      expect(await on.jobs.run(on.cluster, request)).toEqual({ status: "accepted", jobId });
      expect(await describeJob(jobId)).toMatchObject({
        state: "FAILED",
        allRunning: false,
        failure: expect.stringContaining("Cannot find"),
      });
    });

    guarantee(
      "a cluster tells its version and its jars, a job how it was made; of a job that is not there nothing",
      async () => {
        const id = await start();
        const about = await on.jobs.about(on.cluster);
        expect(about.version).toMatch(/^\d+\.\d+/);
        expect(about.jars.length).toBeGreaterThan(0);
        const details = await on.jobs.details(on.cluster, id);
        expect(details?.maxParallelism).toBeGreaterThan(0);
        expect(details?.vertices.length).toBeGreaterThan(0);
        for (const vertex of details?.vertices ?? []) expect(vertex.name).not.toMatch(/[<>]br|&gt;/);
        expect(await on.jobs.details(on.cluster, on.id())).toBeUndefined();
        await stopAll(id);
      },
    );

    guarantee(
      "a running job is told for scaling: each vertex with its rates, what waits, slots, heap and checkpoints; one that is not there is not told",
      async () => {
        const id = await start();
        const busy = (job: JobScaling | undefined) =>
          (job?.vertices[0]?.recordsIn ?? 0) > 0 &&
          (job?.vertices[0]?.inPerSecond ?? 0) > 0 &&
          (job?.checkpoints?.completed ?? 0) > 0;
        const job = await until(() => scaling(id), busy);
        expect(job).toMatchObject({ jobId: id, name: on.name, state: "RUNNING", allRunning: true, adaptive: false });
        const [source] = job?.vertices ?? [];
        expect(source).toMatchObject({ parallelism: 1, inputs: [], pendingRecords: 5 });
        expect(source?.maxParallelism).toBeGreaterThan(1);
        expect(source?.busyMax).toBeGreaterThan(0);
        expect(source?.backPressuredMax).toBeGreaterThanOrEqual(0);
        expect(job?.slots?.total).toBeGreaterThan(job?.slots?.free ?? 99);
        expect(job?.heapShare).toBeGreaterThan(0);
        expect(job?.heapShare).toBeLessThan(1);
        expect(job?.gcShare).toBeLessThan(1);
        expect(job?.startedAt).toBeGreaterThan(0);
        expect(await scaling(on.id())).toBeUndefined();
        await stopAll(id);
        expect(await scaling(id)).toMatchObject({ allRunning: false });
      },
    );

    guarantee("a scheduler that rescales nothing refuses another parallelism and says so", async () => {
      const id = await start();
      const vertex = (await scaling(id))?.vertices[0]?.id ?? "";
      expect(await on.jobs.require?.(on.cluster, id, { [vertex]: 2 })).toMatchObject({
        status: "refused",
        why: expect.stringMatching(/Scheduler does not support/),
      });
      await stopAll(id);
    });

    guarantee("cancelling ends a job; one that is over or was never there is as wanted", async () => {
      const id = await start();
      await stopAll(id);
      await until(
        () => describeJob(id),
        (job) => job?.state === "CANCELED",
      );
      await stopAll(id, on.id());
      expect(await describeJob(on.id())).toBeUndefined();
    });

    guarantee("nobody answering is an error that may pass, whatever is asked", async () => {
      await on.breakDown();
      const passing = { code: "jobs.unavailable", retryable: true };
      const id = on.id();
      await expect(on.jobs.list(on.cluster)).rejects.toMatchObject(passing);
      await expect(describeJob(id)).rejects.toMatchObject(passing);
      await expect(scaling(id)).rejects.toMatchObject(passing);
      await expect(on.jobs.require?.(on.cluster, id, { v: 2 })).rejects.toMatchObject(passing);
      await expect(on.jobs.cancel(on.cluster, id)).rejects.toMatchObject(passing);
      await expect(on.jobs.savepoint(on.cluster, id, id)).rejects.toMatchObject(passing);
      await expect(on.jobs.upload(on.cluster, on.good)).rejects.toMatchObject(passing);
      const request = { jarId: "j", arguments: [], jobId: id, allowNonRestored: false };
      await expect(on.jobs.run(on.cluster, request)).rejects.toMatchObject(passing);
    });
    done();
  });
}
