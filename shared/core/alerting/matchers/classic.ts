import type { Matcher, MatchOp } from "../types.ts";
import { newMatcher, type ParsedMatcher, type ParsedMatchers } from "./result.ts";
import { trimSpace } from "./space.ts";

/** Name and operator with the white space that RE2's `\s` knows (no vertical tab). What follows is the value. */
const HEAD = /[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*/y;
const TRAILING = "\t\n\f\r ";

/**
 * One matcher in the classic syntax: name, operator, and a value that runs to the end and may be in quotes. In it `\"`, `\n` and `\\` are
 * escapes; any other backslash stands for itself. Source: pkg/labels/parse.go.
 */
export function parseClassicMatcher(text: string): ParsedMatcher {
  HEAD.lastIndex = 0;
  const head = HEAD.exec(text);
  if (!head) return { ok: false, message: `bad matcher format: ${text}` };
  let end = text.length;
  while (end > head[0].length && TRAILING.includes(text[end - 1] as string)) end -= 1;
  const written = text.slice(head[0].length, end);
  const quoted = written.startsWith('"');
  const raw = quoted ? written.slice(1) : written;
  const stray = { ok: false, message: `matcher value contains unescaped double quote: ${written}` } as const;
  let closed = !quoted;
  let value = "";
  let escaped = false;
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw[at] as string;
    const last = at === raw.length - 1;
    if (escaped) {
      escaped = false;
      value += character === "n" ? "\n" : character === '"' || character === "\\" ? character : `\\${character}`;
    } else if (character === "\\" && !last) escaped = true;
    else if (character === '"') {
      if (closed || !last) return stray;
      closed = true;
    } else value += character;
  }
  if (!closed) return stray;
  return newMatcher(head[1] as string, head[2] as MatchOp, value);
}

/** The parts between commas that are not within quotes. */
function split(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let inside = false;
  let escaped = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === ",") {
      if (inside) continue;
      parts.push(text.slice(from, at));
      from = at + 1;
    } else if (character === '"') {
      if (escaped) escaped = false;
      else inside = !inside;
    } else escaped = character === "\\" ? !escaped : false;
  }
  const rest = trimSpace(text.slice(from));
  return rest === "" ? parts : [...parts, rest];
}

/** Matchers separated by commas, with or without braces around. Source: pkg/labels/parse.go. */
export function parseClassicMatchers(text: string): ParsedMatchers {
  const open = text.startsWith("{") ? text.slice(1) : text;
  const matchers: Matcher[] = [];
  for (const part of split(open.endsWith("}") ? open.slice(0, -1) : open)) {
    const parsed = parseClassicMatcher(part);
    if (!parsed.ok) return parsed;
    matchers.push(parsed.matcher);
  }
  return { ok: true, matchers };
}
