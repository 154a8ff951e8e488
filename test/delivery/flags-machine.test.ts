import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flagMachine } from "../../shared/core/delivery/flags/machine.ts";
import { type FlagConfig, type FlagInput, type FlagState, liveOf } from "../../shared/core/delivery/flags/state.ts";
import { sharesAt } from "../../shared/core/delivery/flags/variants.ts";
import { machineLaws } from "../contract/machine.ts";

const MINUTE = 60_000;
const EVERY = 30_000;
const CONFIG: FlagConfig = {
  kind: "flag",
  flag: "checkout",
  variants: ["off", "on"],
  rest: "off",
  off: "off",
  to: "on",
  holdMs: 5 * MINUTE,
  rollout: {
    steps: [10, 50, 100],
    everyMs: EVERY,
    holdMs: 2 * MINUTE,
    gate: {
      rule: "sequential",
      alpha: 0.05,
      history: 60,
      insufficient: "hold",
      errorRatio: 1.5,
      p99Ratio: 1.2,
      looks: 1,
    },
  },
};
const SAID = { by: "ada", why: "it is time" };

/** Plays inputs in order; each at its own minute. */
function played(steps: readonly (readonly [minute: number, input: FlagInput])[], config = CONFIG) {
  let state: FlagState = flagMachine.initial(config, 0);
  const reasons = steps.map(([minute, input]) => {
    const step = flagMachine.step(config, state, input, minute * MINUTE);
    state = step.state;
    return step.reason;
  });
  return { state, reasons, live: liveOf(config, state) };
}

const ties = (causes: readonly string[], unknown: readonly string[] = []): FlagInput => ({
  kind: "flag_ties",
  causes,
  unknown,
});

describe("kill switch", () => {
  test("killed by hand until it is restored by hand", () => {
    const { reasons, live } = played([
      [1, { kind: "flag_kill", ...SAID }],
      [2, { kind: "flag_kill", ...SAID }],
      [3, ties([])],
      [4, { kind: "flag_restore", ...SAID }],
      [5, { kind: "flag_restore", ...SAID }],
    ]);
    expect(reasons).toEqual(["killed", "held_killed", "held_ties", "restored", "held_not_killed"]);
    expect(live).toEqual({});
  });

  test("killed with the first cause, back when all have been over for the hold time", () => {
    const { reasons, live } = played([
      [0, ties([])],
      [1, ties(["circuit payments is open"])],
      [2, ties(["circuit payments is open", "alert X fires"])],
      [3, ties([])],
      [4, ties(["alert X fires"])],
      [5, ties([])],
      [9, ties([])],
      [10, ties([])],
      [11, ties([])],
    ]);
    expect(reasons).toEqual([
      "held_ties",
      "tie_killed",
      "held_ties",
      "tie_over",
      "held_ties",
      "tie_over",
      "held_ties",
      "tie_restored",
      "held_ties",
    ]);
    expect(live).toEqual({});
  });

  test("what cannot be read neither kills nor brings back", () => {
    const unread = ties([], ["alerts cannot be read"]);
    expect(played([[1, unread]])).toMatchObject({ reasons: ["held_unreadable"], live: {} });
    const { reasons, live } = played([
      [1, ties(["alert X fires"])],
      [2, unread],
      [30, unread],
    ]);
    expect(reasons).toEqual(["tie_killed", "held_unreadable", "held_unreadable"]);
    expect(live.killed).toEqual({ cause: "tie", why: "alert X fires", at: MINUTE });
  });

  test("a person may switch it on above its ties; that ends with them", () => {
    const { reasons, live } = played([
      [1, ties(["alert X fires"])],
      [2, { kind: "flag_restore", ...SAID }],
      [3, ties(["alert X fires"])],
      [4, ties([])],
      [9, ties([])],
      [10, ties(["alert X fires"])],
    ]);
    expect(reasons).toEqual(["tie_killed", "tie_ignored", "held_ties", "tie_over", "tie_restored", "tie_killed"]);
    expect(live.killed?.cause).toBe("tie");
  });
});

describe("shares by hand", () => {
  test("are absolute, end a roll-out, and are given back", () => {
    const set = played([
      [1, { kind: "flag_percent", percent: 12.5, ...SAID }],
      [2, { kind: "flag_percent", percent: 12.5, ...SAID }],
      [3, { kind: "flag_start", ...SAID }],
      [4, { kind: "flag_set", shares: { on: 70, off: 30 }, ...SAID }],
    ]);
    expect(set.reasons).toEqual(["shares_set", "held_in_force", "rollout_started", "shares_set"]);
    expect(set.live).toEqual({ shares: { on: 70, off: 30 } });
    expect(set.state.rollout).toBeUndefined();
    expect(
      played([
        [1, { kind: "flag_percent", percent: 1, ...SAID }],
        [2, { kind: "flag_release", ...SAID }],
      ]).live,
    ).toEqual({});
  });

  test("of variants that the configuration has no more are not in force", () => {
    const { state } = played([[1, { kind: "flag_set", shares: { on: 100 }, ...SAID }]]);
    expect(liveOf({ rest: "red", variants: ["red", "blue"] }, state)).toEqual({});
  });

  test("a percentage and its rest are 100 together, to a thousandth", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (thousandths) => {
        const shares = sharesAt("on", "off", thousandths / 1_000);
        expect(Math.abs((shares["on"] ?? 0) + (shares["off"] ?? 0) - 100)).toBeLessThan(1e-9);
      }),
    );
  });
});

/** Counts of both variants: what the gate sees of a roll-out. */
function look(until: number, intervals: number, canaryErrors: number, requests = 2_000): FlagInput {
  const first = until * MINUTE - intervals * EVERY;
  return {
    kind: "flag_look",
    until: until * MINUTE,
    intervals: Array.from({ length: intervals }, (_, index) => ({
      from: first + index * EVERY,
      to: first + (index + 1) * EVERY,
      canary: { requests, errors: canaryErrors, slow: requests / 100 },
      baseline: { requests, errors: requests / 100, slow: requests / 100 },
    })),
    history: Array.from({ length: 60 }, () => ({ requests, errors: requests / 100, slow: requests / 100 })),
  };
}

describe("a gated roll-out", () => {
  const start: readonly [number, FlagInput] = [0, { kind: "flag_start", ...SAID }];

  test("moves on step by step while nothing speaks against it, and is done with everybody", () => {
    const { reasons, live, state } = played([
      start,
      [1, look(1, 2, 20)],
      [2, look(2, 2, 20)],
      [3, look(3, 2, 20)],
      [4, look(4, 2, 20)],
      [5, look(5, 2, 20)],
    ]);
    expect(reasons).toEqual(["rollout_started", "judged", "step_begun", "judged", "rollout_done", "held_not_running"]);
    expect(live).toEqual({ shares: { on: 100, off: 0 } });
    expect(state.rollout).toMatchObject({ status: "done", step: 2, percent: 100 });
  });

  test("goes back to nobody when the variant is worse, and stays there", () => {
    const { reasons, live, state } = played([start, [1, look(1, 2, 90)], [2, look(2, 2, 20)]]);
    expect(reasons).toEqual(["rollout_started", "rollout_failed", "held_not_running"]);
    expect(live).toEqual({ shares: { on: 0, off: 100 } });
    expect(state.rollout).toMatchObject({
      status: "failed",
      percent: 0,
      verdict: { verdict: "fail", reason: "more_errors" },
    });
  });

  test("waits where nobody has reported anything: that is never a pass", () => {
    const silence: FlagInput = {
      kind: "flag_look",
      until: 10 * MINUTE,
      intervals: [
        { from: 0, to: EVERY },
        { from: EVERY, to: 2 * EVERY },
        { from: 2 * EVERY, to: 3 * EVERY },
      ],
      history: [],
    };
    const { reasons, live } = played([start, [10, silence]]);
    expect(reasons).toEqual(["rollout_started", "held_insufficient"]);
    expect(live).toEqual({ shares: { on: 10, off: 90 } });
    const going = {
      ...CONFIG,
      rollout: { ...CONFIG.rollout, gate: { ...CONFIG.rollout?.gate, insufficient: "continue" } },
    } as FlagConfig;
    expect(played([start, [10, silence]], going).reasons).toEqual(["rollout_started", "held_insufficient"]);
  });

  test("too little traffic to see anything holds, or goes on where the configuration says so", () => {
    expect(played([start, [3, look(3, 2, 1, 100)]]).reasons.at(-1)).toBe("held_insufficient");
    const going = {
      ...CONFIG,
      rollout: { ...CONFIG.rollout, gate: { ...CONFIG.rollout?.gate, insufficient: "continue" } },
    } as FlagConfig;
    expect(played([start, [3, look(3, 2, 1, 100)]], going).reasons.at(-1)).toBe("step_begun");
  });

  test("by the platform's ratio one bad interval takes it back", () => {
    const rule = { ...CONFIG, rollout: { ...CONFIG.rollout, gate: { ...CONFIG.rollout?.gate, rule: "threshold" } } };
    const { reasons, state } = played([start, [1, look(1, 1, 31)]], rule as FlagConfig);
    expect(reasons.at(-1)).toBe("rollout_failed");
    expect(state.rollout?.verdict?.reason).toBe("above_error_threshold");
    expect(played([start, [1, look(1, 1, 30)]], rule as FlagConfig).reasons.at(-1)).toBe("judged");
  });

  test("paused it stays, is judged on, and goes back all the same", () => {
    const { reasons } = played([
      start,
      [1, { kind: "flag_pause", ...SAID }],
      [5, look(5, 2, 20)],
      [6, { kind: "flag_resume", ...SAID }],
      [7, look(7, 2, 20)],
      [8, { kind: "flag_pause", ...SAID }],
      [9, look(9, 2, 90)],
    ]);
    expect(reasons).toEqual([
      "rollout_started",
      "paused",
      "held_step",
      "resumed",
      "step_begun",
      "paused",
      "rollout_failed",
    ]);
  });

  test("a second look at the same intervals changes nothing", () => {
    const { state } = played([start, [1, look(1, 2, 20)]]);
    const again = flagMachine.step(CONFIG, state, look(1, 2, 20), 2 * MINUTE);
    expect(again).toMatchObject({ reason: "held_step", actions: [] });
    expect(again.state).toBe(state);
  });

  test("its state stays small, however long it is judged", () => {
    let state = played([start]).state;
    for (let minute = 1; minute <= 120; minute += 1)
      state = flagMachine.step(
        { ...CONFIG, rollout: { ...CONFIG.rollout, holdMs: 1e12 } as never },
        state,
        look(minute, 2, 20),
        minute * MINUTE,
      ).state;
    expect(JSON.stringify(state).length).toBeLessThan(9_000);
    expect(state.rollout?.status).toBe("running");
  });
});

const name = fc.constantFrom("payments", "search");
const said = { by: fc.constant("ada"), why: fc.constant("because") };
const arm = fc.record(
  {
    requests: fc.integer({ min: -1, max: 5_000 }),
    errors: fc.integer({ min: 0, max: 300 }),
    slow: fc.integer({ min: 0, max: 90 }),
  },
  { requiredKeys: ["requests", "errors"] },
);
const INPUTS = fc.oneof(
  fc.record({
    kind: fc.constantFrom("flag_kill", "flag_restore", "flag_release", "flag_start", "flag_pause", "flag_resume"),
    ...said,
  }),
  fc.record({ kind: fc.constant("flag_percent"), percent: fc.double({ min: 0, max: 100, noNaN: true }), ...said }),
  fc.record({
    kind: fc.constant("flag_set"),
    shares: fc.constantFrom({ on: 20, off: 80 }, { on: 1, other: 99 }),
    ...said,
  }),
  fc.record({
    kind: fc.constant("flag_ties"),
    causes: fc.array(name, { maxLength: 2 }),
    unknown: fc.array(name, { maxLength: 1 }),
  }),
);
const looks = fc
  .record({ canary: arm, baseline: arm }, { requiredKeys: [] })
  .map((arms) => (_: FlagConfig, at: number) => {
    const to = Math.floor(at / EVERY) * EVERY;
    return { kind: "flag_look", until: to, intervals: [{ from: to - EVERY, to, ...arms }], history: [] } as FlagInput;
  });
machineLaws("flags", flagMachine, {
  config: fc.constantFrom(CONFIG, { ...CONFIG, holdMs: 0 }, {
    ...CONFIG,
    to: undefined,
    rollout: undefined,
  } as unknown as FlagConfig),
  input: fc.oneof(
    INPUTS.map((input) => () => input as FlagInput),
    looks,
  ),
  maxPauseMs: 10 * MINUTE,
  runs: 40,
});
