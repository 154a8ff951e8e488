import type { JobScaling, JobVertex } from "../core/kernel/jobs.ts";
import type { DurationMs, Millis } from "../core/kernel/time.ts";
import { errorOf, type FlinkAnswer, type FlinkCall, isRecord, passing } from "./flink-calls.ts";
import { count, fields, list, readCheckpoints, readJob, readMetrics } from "./flink-read.ts";
import { readLinks, topological } from "./flink-topology.ts";
import { readVertexMetrics, type VertexMetrics } from "./flink-vertex-metrics.ts";

interface FlinkScalingOptions {
  readonly now: () => Millis;
  /** Waits in real milliseconds. */
  readonly sleep: (ms: DurationMs) => Promise<void>;
}

/**
 * A job manager asks its task managers for metrics only when somebody asks it, and answers at once with what it had: of a look a minute that is a
 * minute old, or nothing (`complete: false` with zeros). So it is asked once to wake it, and read after this time.
 */
const FRESHEN_MS = 400;
/** Looks that found metrics of some task missing are repeated so often. */
const MORE_LOOKS = 2;
/** Vertices whose metrics are asked for at once; each is two requests. */
const AT_ONCE = 8;
/** A job of more vertices is told without their metrics. */
const MOST_VERTICES = 100;
/** What the default scheduler answers. */
const NOT_ADAPTIVE = /UnsupportedOperationException|does not support changing the parallelism/;

/**
 * A job as whoever scales it wants to know it; undefined: the cluster knows no such job. Two requests for the job, two for each vertex, six
 * beside; at most a dozen at once. A part that cannot be read is left out.
 *
 * @throws the error that `wrong` makes of an answer for the job itself that is none
 */
export async function flinkScaling(
  call: FlinkCall,
  jobId: string,
  wrong: (answer: FlinkAnswer) => Error,
  { now, sleep }: FlinkScalingOptions,
): Promise<JobScaling | undefined> {
  for (let looks = 0; ; looks += 1) {
    const woken = await jobOf(call, jobId, wrong);
    if (!woken) return undefined;
    if (!woken.running) return { ...woken.job, at: now(), ...(await beside(call, jobId)) };
    await sleep(FRESHEN_MS);
    const [metrics, rest, fresh] = await Promise.all([
      metricsOf(call, jobId, woken),
      beside(call, jobId),
      jobOf(call, jobId, wrong),
    ]);
    if (!fresh) return undefined;
    // It began anew in between: these metrics are of tasks that are gone.
    const same = fresh.running && fresh.job.startedAt === woken.job.startedAt;
    const missing = fresh.running && (!same || fresh.job.vertices.some(({ id }) => !fresh.complete.has(id)));
    if (missing && looks < MORE_LOOKS) continue;
    const vertices = fresh.job.vertices.map((vertex) =>
      same && fresh.complete.has(vertex.id) ? measured(vertex, fresh, metrics.get(vertex.id)) : vertex,
    );
    return { ...fresh.job, vertices, at: now(), ...rest };
  }
}

interface Counters {
  readonly in: number | undefined;
  readonly out: number | undefined;
}

interface Looked {
  readonly job: Omit<JobScaling, "at">;
  readonly running: boolean;
  /** Vertices of which every task's counters are known. */
  readonly complete: ReadonlySet<string>;
  readonly counters: ReadonlyMap<string, Counters>;
}

async function jobOf(
  call: FlinkCall,
  jobId: string,
  wrong: (answer: FlinkAnswer) => Error,
): Promise<Looked | undefined> {
  const answer = await call("GET", `/jobs/${jobId}`);
  if (answer.status === 404) return undefined;
  const read = answer.status === 200 ? readJob(answer.body) : undefined;
  const vertices = list(fields(answer.body)["vertices"]).map(fields);
  const links = readLinks(answer.body);
  // Without its inputs every vertex would pass for a source.
  if (!read || vertices.some(({ id }) => typeof id !== "string" || !links.has(id))) throw wrong(answer);
  const { id, name, state, allRunning } = read.job;
  const began = Math.max(read.job.startedAt ?? 0, ...vertices.map((vertex) => count(vertex["start-time"]) ?? 0));
  const all = vertices.map((vertex): JobVertex => {
    const parallelism = count(vertex["parallelism"]) ?? 0;
    const of = String(vertex["id"]);
    return {
      id: of,
      name: String(vertex["name"] ?? ""),
      parallelism,
      maxParallelism: count(vertex["maxParallelism"]) || parallelism,
      inputs: links.get(of) ?? [],
    };
  });
  const counters = new Map(vertices.map((vertex) => [String(vertex["id"]), countersOf(vertex["metrics"])] as const));
  return {
    job: {
      jobId: id,
      name,
      state,
      ...(began > 0 ? { startedAt: began } : {}),
      allRunning: allRunning && all.every(({ parallelism }) => parallelism > 0),
      vertices: topological(all),
    },
    running: state === "RUNNING",
    complete: new Set([...counters].flatMap(([of, one]) => (one ? [of] : []))),
    counters: new Map([...counters].flatMap(([of, one]) => (one ? [[of, one] as const] : []))),
  };
}

/** Undefined while some task has not told: what the others add up to is no count. */
function countersOf(metrics: unknown): Counters | undefined {
  const told = fields(metrics);
  if (told["read-records-complete"] !== true || told["write-records-complete"] !== true) return undefined;
  return { in: count(told["read-records"]), out: count(told["write-records"]) };
}

async function metricsOf(call: FlinkCall, jobId: string, { job }: Looked): Promise<ReadonlyMap<string, VertexMetrics>> {
  const found = new Map<string, VertexMetrics>();
  if (job.vertices.length > MOST_VERTICES) return found;
  for (let at = 0; at < job.vertices.length; at += AT_ONCE)
    await Promise.all(
      job.vertices.slice(at, at + AT_ONCE).map(async ({ id, inputs }) => {
        const path = `/jobs/${jobId}/vertices/${id}/subtasks/metrics`;
        const read = await readVertexMetrics(call, path, inputs.length === 0).catch(() => undefined);
        if (read) found.set(id, read);
      }),
    );
  return found;
}

/** Records into a source are what its readers took, or gave on: Flink itself counts what comes over the network. */
function measured(vertex: JobVertex, { counters }: Looked, metrics: VertexMetrics | undefined): JobVertex {
  const { recordsIn: read, ...rest } = metrics ?? {};
  const own = counters.get(vertex.id);
  const recordsIn = vertex.inputs.length === 0 ? read : own?.in;
  return {
    ...vertex,
    ...rest,
    ...(recordsIn === undefined ? {} : { recordsIn }),
    ...(own?.out === undefined ? {} : { recordsOut: own.out }),
  };
}

type Beside = Pick<
  JobScaling,
  "slots" | "gcShare" | "heapShare" | "checkpoints" | "restarts" | "adaptive" | "noRequirements" | "asked"
>;

const HEAP_USED = "Status.JVM.Memory.Heap.Used";
const HEAP_MAX = "Status.JVM.Memory.Heap.Max";
const GC = "Status.JVM.GarbageCollector.All.TimeMsPerSecond";

async function beside(call: FlinkCall, jobId: string): Promise<Beside> {
  const get = async <T>(path: string, read: (body: unknown) => T): Promise<T | undefined> => {
    const answer = await call("GET", path).catch(() => undefined);
    return answer?.status === 200 ? read(answer.body) : undefined;
  };
  // A name that a version does not know makes the whole answer empty, hence two requests.
  const managers = (names: string) =>
    get(`/taskmanagers/metrics?get=${names}&agg=max`, (body) => readMetrics(body, "max"));
  const [slots, heap, gc, checkpoints, restarts, asked] = await Promise.all([
    get("/overview", readSlots),
    managers(`${HEAP_USED},${HEAP_MAX}`),
    managers(GC),
    get(`/jobs/${jobId}/checkpoints`, readCheckpoints),
    get(`/jobs/${jobId}/metrics?get=numRestarts`, (body) => readMetrics(body).get("numRestarts")),
    requirementsOf(call, jobId).catch(() => undefined),
  ]);
  const [used, most, gcMs] = [heap?.get(HEAP_USED), heap?.get(HEAP_MAX), gc?.get(GC)];
  return {
    ...(slots ? { slots } : {}),
    ...(gcMs === undefined ? {} : { gcShare: Math.min(1, gcMs / 1_000) }),
    ...(used === undefined || !most ? {} : { heapShare: Math.min(1, used / most) }),
    ...(checkpoints ? { checkpoints: told(checkpoints) } : {}),
    ...(restarts === undefined ? {} : { restarts }),
    ...(asked === undefined ? {} : inPlace(asked)),
  };
}

function told(of: NonNullable<ReturnType<typeof readCheckpoints>>): NonNullable<JobScaling["checkpoints"]> {
  const { completed, failed, lastCompletedAt, lastPath, savepointPath } = of;
  return {
    completed,
    failed,
    ...(lastCompletedAt === undefined ? {} : { lastCompletedAt }),
    ...(lastPath === undefined ? {} : { lastPath }),
    ...(savepointPath === undefined ? {} : { savepointPath }),
  };
}

function readSlots(body: unknown): JobScaling["slots"] | undefined {
  const total = count(fields(body)["slots-total"]);
  const free = count(fields(body)["slots-available"]);
  return total === undefined || free === undefined ? undefined : { total, free };
}

interface Bounds {
  readonly lowerBound: number;
  readonly upperBound: number;
}
type Requirements = Readonly<Record<string, Bounds>>;

const upper = (asked: Requirements) =>
  Object.fromEntries(Object.entries(asked).map(([vertex, { upperBound }]) => [vertex, upperBound]));

/** What a version answers that does not know the question; so does a job manager that does not know the job yet. */
const UNKNOWN: readonly number[] = [400, 404, 405];

/**
 * What is asked for now. "none": its scheduler rescales nothing, and says so; "unknown": the cluster knows none; undefined: nobody can tell now.
 * Early 1.18 answers with nothing in it (FLINK-32341).
 */
async function requirementsOf(call: FlinkCall, jobId: string): Promise<Requirements | "none" | "unknown" | undefined> {
  const answer = await call("GET", `/jobs/${jobId}/resource-requirements`);
  if (answer.status === 200) return isRecord(answer.body) ? boundsOf(answer.body) : undefined;
  if (NOT_ADAPTIVE.test(errorOf(answer.body).all)) return "none";
  return UNKNOWN.includes(answer.status) ? "unknown" : undefined;
}

function inPlace(asked: Requirements | "none" | "unknown"): Pick<Beside, "adaptive" | "noRequirements" | "asked"> {
  if (asked === "unknown") return { noRequirements: true };
  if (asked === "none") return { adaptive: false };
  return { adaptive: true, ...(Object.keys(asked).length > 0 ? { asked: upper(asked) } : {}) };
}

const boundsOf = (body: Readonly<Record<string, unknown>>): Requirements =>
  Object.fromEntries(
    Object.entries(body).flatMap(([vertex, one]): [string, Bounds][] => {
      const { lowerBound, upperBound } = fields(fields(one)["parallelism"]);
      const top = count(upperBound);
      return top === undefined ? [] : [[vertex, { lowerBound: count(lowerBound) ?? 1, upperBound: top }]];
    }),
  );

/**
 * Reads what is asked for, sets the vertices that are named, and puts the whole: Flink refuses a part of it. Vertices get the lower bound 1, so
 * that a job runs on what there is while slots are missing.
 *
 * @throws the error that `wrong` makes of an answer that may be another one soon
 */
export async function flinkRequire(
  call: FlinkCall,
  jobId: string,
  parallelism: Readonly<Record<string, number>>,
  wrong: (answer: FlinkAnswer, passes?: boolean) => Error,
): Promise<{ readonly status: "accepted" } | { readonly status: "refused"; readonly why: string }> {
  const path = `/jobs/${jobId}/resource-requirements`;
  const before = await call("GET", path);
  // One answer does not tell whether it will ever know them: that is for who looks more than once.
  if (UNKNOWN.includes(before.status) && !NOT_ADAPTIVE.test(errorOf(before.body).all)) throw wrong(before, true);
  if (before.status !== 200) return refused(before, wrong);
  const known = isRecord(before.body) ? boundsOf(before.body) : {};
  const now = Object.keys(known).length > 0 ? known : await running(call, jobId, wrong);
  const wanted = Object.entries(parallelism).map(([vertex, upperBound]): [string, Bounds] => [
    vertex,
    { lowerBound: 1, upperBound },
  ]);
  const body = Object.fromEntries(
    Object.entries({ ...now, ...Object.fromEntries(wanted) }).map(([vertex, bounds]) => [
      vertex,
      { parallelism: bounds },
    ]),
  );
  const answer = await call("PUT", path, body);
  return answer.status === 200 || answer.status === 202 ? { status: "accepted" } : refused(answer, wrong);
}

/** What runs, where what is asked for is not told. */
async function running(call: FlinkCall, jobId: string, wrong: (answer: FlinkAnswer) => Error): Promise<Requirements> {
  const looked = await jobOf(call, jobId, wrong);
  return Object.fromEntries(
    (looked?.job.vertices ?? []).map(({ id, parallelism }) => [id, { lowerBound: 1, upperBound: parallelism }]),
  );
}

function refused(answer: FlinkAnswer, wrong: (answer: FlinkAnswer) => Error) {
  const { all, cause } = errorOf(answer.body);
  if (passing(answer, all)) throw wrong(answer);
  return { status: "refused" as const, why: cause };
}
