import type { Millis } from "../../kernel/time.ts";
import { BUCKETS, seedOf } from "./bucket.ts";
import { attributeReader, compileConditions, type Test } from "./condition.ts";
import type { FlagSpec, RolloutSpec, SharesSpec } from "./section.ts";
import { segmentsOf } from "./split.ts";
import type { Evaluation, FlagContext, FlagErrorCode, FlagLive, FlagMetadata, FlagReason, FlagType } from "./types.ts";
import {
  defaultVariant,
  flagType,
  offVariant,
  rolledVariant,
  sharesAt,
  variantNames,
  variantValue,
} from "./variants.ts";

/** People divided by their bucket. */
export interface CompiledSplit {
  /** The attribute their bucket comes from; undefined: the targeting key. */
  readonly read: ((context: FlagContext) => unknown) | undefined;
  readonly seed: number;
  readonly ends: readonly number[];
  readonly results: readonly Evaluation[];
  /** Whoever has no key. */
  readonly missing: Evaluation;
}

/** What is served: the same to all, or by bucket. */
export type Served = Evaluation | CompiledSplit;

export interface CompiledRule {
  readonly name: string;
  /** Undefined: everybody. */
  readonly test: Test | undefined;
  readonly from: Millis;
  readonly until: Millis;
  readonly served: Served;
}

/** A flag ready to be evaluated; every result it can end in is made already. */
export interface CompiledFlag {
  readonly name: string;
  readonly type: FlagType;
  /** What it ends in whoever asks and whenever. */
  readonly fixed: Evaluation | undefined;
  readonly from: Millis;
  readonly until: Millis;
  /** Before its time and after. */
  readonly outside: Evaluation;
  readonly requires: readonly {
    readonly flag: string;
    readonly variants: ReadonlySet<string>;
    readonly unmet: Evaluation;
  }[];
  readonly rules: readonly CompiledRule[];
  /** Whoever no rule has spoken for: the last phase that has begun. */
  readonly phases: readonly { readonly from: Millis; readonly served: Served }[];
  readonly invalid: Evaluation;
}

const NO_METADATA: FlagMetadata = Object.freeze({});

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const one of Object.values(value)) frozen(one);
  return value;
}

/** A result that is an error: the caller's own default counts. */
export const errorResult = (errorCode: FlagErrorCode, errorMessage: string): Evaluation =>
  frozen({ reason: "ERROR", errorCode, errorMessage, metadata: NO_METADATA });

function result(spec: FlagSpec, variant: string | undefined, reason: FlagReason, metadata = NO_METADATA): Evaluation {
  const value = variant === undefined ? undefined : variantValue(spec, variant);
  if (variant === undefined || value === undefined)
    return errorResult("PARSE_ERROR", `the flag has no variant ${JSON.stringify(variant ?? "default")}`);
  return frozen({ value, variant, reason, metadata });
}

function split(
  name: string,
  spec: FlagSpec,
  shares: SharesSpec,
  {
    bucketBy = spec.bucketBy,
    whole,
    metadata,
  }: { bucketBy?: string | undefined; whole: FlagReason; metadata?: FlagMetadata },
): Served {
  const segments = segmentsOf(shares, variantNames(spec), defaultVariant(spec));
  const [only] = segments;
  if (!only) return errorResult("PARSE_ERROR", "the shares give nothing to anybody");
  // Everybody gets the same: nobody needs a key.
  if (only.end === BUCKETS) return result(spec, only.variant, whole, metadata);
  const byKey = bucketBy === "targetingKey";
  return {
    read: byKey ? undefined : attributeReader(bucketBy),
    seed: seedOf(spec.salt, name),
    ends: segments.map(({ end }) => end),
    results: segments.map(({ variant }) => result(spec, variant, "SPLIT", metadata)),
    missing: byKey
      ? errorResult("TARGETING_KEY_MISSING", `flag ${name} is given to a share of all: it needs a targetingKey`)
      : errorResult(
          "INVALID_CONTEXT",
          `flag ${name} is divided by attribute ${bucketBy}, which is absent or is no text`,
        ),
  };
}

type Phases = readonly { readonly from: Millis; readonly served: Served }[];

function phasesOf(name: string, spec: FlagSpec, live: FlagLive): Phases {
  const rest = defaultVariant(spec);
  const { rollout } = spec;
  const dynamic = spec.rules.length > 0 || rollout !== undefined || spec.from !== undefined || spec.until !== undefined;
  const plain = result(spec, rest, dynamic || live.shares ? "DEFAULT" : "STATIC");
  const always = Number.NEGATIVE_INFINITY;
  if (live.shares) return [{ from: always, served: split(name, spec, live.shares, { whole: "DEFAULT" }) }];
  if (!rollout || rollout.steps) return [{ from: always, served: plain }];
  const serve = (part: Pick<RolloutSpec, "percent" | "shares">): Served => {
    const to = rolledVariant(spec);
    const shares =
      part.shares ?? (to !== undefined && rest !== undefined ? sharesAt(to, rest, part.percent ?? 0) : undefined);
    return shares ? split(name, spec, shares, { whole: "DEFAULT" }) : plain;
  };
  if (!rollout.schedule) return [{ from: always, served: serve(rollout) }];
  const steps = [...rollout.schedule].sort((a, b) => a.at - b.at);
  return [{ from: always, served: plain }, ...steps.map((one) => ({ from: one.at, served: serve(one) }))];
}

function fixedOf(spec: FlagSpec, { killed }: FlagLive): Evaluation | undefined {
  if (killed) return result(spec, offVariant(spec), "DISABLED", { cause: killed.cause, why: killed.why });
  if (!spec.enabled) return result(spec, offVariant(spec), "DISABLED", { cause: "disabled" });
  return undefined;
}

/** Makes a flag ready. Total: what check.ts would have refused ends in PARSE_ERROR when it is asked for. */
export function compileFlag(name: string, spec: FlagSpec, live: FlagLive = {}): CompiledFlag {
  const off = (cause: string): Evaluation => result(spec, offVariant(spec), "DISABLED", { cause });
  const rules = spec.rules.map((rule, index): CompiledRule => {
    const ruleName = rule.name ?? `rules[${index}]`;
    const metadata = { rule: ruleName };
    const served =
      typeof rule.serve === "string"
        ? result(spec, rule.serve, "TARGETING_MATCH", metadata)
        : split(name, spec, rule.serve.rollout, { bucketBy: rule.serve.bucketBy, whole: "TARGETING_MATCH", metadata });
    return {
      name: ruleName,
      test: compileConditions(rule.if),
      from: rule.from ?? Number.NEGATIVE_INFINITY,
      until: rule.until ?? Number.POSITIVE_INFINITY,
      served,
    };
  });
  return {
    name,
    type: flagType(spec),
    fixed: fixedOf(spec, live),
    from: spec.from ?? Number.NEGATIVE_INFINITY,
    until: spec.until ?? Number.POSITIVE_INFINITY,
    outside: off("schedule"),
    requires: spec.requires.map(({ flag, variants }) => ({
      flag,
      variants: new Set(variants),
      unmet: off(`requires ${flag}`),
    })),
    rules,
    phases: phasesOf(name, spec, live),
    invalid: errorResult("INVALID_CONTEXT", "the context is no map of attributes"),
  };
}
