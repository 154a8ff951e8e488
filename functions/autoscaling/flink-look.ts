import type { FlinkJobRef, FlinkLook } from "../../shared/core/autoscaling/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { SavepointStatus } from "../../shared/core/kernel/jobs.ts";
import type { JobState, Jobs } from "../../shared/core/ports/jobs.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

type Listed = Awaited<ReturnType<Jobs["list"]>>;

/** What a look has to read beside the job of this name, see `wanted` of the machine. */
interface Wanted {
  readonly jobIds: readonly string[];
  readonly savepoint?: { readonly jobId: string; readonly triggerId: string };
}

/** Jobs of a cluster; services on the same one share the answer. */
export type ListJobs = (url: string) => Promise<Listed>;

const OVER: ReadonlySet<JobState> = new Set(["FAILED", "CANCELED", "FINISHED", "SUSPENDED"]);

/** Asks each cluster once. */
export function listOnce(jobs: Jobs): ListJobs {
  const asked = new Map<string, Promise<Listed>>();
  return (url) => {
    const before = asked.get(url);
    if (before) return before;
    const fresh = jobs.list({ url });
    asked.set(url, fresh);
    return fresh;
  };
}

/** Whether a cluster's name of a job is the configured one; a `*` at its end stands for the rest. */
export const isCalled = (name: string, job: string): boolean =>
  job.endsWith("*") ? name.startsWith(job.slice(0, -1)) : name === job;

/** The job of a service: the first of those that are waited for, else the one of this name that runs. `why`: there is none, or more than one. */
export function jobOf(
  listed: Listed,
  ref: Pick<FlinkJobRef, "job">,
  waited: readonly string[] = [],
): { readonly id: string } | { readonly why: string; readonly gone?: true } {
  const own = waited.find((id) => listed.some((one) => one.id === id));
  if (own !== undefined) return { id: own };
  const called = listed.filter(({ name }) => isCalled(name, ref.job));
  const live = called.filter(({ state }) => !OVER.has(state));
  const [first] = live;
  if (first && live.length === 1) return { id: first.id };
  if (live.length > 1)
    return { why: `${live.length} jobs called ${JSON.stringify(ref.job)} run: which one is meant is not known` };
  const states = [...new Set(called.map(({ state }) => state))].join(", ");
  const is = called.length === 0 ? "there is none" : `the cluster lists ${states} only`;
  return { why: `no job called ${JSON.stringify(ref.job)} runs: ${is}`, gone: true };
}

/** Jobs under the name of a service that are not over, but for one. */
export const othersAlive = (listed: Listed, { job }: Pick<FlinkJobRef, "job">, but: string): readonly string[] =>
  listed.flatMap(({ id, name, state }) => (id !== but && isCalled(name, job) && !OVER.has(state) ? [id] : []));

/** Looks at the job once. Whatever cannot be read is in `why`, so that the decision holds with a reason and is recorded. */
export async function lookAtJob(
  runtime: Pick<Runtime, "jobs" | "telemetry">,
  service: string,
  ref: FlinkJobRef,
  { jobIds, savepoint: waited }: Wanted,
  list?: ListJobs,
): Promise<FlinkLook> {
  const { jobs } = runtime;
  const nothing = (why: string, more: Partial<FlinkLook> = {}): FlinkLook => ({
    ...{ kind: "look", service, seen: undefined, why },
    ...more,
  });
  if (!jobs?.scaling) return nothing("no Flink cluster can be asked here");
  const cluster = { url: ref.url };
  const failed = (what: string, error: unknown): string => {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", `${what}; the job holds`, { service, error: message });
    return message;
  };
  const [listed, savepoint] = await Promise.all([
    (list ?? listOnce(jobs))(ref.url).catch((error: unknown) => failed("jobs could not be listed", error)),
    waited ? savepointOf(jobs, ref.url, waited).catch(() => undefined) : undefined,
  ]);
  const told = savepoint ? { savepoint } : {};
  if (typeof listed === "string") return nothing(listed, told);
  const found = jobOf(listed, ref, jobIds);
  if (!("id" in found)) return nothing(found.why, { ...(found.gone ? { gone: true } : {}), ...told });
  try {
    const seen = await within(PATIENCE_MS, jobs.scaling(cluster, found.id));
    if (!seen) return nothing(`job ${found.id} is gone`, { gone: true, ...told });
    const beside = othersAlive(listed, ref, found.id).filter((id) => jobIds.includes(id));
    return { kind: "look", service, seen, ...(beside.length > 0 ? { beside } : {}), ...told };
  } catch (error) {
    return nothing(failed("the job could not be read", error), told);
  }
}

/** A cluster that answers slowly must not take the time of the services beside it; the tick has 55 s for all. Real ms. */
const PATIENCE_MS = 20_000;

async function within<T>(patienceMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const slow = () =>
      reject(new HeadgateError("jobs.unavailable", "the cluster did not answer in time", { retryable: true }));
    timer = setTimeout(slow, patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const savepointOf = (
  jobs: Jobs,
  url: string,
  { jobId, triggerId }: NonNullable<Wanted["savepoint"]>,
): Promise<SavepointStatus> => jobs.savepoint({ url }, jobId, triggerId);
