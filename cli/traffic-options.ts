import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { POLICIES } from "../shared/core/traffic/section.ts";
import { policyNamed } from "../shared/core/traffic/simulate/policy-names.ts";
import type { Balancing } from "../shared/core/traffic/simulate/setting.ts";
import type { PolicyName } from "../shared/core/traffic/types.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";

export const POLICY: Option = {
  name: "policy",
  value: "NAME",
  about: `${POLICIES.join(", ")}; words may be joined by - as well`,
};
export const SET: Option = {
  name: "set",
  value: "KEY=VALUE,...",
  about:
    "settings of the policy and around it, as in headgate.yaml: balanceFactor=125, choices=all, table=ring, panic=0",
};
export const TABLE_SIZE: Option = { name: "table-size", value: "PRIME", about: "entries of Maglev's table (65537)" };
export const TAGS: Option = { name: "tags", value: "A,B", about: "data affinity tags of the request" };
export const SEED: Option = { name: "seed", value: "N", about: "what is drawn at random depends on it (default: 1)" };

/** Parts of a list, without blanks. */
export const listed = (given: string | undefined): readonly string[] =>
  (given ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

interface Range {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
  readonly whole?: boolean;
}

/** @throws UsageError where it is no number or out of range */
export function numberOf(options: Given, name: string, range: Range, help: string): number {
  const given = text(options, name);
  if (given === undefined) return range.otherwise;
  const value = given.trim() === "" ? Number.NaN : Number(given.replaceAll("_", ""));
  const { least, most, whole = false } = range;
  if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(
    `--${name} ${JSON.stringify(given)} is no ${whole ? "whole " : ""}number ${least}..${most}`,
    help,
  );
}

/** A number that need not be given. */
export const optionalNumber = (
  options: Given,
  name: string,
  range: Omit<Range, "otherwise">,
  help: string,
): number | undefined =>
  text(options, name) === undefined ? undefined : numberOf(options, name, { ...range, otherwise: range.least }, help);

/** The seed; any whole number. */
export const seedOf = (options: Given, help: string): number =>
  numberOf(options, "seed", { least: 0, most: 2 ** 32 - 1, otherwise: 1, whole: true }, help);

/**
 * Policies that were named: one, several with commas, or "all".
 *
 * @throws UsageError naming those there are
 */
export function policiesOf(given: string | undefined, help: string): readonly PolicyName[] {
  const names = listed(given);
  if (names.length === 0 || (names.length === 1 && names[0] === "all")) return POLICIES;
  return names.map((name) => {
    const policy = policyNamed(name);
    if (policy) return policy;
    throw new UsageError(`--policy ${JSON.stringify(name)} is none of ${POLICIES.join(", ")}`, help);
  });
}

/** Settings that were given, by name. */
function settingsOf(options: Given, help: string): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const one of listed(text(options, "set"))) {
    const split = one.indexOf("=");
    if (split < 1) throw new UsageError(`--set ${JSON.stringify(one)} is no KEY=VALUE`, help);
    settings[
      one
        .slice(0, split)
        .trim()
        .replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase())
    ] = one.slice(split + 1);
  }
  const [size, unit] = [text(options, "table-size"), text(options, "unit")];
  if (size !== undefined) settings["tableSize"] = size;
  if (unit !== undefined) settings["responseUnit"] = unit;
  return settings;
}

/**
 * The balancing of each policy with the settings of a command line.
 *
 * @throws HeadgateError `input.invalid` with every setting that is wrong
 */
export async function balancingsFrom(
  policies: readonly PolicyName[],
  options: Given,
  help: string,
): Promise<readonly Balancing[]> {
  const settings = settingsOf(options, help);
  const { balancingOf } = await import("../shared/core/traffic/simulate/setting.ts");
  return policies.map((policy) => {
    const read = balancingOf(policy, settings);
    if (read.ok) return read.balancing;
    const faults = read.faults.map(({ path, message, value, allowed }) => ({
      path: path.join(".") || "--set",
      message,
      ...(value === undefined ? {} : { value }),
      ...(allowed === undefined ? {} : { allowed }),
    }));
    const count = faults.length === 1 ? "a fault" : "faults";
    throw new HeadgateError("input.invalid", `the settings of ${policy} have ${count}`, { faults });
  });
}
