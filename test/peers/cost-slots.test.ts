import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { slotsByJob } from "../../functions/cost/flink-slots.ts";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { eventually } from "../contract/streams-kit.ts";
import { type FlinkCluster, missingFlink, startFlink } from "./flink.ts";

const skipped = missingFlink();
const jobs = flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true });
let cluster: FlinkCluster;
beforeAll(async () => {
  if (skipped === undefined) cluster = await startFlink();
});
afterAll(async () => cluster?.stop());

test.skipIf(skipped !== undefined)(
  `a real Flink cluster says which job has which slots, and which are free${skipped === undefined ? "" : ` [skipped: ${skipped}]`}`,
  async () => {
    const at = { url: cluster.url };
    const free = await slotsByJob(jobs, cluster.url);
    const total = free[""] ?? 0;
    expect(total).toBeGreaterThan(0);
    expect(Object.keys(free)).toEqual([""]);
    const jarId = await jobs.upload(at, cluster.jar);
    const jobId = `${process.pid.toString(16)}01`.padStart(32, "c");
    const args = ["--out", join(cluster.folder, "slots"), "--name", "slotted"];
    const begun = await jobs.run(at, {
      jarId,
      jobId,
      entryClass: "Numbers",
      arguments: args,
      parallelism: 1,
      allowNonRestored: false,
    });
    expect(begun).toEqual({ status: "accepted", jobId });
    await eventually(async () => (await jobs.describe(at, jobId))?.allRunning, "the job runs");
    expect(await slotsByJob(jobs, cluster.url)).toEqual({ slotted: 1, "": total - 1 });
    await jobs.cancel(at, jobId);
    await eventually(async () => (await slotsByJob(jobs, cluster.url))[""] === total, "its slot is free again");
  },
  60_000,
);
