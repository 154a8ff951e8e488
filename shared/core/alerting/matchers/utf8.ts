import { goUnquoted } from "../../kernel/go-quote.ts";
import type { Matcher, MatchOp } from "../types.ts";
import { type Lexer, lexer, type Token, type TokenKind } from "./lex.ts";
import { newMatcher, type ParsedMatchers } from "./result.ts";

type Taken = { readonly ok: true; readonly token: Token } | { readonly ok: false; readonly message: string };

const END = "end of input";

/** The next token if it is one of these. */
function look(tokens: Lexer, ...kinds: readonly TokenKind[]): Taken {
  const found = tokens.peek();
  if (!found.ok) return found;
  if (found.token.kind === "end") return { ok: false, message: END };
  if (kinds.includes(found.token.kind)) return found;
  const { from, to, text } = found.token;
  return { ok: false, message: `${from}:${to}: unexpected ${text}` };
}

function take(tokens: Lexer, ...kinds: readonly TokenKind[]): Taken {
  const found = look(tokens, ...kinds);
  if (found.ok) tokens.next();
  return found;
}

const failed = (message: string) => ({ ok: false, message }) as const;

/** A name or value: as it is, or what is in the quotes. */
function textOf(
  token: Token,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly message: string } {
  const value = token.kind === "quoted" ? goUnquoted(token.text) : token.text;
  return value === undefined ? failed(`${token.from}:${token.to}: ${token.text}: invalid input`) : { ok: true, value };
}

function matcher(
  tokens: Lexer,
): { readonly ok: true; readonly matcher: Matcher } | { readonly ok: false; readonly message: string } {
  const name = take(tokens, "quoted", "unquoted");
  if (!name.ok) return failed(`${name.message}: expected label name`);
  const readName = textOf(name.token);
  if (!readName.ok) return readName;
  const op = take(tokens, "=", "!=", "=~", "!~");
  if (!op.ok) return failed(`${op.message}: expected an operator such as '=', '!=', '=~' or '!~'`);
  const value = take(tokens, "unquoted", "quoted");
  if (!value.ok) return failed(`${value.message}: expected label value`);
  const readValue = textOf(value.token);
  if (!readValue.ok) return readValue;
  const made = newMatcher(readName.value, op.token.kind as MatchOp, readValue.value);
  return made.ok ? made : failed(`failed to create matcher: ${made.message}`);
}

/** Matchers in the UTF-8 syntax: any name and value in quotes, many without. Source: matcher/parse/parse.go. */
export function parseUtf8Matchers(text: string): ParsedMatchers {
  const tokens = lexer(text);
  const matchers: Matcher[] = [];
  const first = tokens.peek();
  if (!first.ok) return first;
  if (first.token.kind === "end") return { ok: true, matchers };
  const open = take(tokens, "{").ok;
  const start = tokens.peek();
  if (!start.ok) return start;
  for (let more = start.token.kind !== "end" && start.token.kind !== "}"; more; ) {
    const read = matcher(tokens);
    if (!read.ok) return read;
    matchers.push(read.matcher);
    const after = look(tokens, ",", "}");
    if (!after.ok) {
      if (after.message !== END) return failed(`${after.message}: expected a comma or close brace`);
      break;
    }
    if (after.token.kind === "}") break;
    tokens.next();
    const following = look(tokens, "}", "unquoted", "quoted");
    if (!following.ok && following.message !== END)
      return failed(`${following.message}: expected a matcher or close brace after comma`);
    more = following.ok && following.token.kind !== "}";
  }
  const close = take(tokens, "}");
  if (open && !close.ok) return failed(`0:${tokens.column()}: ${close.message}: expected close brace`);
  if (!open && close.ok) return failed(`0:${tokens.column()}: }: expected opening brace`);
  const end = tokens.next();
  if (!end.ok) return failed(`${end.message}: expected end of input`);
  if (end.token.kind !== "end")
    return failed(`${end.token.from}:${end.token.to}: ${end.token.text}: expected end of input`);
  return { ok: true, matchers };
}
