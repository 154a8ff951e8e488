import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import type { Fault } from "../../kernel/errors.ts";
import type { Expr, Span } from "./ast.ts";
import { buildExpr } from "./build.ts";
import { check } from "./check.ts";
import type { Build } from "./nodes.ts";

/** Longest expression, in characters, and its deepest nesting: the engine is recursive, and a text must not decide how far. */
const LONGEST = 100_000;
const DEEPEST = 1_000;
/** Faults told of one expression. */
const MOST_FAULTS = 10;

export type Parsed =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads and type-checks a PromQL expression (Prometheus 3; `holt_winters` of Prometheus 2 as well). What the evaluator does not know
 * (native histograms, duration expressions, fill, anchored, smoothed, info, limit_ratio) is a fault with line and column, never an
 * expression that quietly selects nothing.
 */
export function parsePromql(text: string): Parsed {
  const faults: Fault[] = [];
  const build: Build = {
    text,
    fault: (span, message, allowed) => {
      if (faults.length < MOST_FAULTS) faults.push(faultAt(text, span, message, allowed));
    },
  };
  if (text.length > LONGEST) build.fault({ from: 0, to: 0 }, "the expression is too long", `${LONGEST} characters`);
  else if (text.trim() === "") build.fault({ from: 0, to: 0 }, "no expression found");
  else {
    const tree = parser.parse(withKnownNames(text));
    const broken = firstBreak(tree);
    const root = tree.topNode.firstChild;
    if (broken === "deep") build.fault({ from: 0, to: 0 }, "the expression is nested too deeply", `${DEEPEST} levels`);
    else if (broken) build.fault(broken, syntaxMessage(text, broken));
    else if (root) {
      // Comments are nodes beside the expression.
      const top = tree.topNode.getChild("Expr") ?? root;
      const expr = buildExpr(top, build);
      if (faults.length === 0) check(expr, build);
      if (faults.length === 0) return { ok: true, expr };
    }
  }
  if (faults.length === 0) build.fault({ from: 0, to: 0 }, "no expression found");
  return { ok: false, faults };
}

const LEXEME = /"(?:[^\\"\n]|\\.)*"|'(?:[^\\'\n]|\\.)*'|`[^`]*`|#[^\n]*|[a-zA-Z_:][a-zA-Z0-9_:]*(?=\s*\()/g;

/**
 * The grammar has no `holt_winters`, which Prometheus 2 rule files still call. It reads the name of a function of the same length in
 * its place (what it sees is a call; the name is taken from the original text), so that all places stay right.
 */
const withKnownNames = (text: string): string =>
  text.includes("holt_winters")
    ? text.replace(LEXEME, (word) => (word === "holt_winters" ? "day_of_month" : word))
    : text;

/** The first place where the text is no PromQL, or that it is too deep. */
function firstBreak(tree: Tree): SyntaxNode | "deep" | undefined {
  let depth = 0;
  let found: SyntaxNode | "deep" | undefined;
  tree.iterate({
    enter: (node) => {
      depth += 1;
      if (found) return false;
      if (node.type.isError) found = node.node;
      else if (depth > DEEPEST) found = "deep";
      return undefined;
    },
    leave: () => {
      depth -= 1;
    },
  });
  return found;
}

const WORD = /^(?:[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9.]+[a-z]*|"[^"]*"?|'[^']*'?|`[^`]*`?|[=!<>~]+|[\s\S])/;

function syntaxMessage(text: string, at: Span): string {
  const rest = text.slice(at.from);
  const blank = /^\s*/.exec(rest)?.[0].length ?? 0;
  const word = WORD.exec(rest.slice(blank))?.[0];
  if (word === undefined) return "unexpected end of the expression";
  const before = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*$/.exec(text.slice(0, at.from))?.[1];
  if (word === "(" && before) return `"(" not expected after "${before}": unknown function "${before}"`;
  return `unexpected ${JSON.stringify(word)}`;
}

/** 1-based line and column of an offset. */
function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function faultAt(text: string, span: Span, message: string, allowed?: string): Fault {
  const blank = /^\s*/.exec(text.slice(span.from))?.[0].length ?? 0;
  const from = span.to > span.from + blank ? span.from + blank : span.from;
  const value = text.slice(from, Math.min(span.to, from + 60));
  return {
    path: "",
    message,
    ...placeOf(text, from),
    ...(value === "" ? {} : { value }),
    ...(allowed === undefined ? {} : { allowed }),
  };
}
