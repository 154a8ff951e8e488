import type { GatePlan } from "../shared/core/delivery/gate/plan.ts";
import { ALPHA, EVERY, settingsOf, TICKS } from "./canary-options.ts";
import { type Given, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type Io, table } from "./io.ts";
import { numberOf } from "./traffic-options.ts";

const HELP = "headgate canary plan --help";
const DEFAULT_RATE = 0.01;

/** A share as 0.01 or 1%. */
function shareOf(options: Given, name: string, otherwise: number | undefined): number | undefined {
  const given = text(options, name)?.trim();
  if (given === undefined) return otherwise;
  const value = given.endsWith("%") ? Number(given.slice(0, -1)) / 100 : Number(given);
  if (given !== "" && given !== "%" && value >= 0 && value <= 1) return value;
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no share such as 0.01 or 1%`, HELP);
}

const times = (ratio: number | null): string => (ratio === null ? "none" : `${ratio.toFixed(2)} ×`);
const minutes = (count: number | null): string => (count === null ? "never" : `${Number(count.toFixed(1))} min`);

function tell(io: Io, plan: GatePlan): void {
  const rows = plan.visible.map(({ ticks, minutes: after, errors, slow }) => [
    `${ticks}`,
    minutes(after),
    times(errors),
    times(slow),
  ]);
  for (const line of table([["TICKS", "AFTER", "ERRORS SEEN FROM", "SLOW SEEN FROM"], ...rows])) io.line(line);
  const found = plan.found.map(({ metric, ratio, minutes: after }) => [metric, `${ratio} ×`, minutes(after)]);
  if (found.length > 0) for (const line of table([["METRIC", "WORSE BY", "FOUND WITHIN"], ...found])) io.line(line);
  io.line(`a good release passes after about ${minutes(plan.pass.minutes)} (all with a power of 80 %)`);
  if (!plan.enough)
    io.note(`1.5 × the errors cannot be seen in ${minutes(plan.minutes)} at this traffic: give it more, or longer`);
}

/** `headgate canary plan`. */
export const canaryPlanVerb: Verb = {
  name: "plan",
  about:
    "What the sequential gate can see at a traffic, and in how long: the smallest ratio after so many looks, the time to find 1.5, 2 and 3 times as many errors or slow requests, the time to pass.",
  options: [
    { name: "canary", value: "N", about: "requests of the canary in one tick", required: true },
    { name: "baseline", value: "N", about: "requests of the baseline in one tick", required: true },
    { name: "errors", value: "SHARE", about: "of the baseline's requests that fail: 0.01 or 1% (default: 1%)" },
    { name: "slow", value: "SHARE", about: "of them that are slower than its normal p99 (default: 1%)" },
    { name: "jitter", value: "SHARE", about: "by how much a rate varies beyond chance from tick to tick: 0.3 or 30%" },
    TICKS,
    EVERY,
    ALPHA,
  ],
  example: "headgate canary plan --canary 100 --baseline 900 --errors 1% --json",
  run: async ({ io, options }) => {
    const settings = await settingsOf(options, HELP);
    const range = { least: 1, most: 1e12, otherwise: 0 };
    const canary = numberOf(options, "canary", range, HELP);
    const baseline = numberOf(options, "baseline", range, HELP);
    const errorRate = shareOf(options, "errors", DEFAULT_RATE) as number;
    const slowRate = shareOf(options, "slow", DEFAULT_RATE) as number;
    const jitter = shareOf(options, "jitter", undefined);
    const { gatePlan } = await import("../shared/core/delivery/gate/plan.ts");
    const tau2 = jitter === undefined ? {} : { tau2: jitter ** 2 };
    const plan = gatePlan({ canary, baseline, errorRate, slowRate, ...tau2, settings });
    io.document({ canary, baseline, errorRate, slowRate, ...(jitter === undefined ? {} : { jitter }), ...plan });
    tell(io, plan);
    return 0;
  },
};
