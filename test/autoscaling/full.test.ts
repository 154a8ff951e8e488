import { describe, expect, test } from "vitest";
import type { AutoscalingConfig, AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import type { Forecast } from "../../shared/core/autoscaling/forecast/types.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { Actual, AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { asked, config, EMPTY, fleet, look, settled, T0 } from "./given.ts";

const MINUTE = 60_000;
const given = (policy: "demand" | "predictive" = "demand", other: AutoscalingConfigInput = {}): AutoscalingConfig =>
  config({
    min: 2,
    max: 50,
    capacity: 10,
    learnCapacity: false,
    startDelay: "60s",
    policies: [{ type: policy }],
    ...other,
  });

interface Seen {
  readonly requests: number;
  readonly cpu: number;
  readonly backlog?: number;
}

interface Start {
  readonly desired?: number;
  readonly state?: AutoscalingState;
  readonly from?: number;
  /** What the fleet is like beside its counts. */
  readonly fleetAt?: (minute: number) => Partial<Actual>;
  readonly forecast?: Partial<Forecast>;
}

/** Minutes of a service that follows at once: what it measures depends on the minute and on how many run. Nobody measures `ready`. */
function live(
  of: AutoscalingConfig,
  minutes: number,
  measure: (minute: number, desired: number) => Seen,
  start: Start = {},
) {
  let { desired = 6, state = EMPTY } = start;
  const { from = 0, fleetAt = () => ({}), forecast } = start;
  const told: string[] = [];
  const reasons: string[] = [];
  const said: string[] = [];
  let newest: { [metric: string]: number[] } = {};
  for (let minute = from; minute < from + minutes; minute += 1) {
    const now = T0 + minute * MINUTE;
    newest = Object.fromEntries(
      Object.entries(measure(minute, desired)).map(([name, value]) => [
        name,
        [...(newest[name] ?? []), value].slice(-5),
      ]),
    );
    const input = look(fleet(desired, { at: now, ...fleetAt(minute) }), newest, now);
    const forecasts = forecast && { "0": expected(now, forecast) };
    const step = autoscaling.step(of, state, { ...input, ...(forecasts ? { forecasts } : {}) }, now);
    reasons.push(step.reason);
    const to = asked(step);
    if (to !== undefined) told.push(`${minute}: ${desired} → ${to} (${step.reason})`);
    desired = to ?? desired;
    state = settled(of, step, now);
    said.push(step.trace.at(-1)?.text ?? "");
  }
  return { told, reasons, said, desired, state };
}

/** Four tasks' work is expected, of a load that has kept four busy. */
const expected = (now: number, other: Partial<Forecast>): Forecast => ({
  at: now + 2 * MINUTE,
  knownAt: now - 2 * MINUTE,
  level: 2,
  spread: 0.1,
  errors: [],
  perTask: 10,
  mean: 4,
  minutes: 10_080,
  forecaster: "regression",
  trusted: true,
  ...other,
});

/** Tasks that do `real` requests a second, whatever is thought of them. */
const slow =
  (requests: number, real: number) =>
  (_minute: number, desired: number): Seen => ({ requests, cpu: Math.min(100, (requests / (real * desired)) * 100) });
/** A loop that is always busy. */
const busy = (_minute: number): Seen => ({ requests: 40, cpu: 100 });

describe("a CPU that is full although arrivals say that there is enough", () => {
  test("asks for what a target of 70 % would, after three full minutes, and keeps it", () => {
    // 40 a second ask for 6 at 70 % of 10/s each; they do 6 each, so that 6 are full and 9 are at 74 %.
    const { told, desired, said } = live(given(), 60, slow(40, 6));
    expect(told).toEqual(["2: 6 → 9 (scaled_out)"]);
    expect(said[2]).toBe(
      "cpu 100 % has been full for minutes with all 6 ready, so a task does less than 10/s: 9 for a target of 70 %",
    );
    expect(desired).toBe(9);
  });
  test("each rise waits for three minutes of the new count, and the maximum holds", () => {
    expect(live(given(), 20, slow(40, 3)).told).toEqual([
      "2: 6 → 9 (scaled_out)",
      "6: 9 → 13 (scaled_out)",
      "10: 13 → 19 (scaled_out)",
    ]);
    expect(live(given("demand", { max: 10 }), 20, slow(40, 3)).told).toEqual([
      "2: 6 → 9 (scaled_out)",
      "6: 9 → 10 (scaled_out)",
    ]);
  });
  test("goes in by CPU as well as by arrivals when less comes, and by arrivals alone once they agree", () => {
    const first = live(given(), 20, slow(40, 6));
    expect(first.state.full).toMatchObject({ count: 6, rises: 0 });
    const less = live(given(), 30, slow(20, 6), { ...first, from: 20 });
    // Three by arrivals, five by CPU.
    expect(less.told.at(-1)).toMatch(/→ 5 \(scaled_in\)$/);
    const quick = live(given(), 30, slow(20, 10), { ...less, from: 50 });
    expect([quick.told.at(-1), quick.state.full]).toEqual([expect.stringMatching(/→ 3 \(scaled_in\)$/), undefined]);
  });
  test("by predictive as well", () => {
    const { told, said, desired } = live(given("predictive"), 60, slow(40, 6), { forecast: {} });
    expect(told).toEqual(["2: 6 → 9 (scaled_out)"]);
    expect(said[2]).toMatch(/^cpu 100 % has been full for minutes with all 6 ready/);
    expect(desired).toBe(9);
  });
  test("once what a task does was learned it goes by that, and it learns nothing of full minutes", () => {
    const learning = given("demand", { learnCapacity: true });
    const full = live(learning, 3, slow(40, 6));
    expect(full.state.learned).toBeUndefined();
    const later = live(learning, 40, slow(40, 6), { ...full, from: 3 });
    expect(later.told.at(-1)).toBe("13: 9 → 10 (scaled_out)");
    expect([later.desired, later.state.full]).toEqual([10, undefined]);
  });
});

describe("not for ever", () => {
  test("after three rises that did not bring it down it holds, and says so", () => {
    const { told, reasons, said, state } = live(given(), 60, busy);
    expect(told).toEqual(["2: 6 → 9 (scaled_out)", "6: 9 → 13 (scaled_out)", "10: 13 → 19 (scaled_out)"]);
    expect(reasons[14]).toBe("held_ineffective");
    expect(reasons.slice(-20).every((reason) => reason === "held_ineffective")).toBe(true);
    expect(said[14]).toBe(
      "cpu is full at any count: 3 rises in a row did not bring it down, the last one to 19; requests 40/s ask for 6 at 70 % of 10/s each, and 19 were asked for within 10 min",
    );
    expect(state.full?.rises).toBe(4);
  });
  test("a minute now and then that is not full begins nothing anew", () => {
    const dips = (minute: number) => ({ requests: 40, cpu: minute % 5 === 4 ? 85 : 100 });
    const { desired, state } = live(given(), 120, dips);
    expect([desired, state.full?.rises]).toEqual([19, 4]);
  });
  test("where many more are needed than three rises bring, none of them is given up while they are full", () => {
    // Twenty at the least; the load is what is offered, so that no rise brings more of it.
    const { desired, state } = live(given(), 120, slow(40, 2));
    expect([desired, state.full?.rises]).toEqual([19, 4]);
    const night = live(given(), 40, slow(4, 2), { desired, state, from: 120 });
    expect(night.desired).toBe(3);
    expect(live(given(), 20, slow(40, 6), { ...night, from: 160 }).desired).toBe(9);
  });
  test("where less than asked for was granted, that was no rise in vain", () => {
    const { told } = live(given("demand", { maxStep: { out: 1 } }), 30, busy);
    expect(told.length).toBeGreaterThan(4);
  });
  test("where only what is done counts as arriving, each rise brings more, and the next one is asked for", () => {
    // A hundred would come; what is counted is what is done.
    const served = (_minute: number, desired: number) => ({
      requests: Math.min(100, desired * 5),
      cpu: Math.min(100, 10_000 / (desired * 5)),
    });
    expect(live(given(), 40, served, { desired: 2 }).desired).toBeGreaterThanOrEqual(20);
  });
  test("it is forgotten once the CPU was clearly below full", () => {
    const vain = live(given(), 20, busy);
    const after = live(given(), 3, slow(100, 10), { ...vain, from: 20 });
    expect(after.state.full).toBeUndefined();
  });
  test("in mode recommend the same is proposed as long as it is so", () => {
    const { reasons, state } = live(given("demand", { mode: "recommend" }), 20, busy);
    expect(reasons.slice(2)).toEqual(Array.from({ length: 18 }, () => "would_scale_out"));
    expect(state.full).toEqual({ count: 6, rises: 1, load: 40 });
  });
});

describe("nothing is asked for", () => {
  const held = (measure: (minute: number, desired: number) => Seen, start: Start = {}, of = given()) =>
    expect(live(of, 12, measure, start).told).toEqual([]);
  test("where what waits is measured, be it nothing or something: that tells by itself", () => {
    held((minute) => ({ ...busy(minute), backlog: 0 }));
    expect(live(given(), 12, (minute) => ({ ...busy(minute), backlog: 1 })).state.full).toBeUndefined();
  });
  test("where one of three minutes was not full", () => {
    held((minute) => ({ requests: 40, cpu: minute % 3 === 2 ? 96 : 100 }));
  });
  test("where many are not ready", () => {
    held(busy, { fleetAt: () => ({ ready: 4, pending: 2 }) });
  });
  test("during a deployment, and of its minutes", () => {
    const fleetAt = (minute: number) => ({ deploying: minute < 8 });
    held((minute) => ({ requests: 40, cpu: minute < 8 ? 100 : 60 }), { fleetAt });
    expect(live(given(), 12, busy, { fleetAt }).told).toEqual(["11: 6 → 9 (scaled_out)"]);
  });
  test("of minutes from before the count was changed, by us or by others", () => {
    const others = { ...EMPTY, desired: 5 };
    expect(live(given(), 6, busy, { state: others }).told).toEqual(["3: 6 → 9 (scaled_out)"]);
  });
});

test("tasks too busy to answer their health check are helped all the same", () => {
  const { told, said } = live(given(), 4, () => ({ requests: 60, cpu: 100 }), {
    desired: 10,
    fleetAt: () => ({ ready: 9, pending: 1 }),
  });
  expect(told).toEqual(["2: 10 → 13 (scaled_out)"]);
  expect(said[2]).toMatch(/^cpu 100 % has been full for minutes with 9 of 10 ready/);
});

test("a deployment that never ends does not keep a full service as it is", () => {
  const { told } = live(given(), 40, busy, { fleetAt: () => ({ deploying: true }) });
  expect(told[0]).toBe("30: 6 → 9 (scaled_out)");
});

test("tasks that were lost are not given up because the rest of them are few", () => {
  const first = live(given(), 20, slow(40, 6));
  const lost = live(given(), 30, () => ({ requests: 20, cpu: 95 }), {
    ...first,
    from: 20,
    fleetAt: () => ({ ready: 3, pending: 6 }),
  });
  expect(lost.told).toEqual([]);
});

test("requests that are told a minute after the CPU agree with the CPU of their minute", () => {
  const first = live(given(), 20, slow(40, 6));
  // Tasks have become as fast as was thought.
  let state = first.state;
  for (let minute = 20; minute < 30; minute += 1) {
    const now = T0 + minute * MINUTE;
    const input = look(fleet(9, { at: now }), { requests: [40, 40, 40, 40, undefined], cpu: Array(5).fill(45) }, now);
    state = settled(given(), autoscaling.step(given(), state, input, now), now);
  }
  expect([first.state.full?.count, state.full]).toEqual([6, undefined]);
});

test("a look that tells nothing new changes nothing", () => {
  const { state, desired } = live(given("demand", { mode: "observe" }), 10, busy);
  const now = T0 + 9 * MINUTE;
  const same = look(fleet(desired, { at: now }), { requests: Array(5).fill(40), cpu: Array(5).fill(100) }, now);
  expect(autoscaling.step(given("demand", { mode: "observe" }), state, same, now).state).toBe(state);
});
