import type { DurationMs, Millis } from "../../kernel/time.ts";
import type { ArmCounts } from "../gate/types.ts";

/** What one variant did: how often it was given out, and how requests ended that had it. `slow` below 0: not everybody told. */
export interface VariantTally {
  readonly exposed: number;
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
}

/** One report about one flag. `slow` absent: the reporter does not count it. */
export interface ExposureReport {
  readonly variant: string;
  readonly exposed: number;
  readonly requests: number;
  readonly errors: number;
  readonly slow?: number | undefined;
}

/** One shard of what was counted of a flag. Written conditionally, so that many reporters may write at once. */
export interface ExposureItem {
  readonly v: 1;
  readonly everyMs: DurationMs;
  /** By start of the interval. */
  readonly intervals: Readonly<Record<string, Readonly<Record<string, VariantTally>>>>;
  readonly totals: Readonly<Record<string, VariantTally>>;
  readonly since: Millis;
  /** Number of the last batch of each reporter, and when: a batch that is sent twice counts once. */
  readonly sources: Readonly<Record<string, readonly [seq: number, at: Millis]>>;
}

/** Intervals that are kept: an hour of half minutes. */
const MOST_INTERVALS = 120;
/** Reporters that are remembered: one that was silent for long may be forgotten. */
const MOST_SOURCES = 100;

const NOTHING: VariantTally = { exposed: 0, requests: 0, errors: 0, slow: 0 };

export const added = (a: VariantTally = NOTHING, b: VariantTally): VariantTally => ({
  exposed: a.exposed + b.exposed,
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  slow: a.slow < 0 || b.slow < 0 ? -1 : a.slow + b.slow,
});

const tallyOf = ({ exposed, requests, errors, slow }: ExposureReport): VariantTally => ({
  exposed,
  requests,
  errors,
  // Nothing that could have been slow: nothing is missing either.
  slow: slow ?? (requests === 0 ? 0 : -1),
});

type Tallies = Readonly<Record<string, VariantTally>>;

function withReports(before: Tallies, reports: readonly ExposureReport[]): Tallies {
  const after: Record<string, VariantTally> = { ...before };
  for (const report of reports) after[report.variant] = added(after[report.variant], tallyOf(report));
  return after;
}

/** The newest so many, by a number. */
function newest<T>(record: Readonly<Record<string, T>>, most: number, rank: (key: string, value: T) => number) {
  const entries = Object.entries(record);
  if (entries.length <= most) return record;
  return Object.fromEntries(entries.sort(([a, x], [b, y]) => rank(b, y) - rank(a, x)).slice(0, most));
}

/** Adds one batch. The same item when the batch is known already. */
export function foldExposures(
  item: ExposureItem | undefined,
  batch: { readonly at: Millis; readonly everyMs: DurationMs; readonly source: string; readonly seq: number },
  reports: readonly ExposureReport[],
): ExposureItem {
  const { at, everyMs, source, seq } = batch;
  const known = item && Object.hasOwn(item.sources, source) ? item.sources[source] : undefined;
  if (item && known && known[0] >= seq) return item;
  const interval = `${Math.floor(at / everyMs) * everyMs}`;
  // Intervals of another length cannot be added up with these.
  const kept = item?.everyMs === everyMs ? item.intervals : {};
  const intervals = { ...kept, [interval]: withReports(kept[interval] ?? {}, reports) };
  return {
    v: 1,
    everyMs,
    intervals: newest(intervals, MOST_INTERVALS, (start) => Number(start)),
    totals: withReports(item?.totals ?? {}, reports),
    since: item?.since ?? at,
    sources: newest({ ...item?.sources, [source]: [seq, at] as const }, MOST_SOURCES, (_, [, seen]) => seen),
  };
}

/** What all shards of a flag have counted. */
export interface Exposures {
  readonly since?: Millis;
  readonly totals: Tallies;
  /** Oldest first. */
  readonly intervals: readonly { readonly at: Millis; readonly variants: Tallies }[];
}

/** Adds shards up. Intervals of another length than `everyMs` are left out. */
export function summedExposures(items: readonly ExposureItem[], everyMs: DurationMs): Exposures {
  const totals: Record<string, VariantTally> = {};
  const intervals = new Map<number, Record<string, VariantTally>>();
  for (const item of items) {
    for (const [variant, tally] of Object.entries(item.totals)) totals[variant] = added(totals[variant], tally);
    if (item.everyMs !== everyMs) continue;
    for (const [start, variants] of Object.entries(item.intervals)) {
      const sum = intervals.get(Number(start)) ?? {};
      for (const [variant, tally] of Object.entries(variants)) sum[variant] = added(sum[variant], tally);
      intervals.set(Number(start), sum);
    }
  }
  const starts = items.map(({ since }) => since);
  return {
    ...(starts.length > 0 ? { since: Math.min(...starts) } : {}),
    totals,
    intervals: [...intervals].sort(([a], [b]) => a - b).map(([at, variants]) => ({ at, variants })),
  };
}

/** An arm of the gate. Undefined: nobody has reported how any request ended, which is not that none failed. */
export function armOf(tally: VariantTally | undefined): ArmCounts | undefined {
  if (!tally || tally.requests === 0) return undefined;
  const { requests, errors, slow } = tally;
  return { requests, errors, ...(slow < 0 ? {} : { slow }) };
}
