import { readFileSync } from "node:fs";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { ApiError, errorDocument, UsageError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { groups } from "./groups.ts";
import { groupHelp, overallHelp, verbHelp } from "./help.ts";
import { makeIo, plain, type Surroundings } from "./io.ts";
import { parse } from "./parse.ts";

/** One call of the command line. Answers the exit status and never throws. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  const json = args.includes("--json");
  try {
    const parsed = parse(args, groups);
    if (parsed.kind === "version") {
      const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
        version: string;
      };
      around.stdout(json ? `${JSON.stringify({ version })}\n` : `headgate ${version}\n`);
      return 0;
    }
    if (parsed.kind === "help") {
      const { group, verb } = parsed;
      const help = group ? (verb ? verbHelp(group, verb) : groupHelp(group)) : overallHelp(groups);
      around.stdout(json ? `${JSON.stringify({ help })}\n` : `${help}\n`);
      return 0;
    }
    const { verb, positionals, options } = parsed;
    const url = options["url"];
    return await verb.run({
      positionals,
      options,
      io: makeIo(around, json, typeof url === "string" ? url : undefined),
    });
  } catch (error) {
    return fail(error, args, around);
  }
}

/** One line on standard error (and the faults below it); with --json also the one document on standard output. */
function fail(error: unknown, args: readonly string[], { stdout, stderr }: Surroundings): number {
  const message = error instanceof Error ? error.message : String(error);
  const coded = error instanceof ApiError || error instanceof HeadgateError ? error : undefined;
  const code = error instanceof UsageError ? "usage" : (coded?.code ?? "internal");
  const faults = coded?.faults ?? [];
  if (args.includes("--json")) {
    stdout(`${JSON.stringify(errorDocument(code, message, faults))}\n`);
  }
  stderr(`headgate: ${plain(message)}\n`);
  // A single fault may be the message already, with what is allowed.
  const told =
    faults.length === 1 &&
    faults.every((fault) => message.includes(fault.message) && message.includes(fault.allowed ?? ""));
  if (!told) for (const fault of faults) stderr(`  ${plain(faultText(fault))}\n`);
  if (error instanceof UsageError) stderr(`  see ${error.help}\n`);
  if (args.includes("--debug") && error instanceof Error) stderr(`${error.stack}\n`);
  else if (code === "internal") stderr("  this is a fault of Headgate; --debug shows where\n");
  return 2;
}
