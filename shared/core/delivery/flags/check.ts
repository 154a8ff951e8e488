import { iso } from "../../kernel/time.ts";
import { valuesOf } from "./condition.ts";
import type { ConditionSpec, FlagSpec, FlagsConfig, RolloutSpec, SharesSpec } from "./section.ts";
import { parseSemver } from "./semver.ts";
import { defaultVariant, flagType, offVariant, rolledVariant, typeOf, variantNames } from "./variants.ts";

/** One thing that the schema cannot see and that would not work. */
export interface FlagFault {
  /** Inside `flags`, e.g. ["checkout", "rules", 0, "serve"]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}

type Fault = (path: FlagFault["path"], message: string, value: unknown, allowed: string, works?: true) => void;

/** Names that are addresses of the API. */
const TAKEN: ReadonlySet<string> = new Set(["snapshot", "exposures"]);
/** Shares are written with three decimals. */
const TOLERANCE = 0.0005;

function checkShares(spec: FlagSpec, shares: SharesSpec, path: FlagFault["path"], fault: Fault): void {
  const names = variantNames(spec);
  for (const name of Object.keys(shares))
    if (!names.includes(name)) fault([...path, name], "is no variant of the flag", name, names.join(", "));
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 100) > TOLERANCE)
    fault(path, `the shares are ${Math.round(sum * 1_000) / 1_000} % together`, shares, "shares of 100 % together");
}

function checkCondition(condition: ConditionSpec, path: FlagFault["path"], fault: Fault): void {
  const { op } = condition;
  const wrong = (message: string, allowed: string) => fault(path, message, valuesOf(condition), allowed);
  if (["gt", "gte", "lt", "lte"].includes(op) && !valuesOf(condition).every((one) => typeof one === "number"))
    wrong(`${op} compares numbers`, "numbers");
  if (op.startsWith("semver_") && !valuesOf(condition).every((one) => parseSemver(String(one)) !== undefined))
    wrong(`${op} compares versions`, "versions such as 2.4.0 or 3.0.0-rc.1");
  if (/^(starts_with|ends_with)$/.test(op) && !valuesOf(condition).every((one) => typeof one === "string"))
    wrong(`${op} looks at text`, "texts");
}

function checkRules(spec: FlagSpec, path: FlagFault["path"], fault: Fault): void {
  const names = variantNames(spec);
  const last = spec.rules.length - 1;
  spec.rules.forEach((rule, index) => {
    const at = [...path, "rules", index];
    if (typeof rule.serve !== "string") checkShares(spec, rule.serve.rollout, [...at, "serve", "rollout"], fault);
    else if (!names.includes(rule.serve))
      fault([...at, "serve"], "is no variant of the flag", rule.serve, names.join(", "));
    if (rule.from !== undefined && rule.until !== undefined && rule.from >= rule.until)
      fault([...at, "until"], "is not after from", iso(rule.until), `later than ${iso(rule.from)}`);
    if (rule.if.length === 0 && rule.from === undefined && rule.until === undefined && index < last)
      fault(
        [...at, "if"],
        "applies to everybody: the rules below are never reached",
        [],
        "conditions, or the last place",
        true,
      );
    rule.if.forEach((one, place) => {
      const here = [...at, "if", place];
      if (!("any" in one)) checkCondition(one, here, fault);
      else one.any.forEach((inner, within) => void checkCondition(inner, [...here, "any", within], fault));
    });
  });
}

function checkRollout(spec: FlagSpec, rollout: RolloutSpec, path: FlagFault["path"], fault: Fault): void {
  const names = variantNames(spec);
  const at = [...path, "rollout"];
  if (rollout.to !== undefined && !names.includes(rollout.to))
    fault([...at, "to"], "is no variant of the flag", rollout.to, names.join(", "));
  const inPercent =
    rollout.percent !== undefined ||
    rollout.steps !== undefined ||
    rollout.schedule?.some((one) => one.percent !== undefined);
  if (inPercent && rolledVariant(spec) === undefined)
    fault([...at, "to"], "has to say which variant is rolled out", undefined, names.join(", "));
  if (inPercent && rolledVariant(spec) !== undefined && rolledVariant(spec) === defaultVariant(spec))
    fault([...at, "to"], "is the default variant, which everybody has already", rollout.to, "another variant");
  if (rollout.shares) checkShares(spec, rollout.shares, [...at, "shares"], fault);
  rollout.schedule?.forEach((phase, index) => {
    const here = [...at, "schedule", index];
    if ((phase.percent === undefined) === (phase.shares === undefined))
      fault(here, "has both percent and shares, or neither", phase, "exactly one of percent and shares");
    if (phase.shares) checkShares(spec, phase.shares, [...here, "shares"], fault);
    const before = rollout.schedule?.[index - 1];
    if (before && before.at >= phase.at)
      fault([...here, "at"], "is not after the one before", iso(phase.at), `later than ${iso(before.at)}`);
  });
  rollout.steps?.forEach((step, index) => {
    const before = rollout.steps?.[index - 1];
    if (before !== undefined && step <= before)
      fault([...at, "steps", index], "steps rise", step, `more than ${before}`);
  });
}

function checkOne(name: string, spec: FlagSpec, fault: Fault): void {
  const path = [name];
  const names = variantNames(spec);
  if (TAKEN.has(name)) fault(path, "this name is an address of the API", name, "any other name");
  if (names.length === 0) {
    fault([...path, "variants"], "there is no variant", spec.variants, "at least one");
    return;
  }
  const type = flagType(spec);
  for (const [variant, value] of Object.entries(spec.variants))
    if (typeOf(value) !== type)
      fault([...path, "variants", variant], `is ${typeOf(value)}, the flag is ${type}`, value, type);
  const rest = defaultVariant(spec);
  if (rest === undefined) fault([...path, "default"], "is missing", undefined, names.join(", "));
  for (const key of ["default", "off"] as const) {
    const named = spec[key];
    if (named !== undefined && !names.includes(named))
      fault([...path, key], "is no variant of the flag", named, names.join(", "));
  }
  if (spec.from !== undefined && spec.until !== undefined && spec.from >= spec.until)
    fault([...path, "until"], "is not after from", iso(spec.until), `later than ${iso(spec.from)}`);
  if (
    spec.killWhen &&
    names.length > 1 &&
    offVariant(spec) === rest &&
    spec.off === undefined &&
    !names.includes("off")
  )
    fault([...path, "off"], "killed, it serves its default variant", rest, "off: the variant that is safe", true);
  checkRules(spec, path, fault);
  if (spec.rollout) checkRollout(spec, spec.rollout, path, fault);
}

function checkRequires(flags: FlagsConfig, name: string, fault: Fault): void {
  flags[name]?.requires.forEach(({ flag, variants }, index) => {
    const path = [name, "requires", index];
    const other = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
    if (!other) {
      fault([...path, "flag"], "there is no such flag", flag, "a name under flags");
      return;
    }
    const names = variantNames(other);
    for (const variant of variants)
      if (!names.includes(variant)) fault([...path, "variants"], `is no variant of ${flag}`, variant, names.join(", "));
    if (leadsTo(flags, flag, name, new Set()))
      fault(
        [...path, "flag"],
        "requires this flag itself, directly or through others",
        flag,
        "flags that do not need each other",
      );
  });
}

function leadsTo(flags: FlagsConfig, from: string, to: string, seen: Set<string>): boolean {
  if (from === to) return true;
  if (seen.has(from) || !Object.hasOwn(flags, from)) return false;
  seen.add(from);
  return (flags[from]?.requires ?? []).some(({ flag }) => leadsTo(flags, flag, to, seen));
}

/** Semantic faults (and warnings) of all flags, in the order of the file. Empty where they can work. */
export function checkFlags(flags: FlagsConfig): readonly FlagFault[] {
  const faults: FlagFault[] = [];
  for (const [name, spec] of Object.entries(flags)) {
    const fault: Fault = (path, message, value, allowed, works) =>
      void faults.push({ path, message, value, allowed, ...(works ? { works } : {}) });
    checkOne(name, spec, fault);
    checkRequires(flags, name, fault);
  }
  return faults;
}
