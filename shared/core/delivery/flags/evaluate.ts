import type { Millis } from "../../kernel/time.ts";
import { bucketOf } from "./bucket.ts";
import { type CompiledFlag, type CompiledSplit, errorResult, type Served } from "./compile.ts";
import { TRUE } from "./condition.ts";
import type { Evaluation, FlagContext, FlagType } from "./types.ts";

/** Finds a flag by its name; undefined: there is none. */
export type FlagFinder = (name: string) => CompiledFlag | undefined;

/** Flags that need flags that need flags: deeper is a mistake, and ends as unmet. */
const MOST_DEEP = 10;

/** What a share is divided by: text, or a number or a boolean as text. Undefined: nothing that names anybody. */
function keyOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The bucket of whoever is asked about, 0 … 99,999; undefined: they have no key. */
export function bucketIn(split: CompiledSplit, context: FlagContext): number | undefined {
  const key = keyOf(split.read ? split.read(context) : context["targetingKey"]);
  return key === undefined ? undefined : bucketOf(key, split.seed);
}

function served(one: Served, context: FlagContext): Evaluation {
  if ("reason" in one) return one;
  const bucket = bucketIn(one, context);
  if (bucket === undefined) return one.missing;
  const { ends, results } = one;
  let index = 0;
  while (index < ends.length - 1 && bucket >= (ends[index] as number)) index += 1;
  return results[index] as Evaluation;
}

/**
 * What a flag is for a context at an instant: the same on every machine. Pure, total, and without allocation: the result is one that was
 * made when the flag was compiled. Without `find`, flags that are required count as unmet.
 *
 * @param now epoch ms; schedules go by it
 */
export function evaluate(
  flag: CompiledFlag,
  context: FlagContext,
  now: Millis,
  find?: FlagFinder,
  deep = 0,
): Evaluation {
  if (flag.fixed !== undefined) return flag.fixed;
  if (typeof context !== "object" || context === null) return flag.invalid;
  if (now < flag.from || now >= flag.until) return flag.outside;
  for (const { flag: name, variants, unmet } of flag.requires) {
    const required = deep < MOST_DEEP ? find?.(name) : undefined;
    if (!required) return unmet;
    const { variant } = evaluate(required, context, now, find, deep + 1);
    if (variant === undefined || !variants.has(variant)) return unmet;
  }
  const { rules, phases } = flag;
  for (let index = 0; index < rules.length; index += 1) {
    const rule = rules[index] as (typeof rules)[number];
    if (now < rule.from || now >= rule.until) continue;
    if (rule.test === undefined || rule.test(context) === TRUE) return served(rule.served, context);
  }
  let phase = phases.length - 1;
  while (phase > 0 && now < (phases[phase] as (typeof phases)[number]).from) phase -= 1;
  return served((phases[phase] as (typeof phases)[number]).served, context);
}

const MISMATCH: Readonly<Record<FlagType, Readonly<Record<FlagType, Evaluation>>>> = (() => {
  const types = ["boolean", "string", "number", "object"] as const;
  const of = (wanted: FlagType) =>
    Object.fromEntries(types.map((is) => [is, errorResult("TYPE_MISMATCH", `the flag is ${is}, not ${wanted}`)]));
  return Object.fromEntries(types.map((wanted) => [wanted, of(wanted)])) as never;
})();

/** What there is to say of a flag that does not exist. */
export const notFound = (name: string): Evaluation =>
  errorResult("FLAG_NOT_FOUND", `there is no flag ${JSON.stringify(name.slice(0, 200))}`);

/** {@link evaluate} of a flag by name, as a value of one type. */
export function evaluateAs(
  find: FlagFinder,
  name: string,
  type: FlagType,
  context: FlagContext,
  now: Millis,
): Evaluation {
  const flag = find(name);
  if (!flag) return notFound(name);
  return flag.type === type ? evaluate(flag, context, now, find) : MISMATCH[type][flag.type];
}
