import type { NamedSignal } from "../../shared/core/anomaly/signals.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { SampleAnswer, SampleQuery } from "../../shared/core/ports/samples.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { readQueries } from "./read-queries.ts";
import { type Answer, idOf, type Wanted } from "./wanted.ts";

/** A gap of more than this is not filled up: a detector learns more from today than from last week. */
export const HISTORY_MS = DAY_MS;
/** Points of CloudWatch arrive up to some minutes late; what is read too early would be missed for good. */
const CLOUDWATCH_LAG_MS = 3 * MINUTE_MS;
/** CloudWatch said that it left something out: waited for so long, then taken as it is. */
const PATIENCE_MS = 2 * 60 * MINUTE_MS;

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
