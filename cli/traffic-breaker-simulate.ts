import { formatDuration, parseDuration } from "../shared/core/kernel/time.ts";
import type { Phase, Simulated } from "../shared/core/traffic/breaker/simulate.ts";
import { type Invocation, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type Io, table } from "./io.ts";
import { breakersFrom, policyText, settingsOf } from "./traffic-breaker-policy.ts";
import { listed, numberOf, seedOf } from "./traffic-options.ts";

const HELP = "headgate traffic breaker --help";
/** Calls of all runs together, unless --runs says otherwise: some seconds of work. */
const CALLS_AT_MOST = 20_000_000;
const RUNS_AT_MOST = 20_000;

function share(given: string, name: string): number {
  const value = given.endsWith("%") ? Number(given.slice(0, -1)) / 100 : Number(given);
  if (given.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no share 0..1 (or 0%..100%)`, HELP);
}

/** "0.2", or how it changes: "0.02,0.9@60s,0.02@5m". */
function phasesOf(given: string): readonly Phase[] {
  const phases = listed(given).map((part, index): Phase => {
    const [failure = "", from] = part.split("@");
    const fromMs = from === undefined && index === 0 ? 0 : parseDuration(from ?? "");
    if (fromMs === undefined)
      throw new UsageError(`--failure ${JSON.stringify(part)} has no time: SHARE@DURATION, as 0.9@60s`, HELP);
    return { fromMs, failure: share(failure, "failure") };
  });
  if (phases.length === 0) throw new UsageError("--failure SHARE is missing", HELP);
  const first = phases[0] as Phase;
  const all = first.fromMs > 0 ? [{ fromMs: 0, failure: 0 }, ...phases] : phases;
  if (all.every(({ fromMs }, index) => index === 0 || fromMs > (all[index - 1] as Phase).fromMs)) return all;
  throw new UsageError("--failure: times are to be ascending", HELP);
}

const shown = (value: number | null, digits = 4): string =>
  value === null ? "-" : Number(value.toPrecision(digits)).toLocaleString("en", { maximumSignificantDigits: digits });

const percent = (value: number): string => `${shown(value * 100)} %`;

function tell(io: Io, name: string, result: Simulated, settings: { calls: number; rate: number; runs: number }): void {
  const { callsUntilOpen, expectedCallsUntilOpen, expectedOpenShare, perRun } = result;
  const seconds = (calls: number) => formatDuration((calls * 1000) / settings.rate);
  io.line();
  const at = result.openedAtCall;
  io.line(
    `${name}: ${at === null ? `does not open within ${settings.calls} calls` : `opens at call ${at}`} in a typical run`,
  );
  io.line(`opened in ${result.openedRuns} of ${settings.runs} runs (${percent(result.openedShare)})`);
  if (callsUntilOpen)
    io.line(
      `calls until it opens: mean ${shown(callsUntilOpen.mean)}, median ${shown(callsUntilOpen.p50)}, 5..95 % ${shown(callsUntilOpen.p5)}..${shown(callsUntilOpen.p95)}`,
    );
  if (expectedCallsUntilOpen !== null) {
    const within = expectedOpenShare === null ? "" : `, within ${settings.calls} calls ${percent(expectedOpenShare)}`;
    const time = seconds(expectedCallsUntilOpen);
    io.line(`by formula: ${shown(expectedCallsUntilOpen)} calls (${time} at ${settings.rate}/s)${within}`);
  }
  io.line(
    `a run: ${shown(perRun.admitted)} calls let through, ${shown(perRun.doomed)} of them failed; ${shown(perRun.refused)} refused, ${shown(perRun.refusedGood)} of them would have succeeded; ${shown(perRun.openings)} openings, not closed ${percent(perRun.openShare)} of the time`,
  );
  if (result.changes.length === 0) return;
  const rows = result.changes.map((change) => [
    `${change.call}`,
    `${(change.atMs / 1000).toFixed(2)} s`,
    `${change.from} -> ${change.to}`,
    change.reason,
  ]);
  for (const line of table([["CALL", "AT", "CHANGE", "WHY"], ...rows])) io.line(line);
  if (result.moreChanges > 0) io.line(`and ${result.moreChanges} more`);
}

/** `headgate traffic breaker simulate`. */
export async function simulate({ io, options, positionals }: Invocation): Promise<0 | 1> {
  const failure = text(options, "failure");
  if (failure === undefined) throw new UsageError("--failure SHARE is missing", HELP);
  const phases = phasesOf(failure);
  const slow = share(text(options, "slow") ?? "0", "slow");
  const whole = { least: 1, whole: true };
  const calls = numberOf(options, "calls", { ...whole, most: 1_000_000_000, otherwise: 1_000 }, HELP);
  const rate = numberOf(options, "rate", { least: 0.000001, most: 1_000_000, otherwise: 100 }, HELP);
  const fitting = Math.max(1, Math.min(RUNS_AT_MOST, Math.floor(CALLS_AT_MOST / calls)));
  const runs = numberOf(options, "runs", { ...whole, most: 1_000_000, otherwise: fitting }, HELP);
  const seed = seedOf(options, HELP);
  const set = settingsOf(options, positionals.slice(1), HELP);
  const breakers = breakersFrom(text(options, "policy"), ["consecutive"], set, HELP);
  const { simulateBreaker } = await import("../shared/core/traffic/breaker/simulate.ts");
  const documents = breakers.map(({ name, policy }) => {
    io.progress(`${name} …`);
    const result = simulateBreaker({ policy, phases, slow, calls, callsPerSecond: rate, seed, runs });
    tell(io, `${name} (${policyText(policy)})`, result, { calls, rate, runs });
    const expected = result.expectedCallsUntilOpen;
    return {
      policy: name,
      settings: policy,
      failure: phases.length === 1 ? (phases[0] as Phase).failure : phases,
      slow,
      calls,
      callsPerSecond: rate,
      runs,
      seed,
      ...result,
      expectedSecondsUntilOpen: expected === null ? null : expected / rate,
    };
  });
  io.document(documents.length === 1 ? documents[0] : documents);
  return 0;
}
