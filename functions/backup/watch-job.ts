import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { JobCluster, Jobs } from "../../shared/core/ports/jobs.ts";

const ENDED: ReadonlySet<string> = new Set(["FAILED", "CANCELED", "FINISHED"]);
const LOOK_MS = 1_000;

/** Whether a job in this state never runs again. */
export const hasEnded = (state: string): boolean => ENDED.has(state);

/** What became of a job that was started: `runs`: every task of it came up; `ended`; `late`: neither in the time there was. */
export interface Watched {
  readonly status: "runs" | "ended" | "late";
  readonly why: string;
}

/**
 * Looks at a job each second until every task of it runs or it is over. A cluster that does not answer for a while is asked again.
 *
 * @param looks how often at the most
 * @throws HeadgateError `jobs.unavailable` that will not pass
 */
export async function watchJob(
  jobs: Jobs,
  cluster: JobCluster,
  jobId: string,
  { looks, sleep, mayGoOn = () => true }: WatchOptions,
): Promise<Watched> {
  let why = "";
  for (let look = 0; look < looks && mayGoOn(); look += 1) {
    if (look > 0) await sleep(LOOK_MS);
    try {
      const is = await jobs.describe(cluster, jobId);
      const failure = is?.failure === undefined ? "" : `: ${is.failure}`;
      if (is && hasEnded(is.state)) return { status: "ended", why: `it is ${is.state}${failure}` };
      if (is?.state === "RUNNING" && is.allRunning) return { status: "runs", why: "every task of it runs" };
      why = is ? `it is ${is.state}${failure}` : "the cluster knows no such job";
    } catch (error) {
      if (!(error instanceof HeadgateError) || !error.retryable) throw error;
      why = error.message;
    }
  }
  return { status: "late", why: `not every task of it came up${why === "" ? "" : `: ${why}`}` };
}

interface WatchOptions {
  readonly looks: number;
  /** Real milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly mayGoOn?: () => boolean;
}
