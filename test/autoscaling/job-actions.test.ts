import { describe, expect, test } from "vitest";
import { performJob } from "../../functions/autoscaling/flink-perform.ts";
import { targetsOf } from "../../functions/autoscaling/targets.ts";
import type { FlinkScalingAction } from "../../shared/core/autoscaling/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE } from "../api/kit.ts";
import { AGAIN, ID, type Options, place, tenant, yaml } from "./job-kit.ts";

describe("actions of a job's controller", () => {
  const performing = async (options: Options = {}, record: Partial<DecisionRecord> = {}) => {
    const p = await place(options);
    const current = await currentConfig(p.runtime, tenant);
    const [target] = current ? targetsOf(current.config, ["orders"]) : [];
    if (!current || !target?.flink) throw new Error("no target");
    const made = { at: p.w.clock.now(), configVersion: current.version, ...record } as DecisionRecord;
    const on = { tenant, target: { ...target, flink: target.flink }, configVersion: current.version, record: made };
    const perform = (action: FlinkScalingAction) => performJob(p.runtime, on, action);
    return { ...p, perform };
  };
  const require = { type: "require", key: "k", jobId: ID, parallelism: { vertex: 4 } } as const;
  const stop = { type: "stop_with_savepoint", key: "k", jobId: ID, triggerId: "b".repeat(32) } as const;
  const run = { type: "run", key: "k", jobId: "d".repeat(32), parallelism: 2, savepoint: "s3://b/sp/none" } as const;

  test("doing one twice leaves the world as doing it once", async () => {
    const p = await performing({ config: yaml(AGAIN) });
    for (let times = 0; times < 2; times += 1) expect(await p.perform(require)).toMatchObject({ status: "done" });
    expect(p.flink.jobs.get(ID)).toMatchObject({ parallelism: 4, restarts: 1 });
    p.w.clock.advance(MINUTE);
    for (let times = 0; times < 2; times += 1) expect(await p.perform(stop)).toMatchObject({ status: "done" });
    p.w.clock.advance(MINUTE);
    const taken = await p.runtime.jobs?.savepoint({ url: "" }, ID, stop.triggerId);
    const path = taken?.status === "completed" ? taken.path : undefined;
    const again = { ...run, savepoint: path ?? "" };
    for (let times = 0; times < 2; times += 1) expect(await p.perform(again)).toMatchObject({ status: "done" });
    expect([...p.flink.jobs.keys()]).toEqual([ID, run.jobId]);
  });

  test.each([
    ["of an older configuration", { configVersion: "other" }],
    ["of long ago", { at: 0 }],
  ])("a beginning %s is left alone, unless it was made then", async (_, record) => {
    const p = await performing({ config: yaml(AGAIN) }, record);
    expect(await p.perform(require)).toMatchObject({ status: "skipped" });
    expect(await p.perform(stop)).toMatchObject({ status: "skipped" });
    expect(p.flink.jobs.get(ID)?.parallelism).toBe(1);
    p.flink.trigger(ID, stop.triggerId, "s3://b/sp", true);
    expect(await p.perform(stop)).toMatchObject({ status: "done" });
  });

  test("a parallelism that was asked for before its worker died counts as done", async () => {
    const p = await performing({}, { configVersion: "other" });
    const job = p.flink.jobs.get(ID);
    if (job) p.flink.rescale(job, 4);
    expect(await p.perform(require)).toMatchObject({ status: "done" });
  });

  test("a stopped job is started again however long ago that was decided", async () => {
    const p = await performing({ config: yaml(AGAIN) }, { at: 0, configVersion: "other" });
    p.flink.disk.set(run.savepoint, 10);
    p.flink.cancel(ID);
    p.w.clock.advance(MINUTE);
    expect(await p.perform(run)).toMatchObject({ status: "done", values: { jobId: run.jobId } });
  });

  test("nothing is run beside a job of the name that is not over", async () => {
    const p = await performing({ config: yaml(AGAIN) });
    p.flink.disk.set(run.savepoint, 10);
    const skipped = { status: "skipped", detail: expect.stringContaining(`${ID} is not over`) };
    expect(await p.perform(run)).toMatchObject(skipped);
    p.flink.cancel(ID);
    expect(await p.perform(run)).toMatchObject(skipped);
    p.w.clock.advance(MINUTE);
    p.flink.submit({ id: "jar", name: "x.jar", text: "another job" }, "e".repeat(32), "other");
    expect(await p.perform(run)).toMatchObject({ status: "done" });
  });

  test("what Flink refuses, and what is not configured, is refused in words", async () => {
    const p = await performing({ adaptive: false });
    expect(await p.perform(require)).toMatchObject({ status: "refused", detail: expect.stringContaining("Scheduler") });
    expect(await p.perform(stop)).toMatchObject({ status: "refused", detail: expect.stringContaining("savepoints") });
    expect(await p.perform(run)).toMatchObject({ status: "refused", detail: expect.stringContaining("no jar") });
    const q = await performing({ config: yaml(AGAIN) });
    q.flink.cancel(ID);
    q.w.clock.advance(MINUTE);
    expect(await q.perform(run)).toMatchObject({ status: "refused", detail: expect.stringContaining("Cannot find") });
  });

  test("what may pass is tried again later, what cannot is a refusal", async () => {
    let dead = false;
    const p = await performing({ dead: () => dead });
    dead = true;
    await expect(p.perform(require)).rejects.toMatchObject({ code: "jobs.unavailable", retryable: true });
    const jobs = {
      ...p.runtime.jobs,
      require: async () => Promise.reject(new HeadgateError("jobs.unavailable", "not a Flink", { retryable: false })),
    } as unknown as NonNullable<Runtime["jobs"]>;
    const q = await performing();
    const current = await currentConfig(q.runtime, tenant);
    const [target] = current ? targetsOf(current.config, ["orders"]) : [];
    if (!target?.flink) throw new Error("no target");
    const record = { at: q.w.clock.now(), configVersion: "v" } as DecisionRecord;
    const on = { tenant, target: { ...target, flink: target.flink }, configVersion: "v", record };
    expect(await performJob({ ...q.runtime, jobs }, on, require)).toMatchObject({ status: "refused" });
  });

  test("a cancelled job that is over already is done; an action of a newer version is left alone", async () => {
    const p = await performing();
    for (let times = 0; times < 2; times += 1)
      expect(await p.perform({ type: "cancel", key: "k", jobId: ID })).toMatchObject({ status: "done" });
    expect(await p.perform({ type: "later", key: "k" } as never)).toMatchObject({ status: "skipped" });
  });
});
