import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { AGAIN, config, T0 } from "./flink-given.ts";
import { drive, FIRST, flinkSim, type Line } from "./flink-job.ts";

const changes = (lines: readonly Line[]) =>
  lines.flatMap(({ at, actions }) =>
    actions.flatMap((action) =>
      action.type === "require" ? [{ minute: Math.round((at - T0) / MINUTE_MS), to: action.parallelism }] : [],
    ),
  );
const reasons = (lines: readonly Line[]) => [...new Set(lines.map(({ reason }) => reason))];
/** As shipped. */
const of = config({ utilizationMax: 1 });

describe("a job through a day", () => {
  test("the load doubles: one rescale once a window has seen it, the lag is worked off, and nothing thrashes", () => {
    const load = (now: number) => (now < T0 + HOUR_MS ? 140 : 280);
    const sim = flinkSim({ load, restartMs: 40 * SECOND_MS });
    const { lines, state } = drive(of, sim, 5 * HOUR_MS);
    const made = changes(lines);
    expect(made).toHaveLength(1);
    expect(made[0]?.minute).toBeGreaterThan(60);
    expect(made[0]?.minute).toBeLessThanOrEqual(76);
    expect(lines.filter(({ reason }) => reason === "rescaled").length).toBe(made.length);
    expect(state.restartMs).toBeGreaterThanOrEqual(40 * SECOND_MS);
    expect(state.restartMs).toBeLessThanOrEqual(60 * SECOND_MS);
    // It keeps up, with no lag but the second that has just come in.
    expect(sim.lag()).toBeLessThan(1000);
    const work = sim.alive()[0]?.parallelism["work"] ?? 0;
    expect(work).toBe(4);
    expect(lines.flatMap(({ actions }) => actions.filter(({ type }) => type === "record_outcome"))).toHaveLength(
      made.length,
    );
  });

  test("the load falls: an hour and a window later it goes in, by 60 % at the most", () => {
    const load = (now: number) => (now < T0 + HOUR_MS ? 700 : 60);
    const sim = flinkSim({ load, parallelism: { source: 2, work: 10 } });
    const { lines } = drive(of, sim, 4 * HOUR_MS);
    const made = changes(lines);
    expect(made[0]?.minute).toBeGreaterThanOrEqual(120);
    expect(made[0]?.minute).toBeLessThan(140);
    expect(made[0]?.to["work"]).toBeGreaterThanOrEqual(4);
    expect(sim.lag()).toBeLessThan(500);
    expect(reasons(lines)).toContain("held_stabilization");
  });

  test("a steady load inside its band is left alone", () => {
    const sim = flinkSim({ load: () => 140 });
    const { lines } = drive(of, sim, 8 * HOUR_MS);
    expect(changes(lines)).toEqual([]);
    expect(reasons(lines)).toEqual(["held_window", "within_target"]);
  });

  test("a daily wave: few rescales, and no lag that lasts", () => {
    const load = (now: number) => 300 - 220 * Math.cos(((now - T0) / (24 * HOUR_MS)) * 2 * Math.PI);
    const sim = flinkSim({ load });
    const { lines } = drive(of, sim, 24 * HOUR_MS);
    expect(changes(lines).length).toBeGreaterThan(2);
    expect(changes(lines).length).toBeLessThanOrEqual(16);
    expect(lines.filter(({ reason }) => reason === "rescale_failed")).toEqual([]);
    expect(sim.slowest()).toBeLessThan(10 * 60 * 520);
  });

  test("the cluster cannot rescale in place: stopped with a savepoint and run again, once", () => {
    const load = (now: number) => (now < T0 + HOUR_MS ? 140 : 280);
    const sim = flinkSim({ load, adaptive: false });
    const { lines, state } = drive(config({ utilizationMax: 1 }, {}, AGAIN), sim, 4 * HOUR_MS);
    const types = lines
      .flatMap(({ actions }) => actions.map(({ type }) => type))
      .filter((type) => type !== "record_outcome");
    expect(types.slice(0, 2)).toEqual(["stop_with_savepoint", "run"]);
    expect(types.length).toBeLessThanOrEqual(4);
    expect(sim.jobs.get(FIRST)?.state).toBe("FINISHED");
    expect(sim.alive()).toHaveLength(1);
    expect(sim.lag()).toBeLessThan(1000);
    expect(state.rescale).toBeUndefined();
  });

  test("a parallelism at which the job dies is rolled back, and tried ever less often", () => {
    const sim = flinkSim({ load: (now) => (now < T0 + 30 * MINUTE_MS ? 140 : 280), diesFrom: 3 });
    const { lines } = drive(config({ utilizationMax: 1, deadline: "2m" }), sim, 8 * HOUR_MS);
    const rolled = lines.filter(({ reason }) => reason === "rescale_rolled_back").map(({ at }) => at);
    expect(rolled.length).toBeGreaterThanOrEqual(2);
    expect(rolled.length).toBeLessThanOrEqual(4);
    expect(sim.alive()[0]?.parallelism["work"]).toBe(2);
  });

  test("the job manager dies in the middle of a rescale and comes back with the old parallelism: asked again", () => {
    const sim = flinkSim({ load: () => 300 });
    const away = config({ utilizationMax: 1 });
    const before = drive(away, sim, 16 * MINUTE_MS);
    expect(before.state.rescale?.phase).toBe("requiring");
    const [job] = sim.alive();
    if (!job) throw new Error("no job runs");
    // Its requirements were in memory only.
    job.asked = { source: 1, work: 2 };
    sim.restart(job);
    const after = drive(away, sim, 10 * MINUTE_MS, before.state);
    expect(changes(after.lines).length).toBe(1);
    expect(after.lines.map(({ reason }) => reason)).toContain("rescaled");
    expect(job.parallelism["work"]).toBeGreaterThan(2);
  });
});
