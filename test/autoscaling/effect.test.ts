import { describe, expect, test } from "vitest";
import type { AutoscalingConfig, AutoscalingConfigInput } from "../../shared/core/autoscaling/config.ts";
import { autoscaling } from "../../shared/core/autoscaling/machine.ts";
import type { AutoscalingAction, AutoscalingState } from "../../shared/core/autoscaling/types.ts";
import { asked, config, EMPTY, fleet, look, settled, T0 } from "./given.ts";

const MINUTE = 60_000;
const demand = (other: AutoscalingConfigInput = {}): AutoscalingConfig =>
  config({
    min: 2,
    max: 50,
    capacity: 10,
    learnCapacity: false,
    startDelay: "60s",
    policies: [{ type: "demand", target: 0.5, drain: "100s", window: "0" }],
    ...other,
  });

interface Seen {
  readonly requests?: number | undefined;
  readonly cpu?: number | undefined;
  readonly backlog?: number | undefined;
}

/** Minutes of a service that follows at once; what it measures depends on the minute and on how many run. */
function live(
  of: AutoscalingConfig,
  minutes: number,
  measure: (minute: number, desired: number) => Seen,
  start: { readonly desired?: number; readonly state?: AutoscalingState; readonly from?: number } = {},
) {
  let { desired = 4, state = EMPTY } = start;
  const { from = 0 } = start;
  const told: string[] = [];
  const reasons: string[] = [];
  const outcomes: (AutoscalingAction & { type: "record_outcome" })[] = [];
  let newest: { [metric: string]: (number | undefined)[] } = {};
  for (let minute = from; minute < from + minutes; minute += 1) {
    const now = T0 + minute * MINUTE;
    const values = {
      requests: undefined,
      cpu: undefined,
      backlog: undefined,
      ...measure(minute, desired),
      ready: desired,
    };
    newest = Object.fromEntries(
      Object.entries(values).map(([metric, value]) => [metric, [...(newest[metric] ?? []), value].slice(-5)]),
    );
    const input = look(fleet(desired, { at: now }), newest, now);
    const step = autoscaling.step(of, state, input, now);
    reasons.push(step.reason);
    for (const action of step.actions)
      if (action.type === "record_outcome" && action.key.startsWith("effect:")) {
        outcomes.push(action);
        told.push(`${minute}: ${action.text}`);
      }
    const to = asked(step);
    if (to !== undefined) told.push(`${minute}: ${desired} → ${to} (${step.reason})`);
    desired = to ?? desired;
    state = settled(of, step, now);
  }
  return { told, reasons, desired, state, outcomes };
}

/** A service that works: use is shared by all. */
const healthy = (load: (minute: number) => number) => (minute: number, desired: number) => {
  const requests = load(minute);
  return { requests, cpu: Math.min(100, (requests / (10 * desired)) * 100), backlog: 0 };
};

describe("ten minutes later the record says what became of it", () => {
  test("an action that helped", () => {
    const { told } = live(
      demand(),
      20,
      healthy((minute) => (minute < 3 ? 20 : 36)),
    );
    expect(told).toEqual([
      "3: 4 → 8 (scaled_out)",
      "13: 10 min later: requests 36 → 36/s, backlog 0 → 0, cpu 90 → 45 %: it helped",
    ]);
  });
  test("after as long as is configured, with numbers for machines", () => {
    const { outcomes } = live(
      demand({ outcome: { after: "4m" } }),
      20,
      healthy((minute) => (minute < 3 ? 20 : 36)),
    );
    expect(outcomes).toEqual([
      {
        type: "record_outcome",
        key: `effect:orders:${T0 + 3 * MINUTE}`,
        decisionAt: T0 + 3 * MINUTE,
        text: "4 min later: requests 36 → 36/s, backlog 0 → 0, cpu 90 → 45 %: it helped",
        values: {
          tookMs: 4 * MINUTE,
          requests_before: 36,
          requests_after: 36,
          backlog_before: 0,
          backlog_after: 0,
          cpu_before: 90,
          cpu_after: 45,
          ready_before: 4,
          ready_after: 8,
        },
      },
    ]);
  });
  test("an action that another one follows sooner has its line then, and so has every one", () => {
    const { told } = live(
      demand(),
      30,
      healthy((minute) => (minute < 3 ? 20 : minute < 6 ? 36 : 60)),
    );
    expect(told.slice(0, 3)).toEqual([
      "3: 4 → 8 (scaled_out)",
      "6: the next action came after 3 min: requests 36 → 60/s, backlog 0 → 0, cpu 90 → 75 %",
      "6: 8 → 12 (scaled_out)",
    ]);
    expect(told).toHaveLength(4);
  });
  test("a person's word and a bound have a line without a verdict, and are never taken back", () => {
    const override = { by: "ada", why: "sale", at: T0, until: T0 + 60 * MINUTE, desired: 20 };
    const stuck = () => ({ requests: 20, cpu: 60, backlog: 0 });
    const { told } = live(demand(), 30, stuck, { state: { ...EMPTY, override } });
    expect(told).toEqual([
      "0: 4 → 20 (overridden)",
      "10: 10 min later: requests 20 → 20/s, backlog 0 → 0, cpu 60 → 60 %",
    ]);
    expect(live(demand({ min: 9 }), 9, stuck, { desired: 4 }).told[0]).toBe("0: 4 → 9 (bounds_enforced)");
  });
  test("nothing in observe", () => {
    expect(
      live(
        demand({ mode: "observe" }),
        20,
        healthy(() => 36),
      ).told,
    ).toEqual([]);
  });
});

/** A hot key: however many run, one of them has all the work. */
const hotKey = (load: (minute: number) => number) => (minute: number) => ({
  requests: load(minute),
  cpu: 90,
  backlog: 0,
});

describe("an action that did not help is taken back once", () => {
  test("and not tried again for a while: a story", () => {
    const { told, reasons, desired } = live(
      demand(),
      60,
      hotKey((minute) => (minute < 3 ? 20 : 36)),
    );
    expect(told.slice(0, 4)).toEqual([
      "3: 4 → 8 (scaled_out)",
      "13: 10 min later: requests 36 → 36/s, backlog 0 → 0, cpu 90 → 90 %: it did not help",
      "13: 8 → 4 (reverted)",
      "23: 10 min later: requests 36 → 36/s, backlog 0 → 0, cpu 90 → 90 %",
    ]);
    expect(reasons.slice(14, 43)).toEqual(Array.from({ length: 29 }, () => "held_ineffective"));
    // Half an hour after the verdict it is tried again, found out again, and then waited for twice as long.
    expect(told.slice(4)).toEqual([
      "43: 4 → 8 (scaled_out)",
      "53: 10 min later: requests 36 → 36/s, backlog 0 → 0, cpu 90 → 90 %: it did not help",
      "53: 8 → 4 (reverted)",
    ]);
    expect(desired).toBe(4);
  });
  test("never in a loop: of a week hardly any is spent on trying", () => {
    const { told, reasons } = live(
      demand(),
      7 * 1440,
      hotKey((minute) => (minute < 3 ? 20 : 36)),
    );
    const tries = told.filter((line) => line.includes("scaled_out"));
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(15);
    expect(reasons.filter((reason) => reason === "held_ineffective").length).toBeGreaterThan(7 * 1440 - 300);
  });
  test("what holds it says which change, and until when it looks no more", () => {
    const { state } = live(
      demand(),
      15,
      hotKey((minute) => (minute < 3 ? 20 : 36)),
    );
    const now = T0 + 15 * MINUTE;
    const input = look(fleet(4, { at: now }), { requests: 36, cpu: 90, backlog: 0 }, now);
    const step = autoscaling.step(demand(), state, input, now);
    expect(step.trace.at(-1)).toMatchObject({
      kind: "vetoed",
      rule: "ineffective",
      text: "requests 36/s ask for 8 at 50 % of 10/s each, but going from 4 to 8 did not help (requests 36 → 36/s, backlog 0 → 0, cpu 90 → 90 %)",
    });
    expect(state.ineffective).toMatchObject({ from: 4, to: 8, times: 1, until: T0 + 43 * MINUTE });
  });
  test("more load than that is another case: it may go out at once", () => {
    const { told } = live(
      demand(),
      21,
      hotKey((minute) => (minute < 3 ? 20 : minute < 20 ? 36 : 60)),
    );
    expect(told.at(-1)).toBe("20: 4 → 15 (scaled_out)");
  });
  test("a backlog that drove it is judged, although use fell", () => {
    const stuck = (minute: number, desired: number) => ({
      requests: 20,
      cpu: 200 / desired,
      backlog: minute < 3 ? 0 : 5000,
    });
    expect(live(demand(), 20, stuck, { desired: 4 }).told.slice(0, 3)).toEqual([
      "3: 4 → 12 (scaled_out)",
      "13: 10 min later: requests 20 → 20/s, backlog 5000 → 5000, cpu 50 → 16.67 %: it did not help",
      "13: 12 → 4 (reverted)",
    ]);
  });
  test("a backlog that grows without a word of the CPU is no reason: more may be done, only not enough", () => {
    const blind = (minute: number) => ({ requests: 20, backlog: minute < 3 ? 0 : 5000 + minute * 100 });
    const { told, reasons } = live(demand({ max: 12 }), 20, blind, { desired: 4 });
    expect(told.at(-1)).toMatch(/cannot be told, what is measured is too little for that$/);
    expect(reasons).not.toContain("reverted");
  });
  test("not where revert is off: it is said, and tried again", () => {
    const of = demand({ outcome: { revert: false } });
    const { told, reasons } = live(
      of,
      30,
      hotKey((minute) => (minute < 3 ? 20 : 36)),
    );
    expect(told).toEqual([
      "3: 4 → 8 (scaled_out)",
      "13: 10 min later: requests 36 → 36/s, backlog 0 → 0, cpu 90 → 90 %: it did not help",
    ]);
    expect(reasons).not.toContain("reverted");
  });
  test("not below the minimum, and not while a person has paused that direction", () => {
    const hot = hotKey((minute) => (minute < 3 ? 20 : 36));
    const pause = { by: "ada", why: "sale", at: T0, direction: "in" as const };
    const paused = live(demand(), 20, hot, { state: { ...EMPTY, pause } });
    expect(paused.reasons.slice(13)).toEqual(Array.from({ length: 7 }, () => "held_paused"));
    expect(paused.desired).toBe(8);
    const { pause: _, ...resumed } = paused.state;
    expect(live(demand(), 1, hot, { desired: 8, state: resumed, from: 20 }).told).toEqual(["20: 8 → 4 (reverted)"]);
    const raised = live(demand(), 12, hot);
    expect(live(demand({ min: 6 }), 3, hot, { desired: 8, state: raised.state, from: 12 }).told.at(-1)).toBe(
      "13: 8 → 6 (reverted)",
    );
  });
  test("not any more once clearly more comes while it had to wait, as in a deployment", () => {
    const hot = hotKey((minute) => (minute < 3 ? 20 : minute < 16 ? 36 : 80));
    const pause = { by: "ada", why: "deployment", at: T0, direction: "in" as const };
    const { told, reasons } = live(demand(), 20, hot, { state: { ...EMPTY, pause } });
    expect(reasons[14]).toBe("held_paused");
    expect(told).toContain("16: 8 → 16 (scaled_out)");
  });
  test("a revert that the fleet refuses is not asked for again", () => {
    const hot = hotKey((minute) => (minute < 3 ? 20 : 36));
    const { state } = live(demand(), 13, hot);
    const now = T0 + 13 * MINUTE;
    const values = { requests: 36, cpu: 90, backlog: 0, ready: 8 };
    const step = autoscaling.step(demand(), state, look(fleet(8, { at: now }), values, now), now);
    expect(step.reason).toBe("reverted");
    const refused = settled(demand(), step, now, "refused");
    expect(refused.ineffective).not.toHaveProperty("back");
    const rest = live(demand(), 25, hot, { desired: 8, state: { ...refused }, from: 14 });
    expect(rest.reasons).not.toContain("reverted");
  });
});

describe("whether it helped cannot be told", () => {
  const verdict = (measure: (minute: number, desired: number) => Seen) =>
    live(demand(), 20, measure).told.find((line) => line.includes("later"));
  test("where the load grew: more work explains what did not fall", () => {
    const line = verdict((minute) => ({
      requests: minute < 3 ? 20 : minute < 8 ? 36 : 39.8,
      cpu: minute < 8 ? 90 : 96,
      backlog: 0,
    }));
    expect(line).toMatch(/cannot be told, the load grew to 110.6 %$/);
  });
  test("nor where a minute shortly before was such a peak", () => {
    const line = verdict((minute) => ({
      requests: minute < 3 ? 20 : minute === 11 ? 39.8 : 36,
      cpu: 90,
      backlog: 0,
    }));
    expect(line).toMatch(/cannot be told, the load grew/);
  });
  test("where it is saturated: full says nothing of how full", () => {
    const line = verdict((minute) => ({ requests: minute < 3 ? 20 : 36, cpu: minute < 3 ? 50 : 99, backlog: 0 }));
    expect(line).toMatch(/cannot be told, cpu is saturated$/);
  });
  test("where the step is so small that a CPU which wavers would look the same", () => {
    const small = (minute: number) => ({ requests: minute < 3 ? 100 : 101, cpu: 60, backlog: 0 });
    const line = live(demand(), 20, small, { desired: 20 }).told.find((one) => one.includes("later"));
    expect(line).toMatch(/cannot be told, what is measured is too little for that$/);
  });
  test("where nothing is measured but the load", () => {
    expect(verdict((minute) => ({ requests: minute < 3 ? 20 : 36 }))).toMatch(
      /cannot be told, nothing is measured that it was to bring down$/,
    );
  });
  test("where nobody measures the load, whatever the CPU does", () => {
    const of = config({ min: 2, policies: [{ type: "hpa", metrics: [{ target: 50 }] }] });
    const { told, reasons } = live(of, 20, () => ({ cpu: 80 }));
    expect(told.find((line) => line.includes("later"))).toMatch(/cannot be told, nobody measures the load$/);
    expect(reasons).not.toContain("reverted");
  });
  test("where the metrics went away: after some minutes more the line says what it can", () => {
    const line = verdict((minute) =>
      minute < 3 ? { requests: 20, cpu: 50 } : minute < 4 ? { requests: 36, cpu: 90 } : {},
    );
    expect(line).toBe("18: 15 min later: whether it helped cannot be told, nobody measures the load");
  });
});

describe("a scale-in that did harm is taken back once", () => {
  const harmful = (from: number) => (minute: number, desired: number) => {
    const requests = minute < from ? 36 : 19;
    return { requests, cpu: desired < 5 ? 97.5 : 35, backlog: 0 };
  };
  test("as soon as it is seen, and nothing goes in so far for a while", () => {
    const { told, reasons, desired } = live(demand(), 30, harmful(3), { desired: 8 });
    expect(told.slice(0, 3)).toEqual([
      "3: 8 → 4 (scaled_in)",
      "5: 2 min later: requests 19 → 19/s, backlog 0 → 0, cpu 35 → 97.5 %: it did harm, cpu is 97.5 % where 70 % was to be expected",
      "5: 4 → 8 (reverted)",
    ]);
    expect(told[3]).toBe("6: the next action came after 1 min: requests 19 → 19/s, backlog 0 → 0, cpu 97.5 → 35 %");
    // Five is not as far as four, where harm was done.
    expect(told[4]).toBe("6: 8 → 5 (scaled_in)");
    expect([desired, reasons.slice(20).every((reason) => reason === "held_ineffective")]).toEqual([5, true]);
  });
  test("by what waits", () => {
    const waits = (minute: number, desired: number) => ({
      requests: minute < 3 ? 36 : 19,
      cpu: 50,
      backlog: desired < 5 ? 2000 : 0,
    });
    expect(
      live(demand({ policies: [{ type: "demand", target: 0.5, drain: "60m", window: "0" }] }), 8, waits, {
        desired: 8,
      }).told.slice(0, 2),
    ).toEqual([
      "3: 8 → 4 (scaled_in)",
      "4: 1 min later: requests 19 → 19/s, backlog 0 → 2000, cpu 50 → 50 %: it did harm, backlog went from 0 to 2000",
    ]);
  });
  test("not where the load grew: then the policy answers by itself", () => {
    const { reasons } = live(
      demand(),
      20,
      healthy((minute) => (minute < 3 ? 36 : minute < 6 ? 19 : 36)),
      { desired: 8 },
    );
    expect(reasons).not.toContain("reverted");
    expect(reasons.filter((reason) => reason === "scaled_out")).toHaveLength(1);
  });
  test("and such a one has a line that says why nothing can be told", () => {
    // Fuller at the end than a tenth over then, and less than what makes the policy ask for more.
    const { told } = live(
      demand(),
      20,
      healthy((minute) => (minute < 3 ? 36 : minute < 10 ? 17 : 20)),
      { desired: 8 },
    );
    expect(told.at(-1)).toMatch(/^1\d: 10 min later: .* cannot be told, the load grew to 117\.6\d* %$/);
  });
  test("one without harm has a line that says so", () => {
    const { told } = live(
      demand(),
      20,
      healthy((minute) => (minute < 3 ? 36 : 19)),
      { desired: 8 },
    );
    expect(told).toEqual([
      "3: 8 → 4 (scaled_in)",
      "13: 10 min later: requests 19 → 19/s, backlog 0 → 0, cpu 23.75 → 47.5 %: nothing got worse",
    ]);
  });
});

describe("another hand", () => {
  test("that changes the count ends what was watched, and nothing is taken back", () => {
    const hot = hotKey((minute) => (minute < 3 ? 20 : 36));
    const { state } = live(demand(), 8, hot);
    const after = live(demand(), 10, hot, { desired: 9, state, from: 8 });
    expect(after.told[0]).toBe("8: another count, 9, was asked for after 5 min");
    expect(after.reasons).not.toContain("reverted");
  });
  test("that changes it between the verdict and the revert leaves nothing to take back", () => {
    const hot = hotKey((minute) => (minute < 3 ? 20 : 36));
    const pause = { by: "ada", why: "sale", at: T0, direction: "in" as const };
    const { state } = live(demand(), 15, hot, { state: { ...EMPTY, pause } });
    expect(state.ineffective?.back).toBe(4);
    const { pause: _, ...rest } = state;
    const after = live(demand(), 3, hot, { desired: 9, state: rest, from: 15 });
    expect([after.reasons.includes("reverted"), after.state.ineffective?.back]).toEqual([false, undefined]);
  });
});

test("a clock that goes back leaves an outcome due after its time, and a hold that ends", () => {
  const hot = hotKey((minute) => (minute < 3 ? 20 : 36));
  const { state } = live(demand(), 8, hot, { from: 1000 });
  const back = live(demand(), 12, () => ({ requests: 36, cpu: 90, backlog: 0 }), { desired: 8, state, from: 0 });
  expect(back.told[0]).toMatch(/^10: 10 min later/);
  expect(back.state.ineffective?.until ?? 0).toBeLessThan(T0 + 2 * 1440 * MINUTE);
});

describe("a consumer group", () => {
  const lagged = config({
    min: 2,
    max: 12,
    policies: [{ type: "kafka-lag", cluster: "main", group: "orders", perConsumer: 20 }],
  });
  /** 100 a second arrive, and a burst in minute 3; `read` is what all consumers together read per second from then on. */
  function group(burst: number, read: (desired: number) => number) {
    let state: AutoscalingState = EMPTY;
    let desired = 7;
    let [end, committed] = [0, 0];
    const told: string[] = [];
    for (let minute = 0; minute < 30; minute += 1) {
      const at = T0 + minute * MINUTE;
      end += minute === 3 ? 6000 + burst : 6000;
      committed = minute < 3 ? end - 100 : Math.min(end, committed + read(desired) * 60);
      const part = [Math.floor(committed / 12), Math.floor(end / 12), 0] as const;
      const lag = { at, state: "Stable", topics: { orders: Array.from({ length: 12 }, () => part) } };
      const step = autoscaling.step(lagged, state, { ...look(fleet(desired, { at }), {}, at), lags: { 0: lag } }, at);
      const to = asked(step);
      for (const action of step.actions)
        if (action.type === "record_outcome" && action.key.startsWith("effect:")) told.push(action.text);
      if (to !== undefined) told.push(`${desired} → ${to} (${step.reason})`);
      desired = to ?? desired;
      state = settled(lagged, step, at);
    }
    return { told, desired };
  }

  test("that reads more with more consumers, though not enough yet, keeps them", () => {
    const { told } = group(0, (desired) => 7 * desired);
    expect(told.join("\n")).not.toContain("reverted");
    expect(told.join("\n")).toContain("it helped");
  });
  test("that reads no more, since one partition has it all, is not made larger and larger", () => {
    const { told, desired } = group(20_000, () => 100);
    expect(told.slice(0, 3)).toEqual([
      "7 → 11 (scaled_out)",
      "10 min later: lag 20100 → 20100, records 433.2 → 100, consumed 100 → 100: it did not help",
      "11 → 7 (reverted)",
    ]);
    expect([told.filter((line) => line.includes("scaled_out")).length, desired]).toEqual([1, 7]);
  });
});
