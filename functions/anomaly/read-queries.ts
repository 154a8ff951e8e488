import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Queries, RangeSeries } from "../../shared/core/ports/queries.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { queriesOf } from "./ports.ts";
import { type Answer, idOf, type Wanted } from "./wanted.ts";

/** A scrape and its way into a Prometheus. */
const QUERY_LAG_MS = 15 * SECOND_MS;
/** Queries that go into one expression, and its longest text: a URL of a proxy ends somewhere. */
const QUERIES_PER_CALL = 25;
const MOST_EXPR_CHARS = 12_000;
const CALLS_AT_ONCE = 10;
/** Texts that are remembered as spoiling what they are joined with; beyond, all are forgotten. */
const MOST_SPOILERS = 10_000;

/**
 * Texts that cannot be joined with others (a fault, a scalar), by who said so: without it a wrong one would cost a call for each of
 * its neighbours, each minute. A corrected query is another text.
 */
const spoilers = new WeakMap<Queries, Set<string>>();

function spoilersOf(queries: Queries): Set<string> {
  const known = spoilers.get(queries) ?? new Set();
  if (known.size > MOST_SPOILERS) known.clear();
  spoilers.set(queries, known);
  return known;
}

const textOf = ({ signal }: Wanted): string => signal.query ?? "";

/** One range query for up to 25 signals of the same step. A signal that cannot be read never hides the others. */
export async function readQueries(
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
  const spoiling = spoilersOf(queries);
  const [alone, together] = [
    wanted.filter((one) => spoiling.has(textOf(one))),
    wanted.filter((one) => !spoiling.has(textOf(one))),
  ];
  const groups = [...Map.groupBy(together, (one) => one.signal.every).values()].flatMap(split);
  const calls = [...groups, ...alone.map((one) => [one])];
  const answers = await bounded(calls, CALLS_AT_ONCE, (group) => readGroup(queries, group, spoiling));
  return new Map(answers.flatMap((answer) => [...answer.answers]));
}

/** Groups that one expression can carry. */
function split(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups: Wanted[][] = [];
  let chars = 0;
  for (const one of wanted) {
    const size = textOf(one).length + 80;
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
function joined(exprs: readonly string[]): string {
  return exprs
    .map((expr, index) => `label_replace((\n${expr}\n), "${MEMBER}", "${index}", "__name__", ".*")`)
    .join(" or ");
}

interface GroupAnswer {
  readonly answers: ReadonlyMap<string, Answer>;
  /** The expression itself was at fault. */
  readonly isFaulty: boolean;
}

async function readGroup(queries: Queries, group: readonly Wanted[], spoiling: Set<string>): Promise<GroupAnswer> {
  const [first] = group as readonly [Wanted];
  const step = first.signal.every;
  const from = Math.ceil(Math.min(...group.map((one) => one.from)) / step) * step;
  const to = Math.floor((first.to - QUERY_LAG_MS) / step) * step;
  if (to < from) return { answers: new Map(group.map((one) => [idOf(one), { points: [] }])), isFaulty: false };
  try {
    const expr = group.length === 1 ? textOf(first) : joined(group.map(textOf));
    const { series } = await queries.range(expr, from, to, step);
    const members = group.length === 1 ? undefined : Map.groupBy(series, (one) => Number(one.labels[MEMBER]));
    const answers = group.map(
      (one, index) => [idOf(one), answerOf(one, members ? (members.get(index) ?? []) : series)] as const,
    );
    return { answers: new Map(answers), isFaulty: false };
  } catch (error) {
    const held = error instanceof Error ? error.message : String(error);
    const isFaulty = error instanceof HeadgateError && (error.code === "query.invalid" || error.faults.length > 0);
    if (isFaulty && group.length > 1) return { answers: await readHalves(queries, group, spoiling), isFaulty };
    if (isFaulty) spoiling.add(textOf(first));
    return { answers: new Map(group.map((one) => [idOf(one), { held }])), isFaulty };
  }
}

/** One bad (or scalar) expression spoils the joined one: it is found by halves, so that only that one is held, and remembered. */
async function readHalves(
  queries: Queries,
  group: readonly Wanted[],
  spoiling: Set<string>,
): Promise<ReadonlyMap<string, Answer>> {
  const middle = group.length >> 1;
  const halves = [group.slice(0, middle), group.slice(middle)];
  const read = await bounded(halves, halves.length, (half) => readGroup(queries, half, spoiling));
  // Neither has a fault, and still they cannot be joined: one that stands alone is a scalar.
  if (read.every((one) => !one.isFaulty))
    for (const half of halves) for (const one of half.length === 1 ? half : []) spoiling.add(textOf(one));
  return new Map(read.flatMap((one) => [...one.answers]));
}

function answerOf({ from }: Wanted, series: readonly RangeSeries[]): Answer {
  if (series.length > 1) return { held: `the query answers ${series.length} series; sum or average them to one` };
  const points = series[0]?.points ?? [];
  return { points: points.filter(({ at, value }) => at >= from && Number.isFinite(value)) };
}
