import { type Context, isComment, isInLiteral } from "./html-context.ts";
import { contextAfter } from "./html-transitions.ts";

const DOCTYPE = /^<!DOCTYPE/i;
const SCRIPT_MARKS = /<(script|\/script|!--)/gi;

/** A `<` that begins no tag is written as an entity. */
function escapedTags(text: string, from: number, to: number): string {
  let out = "";
  for (let at = from; at < to; at += 1)
    out += text[at] === "<" && !DOCTYPE.test(text.slice(at, at + 9)) ? "&lt;" : text[at];
  return out;
}

/** How long the mark is that began a comment. */
function markLength(c: Context): number {
  if (c.state === "stateHTMLCmt" || c.state === "stateJSHTMLOpenCmt") return 4;
  return c.state === "stateJSHTMLCloseCmt" ? 3 : 2;
}

/**
 * The template's own text as it may go out, and the context behind it: comments are dropped, a stray `<` is escaped, and what would
 * end a script within its texts is written so that it does not.
 */
export function editedText(start: Context, text: string): { readonly text: string; readonly c: Context } {
  let c = start;
  let out = "";
  let written = 0;
  for (let at = 0; at < text.length; ) {
    const [next, count] = contextAfter(c, text.slice(at));
    const end = at + count;
    if (c.state === "stateText" || c.state === "stateRCDATA") {
      let upTo = end;
      if (next.state !== c.state) {
        const tag = text.lastIndexOf("<", end - 1);
        if (tag >= at) upTo = tag;
      }
      out += text.slice(written, at) + escapedTags(text, at, upTo);
      written = Math.max(at, upTo);
    } else if (isComment(c.state) && c.delim === "delimNone") {
      if (c.state === "stateJSBlockCmt") out += /[\n\r\u2028\u2029]/.test(text.slice(written, end)) ? "\n" : " ";
      else if (c.state === "stateCSSBlockCmt") out += " ";
      written = end;
    }
    if (c.state !== next.state && isComment(next.state) && next.delim === "delimNone") {
      out += text.slice(written, end - markLength(next));
      written = end;
    }
    if (isInLiteral(c.state) && text.slice(at, end).search(SCRIPT_MARKS) !== -1) {
      out += text.slice(written, at) + text.slice(at, end).replace(SCRIPT_MARKS, "\\x3C$1");
      written = end;
    }
    c = next;
    at = end;
  }
  if (c.state === "stateError") return { text, c };
  return { text: isComment(c.state) && c.delim === "delimNone" ? out : out + text.slice(written), c };
}
