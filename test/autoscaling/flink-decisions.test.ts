import { describe, expect, test } from "vitest";
import { isJob, jobSentence } from "../../shared/core/autoscaling/flink/explain.ts";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkScalingState, FlinkSeen } from "../../shared/core/autoscaling/flink/types.ts";
import type { JobVertex } from "../../shared/core/kernel/jobs.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { config, full, idle, job, look, rules, settled, source, T0, watch, work } from "./flink-given.ts";

describe("one decision, further", () => {
  test("an ineffective scale-out is not repeated, and a hot key is named", () => {
    const of = config();
    const now = T0 + 15 * MINUTE_MS;
    const hot = (at: number) =>
      job(at, { vertices: [source(at), work(at, { busy: 1000, mean: 300, parallelism: 4 })] });
    const up = { at: T0 - HOUR_MS, to: 4, rate: 98, expected: 196 };
    const before = watch(of, hot, { times: 15 }).state;
    const step = flinkScaling.step(of, { ...before, ups: { work: up } }, look(hot(now)), now);
    expect(step.reason).toBe("held_ineffective");
    expect(rules(step.trace)).toContain("skew");
    const open = config({ blockIneffective: false });
    expect(flinkScaling.step(open, { ...before, ups: { work: up } }, look(hot(now)), now).reason).toBe("scaled_out");
    // 150 of the 98 that were expected in addition are half of it.
    const helped = { ...up, rate: 51, expected: 149 };
    expect(flinkScaling.step(of, { ...before, ups: { work: helped } }, look(hot(now)), now).reason).toBe("scaled_out");
  });

  test("a source whose lag nobody tells scales out by what it reads, and in only where it is not held up", () => {
    const silent = (seen: FlinkSeen, backPressuredMax: number): FlinkSeen => ({
      ...seen,
      vertices: seen.vertices.map(({ pendingRecords: _, ...vertex }) => ({ ...vertex, backPressuredMax })),
    });
    expect(watch(config(), (at) => silent(full(at), 300)).reason).toBe("scaled_out");
    expect(watch(config(), (at) => silent(idle(at), 300), { times: 80 }).reason).toBe("within_target");
    expect(watch(config(), (at) => silent(idle(at), 0), { times: 76 }).reason).toBe("scaled_in");
  });

  test("a legacy source that is never busy keeps its parallelism, any other vertex holds the job", () => {
    const without = (id: string) => (at: number) => {
      const seen = full(at);
      return { ...seen, vertices: seen.vertices.map((one) => (one.id === id ? bare(one) : one)) };
    };
    const bare = ({ busyMax: _, busyMean: __, ...rest }: JobVertex): JobVertex => rest;
    expect(watch(config(), without("source")).actions).toMatchObject([{ parallelism: { source: 1, work: 4 } }]);
    expect(watch(config(), without("work")).reason).toBe("held_incomplete");
  });

  test("another hand's change is told once, and begins the window anew", () => {
    const of = config();
    const before = watch(of, idle, { times: 14 });
    const other = (at: number) =>
      job(at, { vertices: [source(at, { parallelism: 2 }), work(at, { busy: 300, parallelism: 7 })] });
    const step = watch(of, other, { state: before.state, from: T0 + 14 * MINUTE_MS, times: 1 });
    expect(step.reason).toBe("external_change");
    expect(watch(of, other, { state: step.state, from: T0 + 15 * MINUTE_MS, times: 1 }).reason).toBe("held_window");
    const anew = watch(of, (at) => ({ ...other(at), jobId: "b".repeat(32) }), {
      state: step.state,
      from: T0 + 15 * MINUTE_MS,
      times: 1,
    });
    expect(anew.reason).toBe("external_change");
  });

  test("observe and recommend say it and do nothing; the same again changes nothing but memory", () => {
    const of = config({}, { mode: "recommend" });
    const step = watch(of, full);
    expect(step.reason).toBe("would_scale_out");
    expect(step.actions).toEqual([]);
    const next = watch(of, full, { state: step.state, from: step.now + MINUTE_MS, times: 1 });
    expect(next.reason).toBe("would_scale_out");
    expect(flinkScaling.onlyMemory?.(step.state, next.state)).toBe(true);
  });

  test("a person: pause holds, one direction only its own, and an override goes past the policies but not past the bounds", () => {
    const of = config();
    const told = (state: FlinkScalingState, input: object) =>
      flinkScaling.step(of, state, { service: "orders", by: "ann", why: "test", ...input } as never, T0).state;
    const initial = flinkScaling.initial(of, T0);
    const paused = told(initial, { kind: "pause", direction: "all" });
    expect(paused.recheckAt).toBe(T0);
    expect(watch(of, full, { state: paused }).reason).toBe("held_paused");
    expect(watch(of, full, { state: told(initial, { kind: "pause", direction: "out" }) }).reason).toBe("held_paused");
    expect(watch(of, full, { state: told(initial, { kind: "pause", direction: "in" }) }).reason).toBe("scaled_out");
    const held = told(initial, { kind: "override", desired: 60, until: T0 + HOUR_MS });
    const step = watch(of, full, { state: held, times: 1 });
    expect(step.reason).toBe("overridden");
    // 12 partitions are read by 12 at the most; the maximum is 50.
    expect(step.actions).toMatchObject([{ parallelism: { source: 12, work: 50 } }]);
    expect(told(held, { kind: "clear_override" }).override).toBeUndefined();
  });

  test("bounds hold without any measurement: above the maximum comes back, below the minimum goes up", () => {
    expect(watch(config({}, { max: 6 }), idle, { times: 1 })).toMatchObject({
      reason: "bounds_enforced",
      actions: [{ parallelism: { source: 2, work: 6 } }],
    });
    expect(watch(config({}, { min: 3 }), full, { times: 1 }).actions).toMatchObject([
      { parallelism: { source: 1, work: 3 } },
    ]);
  });

  test("a schedule changes the bounds", () => {
    const policies = [
      { type: "flink" as const },
      { type: "scheduled" as const, actions: [{ cron: "0 9 * * *", min: 5 }] },
    ];
    expect(watch(config({}, { policies }), full, { times: 1 }).actions).toMatchObject([{ parallelism: { work: 5 } }]);
  });

  test("the original rule beside it: job-wide × 1.5 over 80 %, × 0.7 under 30 %, one cooldown; alone it needs no window", () => {
    const seed = config({}, { policies: [{ type: "parallelism" }] });
    expect(watch(seed, full, { times: 1 }).actions).toMatchObject([{ parallelism: { source: 1, work: 3 } }]);
    expect(watch(seed, idle, { times: 1 }).actions).toMatchObject([{ parallelism: { source: 2, work: 7 } }]);
    const cooling = { ...flinkScaling.initial(seed, T0), lastOutAt: T0 - 4 * MINUTE_MS };
    expect(watch(seed, full, { state: cooling, times: 1 }).reason).toBe("held_cooldown");
    // Together: in only where both agree, and the larger wins.
    const both = config({}, { policies: [{ type: "flink" }, { type: "parallelism" }] });
    expect(watch(both, idle, { times: 16 }).reason).toBe("held_disagreement");
    expect(watch(both, idle, { times: 76 }).actions).toMatchObject([{ parallelism: { source: 2, work: 7 } }]);
  });

  test("a policy that is not for jobs holds with its name", () => {
    const step = watch(config({}, { policies: [{ type: "instances" }] }), full, { times: 1 });
    expect(step.reason).toBe("held_no_data");
    expect(step.trace.at(-1)?.text).toContain("instances is no policy for a Flink job");
  });

  test("the measured restart counts instead of the configured one, up to its most", () => {
    const with0 = { ...flinkScaling.initial(config(), T0), restartMs: 0 };
    // 100 / 0.7 = 142.9 → 3 subtasks.
    expect(watch(config(), full, { state: with0 }).actions).toMatchObject([{ parallelism: { work: 3 } }]);
    const long = { ...with0, restartMs: HOUR_MS };
    // 100 × 900 / 1800 + 142.9 = 192.9 → 4 subtasks.
    expect(watch(config(), full, { state: long }).actions).toMatchObject([{ parallelism: { work: 4 } }]);
    expect(watch(config({ trackRestart: false }), full, { state: with0 }).actions).toMatchObject([
      { parallelism: { work: 4 } },
    ]);
  });

  test("a measured scalability below 1 asks for more", () => {
    const points = {
      work: [
        [1, 100],
        [4, 200],
      ] as const,
    };
    const state = { ...flinkScaling.initial(config(), T0), scaling: points };
    // (100 + 2 × 100 + 4 × 200) / (100 × 21) = 0.52: 1.595 / 0.52 × 2 → 7.
    const step = watch(config({ scalability: true }), full, { state });
    expect(step.actions).toMatchObject([{ parallelism: { work: 7 } }]);
    expect(step.state.scaling?.["work"]).toContainEqual([2, 100]);
    expect(watch(config(), full, { state }).actions).toMatchObject([{ parallelism: { work: 4 } }]);
  });
});

describe("in words", () => {
  const record = (step: {
    readonly state: unknown;
    readonly reason: string;
    readonly trace: unknown;
    readonly actions: unknown;
  }) =>
    ({ subject: "orders", mode: "act", stateAfter: step.state, outcomes: [], ...step }) as unknown as DecisionRecord;

  test("each decision has its sentence", () => {
    const of = config();
    const step = watch(of, full);
    expect(isJob(record(step))).toBe(true);
    expect(jobSentence(record(step))).toBe(
      "orders: parallelism 2 → 4, because Work reads 100/s, busy 100 %, has to do 100/s and can do 100/s: 2 × 1.6 → 4",
    );
    const would = watch(config({}, { mode: "recommend" }), full);
    expect(jobSentence({ ...record(would), mode: "recommend" })).toMatch(
      /^orders: would go 2 → 4, because Work .*\(mode recommend\)$/,
    );
    expect(jobSentence(record(watch(of, full, { times: 3 })))).toBe(
      "orders: stays at parallelism 2, because 2 min of 15 min have been measured",
    );
    expect(jobSentence(record(watch(of, () => undefined, { times: 1 })))).toBe(
      "orders: nothing is done, because the cluster did not answer",
    );
    const gone = flinkScaling.step(of, settled(of, step, step.now), look(undefined, "no answer"), step.now + MINUTE_MS);
    expect(jobSentence(record(gone))).toBe("orders: the job cannot be seen: no answer");
  });
});
