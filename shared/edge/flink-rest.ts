import { HeadgateError } from "../core/kernel/errors.ts";
import { MINUTE_MS, type Millis, SECOND_MS } from "../core/kernel/time.ts";
import type { JobCluster, JobStatus, Jobs } from "../core/ports/jobs.ts";
import {
  errorOf,
  type FlinkAnswer,
  type FlinkCall,
  flinkCalls,
  hostOf,
  isRecord,
  passing,
  unavailable,
} from "./flink-calls.ts";
import { aboutFlink, flinkDetails } from "./flink-details.ts";
import { type JobRecords, recordsOf } from "./flink-metrics.ts";
import {
  readCheckpoints,
  readFailure,
  readJars,
  readJob,
  readJobs,
  readMetrics,
  readSavepoint,
  type Vertex,
} from "./flink-read.ts";
import { flinkRequire, flinkScaling } from "./flink-scaling.ts";
import { readManagers, slotsOf } from "./flink-slots.ts";
import { fingerprint, uploadJar } from "./flink-upload.ts";
import type { Http, HttpClientOptions } from "./http-client.ts";

export interface FlinkJobsOptions extends HttpClientOptions {
  readonly http: Http;
  /** Epoch ms. Default: the machine's clock. */
  readonly now?: () => Millis;
  /** Waits in real milliseconds. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Plan and run carry out the program's main method, which may look things up. Below what the machine takes an asking to last. */
const PROGRAM_TIMEOUT_MS = 20 * SECOND_MS;
const UPLOAD_TIMEOUT_MS = 5 * MINUTE_MS;
/** Flink 1.19–1.20 and 2.x, in whose words it says that an id is taken. */
const TAKEN = /Duplicate(Job|Application)SubmissionException/;
const TRIES_AGAIN: ReadonlySet<string> = new Set(["RESTARTING", "FAILING", "FAILED"]);

/** Flink jobs over the REST API of a session cluster, 1.19 to 2.x. */
export function flinkJobs({ http, allowLocal, now = Date.now, sleep = pause }: FlinkJobsOptions): Jobs {
  const calls = (cluster: JobCluster) => flinkCalls(http, cluster.url);
  const wrong = (cluster: JobCluster, what: string, answer: FlinkAnswer, passes = false): HeadgateError => {
    const { all, cause } = errorOf(answer.body);
    return unavailable(hostOf(cluster.url), `${what}: ${answer.status} ${cause}`, passes || passing(answer, all));
  };

  return {
    list: async (cluster) => {
      const answer = await calls(cluster)("GET", "/jobs/overview");
      const jobs = answer.status === 200 ? readJobs(answer.body) : undefined;
      if (!jobs) throw wrong(cluster, "its jobs could not be listed", answer);
      return jobs;
    },

    describe: async (cluster, jobId) => {
      const call = calls(cluster);
      const answer = await call("GET", `/jobs/${jobId}`);
      if (answer.status === 404) return undefined;
      const read = answer.status === 200 ? readJob(answer.body) : undefined;
      if (!read) throw wrong(cluster, `job ${jobId} could not be read`, answer);
      return { ...read.job, ...(await more(call, read.job, read.vertices)) };
    },

    triggerSavepoint: async (cluster, { jobId, triggerId, directory, stop, format = "CANONICAL" }) => {
      const common = { triggerId, formatType: format };
      const answer = stop
        ? await calls(cluster)("POST", `/jobs/${jobId}/stop`, { ...common, targetDirectory: directory, drain: false })
        : await calls(cluster)("POST", `/jobs/${jobId}/savepoints`, {
            ...common,
            "target-directory": directory,
            "cancel-job": false,
          });
      if (answer.status !== 202 && answer.status !== 200) throw wrong(cluster, "a savepoint was refused", answer);
    },

    savepoint: async (cluster, jobId, triggerId) => {
      const answer = await calls(cluster)("GET", `/jobs/${jobId}/savepoints/${triggerId}`);
      if (answer.status === 404) return { status: "unknown" };
      const read = answer.status === 200 ? readSavepoint(answer.body) : undefined;
      if (!read) throw wrong(cluster, "how a savepoint is could not be read", answer);
      return read;
    },

    check: async (cluster, { jarId, ...program }) => {
      const body = bodyOf(program);
      const answer = await calls(cluster)("POST", `/jars/${encodeURIComponent(jarId)}/plan`, body, PROGRAM_TIMEOUT_MS);
      if (answer.status !== 200) return { status: "refused", why: refusal(cluster, answer) };
      const plan = isRecord(answer.body) && isRecord(answer.body["plan"]) ? answer.body["plan"] : {};
      return { status: "accepted", name: String(plan["name"] ?? "") };
    },

    run: async (cluster, { jarId, jobId, savepointPath, allowNonRestored, ...program }) => {
      const body = {
        ...bodyOf(program),
        jobId,
        // The one word is of 1.19 and before, the other of 1.20 and after; each takes both.
        ...(savepointPath === undefined ? {} : { savepointPath, claimMode: "NO_CLAIM", restoreMode: "NO_CLAIM" }),
        allowNonRestoredState: allowNonRestored,
      };
      const answer = await calls(cluster)("POST", `/jars/${encodeURIComponent(jarId)}/run`, body, PROGRAM_TIMEOUT_MS);
      if (answer.status === 200 && isRecord(answer.body))
        return { status: "accepted", jobId: String(answer.body["jobid"] ?? jobId) };
      if (TAKEN.test(errorOf(answer.body).all)) return { status: "accepted", jobId };
      return { status: "refused", why: refusal(cluster, answer) };
    },

    details: async (cluster, jobId) => flinkDetails(calls(cluster), jobId),

    about: async (cluster) => aboutFlink(calls(cluster)),

    slots: async (cluster) => {
      const call = calls(cluster);
      const answer = await call("GET", "/taskmanagers");
      const managers = answer.status === 200 ? readManagers(answer.body) : undefined;
      if (!managers) throw wrong(cluster, "its task managers could not be listed", answer);
      return slotsOf(call, managers);
    },

    scaling: async (cluster, jobId) =>
      flinkScaling(calls(cluster), jobId, (answer) => wrong(cluster, `job ${jobId} could not be read`, answer), {
        now,
        sleep,
      }),

    require: async (cluster, jobId, parallelism) =>
      flinkRequire(calls(cluster), jobId, parallelism, (answer, passes) =>
        wrong(cluster, `parallelism of job ${jobId} could not be asked for`, answer, passes),
      ),

    cancel: async (cluster, jobId) => {
      const answer = await calls(cluster)("PATCH", `/jobs/${jobId}?mode=cancel`);
      // Not there, or over already: that is what was wanted.
      if (![200, 202, 404, 409].includes(answer.status))
        throw wrong(cluster, `job ${jobId} could not be cancelled`, answer);
    },

    upload: async (cluster, file) => {
      const { hash, bytes } = await fingerprint(file).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new HeadgateError("input.invalid", `the jar cannot be read: ${why}`, { cause });
      });
      const name = `${baseName(file)}-${hash}.jar`;
      const there = await jarNamed(calls(cluster), cluster, name);
      if (there) return there;
      const url = new URL(`${cluster.url.replace(/\/+$/, "")}/jars/upload`);
      const answer = await uploadJar(url, { path: file, name, bytes }, UPLOAD_TIMEOUT_MS, { allowLocal }).catch(
        (cause: unknown) => {
          throw unavailable(url.host, `the jar could not be sent: ${String(cause)}`, true, cause);
        },
      );
      if (answer.status !== 200) throw wrong(cluster, "the jar was not taken", answer);
      const id = isRecord(answer.body)
        ? String(answer.body["filename"] ?? "")
            .split("/")
            .at(-1)
        : undefined;
      if (!id) throw unavailable(url.host, "the jar was taken, and no id was given", true);
      return id;
    },
  };

  async function jarNamed(call: FlinkCall, cluster: JobCluster, name: string): Promise<string | undefined> {
    const answer = await call("GET", "/jars");
    if (answer.status !== 200) throw wrong(cluster, "its jars could not be listed", answer);
    return readJars(answer.body).find((jar) => jar.name === name)?.id;
  }

  /** @throws `jobs.unavailable` where it is the cluster that cannot, and not the jar */
  function refusal(cluster: JobCluster, answer: FlinkAnswer): string {
    const { all, cause } = errorOf(answer.body);
    if (passing(answer, all)) throw wrong(cluster, "the program could not be carried out", answer);
    return cause;
  }
}

/** Checkpoints, records and failures are each left out where they cannot be read. */
async function more(call: FlinkCall, job: JobStatus, vertices: readonly Vertex[]): Promise<Partial<JobStatus>> {
  const { id, state } = job;
  const get = async <T>(path: string, read: (body: unknown) => T): Promise<T | undefined> => {
    const answer = await call("GET", `/jobs/${id}/${path}`).catch(() => undefined);
    return answer?.status === 200 ? read(answer.body) : undefined;
  };
  const [checkpoints, restarts, failure, records] = await Promise.all([
    get("checkpoints", readCheckpoints),
    get("metrics?get=numRestarts", (body) => readMetrics(body).get("numRestarts")),
    TRIES_AGAIN.has(state) ? get("exceptions?maxExceptions=1", readFailure) : undefined,
    state === "RUNNING" ? recordsOf(call, id, vertices) : ({} as JobRecords),
  ]);
  return {
    ...(checkpoints ? { checkpoints } : {}),
    ...(restarts === undefined ? {} : { restarts }),
    ...(failure === undefined ? {} : { failure }),
    ...records,
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const bodyOf = (program: { entryClass?: string; arguments: readonly string[]; parallelism?: number }) => ({
  ...(program.entryClass === undefined ? {} : { entryClass: program.entryClass }),
  programArgsList: program.arguments,
  ...(program.parallelism === undefined ? {} : { parallelism: program.parallelism }),
});

const baseName = (file: string): string =>
  (file.split(/[\\/]/).at(-1) ?? "job")
    .replace(/\.jar$/, "")
    .replace(/[^A-Za-z0-9._-]/g, "_")
    .slice(0, 80);
