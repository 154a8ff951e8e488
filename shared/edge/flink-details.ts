import type { JobClusterDetails, JobDetails } from "../core/ports/jobs.ts";
import type { FlinkCall } from "./flink-calls.ts";
import { isRecord } from "./flink-calls.ts";
import { readFlat, readJars, readMaxParallelism, readPlan, readSettings } from "./flink-read.ts";

const some = <T>(name: string, value: T | undefined): Readonly<Record<string, T>> =>
  value === undefined ? {} : { [name]: value };

/** The body of an answer that is one; undefined where it cannot be had. */
const asked = async (call: FlinkCall, path: string): Promise<unknown> => {
  const answer = await call("GET", path).catch(() => undefined);
  return answer?.status === 200 ? answer.body : undefined;
};

/** How a job was made. Rejects with `jobs.unavailable` only where the cluster does not answer at all. */
export async function flinkDetails(call: FlinkCall, jobId: string): Promise<JobDetails | undefined> {
  const job = await call("GET", `/jobs/${jobId}`);
  if (job.status === 404) return undefined;
  const [config, checkpoints, plan] = await Promise.all(
    ["config", "checkpoints/config", "plan"].map((what) => asked(call, `/jobs/${jobId}/${what}`)),
  );
  const execution = isRecord(config) ? config["execution-config"] : undefined;
  return {
    ...some("maxParallelism", readMaxParallelism(job.body)),
    configuration: { ...readFlat(execution, "execution"), ...readFlat(checkpoints, "checkpoints") },
    vertices: readPlan(plan),
  };
}

export async function aboutFlink(call: FlinkCall): Promise<JobClusterDetails> {
  const config = await call("GET", "/config");
  const [settings, jars] = await Promise.all(["/jobmanager/config", "/jars"].map((path) => asked(call, path)));
  const version = isRecord(config.body) ? config.body["flink-version"] : undefined;
  return {
    ...some("version", typeof version === "string" && version !== "" ? version : undefined),
    settings: readSettings(settings),
    jars: readJars(jars),
  };
}
