import type { NamedSignal } from "../../shared/core/anomaly/signals.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import { DAY_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Queries, RangeSeries } from "../../shared/core/ports/queries.ts";
import type { SampleAnswer, SampleQuery } from "../../shared/core/ports/samples.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { queriesOf } from "./ports.ts";
import type { ScoreTarget } from "./targets.ts";

/** A gap of more than this is not filled up: a detector learns more from today than from last week. */
export const HISTORY_MS = DAY_MS;
/** Points of CloudWatch arrive up to some minutes late; what is read too early would be missed for good. */
const CLOUDWATCH_LAG_MS = 3 * MINUTE_MS;
/** A scrape and its way into a Prometheus. */
const QUERY_LAG_MS = 15 * SECOND_MS;
/** Queries that go into one expression, and its longest text: a URL of a proxy ends somewhere. */
const QUERIES_PER_CALL = 25;
const MOST_EXPR_CHARS = 12_000;
const CALLS_AT_ONCE = 10;
/** CloudWatch said that it left something out: waited for so long, then taken as it is. */
const PATIENCE_MS = 2 * 60 * MINUTE_MS;

/** Points wanted of one signal: from `from` (inclusive) on, as far as they are final. */
export interface Wanted {
  readonly target: ScoreTarget;
  readonly signal: NamedSignal;
  readonly from: Millis;
  /** Now. */
  readonly to: Millis;
}

/** Ascending, finite. `held`: why nothing is known; the next batch reads the same stretch again. */
export type Answer = { readonly points: readonly Point[] } | { readonly held: string };

const idOf = ({ target, signal }: Wanted): string => `${target.name}/${signal.name}`;

/**
 * Reads what is wanted in as few calls as there can be: one for all metrics, and for PromQL one range query for up to 25
 * signals of the same step, joined with `or`. One signal that cannot be read never hides the others.
 */
export async function readPoints(
  runtime: Runtime,
  config: HeadgateConfig,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, Answer>> {
  const [queried, measured] = [
    wanted.filter((one) => one.signal.query !== undefined),
    wanted.filter((one) => one.signal.query === undefined),
  ];
  const [first, second] = await Promise.all([readMetrics(runtime, measured), readQueries(runtime, config, queried)]);
  return new Map([...first, ...second]);
}

async function readMetrics(runtime: Runtime, wanted: readonly Wanted[]): Promise<ReadonlyMap<string, Answer>> {
  if (wanted.length === 0) return new Map();
  const queries = wanted.flatMap(sampleQueries);
  const answers = new Map<string, SampleAnswer>();
  try {
    for (const answer of await runtime.samples.read(queries)) answers.set(answer.id, answer);
  } catch (error) {
    const held = error instanceof Error ? error.message : String(error);
    return new Map(wanted.map((one) => [idOf(one), { held }]));
  }
  return new Map(wanted.map((one) => [idOf(one), combined(one, answers)]));
}

const metricsOf = ({ metric }: NamedSignal): readonly string[] =>
  metric === undefined ? [] : typeof metric === "string" ? [metric] : metric;

function sampleQueries(one: Wanted): readonly SampleQuery[] {
  const { target, signal, from } = one;
  const to = target.local ? one.to : one.to - CLOUDWATCH_LAG_MS;
  const base = { service: target.ref, periodMs: signal.every, from, to };
  const { stat, cloudwatch, over } = signal;
  const own: readonly SampleQuery[] = cloudwatch
    ? [{ ...base, id: `${idOf(one)}#0`, metric: signal.name, stat, custom: cloudwatch }]
    : metricsOf(signal).map((metric, index) => ({ ...base, id: `${idOf(one)}#${index}`, metric, stat }));
  return over === undefined ? own : [...own, { ...base, id: `${idOf(one)}#over`, metric: over, stat: "avg" }];
}

/** The mean of the metrics at the instants at which all of them are known, divided by `over` where that is known and not 0. */
function combined(one: Wanted, answers: ReadonlyMap<string, SampleAnswer>): Answer {
  const parts = sampleQueries(one).map(({ id }) => ({ id, answer: answers.get(id) }));
  for (const { id, answer } of parts) {
    if (!answer || answer.status === "failed") return { held: answer?.detail ?? `${id} was not answered` };
    if (answer.status === "partial" && one.to - one.from < PATIENCE_MS)
      return { held: `only a part was answered${answer.detail ? `: ${answer.detail}` : ""}` };
  }
  const byTime = parts.map(({ answer }) => new Map(answer?.points.map(({ at, value }) => [at, value])));
  const over = one.signal.over === undefined ? undefined : byTime.pop();
  const points: Point[] = [];
  for (const at of byTime[0]?.keys() ?? []) {
    const values = byTime.map((values) => values.get(at));
    if (values.some((value) => value === undefined)) continue;
    const mean = (values as number[]).reduce((sum, value) => sum + value, 0) / values.length;
    const divisor = over ? over.get(at) : 1;
    if (divisor !== undefined && divisor !== 0 && Number.isFinite(mean / divisor))
      points.push({ at, value: mean / divisor });
  }
  return { points };
}

async function readQueries(
  runtime: Runtime,
  config: HeadgateConfig,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, Answer>> {
  if (wanted.length === 0) return new Map();
  const queries = queriesOf(runtime, config);
  if (!queries) {
    const held = "nothing answers PromQL here: monitoring names no Prometheus and scrapes nothing";
    return new Map(wanted.map((one) => [idOf(one), { held }]));
  }
  const groups = [...Map.groupBy(wanted, (one) => one.signal.every).values()].flatMap(split);
  const answers = await bounded(groups, CALLS_AT_ONCE, (group) => readGroup(queries, group));
  return new Map(answers.flatMap((answer) => [...answer]));
}

/** Groups that one expression can carry. */
function split(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups: Wanted[][] = [];
  let chars = 0;
  for (const one of wanted) {
    const size = (one.signal.query?.length ?? 0) + 80;
    const last = groups.at(-1);
    if (!last || last.length >= QUERIES_PER_CALL || chars + size > MOST_EXPR_CHARS) {
      groups.push([one]);
      chars = size;
    } else {
      last.push(one);
      chars += size;
    }
  }
  return groups;
}

/** The label by which the members of a joined query are told apart. */
const MEMBER = "headgate_signal";

/** `label_replace(…, "headgate_signal", "3", "__name__", ".*")` of each, joined with `or`: series of different members cannot meet. */
export function joined(exprs: readonly string[]): string {
  return exprs
    .map((expr, index) => `label_replace((\n${expr}\n), "${MEMBER}", "${index}", "__name__", ".*")`)
    .join(" or ");
}

async function readGroup(queries: Queries, group: readonly Wanted[]): Promise<ReadonlyMap<string, Answer>> {
  const [first] = group as readonly [Wanted];
  const step = first.signal.every;
  const from = Math.ceil(Math.min(...group.map((one) => one.from)) / step) * step;
  const to = Math.floor((first.to - QUERY_LAG_MS) / step) * step;
  if (to < from) return new Map(group.map((one) => [idOf(one), { points: [] }]));
  try {
    if (group.length === 1) {
      const { series } = await queries.range(first.signal.query ?? "", from, to, step);
      return new Map([[idOf(first), answerOf(first, series)]]);
    }
    const { series } = await queries.range(joined(group.map((one) => one.signal.query ?? "")), from, to, step);
    const members = Map.groupBy(series, (one) => Number(one.labels[MEMBER]));
    return new Map(group.map((one, index) => [idOf(one), answerOf(one, members.get(index) ?? [])]));
  } catch (error) {
    const held = error instanceof Error ? error.message : String(error);
    const own = error instanceof HeadgateError && error.code === "query.invalid";
    // One bad (or scalar) expression spoils the joined one: each by itself, so that only that one is held.
    if (!own || group.length === 1) return new Map(group.map((one) => [idOf(one), { held }]));
    const each = await bounded(group, CALLS_AT_ONCE, (one) => readGroup(queries, [one]));
    return new Map(each.flatMap((answer) => [...answer]));
  }
}

function answerOf({ from }: Wanted, series: readonly RangeSeries[]): Answer {
  if (series.length > 1) return { held: `the query answers ${series.length} series; sum or average them to one` };
  const points = series[0]?.points ?? [];
  return { points: points.filter(({ at, value }) => at >= from && Number.isFinite(value)) };
}
