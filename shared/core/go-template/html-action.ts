import { type Pipe, pipeText } from "./ast.ts";
import { type Context, type EscapeFault, faulty, isComment, nudged } from "./html-context.ts";
import { misplaced } from "./html-pipeline.ts";

const named = (name: string): string => `_html_template_${name}`;

const IN_CSS_TEXT = new Set(["stateCSSDqStr", "stateCSSSqStr"]);
const URLS = new Set([...IN_CSS_TEXT, "stateURL", "stateCSSDqURL", "stateCSSSqURL", "stateCSSURL"]);

const SIMPLE: Readonly<Record<string, string>> = {
  stateMetaContentURL: "urlfilter",
  stateJS: "jsvalescaper",
  stateJSDqStr: "jsstrescaper",
  stateJSSqStr: "jsstrescaper",
  stateJSTmplLit: "jstmpllitescaper",
  stateJSRegexp: "jsregexpescaper",
  stateCSS: "cssvaluefilter",
  stateText: "htmlescaper",
  stateRCDATA: "rcdataescaper",
  stateSrcset: "srcsetescaper",
  stateAttrName: "htmlnamefilter",
};

/** Escapers of an address: what may be of any scheme is filtered, what is behind `?` is escaped whole. */
function urlEscapers(c: Context): readonly string[] | undefined {
  const inPath = IN_CSS_TEXT.has(c.state) ? "cssescaper" : "urlnormalizer";
  switch (c.urlPart) {
    case "urlPartNone":
      return ["urlfilter", inPath];
    case "urlPartPreQuery":
      return [inPath];
    case "urlPartQueryOrFrag":
      return ["urlescaper"];
    case "urlPartUnknown":
      return undefined;
  }
}

function stateEscapers(c: Context): readonly string[] | undefined {
  if (URLS.has(c.state)) return urlEscapers(c);
  if (isComment(c.state)) return ["commentescaper"];
  const simple = SIMPLE[c.state];
  return simple === undefined ? [] : [simple];
}

/** What a value has to go through where it stands, and the context behind it. */
export function actionEscapers(
  before: Context,
  pipe: Pipe,
  at: NonNullable<EscapeFault["at"]>,
): { readonly escapers: readonly string[]; readonly c: Context } {
  const c = nudged(before);
  const wrong = misplaced(pipe, c);
  if (wrong !== undefined)
    return { escapers: [], c: faulty(`predefined escaper ${JSON.stringify(wrong)} disallowed in template`, at) };
  if (c.state === "stateError") return { escapers: [], c };
  const escapers = stateEscapers(c);
  if (!escapers)
    return { escapers: [], c: faulty(`{{${pipeText(pipe)}}} appears in an ambiguous context within a URL`, at) };
  const quoting = c.delim === "delimNone" ? [] : [c.delim === "delimSpaceOrTagEnd" ? "nospaceescaper" : "attrescaper"];
  return {
    escapers: [...escapers, ...quoting].map(named),
    // A slash behind a value divides by it.
    c: c.state === "stateJS" ? { ...c, jsCtx: "jsCtxDivOp" } : c,
  };
}
