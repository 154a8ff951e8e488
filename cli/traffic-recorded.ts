import { csvCells } from "../shared/core/kernel/csv.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import {
  type CountedPeriod,
  expandCounts,
  inOrder,
  peakRate,
  type Recorded,
  type RecordedRequest,
  recordedField,
  recordedFrom,
} from "../shared/core/traffic/simulate/recorded.ts";
import { type Io, plain } from "./io.ts";
import { linesOf } from "./lines.ts";

/** Lines that cannot be read and are named one by one; the rest is counted. */
const MOST_NAMED = 20;

/** Requests of a file, and how busy its busiest time was. */
export interface RecordedFile {
  readonly recorded: Recorded;
  /** Requests per millisecond at the peak, each standing for one; only where requests were counted. */
  readonly peakRate?: number;
  readonly unreadable: number;
}

interface Taken {
  readonly requests: RecordedRequest[];
  readonly periods: CountedPeriod[];
}

type Take = (line: string) => string | undefined;

/** A JSON object a line. */
const fromJson =
  ({ requests }: Taken): Take =>
  (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return "is no JSON";
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "is no JSON object";
    const read = recordedFrom(value as Readonly<Record<string, unknown>>);
    if (!("at" in read)) return `${read.path} ${read.message} (found ${read.value}; allowed: ${read.allowed})`;
    requests.push(read);
    return undefined;
  };

/** Rows under a header: `timestamp,value` are counts per period, anything else requests. */
function fromCsv({ requests, periods }: Taken, header: string): Take {
  const names = (csvCells(header) ?? []).map((cell) => cell.text);
  const counted =
    names.length === 2 && recordedField(names[0] as string) === "at" && recordedField(names[1] as string) === undefined;
  return (line) => {
    const cells = csvCells(line)?.map((cell) => cell.text);
    if (!cells) return "a quote is not closed";
    const read = recordedFrom(Object.fromEntries(names.map((name, index) => [name, cells[index]])));
    if (!("at" in read)) return `${read.path} ${read.message} (found ${read.value}; allowed: ${read.allowed})`;
    if (!counted) {
      requests.push(read);
      return undefined;
    }
    const count = Number(cells[1] === "" ? Number.NaN : cells[1]);
    if (!(count >= 0 && count < Number.POSITIVE_INFINITY))
      return `${names[1]} is no count (found ${JSON.stringify(cells[1])})`;
    periods.push({ at: read.at, requests: count });
    return undefined;
  };
}

/**
 * Reads recorded requests: an access log (one JSON object a line), a CSV with a header (`timestamp,ms,key,tags` and more in any order), or
 * counts per period (`timestamp,value`), of which at most `most` single requests are made. Lines that cannot be read are named and left
 * out.
 *
 * @throws HeadgateError `input.invalid` where the file cannot be read, or has no request
 */
export async function readRecorded(
  io: Io,
  file: string,
  options: { readonly most: number; readonly seed: number },
): Promise<RecordedFile> {
  const taken: Taken = { requests: [], periods: [] };
  let take: Take | undefined;
  let [number, bad] = [0, 0];
  for await (const lines of linesOf(io, file)) {
    for (const raw of lines) {
      number += 1;
      const line = raw.replace(/^\uFEFF/, "").trim();
      if (line === "" || line.startsWith("#")) continue;
      if (!take) {
        take = line.startsWith("{") ? fromJson(taken) : fromCsv(taken, line);
        if (!line.startsWith("{")) continue;
      }
      const wrong = take(line);
      if (wrong === undefined) continue;
      bad += 1;
      if (bad <= MOST_NAMED) io.note(plain(`line ${number}: ${wrong}; left out`));
    }
  }
  if (bad > MOST_NAMED) io.note(`and ${bad - MOST_NAMED} more lines that cannot be read`);
  const { requests, periods } = taken;
  if (periods.length > 0) {
    periods.sort((a, b) => a.at - b.at);
    return {
      recorded: expandCounts(periods, options.most, options.seed),
      peakRate: peakRate(periods),
      unreadable: bad,
    };
  }
  if (requests.length === 0)
    throw new HeadgateError(
      "input.invalid",
      `${file} has no request that can be read; wanted: JSON lines {at, ms, backend, key, tags, status}, or CSV with a header such as timestamp,ms,key,tags or timestamp,value`,
    );
  return { recorded: inOrder(requests), unreadable: bad };
}
