import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { FleetStatus, ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { JobStatus, Jobs } from "../../shared/core/ports/jobs.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { jobOf, type ListJobs, listOnce } from "./flink-look.ts";

/** Jobs asked about at once, and how long a page waits for a cluster that does not answer (real ms). */
const AT_ONCE = 10;
const PATIENCE_MS = 2 * SECOND_MS;

const COMING = /^(INITIALIZING|CREATED|RESTARTING|RECONCILING)$/;

/** A job as the counts of a service: its parallelism is what is desired, and it runs when every task does. Undefined: the cluster does not tell. */
function statusOf({ state, parallelism, allRunning, failure }: JobStatus, at: number): FleetStatus | undefined {
  if (parallelism === undefined) return undefined;
  const ready = state === "RUNNING" && allRunning ? parallelism : 0;
  const trouble = failure ?? (state === "RUNNING" || COMING.test(state) ? undefined : `the job is ${state}`);
  return {
    ...{ desired: parallelism, pending: parallelism - ready, running: ready, ready },
    ...{ deploying: false, instances: [], at },
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** How the jobs among these services are, by name; what does not answer soon is left out and shown as unknown. */
export async function jobStatuses(
  runtime: Pick<Runtime, "jobs" | "now" | "sleep" | "telemetry">,
  refs: readonly ServiceRef[],
): Promise<ReadonlyMap<string, FleetStatus>> {
  const { jobs } = runtime;
  const asked = refs.filter((ref) => ref.flink);
  if (!jobs || asked.length === 0) return new Map();
  const list = listOnce(jobs);
  const all = await bounded(asked, AT_ONCE, async (ref) => {
    const status = await Promise.race([
      statusOfJob(jobs, ref, list, runtime.now).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        runtime.telemetry.log("warn", "job could not be read", { service: ref.name, error: message });
        return undefined;
      }),
      runtime.sleep(PATIENCE_MS).then(() => undefined),
    ]);
    return status ? ([[ref.name, status]] as const) : [];
  });
  return new Map(all.flat());
}

async function statusOfJob(
  jobs: Jobs,
  { flink }: ServiceRef,
  list: ListJobs,
  now: () => number,
): Promise<FleetStatus | undefined> {
  if (!flink) return undefined;
  const found = jobOf(await list(flink.url), flink);
  if (!("id" in found)) return undefined;
  const job = await jobs.describe({ url: flink.url }, found.id);
  return job && statusOf(job, now());
}
