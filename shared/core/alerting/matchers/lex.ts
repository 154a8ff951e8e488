import { isReserved, isSpace } from "./space.ts";

export type TokenKind = "{" | "}" | "," | "=" | "!=" | "=~" | "!~" | "quoted" | "unquoted" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Columns, counted in characters from 0, of its start and behind its end. */
  readonly from: number;
  readonly to: number;
}

export type Lexed = { readonly ok: true; readonly token: Token } | { readonly ok: false; readonly message: string };

/** Tokens of the UTF-8 syntax, one after the other; faults in upstream's words. Source: matcher/parse/lexer.go. */
export interface Lexer {
  peek(): Lexed;
  next(): Lexed;
  /** Column behind the token that was taken last. */
  column(): number;
}

export function lexer(input: string): Lexer {
  const characters = Array.from(input);
  let at = 0;
  let ahead: Lexed | undefined;
  let behind = 0;

  const token = (kind: TokenKind, from: number, to: number): Lexed => ({
    ok: true,
    token: { kind, text: characters.slice(from, to).join(""), from, to },
  });
  const expected = (from: number, to: number, of: string): Lexed => ({
    ok: false,
    message:
      to >= characters.length
        ? `${from}:${to}: unexpected end of input, expected one of '${of}'`
        : `${from}:${to}: ${characters.slice(from, to).join("")}: expected one of '${of}'`,
  });

  function scan(): Lexed {
    while (at < characters.length && isSpace(characters[at] as string)) at += 1;
    const from = at;
    const character = characters[at];
    if (character === undefined) return token("end", from, from);
    const second = characters[at + 1];
    switch (character) {
      case "{":
      case "}":
      case ",":
        return token(character, from, from + 1);
      case "=":
        return second === "~" ? token("=~", from, from + 2) : token("=", from, from + 1);
      case "!":
        if (second === "=") return token("!=", from, from + 2);
        if (second === "~") return token("!~", from, from + 2);
        return expected(from, from + 1, "=~");
      case '"':
        return quoted(from);
    }
    if (isReserved(character)) return { ok: false, message: `${from}:${from + 1}: ${character}: invalid input` };
    let to = from + 1;
    while (to < characters.length && !isReserved(characters[to] as string)) to += 1;
    return token("unquoted", from, to);
  }

  function quoted(from: number): Lexed {
    for (let to = from + 1; to < characters.length; to += 1) {
      if (characters[to] === "\\") to += 1;
      else if (characters[to] === '"') return token("quoted", from, to + 1);
    }
    const to = characters.length;
    return { ok: false, message: `${from}:${to}: ${characters.slice(from, to).join("")}: missing end "` };
  }

  const peek = (): Lexed => {
    if (ahead) return ahead;
    ahead = scan();
    if (ahead.ok) at = ahead.token.to;
    return ahead;
  };
  return {
    peek,
    next: () => {
      const taken = peek();
      if (taken.ok) {
        behind = taken.token.to;
        if (taken.token.kind !== "end") ahead = undefined;
      }
      return taken;
    },
    column: () => behind,
  };
}
