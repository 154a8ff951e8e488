import { canonical, type Json } from "../kernel/json.ts";
import type { CloudWatchMetric, Objective, RatioSignal, Reading, SignalOf, Sli, ValueSignal } from "./types.ts";

/** One question about a minute; its answer is a value per series, none where there is no series. */
export type Ask =
  | { readonly source: "promql"; readonly expr: string }
  /** Over the whole minute, by its statistic. */
  | { readonly source: "cloudwatch"; readonly metric: CloudWatchMetric }
  /** Events of the last minute. */
  | { readonly source: "signal"; readonly signal: RatioSignal; readonly want: "bad" | "total"; readonly at: SignalOf }
  | { readonly source: "signal"; readonly signal: ValueSignal; readonly want: "value"; readonly at: SignalOf };

/** Equal questions have equal keys. */
export const askKey = (ask: Ask): string => canonical(ask as unknown as Json);

const promql = (expr: string): Ask => ({ source: "promql", expr });
const cloudwatch = (metric: CloudWatchMetric): Ask => ({ source: "cloudwatch", metric });

/** What has to be asked for an indicator: the part and the total of a ratio, or the one value; nothing for a composite. */
function asksOfSli(sli: Sli): readonly Ask[] {
  if (sli.kind === "composite") return [];
  if (sli.source === "signal") {
    const { at } = sli;
    if (sli.kind === "threshold") return [{ source: "signal", signal: sli.signal, want: "value", at }];
    const of = (want: "bad" | "total"): Ask => ({ source: "signal", signal: sli.signal, want, at });
    return [of("bad"), of("total")];
  }
  if (sli.kind === "ratio")
    return sli.source === "promql"
      ? [promql(sli.part), promql(sli.total)]
      : [cloudwatch(sli.part), cloudwatch(sli.total)];
  if (sli.source === "promql") return [promql(sli.kind === "share" ? sli.share : sli.value)];
  return [cloudwatch(sli.kind === "share" ? sli.share : sli.value)];
}

/** Each question of all objectives once, by its key. */
export function asksOf(objectives: readonly Pick<Objective, "sli">[]): ReadonlyMap<string, Ask> {
  return new Map(objectives.flatMap(({ sli }) => asksOfSli(sli).map((ask) => [askKey(ask), ask] as const)));
}

/**
 * What was read for one minute of an indicator.
 *
 * @param answers values by {@link askKey}; a question that is not in it could not be asked
 * @returns undefined where a question could not be asked: the minute is unknown, which is not the same as an empty answer
 */
export function readingOf(sli: Sli, answers: ReadonlyMap<string, readonly number[]>): Reading | undefined {
  const [first, second] = asksOfSli(sli).map((ask) => answers.get(askKey(ask)));
  if (first === undefined) return undefined;
  if (sli.kind !== "ratio") return { kind: "value", values: first };
  return second && { kind: "ratio", part: first, total: second };
}
