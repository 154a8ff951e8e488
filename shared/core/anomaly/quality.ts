import { DAY_MS, type Millis } from "../kernel/time.ts";
import type { Dataset } from "./config.ts";
import { KS_LEVEL, ks, PSI_CHANGED, psi, psiOfCategories } from "./drift.ts";

/** What a job says of one load of a dataset, as JSON. Only what it knows; what is absent is not scored. */
export interface DatasetSummary {
  /** When it was taken. */
  readonly at: Millis;
  readonly rows?: number;
  /** Type by column. */
  readonly schema?: { readonly [column: string]: string };
  /** Number of missing values by column. */
  readonly nulls?: { readonly [column: string]: number };
  /** Time of the newest row. */
  readonly newestAt?: Millis;
  /** Distribution by column: counts by category, or over bins whose limits are the reference's. */
  readonly distributions?: { readonly [column: string]: readonly number[] | { readonly [category: string]: number } };
  /** Values of numeric columns drawn at random, where nobody has counted bins: compared with the reference's by Kolmogorov-Smirnov. */
  readonly samples?: { readonly [column: string]: readonly number[] };
}

export type Dimension = "schema" | "completeness" | "freshness" | "volume" | "drift";

export interface QualityScore {
  readonly dimension: Dimension;
  /** 1 as it should be … 0 useless. */
  readonly score: number;
  /** What is wrong, one sentence each; empty at score 1. */
  readonly findings: readonly string[];
}

/** What a dataset is compared with besides its configuration. */
export interface QualityHistory {
  /** Earlier summaries' counts, ascending by time. */
  readonly volumes: readonly { readonly at: Millis; readonly rows: number }[];
  /** Distributions of the reference. */
  readonly reference?: DatasetSummary["distributions"];
  /** Values of the reference. */
  readonly samples?: DatasetSummary["samples"];
}

/** Scores of one summary, in the order of {@link Dimension}; a dimension that is neither configured nor known is left out. */
export function qualityOf(dataset: Dataset, summary: DatasetSummary, history: QualityHistory): readonly QualityScore[] {
  return [
    schemaScore(dataset, summary),
    completenessScore(dataset, summary),
    freshnessScore(dataset, summary),
    volumeScore(dataset, summary, history),
    driftScore(dataset, summary, history),
  ].filter((score) => score !== undefined);
}

const scored = (dimension: Dimension, score: number, findings: readonly string[]): QualityScore => ({
  dimension,
  score: Math.min(1, Math.max(0, score)),
  findings,
});

/** The share of expected columns that are there with their type; each column too many costs half of one. */
function schemaScore({ schema }: Dataset, { schema: found }: DatasetSummary): QualityScore | undefined {
  if (!schema || !found) return undefined;
  const expected = Object.keys(schema).sort();
  const has = (column: string) => Object.hasOwn(found, column);
  const missing = expected.filter((column) => !has(column));
  const changed = expected.filter((column) => has(column) && found[column] !== schema[column]);
  const extra = Object.keys(found)
    .filter((column) => !Object.hasOwn(schema, column))
    .sort();
  const faults = missing.length + changed.length + extra.length / 2;
  return scored("schema", 1 - faults / Math.max(1, expected.length), [
    ...missing.map((column) => `${column} is missing`),
    ...changed.map((column) => `${column} is ${found[column]}, expected ${schema[column]}`),
    ...extra.map((column) => `${column} is new`),
  ]);
}

/** The worst column counts: 1 up to the allowed share of nulls, then down in a straight line to 0 where all values are missing. */
function completenessScore({ completeness }: Dataset, { nulls, rows }: DatasetSummary): QualityScore | undefined {
  if (!completeness || !nulls || rows === undefined || !(rows > 0)) return undefined;
  let worst = 1;
  const findings: string[] = [];
  for (const column of Object.keys(nulls).sort()) {
    const allowed = Object.hasOwn(completeness, column) ? completeness[column] : completeness["*"];
    if (allowed === undefined) continue;
    const share = Math.min(1, (nulls[column] as number) / rows);
    if (share <= allowed) continue;
    worst = Math.min(worst, (1 - share) / (1 - allowed));
    findings.push(`${column}: ${percent(share)} are missing, ${percent(allowed)} are allowed`);
  }
  return scored("completeness", worst, findings);
}

/** 1 up to the allowed age, then allowed / age: half at twice the age, a tenth at ten times. */
function freshnessScore({ freshness }: Dataset, { newestAt, at }: DatasetSummary): QualityScore | undefined {
  if (freshness === undefined || newestAt === undefined) return undefined;
  const age = Math.max(0, at - newestAt);
  if (age <= freshness) return scored("freshness", 1, []);
  return scored("freshness", freshness / age, [
    `the newest row is ${(age / freshness).toFixed(1)} times as old as allowed`,
  ]);
}

/** The smaller of rows / expected and expected / rows, with the tolerance taken off: half of the rows missing and twice as many alike. */
function volumeScore(
  { volume }: Dataset,
  { rows, at }: DatasetSummary,
  history: QualityHistory,
): QualityScore | undefined {
  if (!volume || rows === undefined) return undefined;
  const expected = volume.rows ?? expectedRows(history.volumes, at, volume.weeks);
  if (expected === undefined) return undefined;
  if (expected === 0)
    return scored("volume", rows === 0 ? 1 : 0, rows === 0 ? [] : [`${rows} rows, none are expected`]);
  const ratio = rows < expected ? rows / expected : expected / rows;
  if (ratio >= 1 - volume.tolerance) return scored("volume", 1, []);
  return scored("volume", ratio / (1 - volume.tolerance), [`${rows} rows, about ${Math.round(expected)} are expected`]);
}

/** Median of the counts of the same weekday (UTC) in earlier weeks; undefined as long as there is none. */
export function expectedRows(volumes: QualityHistory["volumes"], at: Millis, weeks: number): number | undefined {
  const weekday = (time: Millis) => (Math.floor(time / DAY_MS) + 4) % 7;
  const same = volumes
    .filter(
      (one) =>
        one.at < at && weekday(one.at) === weekday(at) && Math.floor(one.at / DAY_MS) !== Math.floor(at / DAY_MS),
    )
    .slice(-weeks)
    .map((one) => one.rows)
    .sort((a, b) => a - b);
  if (same.length === 0) return undefined;
  const middle = same.length >> 1;
  return same.length % 2 === 1 ? same[middle] : ((same[middle - 1] as number) + (same[middle] as number)) / 2;
}

/**
 * The worst column counts. By counts: 1 up to a PSI of 0.1, then down in a straight line to 0 at the configured one (0.25 by default). By
 * drawn values: 1 while chance explains the distance D of the two samples (p of 0.01 and more), else 1 - D.
 */
function driftScore(dataset: Dataset, summary: DatasetSummary, history: QualityHistory): QualityScore | undefined {
  const columns = [...countedColumns(dataset, summary, history), ...drawnColumns(summary, history)];
  if (columns.length === 0) return undefined;
  const findings = columns.flatMap(({ finding }) => (finding === undefined ? [] : [finding]));
  return scored("drift", Math.min(...columns.map(({ score }) => score)), findings);
}

interface Column {
  readonly score: number;
  readonly finding?: string;
}

function countedColumns(
  { drift }: Dataset,
  { distributions = {} }: DatasetSummary,
  { reference = {} }: QualityHistory,
) {
  return Object.keys(distributions)
    .sort()
    .flatMap((column): readonly Column[] => {
      const [before, now] = [own(reference, column), distributions[column]];
      const index = before === undefined || now === undefined ? undefined : indexOf(before, now);
      if (index === undefined) return [];
      if (index < PSI_CHANGED) return [{ score: 1 }];
      const from = Math.min(PSI_CHANGED, drift);
      const score = drift > from ? Math.max(0, (drift - index) / (drift - from)) : 0;
      return [{ score, finding: `${column} is distributed differently (PSI ${index.toFixed(2)})` }];
    });
}

function drawnColumns({ samples = {} }: DatasetSummary, { samples: reference = {} }: QualityHistory) {
  return Object.keys(samples)
    .sort()
    .flatMap((column): readonly Column[] => {
      const found = ks(own(reference, column) ?? [], samples[column] ?? []);
      if (!found) return [];
      const { statistic, pValue } = found;
      if (pValue >= KS_LEVEL) return [{ score: 1 }];
      const told = `KS ${statistic.toFixed(2)}, p ${pValue < 1e-4 ? "< 0.0001" : pValue.toFixed(4)}`;
      return [{ score: 1 - statistic, finding: `${column} is distributed differently (${told})` }];
    });
}

const own = <T>(record: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

type Distribution = NonNullable<DatasetSummary["distributions"]>[string];
const isList = (one: Distribution): one is readonly number[] => Array.isArray(one);

function indexOf(before: Distribution, now: Distribution): number | undefined {
  if (isList(before) && isList(now)) return psi(before, now);
  return isList(before) || isList(now) ? undefined : psiOfCategories(before, now);
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
