import type { CompareView } from "../functions/api/views-autoscaling-tune.ts";
import type { CompareOptions } from "../functions/autoscaling/lab.ts";
import { daysText, decimal, MEAN_TASKS, OBJECTIVE_OPTIONS, objectiveOf, readPolicy } from "./autoscaling-options.ts";
import { comparedLines, daysWords, loadText } from "./autoscaling-played.ts";
import { answer, client, once } from "./client.ts";
import { type Given, texts, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { askedLoad, LOAD_OPTIONS, readLoad, tellNotes } from "./trace-file.ts";

const HELP = "headgate autoscaling compare --help";

/** `headgate autoscaling compare`: needs no server, unless the load is a service's. */
export const compareVerb: Verb = {
  name: "compare",
  about: "Plays a recorded load under every built-in policy, and tells what each would have cost; needs no server.",
  options: [
    ...LOAD_OPTIONS,
    {
      name: "policy",
      value: "NAME|FILE",
      about: "only this one, as backtest takes it (default: every built-in one)",
      many: true,
    },
    {
      name: "days",
      value: "FROM-TO",
      about: "days that are scored, such as 3-14 (default: the second half after the warm-up)",
    },
    ...OBJECTIVE_OPTIONS,
    MEAN_TASKS,
  ],
  example: "headgate autoscaling compare --trace load.csv --days 3-14 --task-hour 0.05 --violation-minute 2",
  run: async ({ io, options }) => {
    const load = askedLoad(options, HELP);
    const asked = askedOf(options);
    const given = await Promise.all(texts(options, "policy").map((name) => readPolicy(io, name)));
    if ("service" in load) return overService(io, load.service, asked, given);
    const [{ runCompare }, { policyOf }] = await Promise.all([
      import("../functions/autoscaling/lab.ts"),
      import("../functions/autoscaling/backtest.ts"),
    ]);
    // A misspelt name must not wait for a long trace to be read. A file's row is called by what was typed.
    const policies = given.map((policy, index) => policyOf(policy, texts(options, "policy")[index]));
    const read = await readLoad(io, load);
    io.progress("playing the trace under each policy …");
    const view = runCompare(read.trace, { ...asked, ...(policies.length > 0 ? { policies } : {}) });
    return tell(io, { ...view, warnings: read.warnings }, [...read.notes, ...view.notes], read.name);
  },
};

/** On the load that a running control plane has recorded. */
async function overService(
  io: Io,
  service: string,
  { meanTasks, ...asked }: Asked,
  given: readonly unknown[],
): Promise<0> {
  if (meanTasks !== undefined) throw new UsageError("--mean-tasks belongs to a file; of a service it is known", HELP);
  io.progress(`playing the recorded load of ${service} …`);
  // What a policy has to be is checked where it is played.
  const json = { ...asked, service, ...(given.length > 0 ? { policies: given as string[] } : {}) };
  const view = await answer<CompareView>(client(io).api.v1.autoscaling.compare.$post({ json }, once()));
  return tell(io, view, view.notes, undefined);
}

type Asked = Pick<CompareOptions, "days" | "objective" | "meanTasks">;

function askedOf(options: Given): Asked {
  const days = daysText(options, "days", HELP);
  const objective = objectiveOf(options, HELP);
  const meanTasks = decimal(options, "mean-tasks", 0.01, 10_000, HELP);
  return {
    ...(days === undefined ? {} : { days }),
    ...(objective ? { objective } : {}),
    ...(meanTasks === undefined ? {} : { meanTasks }),
  };
}

function tell(io: Io, view: CompareView, notes: readonly string[], name: string | undefined): 0 {
  io.document({ ...view, notes });
  io.line(`${daysWords(view.days)} of ${loadText(view.load)}`);
  io.line();
  for (const line of comparedLines(view.rows)) io.line(line);
  const own = view.rows.flatMap((row) => row.notes.map((note) => `${row.policy}: ${note}`));
  tellNotes(io, { notes: [...notes, ...own], warnings: view.warnings }, name);
  return 0;
}
