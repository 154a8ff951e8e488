import { error, inside, json, trace } from "./flink-answers.ts";
import { type FakeFlink, type FakeJob, type FlinkFaults, fakeFlink } from "./flink-cluster.ts";
import { managers, requirements, slots } from "./flink-rescaling.ts";
import { type HttpAnswer, type HttpSeen, type HttpWire, httpWire } from "./http-wire.ts";

export interface FlinkWire extends HttpWire {
  readonly flink: FakeFlink;
}

/** Flink's REST API over a fake cluster: paths, bodies, statuses and error texts as 1.20 and 2.3 answer them. */
export async function flinkWire(now: () => number = Date.now, faults: Partial<FlinkFaults> = {}): Promise<FlinkWire> {
  const flink = fakeFlink(now, faults);
  const wire = await httpWire((request) => answer(flink, request));
  return { ...wire, flink };
}

function answer(flink: FakeFlink, { method, url, body }: HttpSeen): HttpAnswer {
  const path = url.pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const [top, id = "", what, more, ...rest] = path;
  if (top === "jars") return jars(flink, method, id, what, body);
  if (top === "config") return json(200, { "refresh-interval": 3000, "flink-version": "2.3.0" });
  if (top === "jobmanager" && id === "config")
    return json(
      200,
      Object.entries(flink.settings).map(([key, value]) => ({ key, value })),
    );
  if (top === "overview") return json(200, slots(flink));
  if (top === "taskmanagers" && id === "metrics") return json(200, managers(url.searchParams.get("get")));
  if (top !== "jobs") return json(404, { errors: [`Not found: ${url.pathname}`] });
  if (id === "overview") return json(200, { jobs: [...flink.jobs.values()].map((job) => overview(flink, job)) });
  const job = flink.jobs.get(id);
  if (method === "PATCH") {
    const done = flink.cancel(id);
    if (done === "unknown") return error(404, "runtime.rest.handler.RestHandlerException: Job could not be found.");
    return done === "over"
      ? error(
          409,
          "runtime.rest.handler.RestHandlerException: Job cancellation failed because the job has already reached another terminal state (FINISHED).",
        )
      : json(202, {});
  }
  if (what === "savepoints" || what === "stop") return savepoints(flink, method, id, what, more, body);
  if (!job) return error(404, `runtime.rest.NotFoundException: Job ${id} not found`);
  const state = flink.state(job);
  if (what === undefined) return json(200, details(flink, job));
  if (what === "resource-requirements") return requirements(flink, job, method, body);
  if (what === "config")
    return json(200, { jid: id, name: job.name, "execution-config": { "user-config": flink.configuration } });
  if (what === "plan")
    return json(200, {
      plan: { jid: id, nodes: [{ id: "vertex", description: "Source: numbers -&gt; files: Writer<br/>" }] },
    });
  if (what === "checkpoints" && more === "config") return json(200, { mode: "exactly_once", interval: 30_000 });
  if (what === "checkpoints") return json(200, checkpoints(flink, job));
  if (what === "exceptions")
    return json(
      200,
      job.failure === undefined
        ? { exceptionHistory: { entries: [] } }
        : {
            "root-exception": trace("JobException: Recovery is suppressed", job.failure),
            exceptionHistory: { entries: [{ stacktrace: trace("JobException: Recovery is suppressed", job.failure) }] },
          },
    );
  if (what === "metrics")
    return json(
      200,
      url.searchParams.get("get") === "numRestarts" ? [{ id: "numRestarts", value: String(job.restarts) }] : [],
    );
  if (what === "vertices" && rest.join("/") === "subtasks/metrics" && state === "RUNNING")
    return metrics(flink, job, url.searchParams.get("get"), url.searchParams.get("agg"));
  return json(404, { errors: [`Not found: ${url.pathname}`] });
}

function jars(flink: FakeFlink, method: string, id: string, what: string | undefined, body: string): HttpAnswer {
  if (method === "GET")
    return json(200, {
      address: "",
      files: [...flink.jars.values()].map(({ id: jar, name }) => ({
        id: jar,
        name,
        uploaded: 1,
        entry: [{ name: "Job", description: null }],
      })),
    });
  if (id === "upload") {
    const name = /filename="([^"]+)"/.exec(body)?.[1];
    const text = /\r\n\r\n([\s\S]*?)\r\n--/.exec(body)?.[1];
    if (name === undefined || text === undefined)
      return json(400, { errors: ["Exactly 1 file must be sent, received 0."] });
    const jar = `${String(flink.jars.size + 1).padStart(8, "0")}-0000-4000-8000-000000000000_${name}`;
    flink.jars.set(jar, { id: jar, name, text });
    return json(200, { filename: `/web/flink-web-upload/${jar}`, status: "success" });
  }
  const jar = flink.jars.get(id);
  if (!jar)
    return inside(`runtime.rest.handler.RestHandlerException: Jar file /web/flink-web-upload/${id} does not exist`);
  const request = JSON.parse(body === "" ? "{}" : body);
  if (jar.text.includes("broken"))
    return inside(
      "client.program.ProgramInvocationException: The program's entry point class 'Job' was not found in the jar file.",
      "java.lang.ClassNotFoundException: Job",
    );
  const name = request.programArgsList?.[request.programArgsList.indexOf("--name") + 1] ?? "orders";
  if (what === "plan")
    return json(200, {
      plan: {
        jid: "0".repeat(32),
        name: request.programArgsList?.includes("--name") ? name : "orders",
        type: "STREAMING",
        nodes: [],
      },
    });
  const from = request.savepointPath;
  if (from !== undefined && (request.claimMode ?? request.restoreMode) !== "NO_CLAIM") flink.disk.delete(from);
  const done = flink.submit(
    jar,
    request.jobId ?? "f".repeat(32),
    request.programArgsList?.includes("--name") ? name : "orders",
    from,
    request.parallelism,
  );
  const failed = ["util.FlinkException: Failed to execute job 'orders'."] as const;
  if (done === "taken")
    return error(
      400,
      ...failed,
      "org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted.",
    );
  if (done !== "accepted") return error(400, ...failed, `java.io.${done.why}`);
  return json(200, { jobid: request.jobId });
}

function savepoints(
  flink: FakeFlink,
  method: string,
  id: string,
  what: string,
  trigger: string | undefined,
  body: string,
): HttpAnswer {
  if (method === "POST") {
    const { triggerId, targetDirectory, "target-directory": directory } = JSON.parse(body);
    const to = targetDirectory ?? directory;
    if (!to)
      return error(
        400,
        "runtime.rest.handler.RestHandlerException: Config key [execution.checkpointing.savepoint-dir] is not set. Property [target-directory] must be provided.",
      );
    flink.trigger(id, triggerId, to, what === "stop");
    return json(202, { "request-id": triggerId });
  }
  const found = flink.operation(id, trigger ?? "");
  if (!found)
    return error(
      404,
      `runtime.rest.handler.RestHandlerException: There is no savepoint operation with triggerId=${trigger} for job ${id}.`,
    );
  if (!found.result) return json(200, { status: { id: "IN_PROGRESS" }, operation: null });
  const operation =
    "path" in found.result
      ? { location: found.result.path }
      : {
          "failure-cause": {
            class: "java.util.concurrent.CompletionException",
            "stack-trace": trace(
              "runtime.checkpoint.CheckpointException: An Exception occurred while triggering the checkpoint.",
              `java.io.${found.result.why}`,
            ),
            "serialized-throwable": "rO0A",
          },
        };
  return json(200, { status: { id: "COMPLETED" }, operation });
}

const overview = (flink: FakeFlink, job: FakeJob) => ({
  jid: job.id,
  name: job.name,
  state: flink.state(job),
  "start-time": job.startedAt,
  "end-time": -1,
});

function details(flink: FakeFlink, job: FakeJob) {
  const state = flink.state(job);
  const running = flink.runs(job);
  const complete = running && flink.faults.untold !== true;
  const vertices =
    job.ending?.state === "FAILED" && job.position === 0 && job.from !== undefined
      ? []
      : [
          {
            id: "vertex",
            name: "Source: numbers -> files: Writer",
            parallelism: job.parallelism,
            maxParallelism: 128,
            status: running ? "RUNNING" : "CREATED",
            "start-time": running ? (job.rescaledAt ?? job.startedAt) : -1,
            tasks: { RUNNING: running ? job.parallelism : 0, CREATED: running ? 0 : job.parallelism, FINISHED: 0 },
            metrics: {
              "read-records": 0,
              "read-records-complete": complete,
              "write-records": 0,
              "write-records-complete": complete,
            },
          },
        ];
  return {
    jid: job.id,
    name: job.name,
    state,
    timestamps: { RUNNING: running ? job.startedAt : 0 },
    vertices,
    plan: { nodes: vertices.map(({ id, parallelism }) => ({ id, parallelism, description: "" })) },
  };
}

function checkpoints(flink: FakeFlink, job: FakeJob) {
  const last = flink.checkpoint(job);
  return {
    counts: {
      restored: job.from === undefined ? 0 : 1,
      total: 0,
      in_progress: 0,
      completed: last?.number ?? 0,
      failed: job.failed,
    },
    latest: {
      completed: last ? { external_path: last.path, latest_ack_timestamp: flink.now(), is_savepoint: false } : null,
      savepoint: job.savepoint === undefined ? null : { external_path: job.savepoint, is_savepoint: true },
      failed: null,
      restored: job.from === undefined ? null : { external_path: job.from, is_savepoint: true },
    },
  };
}

/** One name that is not there, and there is no answer at all: so does the real one. */
function metrics(flink: FakeFlink, job: FakeJob, get: string | null, agg: string | null): HttpAnswer {
  const records = flink.emitted(job);
  const known: Readonly<Record<string, number>> = {
    "Source__numbers.numRecordsIn": 0,
    "Source__numbers.numRecordsOut": records,
    "Source__numbers.pendingRecords": job.jar.text.includes("slow") ? 100_000 : 5,
    "files__Writer.numRecordsSend": records,
    "files__Writer.numRecordsIn": records,
    "files__Writer.numRecordsInPerSecond": 0,
    "Source__numbers.numRecordsInPerSecond": 0,
    "Source__numbers.numRecordsOutPerSecond": 100,
    numRecordsIn: 0,
    numRecordsInPerSecond: 0,
    numRecordsOutPerSecond: 0,
    busyTimeMsPerSecond: 400,
    backPressuredTimeMsPerSecond: 10,
  };
  if (get === null)
    return json(
      200,
      Object.keys(known).map((id) => ({ id })),
    );
  const names = get.split(",");
  return json(
    200,
    names.every((name) => name in known)
      ? names.map((id) => ({
          id,
          ...Object.fromEntries((agg ?? "min,max,avg,sum").split(",").map((aggregate) => [aggregate, known[id]])),
        }))
      : [],
  );
}
