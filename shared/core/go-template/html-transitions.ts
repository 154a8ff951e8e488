import { goQuoted } from "../kernel/go-quote.ts";
import { isScriptType } from "./html-attributes.ts";
import { type Context, type Delim, faulty, type State, TEXT } from "./html-context.ts";
import { unescaped } from "./html-entities.ts";
import { indexOfAny, type Transition } from "./html-scan.ts";
import { cssTextTransition, cssTransition } from "./html-transitions-css.ts";
import {
  afterNameTransition,
  attrNameTransition,
  beforeValueTransition,
  commentTransition,
  metaTransition,
  metaUrlTransition,
  specialEndTransition,
  stay,
  tagTransition,
  textTransition,
  urlTransition,
} from "./html-transitions-html.ts";
import {
  blockCommentTransition,
  jsDelimitedTransition,
  jsTemplateTransition,
  jsTransition,
  lineCommentTransition,
} from "./html-transitions-js.ts";

/** What text does in each state. */
export const TRANSITIONS: Readonly<Record<State, Transition>> = {
  stateText: textTransition,
  stateTag: tagTransition,
  stateAttrName: attrNameTransition,
  stateAfterName: afterNameTransition,
  stateBeforeValue: beforeValueTransition,
  stateHTMLCmt: commentTransition,
  stateRCDATA: specialEndTransition,
  stateAttr: stay,
  stateURL: urlTransition,
  stateMetaContent: metaTransition,
  stateMetaContentURL: metaUrlTransition,
  stateSrcset: urlTransition,
  stateJS: jsTransition,
  stateJSDqStr: jsDelimitedTransition,
  stateJSSqStr: jsDelimitedTransition,
  stateJSRegexp: jsDelimitedTransition,
  stateJSTmplLit: jsTemplateTransition,
  stateJSBlockCmt: blockCommentTransition,
  stateJSLineCmt: lineCommentTransition,
  stateJSHTMLOpenCmt: lineCommentTransition,
  stateJSHTMLCloseCmt: lineCommentTransition,
  stateCSS: cssTransition,
  stateCSSDqStr: cssTextTransition,
  stateCSSSqStr: cssTextTransition,
  stateCSSDqURL: cssTextTransition,
  stateCSSSqURL: cssTextTransition,
  stateCSSURL: cssTextTransition,
  stateCSSBlockCmt: blockCommentTransition,
  stateCSSLineCmt: lineCommentTransition,
  stateError: stay,
  stateDead: stay,
};

/** What ends an attribute's value. */
export const DELIM_ENDS: Readonly<Record<Delim, string>> = {
  delimNone: "",
  delimDoubleQuote: '"',
  delimSingleQuote: "'",
  delimSpaceOrTagEnd: " \t\n\f\r>",
};

/** Takes some text off the front: the context behind it, and how much it was. */
export function contextAfter(c: Context, text: string): readonly [Context, number] {
  if (c.delim === "delimNone") {
    const [ended, end] = specialEndTransition(c, text);
    return end === 0 ? [ended, 0] : TRANSITIONS[c.state](c, text.slice(0, end));
  }
  const found = indexOfAny(text, DELIM_ENDS[c.delim]);
  const end = found === -1 ? text.length : found;
  if (c.delim === "delimSpaceOrTagEnd") {
    // Readers of HTML differ on whether these end an unquoted value.
    const bad = indexOfAny(text.slice(0, end), "\"'<=`");
    if (bad !== -1)
      return [
        faulty(`${goQuoted(text[bad] as string)} in unquoted attr: ${goQuoted(text.slice(0, end))}`),
        text.length,
      ];
  }
  if (end === text.length) return [within(c, unescaped(text)), text.length];
  const holdsNoScript =
    c.state === "stateAttr" &&
    c.element === "elementScript" &&
    c.attr === "attrScriptType" &&
    !isScriptType(text.slice(0, end));
  const element = holdsNoScript ? "elementNone" : c.element;
  return [{ ...TEXT, state: "stateTag", element }, c.delim === "delimSpaceOrTagEnd" ? end : end + 1];
}

function within(start: Context, value: string): Context {
  let c = start;
  for (let rest = value; rest !== ""; ) {
    const [next, count] = TRANSITIONS[c.state](c, rest);
    c = next;
    rest = rest.slice(count);
  }
  return c;
}
