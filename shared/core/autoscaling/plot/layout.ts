import { DAY_MS, type Millis } from "../../kernel/time.ts";
import { timeTicks, wallClock } from "./axis.ts";
import { backlogPanel, strips, tasksPanel } from "./panels.ts";
import { largest } from "./reduce.ts";
import { AT, box, HUE, INK, line, short, text, triangle } from "./shapes.ts";
import type { Drawing, Plot, PlotSeries, Shape } from "./types.ts";

/** Of the warm-up, so much is drawn. */
const WARMUP_MS = DAY_MS;
/** Characters of a title that fit the width. */
const LONGEST_TITLE = 96;

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
  const x = (at: Millis): number => AT.left + ((at - from) / (to - from)) * (AT.right - AT.left);
  const [scoredFrom] = plot.scored;
  const warmup: readonly Shape[] =
    scoredFrom > from
      ? [
          { ...box(AT.left, x(scoredFrom), AT.tasks.top, AT.backlog.bottom), fill: "#f1f3f6" },
          text((AT.left + x(scoredFrom)) / 2, AT.tasks.top - 6, "warm-up, not scored", { size: 11, anchor: "middle" }),
        ]
      : [];
  return {
    width: AT.width,
    height: AT.height,
    title: plot.title,
    description: described(plot, series, Math.max(from, scoredFrom), to),
    background: INK.paper,
    shapes: [
      ...warmup,
      text(AT.left, 32, fitting(plot.title), { size: 19, bold: true, fill: INK.text }),
      text(AT.left, 56, plot.subtitle, { size: 13 }),
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

function legend(): readonly Shape[] {
  const [top, base] = [78, 88];
  const items: readonly (readonly [string, number, (x: number) => Shape])[] = [
    ["work that arrives (band: least to most)", 262, (x) => ({ ...box(x, x + 18, top, base), fill: HUE.load.band })],
    [
      "tasks ready",
      108,
      (x) =>
        line(
          [
            [x, 83],
            [x + 18, 83],
          ],
          HUE.capacity,
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
          HUE.desired,
          1.2,
        ),
    ],
    ["violation minutes", 144, (x) => ({ ...box(x, x + 18, top, base), fill: HUE.bad })],
    ["scale-out", 92, (x) => triangle(x + 9, base, top, 6, HUE.out)],
    ["scale-in", 84, (x) => triangle(x + 9, top, base, 6, HUE.in)],
    ["work that waits", 120, (x) => ({ ...box(x, x + 18, top, base), fill: HUE.waiting, opacity: 0.55 })],
  ];
  let x = AT.left;
  return items.flatMap(([said, width, mark]) => {
    const shapes = [mark(x), text(x + 25, 88, said, { fill: INK.text })];
    x += 25 + width;
    return shapes;
  });
}

function timeAxis(from: Millis, to: Millis, x: (at: Millis) => number, timezone: string): readonly Shape[] {
  const shapes: Shape[] = [];
  for (const { at, text: said, day } of timeTicks(from, to, 14, timezone)) {
    const place = x(at);
    for (const { top, bottom } of [AT.tasks, AT.backlog])
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
          [place, AT.backlog.bottom],
          [place, AT.backlog.bottom + 5],
        ],
        INK.frame,
        1,
      ),
    );
    shapes.push(
      text(place, AT.backlog.bottom + 20, said, { anchor: "middle", bold: day, fill: day ? INK.text : INK.quiet }),
    );
  }
  const span = `${wallClock(from, timezone)} to ${wallClock(to, timezone)}, ${timezone}`;
  return [...shapes, text(AT.right, AT.backlog.bottom + 44, span, { anchor: "end" })];
}
