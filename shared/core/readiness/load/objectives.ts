import { mean, type PackedHistogram, quantile } from "./histogram.ts";

/** What a load test has to show. Latencies in µs, shares 0 to 1. */
export interface Objective {
  /** As it was written. */
  readonly text: string;
  readonly measure: "latency" | "errors" | "rate";
  /** Of a latency: 0 < q ≤ 1 (1 is the longest), or the mean. */
  readonly of?: number | "mean";
  readonly operator: "<" | "<=" | ">" | ">=";
  readonly bound: number;
}

export const OBJECTIVE_ALLOWED =
  'such as "p99 < 300ms", "p99.9 <= 1s", "mean < 50ms", "max < 5s", "errors < 1%" or "rate >= 95%"';
const US: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1_000, s: 1_000_000, m: 60_000_000 };

/** Reads one; undefined where the text is none. A latency can only be bounded above, the rate only below: the other side says nothing. */
export function parseObjective(text: string): Objective | undefined {
  const [, name = "", sign = "", digits = "", unit = ""] =
    /^\s*(p\d{1,2}(?:\.\d{1,3})?|mean|max|errors|rate)\s*(<=|>=|≤|≥|<|>)\s*(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|%)\s*$/.exec(
      text,
    ) ?? [];
  if (name === "") return undefined;
  const operator = { "≤": "<=", "≥": ">=" }[sign] ?? sign;
  const upper = operator.startsWith("<");
  const value = Number(digits);
  const given = { text: text.trim(), operator: operator as Objective["operator"] };
  if (name === "errors" || name === "rate")
    return unit === "%" && value <= 100 && upper === (name === "errors")
      ? { ...given, measure: name, bound: value / 100 }
      : undefined;
  if (unit === "%" || !upper) return undefined;
  const of = name === "mean" ? "mean" : name === "max" ? 1 : Number((Number(name.slice(1)) / 100).toFixed(6));
  return of === 0 ? undefined : { ...given, measure: "latency", of, bound: value * (US[unit] as number) };
}

/** Holds where no objective on errors is given: else a target that refuses everything, and quickly, would hold what is asked of its latency. */
const IMPLIED: Objective = { text: "errors < 1% (implied)", measure: "errors", operator: "<", bound: 0.01 };

/** The objectives that are given, and one on errors where none of them is. */
export const wholeObjectives = (given: readonly Objective[]): readonly Objective[] =>
  given.some(({ measure }) => measure === "errors") ? given : [...given, IMPLIED];

/** What objectives are held against. */
export interface Counted {
  /** Requests that were due. */
  readonly asked: number;
  /** Of these, that were sent. */
  readonly sent: number;
  /** Failed, timed out or never sent. */
  readonly failed: number;
  readonly latency: PackedHistogram;
}

export interface ObjectiveOutcome {
  readonly objective: string;
  /** undefined: nothing was measured, so it is not met. */
  readonly value?: number;
  readonly bound: number;
  readonly measure: Objective["measure"];
  readonly met: boolean;
}

function measured({ measure, of }: Objective, { asked, sent, failed, latency }: Counted): number | undefined {
  if (measure === "latency") return of === "mean" ? mean(latency) : quantile(latency, of ?? 1);
  if (asked === 0) return undefined;
  return measure === "errors" ? failed / asked : sent / asked;
}

const meets = (value: number, operator: Objective["operator"], bound: number): boolean => {
  if (operator === "<") return value < bound;
  if (operator === "<=") return value <= bound;
  return operator === ">" ? value > bound : value >= bound;
};

/** Holds what was counted against each objective. Nothing measured is never met. */
export const outcomesOf = (objectives: readonly Objective[], counted: Counted): readonly ObjectiveOutcome[] =>
  objectives.map((one) => {
    const value = measured(one, counted);
    const { text, bound, measure } = one;
    const told = { objective: text, bound, measure };
    return value === undefined ? { ...told, met: false } : { ...told, value, met: meets(value, one.operator, bound) };
  });
