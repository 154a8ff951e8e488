import { describe, expect, it } from "vitest";
import { type Judged, replayDeploy, summarise } from "../../shared/core/delivery/backtest/backtest.ts";
import { readDeploy, readHistory, readJson, readTick } from "../../shared/core/delivery/backtest/read.ts";
import { gateStart, gateTick } from "../../shared/core/delivery/gate/gate.ts";
import { GATE_DEFAULTS } from "../../shared/core/delivery/gate/settings.ts";
import type { ArmCounts, GateTick } from "../../shared/core/delivery/gate/types.ts";

const arm = (errors: number, slow = 10): ArmCounts => ({ requests: 1000, errors, slow });
const history = Array.from({ length: 60 }, (_, index) => arm(index % 4 < 2 ? 8 : 12, index % 2 ? 9 : 11));
const ticksOf = (canary: readonly number[], count: number): readonly GateTick[] =>
  Array.from({ length: count }, (_, index) => ({
    t: 30 * (index + 1),
    canary: arm(canary[index % canary.length] as number),
    baseline: arm(index % 2 ? 9 : 11),
  }));

describe("a past deploy under a rule", () => {
  it("one that tripled its errors would have been failed, at the tick at which a gate that was there would have", () => {
    const ticks = ticksOf([31, 29], 20);
    const outcome = replayDeploy(GATE_DEFAULTS, { history, ticks });
    expect(outcome).toMatchObject({ verdict: "fail", reason: "more_errors" });
    let state = gateStart(GATE_DEFAULTS, history);
    const failed = ticks.find((tick) => {
      const step = gateTick(GATE_DEFAULTS, state, tick);
      state = step.state;
      return step.verdict === "fail";
    });
    expect(outcome.t).toBe(failed?.t);
    expect(outcome.t).toBeLessThanOrEqual(120);
  });

  it("one like its baseline would have passed, at the tick of the pass and not of the end", () => {
    const outcome = replayDeploy(GATE_DEFAULTS, { history, ticks: ticksOf([10, 9, 11], 20) });
    expect(outcome).toMatchObject({ verdict: "pass", reason: "not_worse" });
    expect(outcome.t).toBeLessThan(600);
  });

  it("one that went bad after its pass would have been failed then", () => {
    const late = [...ticksOf([10], 20), ...ticksOf([40], 40).slice(20)];
    const outcome = replayDeploy(GATE_DEFAULTS, { history, ticks: late });
    expect(outcome).toMatchObject({ verdict: "fail" });
    expect(outcome.t).toBeGreaterThan(600);
  });

  it("one without ticks shows nothing", () => {
    expect(replayDeploy(GATE_DEFAULTS, { history, ticks: [] })).toEqual({
      verdict: "insufficient",
      t: null,
      reason: "no_data",
    });
  });

  it("under the platform's rule the same good deploy fails at the first tick above", () => {
    const settings = { ...GATE_DEFAULTS, rule: "threshold" as const };
    expect(replayDeploy(settings, { history: [], ticks: ticksOf([10, 18], 20) })).toEqual({
      verdict: "fail",
      t: 60,
      reason: "above_error_threshold",
    });
  });
});

describe("the summary", () => {
  const one = (verdict: Judged["outcome"]["verdict"], t: number | null, bad?: boolean): Judged => ({
    outcome: { verdict, t, reason: "undecided" },
    ...(bad === undefined ? {} : { bad }),
  });

  it("counts verdicts; what nobody called bad counts as good", () => {
    const told = summarise([
      one("fail", 60, true),
      one("fail", 90, true),
      one("fail", 120, false),
      one("fail", 300),
      one("pass", 240, false),
      one("pass", 200, true),
      one("pass", 180),
      one("continue", 600, false),
      one("insufficient", 600),
    ]);
    expect(told).toEqual({
      deploys: 9,
      failed: 4,
      passed: 3,
      insufficient: 1,
      undecided: 1,
      marked: { good: 3, bad: 3, unmarked: 3 },
      falseAlarms: 2,
      falseAlarmRate: 2 / 6,
      missed: 1,
      missedRate: 1 / 3,
      wronglyPassed: 1,
      medianT: 105,
      medianTBad: 75,
      medianTPassed: 200,
    });
  });

  it("has no shares of nothing", () => {
    expect(summarise([one("fail", 30, true)])).toMatchObject({
      falseAlarmRate: null,
      missedRate: 0,
      medianTPassed: null,
    });
    expect(summarise([])).toMatchObject({ deploys: 0, falseAlarmRate: null, missedRate: null, medianT: null });
  });
});

describe("lines", () => {
  const fault = (read: { readonly ok: boolean; readonly fault?: unknown }) => (read.ok ? undefined : read.fault);

  it("a side that is missing, null or without requests is not known; a tick without a time follows the last one", () => {
    const baseline = { requests: 5, errors: 0 };
    for (const canary of [undefined, null, {}, { requests: null, errors: null }])
      expect(readTick({ t: 30, canary, baseline }, 0)).toEqual({ ok: true, value: { t: 30, baseline } });
    expect(readTick({ baseline }, 90)).toEqual({ ok: true, value: { t: 90, baseline } });
    expect(readTick({ canary: { requests: 0 }, baseline: { requests: 9, slow: 1 } }, 30)).toEqual({
      ok: true,
      value: { t: 30, canary: { requests: 0, errors: 0 }, baseline: { requests: 9, slow: 1 } },
    });
    const full = { requests: 1000, errors: 3, slow: 4, p99Ms: 180.5 };
    expect(readTick({ t: 0.5, canary: { ...full, note: "x" }, baseline: { ...full, slow: null } }, 0)).toEqual({
      ok: true,
      value: { t: 0.5, canary: full, baseline: { requests: 1000, errors: 3, p99Ms: 180.5 } },
    });
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    [
      "more errors than requests",
      { t: 1, canary: { requests: 10, errors: 11 } },
      { path: "canary.errors", value: "11", allowed: "integer 0..10" },
    ],
    [
      "more slow ones than requests",
      { t: 1, baseline: { requests: 10, errors: 1, slow: 11 } },
      { path: "baseline.slow", value: "11" },
    ],
    [
      "a negative count",
      { t: 1, canary: { requests: 10, errors: -1 } },
      { path: "canary.errors", value: "-1", allowed: "integer from 0" },
    ],
    ["half a request", { t: 1, canary: { requests: 10.5, errors: 1 } }, { path: "canary.requests", value: "10.5" }],
    ["a count as text", { t: 1, canary: { requests: "10", errors: 1 } }, { path: "canary.requests", value: '"10"' }],
    ["errors of nothing", { t: 1, canary: { errors: 1 } }, { path: "canary.requests", message: "is missing" }],
    [
      "requests of which no errors are known",
      { t: 1, canary: { requests: 10 } },
      { path: "canary.errors", message: "is missing" },
    ],
    ["a time that is none", { t: "30s", canary: null }, { path: "t", value: '"30s"', allowed: "seconds from 0" }],
    ["a negative time", { t: -30, canary: null }, { path: "t", value: "-30" }],
    [
      "a p99 below 0",
      { t: 1, canary: { requests: 1, errors: 0, p99Ms: -1 } },
      { path: "canary.p99Ms", allowed: "milliseconds from 0" },
    ],
    ["a side that is a list", { t: 1, canary: [1, 2] }, { path: "canary", value: "a list of 2" }],
    ["something else", { verdict: "pass" }, { path: "line", message: "is no tick" }],
    ["a list", [1], { path: "line", value: "a list of 1" }],
    ["null", null, { path: "line", message: "is missing" }],
  ])("%s is a fault with its place", (_, value, told) => expect(fault(readTick(value, 30))).toMatchObject(told));

  it("a history is a list of counts, and only that", () => {
    expect(readHistory({ history: [{ requests: 9, errors: 1 }, null, {}] })).toEqual({
      ok: true,
      value: [{ requests: 9, errors: 1 }],
    });
    expect(readHistory({ history: null })).toEqual({ ok: true, value: [] });
    expect(readHistory({ t: 30 })).toEqual({ ok: true, value: undefined });
    expect(
      fault(
        readHistory({
          history: [
            { requests: 9, errors: 1 },
            { requests: 9, errors: 10 },
          ],
        }),
      ),
    ).toMatchObject({
      path: "history.1.errors",
    });
    expect(fault(readHistory({ history: 5 }))).toMatchObject({ path: "history" });
  });

  it("a deploy is named by its id or its line; marks are true or false", () => {
    const ticks = [{ canary: { requests: 1, errors: 0 } }, { t: 100, canary: null }, { canary: null, baseline: null }];
    expect(readDeploy({ ticks }, "line 7", 30)).toEqual({
      ok: true,
      value: {
        id: "line 7",
        history: [],
        ticks: [{ t: 30, canary: { requests: 1, errors: 0 } }, { t: 100 }, { t: 130 }],
      },
    });
    expect(readDeploy({ id: 41, ticks: [], bad: true, history: null }, "", 30)).toMatchObject({
      value: { id: "41", bad: true },
    });
    expect(fault(readDeploy({ id: "a" }, "", 30))).toMatchObject({ path: "ticks", message: "is missing" });
    expect(fault(readDeploy({ id: "a", ticks: [{ t: 1, canary: { requests: -1 } }] }, "", 30))).toMatchObject({
      path: "ticks.0.canary.requests",
    });
    expect(fault(readDeploy({ id: "a", ticks: [], bad: "no" }, "", 30))).toMatchObject({ path: "bad" });
  });

  it("what is no JSON is shown, shortened", () => {
    expect(readJson('{"t":1}')).toEqual({ ok: true, value: { t: 1 } });
    expect(fault(readJson("nope".repeat(100)))).toMatchObject({ path: "line", message: "is no JSON" });
    expect((fault(readJson("nope".repeat(100))) as { value: string }).value.length).toBeLessThan(100);
  });
});
