import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSeed, type SeedRole } from "../../shared/core/anomaly/seed.ts";

/** Ten values with mean 100 and sample standard deviation exactly 1. */
const TEN = [...Array<number>(5).fill(100 - Math.sqrt(0.9)), ...Array<number>(5).fill(100 + Math.sqrt(0.9))];

function judged(values: readonly number[], value: number, role: SeedRole = "latency") {
  const detector = createSeed({ role });
  for (const each of values) detector.push(0, each);
  const score = detector.push(0, value);
  return { ...detector.detail(), score };
}

describe("the rules", () => {
  test.each<[string, SeedRole, number, string | undefined, string | undefined]>([
    ["a response time 2.99 deviations off", "latency", 102.99, undefined, undefined],
    ["3.01 deviations above", "latency", 103.01, "response_time_anomaly", "medium"],
    ["3.01 deviations below", "latency", 96.99, "response_time_anomaly", "medium"],
    ["3.99 deviations", "latency", 103.99, "response_time_anomaly", "medium"],
    ["4.01 deviations", "latency", 104.01, "response_time_anomaly", "high"],
    ["a throughput 2.49 deviations off", "traffic", 97.51, undefined, undefined],
    ["2.51 deviations off", "traffic", 97.49, "throughput_anomaly", "medium"],
    ["4.01 deviations off", "traffic", 95.99, "throughput_anomaly", "high"],
  ])("%s", (_name, role, value, kind, severity) => {
    const found = judged(TEN, value, role);
    expect(found.kind).toBe(kind);
    expect(found.severity).toBe(severity);
    expect(found.score > 0.5595).toBe(kind !== undefined);
    expect(found.z).toBeCloseTo(Math.abs(value - 100), 9);
  });

  test.each<[string, SeedRole, number, string | undefined]>([
    ["an error rate of exactly 5 %", "errors", 0.05, undefined],
    ["a little more", "errors", 0.0501, "error_rate_anomaly"],
    ["resources at 90 %", "saturation", 0.9, undefined],
    ["a little more", "saturation", 0.9001, "resource_anomaly"],
  ])("%s, whatever its deviation", (_name, role, value, kind) => {
    const usual = [0.01, 0.04, 0.02, 0.04, 0.01, 0.03, 0.01, 0.05, 0.02, 0.03];
    const found = judged(usual, value, role);
    expect(found.kind).toBe(kind);
    expect(found.score > 0.5595).toBe(kind !== undefined);
  });

  test("nine values are no baseline, ten are", () => {
    expect(judged(TEN.slice(0, 9), 1e6)).toMatchObject({ score: 0, learning: true });
    expect(judged(TEN, 1e6)).toMatchObject({ kind: "response_time_anomaly", learning: false });
  });

  test("a signal that never moved: staying is nothing, leaving is a kind of its own", () => {
    const constant = Array<number>(20).fill(0.1);
    expect(judged(constant, 0.1)).toMatchObject({ score: 0, learning: false });
    expect(judged(constant, 0.100001)).toMatchObject({ score: 1, kind: "jump_off_constant" });
  });

  test("a missing value scores nothing and is not learnt", () => {
    const detector = createSeed();
    for (const value of TEN) detector.push(0, value);
    const before = detector.save();
    for (const missing of [Number.NaN, Infinity, -Infinity]) expect(detector.push(0, missing)).toBe(0);
    expect(detector.save()).toEqual(before);
    expect(detector.detail()).not.toHaveProperty("kind");
  });

  test("what lies a thousand values back is forgotten", () => {
    const alternating = Array.from({ length: 1000 }, (_, row) => row % 2);
    expect(judged([1e9, ...alternating], 10).kind).toBe("response_time_anomaly");
    expect(judged([...alternating.slice(1), 1e9], 10).kind).toBeUndefined();
  });
});

test("saving and loading after every value changes no score", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 60 }), (values) => {
      const whole = createSeed();
      let state = createSeed().save();
      for (const value of values) {
        const part = createSeed({ state });
        expect(part.push(0, value)).toBe(whole.push(0, value));
        state = part.save();
      }
      expect(state).toEqual(whole.save());
    }),
  );
});

test("scores stay in [0, 1], and a full state in 8 KB", () => {
  const detector = createSeed();
  for (let row = 0; row < 1500; row += 1) {
    const score = detector.push(0, row % 97 === 0 ? 1e308 : row % 7);
    expect(score >= 0 && score <= 1).toBe(true);
  }
  expect(detector.save().length).toBeLessThanOrEqual(8192);
});

test("bytes that are no state are refused", () => {
  expect(() => createSeed({ state: new Uint8Array(9) })).toThrow(/9 bytes/);
});
