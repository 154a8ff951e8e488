import * as v from "valibot";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { parseDuration } from "../shared/core/kernel/time.ts";
import { type BreakerPolicy, BreakerPolicySchema } from "../shared/core/traffic/breaker/policy.ts";
import { type Given, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { listed } from "./traffic-options.ts";

export interface NamedBreaker {
  readonly name: string;
  readonly policy: BreakerPolicy;
}

const RULES = ["consecutive", "rate", "seed"] as const;

/** Names that other breakers have for our settings; a bare number of theirs is in the unit behind it. */
const ALIASES: Readonly<Record<string, { readonly name: string; readonly unit?: string; readonly times?: number }>> = {
  failurethreshold: { name: "failures" },
  threshold: { name: "failures" },
  recoverytimeout: { name: "recovery", unit: "s" },
  resettimeout: { name: "recovery", unit: "ms" },
  successthreshold: { name: "successes" },
  failureratethreshold: { name: "failureRate" },
  slowcallratethreshold: { name: "slowRate" },
  slowcalldurationthreshold: { name: "slow", unit: "ms" },
  minimumnumberofcalls: { name: "minimumCalls" },
  minimumthroughput: { name: "minimumCalls" },
  volumethreshold: { name: "minimumCalls" },
  errorthresholdpercentage: { name: "failureRate" },
  failureratio: { name: "failureRate", times: 100 },
  waitdurationinopenstate: { name: "recovery", unit: "ms" },
  breakduration: { name: "recovery", unit: "s" },
  halfopenafter: { name: "recovery", unit: "ms" },
  slidingwindowsize: { name: "window" },
  rollingcounttimeout: { name: "window", unit: "ms" },
  samplingduration: { name: "window", unit: "s" },
};

/** Settings of the command line, from `--set a=b,c=d` and from words `a=b`. */
export function settingsOf(options: Given, words: readonly string[], help: string): Readonly<Record<string, unknown>> {
  const settings: Record<string, unknown> = {};
  for (const one of [...listed(text(options, "set")), ...words]) {
    const split = one.indexOf("=");
    if (split < 1) throw new UsageError(`${JSON.stringify(one)} is no KEY=VALUE`, help);
    put(settings, one.slice(0, split).trim(), one.slice(split + 1).trim());
  }
  return settings;
}

function put(settings: Record<string, unknown>, key: string, value: string): void {
  const alias = ALIASES[key.toLowerCase().replace(/[-_]/g, "")];
  const name = alias?.name ?? key.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const bare = /^-?\d+(\.\d+)?$/.test(value);
  const united = bare && alias?.unit !== undefined ? `${value}${alias.unit}` : value;
  if (name.startsWith("window")) {
    // "window=100" and "window.calls=100" are calls, "window=60s" and "window.time=60s" a time.
    settings["window"] = /^\d+$/.test(united) ? { calls: Number(united) } : { time: united };
    return;
  }
  if (united !== value) settings[name] = united;
  else if (bare) settings[name] = Number(value) * (alias?.times ?? 1);
  else settings[name] = value === "true" ? true : value === "false" ? false : value;
}

/** Which settings a rule has; those of the other rule do not concern it where several are compared. */
const OF_RULE: Readonly<Record<string, readonly string[]>> = {
  consecutive: ["failures", "forget"],
  rate: ["failureRate", "slowRate", "slow", "window", "minimumCalls"],
};

/**
 * Policies that were named: `consecutive`, `rate`, `seed`, several with commas. Settings go to each that has them. "seed" is the
 * platform's rule to the letter and takes none.
 *
 * @throws UsageError, HeadgateError `input.invalid` with each setting that is wrong
 */
export function breakersFrom(
  given: string | undefined,
  otherwise: readonly string[],
  settings: Readonly<Record<string, unknown>>,
  help: string,
): readonly NamedBreaker[] {
  const names = given === "all" ? [...RULES] : listed(given);
  const chosen = names.length === 0 ? otherwise : names;
  return chosen.map((name) => {
    if (!RULES.some((rule) => rule === name))
      throw new UsageError(`--policy ${JSON.stringify(name)} is none of ${RULES.join(", ")}`, help);
    return { name, policy: parsed(name, settings, chosen) };
  });
}

function parsed(name: string, settings: Readonly<Record<string, unknown>>, chosen: readonly string[]): BreakerPolicy {
  const others = Object.entries(OF_RULE).flatMap(([rule, keys]) =>
    rule !== name && chosen.includes(rule) ? keys : [],
  );
  const own = Object.entries(settings).filter(([key]) => !others.includes(key));
  if (name === "seed" && (chosen.length > 1 || own.length === 0)) return v.parse(BreakerPolicySchema, "seed");
  const base = name === "seed" ? { rule: "consecutive", ...SEED_AGAIN } : { rule: name };
  const changed = Object.fromEntries(own);
  const recovery = name === "seed" ? parseDuration(String(changed["recovery"])) : undefined;
  const given = recovery === undefined ? changed : { ...changed, recovery: `${recovery + 1}ms` };
  const read = v.safeParse(BreakerPolicySchema, { ...base, ...given });
  if (read.success) return read.output;
  const faults = read.issues.map((issue) => {
    const path = issue.path?.map((part) => String(part.key)).join(".") ?? "--set";
    const known = issue.type === "strict_object" ? { message: `${name} has no setting ${path}` } : {};
    return { path, message: issue.message, ...known, value: String(issue.input).slice(0, 60) };
  });
  throw new HeadgateError(
    "input.invalid",
    `the settings of ${name} have ${faults.length === 1 ? "a fault" : "faults"}`,
    {
      faults,
    },
  );
}

/** The platform's rule with a setting changed is written out; it probes after MORE than its recovery, so a millisecond later. */
const SEED_AGAIN = {
  forget: "never",
  recovery: "60001ms",
  backoff: 1,
  jitter: 0,
  probes: "all",
  retryAfter: false,
} as const;

/** A policy in one line. */
export function policyText(policy: BreakerPolicy): string {
  const open = `open ${policy.recovery / 1000} s, ${policy.successes} successes close`;
  if (policy.rule === "consecutive") return `${policy.failures} failures open, a success takes one back, ${open}`;
  const window = "time" in policy.window ? `${policy.window.time / 1000} s` : `${policy.window.calls} calls`;
  return `${policy.failureRate} % failed or ${policy.slowRate} % slow of ${window} open, ${open}`;
}
