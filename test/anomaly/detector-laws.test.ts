import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDetector, loadDetector } from "../../shared/core/anomaly/detector/detector.ts";
import { sentenceOf } from "../../shared/core/anomaly/detector/sentence.ts";
import { ALARM_SCORE, type Detector } from "../../shared/core/anomaly/detector/types.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEP = 5 * MINUTE;

/** The same small noise everywhere: -1..1. */
const noise = (row: number) => ((row * 7919) % 1009) / 504.5 - 1;
const daily = (at: number) => 100 + 20 * Math.sin((2 * Math.PI * at) / DAY);

function feed(detector: Detector, rows: number, value: (row: number) => number, from = 0): number[] {
  return Array.from({ length: rows }, (_, i) => detector.push((from + i) * STEP, value(from + i)));
}

const usual = (row: number) => daily(row * STEP) + noise(row);
const alarms = (scores: readonly number[], from = 0) =>
  scores.filter((score, row) => row >= from && score >= ALARM_SCORE).length;

const anyTime = fc.oneof(
  fc.integer({ min: -1e12, max: 4e12 }),
  fc.constantFrom(0, 1, -1, Number.NaN, Infinity, -Infinity, 8e15, -8e15),
);
const anyValue = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(1e300, -1e300, Number.MIN_VALUE, -0),
);

describe("laws", () => {
  test.each(["UTC", "America/New_York"])("scores are finite and in [0, 1] whatever comes, in %s", (timezone) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyTime, anyValue), { maxLength: 300 }), (rows) => {
        const detector = createDetector({ timezone });
        for (const [at, value] of rows) {
          const score = detector.push(at, value);
          expect(score >= 0 && score <= 1).toBe(true);
          const { expected } = detector.detail();
          if (expected) expect([expected.low, expected.value, expected.high].every(Number.isFinite)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("saving and loading after every row changes no score and no byte", () => {
    const row = fc.record({ step: fc.integer({ min: -1, max: 9 }), value: fc.integer({ min: 0, max: 30 }) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 250, maxLength: 700 }), (rows) => {
        const whole = createDetector();
        let state = createDetector().save();
        let at = 0;
        for (const { step, value } of rows) {
          at += step * HOUR;
          const part = loadDetector(state);
          expect(part.push(at, value / 3)).toBe(whole.push(at, value / 3));
          state = part.save();
        }
        expect(Buffer.compare(state, whole.save())).toBe(0);
        expect(state.length).toBeLessThanOrEqual(6144);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  test("what comes later changes no earlier score", () => {
    const whole = feed(createDetector(), 3000, usual);
    const other = feed(createDetector(), 3000, (row) => (row < 1500 ? usual(row) : 1000 * noise(row)));
    expect(other.slice(0, 1500)).toEqual(whole.slice(0, 1500));
    expect(other.slice(1500)).not.toEqual(whole.slice(1500));
  });

  test("rows that are no numbers score 0, and no other score changes", () => {
    const plain = createDetector();
    const mixed = createDetector();
    for (let row = 0; row < 1500; row += 1) {
      if (row % 7 === 0) expect(mixed.push(row * STEP, [Number.NaN, Infinity, -Infinity][row % 3] as number)).toBe(0);
      if (row % 11 === 0) expect(mixed.push(Number.NaN, 5)).toBe(0);
      expect(mixed.push(row * STEP, usual(row))).toBe(plain.push(row * STEP, usual(row)));
    }
  });

  test("shifting a series by a constant changes no alarm", () => {
    const plain = feed(createDetector(), 3000, (row) => Math.round(usual(row) * 64) / 64);
    const shifted = feed(createDetector(), 3000, (row) => Math.round(usual(row) * 64) / 64 + 2 ** 20);
    expect(shifted.map((score) => score >= ALARM_SCORE)).toEqual(plain.map((score) => score >= ALARM_SCORE));
  });
});

describe("series without surprise", () => {
  test.each([0, 1, -273.15, 1e12])("a constant %s never speaks", (value) => {
    expect(Math.max(...feed(createDetector(), 5000, () => value))).toBe(0);
  });

  test("a jump off a constant is caught on its first row", () => {
    const detector = createDetector();
    feed(detector, 5000, () => 7);
    expect(detector.push(5000 * STEP, 8)).toBeGreaterThan(0.99);
  });

  test("a day with noise: few alarms after the first, and a spike is caught on its first row", () => {
    const detector = createDetector();
    const scores = feed(detector, 8000, usual);
    expect(alarms(scores, 600)).toBeLessThanOrEqual(4);
    expect(detector.push(8000 * STEP, usual(8000) + 60)).toBeGreaterThanOrEqual(ALARM_SCORE);
    expect(detector.detail()).toMatchObject({ learning: false });
  });
});

describe("what is unusual is named", () => {
  test("a value beyond everything is a record, with its band and a sentence", () => {
    const detector = createDetector();
    feed(detector, 4000, usual);
    const at = 4000 * STEP;
    const score = detector.push(at, 400);
    const found = detector.detail();
    expect(found.score).toBe(score);
    expect(found.kind).toBe("record");
    expect(found.z).toBeCloseTo(Math.log(score / (1 - score)), 6);
    expect(found.expected?.low).toBeGreaterThan(usual(4000) - 15);
    expect(found.expected?.high).toBeLessThan(usual(4000) + 15);
    expect(sentenceOf(found, at, 400)).toMatch(
      /^1970-01-14T21:20:00.000Z: 400, expected [\d.]+ to [\d.]+; it is beyond everything this series has shown \(record, score [01]\.\d\d\)$/,
    );
  });

  test("an hour of incident does not make everything expected afterwards", () => {
    const detector = createDetector();
    feed(detector, 1400, usual);
    const width = () => {
      const { low = 0, high = 0 } = detector.detail().expected ?? {};
      return high - low;
    };
    const before = width();
    feed(detector, 12, (row) => usual(row) + 80, 1400);
    feed(detector, 100, usual, 1412);
    expect(before).toBeGreaterThan(0);
    expect(width()).toBeLessThan(3 * before);
  });

  test("a quantity that never was negative is not expected to be", () => {
    const detector = createDetector();
    feed(detector, 2000, (row) => (row % 97 === 0 ? 900 : 20 + (row % 7)));
    const { low, value } = detector.detail().expected ?? {};
    expect(low).toBeGreaterThanOrEqual(0);
    expect(low).toBeLessThanOrEqual(value ?? -1);
    const other = createDetector();
    feed(other, 2000, (row) => (row % 97 === 0 ? -900 : -20 + (row % 7)));
    expect(other.detail().expected?.low).toBeLessThan(-20);
  });

  test("the level of noon at midnight is out of season, though it is no record", () => {
    const detector = createDetector();
    feed(detector, 4032, usual);
    const trough = 4032 + 216;
    feed(detector, 216, usual, 4032);
    const score = detector.push(trough * STEP, 118);
    expect(score).toBeGreaterThanOrEqual(ALARM_SCORE);
    expect(["seasonal", "weekly", "context"]).toContain(detector.detail().kind);
  });

  test("a sensor that is stuck is caught, as a flatline where nothing else tells", () => {
    const detector = createDetector();
    const shaking = (row: number) => 50 + 5 * noise(row);
    feed(detector, 6000, shaking);
    const kinds = new Set<string | undefined>();
    for (let row = 6000; row < 6400; row += 1) {
      detector.push(row * STEP, 50);
      kinds.add(detector.detail().kind);
    }
    expect(kinds).toContain("flatline");
  });

  test("a level that moves for good is caught, and becomes the normal", () => {
    const detector = createDetector();
    const moved = (row: number) => 100 + 4 * noise(row) + (row >= 5000 ? 12 : 0);
    const scores = feed(detector, 12_000, moved);
    expect(alarms(scores.slice(5000, 5060))).toBeGreaterThan(0);
    expect(alarms(scores.slice(9000))).toBeLessThanOrEqual(2);
  });

  test("nothing is named at score 0, and the first day is learning", () => {
    const detector = createDetector();
    detector.push(0, 1);
    expect(detector.detail()).toEqual({ score: 0, learning: true });
    feed(detector, 287, usual, 1);
    expect(detector.detail().learning).toBe(true);
    detector.push(DAY, usual(0));
    expect(detector.detail().learning).toBe(false);
    expect(sentenceOf({ score: 0, learning: true }, 0, 1)).toBe(
      "1970-01-01T00:00:00.000Z: 1; nothing unusual (score 0.00); still learning",
    );
  });
});

describe("the series' own clock", () => {
  /** Shops open at nine local time; the clock goes forward on 2025-03-30 in Berlin. */
  const FROM = Date.UTC(2025, 2, 3);
  const CHANGE = Date.UTC(2025, 2, 30, 1);
  const open = (at: number, offset: number) => Math.floor((at + offset) / HOUR) % 24 >= 9;

  function alarmsAfterChange(timezone: string): number {
    const detector = createDetector({ timezone });
    let found = 0;
    for (let at = FROM; at < CHANGE + 3 * DAY; at += STEP) {
      const offset = at >= CHANGE ? 2 * HOUR : HOUR;
      const score = detector.push(at, (open(at, offset) ? 500 : 20) + noise(at / STEP));
      if (at >= CHANGE && score >= ALARM_SCORE) found += 1;
    }
    return found;
  }

  test("a business day in its zone stays usual when the clock changes; read as UTC it does not", () => {
    expect(alarmsAfterChange("Europe/Berlin")).toBe(0);
    expect(alarmsAfterChange("UTC")).toBeGreaterThan(0);
  });

  test("a zone that is none is refused", () => {
    expect(() => createDetector({ timezone: "Mars/Olympus" })).toThrow(/"Mars\/Olympus" is no IANA time zone/);
  });

  test("a period of five hours is found: a beat that fails to come is out of season", () => {
    const detector = createDetector();
    const beat = (at: number) => (at % (5 * HOUR) < HOUR ? 100 : 10);
    const rows = 3000;
    const scores = feed(detector, rows, (row) => beat(row * STEP) + noise(row));
    expect(alarms(scores, 1500)).toBeLessThanOrEqual(1);
    const next = Math.ceil((rows * STEP) / (5 * HOUR)) * 60;
    feed(detector, next - rows, (row) => beat(row * STEP) + noise(row), rows);
    const missed = feed(detector, 10, (row) => 10 + noise(row), next);
    expect(alarms(missed)).toBeGreaterThan(0);
  });
});

test.each([
  ["too short", new Uint8Array(3)],
  ["another version", (() => createDetector().save().with(3, 9))()],
  ["of another kind", (() => createDetector().save().with(0, 0))()],
  ["cut off", createDetector().save().slice(0, -1)],
])("a state that is %s is refused", (_name, bytes) => {
  expect(() => loadDetector(bytes)).toThrow(/no detector state of version 1/);
});
