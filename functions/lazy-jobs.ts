import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Jobs } from "../shared/core/ports/jobs.ts";
import type { HttpClientOptions } from "../shared/edge/http-client.ts";

/** Flink clusters; what asks them is loaded at the first question. A failed attempt to load is not kept. */
export function lazyJobs(options: HttpClientOptions): Jobs {
  let made: Promise<Jobs> | undefined;
  const make = async (): Promise<Jobs> => {
    try {
      const { flinkJobs, httpClient } = await import("./flink-cluster.ts");
      return flinkJobs({ http: httpClient(options), ...options });
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
  const jobs = () => (made ??= make());
  return {
    list: async (cluster) => (await jobs()).list(cluster),
    describe: async (cluster, jobId) => (await jobs()).describe(cluster, jobId),
    triggerSavepoint: async (cluster, request) => (await jobs()).triggerSavepoint(cluster, request),
    savepoint: async (cluster, jobId, triggerId) => (await jobs()).savepoint(cluster, jobId, triggerId),
    run: async (cluster, request) => (await jobs()).run(cluster, request),
    check: async (cluster, request) => (await jobs()).check(cluster, request),
    cancel: async (cluster, jobId) => (await jobs()).cancel(cluster, jobId),
    details: async (cluster, jobId) => (await jobs()).details(cluster, jobId),
    about: async (cluster) => (await jobs()).about(cluster),
    slots: async (cluster) => {
      const made = await jobs();
      if (!made.slots) throw new HeadgateError("jobs.unavailable", "slots are not told");
      return made.slots(cluster);
    },
    scaling: async (cluster, jobId) => {
      const made = await jobs();
      if (!made.scaling) throw new HeadgateError("jobs.unavailable", "jobs are not told for scaling");
      return made.scaling(cluster, jobId);
    },
    require: async (cluster, jobId, parallelism) => {
      const made = await jobs();
      if (!made.require) throw new HeadgateError("jobs.unavailable", "parallelism cannot be asked for");
      return made.require(cluster, jobId, parallelism);
    },
    upload: async (cluster, file) => (await jobs()).upload(cluster, file),
  };
}
