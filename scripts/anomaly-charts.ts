import { writeFile } from "node:fs/promises";
import { createDetector } from "../shared/core/anomaly/detector/detector.ts";
import { ALARM_SCORE } from "../shared/core/anomaly/detector/types.ts";

/** Draws the pictures of docs/anomaly-detector.md: made-up series, the detector's real answers. Usage: npx node scripts/anomaly-charts.ts */

const STEP = 300_000;
const DAY_ROWS = 288;
const WIDTH = 860;
const HEIGHT = 250;
const VALUES = { top: 30, bottom: 180 };
const SCORES = { top: 192, bottom: 232 };
const LEFT = 44;
const RIGHT = WIDTH - 12;

interface Point {
  readonly value: number;
  readonly score: number;
  readonly kind?: string;
  readonly low?: number;
  readonly high?: number;
}

interface Picture {
  readonly file: string;
  readonly title: string;
  readonly rows: number;
  /** First row drawn; those before it are learnt only. */
  readonly from: number;
  readonly value: (row: number) => number;
  /** Rows a person calls fine. */
  readonly fine?: (row: number) => boolean;
}

const noise = (row: number) => ((row * 7919) % 1009) / 504.5 - 1;
const daily = (row: number) => 100 + 20 * Math.sin((2 * Math.PI * row) / DAY_ROWS) + 2 * noise(row);
const within = (row: number, from: number, rows: number) => row >= from && row < from + rows;

const PICTURES: readonly Picture[] = [
  {
    file: "anomaly-day",
    title: "A daily rhythm: a spike, and two days later the level of a morning in the evening",
    rows: 14 * DAY_ROWS,
    from: 10 * DAY_ROWS,
    value: (row) => {
      if (row === 10 * DAY_ROWS + 190) return 165;
      return within(row, 12 * DAY_ROWS + 205, 18) ? 119 + noise(row) : daily(row);
    },
  },
  {
    file: "anomaly-shift",
    title: "A level that moves for good: caught when it moves, then learnt",
    rows: 20 * DAY_ROWS,
    from: 9 * DAY_ROWS,
    value: (row) => 50 + 3 * noise(row) + (row >= 11 * DAY_ROWS ? 9 : 0),
  },
  {
    file: "anomaly-rhythm",
    title: "A job every five hours: the period is found, and a run that fails to come is told",
    rows: 2900,
    from: 1900,
    value: (row) => (row % 60 < 12 && !within(row, 2640, 12) ? 100 : 10) + 2 * noise(row),
  },
  {
    file: "anomaly-habit",
    title: "The same nightly peak: told twice; then a person calls it fine, and it is quiet from then on",
    rows: 17 * DAY_ROWS,
    from: 9 * DAY_ROWS,
    value: (row) => daily(row) + (row >= 10 * DAY_ROWS && row % DAY_ROWS === 36 ? 40 : 0),
    fine: (row) => row === 11 * DAY_ROWS + 36,
  },
];

function play({ rows, from, value, fine }: Picture): readonly Point[] {
  const detector = createDetector();
  const points: Point[] = [];
  for (let row = 0; row < rows; row += 1) {
    const score = detector.push(row * STEP, value(row));
    const { kind, expected } = detector.detail();
    if (fine?.(row)) detector.feedback("fine", row * STEP, score);
    if (row < from) continue;
    const band = expected ? { low: expected.low, high: expected.high } : {};
    points.push({ value: value(row), score, ...(kind ? { kind } : {}), ...band });
  }
  return points;
}

const text = (x: number, y: number, content: string, extra = "") =>
  `<text x="${x}" y="${y}" ${extra}>${content}</text>`;

function draw({ title }: Picture, points: readonly Point[]): string {
  const values = points.map(({ value }) => value);
  const lows = points.flatMap(({ low }) => (low === undefined ? [] : [low]));
  const highs = points.flatMap(({ high }) => (high === undefined ? [] : [high]));
  const least = Math.min(...values, ...lows);
  const most = Math.max(...values, ...highs);
  const x = (index: number) => (LEFT + ((RIGHT - LEFT) * index) / (points.length - 1)).toFixed(1);
  const y = (value: number) =>
    (VALUES.bottom - ((VALUES.bottom - VALUES.top) * (value - least)) / (most - least)).toFixed(1);
  const s = (score: number) => (SCORES.bottom - (SCORES.bottom - SCORES.top) * score).toFixed(1);
  const known = points.map((point, index) => ({ ...point, index })).filter(({ low }) => low !== undefined);
  const band = [
    ...known.map(({ index, high = 0 }) => `${x(index)},${y(high)}`),
    ...known.toReversed().map(({ index, low = 0 }) => `${x(index)},${y(low)}`),
  ].join(" ");
  const line = points.map(({ value }, index) => `${x(index)},${y(value)}`).join(" ");
  const marks = points.flatMap(({ value, score, kind }, index) => {
    if (score === 0) return [];
    const alarm = score >= ALARM_SCORE;
    const bar = `<line x1="${x(index)}" x2="${x(index)}" y1="${SCORES.bottom}" y2="${s(score)}" class="${alarm ? "alarm" : "said"}"/>`;
    if (!alarm) return [bar];
    const label = text(
      Number(x(index)) + 6,
      Math.max(VALUES.top + 8, Number(y(value)) - 5),
      `${kind} ${score.toFixed(2)}`,
      'class="kind"',
    );
    return [bar, `<circle cx="${x(index)}" cy="${y(value)}" r="4" class="alarm"/>`, label];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="11">
<style>text{fill:#444}.kind{fill:#b3261e;font-weight:600}.band{fill:#cfe0f5}.value{fill:none;stroke:#1f3a5f;stroke-width:1}.alarm{stroke:#b3261e;stroke-width:1.5;fill:none}.said{stroke:#c9a227}.rule{stroke:#999;stroke-dasharray:3 3}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${text(LEFT, 18, title, 'font-size="13"')}
<polygon class="band" points="${band}"/>
<polyline class="value" points="${line}"/>
<line class="rule" x1="${LEFT}" x2="${RIGHT}" y1="${s(ALARM_SCORE)}" y2="${s(ALARM_SCORE)}"/>
${text(4, VALUES.top + 8, most.toFixed(0))}
${text(4, VALUES.bottom, least.toFixed(0))}
${text(4, SCORES.bottom, "score")}
${text(RIGHT, HEIGHT - 5, "band: expected; red: alarm; one row = 5 min", 'text-anchor="end"')}
${marks.join("\n")}
</svg>
`;
}

for (const picture of PICTURES) {
  const url = new URL(`../docs/images/${picture.file}.svg`, import.meta.url);
  await writeFile(url, draw(picture, play(picture)));
}
