import { byBytes } from "../../kernel/byte-order.ts";
import { goQuoted } from "../../kernel/go-quote.ts";
import { type Labels, labelOf } from "../../kernel/labels.ts";
import type { Matcher, MatchOp } from "../types.ts";
import { wholeValue } from "./regex.ts";
import { simpleTest } from "./simple.ts";
import { isReserved } from "./space.ts";

/** Results kept of each expression: the engine is the expensive part, and the same values come again and again. */
const VALUES = 2_000;
/** Longer values are not kept. */
const LONGEST_KEPT = 256;
/** Tests kept by their expression. */
const TESTS = 2_000;
const tests = new Map<string, (value: string) => boolean>();

function newTest(expression: string): (value: string) => boolean {
  const simple = simpleTest(expression);
  if (!simple) return engineTest(expression);
  let engine: ((value: string) => boolean) | undefined;
  return (value) => {
    if (!value.includes("\n")) return simple(value);
    engine ??= engineTest(expression);
    return engine(value);
  };
}

function engineTest(expression: string): (value: string) => boolean {
  const regex = wholeValue(expression);
  // Matchers are checked where they are read; what gets here all the same matches nothing.
  if (!regex.ok) return () => false;
  const known = new Map<string, boolean>();
  return (value) => {
    if (value.length > LONGEST_KEPT) return regex.matches(value);
    const before = known.get(value);
    if (before !== undefined) return before;
    const result = regex.matches(value);
    if (known.size >= VALUES) known.clear();
    known.set(value, result);
    return result;
  };
}

/** The test of a RE2 expression against whole values. */
export function regexTest(expression: string): (value: string) => boolean {
  const known = tests.get(expression);
  if (known) return known;
  const test = newTest(expression);
  const [oldest] = tests.keys();
  if (tests.size >= TESTS && oldest !== undefined) tests.delete(oldest);
  tests.set(expression, test);
  return test;
}

/** Whether a label's value satisfies the matcher; an absent label has the value "". */
export function compileMatcher({ op, value: wanted }: Matcher): (value: string) => boolean {
  if (op === "=") return (value) => value === wanted;
  if (op === "!=") return (value) => value !== wanted;
  const test = regexTest(wanted);
  return op === "=~" ? test : (value) => !test(value);
}

/** One test for all matchers (AND); without any it holds for every label set. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const compiled = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return (labels) => {
    for (const { name, test } of compiled) if (!test(labelOf(labels, name))) return false;
    return true;
  };
}

const openMetricsEscaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

/** A matcher as upstream prints it: `a="b"`; the name in quotes only where it has a reserved character. */
export function matcherText({ name, op, value }: Matcher): string {
  return Array.from(name).some(isReserved)
    ? `${goQuoted(name)}${op}${goQuoted(value)}`
    : `${name}${op}"${openMetricsEscaped(value)}"`;
}

/** Matchers as a route's key has them: `{a="b",c=~"d"}`. */
export const matchersText = (matchers: readonly Matcher[]): string => `{${matchers.map(matcherText).join(",")}}`;

const OPS: readonly MatchOp[] = ["=", "!=", "=~", "!~"];

/** Upstream's order of matchers: name, value, operator. */
export const byMatcher = (a: Matcher, b: Matcher): number =>
  byBytes(a.name, b.name) || byBytes(a.value, b.value) || OPS.indexOf(a.op) - OPS.indexOf(b.op);

/** Whether both say the same, whatever their order. */
export function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const sorted = (matchers: readonly Matcher[]) => matchersText([...matchers].sort(byMatcher));
  return a.length === b.length && sorted(a) === sorted(b);
}
