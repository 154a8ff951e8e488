import type { GateSettings } from "../shared/core/delivery/gate/settings.ts";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { parseDuration } from "../shared/core/kernel/time.ts";
import { durationText, type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { faultText } from "./faults.ts";
import { numberOf } from "./traffic-options.ts";

/** A deploy with a day of history is some 300 KB in one line. */
export const MOST_LINE = 4_194_304;

export const RULES = ["sequential", "threshold", "kayenta"] as const;

export const RULE: Option = {
  name: "rule",
  value: "NAME",
  about: "sequential (default), threshold (the platform's ratios at one look) or kayenta",
};
export const ALPHA: Option = {
  name: "alpha",
  value: "SHARE",
  about: "chance of failing a good release, over all looks together (default: 0.05)",
};
export const TICKS: Option = { name: "ticks", value: "N", about: "looks that are planned (default: 20)" };
export const EVERY: Option = { name: "every", value: "DURATION", about: "distance of two looks (default: 30s)" };

const ruleNamed = (name: string, option: string, help: string): GateSettings["rule"] => {
  const rule = RULES.find((one) => one === name);
  if (rule) return rule;
  throw new UsageError(`--${option} ${JSON.stringify(name)} is none of ${RULES.join(", ")}`, help);
};

/**
 * The gate that a command line asks for.
 *
 * @param ruleOption the option that names the rule
 * @throws UsageError
 */
export async function settingsOf(options: Given, help: string, ruleOption = "rule"): Promise<GateSettings> {
  const { GATE_DEFAULTS } = await import("../shared/core/delivery/gate/settings.ts");
  const every = durationText(options, "every", "1s", "1d", help);
  return {
    ...GATE_DEFAULTS,
    rule: ruleNamed(text(options, ruleOption) ?? GATE_DEFAULTS.rule, ruleOption, help),
    alpha: numberOf(options, "alpha", { least: 1e-6, most: 0.5, otherwise: GATE_DEFAULTS.alpha }, help),
    ticks: numberOf(options, "ticks", { least: 1, most: 10_000, otherwise: GATE_DEFAULTS.ticks, whole: true }, help),
    everyMs: every === undefined ? GATE_DEFAULTS.everyMs : (parseDuration(every) as number),
  };
}

/** A line of an input that cannot be taken: which one, what is wrong, what is allowed. */
export function badLine(line: number, fault: Fault): HeadgateError {
  const told = fault.path === "line" ? faultText(fault).replace(/^line: /, "") : faultText(fault);
  return new HeadgateError("input.invalid", `line ${line}: ${told}`, { faults: [{ ...fault, line }] });
}
