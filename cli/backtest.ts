import { basename } from "node:path";
import type { LabView } from "../functions/api/views-autoscaling-tune.ts";
import type { BacktestRun } from "../functions/autoscaling/backtest.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import { daysText, decimal, MEAN_TASKS, metricDelay, POLICIES, readPolicy, startDelay } from "./autoscaling-options.ts";
import { loadText, minutesOf, tellMeasures } from "./autoscaling-played.ts";
import { answer, client, once } from "./client.ts";
import { type Given, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { number } from "./format.ts";
import type { Io } from "./io.ts";
import { PLOT_OPTIONS, scoreText, type Wanted, wantedPlot, writePlot } from "./plot-file.ts";
import { type Asked, askedLoad, LOAD_OPTIONS, readLoad, tellNotes } from "./trace-file.ts";

const HELP = "headgate autoscaling backtest --help";

/** `headgate autoscaling backtest`: needs no server, unless the load is a service's. */
export const backtestVerb: Verb = {
  name: "backtest",
  about: "Scores a policy on a recorded load, in violation minutes and cost; needs no server.",
  options: [
    ...LOAD_OPTIONS,
    {
      name: "policy",
      value: "NAME|FILE",
      about: `${POLICIES}, or a YAML file with a policy or an autoscaling section; current is the one a service has`,
      required: true,
    },
    { name: "days", value: "FROM-TO", about: "days that are scored, such as 9-14 (default: all after two of warm-up)" },
    { name: "start-delay", value: "DURATION", about: "how long a task takes to start (default 60s-90s)" },
    { name: "metric-delay", value: "DURATION", about: "how late metrics come, in whole minutes (default 1m)" },
    MEAN_TASKS,
    ...PLOT_OPTIONS,
  ],
  example: "headgate autoscaling backtest --trace synthetic --policy predictive --plot predictive.png",
  run: async ({ io, options }) => {
    const load = askedLoad(options, HELP);
    const run = runOf(options);
    const plot = await wantedPlot(options, HELP);
    const policy = text(options, "policy") as string;
    const given = await readPolicy(io, policy);
    if ("service" in load) return overService(io, load.service, given, run, plot);
    return overFile(io, load, { given, name: policy }, run, plot);
  },
};

function runOf(options: Given): BacktestRun {
  const days = daysText(options, "days", HELP);
  const meanTasks = decimal(options, "mean-tasks", 0.01, 10_000, HELP);
  const startDelayMs = startDelay(options, HELP);
  const metricDelayMinutes = metricDelay(options, HELP);
  return {
    ...(days === undefined ? {} : { days }),
    ...(meanTasks === undefined ? {} : { meanTasks }),
    ...(startDelayMs === undefined ? {} : { startDelayMs }),
    ...(metricDelayMinutes === undefined ? {} : { metricDelayMinutes }),
  };
}

async function overFile(
  io: Io,
  asked: Extract<Asked, { file: string }>,
  policy: { readonly given: unknown; readonly name: string },
  run: BacktestRun,
  plot: Wanted | undefined,
): Promise<0> {
  const { playBacktest, policyOf } = await import("../functions/autoscaling/backtest.ts");
  // A misspelt name must not wait for a long trace to be read.
  const named = policyOf(policy.given, policy.name);
  const load = await readLoad(io, asked);
  io.progress("playing the trace …");
  const { view, result } = playBacktest(load.trace, named, { ...run, series: plot !== undefined });
  const { notes, warnings: _, ...measures } = view;
  if (plot && result.series) {
    const { startAt, series } = result;
    const end = startAt + series.length * MINUTE_MS;
    const scored = [startAt + result.warmupMinutes * MINUTE_MS, end] as const;
    const title = `${basename(view.policy)} on ${basename(load.name)}`;
    await writePlot(io, plot, { title, subtitle: scoreText(view), series: minutesOf(startAt, series), scored });
  }
  io.document({ ...measures, ...(plot ? { plot: plot.path } : {}) });
  tellMeasures(io, view, [["computed in", `${number(view.elapsedMs)} ms`]]);
  tellNotes(io, { notes: [...load.notes, ...notes], warnings: load.warnings }, load.name);
  return 0;
}

/** On the load that a running control plane has recorded, where its policies and delays are known. */
async function overService(
  io: Io,
  service: string,
  policy: unknown,
  run: BacktestRun,
  plot: Wanted | undefined,
): Promise<0> {
  const { days, ...others } = run;
  if (Object.keys(others).length > 0)
    throw new UsageError(
      "--mean-tasks, --start-delay and --metric-delay belong to a file; of a service they are known",
      HELP,
    );
  io.progress(`playing the recorded load of ${service} …`);
  const json = { service, policy: policy as string, ...(days === undefined ? {} : { days }) };
  const view = await answer<LabView>(client(io).api.v1.autoscaling.lab.$post({ json }, once()));
  const { measures, load, series, notes, warnings, elapsedMs } = view;
  if (plot) {
    const scored = [series.startAt, series.startAt + series.load.length * series.stepMs] as const;
    const title = `${measures.policy} on the recorded load of ${service}`;
    await writePlot(io, plot, { title, subtitle: scoreText(measures), series, scored });
  }
  io.document({ ...measures, elapsedMs, load, ...(plot ? { plot: plot.path } : {}) });
  tellMeasures(io, measures, [["recorded load", loadText(load)]]);
  tellNotes(io, { notes, warnings }, undefined);
  return 0;
}
