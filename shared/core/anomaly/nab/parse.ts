import { HeadgateError } from "../../kernel/errors.ts";
import { parseInstant } from "../../kernel/instant.ts";
import { HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../kernel/time.ts";

/**
 * Reads one data file of the benchmark: a header, then `YYYY-MM-DD HH:MM:SS,value` in UTC.
 *
 * @throws HeadgateError `input.invalid` with the line that is none.
 */
export function parseNabData(name: string, text: string): { times: Float64Array; values: Float64Array } {
  const lines = text.split("\n");
  while (lines.length > 0 && lines[lines.length - 1]?.trim() === "") lines.pop();
  const times = new Float64Array(Math.max(0, lines.length - 1));
  const values = new Float64Array(times.length);
  let day = "";
  let dayStart = Number.NaN;
  for (let row = 0; row < times.length; row += 1) {
    const line = lines[row + 1] as string;
    const date = line.slice(0, 10);
    if (date !== day) {
      day = date;
      dayStart = parseInstant(date)?.at ?? Number.NaN;
    }
    const comma = line.indexOf(",");
    const at = comma === 19 ? dayStart + inDay(line) : Number.NaN;
    const value = comma === -1 || line.length === comma + 1 ? Number.NaN : Number(line.slice(comma + 1));
    if (!Number.isFinite(at) || !Number.isFinite(value)) {
      throw new HeadgateError("input.invalid", `${name}, line ${row + 2}: "${line}" is no "YYYY-MM-DD HH:MM:SS,value"`);
    }
    times[row] = at;
    values[row] = value;
  }
  return { times, values };
}

function inDay(line: string): number {
  const two = (at: number) => Number(line.slice(at, at + 2));
  return two(11) * HOUR_MS + two(14) * MINUTE_MS + two(17) * SECOND_MS;
}

/**
 * Reads `labels/combined_windows.json`: file name to windows. The labels carry microseconds, the rows do not: the fraction is
 * dropped.
 *
 * @throws HeadgateError `input.invalid` where it is not that.
 */
export function parseNabWindows(text: string): ReadonlyMap<string, readonly (readonly [Millis, Millis])[]> {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, [string, string][]>);
    return new Map(
      entries.map(([name, windows]) => [name, windows.map(([from, to]) => [edge(from), edge(to)] as const)]),
    );
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    throw new HeadgateError("input.invalid", "the labels are not a JSON object of lists of windows", { cause: error });
  }
}

function edge(text: string): Millis {
  const at = parseInstant(text.replace(/\.\d+$/, ""))?.at;
  if (at === undefined) throw new HeadgateError("input.invalid", `the labels name an instant "${text}"`);
  return at;
}
