import { goQuoted } from "../kernel/go-quote.ts";
import { contentOf } from "./html-attributes.ts";
import {
  type Attr,
  type Context,
  type Element,
  faulty,
  isComment,
  isInLiteral,
  type State,
  TEXT,
  VALUE_STATES,
} from "./html-context.ts";
import { skipBlanks, type Transition } from "./html-scan.ts";

const ELEMENTS: Readonly<Record<string, Element>> = {
  script: "elementScript",
  style: "elementStyle",
  textarea: "elementTextarea",
  title: "elementTitle",
  meta: "elementMeta",
};

/** Names of elements whose text ends at their end tag only. */
const END_MARKS: Readonly<Record<Element, string>> = {
  elementNone: "",
  elementScript: "script",
  elementStyle: "style",
  elementTextarea: "textarea",
  elementTitle: "title",
  elementMeta: "",
};

const CONTENT: Readonly<Record<Element, State>> = {
  elementNone: "stateText",
  elementScript: "stateJS",
  elementStyle: "stateCSS",
  elementTextarea: "stateRCDATA",
  elementTitle: "stateRCDATA",
  elementMeta: "stateText",
};

/** The first 32 characters, as messages show a text. */
export const cut = (text: string): string => goQuoted([...text].slice(0, 32).join(""));

const TAG_NAME = /[a-zA-Z](?:[a-zA-Z0-9]|[:-][a-zA-Z0-9])*/y;

export const textTransition: Transition = (c, text) => {
  let from = 0;
  while (true) {
    let at = text.indexOf("<", from);
    if (at === -1 || at + 1 === text.length) return [c, text.length];
    if (text.startsWith("<!--", at)) return [{ ...TEXT, state: "stateHTMLCmt" }, at + 4];
    at += 1;
    const ends = text[at] === "/";
    if (ends && at + 1 === text.length) return [c, text.length];
    if (ends) at += 1;
    TAG_NAME.lastIndex = at;
    const name = TAG_NAME.exec(text)?.[0];
    if (name !== undefined) {
      const element = ends ? "elementNone" : (ELEMENTS[name.toLowerCase()] ?? "elementNone");
      return [{ ...TEXT, state: "stateTag", element }, at + name.length];
    }
    from = at;
  }
};

/** Where an attribute's name ends. */
function nameEnd(text: string, from: number): number | Context {
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] as string;
    if (" \t\n\f\r=>".includes(char)) return at;
    if ("'\"<".includes(char)) return faulty(`${goQuoted(char)} in attribute name: ${cut(text)}`);
  }
  return text.length;
}

const ATTRS: Readonly<Partial<Record<string, Attr>>> = {
  url: "attrURL",
  css: "attrStyle",
  js: "attrScript",
  srcset: "attrSrcset",
};

export const tagTransition: Transition = (c, text) => {
  const start = skipBlanks(text, 0);
  if (start === text.length) return [c, text.length];
  if (text[start] === ">") {
    const element = c.element === "elementMeta" ? "elementNone" : c.element;
    return [{ ...TEXT, state: CONTENT[element], element }, start + 1];
  }
  const end = nameEnd(text, start);
  if (typeof end !== "number") return [end, text.length];
  if (end === start)
    return [faulty(`expected space, attr name, or end of tag, but got ${goQuoted(text.slice(start))}`), text.length];
  const name = text.slice(start, end).toLowerCase();
  const attr =
    c.element === "elementScript" && name === "type"
      ? "attrScriptType"
      : c.element === "elementMeta" && name === "content"
        ? "attrMetaContent"
        : (ATTRS[contentOf(name)] ?? "attrNone");
  const state = end === text.length ? "stateAttrName" : "stateAfterName";
  return [{ ...TEXT, state, element: c.element, attr }, end];
};

export const attrNameTransition: Transition = (c, text) => {
  const end = nameEnd(text, 0);
  if (typeof end !== "number") return [end, text.length];
  return [end === text.length ? c : { ...c, state: "stateAfterName" }, end];
};

export const afterNameTransition: Transition = (c, text) => {
  const at = skipBlanks(text, 0);
  if (at === text.length) return [c, text.length];
  return text[at] === "=" ? [{ ...c, state: "stateBeforeValue" }, at + 1] : [{ ...c, state: "stateTag" }, at];
};

export const beforeValueTransition: Transition = (c, text) => {
  const at = skipBlanks(text, 0);
  if (at === text.length) return [c, text.length];
  const quote = text[at];
  const delim = quote === "'" ? "delimSingleQuote" : quote === '"' ? "delimDoubleQuote" : "delimSpaceOrTagEnd";
  return [{ ...c, state: VALUE_STATES[c.attr], delim }, delim === "delimSpaceOrTagEnd" ? at : at + 1];
};

export const commentTransition: Transition = (c, text) => {
  const end = text.indexOf("-->");
  return end === -1 ? [c, text.length] : [TEXT, end + 3];
};

/** Where the end tag of an element starts; -1 where it does not come. */
function endTag(text: string, name: string): number {
  let from = 0;
  while (true) {
    const at = text.indexOf("</", from);
    if (at === -1) return -1;
    let after = at + 2;
    if (text.slice(after, after + name.length).toLowerCase() === name) {
      after += name.length;
      if (after < text.length && "> \t\n\f/".includes(text[after] as string)) return at;
    }
    from = after;
  }
}

/** Text up to the end tag of the element that it stands in; 0 characters where the end tag comes at once. */
export const specialEndTransition: Transition = (c, text) => {
  if (c.element === "elementNone") return [c, text.length];
  // In a script's texts and comments an end tag is written so that it ends nothing.
  if (c.element === "elementScript" && (isInLiteral(c.state) || isComment(c.state))) return [c, text.length];
  const end = endTag(text, END_MARKS[c.element]);
  return end === -1 ? [c, text.length] : [TEXT, end];
};

/** Text that changes nothing. */
export const stay: Transition = (c, text) => [c, text.length];

export const urlTransition: Transition = (c, text) => {
  if (/[#?]/.test(text)) return [{ ...c, urlPart: "urlPartQueryOrFrag" }, text.length];
  const begins = c.urlPart === "urlPartNone" && skipBlanks(text, 0) !== text.length;
  return [begins ? { ...c, urlPart: "urlPartPreQuery" } : c, text.length];
};

/** `<meta content="5; url=…">` holds an address behind `url=`. */
export const metaTransition: Transition = (c, text) => {
  for (const match of text.matchAll(/url/gi)) {
    if (match.index + 3 > text.length - 1) continue;
    const at = skipBlanks(text, match.index + 3);
    if (text[at] === "=") return [{ ...c, state: "stateMetaContentURL" }, at + 1];
  }
  return [c, text.length];
};

export const metaUrlTransition: Transition = (c, text) => {
  const end = text.indexOf(";");
  return end === -1 ? [c, text.length] : [{ ...c, state: "stateMetaContent" }, end + 1];
};
