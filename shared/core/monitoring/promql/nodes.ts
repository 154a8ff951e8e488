import type { SyntaxNode } from "@lezer/common";
import type { DurationMs } from "../../kernel/time.ts";
import type { Span } from "./ast.ts";
import { LONGEST_MS, numberOf, unquote } from "./literals.ts";

/** The text being read and what was found wrong with it so far. */
export interface Build {
  readonly text: string;
  readonly fault: (span: Span, message: string, allowed?: string) => void;
}

export const textOf = (node: Span, build: Build): string => build.text.slice(node.from, node.to);

/** Children without comments, which may stand anywhere. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.name !== "LineComment") list.push(child);
  return list;
}

export const child = (node: SyntaxNode, name: string): SyntaxNode | undefined => node.getChild(name) ?? undefined;

/** The number of a literal node, whose sign is read apart from it. */
export function numberAt(node: SyntaxNode, build: Build): number {
  const text = textOf(node, build).replace(/^[+-]\s*/, "");
  const value = numberOf(text);
  if (value === undefined || /[a-zA-Z_0-9.]/.test(build.text[node.to] ?? ""))
    build.fault(node, `bad number or duration syntax: "${text}"`);
  return value ?? Number.NaN;
}

export function stringAt(node: SyntaxNode, build: Build): string {
  const value = unquote(textOf(node, build));
  if (value === undefined)
    build.fault(node, "the string is not closed or has an unknown escape", "Go escapes, or backticks");
  return value ?? "";
}

/** Milliseconds of a duration node, which holds a number of seconds or a duration; whole milliseconds, as the engine counts. */
export function durationAt(node: SyntaxNode, build: Build): DurationMs {
  const literal = child(node, "NumberDurationLiteralInDurationContext");
  if (!literal) {
    build.fault(node, "duration expressions are not supported", "a duration such as 5m, or a number of seconds");
    return 1;
  }
  const seconds = numberOf(textOf(literal, build)) ?? Number.NaN;
  const ms = Math.trunc(Math.round(seconds * 1e9) / 1e6);
  if (!(Math.abs(ms) <= LONGEST_MS)) {
    build.fault(literal, "duration out of range", "at most 292y");
    return 1;
  }
  return ms;
}

/** A label's name, quoted or not. */
export function nameAt(node: SyntaxNode, build: Build): string {
  const literal = node.name === "QuotedLabelName" ? child(node, "StringLiteral") : undefined;
  return literal ? stringAt(literal, build) : textOf(node, build);
}

export const labelsAt = (node: SyntaxNode | undefined, build: Build): string[] =>
  node ? children(node).map((one) => nameAt(one, build)) : [];
