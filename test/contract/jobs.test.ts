import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flinkJobs } from "../../shared/edge/flink-rest.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { type FlinkWire, flinkWire } from "../fakes/flink-wire.ts";
import { jobsContract } from "./jobs.ts";

const QUICK = { startMs: 6, savepointMs: 4, cancelMs: 4, checkpointMs: 4, rates: { "a job": 20_000 } };
const http = httpClient({ allowLocal: true });
const ids = () => {
  let next = 0;
  return () => (++next).toString(16).padStart(32, "a");
};

jobsContract("Flink's REST API on the wire", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-jobs-"));
  const file = (name: string, text: string) => {
    mkdirSync(join(folder, text.replace(/\W/g, "")), { recursive: true });
    const path = join(folder, text.replace(/\W/g, ""), name);
    writeFileSync(path, text);
    return path;
  };
  const wire = await flinkWire(Date.now, QUICK);
  return {
    jobs: flinkJobs({ http, allowLocal: true, sleep: async () => {} }),
    cluster: { url: `${wire.endpoint}/` },
    good: file("orders.jar", "a job"),
    sameNameOtherContent: file("orders.jar", "a job, built anew"),
    broken: file("other.jar", "broken"),
    name: "orders",
    entryClass: "Job",
    arguments: ["--rate", "100"],
    savepoints: "file:/savepoints",
    unwritable: "file:/unwritable/savepoints",
    id: ids(),
    pauseMs: 2,
    breakDown: () => wire.close(),
    close: async () => {
      await wire.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe("Flink's REST API, beyond the contract", () => {
  let wire: FlinkWire;
  const jobs = flinkJobs({ http, allowLocal: true, sleep: async () => {} });
  const ID = "a".repeat(32);
  const answer = (status: number, body: unknown) => ({ status, body: JSON.stringify(body) });
  beforeEach(async () => {
    wire = await flinkWire(Date.now, QUICK);
  });
  afterEach(() => wire.close());
  const running = () => {
    wire.flink.submit({ id: "j", name: "j", text: "a job" }, ID, "orders");
    wire.flink.faults.startMs = 0;
    return { url: wire.endpoint };
  };

  test("a savepoint is asked for in Flink's words: never with cancel, never drained, with the caller's trigger", async () => {
    const cluster = running();
    const request = { jobId: ID, triggerId: "b".repeat(32), directory: "s3://b/_entropy_/s" };
    await jobs.triggerSavepoint(cluster, request);
    await jobs.triggerSavepoint(cluster, { ...request, stop: true });
    expect(wire.seen.map(({ method, url, body }) => [method, url.pathname, JSON.parse(body)])).toEqual([
      [
        "POST",
        `/jobs/${ID}/savepoints`,
        {
          "target-directory": request.directory,
          "cancel-job": false,
          formatType: "CANONICAL",
          triggerId: request.triggerId,
        },
      ],
      [
        "POST",
        `/jobs/${ID}/stop`,
        { targetDirectory: request.directory, drain: false, formatType: "CANONICAL", triggerId: request.triggerId },
      ],
    ]);
  });

  test("a job starts with NO_CLAIM in the words of every version, so that the savepoint stays ours", async () => {
    const cluster = running();
    wire.inject(answer(200, { jobid: ID }));
    await jobs.run(cluster, {
      jarId: "x y.jar",
      jobId: ID,
      arguments: ["a b"],
      savepointPath: "s3://b/s",
      allowNonRestored: true,
    });
    const [{ url, body }] = wire.seen as [(typeof wire.seen)[number]];
    expect(url.pathname).toBe("/jars/x%20y.jar/run");
    expect(JSON.parse(body)).toEqual({
      jobId: ID,
      programArgsList: ["a b"],
      savepointPath: "s3://b/s",
      claimMode: "NO_CLAIM",
      restoreMode: "NO_CLAIM",
      allowNonRestoredState: true,
    });
  });

  test.each(["Job", "Application"])(
    "an id that is taken is accepted in the words of Duplicate%sSubmissionException",
    async (word) => {
      const text = `o.a.f.FlinkException: no\n\tat x\nCaused by: org.apache.flink.runtime.client.Duplicate${word}SubmissionException: taken.`;
      wire.inject(answer(400, { errors: [text] }));
      const request = { jarId: "j", jobId: ID, arguments: [], allowNonRestored: false };
      expect(await jobs.run({ url: wire.endpoint }, request)).toEqual({ status: "accepted", jobId: ID });
    },
  );

  test("a job manager without a leader, a page of a proxy and a broken answer are errors that may pass, no refusals", async () => {
    const cluster = { url: wire.endpoint };
    const request = { jarId: "j", jobId: ID, arguments: [], allowNonRestored: false };
    const passing = { code: "jobs.unavailable", retryable: true };
    wire.inject(answer(503, { errors: ["Service temporarily unavailable due to an ongoing leader election."] }));
    await expect(jobs.run(cluster, request)).rejects.toMatchObject(passing);
    wire.inject(answer(500, { errors: ["java.util.concurrent.TimeoutException: Invocation timed out"] }));
    await expect(jobs.run(cluster, request)).rejects.toMatchObject(passing);
    wire.inject({ status: 502, body: "<html>bad gateway</html>" });
    await expect(jobs.list(cluster)).rejects.toMatchObject(passing);
    wire.inject({ status: 200, body: '{"jobs":[', drop: "half way" });
    await expect(jobs.list(cluster)).rejects.toMatchObject(passing);
    wire.inject({ status: 404, body: "<html>not here</html>" });
    await expect(jobs.list(cluster)).rejects.toMatchObject({ code: "jobs.unavailable", retryable: false });
  });

  test("a state that is not known counts as one that may write", async () => {
    wire.inject(answer(200, { jobs: [{ jid: ID, name: "orders", state: "DREAMING" }] }));
    expect(await jobs.list({ url: wire.endpoint })).toEqual([{ id: ID, name: "orders", state: "RECONCILING" }]);
  });

  test("what metrics and checkpoints do not tell is absent, not zero", async () => {
    const cluster = running();
    const vertices = [{ id: "v", name: "x", parallelism: 1, tasks: { RUNNING: 1 } }];
    wire.inject(answer(200, { jid: ID, name: "orders", state: "RUNNING", vertices }));
    wire.inject(answer(500, { errors: ["x"] }), 3);
    const job = await jobs.describe(cluster, ID);
    expect(job).toEqual({ id: ID, name: "orders", state: "RUNNING", parallelism: 1, allRunning: true });
  });

  test("tasks that do not all run are not all running", async () => {
    const cluster = running();
    const vertices = [{ id: "v", name: "x", parallelism: 4, tasks: { RUNNING: 3, SCHEDULED: 1 } }];
    wire.inject(answer(200, { jid: ID, name: "orders", state: "RUNNING", vertices }));
    expect(await jobs.describe(cluster, ID)).toMatchObject({ allRunning: false });
  });
});
