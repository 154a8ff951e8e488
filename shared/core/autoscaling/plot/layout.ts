import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { timeTicks, valueTicks, wallClock } from "./axis.ts";
import { type Column, columns, largest } from "./reduce.ts";
import type { Drawing, Place, Plot, PlotSeries, Shape } from "./types.ts";

const WIDTH = 1200;
const HEIGHT = 660;
const LEFT = 84;
const RIGHT = WIDTH - 24;
const TASKS = { top: 112, bottom: 400 };
const VIOLATED = { top: 412, bottom: 426 };
const ACTIONS = { top: 434, bottom: 460 };
const BACKLOG = { top: 490, bottom: 594 };

/** Of the warm-up, so much is drawn. */
const WARMUP_MS = DAY_MS;
/** Characters of a title that fit the width. */
const LONGEST_TITLE = 96;

/** Light theme; each pair of neighbours also differs in form or place, not in colour alone. */
const INK = { text: "#1b2430", quiet: "#55606e", grid: "#e3e7ec", frame: "#b4bcc6", paper: "#ffffff" };
const LOAD = { light: "#d8e5f4", band: "#9fbfe3", edge: "#5f8fc4" };
const CAPACITY = "#153e75";
const DESIRED = "#c2570c";
const BAD = "#c81e1e";
const WAITING = "#6d3fb0";
const OUT = "#0b6e4f";
const IN = "#8a6100";

/** What is drawn: what is scored, and the end of the warm-up where there is one, so that the first minutes have a past. */
function clipped(series: PlotSeries, [from, to]: Plot["scored"]): PlotSeries {
  const total = series.load.length;
  const indexOf = (at: Millis): number =>
    Math.min(total, Math.max(0, Math.round((at - series.startAt) / series.stepMs)));
  const last = Math.max(1, indexOf(to));
  const first = Math.min(last - 1, indexOf(Math.max(from - WARMUP_MS, series.startAt)));
  if (first === 0 && last === total) return series;
  const cut = (values: ArrayLike<number>): ArrayLike<number> => Array.prototype.slice.call(values, first, last);
  return {
    startAt: series.startAt + first * series.stepMs,
    stepMs: series.stepMs,
    load: cut(series.load),
    capacity: cut(series.capacity),
    desired: cut(series.desired),
    backlog: cut(series.backlog),
    violated: cut(series.violated),
    actions: cut(series.actions),
  };
}

/**
 * A played load as a picture: work that arrives against tasks asked for and ready, minutes in which work waited, changes of the count, and what
 * waits. Equal arguments give equal pictures.
 */
export function layout(plot: Plot): Drawing {
  const series = clipped(plot.series, plot.scored);
  const from = series.startAt;
  const to = from + series.load.length * series.stepMs;
  const x = (at: Millis): number => LEFT + ((at - from) / (to - from)) * (RIGHT - LEFT);
  const [scoredFrom] = plot.scored;
  const warmup: readonly Shape[] =
    scoredFrom > from
      ? [
          { ...box(LEFT, x(scoredFrom), TASKS.top, BACKLOG.bottom), fill: "#f1f3f6" },
          text((LEFT + x(scoredFrom)) / 2, TASKS.top - 6, "warm-up, not scored", { size: 11, anchor: "middle" }),
        ]
      : [];
  return {
    width: WIDTH,
    height: HEIGHT,
    title: plot.title,
    description: described(plot, series, Math.max(from, scoredFrom), to),
    background: INK.paper,
    shapes: [
      ...warmup,
      text(LEFT, 32, fitting(plot.title), { size: 19, bold: true, fill: INK.text }),
      text(LEFT, 56, plot.subtitle, { size: 13 }),
      ...legend(),
      ...timeAxis(from, to, x, plot.timezone),
      ...tasksPanel(series),
      ...strips(series),
      ...backlogPanel(series),
    ],
  };
}

function described(plot: Plot, series: PlotSeries, scoredFrom: Millis, to: Millis): string {
  const from = series.startAt;
  let bad = 0;
  let changes = 0;
  for (let index = Math.round((scoredFrom - from) / series.stepMs); index < series.load.length; index += 1) {
    bad += series.violated[index] as number;
    changes += series.actions[index] as number;
  }
  const time = `${wallClock(scoredFrom, plot.timezone)} to ${wallClock(to, plot.timezone)} ${plot.timezone}`;
  return `${plot.subtitle}. ${time}: load up to ${short(largest(series.load))} tasks, up to ${short(largest(series.capacity))} tasks ready, up to ${short(largest(series.backlog))} task-minutes waiting, ${bad} violation minutes, ${changes} changes of the count.`;
}

const fitting = (title: string): string =>
  [...title].length <= LONGEST_TITLE ? title : `${[...title].slice(0, LONGEST_TITLE - 1).join("")}…`;

const short = (value: number): string => String(Number(value.toPrecision(3)));

function text(x: number, y: number, said: string, more: Partial<Extract<Shape, { kind: "text" }>> = {}): Shape {
  return { kind: "text", x, y, text: said, size: 12, fill: INK.quiet, ...more };
}

const box = (x0: number, x1: number, top: number, bottom: number) =>
  ({ kind: "rect", x: x0, y: top, width: x1 - x0, height: bottom - top }) as const;

function legend(): readonly Shape[] {
  const [top, base] = [78, 88];
  const items: readonly (readonly [string, number, (x: number) => Shape])[] = [
    ["work that arrives (band: least to most)", 262, (x) => ({ ...box(x, x + 18, top, base), fill: LOAD.band })],
    [
      "tasks ready",
      108,
      (x) =>
        line(
          [
            [x, 83],
            [x + 18, 83],
          ],
          CAPACITY,
          2.2,
        ),
    ],
    [
      "tasks asked for",
      132,
      (x) =>
        line(
          [
            [x, 83],
            [x + 18, 83],
          ],
          DESIRED,
          1.2,
        ),
    ],
    ["violation minutes", 144, (x) => ({ ...box(x, x + 18, top, base), fill: BAD })],
    ["scale-out", 92, (x) => triangle(x + 9, base, top, 6, OUT)],
    ["scale-in", 84, (x) => triangle(x + 9, top, base, 6, IN)],
    ["work that waits", 120, (x) => ({ ...box(x, x + 18, top, base), fill: WAITING, opacity: 0.55 })],
  ];
  let x = LEFT;
  return items.flatMap(([said, width, mark]) => {
    const shapes = [mark(x), text(x + 25, 88, said, { fill: INK.text })];
    x += 25 + width;
    return shapes;
  });
}

const line = (points: readonly Place[], stroke: string, width: number): Shape => ({
  kind: "line",
  points,
  stroke,
  width,
});

/** Base at `from`, tip at `to`. */
const triangle = (x: number, from: number, to: number, half: number, fill: string): Shape => ({
  kind: "area",
  points: [
    [x - half, from],
    [x + half, from],
    [x, to],
  ],
  fill,
});

function timeAxis(from: Millis, to: Millis, x: (at: Millis) => number, timezone: string): readonly Shape[] {
  const shapes: Shape[] = [];
  for (const { at, text: said, day } of timeTicks(from, to, 14, timezone)) {
    const place = x(at);
    for (const { top, bottom } of [TASKS, BACKLOG])
      shapes.push(
        line(
          [
            [place, top],
            [place, bottom],
          ],
          INK.grid,
          1,
        ),
      );
    shapes.push(
      line(
        [
          [place, BACKLOG.bottom],
          [place, BACKLOG.bottom + 5],
        ],
        INK.frame,
        1,
      ),
    );
    shapes.push(
      text(place, BACKLOG.bottom + 20, said, { anchor: "middle", bold: day, fill: day ? INK.text : INK.quiet }),
    );
  }
  const span = `${wallClock(from, timezone)} to ${wallClock(to, timezone)}, ${timezone}`;
  return [...shapes, text(RIGHT, BACKLOG.bottom + 44, span, { anchor: "end" })];
}

/** Grid, labels and name of a panel, and where a value stands in it. */
function panel(
  { top, bottom }: typeof TASKS,
  most: number,
  name: string,
): { shapes: Shape[]; y: (value: number) => number } {
  const ticks = valueTicks(most, (bottom - top) / 45);
  const end = ticks.at(-1) as number;
  const y = (value: number): number => bottom - (Math.min(Math.max(value, 0), end) / end) * (bottom - top);
  const shapes = ticks.flatMap((tick): Shape[] => [
    line(
      [
        [LEFT, y(tick)],
        [RIGHT, y(tick)],
      ],
      tick === 0 ? INK.frame : INK.grid,
      1,
    ),
    text(LEFT - 8, y(tick) + 4, tickText(tick), { anchor: "end" }),
  ]);
  shapes.push(text(12, top - 9, name, { size: 11 }));
  return { shapes, y };
}

const tickText = (tick: number): string =>
  tick >= 1e6 ? `${short(tick / 1e6)}M` : tick >= 1e4 ? `${short(tick / 1e3)}k` : String(tick);

const across = (share: number): number => LEFT + share * (RIGHT - LEFT);
const columnsOf = (values: ArrayLike<number>): readonly Column[] => columns(values, RIGHT - LEFT);

/** The outline between two edges of the columns, to be filled. */
function band(
  all: readonly Column[],
  lower: (one: Column) => number,
  upper: (one: Column) => number,
): readonly Place[] {
  const forth = all.flatMap((one): Place[] => [
    [across(one.from), upper(one)],
    [across(one.to), upper(one)],
  ]);
  const back = all.toReversed().flatMap((one): Place[] => [
    [across(one.to), lower(one)],
    [across(one.from), lower(one)],
  ]);
  return [...forth, ...back];
}

/** A line of steps that reaches the least and the most of each column. */
function steps(all: readonly Column[], y: (value: number) => number): readonly Place[] {
  return all.flatMap(({ from, to, first, last, min, max }): Place[] => {
    const [x0, x1] = [across(from), across(to)];
    if (min === max)
      return [
        [x0, y(first)],
        [x1, y(last)],
      ];
    return [
      [x0, y(first)],
      [x0, y(min)],
      [x0, y(max)],
      [x0, y(last)],
      [x1, y(last)],
    ];
  });
}

function tasksPanel(series: PlotSeries): readonly Shape[] {
  const most = Math.max(largest(series.load), largest(series.capacity), largest(series.desired));
  const { shapes, y } = panel(TASKS, most, "tasks");
  const load = columnsOf(series.load);
  const floor = () => y(0);
  const bad = columnsOf(series.violated)
    .filter(({ max }) => max > 0)
    .map(
      ({ from, to }): Shape => ({
        ...box(across(from), across(to), TASKS.top, TASKS.bottom),
        fill: BAD,
        opacity: 0.16,
      }),
    );
  return [
    { kind: "area", points: band(load, floor, ({ min }) => y(min)), fill: LOAD.light },
    {
      kind: "area",
      points: band(
        load,
        ({ min }) => y(min),
        ({ max }) => y(max),
      ),
      fill: LOAD.band,
    },
    ...shapes,
    line(
      steps(
        load.map((one) => ({ ...one, first: one.max, last: one.max, min: one.max })),
        y,
      ),
      LOAD.edge,
      0.8,
    ),
    ...bad,
    line(steps(columnsOf(series.desired), y), DESIRED, 1.2),
    line(steps(columnsOf(series.capacity), y), CAPACITY, 2.2),
  ];
}

function strips(series: PlotSeries): readonly Shape[] {
  const frame = (area: typeof TASKS): Shape => ({ ...box(LEFT, RIGHT, area.top, area.bottom), fill: "#f6f7f9" });
  const bad = columnsOf(series.violated)
    .filter(({ max }) => max > 0)
    .map(
      ({ from, to }): Shape => ({
        ...box(across(from), Math.max(across(to), across(from) + 1), VIOLATED.top, VIOLATED.bottom),
        fill: BAD,
      }),
    );
  return [
    frame(VIOLATED),
    text(LEFT - 8, VIOLATED.bottom - 3, "violated", { anchor: "end", size: 11 }),
    ...bad,
    frame(ACTIONS),
    text(LEFT - 8, ACTIONS.top + 11, "out", { anchor: "end", size: 11 }),
    text(LEFT - 8, ACTIONS.bottom - 2, "in", { anchor: "end", size: 11 }),
    ...actionMarks(series),
  ];
}

/** A triangle where they are few, a stroke where they are many. */
function actionMarks({ desired, actions }: PlotSeries): readonly Shape[] {
  const direction = Array.from({ length: desired.length }, (_, index) => {
    if (!((actions[index] as number) > 0)) return 0;
    return Math.sign((desired[index] as number) - (desired[Math.max(0, index - 1)] as number));
  });
  const middle = (ACTIONS.top + ACTIONS.bottom) / 2;
  const outs = columnsOf(direction).filter(({ max }) => max > 0);
  const ins = columnsOf(direction).filter(({ min }) => min < 0);
  const half = Math.max(0.5, Math.min(6, (RIGHT - LEFT) / (3 * Math.max(outs.length, ins.length, 1))));
  const mark =
    (from: number, to: number, fill: string) =>
    (one: Column): Shape =>
      half < 1.5
        ? { ...box(across(one.from), across(one.from) + 1, Math.min(from, to), Math.max(from, to)), fill }
        : triangle(across(one.from), from, to, half, fill);
  return [...outs.map(mark(middle - 1, ACTIONS.top + 1, OUT)), ...ins.map(mark(middle + 1, ACTIONS.bottom - 1, IN))];
}

function backlogPanel(series: PlotSeries): readonly Shape[] {
  const { shapes, y } = panel(BACKLOG, largest(series.backlog), "work that waits, in task-minutes");
  const all = columnsOf(series.backlog);
  const waiting = all.some(({ max }) => max > 0);
  return [
    ...shapes,
    ...(waiting
      ? [
          {
            kind: "area",
            points: band(
              all,
              () => y(0),
              ({ max }) => y(max),
            ),
            fill: WAITING,
            opacity: 0.55,
          } as const,
        ]
      : [text((LEFT + RIGHT) / 2, (BACKLOG.top + BACKLOG.bottom) / 2, "no work ever waited", { anchor: "middle" })]),
  ];
}
