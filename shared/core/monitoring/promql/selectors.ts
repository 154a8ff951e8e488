import type { DurationMs } from "../../kernel/time.ts";
import type { AtModifier, Expr, Selector } from "./ast.ts";
import { LOOKBACK_MS } from "./context.ts";
import type { Matcher } from "./source.ts";

/** What an expression reads. */
export interface Selection {
  readonly matchers: readonly Matcher[];
  /** How far before the evaluation time (less the offset) samples count: the range or the lookback, and subqueries around it. */
  readonly rangeMs: DurationMs;
  /** Offsets of the selector and of subqueries around it; negative: into the future. */
  readonly offsetMs: DurationMs;
  /** Absent: relative to the evaluation time. */
  readonly at?: AtModifier;
}

/** Every selector of an expression, in the order of the text, with how far back it reaches. */
export function selectorsOf(expr: Expr, options: { readonly lookbackMs?: DurationMs } = {}): Selection[] {
  const lookbackMs = options.lookbackMs ?? LOOKBACK_MS;
  const found: Selection[] = [];

  const take = (selector: Selector, ownMs: DurationMs, around: Around): void => {
    // `@` forgets the subqueries around it: it says itself when.
    const rangeMs = selector.at ? ownMs : ownMs + around.rangeMs;
    const offsetMs = selector.at ? selector.offsetMs : selector.offsetMs + around.offsetMs;
    const at = selector.at ?? around.at;
    found.push({ matchers: selector.matchers, rangeMs, offsetMs, ...(at ? { at } : {}) });
  };

  const visit = (node: Expr, around: Around): void => {
    switch (node.type) {
      case "number":
      case "string":
        return;
      case "selector":
        take(node, lookbackMs, around);
        return;
      case "matrix":
        take(node.selector, node.rangeMs, around);
        return;
      case "subquery": {
        const at = node.at ?? around.at;
        const base = node.at ? NOTHING : around;
        const inside = { rangeMs: base.rangeMs + node.rangeMs, offsetMs: base.offsetMs + node.offsetMs };
        visit(node.expr, at ? { ...inside, at } : inside);
        return;
      }
      case "paren":
      case "unary":
        visit(node.expr, around);
        return;
      case "binary":
        visit(node.left, around);
        visit(node.right, around);
        return;
      case "aggregate":
        if (node.param) visit(node.param, around);
        visit(node.expr, around);
        return;
      case "call":
        for (const arg of node.args) visit(arg, around);
    }
  };
  visit(expr, NOTHING);
  return found;
}

interface Around {
  readonly rangeMs: DurationMs;
  readonly offsetMs: DurationMs;
  readonly at?: AtModifier;
}

const NOTHING: Around = { rangeMs: 0, offsetMs: 0 };
