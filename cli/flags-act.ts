import type { FlagChangedView } from "../functions/api/views-flags.ts";
import { answer, once } from "./client.ts";
import { type Given, type Option, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { flagParam, flagRoutes } from "./flags-show.ts";
import { sharesWords } from "./flags-words.ts";
import { type Io, plain } from "./io.ts";

const WHY: Option = { name: "why", value: "TEXT", about: "the reason, kept with the decision" };
const BY: Option = { name: "by", value: "NAME", about: "who you are (default: the key's owner)" };

function saidOf(options: Given): { readonly why: string; readonly by?: string } {
  const by = text(options, "by");
  return { why: text(options, "why") ?? "", ...(by === undefined ? {} : { by }) };
}

/** What is so already is no failure; what could not be decided is. */
function told(io: Io, view: FlagChangedView): 0 | 1 {
  io.document(view);
  const { flag, reason, status, text: why } = view;
  io.line(plain(`${flag.name}: ${reason?.replaceAll("_", " ") ?? status}${why === undefined ? "" : `: ${why}`}`));
  io.line(plain(`serves ${sharesWords(flag.shares)}`));
  const already = ["held_killed", "held_not_killed", "held_in_force"].includes(reason ?? "");
  return status === "decided" || already ? 0 : 1;
}

/** `headgate flags kill`. */
export const flagsKillVerb: Verb = {
  name: "kill",
  about: "Switches a flag off: everybody gets its off variant, until it is restored.",
  positionals: ["NAME"],
  options: [{ ...WHY, required: true }, BY],
  example: "headgate flags kill new-checkout --why outage",
  run: async ({ io, positionals: [name], options }) => {
    const done = flagRoutes(io)[":name"].kill.$post({ param: flagParam(name), json: saidOf(options) }, once());
    return told(io, await answer<FlagChangedView>(done));
  },
};

/** `headgate flags restore`. */
export const flagsRestoreVerb: Verb = {
  name: "restore",
  about: "Switches a flag on again, also above breakers and alerts it is tied to, until they are over.",
  positionals: ["NAME"],
  options: [WHY, BY],
  example: "headgate flags restore new-checkout --why fixed",
  run: async ({ io, positionals: [name], options }) => {
    const done = flagRoutes(io)[":name"].restore.$post({ param: flagParam(name), json: saidOf(options) }, once());
    return told(io, await answer<FlagChangedView>(done));
  },
};

const HELP = "headgate flags set --help";
const SWITCHES = ["release", "start", "pause", "resume"] as const;

function percentOf(options: Given): number | undefined {
  const given = text(options, "percent");
  if (given === undefined) return undefined;
  const percent = Number(given || Number.NaN);
  if (!(percent >= 0 && percent <= 100)) throw new UsageError(`--percent ${given} is no number from 0 to 100`, HELP);
  return percent;
}

function shareOf(given: string): readonly [string, number] {
  const split = given.lastIndexOf("=");
  const [name, share] = [given.slice(0, Math.max(0, split)), Number(given.slice(split + 1) || Number.NaN)];
  if (name === "" || !(share >= 0 && share <= 100))
    throw new UsageError(`${JSON.stringify(given)} is not like on=25, in percent`, HELP);
  return [name, share];
}

/** `headgate flags set`. */
export const flagsSetVerb: Verb = {
  name: "set",
  about: "Who gets what, above the configuration until it is released; or the steps that the configuration has.",
  positionals: ["NAME", "[VARIANT=PERCENT]..."],
  options: [
    { name: "percent", value: "N", about: "of the variant that is rolled out; the rest gets the default" },
    { name: "release", about: "back to the configuration's" },
    { name: "start", about: "begin the gated roll-out of the configuration (rollout.steps)" },
    { name: "pause", about: "stay at this step; a bad verdict still takes it back" },
    { name: "resume", about: "go on" },
    WHY,
    BY,
  ],
  example: "headgate flags set new-checkout --percent 25 --why second-week",
  run: async ({ io, positionals, options }) => {
    const [name, ...given] = positionals;
    const percent = percentOf(options);
    const chosen = SWITCHES.filter((one) => options[one] === true);
    if (chosen.length + (percent === undefined ? 0 : 1) + (given.length > 0 ? 1 : 0) !== 1)
      throw new UsageError("one of --percent N, VARIANT=PERCENT ..., --release, --start, --pause and --resume", HELP);
    const said = saidOf(options);
    const ask =
      percent !== undefined
        ? { percent }
        : given.length > 0
          ? { shares: Object.fromEntries(given.map(shareOf)) }
          : asked(chosen[0] ?? "release");
    const done = flagRoutes(io)[":name"].rollout.$post({ param: flagParam(name), json: { ...ask, ...said } }, once());
    return told(io, await answer<FlagChangedView>(done));
  },
};

/** One switch, as the API takes it. */
function asked(one: (typeof SWITCHES)[number]) {
  if (one === "start") return { start: true as const };
  if (one === "pause") return { pause: true as const };
  return one === "resume" ? { resume: true as const } : { release: true as const };
}
