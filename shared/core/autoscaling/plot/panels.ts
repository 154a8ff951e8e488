import { valueTicks } from "./axis.ts";
import { type Column, columns, largest } from "./reduce.ts";
import { AT, box, HUE, INK, line, type Strip, short, text, triangle } from "./shapes.ts";
import type { Place, PlotSeries, Shape } from "./types.ts";

/** Grid, labels and name of a panel, and where a value stands in it. */
function panel({ top, bottom }: Strip, most: number, name: string): { shapes: Shape[]; y: (value: number) => number } {
  const ticks = valueTicks(most, (bottom - top) / 45);
  const end = ticks.at(-1) as number;
  const y = (value: number): number => bottom - (Math.min(Math.max(value, 0), end) / end) * (bottom - top);
  const shapes = ticks.flatMap((tick): Shape[] => [
    line(
      [
        [AT.left, y(tick)],
        [AT.right, y(tick)],
      ],
      tick === 0 ? INK.frame : INK.grid,
      1,
    ),
    text(AT.left - 8, y(tick) + 4, tickText(tick), { anchor: "end" }),
  ]);
  shapes.push(text(12, top - 9, name, { size: 11 }));
  return { shapes, y };
}

const tickText = (tick: number): string =>
  tick >= 1e6 ? `${short(tick / 1e6)}M` : tick >= 1e4 ? `${short(tick / 1e3)}k` : String(tick);

const across = (share: number): number => AT.left + share * (AT.right - AT.left);
const columnsOf = (values: ArrayLike<number>): readonly Column[] => columns(values, AT.right - AT.left);

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

export function tasksPanel(series: PlotSeries): readonly Shape[] {
  const most = Math.max(largest(series.load), largest(series.capacity), largest(series.desired));
  const { shapes, y } = panel(AT.tasks, most, "tasks");
  const load = columnsOf(series.load);
  const floor = () => y(0);
  const bad = columnsOf(series.violated)
    .filter(({ max }) => max > 0)
    .map(
      ({ from, to }): Shape => ({
        ...box(across(from), across(to), AT.tasks.top, AT.tasks.bottom),
        fill: HUE.bad,
        opacity: 0.16,
      }),
    );
  return [
    { kind: "area", points: band(load, floor, ({ min }) => y(min)), fill: HUE.load.light },
    {
      kind: "area",
      points: band(
        load,
        ({ min }) => y(min),
        ({ max }) => y(max),
      ),
      fill: HUE.load.band,
    },
    ...shapes,
    line(
      steps(
        load.map((one) => ({ ...one, first: one.max, last: one.max, min: one.max })),
        y,
      ),
      HUE.load.edge,
      0.8,
    ),
    ...bad,
    line(steps(columnsOf(series.desired), y), HUE.desired, 1.2),
    line(steps(columnsOf(series.capacity), y), HUE.capacity, 2.2),
  ];
}

export function strips(series: PlotSeries): readonly Shape[] {
  const frame = (area: Strip): Shape => ({ ...box(AT.left, AT.right, area.top, area.bottom), fill: "#f6f7f9" });
  const bad = columnsOf(series.violated)
    .filter(({ max }) => max > 0)
    .map(
      ({ from, to }): Shape => ({
        ...box(across(from), Math.max(across(to), across(from) + 1), AT.violated.top, AT.violated.bottom),
        fill: HUE.bad,
      }),
    );
  return [
    frame(AT.violated),
    text(AT.left - 8, AT.violated.bottom - 3, "violated", { anchor: "end", size: 11 }),
    ...bad,
    frame(AT.actions),
    text(AT.left - 8, AT.actions.top + 11, "out", { anchor: "end", size: 11 }),
    text(AT.left - 8, AT.actions.bottom - 2, "in", { anchor: "end", size: 11 }),
    ...actionMarks(series),
  ];
}

/** A triangle where they are few, a stroke where they are many. */
function actionMarks({ desired, actions }: PlotSeries): readonly Shape[] {
  const direction = Array.from({ length: desired.length }, (_, index) => {
    if (!((actions[index] as number) > 0)) return 0;
    return Math.sign((desired[index] as number) - (desired[Math.max(0, index - 1)] as number));
  });
  const middle = (AT.actions.top + AT.actions.bottom) / 2;
  const outs = columnsOf(direction).filter(({ max }) => max > 0);
  const ins = columnsOf(direction).filter(({ min }) => min < 0);
  const half = Math.max(0.5, Math.min(6, (AT.right - AT.left) / (3 * Math.max(outs.length, ins.length, 1))));
  const mark =
    (from: number, to: number, fill: string) =>
    (one: Column): Shape =>
      half < 1.5
        ? { ...box(across(one.from), across(one.from) + 1, Math.min(from, to), Math.max(from, to)), fill }
        : triangle(across(one.from), from, to, half, fill);
  return [
    ...outs.map(mark(middle - 1, AT.actions.top + 1, HUE.out)),
    ...ins.map(mark(middle + 1, AT.actions.bottom - 1, HUE.in)),
  ];
}

export function backlogPanel(series: PlotSeries): readonly Shape[] {
  const { shapes, y } = panel(AT.backlog, largest(series.backlog), "work that waits, in task-minutes");
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
            fill: HUE.waiting,
            opacity: 0.55,
          } as const,
        ]
      : [
          text((AT.left + AT.right) / 2, (AT.backlog.top + AT.backlog.bottom) / 2, "no work ever waited", {
            anchor: "middle",
          }),
        ]),
  ];
}
