import { describe, expect, it } from "vitest";
import { gateStart, gateTick } from "../../shared/core/delivery/gate/gate.ts";
import { GATE_DEFAULTS } from "../../shared/core/delivery/gate/settings.ts";
import type { GateTick } from "../../shared/core/delivery/gate/types.ts";
import { arm, last, QUIET, same, tick, watch } from "./gate-kit.ts";

const GOOD = arm(1000, 10, 10);

describe("the sequential gate", () => {
  it("fails three times the errors within two looks and says so", () => {
    const step = watch(same(2, arm(1000, 30, 10), GOOD)).find(({ verdict }) => verdict === "fail");
    expect(step).toMatchObject({ verdict: "fail", reason: "more_errors" });
    expect(step?.text).toMatch(/errors 3 × \((30 of 1000 against 10 of 1000|60 of 2000 against 20 of 2000)/);
    expect(step?.evidence.decidedT).toBeLessThanOrEqual(60);
    expect(step?.evidence.joint).toBeGreaterThanOrEqual(step?.evidence.limit ?? Infinity);
  });

  it("fails a release with twice the slow requests and names them", () => {
    const first = watch(same(6, arm(1000, 10, 24), GOOD)).find(({ verdict }) => verdict === "fail");
    expect(first?.reason).toBe("more_slow_requests");
  });

  it("finds a fault that begins late, in the bake too", () => {
    const ticks = Array.from({ length: 60 }, (_, at) => tick(at + 1, arm(1000, at < 50 ? 10 : 30, 10), GOOD));
    const steps = watch(ticks);
    expect(steps[49]?.verdict).toBe("pass");
    const failed = steps.findIndex(({ verdict }) => verdict === "fail");
    expect(failed).toBeGreaterThanOrEqual(50);
    expect(failed).toBeLessThanOrEqual(53);
  });

  it("passes a good release early and goes on testing", () => {
    const steps = watch(same(20, GOOD, GOOD));
    const passed = steps.findIndex(({ verdict }) => verdict === "pass");
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThan(12);
    expect(steps.slice(passed).every(({ verdict, reason }) => verdict === "pass" && reason === "not_worse")).toBe(true);
  });

  it("stays failed whatever comes after", () => {
    const steps = watch([...same(3, arm(1000, 60, 10), GOOD), tick(4, arm(1000, 0, 0), GOOD), tick(5)]);
    expect(steps.slice(3).map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ["fail", "failed_before"],
      ["fail", "failed_before"],
    ]);
    expect(steps[4]?.state).toBe(steps[2]?.state);
  });

  it("judges errors alone where slow requests are not counted, and the evidence has no other metric", () => {
    const step = last(watch(same(3, arm(1000, 30), arm(1000, 10))));
    expect(step.verdict).toBe("fail");
    expect(step.evidence.metrics?.map(({ metric }) => metric)).toEqual(["errors"]);
    expect(step.evidence.joint).toBeCloseTo(step.evidence.metrics?.[0]?.eValue ?? 0, 9);
  });

  it("judges slow requests alone where errors are not counted", () => {
    const slow = (count: number) => ({ requests: 1000, slow: count }) as never;
    expect(last(watch(same(8, slow(30), slow(10)))).verdict).toBe("fail");
    expect(last(watch(same(8, slow(30), slow(10)))).evidence.metrics?.map(({ metric }) => metric)).toEqual(["slow"]);
  });

  it("finds a fault over a baseline without any error", () => {
    const steps = watch(same(4, arm(1000, 12, 10), arm(1000, 0, 10)), GATE_DEFAULTS, []);
    expect(last(steps).verdict).toBe("fail");
  });

  it("says that 1.5 × cannot be seen at 100 of 1000 requests, and what can be", () => {
    const history = QUIET.map(() => arm(900, 9, 9));
    const step = last(watch(same(2, arm(100, 1, 1), arm(900, 9, 9)), GATE_DEFAULTS, history));
    expect(step).toMatchObject({ verdict: "insufficient", reason: "not_visible" });
    expect(step.evidence.visibleRatio).toBeGreaterThan(1.9);
    expect(step.evidence.visibleRatio).toBeLessThan(2.6);
    expect(step.text).toContain(`the smallest visible is ${step.evidence.visibleRatio?.toFixed(2)} ×`);
  });

  it("is insufficient, never a pass, when the planned looks are over and nothing is shown", () => {
    const steps = watch(same(20, arm(1000, 13, 13), GOOD));
    expect(last(steps)).toMatchObject({ verdict: "insufficient", reason: "time_over" });
  });
});

describe("no data", () => {
  it.each([
    ["no canary", tick(1, undefined, GOOD), "no_canary_data"],
    ["no baseline", tick(1, GOOD), "no_baseline_data"],
    ["neither", tick(1), "no_data"],
    ["a canary that serves nothing from the start", tick(1, arm(0, 0, 0), GOOD), "no_canary_data"],
    ["a baseline that serves nothing", tick(1, GOOD, arm(0, 0, 0)), "no_baseline_data"],
  ] as const)("%s is a verdict of its own", (_, one, reason) => {
    expect(last(watch([one]))).toMatchObject({ verdict: "insufficient", reason });
  });

  it("waits for a canary that is quiet for two looks and gives it up at the third, after a pass too", () => {
    const quiet = [21, 22, 23].map((look) => tick(look, arm(0, 0, 0), GOOD));
    const steps = watch([...same(20, GOOD, GOOD), ...quiet, tick(24, GOOD, GOOD)]);
    expect(steps.slice(19).map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass", "insufficient", "pass"]);
    expect(last(steps).evidence.missing).toEqual({ ticks: 3, share: 3 / 24 });
  });
});

describe("ticks that cannot be judged", () => {
  const before = last(watch(same(3, GOOD, GOOD)));
  const bad: readonly (readonly [string, GateTick])[] = [
    ["errors above requests", tick(4, arm(10, 11), GOOD)],
    ["a negative count", tick(4, GOOD, arm(1000, -1))],
    ["a fraction", tick(4, arm(1000, 1.5), GOOD)],
    ["NaN", tick(4, arm(Number.NaN, 0), GOOD)],
    ["slow above requests", tick(4, arm(10, 0, 11), GOOD)],
    ["an infinite p99", tick(4, arm(10, 0, 1, Infinity), GOOD)],
    ["a time that is none", { ...tick(4, GOOD, GOOD), t: Number.NaN }],
  ];

  it.each(bad)("%s changes nothing and says what is wrong", (_, one) => {
    const step = gateTick(GATE_DEFAULTS, before.state, one);
    expect(step).toMatchObject({ verdict: "continue", reason: "counts_invalid" });
    expect(step.state).toBe(before.state);
    expect(step.text).toMatch(/is .*(allowed|requests)/);
  });

  it("the same or an earlier time changes nothing", () => {
    for (const t of [90, 60]) {
      const step = gateTick(GATE_DEFAULTS, before.state, { ...tick(0, arm(1000, 900), GOOD), t });
      expect(step).toMatchObject({ reason: "repeated_tick", verdict: "continue" });
      expect(step.state).toBe(before.state);
    }
  });

  it("a late tick counts as one longer tick", () => {
    const step = last(watch([...same(3, GOOD, GOOD), { ...tick(7, arm(4000, 160, 40), arm(4000, 40, 40)) }]));
    expect(step).toMatchObject({ verdict: "fail", evidence: { tick: 4 } });
  });

  it("bad ticks of a history are left out and counted", () => {
    const state = gateStart(GATE_DEFAULTS, [...QUIET, arm(10, 20), arm(0, 0)]);
    expect(state.history).toBe(60);
  });
});

describe("the other rules", () => {
  const threshold = { ...GATE_DEFAULTS, rule: "threshold" } as const;

  it("threshold: fails at one look above 1.5 × the error rate or 1.2 × the p99", () => {
    expect(last(watch([tick(1, arm(1000, 16), arm(1000, 10))], threshold)).reason).toBe("above_error_threshold");
    const slow = tick(1, arm(1000, 10, 10, 121), arm(1000, 10, 10, 100));
    expect(last(watch([slow], threshold)).reason).toBe("above_p99_threshold");
    expect(last(watch([tick(1, arm(1000, 15), arm(1000, 10))], threshold)).verdict).toBe("continue");
  });

  it("threshold: any error is above a baseline without one, and no ratio is told", () => {
    const step = last(watch([tick(1, arm(1000, 1), arm(1000, 0))], threshold));
    expect(step).toMatchObject({ verdict: "fail", evidence: { values: { errorRatio: null } } });
  });

  it("threshold: with looks in a row a single bad one is forgiven", () => {
    const mended = { ...threshold, threshold: { ...threshold.threshold, looks: 3 } };
    const bad = arm(1000, 30);
    const steps = watch(
      [bad, bad, GOOD, bad, bad, bad].map((canary, at) => tick(at + 1, canary, GOOD)),
      mended,
    );
    expect(steps.map(({ verdict }) => verdict)).toEqual([...Array(5).fill("continue"), "fail"]);
  });

  it("threshold: passes after the planned looks, never without data", () => {
    expect(last(watch(same(20, GOOD, GOOD), threshold)).verdict).toBe("pass");
    expect(last(watch([...same(20, GOOD, GOOD), tick(21, undefined, GOOD)], threshold)).verdict).toBe("insufficient");
  });

  it("kayenta: asks the judge after the planned looks, and fails what it fails", () => {
    const kayenta = { ...GATE_DEFAULTS, rule: "kayenta" } as const;
    const noisy = (base: number, at: number) => arm(1000, base + ((at * 7) % 5), 10, 100 + ((at * 3) % 7));
    const worse = Array.from({ length: 20 }, (_, at) => tick(at + 1, noisy(30, at), noisy(10, at + 1)));
    const steps = watch(worse, kayenta);
    expect(steps[18]?.verdict).toBe("continue");
    expect(last(steps)).toMatchObject({ verdict: "fail", reason: "judge_score", evidence: { rule: "kayenta" } });
    const alike = Array.from({ length: 20 }, (_, at) => tick(at + 1, noisy(10, at), noisy(10, at + 1)));
    expect(last(watch(alike, kayenta)).verdict).toBe("pass");
  });
});
