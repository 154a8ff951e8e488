import type { JobState } from "../../shared/core/ports/jobs.ts";

// A session cluster as its REST API shows it: jobs that take a while to come and to go, savepoints that are taken beside, a memory that
// a restart of the job manager loses, and a disk that stays.

export interface FakeJar {
  readonly id: string;
  readonly name: string;
  /** Whatever its bytes say: "broken" has no program, "fails" ends with its first record, "slow" is behind. */
  readonly text: string;
}

export interface FakeJob {
  readonly id: string;
  readonly name: string;
  readonly jar: FakeJar;
  readonly from?: string;
  readonly startedAt: number;
  /** First record that it writes. */
  readonly position: number;
  /** Set when it is over, or going to be. */
  ending?: { readonly state: JobState; readonly at: number; readonly over: number };
  failure?: string;
  restarts: number;
  savepoint?: string;
  failed: number;
  /** It is being stopped: no checkpoints any more. */
  stopping?: boolean;
  /** Of its one vertex; what was asked for is done when its tasks have begun again. */
  parallelism: number;
  rescaledAt?: number;
}

interface Operation {
  readonly job: string;
  readonly due: number;
  readonly directory: string;
  readonly stop: boolean;
  result?: { readonly path: string } | { readonly why: string };
}

export interface FakeFlink {
  readonly jars: Map<string, FakeJar>;
  readonly jobs: Map<string, FakeJob>;
  /** Path → position: what is on the disk. */
  readonly disk: Map<string, number>;
  readonly faults: FlinkFaults;
  /** Of the cluster, and of every job. */
  readonly settings: Record<string, string>;
  readonly configuration: Record<string, string>;
  readonly now: () => number;
  state(job: FakeJob): JobState;
  /** Records that it has written for good (up to its last checkpoint, or its end by a stop). */
  written(job: FakeJob): { readonly from: number; readonly to: number };
  /** Records that it has made so far. */
  emitted(job: FakeJob): number;
  /** Every job there ever was, for counting what was written. */
  readonly past: FakeJob[];
  checkpoint(job: FakeJob): { readonly number: number; readonly path: string } | undefined;
  trigger(jobId: string, triggerId: string, directory: string, stop: boolean): void;
  operation(jobId: string, triggerId: string): Operation | undefined;
  /** Every task has begun. */
  runs(job: FakeJob): boolean;
  /** The adaptive scheduler takes another parallelism: the tasks begin anew. */
  rescale(job: FakeJob, parallelism: number): void;
  submit(
    jar: FakeJar,
    jobId: string,
    name: string,
    from?: string,
    parallelism?: number,
  ): "accepted" | "taken" | { readonly why: string };
  cancel(jobId: string): "accepted" | "over" | "unknown";
  /** The job manager dies and comes back; without high availability it has forgotten everything but the disk. */
  restart(keep?: boolean): void;
}

export interface FlinkFaults {
  /** From submission to every task running; from asking to the savepoint; from cancelling to the end. */
  startMs: number;
  savepointMs: number;
  cancelMs: number;
  checkpointMs: number;
  /** COMPLETED with this failure-cause. */
  savepointFails?: string | undefined;
  /** Records a second of a jar, by its text; default 100. */
  rates: Record<string, number>;
  /** Jobs are rescaled in place. */
  adaptive?: boolean;
  /** The job manager is on its way up and knows no resource requirements: to who looks, to who asks for some. */
  mute?: boolean;
  muteRequire?: boolean;
  /** Task managers do not tell their metrics: `complete: false`, with zeros. */
  untold?: boolean;
  /** Results of operations are forgotten after this (Flink: 5 min). */
  forgetMs: number;
}

const RATE = 100;

export function fakeFlink(now: () => number, given: Partial<FlinkFaults> = {}): FakeFlink {
  const faults: FlinkFaults = {
    startMs: 2_000,
    savepointMs: 1_000,
    cancelMs: 500,
    checkpointMs: 5_000,
    rates: {},
    forgetMs: 300_000,
    ...given,
  };
  const jars = new Map<string, FakeJar>();
  const jobs = new Map<string, FakeJob>();
  const disk = new Map<string, number>();
  /** A savepoint that a job goes on from commits nothing itself: what came after the last checkpoint is in it, for whoever restores it. */
  const carried = new Map<string, number>();
  const past: FakeJob[] = [];
  const operations = new Map<string, Operation>();
  let serial = 0;

  const runsFrom = (job: FakeJob) => job.startedAt + faults.startMs;
  const rateOf = (job: FakeJob) => faults.rates[job.jar.text] ?? RATE;
  const endOf = (job: FakeJob) => job.ending?.at ?? now();
  const positionAt = (job: FakeJob, at: number) =>
    job.position + Math.max(0, Math.floor(((Math.min(at, endOf(job)) - runsFrom(job)) * rateOf(job)) / 1_000));

  const state = (job: FakeJob): JobState => {
    const at = now();
    if (job.ending && at >= job.ending.over) return job.ending.state;
    if (job.ending && at >= job.ending.at)
      return job.ending.state === "CANCELED" ? "CANCELLING" : job.ending.state === "FAILED" ? "FAILING" : "RUNNING";
    if (at < job.startedAt + faults.startMs / 2) return "INITIALIZING";
    return "RUNNING";
  };
  const checkpoint = (job: FakeJob) => {
    const number = Math.floor((endOf(job) - runsFrom(job)) / faults.checkpointMs);
    if (number < 1) return undefined;
    const path = `file:/checkpoints/${job.id}/chk-${number}`;
    // Only the newest is kept, as by default.
    for (const old of disk.keys()) if (old.startsWith(`file:/checkpoints/${job.id}/`) && old !== path) disk.delete(old);
    disk.set(path, positionAt(job, runsFrom(job) + number * faults.checkpointMs));
    return { number, path };
  };
  const writtenTo = (job: FakeJob): number => {
    const last = checkpoint(job);
    return last ? (disk.get(last.path) ?? job.position) : job.position;
  };
  const written = (job: FakeJob) => {
    const ended = job.ending && now() >= job.ending.at ? job.ending : undefined;
    // Restoring commits what the savepoint carried, as soon as every task runs.
    const restored = (job.ending?.at ?? now()) >= runsFrom(job);
    const from = (restored && job.from !== undefined ? carried.get(job.from) : undefined) ?? job.position;
    return { from, to: ended?.state === "FINISHED" ? positionAt(job, ended.at) : writtenTo(job) };
  };
  /** Savepoints whose time has come. */
  const settle = () => {
    for (const operation of operations.values()) {
      if (operation.result || now() < operation.due) continue;
      const job = jobs.get(operation.job);
      if (!job || (state(job) !== "RUNNING" && !job.ending))
        operation.result = { why: "CheckpointException: the job is not running" };
      else if (job.ending && job.ending.at <= operation.due)
        operation.result = { why: "CheckpointException: the job has ended" };
      else if (faults.savepointFails !== undefined || operation.directory.includes("unwritable")) {
        operation.result = { why: faults.savepointFails ?? "IOException: Failed to create savepoint directory" };
        job.failed += 1;
        delete job.stopping;
      } else {
        const path = `${operation.directory.replace(/\/+$/, "")}/savepoint-${job.id.slice(0, 6)}-${String(++serial).padStart(12, "0")}`;
        disk.set(path, positionAt(job, operation.due));
        if (!operation.stop) carried.set(path, writtenTo(job));
        job.savepoint = path;
        operation.result = { path };
        if (operation.stop) job.ending = { state: "FINISHED", at: operation.due, over: operation.due };
      }
    }
  };
  const end = (job: FakeJob, how: JobState, tookMs: number, failure?: string) => {
    if (job.ending) return;
    job.ending = { state: how, at: now(), over: now() + tookMs };
    if (failure !== undefined) job.failure = failure;
  };

  return {
    jars,
    jobs,
    disk,
    faults,
    settings: {},
    configuration: {},
    now,
    past,
    state: (job) => {
      settle();
      if (job.jar.text.includes("fails") && now() >= runsFrom(job) + 1_000)
        end(job, "FAILED", 0, "IllegalStateException: told to fail");
      return state(job);
    },
    written: (job) => {
      settle();
      return written(job);
    },
    emitted: (job) => positionAt(job, now()) - job.position,
    checkpoint,
    trigger: (jobId, triggerId, directory, stop) => {
      settle();
      const key = `${jobId} ${triggerId}`;
      const job = jobs.get(jobId);
      if (operations.has(key)) return;
      const running = job && state(job) === "RUNNING" && now() >= runsFrom(job);
      operations.set(key, {
        job: jobId,
        due: now() + faults.savepointMs,
        directory,
        stop,
        ...(running ? {} : { result: { why: "CheckpointException: not all required tasks are currently running" } }),
      });
      if (running && stop) job.stopping = true;
    },
    operation: (jobId, triggerId) => {
      settle();
      const found = operations.get(`${jobId} ${triggerId}`);
      if (found && now() > found.due + faults.forgetMs) operations.delete(`${jobId} ${triggerId}`);
      return operations.get(`${jobId} ${triggerId}`);
    },
    runs: (job) => state(job) === "RUNNING" && now() >= Math.max(job.startedAt, job.rescaledAt ?? 0) + faults.startMs,
    rescale: (job, parallelism) => {
      if (job.parallelism === parallelism) return;
      job.parallelism = parallelism;
      job.rescaledAt = now();
      job.restarts += 1;
    },
    submit: (jar, jobId, name, from, parallelism = 1) => {
      settle();
      if (jobs.has(jobId)) return "taken";
      const position = from === undefined ? 0 : disk.get(from);
      const job: FakeJob = {
        id: jobId,
        name,
        jar,
        ...(from === undefined ? {} : { from }),
        startedAt: now(),
        position: position ?? 0,
        restarts: 0,
        failed: 0,
        parallelism,
      };
      jobs.set(jobId, job);
      if (position === undefined) {
        const why = `FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${from}'`;
        job.ending = { state: "FAILED", at: now(), over: now() };
        job.failure = why;
        return { why };
      }
      past.push(job);
      return "accepted";
    },
    cancel: (jobId) => {
      settle();
      const job = jobs.get(jobId);
      if (!job) return "unknown";
      if (job.ending && now() >= job.ending.over && job.ending.state !== "CANCELED") return "over";
      end(job, "CANCELED", faults.cancelMs);
      return "accepted";
    },
    restart: (keep = false) => {
      settle();
      operations.clear();
      if (keep) {
        for (const job of jobs.values()) if (!job.ending) job.restarts += 1;
        return;
      }
      for (const job of jobs.values()) {
        // What was written after its last checkpoint is not there for anybody.
        checkpoint(job);
        if (!job.ending) job.ending = { state: "SUSPENDED", at: now(), over: now() };
      }
      jobs.clear();
      jars.clear();
    },
  };
}
