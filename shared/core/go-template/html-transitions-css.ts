import { goQuoted } from "../kernel/go-quote.ts";
import { type Context, faulty } from "./html-context.ts";
import { indexOfAny, skipBlanks, type Transition } from "./html-scan.ts";
import { urlTransition } from "./html-transitions-html.ts";

const ESCAPE = /\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[\t\n\f\r ])?|([\s\S])|$)/gu;

/** A text of CSS with its escapes (`\41 `, `\"`) as what they stand for. */
export const cssDecoded = (text: string): string =>
  text.replace(ESCAPE, (all: string, hex: string | undefined, char: string | undefined) => {
    if (hex === undefined) return char ?? "";
    const point = Number.parseInt(hex, 16);
    // Of six digits that are too many the last one stands for itself.
    if (point > 0x10ffff) return String.fromCodePoint(point >> 4) + all.slice(6);
    return point >= 0xd800 && point <= 0xdfff ? "\ufffd" : String.fromCodePoint(point);
  });

const ENDS_IN_URL = /(?:^|[^a-zA-Z0-9_\u0080-\uffff-])url$/i;

export const cssTransition: Transition = (c, text) => {
  for (let from = 0; ; ) {
    const at = indexOfAny(text, "(\"'/", from);
    if (at === -1) return [c, text.length];
    const char = text[at];
    if (char === '"') return [{ ...c, state: "stateCSSDqStr" }, at + 1];
    if (char === "'") return [{ ...c, state: "stateCSSSqStr" }, at + 1];
    if (char === "/" && text[at + 1] === "/") return [{ ...c, state: "stateCSSLineCmt" }, at + 2];
    if (char === "/" && text[at + 1] === "*") return [{ ...c, state: "stateCSSBlockCmt" }, at + 2];
    if (char === "(" && ENDS_IN_URL.test(text.slice(0, at).replace(/[\t\n\f\r ]+$/, ""))) {
      const start = skipBlanks(text, at + 1);
      if (text[start] === '"') return [{ ...c, state: "stateCSSDqURL" }, start + 1];
      if (text[start] === "'") return [{ ...c, state: "stateCSSSqURL" }, start + 1];
      return [{ ...c, state: "stateCSSURL" }, start];
    }
    from = at + 1;
  }
};

/** Quoted texts and addresses. Every text is taken for an address: most are. */
export const cssTextTransition: Transition = (before, text) => {
  let c: Context = before;
  const quote = /Dq/.test(c.state) ? '\\"' : /Sq/.test(c.state) ? "\\'" : "\\\t\n\f\r )";
  for (let from = 0; ; ) {
    let at = indexOfAny(text, quote, from);
    if (at === -1) return [urlTransition(c, text.slice(from))[0], text.length];
    if (text[at] !== "\\") return [{ ...c, state: "stateCSS" }, at + 1];
    at += 1;
    if (at === text.length) return [faulty(`unfinished escape sequence in CSS string: ${goQuoted(text)}`), text.length];
    [c] = urlTransition(c, cssDecoded(text.slice(0, at + 1)));
    from = at + 1;
  }
};
