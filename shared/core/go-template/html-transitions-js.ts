import { goQuoted } from "../kernel/go-quote.ts";
import { type Context, faulty, type JsContext } from "./html-context.ts";
import { indexOfAny, type Transition } from "./html-scan.ts";
import { cut } from "./html-transitions-html.ts";

const BLANKS_AT_END = /[\f\n\r\t\v \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+$/;

/** Words that a regular expression may follow, where a division cannot. */
const BEFORE_REGEXP = new Set([
  "break",
  "case",
  "continue",
  "delete",
  "do",
  "else",
  "finally",
  "in",
  "instanceof",
  "return",
  "throw",
  "try",
  "typeof",
  "void",
]);

/** Whether a slash behind a run of tokens (no texts, comments or slashes among them) begins a regular expression. */
export function nextJsContext(text: string, before: JsContext): JsContext {
  const tokens = text.replace(BLANKS_AT_END, "");
  const last = tokens.at(-1);
  if (last === undefined) return before;
  if (last === "+" || last === "-") {
    const run = /(\++|-+)$/.exec(tokens)?.[0].length ?? 1;
    return run % 2 === 1 ? "jsCtxRegexp" : "jsCtxDivOp";
  }
  if (last === ".") return /\d\.$/.test(tokens) ? "jsCtxDivOp" : "jsCtxRegexp";
  if (",<>=*%&|^?!~([:;{}".includes(last)) return "jsCtxRegexp";
  const word = /[$\w]*$/.exec(tokens)?.[0] ?? "";
  return BEFORE_REGEXP.has(word) ? "jsCtxRegexp" : "jsCtxDivOp";
}

function slash(c: Context, text: string, at: number): readonly [Context, number] {
  if (text[at + 1] === "/") return [{ ...c, state: "stateJSLineCmt" }, at + 2];
  if (text[at + 1] === "*") return [{ ...c, state: "stateJSBlockCmt" }, at + 2];
  if (c.jsCtx === "jsCtxRegexp") return [{ ...c, state: "stateJSRegexp" }, at + 1];
  if (c.jsCtx === "jsCtxDivOp") return [{ ...c, jsCtx: "jsCtxRegexp" }, at + 1];
  return [faulty(`'/' could start a division or regexp: ${cut(text.slice(at))}`), text.length];
}

function brace(c: Context, char: string, at: number): readonly [Context, number] {
  const inside: Context = { ...c, jsCtx: nextJsContext(char, c.jsCtx) };
  const depth = c.braces.at(-1);
  if (depth === undefined) return [inside, at + 1];
  const outer = c.braces.slice(0, -1);
  if (char === "{") return [{ ...inside, braces: [...outer, depth + 1] }, at + 1];
  if (depth > 0) return [{ ...inside, braces: [...outer, depth - 1] }, at + 1];
  return [{ ...c, state: "stateJSTmplLit", braces: outer }, at + 1];
}

export const jsTransition: Transition = (before, text) => {
  const at = indexOfAny(text, "\"`'/{}<-#");
  if (at === -1) return [{ ...before, jsCtx: nextJsContext(text, before.jsCtx) }, text.length];
  const c: Context = { ...before, jsCtx: nextJsContext(text.slice(0, at), before.jsCtx) };
  const char = text[at] as string;
  switch (char) {
    case '"':
      return [{ ...c, state: "stateJSDqStr", jsCtx: "jsCtxRegexp" }, at + 1];
    case "'":
      return [{ ...c, state: "stateJSSqStr", jsCtx: "jsCtxRegexp" }, at + 1];
    case "`":
      return [{ ...c, state: "stateJSTmplLit", jsCtx: "jsCtxRegexp" }, at + 1];
    case "/":
      return slash(c, text, at);
    case "<":
      return text.startsWith("<!--", at) ? [{ ...c, state: "stateJSHTMLOpenCmt" }, at + 4] : [c, at + 1];
    case "-":
      return text.startsWith("-->", at) ? [{ ...c, state: "stateJSHTMLCloseCmt" }, at + 3] : [c, at + 1];
    case "#":
      return text[at + 1] === "!" ? [{ ...c, state: "stateJSLineCmt" }, at + 2] : [c, at + 1];
    default:
      return brace(c, char, at);
  }
};

const unfinished = (text: string): readonly [Context, number] => [
  faulty(`unfinished escape sequence in JS string: ${goQuoted(text)}`),
  text.length,
];

/** Text between backquotes, up to their end or a `${`. */
export const jsTemplateTransition: Transition = (c, text) => {
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\\") {
      at += 1;
      if (at === text.length) return unfinished(text);
    } else if (char === "$" && text[at + 1] === "{")
      return [{ ...c, state: "stateJS", braces: [...c.braces, 0] }, at + 2];
    else if (char === "`") return [{ ...c, state: "stateJS" }, at + 1];
  }
  return [c, text.length];
};

/** Texts between quotes and regular expressions. */
export const jsDelimitedTransition: Transition = (c, text) => {
  const end = c.state === "stateJSSqStr" ? "'" : c.state === "stateJSRegexp" ? "/" : '"';
  let inSet = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\\") {
      at += 1;
      if (at === text.length) return unfinished(text);
    } else if (c.state === "stateJSRegexp" && char === "[") inSet = true;
    else if (c.state === "stateJSRegexp" && char === "]") inSet = false;
    else if (char === end) {
      if (end === "/" && at > 0 && /^<\/script$/i.test(text.slice(at - 1, at + 7))) at += 1;
      else if (!inSet) return [{ ...c, state: "stateJS", jsCtx: "jsCtxDivOp" }, at + 1];
    }
  }
  if (inSet) return [faulty(`unfinished JS regexp charset: ${goQuoted(text)}`), text.length];
  return [c, text.length];
};

export const blockCommentTransition: Transition = (c, text) => {
  const end = text.indexOf("*/");
  if (end === -1) return [c, text.length];
  return [{ ...c, state: c.state === "stateCSSBlockCmt" ? "stateCSS" : "stateJS" }, end + 2];
};

/** The line's end itself is not part of the comment. */
export const lineCommentTransition: Transition = (c, text) => {
  const css = c.state === "stateCSSLineCmt";
  const end = text.search(css ? /[\n\f\r]/ : /[\n\r\u2028\u2029]/);
  return end === -1 ? [c, text.length] : [{ ...c, state: css ? "stateCSS" : "stateJS" }, end];
};
