import { describe, expect, test } from "vitest";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkScalingConfig, FlinkScalingState, FlinkSeen } from "../../shared/core/autoscaling/flink/types.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { AGAIN, config, full, look, settled, T0, textOf, watch } from "./flink-given.ts";
import { AGAIN as FILES, place, yaml } from "./job-kit.ts";

/** Running, and without an answer to what is asked for: `GET /jobs/:id/resource-requirements` was a 404. */
const mute = (now: number): FlinkSeen => {
  const { adaptive: _, ...seen } = full(now);
  return { ...seen, noRequirements: true, checkpoints: { completed: 3, failed: 0, lastPath: "s3://chk-3" } };
};
const types = (step: { readonly actions: readonly { readonly type: string }[] }) =>
  step.actions.map(({ type }) => type);

describe("no answer to what is asked for", () => {
  const of = config({}, {}, AGAIN);
  const next = (state: FlinkScalingState, now: number, seen: FlinkSeen | undefined, by: FlinkScalingConfig = of) =>
    flinkScaling.step(by, state, look(seen), now);
  /** Everything is measured, and the next look would scale out. */
  const ready = () => {
    const { state, now } = watch(of, full, { times: 15 });
    return { state, now: now + MINUTE_MS };
  };

  test("once is no word that it cannot: it holds, says so, and goes in place when it is told again", () => {
    const { state, now } = ready();
    const held = next(state, now, mute(now));
    expect(held.reason).toBe("held_incomplete");
    expect(held.actions).toEqual([]);
    expect(held.trace.at(-1)?.text).toMatch(/resource requirements.* 1 of 3 looks/);
    const step = next(held.state, now + MINUTE_MS, full(now + MINUTE_MS));
    expect(types(step)).toEqual(["require"]);
    expect(step.state.noRequirements).toBeUndefined();
  });

  test("over three looks and 20 s of a job that runs, it is: then it is stopped with a savepoint", () => {
    const { state, now } = ready();
    let step = next(state, now, mute(now));
    // Looks a second apart may all be of one restart of the job manager.
    for (let second = 1; second < 20; second += 1) {
      step = next(step.state, now + second * SECOND_MS, mute(now + second * SECOND_MS));
      expect([second, step.reason, step.actions]).toEqual([second, "held_incomplete", []]);
    }
    step = next(step.state, now + 20 * SECOND_MS, mute(now + 20 * SECOND_MS));
    expect(types(step)).toEqual(["stop_with_savepoint"]);
  });

  test("without savepoints and jarId it says after three looks that it cannot", () => {
    expect(watch(config(), mute).reason).toBe("held_refused");
  });

  test.each<[string, (now: number) => FlinkSeen]>([
    ["another job", (now) => ({ ...mute(now), jobId: "b".repeat(32) })],
    ["a job that restarted", (now) => ({ ...mute(now), allRunning: false })],
    ["a cluster that told it", (now) => ({ ...full(now), adaptive: true })],
  ])("is counted anew after %s", (_title, between) => {
    const { state, now } = ready();
    const first = next(state, now, mute(now));
    const second = next(first.state, now + 20 * SECOND_MS, mute(now + 20 * SECOND_MS));
    expect(second.state.noRequirements?.looks).toBe(2);
    const other = next(second.state, now + 40 * SECOND_MS, between(now + 40 * SECOND_MS));
    expect(other.state.noRequirements?.looks ?? 0).toBeLessThan(2);
    expect(types(next(other.state, now + MINUTE_MS, mute(now + MINUTE_MS)))).toEqual([]);
  });

  test("a look that told nothing new changes nothing that is remembered; a clock that went back counts anew", () => {
    const { state } = watch(of, mute, { times: 6 });
    expect(state.noRequirements).toEqual({ jobId: "a".repeat(32), since: T0, looks: 3 });
    const back = next(state, T0 - 60 * MINUTE_MS, mute(T0 - 60 * MINUTE_MS));
    expect(back.state.noRequirements).toEqual({ jobId: "a".repeat(32), since: T0 - 60 * MINUTE_MS, looks: 1 });
  });

  test("in the middle of a rescale in place the other way is gone after as many looks", () => {
    const { state, now } = ready();
    const asked = next(state, now, full(now));
    let step = { ...asked, state: settled(of, asked, now, "failed") };
    const seen: string[] = [];
    for (let second = 10; second <= 30; second += 10) {
      step = next(step.state, now + second * SECOND_MS, mute(now + second * SECOND_MS));
      seen.push(types(step).join());
    }
    expect(seen).toEqual(["", "", "stop_with_savepoint"]);
    expect(textOf(step.trace, "rescale")).toContain("resource requirements");
  });

  test("of a cluster whose job manager restarts: the job is not stopped, and rescaled in place when it is back", async () => {
    const p = await place({ config: yaml(FILES) });
    await p.look();
    await p.override(4);
    p.flink.faults.mute = true;
    expect((await p.look())?.reason).toBe("held_incomplete");
    p.flink.faults.mute = false;
    p.w.clock.advance(10_000);
    expect((await p.look())?.record?.actions).toMatchObject([{ type: "require" }]);
    expect(p.calls).not.toContain("trigger");
  });

  test("an action that meets it stays to be done", async () => {
    const p = await place({ config: yaml(FILES) });
    await p.look();
    await p.override(4);
    p.flink.faults.muteRequire = true;
    expect((await p.look())?.results).toEqual([]);
    p.flink.faults.muteRequire = false;
    p.w.clock.advance(MINUTE_MS);
    await p.look();
    expect(p.flink.jobs.get("a".repeat(32))?.parallelism).toBe(4);
    expect(p.calls).not.toContain("trigger");
  });
});
