import { describe, expect, test } from "vitest";
import { command, evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { runJob } from "../../functions/autoscaling/flink.ts";
import { isCalled, jobOf, type ListJobs } from "../../functions/autoscaling/flink-look.ts";
import { lookAgain } from "../../functions/autoscaling/look-again.ts";
import { tick } from "../../functions/autoscaling/schedule.ts";
import { targetsOf } from "../../functions/autoscaling/targets.ts";
import { summaryOf } from "../../functions/decisions/summary.ts";
import { machines } from "../../functions/machines.ts";
import { stateLine, summarize } from "../../functions/services/summarize.ts";
import type { JobState } from "../../shared/core/ports/jobs.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE } from "../api/kit.ts";
import { AGAIN, api, ID, place, tenant, yaml } from "./job-kit.ts";

describe("a service that is a job on Flink", () => {
  test("is looked at through its cluster, by its name, and decided by its own machine; no fleet and no samples are asked", async () => {
    const p = await place();
    const fleet = {
      describe: async () => Promise.reject(new Error("asked")),
      setDesired: p.w.runtime.fleet.setDesired,
    };
    const samples = { read: async () => Promise.reject(new Error("asked")) };
    const [one] = await evaluateServices({ ...p.runtime, fleet, samples }, { tenant, trigger: api });
    expect(one?.error).toBeUndefined();
    expect(one?.result?.reason).toBe("held_window");
    expect(p.calls).toEqual(["list", "scaling"]);
    expect(p.w.lines.filter((line) => line.includes("could not be read"))).toEqual([]);
  });

  test("a person's override is carried out in place, seen through, and every decision is recomputed from its record", async () => {
    const p = await place();
    await p.look();
    expect((await p.override(4)).reason).toBe("override_set");
    const asked = await p.look();
    expect(asked?.record?.actions).toMatchObject([{ type: "require", jobId: ID, parallelism: { vertex: 4 } }]);
    expect(asked?.results).toMatchObject([{ status: "done", detail: "parallelism asked for: vertex 4" }]);
    expect(p.flink.jobs.get(ID)?.parallelism).toBe(4);
    // Before the next tick, because a rescale is under way.
    expect(p.w.timers.waiting().at(-1)).toMatchObject({ key: { subject: "orders" } });
    for (let looks = 0; looks < 4; looks += 1) {
      p.w.clock.advance(10_000);
      await p.look();
    }
    const { items } = await p.runtime.journal.list({ tenant, subject: "orders" });
    expect(items.map(({ reason }) => reason)).toContain("rescaled");
    const decided = items.find(({ actions }) => actions.some(({ type }) => type === "require"));
    expect(decided && summaryOf(decided)).toMatchObject({
      ...{ from: 1, desired: 4, acted: true },
      sentence: expect.stringMatching(/^orders: parallelism 1 → 4, because /),
    });
    for (const record of items) expect(await replayWith(machines, record)).toEqual({ same: true });
  });

  test("without the adaptive scheduler it is stopped with a savepoint and run again with what is configured", async () => {
    const p = await place({ adaptive: false, config: yaml(AGAIN) });
    await p.look();
    await p.override(3);
    expect((await p.look())?.record?.actions).toMatchObject([{ type: "stop_with_savepoint", jobId: ID }]);
    for (let looks = 0; looks < 8; looks += 1) {
      p.w.clock.advance(10_000);
      await p.look();
    }
    const live = [...p.flink.jobs.values()].filter((job) => p.flink.state(job) === "RUNNING");
    expect(live).toMatchObject([{ parallelism: 3, from: expect.stringContaining("s3://b/sp/savepoint-") }]);
    const { items } = await p.runtime.journal.list({ tenant, subject: "orders" });
    const run = items.find(({ actions }) => actions[0]?.type === "run");
    expect(run?.outcomes[0]?.results).toMatchObject([{ status: "done", values: { jobId: live[0]?.id } }]);
  });

  type Port = NonNullable<Runtime["jobs"]>;
  /** Stopped, and refused where it is run with its new parallelism: `submits` says whether it starts all the same, as of a program that throws later. */
  const refusedRun = async (submits: boolean) => {
    const p = await place({ adaptive: false, config: yaml(AGAIN) });
    const port = p.runtime.jobs as Port;
    await p.look();
    await p.override(3);
    const refused: { jobId: string; late: () => Promise<unknown>; listed: Awaited<ReturnType<Port["list"]>> }[] = [];
    const run: Port["run"] = async (at, asked) => {
      if (asked.parallelism !== 3) return port.run(at, asked);
      const late = () => port.run(at, asked);
      refused.push({ jobId: asked.jobId, late, listed: await port.list(at) });
      if (submits) await late();
      return { status: "refused", why: "the program threw" };
    };
    const runtime: Runtime = { ...p.runtime, jobs: { ...port, run } };
    const current = await currentConfig(runtime, tenant);
    const [target] = current ? targetsOf(current.config, ["orders"]) : [];
    if (!current || !target?.flink) throw new Error("no target");
    const of = { ...target, flink: target.flink };
    const look = async (list?: ListJobs) => {
      p.w.clock.advance(10_000);
      return runJob(runtime, of, { tenant, trigger: api, configVersion: current.version, ...(list ? { list } : {}) });
    };
    for (let looks = 0; looks < 9 && refused.length === 0; looks += 1) await look();
    const [first] = refused;
    if (!first) throw new Error("it was never run");
    const alive = () =>
      [...p.flink.jobs.values()].flatMap((job) =>
        /^(FINISHED|CANCELED|FAILED)$/.test(p.flink.state(job)) ? [] : [job.id],
      );
    return { ...p, look, alive, ...first };
  };

  test("a job that was refused and started all the same is seen: no list of before that is believed, and the old one is not run beside it", async () => {
    const p = await refusedRun(true);
    const reasons: (string | undefined)[] = [];
    for (let looks = 0; looks < 8; looks += 1) {
      reasons.push((await p.look(async () => p.listed)).record?.reason);
      expect(p.alive()).toEqual([p.jobId]);
    }
    expect(reasons).toContain("rescaled");
    expect(p.flink.jobs.get(p.jobId)?.parallelism).toBe(3);
  });

  test("one that comes up after the old one was run is cancelled: one runs at the end, and it is known", async () => {
    const p = await refusedRun(false);
    await p.look();
    const [back] = p.alive();
    expect(back).not.toBe(p.jobId);
    await p.late();
    expect(p.alive()).toEqual([back, p.jobId]);
    const reasons: (string | undefined)[] = [];
    while (reasons.length < 8 && !reasons.includes("rescale_rolled_back"))
      reasons.push((await p.look()).record?.reason);
    expect(reasons.at(-1)).toBe("rescale_rolled_back");
    expect(p.alive()).toEqual([back]);
    const { items } = await p.runtime.journal.list({ tenant, subject: "orders" });
    for (const record of items) expect(await replayWith(machines, record)).toEqual({ same: true });
  });

  test("a cluster that does not answer holds, with what it said", async () => {
    let dead = false;
    const p = await place({ dead: () => dead });
    dead = true;
    const held = await p.look();
    expect(held?.reason).toBe("held_no_job");
    expect(p.texts(held?.record)).toContain("nobody answers");
    expect(held?.record?.actions).toEqual([]);
  });

  test("a job that is not there holds and says what the cluster lists", async () => {
    const p = await place();
    p.flink.cancel(ID);
    p.w.clock.advance(MINUTE);
    expect(p.texts((await p.look())?.record)).toContain(
      'no job called "orders*" runs: the cluster lists CANCELED only',
    );
  });

  test("metrics that are not told (complete: false) hold, and are not zeros", async () => {
    const p = await place();
    p.flink.faults.untold = true;
    expect((await p.look())?.reason).toBe("held_incomplete");
  });

  test("no Flink reachable at all holds", async () => {
    const p = await place();
    const { jobs: _, ...without } = p.runtime;
    const [one] = await evaluateServices(without as Runtime, { tenant, trigger: api });
    expect(one?.result?.reason).toBe("held_no_job");
  });

  test("pause and resume work while the cluster is away", async () => {
    let dead = false;
    const p = await place({ dead: () => dead });
    dead = true;
    const input = { kind: "pause", by: "anna", why: "a test", direction: "all" } as const;
    expect((await command(p.runtime, { tenant, service: "orders", trigger: api, input })).reason).toBe("paused");
    const resume = { kind: "resume", by: "anna", why: "over" } as const;
    expect((await command(p.runtime, { tenant, service: "orders", trigger: api, input: resume })).reason).toBe(
      "resumed",
    );
    expect(p.calls).toEqual([]);
  });

  test("the tick finds it every period", async () => {
    const p = await place();
    await p.look();
    p.calls.length = 0;
    p.w.clock.advance(MINUTE + 1_000);
    expect((await tick(p.runtime)).map(({ service }) => service)).toEqual(["orders"]);
    expect(p.calls).toEqual(["list", "scaling"]);
  });

  test("what its state was while it was another kind of service is no reason to fail", async () => {
    const p = await place();
    const key = { tenant, noun: "autoscaling", subject: "orders" };
    const state = {
      v: 1,
      changes: [],
      recommendations: {},
      alarms: {},
      desired: 3,
      watch: {},
      memory: { "0": { wanted: [] } },
    };
    await p.runtime.store.write(key, 0, { state });
    const result = await p.look();
    expect(result?.record?.actions).toEqual([]);
    expect((await p.runtime.store.load(key))?.state).toMatchObject({ kind: "flink" });
  });

  test("one that a new configuration made due is a job's from its first look on", async () => {
    const p = await place({ adaptive: false, config: yaml(AGAIN) });
    await lookAgain(p.runtime, tenant, ["orders"]);
    await p.override(3);
    for (let looks = 0; looks < 8; looks += 1) {
      await p.look();
      p.w.clock.advance(10_000);
    }
    expect([...p.flink.jobs.values()].map(({ parallelism }) => parallelism)).toEqual([1, 3]);
  });

  test("services are listed with what they run on, and a job's parallelism as its count", async () => {
    const p = await place();
    const current = await currentConfig(p.runtime, tenant);
    if (!current) throw new Error("no configuration");
    const never = { ...p.runtime, sleep: () => new Promise<void>(() => {}) };
    const items = await summarize(never, tenant, current.config, ["flow", "orders"], false);
    expect(items).toMatchObject([
      { name: "flow", runsOn: "managed-flink", health: "unknown" },
      { name: "orders", runsOn: "flink", health: "ok", status: { desired: 1, running: 1, ready: 1, pending: 0 } },
    ]);
    expect(stateLine(items, p.w.clock.now())).toContain("1 service not answering");
  });

  test("a page does not wait for a cluster that does not answer", async () => {
    const p = await place();
    const current = await currentConfig(p.runtime, tenant);
    if (!current) throw new Error("no configuration");
    const jobs = { ...p.runtime.jobs, list: () => new Promise(() => {}) } as unknown as NonNullable<Runtime["jobs"]>;
    const [item] = await summarize({ ...p.runtime, jobs }, tenant, current.config, ["orders"], false);
    expect(item).toMatchObject({ runsOn: "flink", health: "unknown" });
    expect(item).not.toHaveProperty("status");
  });
});

describe("which job is meant", () => {
  const one = (name: string, state: JobState = "RUNNING", id = name) => ({ id, name, state });
  test("by its whole name, or by how it begins", () => {
    expect(isCalled("orders", "orders")).toBe(true);
    expect(isCalled("orders-v2", "orders")).toBe(false);
    expect(isCalled("orders-v2", "orders*")).toBe(true);
  });
  test("what is waited for comes first, also where it has ended", () => {
    expect(jobOf([one("orders"), one("orders", "FINISHED", "old")], { job: "orders" }, ["none", "old"])).toEqual({
      id: "old",
    });
  });
  test("two that run under one name are none", () => {
    expect(jobOf([one("orders"), one("orders", "RUNNING", "b")], { job: "orders" })).toEqual({
      why: expect.stringContaining('2 jobs called "orders" run'),
    });
  });
  test("one that ended is gone, and so is one that was never there", () => {
    expect(jobOf([one("orders", "FAILED")], { job: "orders" })).toMatchObject({ gone: true });
    expect(jobOf([], { job: "orders" })).toMatchObject({ gone: true, why: expect.stringContaining("there is none") });
  });
});
