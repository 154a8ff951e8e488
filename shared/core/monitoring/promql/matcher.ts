import { RE2JS } from "re2js";
import { type Labels, labelOf, METRIC_NAME } from "../../kernel/labels.ts";
import type { Matcher } from "./source.ts";

/** Distinct expressions kept compiled; when full, the oldest goes. */
const CACHE = 1_000;
const compiled = new Map<string, RE2JS>();

/**
 * Compiles an RE2 expression that must match a whole value; a dot matches line breaks as well (Prometheus 3; label values
 * seldom have any). Throws what re2js throws for an expression that is none.
 */
export function wholeRegex(expression: string): RE2JS {
  const known = compiled.get(expression);
  if (known) return known;
  const regex = RE2JS.compile(`^(?s:${expression})$`);
  const [oldest] = compiled.keys();
  if (compiled.size >= CACHE && oldest !== undefined) compiled.delete(oldest);
  compiled.set(expression, regex);
  return regex;
}

const SPECIAL = /[\\^$.|?*+()[\]{}]/;
/** More values than this are not spelled out: a set of them is no longer the cheaper way. */
const ALTERNATIVES = 1_000;

/** Values of `a|b|c`, the usual expression by far, which needs no regex engine. */
function alternatives(expression: string): ReadonlySet<string> | undefined {
  const values = expression.split("|");
  return values.length <= ALTERNATIVES && values.every((value) => !SPECIAL.test(value)) ? new Set(values) : undefined;
}

/** Tests kept with what they have found, and values kept of each. */
const TESTS = 200;
const VALUES = 5_000;
const tests = new Map<string, (value: string) => boolean>();

/** The test of an expression; the same one round after round, because rules ask about the same values again and again. */
function regexTest(expression: string): (value: string) => boolean {
  const known = tests.get(expression);
  if (known) return known;
  const test = newTest(expression);
  const [oldest] = tests.keys();
  if (tests.size >= TESTS && oldest !== undefined) tests.delete(oldest);
  tests.set(expression, test);
  return test;
}

function newTest(expression: string): (value: string) => boolean {
  const values = alternatives(expression);
  if (values) return (value) => values.has(value);
  if (expression === ".*") return () => true;
  if (expression === ".+") return (value) => value !== "";
  const regex = wholeRegex(expression);
  // The engine is the expensive part.
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    if (known.size >= VALUES) known.clear();
    const result = regex.matches(value);
    known.set(value, result);
    return result;
  };
}

/** Whether a label value satisfies the matcher; an absent label has the value "". Regular expressions are RE2 and match whole values. */
export function compileMatcher(matcher: Matcher): (value: string) => boolean {
  const wanted = matcher.value;
  switch (matcher.op) {
    case "=":
      return (value) => value === wanted;
    case "!=":
      return (value) => value !== wanted;
    case "=~":
      return regexTest(wanted);
    case "!~": {
      const test = regexTest(wanted);
      return (value) => !test(value);
    }
  }
}

/** One test for all matchers. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ label: matcher.label, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ label, test }) => test(labelOf(labels, label)));
}

/** The metric name that a selector asks for by equality. */
export const metricOf = (matchers: readonly Matcher[]): string | undefined =>
  matchers.find(({ label, op }) => label === METRIC_NAME && op === "=")?.value;
