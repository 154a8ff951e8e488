import { iso, type Millis } from "../../kernel/time.ts";
import { type CompiledFlag, compileFlag, type Served } from "./compile.ts";
import { attributeReader, compileOne, FALSE, TRUE, UNKNOWN, valuesOf } from "./condition.ts";
import { bucketIn, evaluate, type FlagFinder } from "./evaluate.ts";
import type { ConditionSpec, ConditionsSpec } from "./section.ts";
import type { Evaluation, FlagContext, FlagSnapshot } from "./types.ts";

/** How one rule (or what comes after them) ended for a context. */
export interface RuleLook {
  readonly rule: string;
  /** `passed_over`: one before it was served already. `out_of_time`: before its `from`, or after its `until`. */
  readonly outcome: "served" | "no_match" | "unknown" | "out_of_time" | "passed_over";
  readonly text: string;
}

/** Why a flag is what it is for somebody. */
export interface FlagWhy {
  readonly evaluation: Evaluation;
  readonly rules: readonly RuleLook[];
  /** Place among 100,000 by the flag's own key; absent: they have none. */
  readonly bucket?: number;
  /** Each a sentence, in order. */
  readonly steps: readonly string[];
}

const shown = (value: unknown): string => {
  const text = value === undefined ? "absent" : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

function conditionText(condition: ConditionSpec, context: FlagContext): string {
  const { attribute, op } = condition;
  const values = valuesOf(condition);
  const list = values.slice(0, 5).map(shown).join(", ");
  const more = values.length > 5 ? ` and ${values.length - 5} more` : "";
  return `${attribute} (${shown(attributeReader(attribute)(context))}) ${op.replaceAll("_", " ")} ${list}${more}`.trim();
}

const ANSWERS = { [TRUE]: "yes", [FALSE]: "no", [UNKNOWN]: "cannot be told" } as const;

function testText(one: ConditionsSpec[number], context: FlagContext): string {
  const answer = ANSWERS[compileOne(one)(context)];
  const text =
    "any" in one ? one.any.map((inner) => conditionText(inner, context)).join(" or ") : conditionText(one, context);
  return `${text}: ${answer}`;
}

function servedText(served: Served, context: FlagContext): string {
  if ("reason" in served)
    return served.variant === undefined ? (served.errorMessage ?? "") : `serves ${served.variant}`;
  const bucket = bucketIn(served, context);
  if (bucket === undefined) return served.missing.errorMessage ?? "";
  const parts = served.ends.map((end, index) => `${served.results[index]?.variant} below ${end}`);
  return `bucket ${bucket} of ${parts.join(", ")}`;
}

function rulesOf(flag: CompiledFlag, { spec }: FlagSnapshot, context: FlagContext, now: Millis): readonly RuleLook[] {
  let done = false;
  return flag.rules.map(({ name, test, from, until, served }, index) => {
    if (done) return { rule: name, outcome: "passed_over", text: "one before it applies" };
    if (now < from || now >= until) {
      const text = now < from ? `not before ${iso(from)}` : `over since ${iso(until)}`;
      return { rule: name, outcome: "out_of_time", text };
    }
    const conditions = (spec.rules[index]?.if ?? []).map((one) => testText(one, context)).join("; ");
    const found = test?.(context) ?? TRUE;
    if (found !== TRUE) return { rule: name, outcome: found === FALSE ? "no_match" : "unknown", text: conditions };
    done = true;
    const text = [conditions || "applies to everybody", servedText(served, context)].join("; ");
    return { rule: name, outcome: "served", text };
  });
}

function above(flag: CompiledFlag, context: FlagContext, now: Millis, find: FlagFinder): string | undefined {
  const { fixed } = flag;
  if (fixed) {
    const why = fixed.metadata["why"];
    return `it is switched off (${fixed.metadata["cause"] ?? fixed.errorMessage}${why === undefined ? "" : `: ${why}`})`;
  }
  if (now < flag.from) return `its time begins at ${iso(flag.from)}`;
  if (now >= flag.until) return `its time was over at ${iso(flag.until)}`;
  for (const { flag: name, variants } of flag.requires) {
    const required = find(name);
    const variant = required && evaluate(required, context, now, find, 1).variant;
    if (variant === undefined || !variants.has(variant))
      return `it requires ${name} to serve ${[...variants].join(" or ")}, which serves ${variant ?? "nothing"}`;
  }
  return undefined;
}

/** Evaluates a flag and tells each step of it. What it answers is what {@link evaluate} answers. */
export function explainEvaluation(
  name: string,
  snapshot: FlagSnapshot,
  context: FlagContext,
  now: Millis,
  find: FlagFinder,
): FlagWhy {
  const flag = compileFlag(name, snapshot.spec, snapshot.live);
  const evaluation = evaluate(flag, context, now, find);
  const stopped = above(flag, context, now, find);
  const rules = stopped === undefined ? rulesOf(flag, snapshot, context, now) : [];
  const phase = flag.phases.findLast(({ from }) => from <= now);
  const rest =
    stopped === undefined && phase && !rules.some(({ outcome }) => outcome === "served")
      ? [`${rules.length > 0 ? "no rule applies; " : ""}${servedText(phase.served, context)}`]
      : [];
  const { variant, reason, errorCode, errorMessage } = evaluation;
  const end =
    errorCode === undefined
      ? `${name} serves ${variant} (${reason})`
      : `${name} serves nothing: ${errorMessage} (${errorCode}); the caller's own default counts`;
  const split = [...flag.rules.map(({ served }) => served), ...flag.phases.map(({ served }) => served)].find(
    (one) => "seed" in one,
  );
  const bucket = split && bucketIn(split, context);
  return {
    evaluation,
    rules,
    ...(bucket === undefined ? {} : { bucket }),
    steps: [
      ...(stopped === undefined ? [] : [stopped]),
      ...rules.map(({ rule, outcome, text }) => `${rule}: ${outcome.replaceAll("_", " ")}: ${text}`),
      ...rest,
      end,
    ],
  };
}
