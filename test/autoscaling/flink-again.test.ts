import { describe, expect, test } from "vitest";
import { flinkScaling, wanted } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkScalingState, FlinkSeen } from "../../shared/core/autoscaling/flink/types.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { AGAIN, config, full, settled, source, watch, work } from "./flink-given.ts";

describe("where the cluster cannot rescale in place", () => {
  const of = config({}, {}, AGAIN);
  const stiff = (now: number): FlinkSeen => ({
    ...full(now),
    adaptive: false,
    checkpoints: { completed: 3, failed: 0, lastPath: "s3://chk-3" },
  });
  const begun = () => {
    const step = watch(of, stiff);
    return { step, state: settled(of, step, step.now), now: step.now };
  };
  const seen = (now: number, more: Partial<FlinkSeen>) => ({ ...stiff(now), ...more });
  const next = (state: FlinkScalingState, now: number, job: FlinkSeen | undefined, savepoint?: object) =>
    flinkScaling.step(
      of,
      state,
      { kind: "look", service: "orders", seen: job, ...(savepoint ? { savepoint } : {}) } as never,
      now,
    );
  const taken = { status: "completed", path: "s3://sp-1" };
  const running = () => {
    const { state, now } = begun();
    const step = next(state, now + 10 * SECOND_MS, seen(now, { state: "FINISHED" }), taken);
    return { step, state: settled(of, step, now), now, jobId: wanted(step.state).jobIds[0] ?? "" };
  };

  test("without savepoints and jarId it says so", () => {
    const step = watch(config(), stiff);
    expect(step.reason).toBe("held_refused");
    expect(step.trace.at(-1)?.text).toContain("neither savepoints nor jarId");
    expect(step.actions).toEqual([]);
  });

  test("it is stopped with a savepoint, run with the job's new parallelism, and watched", () => {
    const { step, state, now } = begun();
    const [stop] = step.actions;
    expect(stop).toMatchObject({ type: "stop_with_savepoint", jobId: "a".repeat(32) });
    const trigger = stop?.type === "stop_with_savepoint" ? stop.triggerId : "";
    expect(trigger).toMatch(/^[0-9a-f]{32}$/);
    expect(wanted(state)).toEqual({
      jobIds: ["a".repeat(32)],
      savepoint: { jobId: "a".repeat(32), triggerId: trigger },
    });
    expect(next(state, now + 10 * SECOND_MS, stiff(now), { status: "in_progress" }).reason).toBe("rescaling");
    // Its savepoint is there, and it is not: two must not run.
    expect(next(state, now + 10 * SECOND_MS, stiff(now), taken).actions).toEqual([]);
    const run = running();
    expect(run.step.actions).toEqual([
      { type: "run", key: `rescale:orders:${now}:run:2`, jobId: run.jobId, parallelism: 4, savepoint: "s3://sp-1" },
    ]);
    const checkpoints = { completed: 1, failed: 0, lastCompletedAt: now + 70 * SECOND_MS };
    const up = {
      jobId: run.jobId,
      startedAt: now + 60 * SECOND_MS,
      vertices: [source(now), work(now, { parallelism: 4 })],
      checkpoints,
    };
    const end = next(run.state, now + 80 * SECOND_MS, seen(now + 80 * SECOND_MS, up));
    expect(end.reason).toBe("rescaled");
    expect(end.state).toMatchObject({ restartMs: 60 * SECOND_MS, savepoint: "s3://sp-1", known: { jobId: run.jobId } });
  });

  test("a savepoint that failed (COMPLETED with a cause) leaves the job that runs alone", () => {
    const { state, now } = begun();
    const step = next(state, now + MINUTE_MS, stiff(now + MINUTE_MS), {
      status: "failed",
      why: "IOException: no space",
    });
    expect(step.reason).toBe("rescale_failed");
    expect(step.actions).toEqual([]);
    expect(step.state.rescale).toBeUndefined();
  });

  test("a savepoint that failed with a job that is down runs it as before, from the newest state", () => {
    const { state, now } = begun();
    const step = next(state, now + MINUTE_MS, seen(now + MINUTE_MS, { state: "FAILED" }), {
      status: "failed",
      why: "no space",
    });
    expect(step.reason).toBe("rescale_failed");
    expect(step.actions).toMatchObject([{ type: "run", parallelism: 2, savepoint: "s3://chk-3" }]);
  });

  test("a forgotten trigger is asked again with the same id; a job that stopped meanwhile tells of its savepoint", () => {
    const { step, state, now } = begun();
    const again = next(state, now + MINUTE_MS, stiff(now + MINUTE_MS), { status: "unknown" });
    expect(again.actions).toMatchObject([
      { type: "stop_with_savepoint", triggerId: (step.actions[0] as { triggerId?: string }).triggerId },
    ]);
    expect(again.actions[0]?.key).not.toBe(step.actions[0]?.key);
    const checkpoints = { completed: 3, failed: 0, lastPath: "s3://chk-3", savepointPath: "s3://sp-9" };
    const stopped = next(state, now + MINUTE_MS, seen(now + MINUTE_MS, { state: "FINISHED", checkpoints }), {
      status: "unknown",
    });
    expect(stopped.actions).toMatchObject([{ type: "run", parallelism: 2, savepoint: "s3://sp-9" }]);
  });

  test("a job that finished by itself before it was stopped is not run again", () => {
    const { state, now } = begun();
    const checkpoints = { completed: 3, failed: 0, lastPath: "s3://chk-3" };
    const finished = seen(now + MINUTE_MS, { state: "FINISHED", checkpoints });
    for (const savepoint of [{ status: "unknown" }, { status: "failed", why: "the job is over" }] as const) {
      const step = next(state, now + MINUTE_MS, finished, savepoint);
      expect(step.actions).toEqual([]);
      expect(step.reason).toBe("rescale_failed");
      expect(step.state.rescale).toBeUndefined();
    }
  });

  test("a new job that finishes while it is cancelled is done: the old one does not do it once more", () => {
    const { state, now, jobId } = running();
    const late = now + 11 * MINUTE_MS;
    const cancel = next(state, late, seen(late, { jobId, state: "CREATED", allRunning: false }));
    const done = next(settled(of, cancel, late), late + 10 * SECOND_MS, seen(late, { jobId, state: "FINISHED" }));
    expect(done.reason).toBe("rescaled");
    expect(done.actions).toEqual([]);
  });

  test("a new job that fails gives way to the old one, from the same savepoint", () => {
    const { state, now, jobId } = running();
    const step = next(state, now + MINUTE_MS, seen(now + MINUTE_MS, { jobId, state: "FAILED" }));
    expect(step.reason).toBe("rescale_failed");
    expect(step.actions).toMatchObject([{ type: "run", parallelism: 2, savepoint: "s3://sp-1" }]);
    const back = wanted(step.state).jobIds[0];
    expect(back).not.toBe(jobId);
    const end = next(
      settled(of, step, now + MINUTE_MS),
      now + 2 * MINUTE_MS,
      seen(now + 2 * MINUTE_MS, { jobId: back ?? "" }),
    );
    expect(end.reason).toBe("rescale_rolled_back");
    expect(end.state.refused?.count).toBe(1);
  });

  test("a new job that does not get on by its deadline is cancelled first", () => {
    const { state, now, jobId } = running();
    const late = now + 11 * MINUTE_MS;
    const cancel = next(state, late, seen(late, { jobId, state: "CREATED", allRunning: false }));
    expect(cancel.actions).toMatchObject([{ type: "cancel", jobId }]);
    const waiting = next(
      settled(of, cancel, late),
      late + 10 * SECOND_MS,
      seen(late, { jobId, state: "CANCELLING", allRunning: false }),
    );
    expect(waiting.actions).toEqual([]);
    const back = next(
      waiting.state,
      late + 20 * SECOND_MS,
      seen(late, { jobId, state: "CANCELED", allRunning: false }),
    );
    expect(back.actions).toMatchObject([{ type: "run", parallelism: 2, savepoint: "s3://sp-1" }]);
  });

  test("a run whose answer was lost is asked for again with the same id, as long as it takes", () => {
    const { step, state, now, jobId } = running();
    const again = next(state, now + 2 * MINUTE_MS, seen(now, { state: "FINISHED" }));
    expect(again.actions).toMatchObject([{ type: "run", jobId, parallelism: 4 }]);
    expect(again.actions[0]?.key).not.toBe(step.actions[0]?.key);
    expect(next(again.state, now + HOUR_MS, undefined).actions).toMatchObject([{ type: "run", jobId }]);
  });

  test("a stopped job that runs again by itself keeps running alone: none is run beside it, on the way out or back", () => {
    const { step, now, jobId } = running();
    const at = now + 30 * SECOND_MS;
    const out = next(settled(of, step, now, "skipped"), at, stiff(at));
    expect([out.reason, out.actions, out.state.rescale]).toEqual(["rescale_rolled_back", [], undefined]);
    const dead = next(settled(of, step, now), at, seen(at, { jobId, state: "FAILED" }));
    const back = next(settled(of, dead, at, "skipped"), at + 10 * SECOND_MS, stiff(at + 10 * SECOND_MS));
    expect([back.reason, back.actions, back.state.rescale]).toEqual(["rescale_rolled_back", [], undefined]);
    // It is not all running yet: it is waited for, and asked of again.
    const coming = next(settled(of, step, now, "skipped"), at, { ...stiff(at), allRunning: false });
    expect(coming.actions).toMatchObject([{ type: "run", jobId }]);
  });

  test("a cluster that turns out not to be adaptive is asked in the other way", () => {
    const step = watch(of, full);
    expect(step.actions).toMatchObject([{ type: "require" }]);
    const other = next(
      settled(of, step, step.now, "refused"),
      step.now + 10 * SECOND_MS,
      full(step.now + 10 * SECOND_MS),
    );
    expect(other.actions).toMatchObject([{ type: "stop_with_savepoint", key: `rescale:orders:${step.now}:stop:2` }]);
  });

  test("a person who cancels or starts the job meanwhile has the last word", () => {
    const { state, now } = begun();
    expect(
      next(state, now + MINUTE_MS, seen(now + MINUTE_MS, { state: "CANCELED" }), { status: "unknown" }).reason,
    ).toBe("external_change");
    const run = running();
    expect(next(run.state, now + MINUTE_MS, seen(now + MINUTE_MS, { jobId: "c".repeat(32) })).reason).toBe(
      "external_change",
    );
  });
});
