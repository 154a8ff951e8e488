import type { ConditionSpec, ConditionsSpec } from "./section.ts";
import { compareSemver, parseSemver, type Semver } from "./semver.ts";
import type { FlagContext } from "./types.ts";

/** A condition's answer. Unknown: the attribute is absent, or is nothing that can be compared so; a rule needs what is true. */
export const TRUE = 1;
export const FALSE = 0;
export const UNKNOWN = -1;
export type Truth = typeof TRUE | typeof FALSE | typeof UNKNOWN;

export type Test = (context: FlagContext) => Truth;

const truth = (holds: boolean): Truth => (holds ? TRUE : FALSE);

/** Reads an attribute: the one so named, else member by member along its dots. Null counts as absent. */
export function attributeReader(attribute: string): (context: FlagContext) => unknown {
  const path = attribute.split(".");
  if (path.length === 1)
    return (context) => (Object.hasOwn(context, attribute) ? (context[attribute] ?? undefined) : undefined);
  return (context) => {
    if (Object.hasOwn(context, attribute)) return context[attribute] ?? undefined;
    let value: unknown = context;
    for (const name of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    return value ?? undefined;
  };
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** One of the values, or for a list: one of its members is. */
function among(values: ReadonlySet<unknown>, negated: boolean): (value: unknown) => Truth {
  return (value) => {
    if (isScalar(value)) return truth(values.has(value) !== negated);
    if (!Array.isArray(value)) return UNKNOWN;
    return truth(value.some((one) => values.has(one)) !== negated);
  };
}

function compared(values: readonly unknown[], holds: (value: number, limit: number) => boolean) {
  const limits = values.filter((one) => typeof one === "number");
  return (value: unknown): Truth =>
    typeof value === "number" && !Number.isNaN(value) ? truth(limits.some((limit) => holds(value, limit))) : UNKNOWN;
}

function written(values: readonly unknown[], holds: (value: string, part: string) => boolean) {
  const parts = values.map(String);
  return (value: unknown): Truth =>
    typeof value === "string" ? truth(parts.some((part) => holds(value, part))) : UNKNOWN;
}

function versioned(values: readonly unknown[], holds: (order: number) => boolean) {
  const limits = values.map((one) => parseSemver(String(one))).filter((one): one is Semver => one !== undefined);
  return (value: unknown): Truth => {
    const version = typeof value === "string" ? parseSemver(value) : undefined;
    return version ? truth(limits.some((limit) => holds(compareSemver(version, limit)))) : UNKNOWN;
  };
}

function contains(values: readonly unknown[]): (value: unknown) => Truth {
  const text = written(values, (value, part) => value.includes(part));
  const member = among(new Set(values), false);
  return (value) => (Array.isArray(value) ? member(value) : text(value));
}

function judge(op: ConditionSpec["op"], values: readonly unknown[]): (value: unknown) => Truth {
  switch (op) {
    case "in":
    case "eq":
      return among(new Set(values), false);
    case "not_in":
    case "neq":
      return among(new Set(values), true);
    case "gt":
      return compared(values, (value, limit) => value > limit);
    case "gte":
      return compared(values, (value, limit) => value >= limit);
    case "lt":
      return compared(values, (value, limit) => value < limit);
    case "lte":
      return compared(values, (value, limit) => value <= limit);
    case "starts_with":
      return written(values, (value, part) => value.startsWith(part));
    case "ends_with":
      return written(values, (value, part) => value.endsWith(part));
    case "contains":
      return contains(values);
    case "semver_eq":
      return versioned(values, (order) => order === 0);
    case "semver_gt":
      return versioned(values, (order) => order > 0);
    case "semver_gte":
      return versioned(values, (order) => order >= 0);
    case "semver_lt":
      return versioned(values, (order) => order < 0);
    case "semver_lte":
      return versioned(values, (order) => order <= 0);
    case "exists":
      return () => TRUE;
    case "not_exists":
      return () => FALSE;
  }
}

/** Values of a condition, however many it was written with. */
export const valuesOf = ({ value, values }: ConditionSpec): readonly (string | number | boolean)[] =>
  values ?? (value === undefined ? [] : [value]);

export function compileCondition(spec: ConditionSpec): Test {
  const read = attributeReader(spec.attribute);
  const holds = judge(spec.op, valuesOf(spec));
  const absent = absentTruth(spec);
  return (context) => {
    const value = read(context);
    if (value === undefined) return absent;
    const found = holds(value);
    return found === UNKNOWN ? absent : found;
  };
}

function absentTruth({ op, absent }: ConditionSpec): Truth {
  if (op === "exists") return FALSE;
  if (op === "not_exists") return TRUE;
  return absent === undefined ? UNKNOWN : truth(absent);
}

function compileAny(specs: readonly ConditionSpec[]): Test {
  const tests = specs.map(compileCondition);
  return (context) => {
    let found: Truth = FALSE;
    for (const test of tests) {
      const one = test(context);
      if (one === TRUE) return TRUE;
      if (one === UNKNOWN) found = UNKNOWN;
    }
    return found;
  };
}

export const compileOne = (one: ConditionsSpec[number]): Test =>
  "any" in one ? compileAny(one.any) : compileCondition(one);

/** Whether all hold. Undefined: there are none, everybody is meant. */
export function compileConditions(conditions: ConditionsSpec): Test | undefined {
  const tests = conditions.map(compileOne);
  if (tests.length <= 1) return tests[0];
  return (context) => {
    let found: Truth = TRUE;
    for (const test of tests) {
      const one = test(context);
      if (one === FALSE) return FALSE;
      if (one === UNKNOWN) found = UNKNOWN;
    }
    return found;
  };
}
