import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { formatDuration } from "../shared/core/kernel/time.ts";
import { parseCalls } from "../shared/core/traffic/breaker/recorded-calls.ts";
import { whatIf } from "../shared/core/traffic/breaker/what-if.ts";
import { type Invocation, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import { stamp } from "./format.ts";
import { table } from "./io.ts";
import { breakersFrom, settingsOf } from "./traffic-breaker-policy.ts";
import { seedOf } from "./traffic-options.ts";

const HELP = "headgate traffic breaker --help";
/** A million calls are some 40 MB. */
const MOST_BYTES = 268_435_456;
const MOST_CHANGES = 1_000;

/** `headgate traffic breaker replay`. */
export async function replay({ io, options, positionals }: Invocation): Promise<0> {
  const file = text(options, "outcomes");
  if (file === undefined) throw new UsageError("--outcomes FILE is missing", HELP);
  const seed = seedOf(options, HELP);
  const set = settingsOf(options, positionals.slice(1), HELP);
  const breakers = breakersFrom(text(options, "policy"), ["consecutive", "rate", "seed"], set, HELP);
  const read = parseCalls(await readText(io, file, MOST_BYTES));
  if (!read.ok) throw new HeadgateError("input.invalid", `${file} has faults`, { faults: read.faults });
  io.progress(`${read.calls.length} calls …`);
  const results = breakers.map(({ name, policy }) => ({ name, policy, found: whatIf(policy, read.calls, seed) }));
  io.document({
    file,
    seed,
    calls: read.calls.length,
    failures: read.calls.filter(({ ok }) => !ok).length,
    policies: results.map(({ name, policy, found: { changes, calls: _, failures: __, ...found } }) => ({
      policy: name,
      settings: policy,
      ...found,
      changes: changes.slice(0, MOST_CHANGES),
      moreChanges: Math.max(0, changes.length - MOST_CHANGES),
    })),
  });
  const failures = read.calls.filter(({ ok }) => !ok).length;
  io.line(`${file}: ${read.calls.length} calls, ${failures} failed`);
  const heads = ["POLICY", "OPENINGS", "FAILURES LET THROUGH", "REFUSED", "OF THEM GOOD", "NOT CLOSED", "FIRST OPEN"];
  const rows = results.map(({ name, found }) => [
    name,
    `${found.openings}`,
    `${found.doomed}`,
    `${found.refused}`,
    `${found.refusedGood}`,
    `${formatDuration(found.openMs)} (${(found.openShare * 100).toFixed(1)} %)`,
    found.firstOpenAt === null ? "-" : stamp(found.firstOpenAt),
  ]);
  for (const line of table([heads, ...rows])) io.line(line);
  return 0;
}
