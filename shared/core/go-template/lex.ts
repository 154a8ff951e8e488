import { TemplateFault } from "./ast.ts";
import { goUnquote } from "./go-string.ts";

export type TokenType =
  | "text"
  | "open"
  | "close"
  | "word"
  | "field"
  | "variable"
  | "number"
  | "char"
  | "string"
  | "dot"
  | "other"
  | "("
  | ")"
  | "|"
  | ","
  | ":="
  | "="
  | "end"
  | "error";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly pos: number;
  /** Blanks stand before it. */
  readonly spaced: boolean;
}

const BLANK = /[ \t\r\n]/;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]+)?|0[bB][01_]+|0[oO][0-7_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)/y;
const WORD = /[\p{L}\p{Nd}_]+/uy;

/**
 * Splits a template as Go's text/template does: text outside `{{` `}}`, tokens inside. `{{- ` and ` -}}` have trimmed the text beside
 * them; comments are gone. What is no token ends the list with an error: what stands before it may be at fault already.
 */
export function lex(input: string): readonly Token[] {
  const tokens: Token[] = [];
  try {
    lexAll(input, tokens);
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    tokens.push({ type: "error", text: error.message, pos: error.pos, spaced: true });
  }
  return tokens;
}

/** @throws TemplateFault with the place of what is no token */
function lexAll(input: string, tokens: Token[]): void {
  let pos = 0;
  let trimNext = false;
  const text = (from: number, to: number, trimEnd: boolean) => {
    let piece = input.slice(from, to);
    if (trimNext) piece = piece.replace(/^[ \t\r\n]+/, "");
    if (trimEnd) piece = piece.replace(/[ \t\r\n]+$/, "");
    if (piece !== "") tokens.push({ type: "text", text: piece, pos: from, spaced: false });
  };
  while (true) {
    const open = input.indexOf("{{", pos);
    if (open === -1) {
      text(pos, input.length, false);
      tokens.push({ type: "end", text: "", pos: input.length, spaced: false });
      return;
    }
    const trimEnd = input[open + 2] === "-" && BLANK.test(input[open + 3] ?? "");
    text(pos, open, trimEnd);
    trimNext = false;
    const inside = open + (trimEnd ? 4 : 2);
    if (input.startsWith("/*", trimEnd ? inside : open + 2)) {
      const end = input.indexOf("*/", inside + 2);
      if (end === -1) throw new TemplateFault("unclosed comment", open);
      const after = input.slice(end + 2, end + 6);
      trimNext = /^[ \t\r\n]-\}\}/.test(after);
      if (!trimNext && !after.startsWith("}}")) throw new TemplateFault("comment ends before closing delimiter", open);
      pos = end + (trimNext ? 6 : 4);
      continue;
    }
    tokens.push({ type: "open", text: "{{", pos: open, spaced: false });
    const closed = lexAction(input, inside, tokens);
    trimNext = closed.trim;
    pos = closed.pos;
  }
}

/** Tokens of one action; answers where the text after it starts. */
function lexAction(input: string, from: number, tokens: Token[]): { readonly pos: number; readonly trim: boolean } {
  let pos = from;
  let depth = 0;
  const push = (type: TokenType, text: string, spaced: boolean) => {
    tokens.push({ type, text, pos, spaced });
    pos += text.length;
  };
  while (true) {
    const start = pos;
    while (BLANK.test(input[pos] ?? "")) pos += 1;
    const spaced = pos > start;
    const trim = spaced && input.startsWith("-}}", pos);
    if (trim || input.startsWith("}}", pos)) {
      if (depth > 0) throw new TemplateFault("unclosed left paren", pos);
      tokens.push({ type: "close", text: "}}", pos, spaced });
      return { pos: pos + (trim ? 3 : 2), trim };
    }
    const char = input[pos];
    if (char === undefined) throw new TemplateFault("unclosed action", from);
    const two = input.slice(pos, pos + 2);
    if (two === ":=") push(":=", two, spaced);
    else if (char === "=" || char === "|" || char === ",") push(char, char, spaced);
    else if (char === "(") {
      depth += 1;
      push("(", "(", spaced);
    } else if (char === ")") {
      depth -= 1;
      if (depth < 0) throw new TemplateFault("unexpected right paren", pos);
      push(")", ")", spaced);
    } else if (char === '"' || char === "`" || char === "'")
      push(char === "'" ? "char" : "string", quoted(input, pos), spaced);
    else if (char === "$") push("variable", `$${wordAt(input, pos + 1)}`, spaced);
    else if (/[0-9+-]/.test(char) || /^\.[0-9]/.test(two)) push("number", numberAt(input, pos), spaced);
    else if (char === ".") {
      const word = wordAt(input, pos + 1);
      push(word === "" ? "dot" : "field", `.${word}`, spaced);
      if (word === "") checkEnd(input, pos);
    } else {
      const word = wordAt(input, pos);
      if (word !== "") {
        push("word", word, spaced);
        checkEnd(input, pos);
      } else if (/[!-~]/.test(char)) push("other", char, spaced);
      else throw new TemplateFault(`unrecognized character in action: ${named(input, pos)}`, pos);
    }
    const type = tokens.at(-1)?.type;
    if (type === "field" || type === "variable") checkEnd(input, pos);
  }
}

function wordAt(input: string, pos: number): string {
  WORD.lastIndex = pos;
  return WORD.exec(input)?.[0] ?? "";
}

function numberAt(input: string, pos: number): string {
  NUMBER.lastIndex = pos;
  const text = NUMBER.exec(input)?.[0] ?? input[pos] ?? "";
  const rest = wordAt(input, pos + text.length);
  if (text === "" || rest !== "")
    throw new TemplateFault(
      `bad number syntax: ${JSON.stringify(input.slice(pos, pos + text.length + (rest.length || 1)))}`,
      pos,
    );
  return text;
}

/** What may stand right behind a name. */
function checkEnd(input: string, pos: number): void {
  const next = input[pos];
  if (next !== undefined && !/[ \t\r\n.,|:)(]/.test(next) && !input.startsWith("}}", pos))
    throw new TemplateFault(`bad character ${named(input, pos)}`, pos);
}

const named = (input: string, pos: number): string => {
  const point = input.codePointAt(pos) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")} '${String.fromCodePoint(point)}'`;
};

/** The whole literal with its quotes, escapes checked. */
function quoted(input: string, pos: number): string {
  const quote = input[pos] as string;
  const what =
    quote === "`"
      ? "unterminated raw quoted string"
      : quote === "'"
        ? "unterminated character constant"
        : "unterminated quoted string";
  for (let at = pos + 1; at < input.length; at += 1) {
    const char = input[at];
    if (char === quote) {
      const text = input.slice(pos, at + 1);
      if (quote !== "`" && goUnquote(text) === undefined)
        throw new TemplateFault(quote === "'" ? `malformed character constant: ${text}` : "invalid syntax", pos);
      return text;
    }
    if (quote === "`") continue;
    if (char === "\n") break;
    if (char === "\\") at += 1;
  }
  throw new TemplateFault(what, pos);
}
