import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseFloatText } from "../../shared/core/kernel/float.ts";
import { type Labels, labelsText } from "../../shared/core/kernel/labels.ts";
import { type EvalOptions, evaluateInstant, evaluateRange } from "../../shared/core/monitoring/promql/evaluate.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import type { SeriesSource } from "../../shared/core/monitoring/promql/source.ts";
import type { PromAnswer, PromSeries } from "./prometheus.ts";
import type { Question } from "./promql-queries.ts";

/** Values by series and time in seconds, or that the query was refused. */
export type Outcome =
  | { readonly refused: string }
  | { readonly values: ReadonlyMap<string, number>; readonly duplicates: boolean };

function outcome(points: readonly (readonly [Labels, number, number])[]): Outcome {
  const values = new Map(points.map(([labels, at, value]) => [`${labelsText(labels)} at ${at}`, value] as const));
  return { values, duplicates: values.size !== points.length };
}

export function ours(question: Question, source: SeriesSource, options: EvalOptions): Outcome {
  const parsed = parsePromql(question.query);
  if (!parsed.ok) return { refused: parsed.faults.map(({ message }) => message).join("; ") };
  try {
    if (!("at" in question)) {
      const { from, to, stepMs } = question;
      const series = evaluateRange(parsed.expr, source, from, to, stepMs, options);
      return outcome(
        series.flatMap(({ labels, points }) => points.map(({ at, value }) => [labels, at, value] as const)),
      );
    }
    const value = evaluateInstant(parsed.expr, source, question.at, options);
    if (value.type === "vector")
      return outcome(value.samples.map((sample) => [sample.labels, question.at, sample.value] as const));
    if (value.type === "scalar") return outcome([[{}, question.at, value.value]]);
    throw new Error("the questions ask for vectors and scalars");
  } catch (error) {
    if (error instanceof HeadgateError && error.code === "query.invalid") return { refused: error.message };
    throw error;
  }
}

export function theirs(answer: PromAnswer): Outcome {
  if (answer.status === "error") return { refused: answer.error };
  const { resultType, result } = answer.data;
  const number = (text: string) => parseFloatText(text) ?? Number.parseFloat(`unreadable ${text}`);
  const ms = (seconds: number) => Math.round(seconds * 1000);
  if (resultType === "scalar") {
    const [at, text] = result as readonly [number, string];
    return outcome([[{}, ms(at), number(text)]]);
  }
  return outcome(
    (result as readonly PromSeries[]).flatMap(({ metric, value, values }) =>
      (values ?? (value ? [value] : [])).map(([at, text]) => [metric, ms(at), number(text)] as const),
    ),
  );
}

const TOLERANCE = 1e-12;

const equal = (a: number, b: number): boolean =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));

/** What differs, for a person; undefined where nothing does: the same series at the same times, values equal to 1e-12 or both NaN. */
export function difference(mine: Outcome, other: Outcome): string | undefined {
  if ("refused" in mine || "refused" in other) {
    if ("refused" in mine && "refused" in other) return undefined;
    return "refused" in mine
      ? `only we refuse: ${mine.refused}`
      : `only Prometheus refuses: ${(other as { refused: string }).refused}`;
  }
  if (mine.duplicates) return "a label set occurs twice";
  for (const [key, value] of other.values) {
    const own = mine.values.get(key);
    if (own === undefined) return `we have nothing for ${key}, Prometheus ${value}`;
    if (!equal(own, value)) return `${key}: we have ${own}, Prometheus ${value}`;
  }
  const more = [...mine.values].find(([key]) => !other.values.has(key));
  return more ? `Prometheus has nothing for ${more[0]}, we ${more[1]}` : undefined;
}
