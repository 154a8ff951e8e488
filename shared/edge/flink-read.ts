import type { JobDetails, JobState, JobStatus, SavepointStatus } from "../core/ports/jobs.ts";
import { causeOf, isRecord } from "./flink-calls.ts";

const STATES: ReadonlySet<string> = new Set<JobState>([
  "INITIALIZING",
  "CREATED",
  "RUNNING",
  "FAILING",
  "FAILED",
  "CANCELLING",
  "CANCELED",
  "FINISHED",
  "RESTARTING",
  "SUSPENDED",
  "RECONCILING",
]);

type Fields = Readonly<Record<string, unknown>>;

export const fields = (value: unknown): Fields => (isRecord(value) ? value : {});
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
/** Flink writes −1 for "none" and NaN, as text or number, for "unknown". */
export const count = (value: unknown): number | undefined => {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
};
const some = <T>(name: string, value: T | undefined): Readonly<Record<string, T>> =>
  value === undefined ? {} : { [name]: value };

/** A state that is not known may write: it counts as one that runs. */
export const stateOf = (value: unknown): JobState => {
  const state = String(value);
  return STATES.has(state) ? (state as JobState) : "RECONCILING";
};

export function readJobs(body: unknown): readonly { id: string; name: string; state: JobState }[] | undefined {
  const jobs = fields(body)["jobs"];
  if (!Array.isArray(jobs)) return undefined;
  return jobs.flatMap((job) => {
    const { jid, name, state } = fields(job);
    return typeof jid === "string" ? [{ id: jid, name: String(name ?? ""), state: stateOf(state) }] : [];
  });
}

export interface Vertex {
  readonly id: string;
  readonly name: string;
}

/** The job itself, without its checkpoints and metrics. */
export function readJob(body: unknown): { readonly job: JobStatus; readonly vertices: readonly Vertex[] } | undefined {
  const { jid, name, state, vertices, timestamps } = fields(body);
  if (typeof jid !== "string") return undefined;
  const read = list(vertices).map(fields);
  const started = count(fields(timestamps)["RUNNING"]);
  const parallelism = Math.max(0, ...read.map((vertex) => count(vertex["parallelism"]) ?? 0));
  const job = {
    id: jid,
    name: String(name ?? ""),
    state: stateOf(state),
    ...(started ? { startedAt: started } : {}),
    ...(parallelism > 0 ? { parallelism } : {}),
    allRunning: read.length > 0 && read.every(runs) && read.some((vertex) => tasksOf(vertex, "RUNNING") > 0),
  };
  return {
    job,
    vertices: read.flatMap(({ id, name: of }) => (typeof id === "string" ? [{ id, name: String(of ?? "") }] : [])),
  };
}

const tasksOf = (vertex: Fields, state: string): number => count(fields(vertex["tasks"])[state]) ?? 0;
/** A bounded source may be through with its part. */
const runs = (vertex: Fields): boolean =>
  tasksOf(vertex, "RUNNING") + tasksOf(vertex, "FINISHED") >= Math.max(1, count(vertex["parallelism"]) ?? 1);

export function readCheckpoints(body: unknown): NonNullable<JobStatus["checkpoints"]> | undefined {
  const { counts, latest } = fields(body);
  const completed = count(fields(counts)["completed"]);
  const failed = count(fields(counts)["failed"]);
  if (completed === undefined || failed === undefined) return undefined;
  const { completed: last, failed: lastFailed, savepoint, restored } = fields(latest);
  return {
    completed,
    failed,
    ...some("lastCompletedAt", count(fields(last)["latest_ack_timestamp"])),
    ...some("lastFailedAt", count(fields(lastFailed)["failure_timestamp"])),
    ...some("lastPath", pathOf(last)),
    ...some("savepointPath", pathOf(savepoint)),
    ...some("restoredFrom", pathOf(restored)),
  };
}

/** Checkpoints that are kept in memory have a word in its place. */
const pathOf = (checkpoint: unknown): string | undefined => {
  const path = text(fields(checkpoint)["external_path"]);
  return path?.includes("/") ? path : undefined;
};

/** COMPLETED says that the operation is over, not that it went well. */
export function readSavepoint(body: unknown): SavepointStatus | undefined {
  const { status, operation } = fields(body);
  const id = fields(status)["id"];
  if (id === "IN_PROGRESS") return { status: "in_progress" };
  if (id !== "COMPLETED") return undefined;
  const { location, "failure-cause": failure } = fields(operation);
  if (failure !== undefined && failure !== null) {
    const trace = text(fields(failure)["stack-trace"]) ?? text(fields(failure)["class"]) ?? "no reason was given";
    return { status: "failed", why: causeOf(trace) };
  }
  const path = text(location);
  return path === undefined
    ? { status: "failed", why: "it is over, and no place is told" }
    : { status: "completed", path };
}

/** Newest failure, in one line. */
export function readFailure(body: unknown): string | undefined {
  const { exceptionHistory, "root-exception": root } = fields(body);
  const [newest] = list(fields(exceptionHistory)["entries"]);
  const trace = text(fields(newest)["stacktrace"]) ?? text(root);
  return trace === undefined ? undefined : causeOf(trace);
}

/** `[{id, value}]` of one component, `[{id, sum}]` (or another aggregate) of many. */
export function readMetrics(body: unknown, aggregate = "sum"): ReadonlyMap<string, number> {
  const read = list(body).flatMap((metric): [string, number][] => {
    const { id, value, [aggregate]: of } = fields(metric);
    const number = count(of ?? value);
    return typeof id === "string" && number !== undefined ? [[id, number]] : [];
  });
  return new Map(read);
}

export const readNames = (body: unknown): readonly string[] =>
  list(body).flatMap((metric) => text(fields(metric)["id"]) ?? []);

export const readJars = (body: unknown): readonly { id: string; name: string; entryClass?: string }[] =>
  list(fields(body)["files"]).flatMap((file) => {
    const { id, name, entry } = fields(file);
    const entryClass = text(fields(list(entry)[0])["name"]);
    return typeof id === "string" ? [{ id, name: String(name ?? ""), ...(entryClass ? { entryClass } : {}) }] : [];
  });

/** `[{key, value}]`, as the job manager tells its configuration. */
export const readSettings = (body: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    list(body).flatMap((one): [string, string][] => {
      const { key, value } = fields(one);
      return typeof key === "string" && value !== undefined && value !== null ? [[key, String(value)]] : [];
    }),
  );

/** Nested members as one map from dotted names to texts. */
export function readFlat(body: unknown, prefix = ""): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields(body))) {
    const at = prefix === "" ? name : `${prefix}.${name}`;
    if (isRecord(value)) Object.assign(flat, readFlat(value, at));
    else if (value !== null && value !== undefined) flat[at] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return flat;
}

const TAG = /<[^>]*>/g;

/** Vertices of `GET /jobs/:id/plan`; descriptions are written for a page. */
export const readPlan = (body: unknown): JobDetails["vertices"] =>
  list(fields(fields(body)["plan"])["nodes"]).flatMap((node) => {
    const { id, description, inputs } = fields(node);
    if (typeof id !== "string") return [];
    const name = String(description ?? "")
      .replace(TAG, " ")
      .replaceAll("&gt;", ">")
      .replaceAll("&lt;", "<")
      .replaceAll("&amp;", "&")
      .replace(/\s+/g, " ")
      .trim();
    return [{ id, name, inputs: list(inputs).flatMap((input) => text(fields(input)["id"]) ?? []) }];
  });

/** The smallest that any vertex has: what a restore may not go beyond. */
export function readMaxParallelism(body: unknown): number | undefined {
  const own = count(fields(body)["maxParallelism"]);
  if (own) return own;
  const all = list(fields(body)["vertices"]).flatMap((vertex) => count(fields(vertex)["maxParallelism"]) || []);
  return all.length === 0 ? undefined : Math.min(...all);
}
