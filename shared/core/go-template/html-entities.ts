/** Names of characters that decide over the context, or commonly stand beside those. */
const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  QUOT: '"',
  apos: "'",
  amp: "&",
  AMP: "&",
  lt: "<",
  LT: "<",
  gt: ">",
  GT: ">",
  nbsp: "\u00a0",
  Tab: "\t",
  NewLine: "\n",
  excl: "!",
  num: "#",
  dollar: "$",
  percnt: "%",
  lpar: "(",
  rpar: ")",
  ast: "*",
  midast: "*",
  plus: "+",
  comma: ",",
  period: ".",
  sol: "/",
  colon: ":",
  semi: ";",
  equals: "=",
  quest: "?",
  commat: "@",
  lbrack: "[",
  lsqb: "[",
  bsol: "\\",
  rbrack: "]",
  rsqb: "]",
  Hat: "^",
  lowbar: "_",
  UnderBar: "_",
  grave: "`",
  DiacriticalGrave: "`",
  lbrace: "{",
  lcub: "{",
  verbar: "|",
  vert: "|",
  VerticalLine: "|",
  rbrace: "}",
  rcub: "}",
};

/** These stand without a semicolon too, as they did in old pages. */
const BARE = "quot|QUOT|amp|AMP|lt|LT|gt|GT|nbsp";
const ENTITY = new RegExp(`&(?:#[xX]([0-9a-fA-F]+);?|#(\\d+);?|(${BARE})(?![a-zA-Z0-9;])|([a-zA-Z]+);)`, "g");

function pointText(point: number): string {
  if (point === 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return "\ufffd";
  return String.fromCodePoint(point);
}

/** An attribute's value as a reader of HTML takes it. Names of letters and signs that no context depends on stay as they are. */
export const unescaped = (text: string): string =>
  text.replace(ENTITY, (all: string, hex?: string, decimal?: string, bare?: string, named?: string) => {
    if (hex !== undefined) return pointText(Number.parseInt(hex, 16));
    if (decimal !== undefined) return pointText(Number.parseInt(decimal, 10));
    return NAMED[bare ?? named ?? ""] ?? all;
  });
