import * as v from "valibot";
import { parseInstant } from "../../kernel/instant.ts";
import { duration, either, integer, isText, number } from "../../kernel/schema.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../kernel/time.ts";

/** Names of flags reach addresses, labels and other people's code. */
export const FlagName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/,
    "letters, digits, '.', '_' and '-', starting with a letter or digit, at most 200",
  ),
);
const VariantName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "name of a variant, at most 100"));
const Attribute = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const Named = v.pipe(v.string(), v.minLength(1), v.maxLength(900));
const Instant = v.pipe(
  v.string("instant with a zone, such as 2027-03-01T08:00:00Z"),
  v.check((text) => parseInstant(text)?.zoned === true, "instant with a zone, such as 2027-03-01T08:00:00Z"),
  v.transform((text) => (parseInstant(text) as { at: number }).at),
);

const isJson = (value: unknown): boolean => {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "boolean" || typeof value === "string") return true;
  if (Array.isArray(value)) return value.every((one) => one === null || isJson(one));
  return (
    typeof value === "object" && value !== null && Object.values(value).every((one) => one === null || isJson(one))
  );
};
/** What a variant stands for. */
const Value = v.pipe(v.unknown(), v.check(isJson, "true, false, text, a finite number, a map or a list"));

const OPERATORS = [
  "in",
  "not_in",
  "eq",
  "neq",
  "gt",
  "gte",
  "lt",
  "lte",
  "starts_with",
  "ends_with",
  "contains",
  "semver_eq",
  "semver_gt",
  "semver_gte",
  "semver_lt",
  "semver_lte",
  "exists",
  "not_exists",
] as const;
const Scalar = v.union([v.string(), v.number(), v.boolean()]);

const Condition = v.pipe(
  v.strictObject({
    /** Of the evaluation context; "a.b" is member b of a where there is no attribute "a.b" itself. */
    attribute: Attribute,
    op: v.picklist(OPERATORS),
    /** Any of these. `value` is the same for one. */
    values: v.optional(v.pipe(v.array(Scalar), v.minLength(1), v.maxLength(10_000))),
    value: v.optional(Scalar),
    /** What it is where the attribute is absent, or cannot be compared. Default: neither true nor false, so that the rule does not apply. */
    absent: v.optional(v.boolean()),
  }),
  v.check(
    ({ op, values, value }) =>
      op === "exists" || op === "not_exists"
        ? values === undefined && value === undefined
        : (values === undefined) !== (value === undefined),
    "exactly one of value and values (exists and not_exists: neither)",
  ),
);
/** All of the list hold; of those under `any` one is enough. */
const Conditions = v.pipe(
  v.array(
    either(
      (input) => typeof input === "object" && input !== null && "any" in input,
      v.strictObject({ any: v.pipe(v.array(Condition), v.minLength(1), v.maxLength(100)) }),
      Condition,
    ),
  ),
  v.maxLength(100),
);
/** Percent by variant, 100 together. */
const Shares = v.record(VariantName, number(0, 100));
const percent = number(0, 100);

const Rule = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  if: v.optional(Conditions, []),
  /** It applies from then, and until then. */
  from: v.optional(Instant),
  until: v.optional(Instant),
  serve: either(isText, VariantName, v.strictObject({ rollout: Shares, bucketBy: v.optional(Attribute) })),
});

/** How a gated roll-out is judged; the words are those of releases. */
const Gate = v.strictObject({
  rule: v.optional(v.picklist(["sequential", "threshold"]), "sequential"),
  alpha: v.optional(number(0.0001, 0.5), 0.05),
  /** Intervals of the default variant before it began, that jitter is measured from. */
  history: v.optional(integer(0, 120), 60),
  /** Counts that show too little: stay at the step, or go on as time says. No data at all always holds. */
  insufficient: v.optional(v.picklist(["hold", "continue"]), "hold"),
  errorRatio: v.optional(number(1, 1000), 1.5),
  p99Ratio: v.optional(number(1, 1000), 1.2),
  looks: v.optional(integer(1, 1000), 1),
});

/** Whom no rule has spoken for. Exactly one of percent, shares, schedule and steps. */
const Rollout = v.pipe(
  v.strictObject({
    /** The variant that is rolled out; whoever is not among them gets the default. */
    to: v.optional(VariantName),
    percent: v.optional(percent),
    shares: v.optional(Shares),
    /** From each instant on; before the first nobody. */
    schedule: v.optional(
      v.pipe(
        v.array(v.strictObject({ at: Instant, percent: v.optional(percent), shares: v.optional(Shares) })),
        v.minLength(1),
        v.maxLength(100),
      ),
    ),
    /** Percent, rising, each for `hold` and as long as the gate lets it; begun by hand. */
    steps: v.optional(v.pipe(v.array(number(0.001, 100)), v.minLength(1), v.maxLength(20))),
    every: v.optional(duration(SECOND_MS, HOUR_MS), "30s"),
    hold: v.optional(duration(0, 30 * DAY_MS), "5m"),
    gate: v.optional(Gate, {}),
  }),
  v.check(
    ({ percent, shares, schedule, steps }) =>
      [percent, shares, schedule, steps].filter((one) => one !== undefined).length === 1,
    "exactly one of percent, shares, schedule and steps",
  ),
);

/** Alerts by name, or by labels that all have to be equal. */
const AlertTie = either(
  isText,
  v.pipe(
    Named,
    v.transform((alertname): Readonly<Record<string, string>> => ({ alertname })),
  ),
  v.pipe(
    v.record(v.string(), v.string()),
    v.check((labels) => Object.keys(labels).length > 0, "at least one label"),
  ),
);
const KillWhen = v.pipe(
  v.strictObject({
    /** Circuits by name; with "*" at the end all whose names begin so. */
    breakers: v.optional(v.pipe(v.array(Named), v.maxLength(20)), []),
    alerts: v.optional(v.pipe(v.array(AlertTie), v.maxLength(20)), []),
    /** It stays killed for so long after the last cause is over. */
    hold: v.optional(duration(0, DAY_MS), "5m"),
  }),
  v.check(({ breakers, alerts }) => breakers.length + alerts.length > 0, "a breaker or an alert"),
);

/** One flag. */
export const FlagSection = v.strictObject({
  description: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
  /** Default: what the variants are. */
  type: v.optional(v.picklist(["boolean", "string", "number", "object"])),
  enabled: v.optional(v.boolean(), true),
  variants: v.optional(v.record(VariantName, Value), { on: true, off: false }),
  /** Served where no rule applies. Default: "off" where there is one so named. */
  default: v.optional(VariantName),
  /** Served while it is disabled, killed or out of its time. Default: "off" where there is one so named, else the default. */
  off: v.optional(VariantName),
  /** Divides people anew. Default: none. */
  salt: v.optional(v.pipe(v.string(), v.maxLength(200)), ""),
  /** Attribute whose value decides who is among a share. */
  bucketBy: v.optional(Attribute, "targetingKey"),
  /** On from then, and until then. */
  from: v.optional(Instant),
  until: v.optional(Instant),
  /** Off unless these flags serve one of these variants to the same context. */
  requires: v.optional(
    v.pipe(
      v.array(v.strictObject({ flag: FlagName, variants: v.pipe(v.array(VariantName), v.minLength(1)) })),
      v.maxLength(10),
    ),
    [],
  ),
  /** The first that applies is served. */
  rules: v.optional(v.pipe(v.array(Rule), v.maxLength(200)), []),
  rollout: v.optional(Rollout),
  killWhen: v.optional(KillWhen),
});

/** Section `flags` of headgate.yaml: by name. */
export const FlagsSection = v.record(FlagName, FlagSection);

export type FlagSpec = v.InferOutput<typeof FlagSection>;
export type FlagsConfig = Readonly<Record<string, FlagSpec>>;
export type ConditionSpec = v.InferOutput<typeof Condition>;
export type ConditionsSpec = FlagSpec["rules"][number]["if"];
export type RolloutSpec = NonNullable<FlagSpec["rollout"]>;
export type SharesSpec = Readonly<Record<string, number>>;
export type AlertTieSpec = Readonly<Record<string, string>>;
