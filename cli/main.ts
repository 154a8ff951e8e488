import { readFileSync } from "node:fs";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { faultText } from "./faults.ts";
import { ApiError, UsageError } from "./errors.ts";
import { groups } from "./groups.ts";
import { groupHelp, overallHelp, verbHelp } from "./help.ts";
import { plain, processIo } from "./io.ts";
import { parse } from "./parse.ts";

const args = process.argv.slice(2);
const json = args.includes("--json");

/** Exit status of a whole call; nothing is thrown from here. */
async function main(): Promise<number> {
  try {
    const parsed = parse(args, groups);
    if (parsed.kind === "version") {
      const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
      process.stdout.write(json ? `${JSON.stringify({ version })}\n` : `headgate ${version}\n`);
      return 0;
    }
    if (parsed.kind === "help") {
      const { group, verb } = parsed;
      const help = group ? (verb ? verbHelp(group, verb) : groupHelp(group)) : overallHelp(groups);
      process.stdout.write(json ? `${JSON.stringify({ help })}\n` : `${help}\n`);
      return 0;
    }
    const { verb, positionals, options } = parsed;
    const url = options["url"];
    return await verb.run({ positionals, options, io: processIo(json, typeof url === "string" ? url : undefined) });
  } catch (error) {
    return fail(error);
  }
}

/** One line on standard error (and the faults below it); with --json also the one document on standard output. */
function fail(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  const coded = error instanceof ApiError || error instanceof HeadgateError ? error : undefined;
  const code = error instanceof UsageError ? "usage" : (coded?.code ?? "internal");
  const faults = coded?.faults ?? [];
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, ...(faults.length > 0 ? { faults } : {}) } })}\n`);
  process.stderr.write(`headgate: ${plain(message)}\n`);
  // A single fault is already in the message.
  if (faults.length > 1) for (const fault of faults) process.stderr.write(`  ${plain(faultText(fault))}\n`);
  if (error instanceof UsageError) process.stderr.write(`  see ${error.help}\n`);
  if (args.includes("--debug") && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (code === "internal") process.stderr.write("  this is a fault of Headgate; --debug shows where\n");
  return 2;
}

process.exitCode = await main();
