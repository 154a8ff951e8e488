import { describe, expect, test } from "vitest";
import { colourOf } from "../../shared/core/delivery/flink/ids.ts";
import type { FlinkState } from "../../shared/core/delivery/flink/types.ts";
import { type FlinkWorld, flinkWorld } from "./flink-kit.ts";

const phaseIs =
  (phase: string) =>
  ({ current }: FlinkState): boolean =>
    current?.phase === phase;
const ended = ({ ended: [last] }: FlinkState) => last;
const reasonsOf = async (world: FlinkWorld) => {
  const { items } = await world.journal.list({ tenant: "default", limit: 200 });
  return items.toReversed().map(({ reason }) => reason);
};

describe("a Flink job is replaced, stop-start", () => {
  test("a good version takes over from the savepoint: nothing lost, nothing twice, one job runs, the savepoint stays", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2", version: "v2" });
    const state = await world.play();
    const last = ended(state);
    expect(last).toMatchObject({ phase: "promoted", release: { version: "v2" }, colour: "green" });
    expect(world.alive()).toEqual([last?.jobId]);
    expect(colourOf(last?.jobId ?? "")).toBe("green");
    expect(world.output()).toMatchObject({ twice: 0, missing: 0 });
    expect(world.flink.disk.has(last?.savepoint ?? "")).toBe(true);
    expect(state.stable).toMatchObject({ jobId: last?.jobId, release: { version: "v2" } });
    expect(last?.checks?.map(({ name, ok }) => [name, ok])).toEqual([
      ["running", true],
      ["restored", true],
      ["restarts", true],
      ["failed-checkpoints", true],
      ["checkpoints", true],
      ["lag", true],
      ["output", true],
    ]);
    expect(await reasonsOf(world)).toEqual(
      expect.arrayContaining(["started", "savepoint_asked", "job_started", "job_ready", "promoted"]),
    );
  });

  test("the next one goes the other way: the colour is that of the job that runs", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2", version: "v2" });
    await world.play();
    await world.start({ jarFile: "v3", version: "v3" });
    const state = await world.play();
    expect(ended(state)).toMatchObject({
      phase: "promoted",
      colour: "blue",
      old: { colour: "green", release: { version: "v2" } },
    });
    expect(world.alive()).toHaveLength(1);
    expect(world.output()).toMatchObject({ twice: 0, missing: 0 });
  });

  test.each([
    ["that fails with its first records", "v2 fails", {}, "new_job_failed"],
    ["that lags", "v2 slow", { judge: { for: "10s" }, deadlines: { judge: "1m" } }, "judged_bad"],
    ["that writes less", "v2 lazy", { judge: { for: "10s" }, deadlines: { judge: "1m" } }, "judged_bad"],
  ])("a version %s is taken away, and the old one goes on from its own savepoint", async (_, jar, flink, reason) => {
    const world = flinkWorld({ flink, faults: { rates: { "v2 lazy": 50 } } });
    await world.start({ jarFile: jar, version: "v2" });
    const state = await world.play();
    const last = ended(state);
    expect(last).toMatchObject({ phase: "rolled_back", failure: { reason } });
    expect(world.alive()).toEqual([last?.again?.jobId]);
    expect(last?.again?.from).toBe(last?.savepoint);
    expect(world.flink.jobs.get(last?.again?.jobId ?? "")?.jar.text).toBe("v1");
    expect(world.output().missing).toBe(0);
    expect(state.stable).toMatchObject({ jobId: last?.again?.jobId, release: { arguments: [] } });
    expect(world.told.map(({ labels }) => labels["alertname"])).toContain("HeadgateRolloutFailed");
  });

  test("a jar that is no program is found before anything is touched", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "broken", version: "v2" });
    const last = ended(await world.play());
    expect(last).toMatchObject({ phase: "rolled_back", failure: { reason: "jar_refused" } });
    expect(world.alive()).toEqual([world.OLD]);
    expect(world.flink.jobs.get(world.OLD)?.savepoint).toBeUndefined();
  });

  test("a job that would call itself otherwise is refused before anything is touched: nobody would find it the next time", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2", args: ["--name", "other"] });
    expect(ended(await world.play())).toMatchObject({
      failure: { reason: "jar_refused", text: expect.stringContaining('"other"') },
    });
    expect(world.alive()).toEqual([world.OLD]);
  });

  test("a savepoint that fails although it is COMPLETED leaves the old job as it was", async () => {
    const world = flinkWorld({ faults: { savepointFails: "IOException: no space" } });
    await world.start({ jarFile: "v2" });
    const last = ended(await world.play());
    expect(last).toMatchObject({
      phase: "rolled_back",
      failure: { reason: "savepoint_failed", text: expect.stringContaining("no space") },
    });
    expect(world.alive()).toEqual([world.OLD]);
  });

  test("a savepoint whose result was forgotten is found by what the job itself tells", async () => {
    const world = flinkWorld({ faults: { forgetMs: -1 } });
    await world.start({ jarFile: "v2" });
    expect(ended(await world.play())).toMatchObject({
      phase: "promoted",
      savepoint: expect.stringContaining("savepoint-"),
    });
    expect(world.output()).toMatchObject({ twice: 0, missing: 0 });
  });

  test("a stop that is still going on when it is called off is waited for; the old job starts again from it", async () => {
    const world = flinkWorld({ faults: { savepointMs: 60_000 } });
    await world.start({ jarFile: "v2" });
    await world.play((state) => phaseIs("savepointing")(state) && world.flink.jobs.get(world.OLD)?.stopping === true);
    await world.command("abort");
    const last = ended(await world.play());
    expect(last).toMatchObject({
      phase: "rolled_back",
      failure: { reason: "aborted", by: "anna" },
      again: { from: expect.stringContaining("savepoint-") },
    });
    expect(world.alive()).toEqual([last?.again?.jobId]);
    expect(world.output()).toMatchObject({ twice: 0, missing: 0 });
  });

  test.each(["measuring", "savepointing", "starting", "judging"])(
    "it is aborted while %s, and the old job runs",
    async (phase) => {
      const world = flinkWorld();
      await world.start({ jarFile: "v2" });
      await world.play(phaseIs(phase));
      await world.command("abort");
      const last = ended(await world.play());
      expect(last).toMatchObject({ phase: "rolled_back", failure: { reason: "aborted" } });
      expect(world.alive()).toEqual([last?.again?.jobId ?? world.OLD]);
      expect(world.output().missing).toBe(0);
    },
  );

  test("it waits for a person, who may leave it waiting; paused it stays; approved it ends", async () => {
    const world = flinkWorld({ delivery: { approval: true } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    await world.command("pause");
    await world.play(() => false, 600_000);
    expect((await world.state())?.current).toMatchObject({ phase: "judging", paused: { by: "anna" } });
    await world.command("resume");
    await world.play(phaseIs("approval"));
    await world.play(() => false, 600_000);
    expect((await world.state())?.current?.phase).toBe("approval");
    expect(world.told.map(({ labels }) => labels["alertname"])).toContain("HeadgateRolloutApprovalNeeded");
    await world.command("approve");
    expect(ended(await world.play())).toMatchObject({ phase: "promoted", approved: { by: "anna" } });
  });

  test("a person ends the judging early; what is final still fails it", async () => {
    const world = flinkWorld({ flink: { judge: { for: "1h", checkpoints: 500 }, deadlines: { judge: "5h" } } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    await world.command("promote");
    expect(ended(await world.play())).toMatchObject({ phase: "promoted", ordered: { by: "anna" } });
  });

  test("the cluster loses everything in the middle: the old job starts again, from its savepoint or its newest checkpoint", async () => {
    for (const phase of ["measuring", "savepointing", "judging"]) {
      const world = flinkWorld();
      await world.start({ jarFile: "v2" });
      await world.play(phaseIs(phase));
      world.clock.now += 4_000;
      world.flink.restart();
      const last = ended(await world.play());
      expect(last, phase).toMatchObject({
        phase: "rolled_back",
        again: { from: expect.stringMatching(/savepoint-|chk-/) },
      });
      expect(world.alive(), phase).toEqual([last?.again?.jobId]);
      expect(world.output().missing, phase).toBe(0);
    }
  });

  test("where nothing of the old job is left, it says so, keeps what there is and tries again when told", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    const path = (await world.state())?.current?.savepoint ?? "";
    const position = world.flink.disk.get(path) ?? 0;
    world.flink.disk.delete(path);
    await world.command("abort");
    await world.play(phaseIs("stuck"));
    expect(world.told.map(({ labels }) => labels["alertname"])).toContain("HeadgateRolloutStuck");
    expect(world.alive()).toEqual([]);
    world.flink.disk.set(path, position);
    await world.command("rollback");
    expect(ended(await world.play())).toMatchObject({ phase: "rolled_back" });
    expect(world.alive()).toHaveLength(1);
    expect(world.output().missing).toBe(0);
  });

  test("while the cluster cannot be asked nothing is decided, and nothing is lost", async () => {
    let away = false;
    const around = async <T>(_: string, effect: () => T): Promise<T> => {
      if (away) throw new Error("nobody answers");
      return effect();
    };
    const world = flinkWorld({ around });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    away = true;
    for (let look = 0; look < 10; look += 1) {
      world.clock.now += 60_000;
      expect((await world.look()).reason).toBe("held_unreadable");
    }
    away = false;
    expect(ended(await world.play())).toMatchObject({ phase: "promoted" });
  });
});

describe("side by side", () => {
  test("both run while the new one is judged, then the old one is cancelled; what both wrote comes twice, and nothing is missing", async () => {
    const world = flinkWorld({ flink: { mode: "parallel" } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    expect(world.alive()).toHaveLength(2);
    const last = ended(await world.play());
    expect(last).toMatchObject({ phase: "promoted" });
    expect(world.alive()).toEqual([last?.jobId]);
    expect(world.output().missing).toBe(0);
    expect(world.output().twice).toBeGreaterThan(0);
  });

  test("a bad one goes, and the old one never stopped", async () => {
    const world = flinkWorld({ flink: { mode: "parallel" } });
    await world.start({ jarFile: "v2 fails" });
    const last = ended(await world.play());
    expect(last).toMatchObject({ phase: "rolled_back", failure: { reason: "new_job_failed" } });
    expect(last?.again).toBeUndefined();
    expect(world.alive()).toEqual([world.OLD]);
  });

  test("a job that another hand started needs no way back, because it is not stopped", async () => {
    const world = flinkWorld({ flink: { mode: "parallel", jarFile: undefined } });
    expect((await world.start({ jarFile: "v2" })).reason).toBe("started");
  });
});

describe("what is refused, with everything as it was", () => {
  test.each([
    ["refused_no_way_back", { jarFile: undefined }, { jarFile: "v2" }],
    ["refused_no_jar", { jarFile: undefined }, { version: "v2" }],
  ])("%s", async (reason, flink, release) => {
    const world = flinkWorld({ flink });
    expect((await world.start(release)).reason).toBe(reason);
    expect(await world.state()).toBeUndefined();
  });

  test("a second rollout, another's id, and a word that is of no use now", async () => {
    const world = flinkWorld();
    expect((await world.command("abort")).reason).toBe("refused_nothing_under_way");
    await world.start({ jarFile: "v2" });
    expect((await world.start({ jarFile: "v3" })).reason).toBe("refused_under_way");
    expect((await world.command("abort", "rol_other")).reason).toBe("refused_other_rollout");
    expect((await world.command("skip")).reason).toBe("refused_not_now");
  });

  test("two jobs of one name: which is the service cannot be told", async () => {
    const world = flinkWorld();
    world.flink.submit({ id: "x", name: "x", text: "x" }, "f".repeat(32), "orders");
    expect((await world.start({ jarFile: "v2" })).reason).toBe("refused_ambiguous");
  });

  test("no job runs where one did: its state is not dropped unasked", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2" });
    await world.play();
    for (const id of world.alive()) world.flink.cancel(id);
    world.clock.now += 5_000;
    expect((await world.start({ jarFile: "v3" })).reason).toBe("refused_no_state");
    expect((await world.start({ jarFile: "v3", fresh: true })).reason).toBe("started");
  });

  test("mode observe and recommend only say what they would do", async () => {
    const world = flinkWorld({ delivery: { mode: "recommend" } });
    const result = await world.start({ jarFile: "v2" });
    expect(result).toMatchObject({ reason: "recommended", status: "unchanged" });
  });

  test.each([
    [{ jarfile: "v2" }, "jarfile"],
    [{ jarFile: "v2", args: ["--db-password", "hunter2"] }, "args.0"],
    [{ jarFile: "v2", args: ["--api-key=abc"] }, "args.0"],
    [{ jarFile: "v2", parallelism: 0 }, "parallelism"],
  ])("a release %j is wrong at %s", (release, path) => {
    const world = flinkWorld();
    expect(() => world.start(release)).toThrow(
      expect.objectContaining({ code: "input.invalid", faults: [expect.objectContaining({ path })] }),
    );
  });
});

describe("faults of the Flink operator's blue-green that must not come back", () => {
  test("FLINK-41404: a retry starts from its own fresh savepoint, never from the state of the job that was given up", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2", version: "v2" });
    await world.play(phaseIs("judging"));
    const aborted = (await world.state())?.current;
    await world.command("abort");
    await world.play();
    world.clock.now += 30_000;
    await world.start({ jarFile: "v2", version: "v2" });
    const last = ended(await world.play());
    expect(last).toMatchObject({ phase: "promoted" });
    expect(last?.jobId).not.toBe(aborted?.jobId);
    expect(last?.savepoint).not.toBe(aborted?.savepoint);
    expect(world.flink.jobs.get(last?.jobId ?? "")?.from).toBe(last?.savepoint);
    expect(world.output()).toMatchObject({ missing: 0 });
  });

  test("FLINK-41404: a job that tells that it was restored from elsewhere is given up", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    const job = world.flink.jobs.get((await world.state())?.current?.jobId ?? "");
    Object.assign(job ?? {}, { from: "file:/checkpoints/other/chk-7" });
    expect(ended(await world.play())).toMatchObject({
      phase: "rolled_back",
      failure: { reason: "restored_from_elsewhere" },
    });
  });

  test("FLINK-41074: the readiness of a job of an older rollout does not retire the one that lives", async () => {
    const world = flinkWorld({ faults: { startMs: 40_000 } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("starting"));
    // Another job of the name runs and is ready; the one of this rollout is not.
    world.flink.submit({ id: "x", name: "x", text: "x" }, "f".repeat(32), "orders");
    world.clock.now += 20_000;
    await world.look();
    expect((await world.state())?.current?.phase).toBe("starting");
    expect((await world.state())?.current?.ready).toBeUndefined();
  });

  test("PR 1159: the time of an aborted try does not count for the next one", async () => {
    const world = flinkWorld({ flink: { judge: { for: "2m" } } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    await world.play(() => false, 100_000);
    await world.command("abort");
    await world.play();
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    const since = world.clock.now;
    expect((await world.state())?.current?.ready?.since).toBe(since);
    const state = await world.play();
    expect((ended(state)?.endedAt ?? 0) - since).toBeGreaterThanOrEqual(120_000);
  });

  test("PR 1159: a break of the new job begins its time anew", async () => {
    const world = flinkWorld({ flink: { judge: { for: "2m", maxRestarts: 5 } } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    const id = (await world.state())?.current?.jobId ?? "";
    await world.play(() => false, 100_000);
    const job = world.flink.jobs.get(id);
    Object.assign(job ?? {}, { startedAt: world.clock.now, restarts: 1 });
    const since = world.clock.now;
    const state = await world.play();
    expect(ended(state)).toMatchObject({ phase: "promoted" });
    expect((ended(state)?.endedAt ?? 0) - since).toBeGreaterThanOrEqual(120_000);
  });

  test("FLINK-40388: a new job that can take no savepoint is cancelled all the same", async () => {
    const world = flinkWorld();
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    world.flink.faults.savepointFails = "IOException: no savepoint is possible";
    await world.command("abort");
    const last = ended(await world.play());
    expect(last).toMatchObject({ phase: "rolled_back" });
    expect(world.alive()).toEqual([last?.again?.jobId]);
  });

  test("FLINK-40388: an old job that can take no savepoint is retired by a plain cancel", async () => {
    const world = flinkWorld({ flink: { mode: "parallel" } });
    await world.start({ jarFile: "v2" });
    await world.play(phaseIs("judging"));
    world.flink.faults.savepointFails = "IOException: no savepoint is possible";
    const last = ended(await world.play());
    expect(last).toMatchObject({ phase: "promoted" });
    expect(world.alive()).toEqual([last?.jobId]);
  });
});

test("a new job that comes late, after everything was rolled back, is cancelled", async () => {
  const world = flinkWorld();
  await world.start({ jarFile: "v2" });
  await world.play(phaseIs("judging"));
  await world.command("abort");
  const last = ended(await world.play());
  const late = last?.jobId ?? "";
  world.flink.jobs.delete(late);
  world.flink.submit({ id: "v2", name: "v2", text: "v2" }, late, "orders", last?.savepoint);
  world.clock.now += 5_000;
  expect((await world.look()).reason).toBe("stray_cancelled");
  world.clock.now += 5_000;
  expect(world.alive()).toEqual([last?.again?.jobId]);
});
