import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeTicks, valueTicks, wallClock } from "../../shared/core/autoscaling/plot/axis.ts";
import { textWidth } from "../../shared/core/autoscaling/plot/font.ts";
import { layout } from "../../shared/core/autoscaling/plot/layout.ts";
import { raster } from "../../shared/core/autoscaling/plot/raster.ts";
import { columns, largest } from "../../shared/core/autoscaling/plot/reduce.ts";
import { svg } from "../../shared/core/autoscaling/plot/svg.ts";
import type { Drawing, Plot, PlotSeries, Shape } from "../../shared/core/autoscaling/plot/types.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { offsetAt } from "../../shared/core/kernel/timezone.ts";

/** 2024-03-01T00:00:00Z, a Friday. */
const START = 1_709_251_200_000;

function series(count: number, more: Partial<PlotSeries> = {}): PlotSeries {
  const of = (value: (index: number) => number) => Array.from({ length: count }, (_, index) => value(index));
  return {
    startAt: START,
    stepMs: MINUTE_MS,
    load: of((index) => 5 + 3 * Math.sin(index / 200)),
    capacity: of((index) => 8 + (Math.floor(index / 30) % 2)),
    desired: of((index) => 8 + (Math.floor((index + 2) / 30) % 2)),
    backlog: of(() => 0),
    violated: of(() => 0),
    actions: of((index) => ((index + 2) % 30 === 0 ? 1 : 0)),
    ...more,
  };
}

const plot = (of: PlotSeries, more: Partial<Plot> = {}): Plot => ({
  title: "a policy",
  subtitle: "J 1.2",
  series: of,
  scored: [of.startAt, of.startAt + of.load.length * of.stepMs],
  timezone: "UTC",
  ...more,
});

const texts = ({ shapes }: Drawing): readonly string[] =>
  shapes.flatMap((one) => (one.kind === "text" ? [one.text] : []));

describe("a series in columns", () => {
  it("loses no peak and no valley, keeps the order, and covers the whole width, at any number of points", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 120 }),
        (values, most) => {
          const found = columns(values, most);
          expect(found.length).toBe(Math.min(values.length, most));
          expect(Math.max(...found.map(({ max }) => max))).toBe(Math.max(...values));
          expect(Math.min(...found.map(({ min }) => min))).toBe(Math.min(...values));
          expect(found[0]).toMatchObject({ from: 0, first: values[0] });
          expect(found.at(-1)).toMatchObject({ to: 1, last: values.at(-1) });
          for (const [index, one] of found.entries()) expect(one.from).toBe(found[index - 1]?.to ?? 0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("passes over what is not known instead of taking it for zero", () => {
    expect(columns([Number.NaN, 3, Number.NaN, Number.NaN], 2)).toEqual([
      { from: 0, to: 0.5, first: 3, last: 3, min: 3, max: 3 },
    ]);
    expect(largest([Number.NaN, Number.POSITIVE_INFINITY, 2])).toBe(2);
  });
});

describe("axes", () => {
  it("values have round steps from zero past the largest", () => {
    expect(valueTicks(52.5, 6)).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(valueTicks(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(valueTicks(0, 5)).toEqual([0, 1]);
    expect(valueTicks(Number.NaN, 5)).toEqual([0, 1]);
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 12 }), (most, about) => {
        const ticks = valueTicks(most, about);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-6));
        expect(ticks.length).toBeLessThanOrEqual(about + 2);
      }),
    );
  });

  it("times are round on the clock of the zone, also where it is half an hour off or changes", () => {
    expect(
      timeTicks(START, START + 3 * HOUR_MS, 14, "UTC")
        .map(({ text }) => text)
        .slice(0, 4),
    ).toEqual(["1 Mar", "00:15", "00:30", "00:45"]);
    expect(timeTicks(START, START + 2 * DAY_MS, 9, "Asia/Kolkata").map(({ text }) => text)).toEqual([
      "06:00",
      "12:00",
      "18:00",
      "2 Mar",
      "06:00",
      "12:00",
      "18:00",
      "3 Mar",
    ]);
    // 2024-03-31: the clock of Berlin goes from 02:00 to 03:00.
    const change = 1_711_843_200_000;
    for (const { at, day } of timeTicks(change, change + 3 * DAY_MS, 14, "Europe/Berlin"))
      expect((at + (offsetAt("Europe/Berlin", at) ?? 0)) % (day ? DAY_MS : HOUR_MS)).toBe(0);
    expect(wallClock(START, "America/New_York")).toBe("2024-02-29 19:00");
  });

  it("there are never too many, in order and inside, whatever the span; an unknown zone is UTC", () => {
    fc.assert(
      fc.property(fc.integer({ min: MINUTE_MS, max: 366 * DAY_MS }), fc.integer({ min: 2, max: 20 }), (span, most) => {
        const ticks = timeTicks(START, START + span, most, "Nowhere/Town");
        expect(ticks.length).toBeLessThanOrEqual(most + 1);
        for (const [index, { at }] of ticks.entries()) {
          expect(at).toBeGreaterThan(ticks[index - 1]?.at ?? START - 1);
          expect(at).toBeLessThanOrEqual(START + span);
        }
      }),
    );
  });
});

describe("a played load as a picture", () => {
  it("says what it shows to whoever cannot see it, and marks what is not scored", () => {
    const violated = Array.from({ length: 2880 }, (_, index) => (index === 10 || index === 2000 ? 1 : 0));
    const drawing = layout(plot(series(2880, { violated }), { scored: [START + DAY_MS, START + 2 * DAY_MS] }));
    expect(drawing.description).toContain("2024-03-02 00:00 to 2024-03-03 00:00 UTC");
    expect(drawing.description).toContain("1 violation minutes");
    expect(texts(drawing)).toEqual(
      expect.arrayContaining(["a policy", "J 1.2", "warm-up, not scored", "no work ever waited"]),
    );
    expect(texts(layout(plot(series(100))))).not.toContain("warm-up, not scored");
  });

  it("draws one day of a long warm-up, and nothing after what is scored", () => {
    const drawing = layout(plot(series(5 * 1440), { scored: [START + 3 * DAY_MS, START + 4 * DAY_MS] }));
    expect(texts(drawing)).toContain("2024-03-03 00:00 to 2024-03-05 00:00, UTC");
  });

  it("shows a violation of one minute in a year", () => {
    const count = 366 * 1440;
    const violated = new Uint8Array(count);
    violated[count / 2] = 1;
    const zeros = new Float64Array(count);
    const quiet = series(1);
    const red = (drawing: Drawing) =>
      drawing.shapes.filter((one) => one.kind === "rect" && one.fill === "#c81e1e" && one.y > 400);
    const year = { ...quiet, load: zeros, capacity: zeros, desired: zeros, backlog: zeros, actions: zeros };
    expect(red(layout(plot({ ...year, violated })))).toEqual([expect.objectContaining({ height: 14 })]);
    expect(red(layout(plot({ ...year, violated: zeros })))).toEqual([]);
  });

  it("never leaves its paper, whatever the numbers", () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1e9 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -5));
    const inside = ({ width, height }: Drawing, shape: Shape): void => {
      const corners =
        shape.kind === "rect"
          ? [
              [shape.x, shape.y],
              [shape.x + shape.width, shape.y + shape.height],
            ]
          : shape.kind === "text"
            ? [[shape.x, shape.y]]
            : shape.points;
      for (const [x = Number.NaN, y = Number.NaN] of corners) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(height);
      }
    };
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 30 }), (rows) => {
        const list = (which: 0 | 1 | 2) => rows.map((row) => row[which]);
        const drawing = layout(
          plot(series(rows.length, { load: list(0), capacity: list(1), desired: list(2), backlog: list(0) })),
        );
        for (const shape of drawing.shapes) inside(drawing, shape);
      }),
      { numRuns: 60 },
    );
  });

  it("equal arguments give equal pictures, byte by byte", () => {
    const one = plot(series(3000));
    expect(svg(layout(one))).toBe(svg(layout(structuredClone(one))));
    expect(raster(layout(one), 0.5).rgb).toEqual(raster(layout(one), 0.5).rgb);
  });
});

describe("SVG", () => {
  it("is labelled, well-formed, and takes any text", () => {
    const text = svg(layout(plot(series(50), { title: `<b>&"quoted"</b>\u0000\ud800`, subtitle: "J 1.2 · 0" })));
    expect(text).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img" aria-labelledby="plot-title plot-description"/,
    );
    expect(text).toContain("&lt;b&gt;&amp;&quot;quoted&quot;&lt;/b&gt;\u25a1\ufffd");
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    const open = text.match(/<[a-z]+/g)?.length ?? 0;
    const closed = (text.match(/<\/[a-z]+>/g)?.length ?? 0) + (text.match(/\/>/g)?.length ?? 0);
    expect(closed).toBe(open);
  });
});

describe("pixels", () => {
  const draw = (shapes: readonly Shape[], width = 8, height = 4) =>
    raster({ width, height, title: "", description: "", background: "#ffffff", shapes }, 1);
  const grey = ({ rgb, width }: ReturnType<typeof draw>, x: number, y: number) => rgb[(y * width + x) * 3];

  it("a rectangle on whole pixels is exact, between them it is smoothed, opacity mixes", () => {
    const exact = draw([{ kind: "rect", x: 2, y: 1, width: 3, height: 2, fill: "#000000" }]);
    const found = Array.from({ length: 4 }, (_, y) =>
      Array.from({ length: 8 }, (_, x) => (grey(exact, x, y) === 0 ? 1 : 0)),
    );
    expect(found).toEqual([
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 1, 1, 1, 0, 0, 0],
      [0, 0, 1, 1, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    const half = draw([{ kind: "rect", x: 2.5, y: 1, width: 1, height: 1, fill: "#000000" }]);
    expect([grey(half, 1, 1), grey(half, 2, 1), grey(half, 3, 1), grey(half, 4, 1)]).toEqual([255, 128, 128, 255]);
    expect(grey(draw([{ kind: "rect", x: 0, y: 0, width: 8, height: 4, fill: "#000000", opacity: 0.5 }]), 3, 3)).toBe(
      128,
    );
  });

  it("what lies outside is cut off, and a line that crosses itself is painted once", () => {
    const cut = draw([
      {
        kind: "area",
        points: [
          [-50, -50],
          [3, -50],
          [3, 50],
          [-50, 50],
        ],
        fill: "#000000",
      },
    ]);
    expect([grey(cut, 0, 0), grey(cut, 2, 3), grey(cut, 3, 0), grey(cut, 7, 3)]).toEqual([0, 0, 255, 255]);
    const twice = draw([
      {
        kind: "line",
        points: [
          [1, 2],
          [6, 2],
          [1, 2],
        ],
        stroke: "#000000",
        width: 2,
      },
    ]);
    expect([grey(twice, 3, 1), grey(twice, 3, 2), grey(twice, 3, 0)]).toEqual([0, 0, 255]);
  });

  it("covers as much as the shape is large, wherever it lies", () => {
    const place = fc.tuple(fc.double({ min: 1, max: 19, noNaN: true }), fc.double({ min: 1, max: 19, noNaN: true }));
    fc.assert(
      fc.property(place, place, place, (a, b, c) => {
        const area = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
        const { rgb } = draw([{ kind: "area", points: [a, b, c], fill: "#000000" }], 20, 20);
        let inked = 0;
        for (let at = 0; at < rgb.length; at += 3) inked += (255 - (rgb[at] as number)) / 255;
        // Each pixel is rounded to one of 256 steps.
        expect(Math.abs(inked - area)).toBeLessThan(0.9);
      }),
      { numRuns: 200 },
    );
  });

  it("letters are drawn without any font, as wide as they say, and unknown ones as boxes", () => {
    const ink = (text: string): readonly [number, number] => {
      const { rgb } = draw([{ kind: "text", x: 10, y: 30, text, size: 24, fill: "#000000" }], 400, 40);
      let [left, right] = [400, 0];
      for (let at = 0; at < rgb.length; at += 3) {
        if ((rgb[at] as number) > 128) continue;
        left = Math.min(left, (at / 3) % 400);
        right = Math.max(right, (at / 3) % 400);
      }
      return [left, right];
    };
    const [left, right] = ink("Headgate 0.5");
    expect(Math.abs(right - left - textWidth("Headgate 0.5", 24))).toBeLessThan(4);
    expect(ink("\u6f22")).not.toEqual(ink(" "));
    for (const one of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-_+=*/\\|()[]{}<>%#&@$\"'`^~×·…–")
      expect(ink(one)[1]).toBeGreaterThan(0);
    expect(textWidth("é", 10)).toBe(textWidth("e", 10));
  });
});
