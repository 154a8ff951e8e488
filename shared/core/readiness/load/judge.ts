import { type Bottleneck, bottleneckOf } from "./bottleneck.ts";
import { EMPTY, type PackedHistogram, quantile } from "./histogram.ts";
import { type Knee, kneeOf } from "./knee.ts";
import { type Objective, type ObjectiveOutcome, outcomesOf, wholeObjectives } from "./objectives.ts";
import { failedOf, type LoadSecond, type LoadTotals, type ResourceSample, totalsOf, windowsOf } from "./rows.ts";

export interface LoadEvidence {
  /** By second, those of all workers as one. */
  readonly rows: readonly LoadSecond[];
  readonly samples: readonly ResourceSample[];
  /** As they were given; without one on errors, fewer than 1 % of the requests may fail. */
  readonly objectives: readonly Objective[];
  /** Seconds at the start that are left out. */
  readonly warmup: number;
  /** From when a request was sent, µs, of the whole test: what a tool that waits for answers would have told. */
  readonly fromSend?: PackedHistogram;
  /** Why it was ended before its time. */
  readonly abortedBy?: string;
}

export interface LoadVerdict {
  /** held, broken: the objectives. saturated: the generator could not keep its own schedule. aborted: ended before its time. */
  readonly verdict: "held" | "broken" | "saturated" | "aborted";
  readonly why: string;
  readonly outcomes: readonly ObjectiveOutcome[];
  readonly totals: Omit<LoadTotals, "latency">;
  /** µs by name; absent where nothing was measured. */
  readonly latency: Quantiles;
  /** From the send: what a tool that waits for answers would have told. */
  readonly fromSend: Quantiles;
  readonly knee?: Knee;
  readonly bottleneck: Bottleneck;
  /** p99 of the last third over that of the first, of a load that stayed the same; absent: it did not. */
  readonly drift?: number;
}

export type Quantiles = { readonly [name in "p50" | "p90" | "p99" | "p999" | "max"]?: number };

/** The generator may be behind its schedule by so much, µs (p99 of a second), in one of twenty seconds. */
const LAG_US = 10_000;
const LAGGING = 0.05;
/** Load counts as the same within this. */
const STEADY = 0.05;

export const quantilesOf = (one: PackedHistogram): Quantiles => {
  if (one.n === 0) return {};
  const [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map((q) => quantile(one, q) as number);
  return { p50, p90, p99, p999, max: one.most } as Quantiles;
};

/** Whether the generator kept up: else what was measured speaks of it, not of the target. */
export function generatorKeptUp(rows: readonly LoadSecond[]): boolean {
  const busy = rows.filter(({ asked }) => asked > 0);
  const behind = busy.filter(({ lagUs }) => lagUs > LAG_US).length;
  return behind === 0 || behind / busy.length <= LAGGING;
}

function driftOf(rows: readonly LoadSecond[]): number | undefined {
  const third = Math.floor(rows.length / 3);
  if (third < 5) return undefined;
  const parts = [rows.slice(0, third), rows.slice(third, -third), rows.slice(-third)].map(totalsOf);
  const rates = parts.map(({ asked }, index) => asked / (index === 1 ? rows.length - 2 * third : third));
  if (Math.max(...rates) - Math.min(...rates) > STEADY * Math.max(...rates)) return undefined;
  const [first, last] = [parts[0], parts[2]].map((one) => quantile(one?.latency ?? EMPTY, 0.99));
  return first === undefined || last === undefined || first === 0 ? undefined : last / first;
}

/** What a load test has shown. Never throws: what was not measured is absent, and an objective without a value is not met. */
export function judgeLoad(evidence: LoadEvidence): LoadVerdict {
  const { samples, warmup, fromSend = EMPTY, abortedBy } = evidence;
  const objectives = wholeObjectives(evidence.objectives);
  const rows = evidence.rows.filter(({ second }) => second >= warmup);
  const { latency, ...totals } = totalsOf(rows);
  const outcomes = outcomesOf(objectives, {
    asked: totals.asked,
    sent: totals.sent,
    failed: failedOf(totals),
    latency,
  });
  // Seconds in which the generator itself was late say nothing about the target.
  const trusted = rows.filter(({ lagUs }) => lagUs <= LAG_US);
  const knee = kneeOf(windowsOf(trusted), objectives);
  const drift = driftOf(rows);
  const bad = outcomes.find(({ met }) => !met);
  const told = (verdict: LoadVerdict["verdict"], why: string): LoadVerdict => ({
    verdict,
    why,
    outcomes,
    totals,
    latency: quantilesOf(latency),
    fromSend: quantilesOf(fromSend),
    ...(knee ? { knee } : {}),
    bottleneck: bottleneckOf(
      samples.filter(({ second }) => second >= warmup),
      knee?.brokeAt,
      bad === undefined,
    ),
    ...(drift === undefined ? {} : { drift }),
  });
  if (abortedBy !== undefined) return told("aborted", abortedBy);
  if (totals.asked === 0) return told("aborted", "no request was due after the warm-up");
  if (!generatorKeptUp(rows))
    return told(
      "saturated",
      "the generator could not keep its own schedule, so this speaks of it and not of the target: use more workers, a lower rate or another machine",
    );
  if (bad) return told("broken", `${bad.objective} did not hold: ${outcomeText(bad)}`);
  const none = evidence.objectives.length === 0;
  return told(
    "held",
    none ? "no objective was given, and fewer than 1 % of the requests failed" : "every objective held",
  );
}

/** A measured value as people read it. */
export function outcomeText({ value, measure }: ObjectiveOutcome): string {
  if (value === undefined) return "nothing was measured";
  return measure === "latency" ? microsText(value) : `${(value * 100).toFixed(2)} %`;
}

/** "850 µs", "12.3 ms", "2.01 s". */
export function microsText(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${(us / 1_000).toFixed(us < 100_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}
