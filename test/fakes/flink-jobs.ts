import { readFileSync } from "node:fs";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { JobScaling, Jobs } from "../../shared/core/ports/jobs.ts";
import type { FakeFlink, FakeJob } from "./flink-cluster.ts";

/**
 * The Jobs port over a fake cluster, without sockets. A jar is its file's text; a name of a file that does not exist is the text itself, so
 * that simulations need no files. `around` may fail, delay or lose any call, before or after its effect.
 */
export function fakeJobs(
  flink: FakeFlink,
  name: string,
  around: <T>(what: string, effect: () => T) => Promise<T> = async (_, effect) => effect(),
): Jobs {
  const nameOf = (args: readonly string[]) =>
    args.includes("--name") ? (args[args.indexOf("--name") + 1] ?? name) : name;
  const running = (id: string) => {
    const job = flink.jobs.get(id);
    return job && flink.state(job) === "RUNNING" && flink.now() >= job.startedAt + flink.faults.startMs;
  };
  const textOf = (file: string) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return file;
    }
  };
  return {
    list: () =>
      around("list", () =>
        [...flink.jobs.values()].map((job) => ({ id: job.id, name: job.name, state: flink.state(job) })),
      ),
    describe: (_, id) =>
      around("describe", () => {
        const job = flink.jobs.get(id);
        if (!job) return undefined;
        const state = flink.state(job);
        const last = flink.checkpoint(job);
        return {
          id,
          name: job.name,
          state,
          allRunning: running(id) === true,
          parallelism: job.parallelism,
          restarts: job.restarts,
          checkpoints: {
            completed: last?.number ?? 0,
            failed: job.failed,
            ...(last ? { lastPath: last.path } : {}),
            ...(job.savepoint === undefined ? {} : { savepointPath: job.savepoint }),
            ...(job.from === undefined ? {} : { restoredFrom: job.from }),
          },
          ...(running(id)
            ? { recordsOut: flink.emitted(job), lagRecords: job.jar.text.includes("slow") ? 100_000 : 5 }
            : {}),
          ...(job.failure === undefined ? {} : { failure: job.failure }),
        };
      }),
    triggerSavepoint: (_, { jobId, triggerId, directory, stop = false }) =>
      around("trigger", () => flink.trigger(jobId, triggerId, directory, stop)),
    savepoint: (_, jobId, triggerId) =>
      around("savepoint", () => {
        const found = flink.operation(jobId, triggerId);
        if (!found) return { status: "unknown" };
        if (!found.result) return { status: "in_progress" };
        return "path" in found.result
          ? { status: "completed", path: found.result.path }
          : { status: "failed", why: found.result.why };
      }),
    check: (_, { jarId, arguments: args }) =>
      around("check", () => {
        const jar = flink.jars.get(jarId);
        if (!jar) return { status: "refused", why: `Jar file ${jarId} does not exist` };
        if (jar.text.includes("broken")) return { status: "refused", why: "ClassNotFoundException: Job" };
        return { status: "accepted", name: nameOf(args) };
      }),
    run: (_, { jarId, jobId, savepointPath, parallelism, arguments: args }) =>
      around("run", () => {
        const jar = flink.jars.get(jarId);
        if (!jar) return { status: "refused", why: `Jar file ${jarId} does not exist` };
        const done = flink.submit(jar, jobId, nameOf(args), savepointPath, parallelism);
        if (typeof done === "object") return { status: "refused", why: done.why };
        return { status: "accepted", jobId };
      }),
    scaling: (_, id) =>
      around("scaling", () => {
        const job = flink.jobs.get(id);
        return job && scalingOf(flink, job);
      }),
    require: (_, id, wanted) =>
      around("require", () => {
        const job = flink.jobs.get(id);
        if (flink.faults.muteRequire)
          throw new HeadgateError("jobs.unavailable", "parallelism could not be asked for: 404", { retryable: true });
        if (!flink.faults.adaptive || !job)
          return { status: "refused", why: "the DefaultScheduler does not support changing the parallelism" };
        flink.rescale(job, wanted["vertex"] ?? job.parallelism);
        return { status: "accepted" };
      }),
    cancel: (_, id) => around("cancel", () => void flink.cancel(id)),
    details: (_, id) =>
      around("details", () => {
        const job = flink.jobs.get(id);
        if (!job) return undefined;
        const vertices = [{ id: "vertex", name: "Source: numbers -> files: Writer", inputs: [] }];
        return { maxParallelism: 128, configuration: flink.configuration, vertices };
      }),
    about: () =>
      around("about", () => ({
        version: "2.3.0",
        settings: flink.settings,
        jars: [...flink.jars.values()].map(({ id, name: jar }) => ({ id, name: jar, entryClass: "Job" })),
      })),
    upload: (_, file) =>
      around("upload", () => {
        if (file === "") throw new HeadgateError("input.invalid", "the jar cannot be read");
        const text = textOf(file);
        flink.jars.set(text, { id: text, name: `${text}.jar`, text });
        return text;
      }),
  };
}

function scalingOf(flink: FakeFlink, job: FakeJob): JobScaling {
  const last = flink.checkpoint(job);
  const state = flink.state(job);
  const runs = flink.runs(job);
  const records = {
    recordsIn: flink.emitted(job),
    recordsOut: 0,
    ...{ inPerSecond: 100, outPerSecond: 0, busyMax: 400, busyMean: 400, backPressuredMax: 10 },
    pendingRecords: job.jar.text.includes("slow") ? 100_000 : 5,
  };
  return {
    at: flink.now(),
    jobId: job.id,
    name: job.name,
    state,
    ...(runs ? { startedAt: (job.rescaledAt ?? job.startedAt) + flink.faults.startMs } : {}),
    allRunning: runs,
    vertices: [
      {
        id: "vertex",
        name: "Source: numbers -> files: Writer",
        parallelism: job.parallelism,
        maxParallelism: 128,
        inputs: [],
        ...(runs && flink.faults.untold !== true ? records : {}),
      },
    ],
    slots: { total: 8, free: 8 - job.parallelism },
    checkpoints: {
      completed: last?.number ?? 0,
      failed: job.failed,
      ...(last ? { lastPath: last.path } : {}),
      ...(job.savepoint === undefined ? {} : { savepointPath: job.savepoint }),
    },
    restarts: job.restarts,
    ...(flink.faults.mute ? { noRequirements: true } : { adaptive: flink.faults.adaptive === true }),
    ...(flink.faults.adaptive && !flink.faults.mute ? { asked: { vertex: job.parallelism } } : {}),
  };
}
