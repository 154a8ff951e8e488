import type { LoadPlan } from "../shared/core/readiness/load/plan.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";

const MAX_BYTES = 4_194_304;
const HELP = "headgate load run --help";

/** A replay without a file of its own. */
export const REPLAY_OPTIONS: readonly Option[] = [
  { name: "trace", value: "FILE|synthetic", about: "instead of FILE: replay this recorded load against --target" },
  { name: "target", value: "URL", about: "where the replay goes, with its path" },
  { name: "scale", value: "NUMBER", about: "times what was recorded (default 1)" },
  { name: "peak", value: "RATE", about: "instead of --scale: requests per second at the highest point" },
  { name: "speed", value: "NUMBER", about: "so many times as fast; the rate stays what was recorded (default 1)" },
  { name: "service", value: "NAME", about: "the service of headgate.yaml that the replay's result belongs to" },
  {
    name: "objective",
    value: "TEXT",
    many: true,
    about: 'what has to hold, "p99 < 300ms"; may be given several times',
  },
];

/** The plan of a file, or of --trace and what stands beside it. @throws HeadgateError `input.invalid`; UsageError */
export async function givenPlan(
  io: Io,
  file: string | undefined,
  options: Given,
): Promise<{ readonly plan: LoadPlan; readonly file?: string }> {
  const { readLoadPlan } = await import("../functions/readiness/load-read.ts");
  const trace = text(options, "trace");
  if (file !== undefined) {
    const both = REPLAY_OPTIONS.find(({ name }) => options[name] !== undefined && options[name] !== false);
    const some = both && (!Array.isArray(options[both.name]) || (options[both.name] as readonly string[]).length > 0);
    if (both && some) throw new UsageError(`--${both.name} is for a replay without a FILE`, HELP);
    return { plan: readLoadPlan(await readText(io, file, MAX_BYTES), file), file };
  }
  if (trace === undefined) throw new UsageError("what is to be sent? FILE, or --trace FILE with --target URL", HELP);
  const target = text(options, "target");
  if (target === undefined) throw new UsageError("where does the replay go? --target URL is missing", HELP);
  if (!URL.canParse(target)) throw new UsageError(`--target ${JSON.stringify(target)} is no address`, HELP);
  const { origin, pathname, search } = new URL(target);
  const [scale, peak, speed] = ["scale", "peak", "speed"].map((name) => numberOf(options, name));
  const service = text(options, "service");
  const objectives = options["objective"];
  return {
    plan: readLoadPlan(
      JSON.stringify({
        name: "replay",
        ...(service === undefined ? {} : { service }),
        target: { http: { url: origin, requests: [{ path: `${pathname}${search}` }] } },
        stages: [{ shape: "replay", trace, scale, peak, speed }],
        ...(Array.isArray(objectives) ? { objectives } : {}),
      }),
      "the replay",
    ),
  };
}

function numberOf(options: Given, name: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (!(value > 0)) throw new UsageError(`--${name} ${JSON.stringify(given)} is no number above 0`, HELP);
  return value;
}
