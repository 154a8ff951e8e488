import { describe, expect, test } from "vitest";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkSeen } from "../../shared/core/autoscaling/flink/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { config, full, idle, job, look, rules, source, T0, textOf, watch, work } from "./flink-given.ts";
import { look as evaluation, fleet, config as instances } from "./given.ts";

test("a service that was a job before begins anew, and what a person said holds on", () => {
  const pause = { by: "ann", why: "sale", at: T0, direction: "all" } as const;
  const refused = { direction: "out", count: 2, until: T0 + MINUTE_MS, why: "no slots" };
  const effect = { decisionAt: T0, since: T0, from: 1, to: 2, restartMs: 1, before: {} };
  const state = { v: 1, kind: "flink", desired: 2, pause, refused, effect, window: { points: [] } };
  const step = autoscaling.step(instances(), state as never, evaluation(fleet(3), { cpu: 50 }), T0);
  expect(step.reason).toBe("held_paused");
  expect(step.state).toMatchObject({ desired: 3, pause });
  for (const name of ["kind", "refused", "effect", "window"]) expect(Object.keys(step.state)).not.toContain(name);
});

describe("one decision", () => {
  test("scales out by vertex once the window is full: 100/s at TPR 100 is ceil((100 × 300/1800 + 100/0.7) / 100 × 2) = 4", () => {
    const of = config();
    const before = watch(of, full, { times: 15 });
    expect(before.reason).toBe("held_window");
    const step = flinkScaling.step(of, before.state, look(full(T0 + 15 * MINUTE_MS)), T0 + 15 * MINUTE_MS);
    expect(step.reason).toBe("scaled_out");
    expect(step.actions).toEqual([
      {
        type: "require",
        key: `rescale:orders:${T0 + 15 * MINUTE_MS}:require:1`,
        jobId: "a".repeat(32),
        parallelism: { source: 1, work: 4 },
      },
    ]);
    expect(textOf(step.trace, "flink")).toBe(
      "Work reads 100/s, busy 100 %, has to do 100/s and can do 100/s: 2 × 1.6 → 4",
    );
  });

  test("a lag is to be worked off in half an hour: 100 + 90,000 / 1800 more", () => {
    const late = (at: number) =>
      job(at, { vertices: [source(at, { more: { pendingRecords: 90_000 } }), work(at, { busy: 1000 })] });
    const step = watch(config(), late);
    // Source: observed TPR under backlog, 100/s; 50 + 100 × 300/1800 + 100/0.7 = 209.5 → × 1 → 3. Work: 209.5 / 100 × 2 → 5.
    expect(step.actions).toMatchObject([{ parallelism: { source: 3, work: 5 } }]);
    expect(rules(step.trace)).toContain("backlog");
  });

  test("aligns where records come by key, and expects of the aligned parallelism", () => {
    const keyed = (at: number) =>
      job(at, {
        vertices: [
          source(at),
          work(at, {
            busy: 1000,
            parallelism: 3,
            more: { inputs: [{ id: "source", ship: "HASH" }], maxParallelism: 64 },
          }),
        ],
      });
    const step = watch(config(), keyed);
    // ceil(1.595 × 3) = 5; 64/5 = 12, 64/6 = 10.
    expect(step.actions).toMatchObject([{ parallelism: { work: 6 } }]);
    expect(step.state.rescale?.expected).toEqual({ work: [100, 200] });
    expect(textOf(step.trace, "flink")).toContain("aligned from 5");
  });

  test("inside the band nothing is done: 60 % busy, though 70 % is aimed at", () => {
    const step = watch(config(), (at) => job(at, { vertices: [source(at), work(at, { busy: 600, parallelism: 4 })] }));
    expect(step.reason).toBe("within_target");
  });

  test("goes in after an hour, by 60 % at the most", () => {
    const of = config();
    const hour = watch(of, idle, { times: 16 });
    expect(hour.reason).toBe("held_stabilization");
    const before = watch(of, idle, { state: hour.state, from: hour.now + MINUTE_MS, times: 59 });
    expect(before.reason).toBe("held_stabilization");
    const step = watch(of, idle, { state: before.state, from: before.now + MINUTE_MS, times: 1 });
    expect(step.reason).toBe("scaled_in");
    expect(step.actions).toMatchObject([{ type: "require", parallelism: { source: 1, work: 4 } }]);
  });

  test("a scale-out or no change in between begins the hour anew", () => {
    const of = config();
    const waits = watch(of, idle, { times: 60 });
    expect(waits.state.down).toBeDefined();
    // Within the window the mean busy time now asks for what it has.
    const calm = (at: number) =>
      job(at, { vertices: [source(at, { parallelism: 2, busy: 1200 / 3 }), work(at, { busy: 800, parallelism: 10 })] });
    const between = watch(of, calm, { state: waits.state, from: waits.now + MINUTE_MS, times: 15 });
    expect(between.state.down?.["work"]).toBeUndefined();
    const step = watch(of, idle, { state: between.state, from: between.now + MINUTE_MS, times: 40 });
    expect(step.reason).toBe("held_stabilization");
  });

  test.each([
    ["nothing is known", undefined, "held_no_job"],
    ["the job restarts", { state: "RESTARTING" as const }, "held_no_job"],
    ["not all tasks run", { allRunning: false }, "held_incomplete"],
    ["no vertex is told", { vertices: [] }, "held_incomplete"],
    ["it has fewer slots than it needs", { slots: { total: 1, free: 0 } }, "held_incomplete"],
    ["what is told is old", { at: T0 }, "held_stale_data"],
  ])("never scales where %s", (_title, more, reason) => {
    const of = config();
    const before = watch(of, full, { times: 15 });
    const now = T0 + 15 * MINUTE_MS;
    const step = flinkScaling.step(of, before.state, look(more && { ...full(now), ...more }), now);
    expect(step.reason).toBe(reason);
    expect(step.actions).toEqual([]);
  });

  test("a cluster that lost slots since the last look is looked at again", () => {
    const of = config();
    const at = (total: number) => (now: number) => ({ ...full(now), slots: { total, free: total - 2 } });
    const before = watch(of, at(10), { times: 15 });
    const lost = watch(of, at(8), { state: before.state, from: T0 + 15 * MINUTE_MS, times: 1 });
    expect(lost.reason).toBe("held_incomplete");
    const again = watch(of, at(8), { state: lost.state, from: T0 + 16 * MINUTE_MS, times: 1 });
    expect(again.reason).toBe("scaled_out");
  });

  test("zeros of a job manager that lost its task managers (complete: false) are no measurement, and the window waits", () => {
    const of = config();
    const before = watch(of, idle, { times: 75 });
    expect(before.reason).toBe("held_stabilization");
    const dying = (now: number) => {
      const { recordsIn: _, recordsOut: __, ...rest } = work(now, { parallelism: 10, busy: 0, rate: 0 });
      return job(now, { vertices: [source(now, { parallelism: 2 }), rest] });
    };
    const held = watch(of, dying, { state: before.state, from: before.now + MINUTE_MS, times: 30 });
    expect(held.reason).toBe("held_incomplete");
    expect(held.actions).toEqual([]);
    expect(held.state.window).toEqual(before.state.window);
    // Zeros that do not even say that they are incomplete are counters that went backwards: the window begins anew.
    const zeros = (now: number) =>
      job(now, {
        vertices: [source(now, { rate: 0, parallelism: 2 }), work(now, { rate: 0, busy: 0, parallelism: 10 })],
      });
    const anew = watch(of, zeros, { state: before.state, from: before.now + MINUTE_MS, times: 14 });
    expect(anew.reason).toBe("held_window");
  });

  test("5 min after a start nothing is judged, and what was measured then is not kept", () => {
    const of = config();
    const started = (now: number): FlinkSeen => ({ ...full(now), startedAt: T0 });
    const young = watch(of, started, { times: 5 });
    expect(young.reason).toBe("held_stabilizing");
    expect(young.state.window).toBeUndefined();
    expect(watch(of, started, { times: 20 }).reason).toBe("held_window");
    expect(watch(of, started, { times: 21 }).reason).toBe("scaled_out");
  });

  test.each([
    ["an excluded period", { excludedPeriods: ["10:00-11:00"] }, {}, "held_excluded"],
    ["garbage collection", { gcPressure: 0.3 }, { gcShare: 0.5 }, "held_vetoed"],
    ["a heap that nobody tells of", { heapUsage: 0.9 }, {}, "held_vetoed"],
    ["no slots", {}, { slots: { total: 2, free: 0 } }, "at_max"],
    ["excluded vertices", { exclude: ["Work"] }, {}, "within_target"],
    ["vertexMax", { vertexMax: 2 }, {}, "at_max"],
  ])("is held back by %s", (_title, policy, more, reason) => {
    expect(watch(config(policy), (at) => ({ ...full(at), ...more })).reason).toBe(reason);
  });

  test("slots, budget and maxStep limit a scale-out", () => {
    const slots = (at: number) => ({ ...full(at), slots: { total: 3, free: 1 } });
    expect(watch(config(), slots).actions).toMatchObject([{ parallelism: { work: 3 } }]);
    expect(watch(config({ maxSlots: 9 }), slots).actions).toMatchObject([{ parallelism: { work: 4 } }]);
    expect(watch(config({}, { maxStep: 1 }), full).actions).toMatchObject([{ parallelism: { work: 3 } }]);
    const budget = { perHour: 0.35, taskHour: 0.1 };
    expect(watch(config({}, { budget }), full).actions).toMatchObject([{ parallelism: { work: 3 } }]);
  });
});
