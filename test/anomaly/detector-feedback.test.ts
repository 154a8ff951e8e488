import { describe, expect, test } from "vitest";
import { createDetector, loadDetector } from "../../shared/core/anomaly/detector/detector.ts";
import { ALARM_SCORE, type Detector, type Verdict } from "../../shared/core/anomaly/detector/types.ts";

const STEP = 300_000;
const DAY_ROWS = 288;
const HOUR_ROWS = 12;
const noise = (row: number) => ((row * 7919) % 1009) / 504.5 - 1;
const usual = (row: number) => 100 + 20 * Math.sin((2 * Math.PI * row) / DAY_ROWS) + noise(row);

/** Twenty days; on each from the fifth on something of the same size happens at three in the morning. */
function repeatedly(
  verdict: Verdict | undefined,
  options: { days?: number; reload?: boolean; untilDay?: number } = {},
) {
  const { days = 20, reload = false, untilDay = Infinity } = options;
  let detector: Detector = createDetector();
  const scores: number[] = [];
  for (let row = 0; row < days * DAY_ROWS; row += 1) {
    const day = Math.floor(row / DAY_ROWS);
    const event = day >= 5 && row % DAY_ROWS === 3 * HOUR_ROWS;
    const score = detector.push(row * STEP, usual(row) + (event ? 40 : 0));
    if (!event) continue;
    scores.push(score);
    if (verdict && day < untilDay) detector.feedback(verdict, row * STEP, score);
    if (reload) detector = loadDetector(detector.save());
  }
  return scores;
}

describe("what people say", () => {
  const untold = repeatedly(undefined);

  test("nothing said: what repeats is worth less and less by itself", () => {
    expect(untold[0]).toBeGreaterThanOrEqual(ALARM_SCORE);
    expect(untold.at(-1)).toBeLessThan(ALARM_SCORE);
  });

  test("'this was fine': its like is quiet from the next time on", () => {
    const told = repeatedly("fine");
    expect(told[0]).toBe(untold[0]);
    expect(untold[1]).toBeGreaterThanOrEqual(ALARM_SCORE);
    expect(told[1]).toBeLessThan(ALARM_SCORE);
  });

  test("'this was bad': its like speaks every time, twenty days long", () => {
    const told = repeatedly("bad");
    for (const score of told) expect(score).toBeGreaterThanOrEqual(ALARM_SCORE);
  });

  test("a word survives saving and loading", () => {
    expect(repeatedly("bad", { reload: true })).toEqual(repeatedly("bad"));
    expect(repeatedly("fine", { reload: true })).toEqual(repeatedly("fine"));
  });

  test("a word does not fade: said once, it holds forty days later", () => {
    const quiet = (detector: Detector) => {
      for (let row = 20 * DAY_ROWS; row < 60 * DAY_ROWS; row += 1) detector.push(row * STEP, usual(row));
      const row = 60 * DAY_ROWS + 3 * HOUR_ROWS;
      for (let each = 60 * DAY_ROWS; each < row; each += 1) detector.push(each * STEP, usual(each));
      return detector.push(row * STEP, usual(row) + 40);
    };
    const start = (verdict: Verdict | undefined) => {
      const detector = createDetector();
      for (let row = 0; row < 20 * DAY_ROWS; row += 1) {
        const event = row === 10 * DAY_ROWS + 3 * HOUR_ROWS;
        const score = detector.push(row * STEP, usual(row) + (event ? 40 : 0));
        if (event && verdict) detector.feedback(verdict, row * STEP, score);
      }
      return quiet(detector);
    };
    const [plain, fine] = [start(undefined), start("fine")];
    expect(plain).toBeGreaterThanOrEqual(ALARM_SCORE);
    expect(fine).toBeLessThan(plain);
  });

  test("'fine' at night says nothing about the same thing in the evening, nor about something far louder", () => {
    const at = (verdict: Verdict | undefined, row: number, size: number) => {
      const detector = createDetector();
      for (let each = 0; each < row; each += 1) {
        const event = each === 10 * DAY_ROWS + 3 * HOUR_ROWS;
        const score = detector.push(each * STEP, usual(each) + (event ? 40 : 0));
        if (event && verdict) detector.feedback(verdict, each * STEP, score);
      }
      return detector.push(row * STEP, usual(row) + size);
    };
    const evening = 13 * DAY_ROWS + 20 * HOUR_ROWS;
    expect(at("fine", evening, 40)).toBe(at(undefined, evening, 40));
    const night = 13 * DAY_ROWS + 3 * HOUR_ROWS;
    expect(at("fine", night, 4000)).toBe(at(undefined, night, 4000));
    expect(at("fine", night, 40)).toBeLessThan(at(undefined, night, 40));
  });

  test("the later of two contrary words holds", () => {
    const detector = createDetector();
    for (let row = 0; row < 10 * DAY_ROWS; row += 1) detector.push(row * STEP, usual(row));
    const spike = (row: number) => {
      const score = detector.push(row * STEP, usual(row) + 60);
      for (let each = row + 1; each < row + DAY_ROWS; each += 1) detector.push(each * STEP, usual(each));
      return score;
    };
    const first = 10 * DAY_ROWS;
    detector.feedback("fine", first * STEP, spike(first));
    const second = spike(first + DAY_ROWS);
    expect(second).toBeLessThan(ALARM_SCORE);
    detector.feedback("bad", (first + DAY_ROWS) * STEP, second);
    detector.feedback("bad", first * STEP, ALARM_SCORE);
    expect(spike(first + 2 * DAY_ROWS)).toBeGreaterThan(second);
  });

  test("a thousand words cost no byte and keep every score in [0, 1]", () => {
    const detector = createDetector();
    const size = detector.save().length;
    for (let row = 0; row < 3000; row += 1) {
      const score = detector.push(row * STEP, usual(row) + (row % 41 === 0 ? 30 : 0));
      expect(score >= 0 && score <= 1).toBe(true);
      if (row % 3 === 0) detector.feedback(row % 2 === 0 ? "fine" : "bad", row * STEP, score);
    }
    expect(detector.save()).toHaveLength(size);
  });
});
