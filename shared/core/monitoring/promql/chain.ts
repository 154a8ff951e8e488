import type { SyntaxNode } from "@lezer/common";
import type { BinaryOp, Expr, Matching, Span } from "./ast.ts";
import { type Build, child, children, labelsAt, textOf } from "./nodes.ts";
import { postfix } from "./postfix.ts";

/**
 * The grammar package reads every expression, but binds some of them in another way than Prometheus: `a + b offset 5m` becomes
 * `(a + b) offset 5m`, and `-1 ^ 2` is `(-1) ^ 2`. So a tree is laid out flat, as it stands in the text, and put together again by
 * Prometheus's own precedences (promql/parser/generated_parser.y).
 */
export type Link =
  | { readonly kind: "operand"; readonly node: SyntaxNode; readonly span: Span }
  | { readonly kind: "sign"; readonly op: "+" | "-"; readonly span: Span }
  | { readonly kind: "postfix"; readonly node: SyntaxNode }
  | {
      readonly kind: "operator";
      readonly op: BinaryOp;
      readonly bool: boolean;
      readonly matching?: Matching;
      readonly span: Span;
    };

/** Links in the order of the text. */
export function flatten(node: SyntaxNode, build: Build): Link[] {
  const links: Link[] = [];
  const visit = (at: SyntaxNode): void => {
    const parts = children(at);
    const [first] = parts;
    const last = parts.at(-1);
    switch (at.name) {
      case "BinaryExpr":
        if (first) visit(first);
        links.push(operator(parts.slice(1, -1), build));
        if (last) visit(last);
        return;
      case "UnaryExpr":
        if (first) links.push({ kind: "sign", op: textOf(first, build) as "+" | "-", span: first });
        if (last) visit(last);
        return;
      case "OffsetExpr":
      case "StepInvariantExpr":
      case "MatrixSelector":
      case "SubqueryExpr":
      case "AnchoredExpr":
      case "SmoothedExpr":
        if (first) visit(first);
        links.push({ kind: "postfix", node: at });
        return;
      case "NumberDurationLiteral":
        visitNumber(at, links, build);
        return;
      default:
        links.push({ kind: "operand", node: at, span: at });
    }
  };
  visit(node);
  return links;
}

function visitNumber(node: SyntaxNode, links: Link[], build: Build): void {
  const text = textOf(node, build);
  const sign = text[0];
  if (sign !== "+" && sign !== "-") {
    links.push({ kind: "operand", node, span: node });
    return;
  }
  links.push({ kind: "sign", op: sign, span: { from: node.from, to: node.from + 1 } });
  links.push({ kind: "operand", node, span: { from: node.to - text.slice(1).trimStart().length, to: node.to } });
}

function operator(parts: readonly SyntaxNode[], build: Build): Link {
  const [opNode] = parts;
  const op = opNode ? textOf(opNode, build).toLowerCase() : "";
  if (opNode && (op === "</" || op === ">/"))
    build.fault(opNode, `operator "${op}" is not supported (native histograms)`);
  const fill = parts.find(({ name }) => name === "FillModifier");
  if (fill) build.fault(fill, "fill modifiers are not supported");
  const clause = parts.find(({ name }) => name === "MatchingModifierClause");
  const span = { from: opNode?.from ?? 0, to: opNode?.to ?? 0 };
  const bool = parts.some(({ name }) => name === "BoolModifier");
  const plain = { kind: "operator", op: op as BinaryOp, bool, span } as const;
  return clause ? { ...plain, matching: matchingOf(clause, build) } : plain;
}

function matchingOf(clause: SyntaxNode, build: Build): Matching {
  const [labels, include] = clause.getChildren("GroupingLabels");
  const left = child(clause, "GroupLeft") !== undefined;
  const right = child(clause, "GroupRight") !== undefined;
  const plain: Matching = {
    on: child(clause, "On") !== undefined,
    labels: labelsAt(labels, build),
    include: labelsAt(include, build),
  };
  return left || right ? { ...plain, group: left ? "left" : "right" } : plain;
}

const LEVEL: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  ">": 3,
  "<": 3,
  ">=": 3,
  "<=": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};
/** A sign binds like a multiplication: `-a ^ b` is `-(a ^ b)`. */
const SIGN_LEVEL = 5;

type Primary = (node: SyntaxNode, build: Build) => Expr;

/** Puts the links together by precedence. */
export function climb(links: readonly Link[], build: Build, primary: Primary): Expr {
  let at = 0;
  const nothing: Expr = { type: "number", value: Number.NaN, from: 0, to: 0 };

  const operand = (): Expr => {
    const link = links[at++];
    if (link?.kind === "sign") return signed(link.op, link.span, expression(SIGN_LEVEL + 1));
    if (link?.kind !== "operand") return nothing;
    let expr = unsigned(primary(link.node, build), link.span);
    for (let next = links[at]; next?.kind === "postfix"; next = links[++at]) expr = postfix(expr, next.node, build);
    return expr;
  };

  const expression = (lowest: number): Expr => {
    let left = operand();
    for (let link = links[at]; link?.kind === "operator" && LEVEL[link.op] >= lowest; link = links[at]) {
      at += 1;
      const right = expression(link.op === "^" ? LEVEL[link.op] : LEVEL[link.op] + 1);
      const { op, bool, span: opSpan } = link;
      const plain = { type: "binary", op, left, right, bool, opSpan, from: left.from, to: right.to } as const;
      left = link.matching ? { ...plain, matching: link.matching } : plain;
    }
    return left;
  };
  return expression(0);
}

/** The node of a number reaches from its sign, which is a link of its own. */
const unsigned = (expr: Expr, span: Span): Expr => (expr.type === "number" ? { ...expr, from: span.from } : expr);

function signed(op: "+" | "-", span: Span, expr: Expr): Expr {
  if (expr.type === "number") return { ...expr, value: op === "-" ? -expr.value : expr.value, from: span.from };
  return { type: "unary", op, expr, from: span.from, to: expr.to };
}
