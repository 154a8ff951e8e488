import type { Node, Template } from "./ast.ts";

/** Where in HTML, CSS or JavaScript a piece of a template stands. Names are those of Go's html/template: its messages have them. */
export type State =
  | "stateText"
  | "stateTag"
  | "stateAttrName"
  | "stateAfterName"
  | "stateBeforeValue"
  | "stateHTMLCmt"
  | "stateRCDATA"
  | "stateAttr"
  | "stateURL"
  | "stateSrcset"
  | "stateJS"
  | "stateJSDqStr"
  | "stateJSSqStr"
  | "stateJSTmplLit"
  | "stateJSRegexp"
  | "stateJSBlockCmt"
  | "stateJSLineCmt"
  | "stateJSHTMLOpenCmt"
  | "stateJSHTMLCloseCmt"
  | "stateCSS"
  | "stateCSSDqStr"
  | "stateCSSSqStr"
  | "stateCSSDqURL"
  | "stateCSSSqURL"
  | "stateCSSURL"
  | "stateCSSBlockCmt"
  | "stateCSSLineCmt"
  | "stateError"
  | "stateMetaContent"
  | "stateMetaContentURL"
  | "stateDead";

/** What ends the attribute's value that it stands in. */
export type Delim = "delimNone" | "delimDoubleQuote" | "delimSingleQuote" | "delimSpaceOrTagEnd";
/** Which part of a URL: what may stand there differs. */
export type UrlPart = "urlPartNone" | "urlPartPreQuery" | "urlPartQueryOrFrag" | "urlPartUnknown";
/** Whether a slash begins a regular expression. */
export type JsContext = "jsCtxRegexp" | "jsCtxDivOp" | "jsCtxUnknown";
export type Attr =
  | "attrNone"
  | "attrScript"
  | "attrScriptType"
  | "attrStyle"
  | "attrURL"
  | "attrSrcset"
  | "attrMetaContent";
export type Element =
  | "elementNone"
  | "elementScript"
  | "elementStyle"
  | "elementTextarea"
  | "elementTitle"
  | "elementMeta";

/** Why a template cannot be made safe. */
export interface EscapeFault {
  readonly message: string;
  /** The node that it is about, and the template it stands in. */
  readonly at?: { readonly template: Template; readonly pos: number };
}

export interface Context {
  readonly state: State;
  readonly delim: Delim;
  readonly urlPart: UrlPart;
  readonly jsCtx: JsContext;
  /** Open braces within each `${` of template literals. */
  readonly braces: readonly number[];
  readonly attr: Attr;
  readonly element: Element;
  readonly fault?: EscapeFault;
  /** The {{break}} or {{continue}} that left a loop in this context. */
  readonly left?: Node;
}

/** The start of a fragment of HTML. */
export const TEXT: Context = {
  state: "stateText",
  delim: "delimNone",
  urlPart: "urlPartNone",
  jsCtx: "jsCtxRegexp",
  braces: [],
  attr: "attrNone",
  element: "elementNone",
};

export const faulty = (message: string, at?: EscapeFault["at"]): Context => ({
  ...TEXT,
  state: "stateError",
  fault: { message, ...(at ? { at } : {}) },
});

export const sameContext = (a: Context, b: Context): boolean =>
  a.state === b.state &&
  a.delim === b.delim &&
  a.urlPart === b.urlPart &&
  a.jsCtx === b.jsCtx &&
  a.attr === b.attr &&
  a.element === b.element &&
  a.fault === b.fault &&
  a.braces.join() === b.braces.join();

/** As Go prints a context in messages. */
export const contextText = (c: Context): string =>
  `{${c.state} ${c.delim} ${c.urlPart} ${c.jsCtx} [${c.braces.join(" ")}] ${c.attr} ${c.element} <nil>}`;

/** Name of a template as it is called in a context: in each it is escaped differently. */
export function mangled(name: string, c: Context): string {
  if (c.state === "stateText") return name;
  const parts: string[] = [c.state];
  if (c.delim !== "delimNone") parts.push(c.delim);
  if (c.urlPart !== "urlPartNone") parts.push(c.urlPart);
  if (c.jsCtx !== "jsCtxRegexp") parts.push(c.jsCtx);
  if (c.braces.length > 0) parts.push(`jsBraceDepth([${c.braces.join(" ")}])`);
  if (c.attr !== "attrNone") parts.push(c.attr);
  if (c.element !== "elementNone") parts.push(c.element);
  return `${name}$htmltemplate_${parts.join("_")}`;
}

const COMMENTS: ReadonlySet<State> = new Set([
  "stateHTMLCmt",
  "stateJSBlockCmt",
  "stateJSLineCmt",
  "stateJSHTMLOpenCmt",
  "stateJSHTMLCloseCmt",
  "stateCSSBlockCmt",
  "stateCSSLineCmt",
]);
const IN_TAG: ReadonlySet<State> = new Set([
  "stateTag",
  "stateAttrName",
  "stateAfterName",
  "stateBeforeValue",
  "stateAttr",
]);
const LITERALS: ReadonlySet<State> = new Set(["stateJSDqStr", "stateJSSqStr", "stateJSTmplLit", "stateJSRegexp"]);

/** What stands there is for the template's authors. */
export const isComment = (state: State): boolean => COMMENTS.has(state);
export const isInTag = (state: State): boolean => IN_TAG.has(state);
/** There `<script` and `<!--` would end the script for a reader of HTML. */
export const isInLiteral = (state: State): boolean => LITERALS.has(state);

/** State at the start of an attribute's value. */
export const VALUE_STATES: Readonly<Record<Attr, State>> = {
  attrNone: "stateAttr",
  attrScript: "stateJS",
  attrScriptType: "stateAttr",
  attrStyle: "stateCSS",
  attrURL: "stateURL",
  attrSrcset: "stateSrcset",
  attrMetaContent: "stateMetaContent",
};

/** The context after transitions that take no text: an action behind `href=` begins an unquoted value. */
export function nudged(c: Context): Context {
  switch (c.state) {
    case "stateTag":
      return { ...c, state: "stateAttrName" };
    case "stateBeforeValue":
      return { ...c, state: VALUE_STATES[c.attr], delim: "delimSpaceOrTagEnd", attr: "attrNone" };
    case "stateAfterName":
      return { ...c, state: "stateAttrName", attr: "attrNone" };
    default:
      return c;
  }
}

/** The context behind two branches; a fault where they end in contexts that nothing safe can follow. */
export function joined(a: Context, b: Context, what: string, at: NonNullable<EscapeFault["at"]>): Context {
  if (a.state === "stateError") return a;
  if (b.state === "stateError") return b;
  if (a.state === "stateDead") return b;
  if (b.state === "stateDead" || sameContext(a, b)) return a;
  if (sameContext({ ...a, urlPart: b.urlPart }, b)) return { ...a, urlPart: "urlPartUnknown" };
  if (sameContext({ ...a, jsCtx: b.jsCtx }, b)) return { ...a, jsCtx: "jsCtxUnknown" };
  const [c, d] = [nudged(a), nudged(b)];
  if (!sameContext(c, a) || !sameContext(d, b)) {
    const both = joined(c, d, what, at);
    if (both.state !== "stateError") return both;
  }
  return faulty(`{{${what}}} branches end in different contexts: ${contextText(a)}, ${contextText(b)}`, at);
}
