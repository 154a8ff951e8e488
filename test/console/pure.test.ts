import { describe, expect, test } from "vitest";
import { align } from "../../console/src/charts/align.ts";
import { spread } from "../../console/src/charts/spread.ts";
import { thresholdsOf } from "../../console/src/charts/thresholds.ts";
import { duration, number, quantity, relative, told } from "../../console/src/format.ts";
import { readStream } from "../../console/src/stream.ts";
import { nameWords, showNamed } from "../../console/src/values.ts";

const MINUTE = 60_000;
const line = (values: readonly (readonly [minute: number, value: number])[], periodMs = MINUTE) => ({
  periodMs,
  points: values.map(([minute, value]) => ({ at: minute * MINUTE, value })),
});

describe("lines on one axis", () => {
  test("a missing period breaks the line: null, never zero and never a line across", () => {
    const [times, values] = align([
      line([
        [0, 5],
        [1, 6],
        [4, 7],
        [5, 8],
      ]),
    ]);
    expect(times).toEqual([0, 60, 120, 240, 300]);
    expect(values).toEqual([5, 6, null, 7, 8]);
  });

  test("a row that only another line has does not break a line that has no gap there", () => {
    const coarse = line(
      [
        [0, 1],
        [5, 2],
      ],
      5 * MINUTE,
    );
    const fine = line([0, 1, 2, 3, 4, 5].map((minute) => [minute, minute] as const));
    const [, first] = align([coarse, fine]);
    expect(first).toEqual([1, undefined, undefined, undefined, undefined, 2]);
  });

  test("before its first and after its last point a line is not drawn", () => {
    const [, first] = align([line([[2, 9]]), line([0, 1, 2, 3, 4].map((minute) => [minute, 0] as const))]);
    expect(first).toEqual([null, null, 9, null, null]);
  });

  test("no lines and no points are no rows", () => {
    expect(align([])).toEqual([[]]);
    expect(align([line([])])).toEqual([[], []]);
  });
});

describe("thresholds", () => {
  test("each policy draws what it compares with; an unknown one draws nothing", () => {
    const config = {
      min: 2,
      max: 10,
      policies: [
        { type: "instances", cpu: 75, memory: null },
        { type: "target-tracking", metric: "requests", target: 120 },
        { type: "hpa", metrics: [{ metric: "cpu", target: 70, kind: "utilization" }] },
        { type: "of-tomorrow", metric: "cpu", target: 1 },
      ],
    };
    expect(thresholdsOf(config).map((one) => one.label)).toEqual([
      "min 2",
      "max 10",
      "out cpu > 75",
      "in cpu < 37.5",
      "target requests 120",
      "target cpu 70",
    ]);
  });

  test("a configuration of any other shape draws nothing", () => {
    for (const config of [undefined, null, 7, "x", [], { policies: {} }, { policies: [null, { type: "step" }] }]) {
      expect(thresholdsOf(config)).toEqual([]);
    }
  });
});

describe("words and numbers", () => {
  test("numbers have sensible digits and a unit people write", () => {
    expect([0, 0.004, 1.239, 12.34, 182.4, 1240, 12_400, 3.2e6].map(number)).toEqual([
      "0",
      "0.004",
      "1.24",
      "12.3",
      "182",
      "1240",
      "12.4 k",
      "3.2 M",
    ]);
    expect(quantity(63.42, "percent")).toBe("63.4\u00a0%");
    expect(quantity(4, "count")).toBe("4");
  });

  test("durations and ages are in words, one or two parts", () => {
    expect([250, 59_600, 90_000, 3_600_000, 90_061_000].map(duration)).toEqual([
      "250 ms",
      "1 min",
      "1 min 30 s",
      "1 h",
      "1 d 1 h",
    ]);
    expect(relative(0, 90_000)).toBe("1 min ago");
    expect(relative(3_600_000 * 3, 0)).toBe("in 3 h");
    expect(relative(100, 0)).toBe("now");
  });

  test("a sentence is shown with instants in the reader's zone", () => {
    const there = new Intl.DateTimeFormat("en-GB", {
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    }).format(Date.UTC(2026, 0, 5, 1));
    expect(told("held at 8 until 2026-01-05T01:00:00.000Z: more")).toBe(`held at 8 until ${there}: more`);
  });

  test("a number keeps its unit beside it, and nothing else is changed", () => {
    expect(told("cpu 40 % for 4 min 1 s, 2 instances of 3 services")).toBe(
      "cpu 40\u00a0% for 4\u00a0min 1\u00a0s, 2 instances of 3 services",
    );
  });

  test("names of values lose their unit where the value says it", () => {
    expect(nameWords("cooldownLeftMs")).toBe("cooldown left");
    expect(showNamed("leftMs", 480_000)).toBe("8 min");
    expect(showNamed("cpu", 66.0371)).toBe("66.037");
    expect(showNamed("cpu", undefined)).toBe("not known");
  });
});

describe("the stream of events", () => {
  const body = (...chunks: readonly string[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
  const events = async (...chunks: readonly string[]) => {
    const found = [];
    for await (const event of readStream(body(...chunks), 1000)) if (event !== "beat") found.push(event);
    return found;
  };

  test("events are found however the bytes are cut", async () => {
    const text = ': hello\n\nretry: 2000\n\nevent: decision\nid: dec_1\ndata: {"a":\ndata: 1}\n\ndata:x\n\n';
    const whole = await events(text);
    expect(whole).toEqual([
      { type: "decision", id: "dec_1", data: '{"a":\n1}' },
      { type: "message", id: "dec_1", data: "x" },
    ]);
    expect(await events(...text)).toEqual(whole);
  });

  test("an event that was cut off by the end is none", async () => {
    expect(await events("data: half")).toEqual([]);
  });

  test("a stream without even a heartbeat is given up", async () => {
    const silent = new ReadableStream<Uint8Array>({ start: () => {} });
    await expect(readStream(silent, 10).next()).rejects.toThrow("silent");
  });
});

describe("names in the margin", () => {
  const label = (text: string, line: number) => ({ text, color: "", line, y: line });

  test("never overlap, stay inside, and keep the order of their lines", () => {
    const lines = [100, 99, 98, 20, 150, 21, 149].map((line, index) => label(`${index}`, line));
    const placed = spread(lines, 13, 10, 160);
    expect(placed.map((one) => one.line)).toEqual([20, 21, 98, 99, 100, 149, 150]);
    placed.forEach((one, index) => {
      const above = placed[index - 1];
      if (above) expect(one.y - above.y).toBeGreaterThanOrEqual(13);
      expect(one.y).toBeGreaterThanOrEqual(10 + 6.5);
      expect(one.y).toBeLessThanOrEqual(160 - 6.5);
    });
  });

  test("where there is no room for all, the first ones given stay", () => {
    const placed = spread([label("cpu", 50), label("max", 10), label("min", 90)], 13, 40, 66);
    expect(placed.map((one) => one.text)).toEqual(["max", "cpu"]);
  });
});
