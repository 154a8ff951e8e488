import { describe, expect, test } from "vitest";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import type { HttpAsk } from "../../shared/edge/http-client.ts";

const JOB = "a".repeat(32);
const CLUSTER = { url: "http://flink:8081" };

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}
type Answer = readonly [status: number, body: unknown];
type Answers = Readonly<Record<string, Answer | ((asked: number) => Answer)>>;

const vertex = (id: string, more: object = {}) => ({
  ...{ id, name: `${id} work`, parallelism: 2, maxParallelism: 128, "start-time": 1_000, tasks: { RUNNING: 2 } },
  metrics: {
    ...{ "read-records": 10, "read-records-complete": true },
    ...{ "write-records": 20, "write-records-complete": true },
  },
  ...more,
});
const from = (...ids: readonly string[]) => ids.map((id) => ({ id, ship_strategy: "HASH" }));
/** In an order that is none: the sink first. */
const job = (vertices: readonly object[] = [vertex("sink"), vertex("map"), vertex("source")], more: object = {}) => ({
  ...{ jid: JOB, name: "orders", state: "RUNNING", timestamps: { RUNNING: 900 }, vertices },
  plan: { nodes: [{ id: "sink", inputs: from("map") }, { id: "map", inputs: from("source") }, { id: "source" }] },
  ...more,
});

const SOURCE = {
  "Source__kafka.numRecordsIn": 500,
  "Source__kafka.numRecordsOut": 0,
  "Source__kafka.numRecordsInPerSecond": 50,
  "Source__kafka.numRecordsOutPerSecond": 49,
  "Source__kafka.pendingRecords": 70,
  "Source__kafka.KafkaSourceReader.topic.orders.in.partition.0.currentOffset": 1,
  "Source__kafka.KafkaSourceReader.topic.orders.in.partition.1.currentOffset": 1,
  "Source__kafka.KafkaSourceReader.topic.late.partition.1.currentOffset": 1,
};
const TASK = {
  busyTimeMsPerSecond: 300,
  backPressuredTimeMsPerSecond: 20,
  numRecordsInPerSecond: 40,
  numRecordsOutPerSecond: 41,
};

/** Metrics by vertex, as Flink answers: names, then values; nothing at all where a name is not known. */
const metrics = (known: Readonly<Record<string, unknown>>, query: URLSearchParams): Answer => {
  const get = query.get("get");
  if (get === null) return [200, Object.keys(known).map((id) => ({ id }))];
  const names = get.split(",");
  const value = (name: string) =>
    typeof known[name] === "object" ? known[name] : { max: known[name], avg: 1, sum: known[name] };
  return [200, names.every((name) => name in known) ? names.map((id) => ({ id, ...(value(id) as object) })) : []];
};

function flink(answers: Answers = {}, by: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}) {
  const seen: Seen[] = [];
  let waited = 0;
  const asked = new Map<string, number>();
  const http = async ({ method, url, body }: HttpAsk) => {
    const path = url.pathname;
    seen.push({ method, path: path + url.search, ...(body === undefined ? {} : { body: JSON.parse(body) }) });
    const key = `${method} ${path}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const given = answers[key];
    const ofVertex = /vertices\/(\w+)\/subtasks\/metrics$/.exec(path)?.[1];
    const answer: Answer =
      given !== undefined
        ? typeof given === "function"
          ? given(asked.get(key) ?? 0)
          : given
        : ofVertex !== undefined
          ? metrics(by[ofVertex] ?? (ofVertex === "source" ? { ...SOURCE, ...TASK } : TASK), url.searchParams)
          : path === `/jobs/${JOB}`
            ? [200, job()]
            : [404, { errors: ["Not found"] }];
    return { status: answer[0], headers: {}, body: JSON.stringify(answer[1]) };
  };
  const sleep = async (ms: number) => {
    waited += ms;
  };
  const jobs = flinkJobs({ http, allowLocal: true, now: () => 5_000, sleep });
  return { jobs, seen, waited: () => waited, scaling: () => jobs.scaling?.(CLUSTER, JOB) };
}

describe("a job of Flink, for whoever scales it", () => {
  test("in topological order, with counters of the job and rates of its vertices; sources by what their readers took", async () => {
    const told = await flink().scaling();
    expect(told).toMatchObject({
      at: 5_000,
      jobId: JOB,
      name: "orders",
      state: "RUNNING",
      startedAt: 1_000,
      allRunning: true,
    });
    expect(told?.vertices.map(({ id }) => id)).toEqual(["source", "map", "sink"]);
    expect(told?.vertices[0]).toEqual({
      ...{ id: "source", name: "source work", parallelism: 2, maxParallelism: 128, inputs: [] },
      ...{ recordsIn: 500, recordsOut: 20, inPerSecond: 50, outPerSecond: 41 },
      ...{ busyMax: 300, busyMean: 1, backPressuredMax: 20, pendingRecords: 70, partitions: 3 },
    });
    expect(told?.vertices[1]).toEqual({
      ...{ id: "map", name: "map work", parallelism: 2, maxParallelism: 128, inputs: [{ id: "source", ship: "HASH" }] },
      ...{ recordsIn: 10, recordsOut: 20, inPerSecond: 40, outPerSecond: 41 },
      ...{ busyMax: 300, busyMean: 1, backPressuredMax: 20 },
    });
  });

  test("it is asked once to wake its metrics, which are read after a while; two requests for a vertex and eight beside", async () => {
    const on = flink();
    await on.scaling();
    expect(on.waited()).toBe(400);
    expect(on.seen).toHaveLength(2 + 3 * 2 + 6);
    expect(on.seen[0]?.path).toBe(`/jobs/${JOB}`);
  });

  test("what cannot be read beside is left out", async () => {
    const told = await flink().scaling();
    for (const member of ["slots", "gcShare", "heapShare", "checkpoints", "restarts", "asked"])
      expect(told).not.toHaveProperty(member);
    expect(told).not.toHaveProperty("adaptive");
  });

  test("slots, heap, garbage collection, checkpoints, restarts, and what is asked for", async () => {
    const bounds = (upperBound: number) => ({ parallelism: { lowerBound: 1, upperBound } });
    const told = await flink({
      "GET /overview": [200, { "slots-total": 8, "slots-available": 3 }],
      "GET /taskmanagers/metrics": (asked) =>
        asked === 1
          ? [
              200,
              [
                { id: "Status.JVM.Memory.Heap.Used", max: 75 },
                { id: "Status.JVM.Memory.Heap.Max", max: 100 },
              ],
            ]
          : [200, [{ id: "Status.JVM.GarbageCollector.All.TimeMsPerSecond", max: 250 }]],
      [`GET /jobs/${JOB}/checkpoints`]: [
        200,
        {
          counts: { completed: 7, failed: 1 },
          latest: { completed: { latest_ack_timestamp: 4_000, external_path: "s3://b/chk-7" } },
        },
      ],
      [`GET /jobs/${JOB}/metrics`]: [200, [{ id: "numRestarts", value: "2" }]],
      [`GET /jobs/${JOB}/resource-requirements`]: [200, { source: bounds(2), map: bounds(3), sink: bounds(2) }],
    }).scaling();
    expect(told).toMatchObject({
      ...{ slots: { total: 8, free: 3 }, heapShare: 0.75, gcShare: 0.25, restarts: 2, adaptive: true },
      checkpoints: { completed: 7, failed: 1, lastCompletedAt: 4_000, lastPath: "s3://b/chk-7" },
      asked: { source: 2, map: 3, sink: 2 },
    });
  });

  test("a lost task manager (complete: false, with zeros) leaves the numbers of that vertex out, after two more looks", async () => {
    const untold = vertex("map", { metrics: { "read-records": 0, "read-records-complete": false } });
    const on = flink({ [`GET /jobs/${JOB}`]: [200, job([vertex("sink"), untold, vertex("source")])] });
    const told = await on.scaling();
    expect(told?.vertices[1]).toEqual({
      ...{ id: "map", name: "map work", parallelism: 2, maxParallelism: 128, inputs: [{ id: "source", ship: "HASH" }] },
    });
    expect(told?.vertices[0]).toHaveProperty("recordsIn", 500);
    expect(on.waited()).toBe(3 * 400);
  });

  test("metrics that are told a moment later are told", async () => {
    const untold = vertex("map", { metrics: {} });
    const told = await flink({
      [`GET /jobs/${JOB}`]: (asked) => [200, asked < 3 ? job([vertex("sink"), untold, vertex("source")]) : job()],
    }).scaling();
    expect(told?.vertices.every(({ recordsIn }) => recordsIn !== undefined)).toBe(true);
  });

  test("a job that began anew while it was read is told without what its old tasks did", async () => {
    const told = await flink({
      [`GET /jobs/${JOB}`]: (asked) => [200, job(undefined, { timestamps: { RUNNING: 2_000 + asked } })],
    }).scaling();
    expect(told?.vertices.some((one) => "recordsIn" in one || "busyMax" in one)).toBe(false);
  });

  test("NaN, as legacy sources say of their busy time, is left out", async () => {
    const nan = { max: "NaN", avg: "NaN", sum: "NaN" };
    const told = await flink({}, { source: { ...SOURCE, ...TASK, busyTimeMsPerSecond: nan } }).scaling();
    expect(told?.vertices[0]).not.toHaveProperty("busyMax");
    expect(told?.vertices[0]).toHaveProperty("inPerSecond", 50);
  });

  test("a source without pendingRecords has an unknown lag, not none", async () => {
    const told = await flink({}, { source: TASK }).scaling();
    for (const member of ["pendingRecords", "partitions", "recordsIn", "inPerSecond"])
      expect(told?.vertices[0]).not.toHaveProperty(member);
  });

  test("a vertex whose metrics cannot be read keeps the job's counters, and the others theirs", async () => {
    const told = await flink({ [`GET /jobs/${JOB}/vertices/map/subtasks/metrics`]: [500, {}] }).scaling();
    expect(told?.vertices[1]).toMatchObject({ id: "map", recordsIn: 10 });
    expect(told?.vertices[1]).not.toHaveProperty("busyMax");
    expect(told?.vertices[2]).toHaveProperty("busyMax", 300);
  });

  test("a job that does not run is told without metrics, which are not asked for", async () => {
    const on = flink({ [`GET /jobs/${JOB}`]: [200, job(undefined, { state: "RESTARTING" })] });
    expect(await on.scaling()).toMatchObject({ state: "RESTARTING", vertices: [{ id: "source" }, {}, {}] });
    expect(on.seen.some(({ path }) => path.includes("/vertices/"))).toBe(false);
  });

  test("a job of no vertices is told as it is", async () => {
    const empty = job([], { plan: { nodes: [] } });
    expect(await flink({ [`GET /jobs/${JOB}`]: [200, empty] }).scaling()).toMatchObject({
      vertices: [],
      allRunning: false,
    });
  });

  test("without a plan every vertex would pass for a source: that is an error", async () => {
    const on = flink({ [`GET /jobs/${JOB}`]: [200, job(undefined, { plan: {} })] });
    await expect(on.scaling()).rejects.toMatchObject({ code: "jobs.unavailable" });
  });

  test.each<[string, Answer, boolean | undefined]>([
    [
      "the default scheduler",
      [500, { errors: ["Internal server error.", "java.lang.UnsupportedOperationException: no"] }],
      false,
    ],
    ["no leader", [503, { errors: ["no leader"] }], undefined],
    ["an early 1.18 (FLINK-32341)", [200, {}], true],
  ])("in place: %s", async (_, answer, adaptive) => {
    const told = await flink({ [`GET /jobs/${JOB}/resource-requirements`]: answer }).scaling();
    expect(told?.adaptive).toBe(adaptive);
    expect(told).not.toHaveProperty("asked");
    expect(told).not.toHaveProperty("noRequirements");
  });

  test.each([400, 404, 405])(
    "in place: %i may be a version without the question, or a job manager on its way up: it says neither",
    async (status) => {
      const answer: Answer = [status, { errors: ["Not found"] }];
      const told = await flink({ [`GET /jobs/${JOB}/resource-requirements`]: answer }).scaling();
      expect(told?.noRequirements).toBe(true);
      expect(told).not.toHaveProperty("adaptive");
    },
  );
});

describe("asking for parallelism in place", () => {
  const path = `/jobs/${JOB}/resource-requirements`;
  const bounds = (lowerBound: number, upperBound: number) => ({ parallelism: { lowerBound, upperBound } });

  test("the whole map is read, edited and put; what is named gets the lower bound 1", async () => {
    const on = flink({
      [`GET ${path}`]: [200, { source: bounds(2, 2), map: bounds(3, 3), sink: bounds(1, 2) }],
      [`PUT ${path}`]: [200, {}],
    });
    expect(await on.jobs.require?.(CLUSTER, JOB, { map: 6 })).toEqual({ status: "accepted" });
    expect(on.seen.at(-1)).toEqual({
      method: "PUT",
      path,
      body: { source: bounds(2, 2), map: bounds(1, 6), sink: bounds(1, 2) },
    });
  });

  test("where an early 1.18 tells nothing, the rest of the map is what runs", async () => {
    const on = flink({ [`GET ${path}`]: [200, {}], [`PUT ${path}`]: [200, {}] });
    await on.jobs.require?.(CLUSTER, JOB, { map: 6 });
    expect(on.seen.at(-1)?.body).toEqual({ source: bounds(1, 2), map: bounds(1, 6), sink: bounds(1, 2) });
  });

  test.each<[string, Answer, RegExp]>([
    [
      "more than the maximum",
      [400, { errors: ["o.x.RestHandlerException: exceeds its maximum parallelism 1."] }],
      /maximum parallelism 1/,
    ],
    [
      "a scheduler without",
      [500, { errors: ["java.lang.UnsupportedOperationException: The DefaultScheduler does not support it"] }],
      /DefaultScheduler/,
    ],
  ])("%s is refused in Flink's words", async (_, answer, why) => {
    const on = flink({ [`GET ${path}`]: [200, { map: bounds(1, 2) }], [`PUT ${path}`]: answer });
    expect(await on.jobs.require?.(CLUSTER, JOB, { map: 6 })).toMatchObject({
      status: "refused",
      why: expect.stringMatching(why),
    });
  });

  test.each<[string, number, string]>([
    ["has no leader", 503, "no leader"],
    ["does not know the job's requirements yet, or at all", 404, "Job not found"],
  ])("of a cluster that %s: an error that may pass, and nothing is put on half a map", async (_, status, said) => {
    const on = flink({ [`GET ${path}`]: [status, { errors: [said] }] });
    await expect(on.jobs.require?.(CLUSTER, JOB, { map: 6 })).rejects.toMatchObject({
      code: "jobs.unavailable",
      retryable: true,
    });
    expect(on.seen.map(({ method }) => method)).toEqual(["GET"]);
  });
});
