import { describe, expect, test } from "vitest";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkScalingState, FlinkSeen } from "../../shared/core/autoscaling/flink/types.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { config, full, job, look, settled, source, watch, work } from "./flink-given.ts";

describe("a rescale", () => {
  const of = config();
  const begun = () => {
    const step = watch(of, full);
    return { state: settled(of, step, step.now), now: step.now };
  };
  const at = (now: number, parallelism: number, more: Partial<FlinkSeen> = {}): FlinkSeen => ({
    ...job(now, { vertices: [source(now), work(now, { parallelism })] }),
    asked: { source: 1, work: 4 },
    ...more,
  });
  const next = (state: FlinkScalingState, now: number, seen: FlinkSeen | undefined) =>
    flinkScaling.step(of, state, look(seen), now);

  test("200 is accepted, not done: all run as asked, and a checkpoint since", () => {
    const { state, now } = begun();
    const waiting = next(state, now + 10 * SECOND_MS, at(now + 10 * SECOND_MS, 2));
    expect(waiting.reason).toBe("rescaling");
    const restarting = next(
      waiting.state,
      now + 20 * SECOND_MS,
      at(now + 20 * SECOND_MS, 4, { state: "RESTARTING", allRunning: false }),
    );
    expect(restarting.reason).toBe("rescaling");
    const startedAt = now + 41 * SECOND_MS;
    const running = next(restarting.state, now + 50 * SECOND_MS, at(now + 50 * SECOND_MS, 4, { startedAt }));
    expect(running.reason).toBe("rescaling");
    const checkpoints = { completed: 1, failed: 0, lastCompletedAt: now + 55 * SECOND_MS };
    const end = next(running.state, now + 60 * SECOND_MS, at(now + 60 * SECOND_MS, 4, { startedAt, checkpoints }));
    expect(end.reason).toBe("rescaled");
    expect(end.state).toMatchObject({
      restartMs: 41 * SECOND_MS,
      lastOutAt: now + 60 * SECOND_MS,
      ups: { work: { to: 4, rate: 100, expected: 200 } },
      known: { parallelism: { source: 1, work: 4 } },
    });
    expect(end.state.rescale).toBeUndefined();
    expect(end.state.window).toBeUndefined();
  });

  test("records that move between two looks of one life are progress too; those of two lives are not", () => {
    const { state, now } = begun();
    const first = next(state, now + 50 * SECOND_MS, at(now + 50 * SECOND_MS, 4, { startedAt: now + 41 * SECOND_MS }));
    const restarted = next(
      first.state,
      now + 60 * SECOND_MS,
      at(now + 60 * SECOND_MS, 4, { startedAt: now + 55 * SECOND_MS }),
    );
    expect(restarted.reason).toBe("rescaling");
    expect(
      next(restarted.state, now + 70 * SECOND_MS, at(now + 70 * SECOND_MS, 4, { startedAt: now + 55 * SECOND_MS }))
        .reason,
    ).toBe("rescaled");
  });

  test("what does not run by its deadline goes back once, and the same is not tried again for a while", () => {
    const { state, now } = begun();
    const late = now + 10 * MINUTE_MS;
    const back = next(state, late, at(late, 3));
    expect(back.reason).toBe("rescale_failed");
    expect(back.actions).toMatchObject([{ type: "require", parallelism: { source: 1, work: 2 } }]);
    const end = next(back.state, late + MINUTE_MS, at(late + MINUTE_MS, 2, { asked: { source: 1, work: 2 } }));
    expect(end.reason).toBe("rescale_rolled_back");
    expect(end.state.refused).toMatchObject({ direction: "out", count: 1 });
    const again = watch(of, full, { state: end.state, from: late + 2 * MINUTE_MS, times: 16 });
    expect(again.reason).toBe("held_refused");
    expect(again.actions).toEqual([]);
    expect(watch(of, full, { state: end.state, from: late + 2 * MINUTE_MS, times: 30 }).reason).toBe("scaled_out");
  });

  test("a job that dies after each start does not count as rescaled", () => {
    const { state, now } = begun();
    let step = { state, reason: "" };
    for (let round = 1; round <= 59; round += 1) {
      const t = now + round * 10 * SECOND_MS;
      step = next(step.state, t, at(t, 4, { startedAt: t - SECOND_MS, restarts: round }));
      expect(step.reason).toBe("rescaling");
    }
    expect(next(step.state, now + 10 * MINUTE_MS, at(now + 10 * MINUTE_MS, 4, { restarts: 99 })).reason).toBe(
      "rescale_failed",
    );
  });

  test("what was asked for and does not show is asked for again, each time under its own key", () => {
    const { state, now } = begun();
    const unseen = { asked: { source: 1, work: 2 } };
    expect(next(state, now + 30 * SECOND_MS, at(now + 30 * SECOND_MS, 2, unseen)).actions).toEqual([]);
    const again = next(state, now + MINUTE_MS, at(now + MINUTE_MS, 2, unseen));
    expect(again.actions).toMatchObject([
      { type: "require", key: `rescale:orders:${now}:require:2`, parallelism: { source: 1, work: 4 } },
    ]);
  });

  test.each([
    ["another hand asks for something else", { asked: { source: 1, work: 9 } }, "external_change"],
    ["another hand runs another job", { jobId: "b".repeat(32) }, "external_change"],
    ["the job ends", { state: "CANCELED" as const }, "rescale_failed"],
  ])("ends where %s", (_title, more, reason) => {
    const { state, now } = begun();
    const step = next(state, now + MINUTE_MS, at(now + MINUTE_MS, 2, more));
    expect(step.reason).toBe(reason);
    expect(step.state.rescale).toBeUndefined();
    expect(step.actions).toEqual([]);
  });

  test("a job manager that is away is waited for past the deadline; one that knows the job no more ends it", () => {
    const { state, now } = begun();
    const away = next(state, now + HOUR_MS, undefined);
    expect(away.reason).toBe("rescaling");
    expect(next(away.state, now + HOUR_MS + MINUTE_MS, at(now + HOUR_MS + MINUTE_MS, 2)).reason).toBe("rescale_failed");
    const gone = (t: number, before: FlinkScalingState) =>
      flinkScaling.step(of, before, { kind: "look", service: "orders", seen: undefined, gone: true }, t);
    const first = gone(now + MINUTE_MS, state);
    expect(first.reason).toBe("rescaling");
    expect(gone(now + 3 * MINUTE_MS, first.state).reason).toBe("rescale_failed");
  });

  test("what was never begun is forgotten; what was refused is not", () => {
    const step = watch(of, full);
    expect(settled(of, step, step.now, "skipped").rescale).toBeUndefined();
    const refused = next(settled(of, step, step.now, "refused"), step.now + MINUTE_MS, at(step.now + MINUTE_MS, 2));
    expect(refused.reason).toBe("rescale_failed");
    expect(refused.state.refused).toMatchObject({ count: 1, direction: "out" });
    const failed = settled(of, step, step.now, "failed");
    expect(failed.rescale?.asked.done).toBeUndefined();
  });

  test("its outcome is told after ten minutes, as measured before and after", () => {
    const { state, now } = begun();
    const checkpoints = { completed: 1, failed: 0, lastCompletedAt: now + 55 * SECOND_MS };
    const end = next(
      state,
      now + 60 * SECOND_MS,
      at(now + 60 * SECOND_MS, 4, { startedAt: now + 41 * SECOND_MS, checkpoints }),
    );
    const told = watch(of, (t) => at(t, 4, { startedAt: now + 41 * SECOND_MS }), {
      state: end.state,
      from: now + 11 * MINUTE_MS,
      times: 1,
    });
    expect(told.actions).toMatchObject([
      {
        type: "record_outcome",
        decisionAt: now,
        text: "parallelism 2 → 4; away for 41 s; sources read 100/s → 100/s; waiting records 0 → 0; busiest subtask 1000 ms/s → 700 ms/s",
        values: { restartMs: 41_000, busyMsBefore: 1000, busyMs: 700, from: 2, to: 4 },
      },
    ]);
    expect(told.state.effect).toBeUndefined();
  });

  test("it is looked at every 10 s, and every period otherwise", () => {
    const { state, now } = begun();
    expect(flinkScaling.dueAt(of, state, now)).toBe(now + 10 * SECOND_MS);
    expect(flinkScaling.dueAt(of, flinkScaling.initial(of, now), now)).toBe(now + MINUTE_MS);
    expect(flinkScaling.dueAt(of, flinkScaling.initial(of, now))).toBe(0);
  });
});
