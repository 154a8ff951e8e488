import { csvCells } from "../kernel/csv.ts";
import type { Fault } from "../kernel/errors.ts";
import { parseFloatText } from "../kernel/float.ts";
import { parseInstant } from "../kernel/instant.ts";
import { type Labels, labelsKey, labelsText } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import { parseExposition } from "./exposition/parse.ts";

/** A recorded series, ascending by time, one sample per instant. */
export interface HistorySeries {
  readonly labels: Labels;
  readonly points: readonly { readonly at: Millis; readonly value: number }[];
}

export type ReadHistory =
  | { readonly ok: true; readonly series: readonly HistorySeries[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const MOST_FAULTS = 20;
const CSV_HEADER = /^\uFEFF?\s*"?timestamp"?\s*,\s*"?value"?\s*$/i;

/** Whether the text is CSV with the header `timestamp,value`. */
export const isCsvHistory = (text: string): boolean => CSV_HEADER.test(text.slice(0, 200).split(/\r\n|\n|\r/)[0] ?? "");

/**
 * Reads samples with their times: CSV with the header `timestamp,value`, which is one series and gets `labels`, or the text
 * formats of Prometheus with timestamps (OpenMetrics where it ends with `# EOF`), as `promtool tsdb dump-openmetrics` writes them. Samples without
 * a timestamp, and times that go back within a series, are faults with their line.
 */
export function readHistory(text: string, labels: Labels): ReadHistory {
  return isCsvHistory(text) ? readCsv(text, labels) : readText(text);
}

function readCsv(text: string, labels: Labels): ReadHistory {
  const faults: Fault[] = [];
  const points: { at: Millis; value: number }[] = [];
  const wrong = (line: number, column: number, path: string, found: string, allowed: string): void => {
    if (faults.length < MOST_FAULTS)
      faults.push({ path, message: `is no ${path}`, line, column, value: JSON.stringify(found.slice(0, 60)), allowed });
  };
  for (const [index, row] of text.split(/\r\n|\n|\r/).entries()) {
    if (index === 0 || row.trim() === "") continue;
    const cells = csvCells(row);
    const [time, value] = cells ?? [];
    if (!time || !value || cells?.length !== 2) {
      wrong(index + 1, 1, "row", row, "timestamp,value");
      continue;
    }
    const at = parseInstant(time.text)?.at;
    const read = parseFloatText(value.text);
    const before = points.at(-1)?.at;
    if (at === undefined)
      wrong(index + 1, time.column, "timestamp", time.text, "ISO 8601, epoch seconds or milliseconds");
    else if (before !== undefined && at <= before)
      wrong(index + 1, time.column, "timestamp", time.text, "later than the row before");
    else if (read === undefined) wrong(index + 1, value.column, "value", value.text, "a number, NaN, +Inf or -Inf");
    else points.push({ at, value: read });
  }
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, series: points.length > 0 ? [{ labels, points }] : [] };
}

function readText(text: string): ReadHistory {
  const format = /^# EOF\s*$/m.test(text.slice(-64)) ? "openmetrics" : "text";
  const { samples, faults } = parseExposition(text, { format });
  if (faults.length > 0)
    return { ok: false, faults: faults.map(({ line, message }) => ({ path: "(text)", line, column: 1, message })) };
  const byKey = new Map<string, { labels: Labels; points: { at: Millis; value: number }[] }>();
  for (const { labels, value, at } of samples) {
    if (at === undefined) {
      const allowed = "name{labels} value timestamp, or CSV with the header timestamp,value";
      return { ok: false, faults: [{ path: "(text)", message: `${labelsText(labels)} has no timestamp`, allowed }] };
    }
    const key = labelsKey(labels);
    const series = byKey.get(key) ?? { labels, points: [] };
    byKey.set(key, series);
    series.points.push({ at, value });
  }
  const series = [...byKey.values()];
  for (const one of series) {
    one.points.sort((a, b) => a.at - b.at);
    const twice = one.points.find((point, index) => point.at === one.points[index + 1]?.at);
    if (twice)
      return {
        ok: false,
        faults: [{ path: "(text)", message: `${labelsText(one.labels)} has two samples at ${twice.at}` }],
      };
  }
  return { ok: true, series };
}

/** The usual distance of neighbouring samples; undefined where no series has two. */
export function usualDistanceMs(series: readonly HistorySeries[]): DurationMs | undefined {
  const distances = series.flatMap(({ points }) =>
    points.slice(1, 1001).map((point, index) => point.at - (points[index]?.at ?? point.at)),
  );
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)];
}
