import * as v from "valibot";
import { stageOf } from "../shared/core/autoscaling/backtest/backtest.ts";
import type { Days } from "../shared/core/autoscaling/backtest/days.ts";
import type { Load } from "../shared/core/autoscaling/backtest/grid.ts";
import { syntheticTrace } from "../shared/core/autoscaling/backtest/synthetic.ts";
import { type AutoscalingConfig, Policy } from "../shared/core/autoscaling/config.ts";
import { configWith, play, type Stage } from "../shared/core/autoscaling/tune/play.ts";
import { tune } from "../shared/core/autoscaling/tune/tune.ts";
import type { Tuned } from "../shared/core/autoscaling/tune/types.ts";
import { loadOf, MEAN_TASKS, policyOf, readTrace, TRACES } from "./autoscaling-policies.ts";
import { type Row, row } from "./row.ts";
import { medianMs } from "./timing.ts";

const [FIRST, SECOND]: readonly [Days, Days] = [
  [3, 8],
  [9, 14],
];
/** Mean J of the four traces (docs/autoscaling-auto.md). */
const J_BAR = 1.65;
const TUNE_BAR_MS = 60_000;
/** Seconds of one consumer's work that may wait for it, as KEDA's lagThreshold: what follows from it at best. */
const KEDA_SECONDS = 10;

/**
 * What the picker comes to on days that it has not seen, beside what people have today on the same days, in the same run; left out where the recorded
 * traces are absent. And how long a fortnight takes.
 */
export async function bench(): Promise<readonly Row[]> {
  const traces = TRACES.flatMap((name) => {
    const trace = readTrace(name);
    return trace ? [{ name, work: loadOf(trace) }] : [];
  });
  const rows = traces.length === TRACES.length ? compared(traces) : [];
  const fortnight = stage(traces[0]?.work ?? loadOf(syntheticTrace()));
  const value = await medianMs(3, () => tune(fortnight, { train: FIRST, score: SECOND }));
  return [...rows, figure("tune of 14 days at one minute", value, "ms", TUNE_BAR_MS)];
}

interface Named {
  readonly name: string;
  readonly work: Load;
}

function compared(traces: readonly Named[]): readonly Row[] {
  const references: Readonly<Record<string, (work: Load) => AutoscalingConfig>> = {
    "HPA 70": () => policyOf("hpa-cpu70"),
    "target tracking 70": () => policyOf("target-tracking-70"),
    demand: () => policyOf("demand"),
    "KEDA on lag": keda,
  };
  const rows: Row[] = [];
  const tuned = traces.map(({ work }) => tune(stage(work), { train: FIRST, score: SECOND }));
  const means = new Map<string, number>();
  for (const [reference, config] of Object.entries(references)) {
    const all = traces.map(({ work }) => play(stage(work), config(work), SECOND, reference).measures.j);
    means.set(reference, mean(all));
    for (const [index, { name }] of traces.entries())
      rows.push(
        row("autoscaling-tune", {
          measure: `J picked on days 3-8, scored on 9-14, ${name}`,
          value: tuned[index]?.j ?? Number.NaN,
          unit: "J",
          peer: { name: `${reference} on the same days`, value: all[index] ?? null },
        }),
      );
  }
  const own = mean(tuned.map(({ j }) => j));
  for (const [reference, value] of means)
    rows.push(
      row("autoscaling-tune", {
        ...{ measure: "mean J of four traces, picked on days 3-8, scored on 9-14", value: own, unit: "J", bar: J_BAR },
        peer: { name: `${reference} on the same days`, value },
      }),
    );
  const swapped = traces.map(({ work }) => tune(stage(work), { train: SECOND, score: FIRST }).j);
  const seeded = traces.map(({ work }) => tune(stage(work, 7), { train: FIRST, score: SECOND }).j);
  const untuned = traces.map(({ work }) => play(stage(work), policyOf("predictive"), SECOND, "predictive").measures.j);
  const blind = traces.map(({ work }) => ({ ...stage(work), without: ["backlog", "ready"] }));
  const honest = blind.map((one) => tune(one, { train: FIRST, score: SECOND }).j);
  const misled = blind.map((one, index) => {
    const { name, policy } = (tuned[index] as Tuned).picked;
    return play(one, configWith(one, policy), SECOND, name).measures.j;
  });
  rows.push(
    row("autoscaling-tune", {
      measure: "mean J of four traces where nobody measures backlog or ready, picked so on days 3-8, scored on 9-14",
      ...{ value: mean(honest), unit: "J" },
      peer: { name: "picked as if they were measured", value: mean(misled) },
    }),
    figure("mean J of four traces, picked on days 9-14, scored on 3-8", mean(swapped), "J", J_BAR),
    figure("mean J of four traces, picked on days 3-8, scored on 9-14, other start delays", mean(seeded), "J", J_BAR),
    figure("mean J of four traces, predictive with nothing picked, days 9-14", mean(untuned), "J"),
  );
  for (const [index, { name }] of traces.entries()) {
    const one = tuned[index];
    if (!one) continue;
    rows.push(figure(`actions a day of what was picked, ${name}`, one.actionsPerDay, "a day"));
    rows.push(figure(`violation minutes of what was picked, days 9-14, ${name}`, one.violationMinutes, "min"));
  }
  return rows;
}

function figure(measure: string, value: number, unit: string, bar?: number): Row {
  return row("autoscaling-tune", { measure, value, unit, ...(bar === undefined ? {} : { bar }) });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function stage(work: Load, seed = 42): Stage {
  return stageOf(work, policyOf("demand"), { seed }, MEAN_TASKS);
}

function keda(work: Load): AutoscalingConfig {
  const lagThreshold = Math.max(1, Math.round(work.unitsPerTaskSecond * KEDA_SECONDS));
  const given = { type: "kafka-lag" as const, cluster: "bench", group: "bench", rule: "keda" as const, lagThreshold };
  return { ...policyOf("kafka-lag"), policies: [v.parse(Policy, given)] };
}
