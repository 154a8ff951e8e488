import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_THRESHOLD } from "../../shared/core/anomaly/config.ts";
import { createDetector } from "../../shared/core/anomaly/detector/detector.ts";
import {
  contextAt,
  contextText,
  driverAt,
  driverText,
  jointAt,
  jointScore,
  peaksAt,
} from "../../shared/core/anomaly/joint.ts";
import type { Emission } from "../../shared/core/anomaly/types.ts";
import { MINUTE, MONDAY, wave } from "./given.ts";

const at = MONDAY;
const saw = (minutesBefore: number, score: number, movement: Emission["movement"] = "rose"): Emission => ({
  at: at - minutesBefore * MINUTE,
  score,
  movement,
});

describe("the joint score", () => {
  it.each([
    [[], 0],
    [[0, 0], 0],
    [[0.56], 0.56],
    [[0.56, 0], 0.56],
    [[0.56, 0.56], 0.6233],
    [[0.9, 0.9], 0.9353],
    [[0.9, 0.5], 0.9005],
    [[0.9, 0.9, 0.9, 0.9], 0.9615],
  ])("of %j is %d", (scores, joint) => {
    expect(jointScore(scores)).toBeCloseTo(joint, 4);
  });

  it("is at least the highest, below 1, grows with each score and knows no order", () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 });
    fc.assert(
      fc.property(scores, fc.double({ min: 0, max: 1, noNaN: true }), (some, more) => {
        const joint = jointScore(some);
        expect(joint).toBeGreaterThanOrEqual(Math.min(Math.max(0, ...some), 1 - 1e-12) - 1e-9);
        expect(joint).toBeLessThanOrEqual(1);
        expect(jointScore([...some, more])).toBeGreaterThanOrEqual(joint - 1e-12);
        expect(jointScore([...some].reverse())).toBeCloseTo(joint, 12);
      }),
    );
  });

  it("on five quiet signals that know nothing of each other alarms hardly more often than they do themselves", () => {
    const recent: Record<string, Emission[]> = {};
    const all: { at: number; score: number }[] = [];
    for (let signal = 0; signal < 5; signal += 1) {
      const detector = createDetector();
      let seed = signal + 1;
      const emissions: Emission[] = [];
      for (let row = 0; row < 20_000; row += 1) {
        seed = (seed * 48_271) % 2_147_483_647;
        const time = at + row * MINUTE;
        const score = detector.push(time, wave(time) + 5 * (seed / 2_147_483_647 - 0.5));
        if (score >= 0.5 && !detector.detail().learning) {
          emissions.push({ at: time, score, movement: "rose" });
          all.push({ at: time, score });
        }
      }
      recent[`s${signal}`] = emissions;
    }
    const single = all.filter((one) => one.score >= DEFAULT_THRESHOLD).length;
    const joint = all.filter((one) => jointAt(recent, one.at) >= DEFAULT_THRESHOLD).length;
    expect(single).toBeGreaterThan(5);
    expect(joint).toBeGreaterThanOrEqual(single);
    expect(joint).toBeLessThanOrEqual(Math.ceil(1.25 * single));
  });

  it("takes the highest score of each signal in the last quarter of an hour", () => {
    const recent = {
      latency: [saw(20, 0.99), saw(14, 0.7), saw(3, 0.6)],
      traffic: [saw(30, 0.9)],
      cpu: [saw(-5, 0.9)],
    };
    expect(peaksAt(recent, at)).toEqual({ latency: 0.7 });
    expect(jointAt(recent, at)).toBeCloseTo(0.7, 12);
  });
});

describe("the likely driver", () => {
  it("is the signal that moved first, not the loudest", () => {
    const recent = { latency: [saw(0, 0.99)], traffic: [saw(3, 0.6, "fell"), saw(1, 0.8, "fell")] };
    const driver = driverAt(recent, at);
    expect(driver).toEqual({ signal: "traffic", movement: "fell", at: at - 3 * MINUTE, score: 0.8 });
    expect(driverText(driver, "latency", at)).toBe("traffic fell first, 3 min before");
  });

  it("of those in the same minute it is the most surprising one, then the first by name", () => {
    expect(driverAt({ a: [saw(2, 0.6)], b: [saw(2, 0.9)] }, at)?.signal).toBe("b");
    expect(driverAt({ b: [saw(2, 0.6)], a: [saw(2, 0.6)] }, at)?.signal).toBe("a");
  });

  it("looks back half an hour and passes over what was hardly unusual or is yet to come", () => {
    expect(driverAt({ old: [saw(31, 0.9)], weak: [saw(10, 0.4)], later: [saw(-1, 0.9)] }, at)).toBeUndefined();
  });

  it("is not named where the signal itself was first, and not called first where they were together", () => {
    const driver = driverAt({ latency: [saw(2, 0.9)] }, at);
    expect(driverText(driver, "latency", at)).toBeUndefined();
    expect(driverText(driverAt({ cpu: [saw(0, 0.9)] }, at), "latency", at)).toBe("cpu rose at the same time");
  });
});

describe("context", () => {
  it("is what was done shortly before, in order, or within the minute after as clocks differ", () => {
    const fact = (minutes: number, text: string) => ({ at: at - minutes * MINUTE, kind: "scaling" as const, text });
    const facts = [fact(1, "b"), fact(29, "a"), fact(31, "too old"), fact(-1, "c"), fact(-2, "too late")];
    expect(contextAt(facts, at, 30 * MINUTE).map((one) => one.text)).toEqual(["a", "b", "c"]);
    expect(contextText(fact(2, "scaled out from 2 to 4"), at)).toBe("scaled out from 2 to 4, 2 min before");
    expect(contextText(fact(-1, "scaled out"), at)).toBe("scaled out at the same time");
  });
});
