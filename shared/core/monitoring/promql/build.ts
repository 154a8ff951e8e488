import type { SyntaxNode } from "@lezer/common";
import { METRIC_NAME } from "../../kernel/labels.ts";
import { AGGREGATIONS, type Aggregate, type AggregateOp, type Call, type Expr, type Selector } from "./ast.ts";
import { climb, flatten } from "./chain.ts";
import { type Build, child, children, labelsAt, nameAt, numberAt, stringAt, textOf } from "./nodes.ts";
import { SIGNATURES } from "./signatures.ts";
import type { Matcher } from "./source.ts";

/** The expression that a node of the syntax tree stands for. */
export const buildExpr = (node: SyntaxNode, build: Build): Expr => climb(flatten(node, build), build, buildPrimary);

/** A node that is no operator and no postfix. */
function buildPrimary(node: SyntaxNode, build: Build): Expr {
  const { from, to } = node;
  switch (node.name) {
    case "NumberDurationLiteral":
      return { type: "number", value: numberAt(node, build), from, to };
    case "StringLiteral":
      return { type: "string", value: stringAt(node, build), from, to };
    case "ParenExpr":
      return { type: "paren", expr: inner(node, build), from, to };
    case "VectorSelector":
      return selector(node, build);
    case "AggregateExpr":
      return aggregate(node, build);
    case "FunctionCall":
      return call(node, build);
    default:
      build.fault(node, `"${textOf(node, build)}" is not supported here`);
      return { type: "number", value: Number.NaN, from, to };
  }
}

const isExpr = (node: SyntaxNode): boolean => node.type.is("Expr");

function inner(node: SyntaxNode, build: Build): Expr {
  return buildExpr(children(node).find(isExpr) ?? node, build);
}

function matcherOf(node: SyntaxNode, build: Build): Matcher {
  if (node.name === "QuotedLabelName") return { label: METRIC_NAME, op: "=", value: nameAt(node, build) };
  const [label, op, value] = children(node);
  return {
    label: label ? nameAt(label, build) : "",
    op: (op ? textOf(op, build) : "=") as Matcher["op"],
    value: value ? stringAt(value, build) : "",
  };
}

function selector(node: SyntaxNode, build: Build): Selector {
  const name = child(node, "Identifier");
  const braces = child(node, "LabelMatchers");
  const matchers = braces ? children(braces).map((one) => matcherOf(one, build)) : [];
  if (name && /^atan2$/i.test(textOf(name, build))) build.fault(name, `unexpected "${textOf(name, build)}"`);
  const named: Matcher[] = name ? [{ label: METRIC_NAME, op: "=", value: textOf(name, build) }] : [];
  const { from, to } = node;
  return { type: "selector", matchers: [...named, ...matchers], offsetMs: 0, from, to };
}

const argsOf = (node: SyntaxNode, build: Build): Expr[] =>
  children(child(node, "FunctionCallBody") ?? node)
    .filter(isExpr)
    .map((arg) => buildExpr(arg, build));

const WITH_PARAM: readonly string[] = ["topk", "bottomk", "limitk", "quantile", "count_values"];

function aggregate(node: SyntaxNode, build: Build): Expr {
  const { from, to } = node;
  const opNode = child(node, "AggregateOp") ?? node;
  const op = textOf(opNode, build).toLowerCase() as AggregateOp;
  if (!AGGREGATIONS.includes(op)) build.fault(opNode, `aggregation "${op}" is not supported`, AGGREGATIONS.join(", "));
  const modifier = child(node, "AggregateModifier");
  const args = argsOf(node, build);
  const wanted = WITH_PARAM.includes(op) ? 2 : 1;
  const [first, second] = args;
  const expr = wanted === 2 ? second : first;
  if (args.length !== wanted || !first || !expr) {
    build.fault(node, `wrong number of arguments for ${op}: expected ${wanted}, got ${args.length}`);
    return { type: "number", value: Number.NaN, from, to };
  }
  const plain: Aggregate = {
    type: "aggregate",
    op,
    grouping: labelsAt(modifier && child(modifier, "GroupingLabels"), build),
    without: modifier !== undefined && child(modifier, "Without") !== undefined,
    expr,
    from,
    to,
  };
  return wanted === 2 ? { ...plain, param: first } : plain;
}

function call(node: SyntaxNode, build: Build): Call {
  const nameNode = child(node, "FunctionIdentifier") ?? node;
  const name = textOf(nameNode, build);
  if (!Object.hasOwn(SIGNATURES, name))
    build.fault(nameNode, `function "${name}" is not supported (native histograms and experimental functions are not)`);
  return { type: "call", name, args: argsOf(node, build), from: node.from, to: node.to };
}
