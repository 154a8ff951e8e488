import { error, inside, json } from "./flink-answers.ts";
import type { FakeFlink, FakeJob } from "./flink-cluster.ts";
import type { HttpAnswer } from "./http-wire.ts";

// What whoever scales jobs asks of a cluster.

const HEAP = 200_000_000;

export function slots(flink: FakeFlink) {
  const taken = [...flink.jobs.values()].reduce((sum, job) => sum + (flink.runs(job) ? job.parallelism : 0), 0);
  return { taskmanagers: 1, "slots-total": 8, "slots-available": 8 - taken, "flink-version": "2.3.0" };
}

/** The largest of all task managers, which is the one there is. */
export function managers(get: string | null) {
  const known: Readonly<Record<string, number>> = {
    "Status.JVM.Memory.Heap.Used": HEAP / 4,
    "Status.JVM.Memory.Heap.Max": HEAP,
    "Status.JVM.GarbageCollector.All.TimeMsPerSecond": 50,
  };
  const names = (get ?? "").split(",");
  return names.every((name) => name in known) ? names.map((id) => ({ id, max: known[id] })) : [];
}

/** The whole map or nothing, as the adaptive scheduler wants it; the default one does not know the question. */
export function requirements(flink: FakeFlink, job: FakeJob, method: string, body: string): HttpAnswer {
  if (!flink.faults.adaptive)
    return inside(
      "x.UnsupportedOperationException: The DefaultScheduler does not support changing the parallelism without a job restart. This feature is currently only expected to work with the AdaptiveScheduler.",
    );
  const vertex = { parallelism: { lowerBound: 1, upperBound: job.parallelism } };
  if (method === "GET") return json(200, { vertex });
  const wanted = JSON.parse(body).vertex?.parallelism?.upperBound;
  if (wanted === undefined)
    return error(
      400,
      "runtime.rest.handler.RestHandlerException: The request is incomplete, missing job vertex [vertex] resource requirements.",
    );
  if (wanted > 128)
    return error(
      400,
      `runtime.rest.handler.RestHandlerException: The newly requested parallelism ${wanted} for the job vertex vertex exceeds its maximum parallelism 128.`,
    );
  flink.rescale(job, wanted);
  return json(200, {});
}
