import { basename } from "node:path";
import type { TuneView } from "../functions/api/views-autoscaling-tune.ts";
import type { TuneOptions } from "../functions/autoscaling/lab.ts";
import { MINUTE_MS } from "../shared/core/kernel/time.ts";
import { daysText, decimal, MEAN_TASKS, OBJECTIVE_OPTIONS, objectiveOf } from "./autoscaling-options.ts";
import { daysWords, loadText, minutesOf, moneyText, tellMeasures } from "./autoscaling-played.ts";
import { answer, client, once } from "./client.ts";
import type { Given, Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { number } from "./format.ts";
import { type Io, plain } from "./io.ts";
import { PLOT_OPTIONS, scoreText, type Wanted, wantedPlot, writePlot } from "./plot-file.ts";
import { askedLoad, LOAD_OPTIONS, type ReadLoad, readLoad, tellNotes } from "./trace-file.ts";

const HELP = "headgate autoscaling tune --help";

/** `headgate autoscaling tune`: needs no server, unless the load is a service's. */
export const tuneVerb: Verb = {
  name: "tune",
  about:
    "Picks the policy for what you state on some days of a load, and scores the choice on days it has not seen; needs no server.",
  options: [
    ...LOAD_OPTIONS,
    {
      name: "train-days",
      value: "FROM-TO",
      about: "days that it is picked on, such as 3-8 (default: first half after the warm-up)",
    },
    {
      name: "score-days",
      value: "FROM-TO",
      about: "days that the choice is scored on, such as 9-14 (default: the second half)",
    },
    ...OBJECTIVE_OPTIONS,
    { name: "actions-per-day", value: "N", about: "changes a day that are fine (default 63)" },
    MEAN_TASKS,
    ...PLOT_OPTIONS,
  ],
  example: "headgate autoscaling tune --trace load.csv --train-days 3-8 --score-days 9-14 --slo 99.5",
  run: async ({ io, options }) => {
    const load = askedLoad(options, HELP);
    const asked = askedOf(options);
    const plot = await wantedPlot(options, HELP);
    if ("service" in load) {
      if (plot)
        throw new UsageError(
          "--plot of a service: headgate autoscaling backtest --service NAME --policy auto --plot FILE",
          HELP,
        );
      if (asked.meanTasks !== undefined)
        throw new UsageError("--mean-tasks belongs to a file; of a service it is known", HELP);
      io.progress(`trying policies on the recorded load of ${load.service} …`);
      const view = await answer<TuneView>(
        client(io).api.v1.autoscaling.tune.$post({ json: { ...asked, service: load.service } }, once()),
      );
      return await tell(io, view, view.notes, undefined);
    }
    const [{ runTune }, read] = await Promise.all([import("../functions/autoscaling/lab.ts"), readLoad(io, load)]);
    io.progress("trying policies …");
    const view = runTune(read.trace, asked);
    if (plot) await plotted(io, plot, read, view, asked);
    return await tell(io, { ...view, warnings: read.warnings }, [...read.notes, ...view.notes], read.name, plot);
  },
};

function askedOf(options: Given): TuneOptions {
  const [train, score] = [daysText(options, "train-days", HELP), daysText(options, "score-days", HELP)];
  const objective = objectiveOf(options, HELP);
  const meanTasks = decimal(options, "mean-tasks", 0.01, 10_000, HELP);
  const actionsPerDay = decimal(options, "actions-per-day", 1, 1440, HELP);
  return {
    ...(train === undefined ? {} : { train }),
    ...(score === undefined ? {} : { score }),
    ...(objective ? { objective } : {}),
    ...(meanTasks === undefined ? {} : { meanTasks }),
    ...(actionsPerDay === undefined ? {} : { actionsPerDay }),
  };
}

/** The picked policy over the days of the score, with the days before them as its warm-up. */
async function plotted(
  io: Io,
  plot: Wanted,
  read: ReadLoad,
  view: TuneView,
  { meanTasks }: TuneOptions,
): Promise<void> {
  const { playBacktest, sectionWith } = await import("../functions/autoscaling/backtest.ts");
  const { name, policy } = view.picked;
  const { result } = playBacktest(
    read.trace,
    { name, config: sectionWith(policy) },
    {
      days: view.scoreDays.join("-"),
      series: true,
      ...(meanTasks === undefined ? {} : { meanTasks }),
    },
  );
  const { startAt, series = [], warmupMinutes } = result;
  const scored = [startAt + warmupMinutes * MINUTE_MS, startAt + series.length * MINUTE_MS] as const;
  const title = `${view.picked.name}, picked on ${daysWords(view.trainDays)} of ${basename(read.name)}`;
  await writePlot(io, plot, { title, subtitle: scoreText(view), series: minutesOf(startAt, series), scored });
}

async function tell(
  io: Io,
  view: TuneView,
  notes: readonly string[],
  name: string | undefined,
  plot?: Wanted,
): Promise<0> {
  io.document({ ...view, notes, ...(plot ? { plot: plot.path } : {}) });
  const best = view.families.map((family) => `${family.name} ${family.j.toFixed(3)}`).join(", ");
  tellMeasures(io, view, [
    [
      "picked",
      `${view.picked.name} on ${daysWords(view.trainDays)} (J ${view.train.j.toFixed(3)} there), of ${view.tried} tried`,
    ],
    ["scored on", `${daysWords(view.scoreDays)} of ${loadText(view.load)}`],
    ["best of each family", best === "" ? undefined : best],
    ["price", view.money && moneyText(view.money)],
    ["computed in", `${number(view.elapsedMs)} ms`],
  ]);
  if (!io.json) {
    const { stringify } = await import("yaml");
    io.line();
    io.line("In headgate.yaml:");
    const lines = stringify({ policies: [view.picked.written] })
      .trimEnd()
      .split("\n");
    for (const line of lines) io.line(`  ${plain(line)}`);
  }
  tellNotes(io, { notes, warnings: view.warnings }, name);
  return 0;
}
