import { type Context, isInTag, TEXT } from "./html-context.ts";
import { indexOfAny } from "./html-scan.ts";
import { DELIM_ENDS, TRANSITIONS } from "./html-transitions.ts";

/** The text of a piece of HTML without its tags and comments. */
export function stripTags(html: string): string {
  let c: Context = TEXT;
  let out = "";
  let at = 0;
  let allText = true;
  while (at < html.length) {
    if (c.delim !== "delimNone") {
      const end = indexOfAny(html, DELIM_ENDS[c.delim], at);
      if (end === -1) break;
      at = c.delim === "delimSpaceOrTagEnd" ? end : end + 1;
      c = { ...TEXT, state: "stateTag", element: c.element };
      continue;
    }
    // What is within script and style is not read as such.
    const state = c.element !== "elementNone" && !isInTag(c.state) ? "stateRCDATA" : c.state;
    const [next, count] = TRANSITIONS[state](c, html.slice(at));
    if (c.state === "stateText" || c.state === "stateRCDATA") {
      const tag = next.state === c.state ? -1 : html.lastIndexOf("<", at + count - 1);
      out += html.slice(at, tag >= at ? tag : at + count);
    } else allText = false;
    c = next;
    at += count;
  }
  if (allText) return html;
  return c.state === "stateText" || c.state === "stateRCDATA" ? out + html.slice(at) : out;
}
