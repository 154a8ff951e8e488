import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Trace } from "../shared/core/kernel/trace.ts";
import type { Verb } from "./command.ts";
import { text } from "./command.ts";
import { faultText } from "./faults.ts";
import { readText } from "./files.ts";
import { facts, number } from "./format.ts";
import { type Io, plain } from "./io.ts";

/** 2,000,000 rows of a trace, which is the reader's own limit, are below this. */
const MAX_TRACE_BYTES = 134_217_728;
const MAX_POLICY_BYTES = 1_048_576;
const NAME = /^[a-z0-9][a-z0-9-]*$/;

/** A built-in name, or what the YAML (or JSON) file holds: a policy, or a service's autoscaling section. */
async function readPolicy(io: Io, given: string): Promise<unknown> {
  const { builtinPolicies } = await import("../shared/core/autoscaling/backtest/builtin.ts");
  if (Object.hasOwn(builtinPolicies, given) || (NAME.test(given) && !given.includes("."))) return given;
  const content = await readText(io, given, MAX_POLICY_BYTES);
  const { parse } = await import("yaml");
  try {
    return parse(content, { maxAliasCount: 100 });
  } catch (error) {
    throw new HeadgateError(
      "input.invalid",
      `${given} is not YAML: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
}

/** Faults of a trace, headed by the file they are in: the functions only ever see its text. */
function named<T>(trace: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HeadgateError && error.code === "trace.invalid")) throw error;
    throw new HeadgateError("trace.invalid", `${trace} is not a usable trace`, { faults: error.faults, cause: error });
  }
}

/** `headgate autoscaling backtest`: needs no server. */
export const backtestVerb: Verb = {
  name: "backtest",
  about: "Scores a policy on a recorded load, in violation minutes and cost; needs no server.",
  options: [
    {
      name: "trace",
      value: "FILE|synthetic",
      about: "recorded load, CSV with the header timestamp,value; or two made-up weeks that need no file",
      required: true,
    },
    {
      name: "policy",
      value: "NAME|FILE",
      about:
        "seed-instances, seed-parallelism, hpa-cpu70, target-tracking-70, or a YAML file with a policy or an autoscaling section",
      required: true,
    },
  ],
  example: "headgate autoscaling backtest --trace synthetic --policy target-tracking-70 --json",
  run: async ({ io, options }) => {
    const [trace, policy] = [text(options, "trace") as string, text(options, "policy") as string];
    const given = await readPolicy(io, policy);
    const { builtinTraces, policyOf, runBacktest } = await import("../functions/autoscaling/backtest.ts");
    // A misspelt name must not wait for a long trace to be read.
    policyOf(given);
    io.progress("reading the trace …");
    const load = Object.hasOwn(builtinTraces, trace)
      ? (builtinTraces[trace] as () => Trace)()
      : await readText(io, trace, MAX_TRACE_BYTES);
    io.progress("playing the trace …");
    const view = named(trace, () => runBacktest(load, given, typeof given === "string" ? given : policy));
    const { notes, warnings, ...measures } = view;
    io.document(measures);
    for (const line of facts([
      ["policy", view.policy],
      ["minutes", `${view.minutes}`],
      ["violation minutes", `${view.violationMinutes}`],
      ["task hours", `${number(view.taskHours)} (perfect foresight: ${number(view.oracleTaskHours)})`],
      ["cost ratio", view.costRatio.toFixed(3)],
      ["J", `${view.j.toFixed(3)} (lower is better, 1 is perfect foresight)`],
      ["worst wait", `${number(view.worstWaitSeconds)} s`],
      ["actions per day", number(view.actionsPerDay)],
      ["computed in", `${number(view.elapsedMs)} ms`],
    ])) {
      io.line(line);
    }
    for (const note of notes) io.note(plain(note));
    for (const warning of warnings) io.note(plain(`warning: ${faultText(warning, trace)}`));
    return 0;
  },
};
