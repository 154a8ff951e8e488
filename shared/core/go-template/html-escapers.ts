import type { TemplateFunction } from "./function-types.ts";
import { goJson } from "./go-json.ts";
import { contentOf } from "./html-attributes.ts";
import { cssEscaped, cssFiltered } from "./html-escapers-css.ts";
import { jsRegexpEscaped, jsStringEscaped, jsTemplateEscaped, jsValue } from "./html-escapers-js.ts";
import { srcsetFiltered, urlEscaped, urlFiltered } from "./html-escapers-url.ts";
import { FAILSAFE } from "./html-failsafe.ts";
import { stripTags } from "./html-strip-tags.ts";
import { sprint } from "./printf.ts";
import { followed, stringOf, type Value } from "./values.ts";

/** A value's text, and whether it is known to be of some kind ("template.HTML", "template.URL"). */
interface Written {
  readonly text: string;
  readonly type: string;
}

/** A pointer is followed, a value of nothing is left out. */
function written(args: readonly Value[]): Written {
  const [only] = args;
  if (args.length === 1) {
    if (typeof only === "string") return { text: only, type: "" };
    if (typeof only === "object" && only?.kind === "named" && typeof only.value === "string")
      return { text: only.value, type: only.type };
  }
  return { text: sprint(args.filter((arg) => arg !== null).map(followed)), type: "" };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "&": "&amp;",
  "'": "&#39;",
  "+": "&#43;",
  "<": "&lt;",
  ">": "&gt;",
};
const SPECIAL = /[\0"&'+<>]/g;
const SPECIAL_BUT_ENTITIES = /[\0"'+<>]/g;
/** Without quotes blanks end a value too, and some readers are led astray by characters that are none. */
const UNQUOTED = /[\0\t\n\v\f\r "&'+<=>`\ufdd0-\ufdef\ufff0-\uffff]/g;
const UNQUOTED_BUT_ENTITIES = /[\0\t\n\v\f\r "'+<=>`\ufdd0-\ufdef\ufff0-\uffff]/g;

const entity = (char: string): string => ENTITIES[char] ?? char;
const unquotedEntity = (char: string): string => {
  if (char === "\0") return "&#xfffd;";
  const code = char.charCodeAt(0);
  return ENTITIES[char] ?? (code > 127 ? `&#x${code.toString(16)};` : `&#${code};`);
};

const HTML = "template.HTML";

function nameFiltered({ text, type }: Written): string {
  if (type === "template.HTMLAttr") return text;
  const name = text.toLowerCase();
  return name === "" || contentOf(name) !== "plain" || !/^[0-9a-z]*$/.test(name) ? FAILSAFE : name;
}

const escaper = (write: (value: Written) => string): TemplateFunction => ({
  params: [],
  rest: "any",
  call: (args) => write(written(args)),
});

/** A value within a script: as JSON, kept apart from the words around it. */
function scriptValue(args: readonly Value[]): string {
  const [only = null] = args;
  if (args.length !== 1) return jsValue(goJson(sprint(args)));
  if (typeof only === "object" && only?.kind !== "time") return jsValue(goJson(stringOf(only) ?? only));
  return jsValue(goJson(only));
}

/** The functions that html/template puts at the ends of pipelines. */
export const HTML_ESCAPERS: Readonly<Record<string, TemplateFunction>> = {
  _eval_args_: {
    params: [],
    rest: "any",
    call: (args) => (args.length === 1 && typeof args[0] === "string" ? args[0] : sprint(args.map(followed))),
  },
  _html_template_htmlescaper: escaper(({ text, type }) => (type === HTML ? text : text.replace(SPECIAL, entity))),
  _html_template_rcdataescaper: escaper(({ text, type }) =>
    text.replace(type === HTML ? SPECIAL_BUT_ENTITIES : SPECIAL, entity),
  ),
  _html_template_attrescaper: escaper(({ text, type }) =>
    type === HTML ? stripTags(text).replace(SPECIAL_BUT_ENTITIES, entity) : text.replace(SPECIAL, entity),
  ),
  _html_template_nospaceescaper: escaper(({ text, type }) => {
    if (text === "") return FAILSAFE;
    return type === HTML
      ? stripTags(text).replace(UNQUOTED_BUT_ENTITIES, unquotedEntity)
      : text.replace(UNQUOTED, unquotedEntity);
  }),
  _html_template_htmlnamefilter: escaper(nameFiltered),
  _html_template_commentescaper: escaper(() => ""),
  _html_template_urlfilter: escaper(({ text, type }) => urlFiltered(text, type)),
  _html_template_urlnormalizer: escaper(({ text }) => urlEscaped(text, true)),
  _html_template_urlescaper: escaper(({ text, type }) => urlEscaped(text, type === "template.URL")),
  _html_template_srcsetescaper: escaper(({ text, type }) => srcsetFiltered(text, type)),
  _html_template_cssescaper: escaper(({ text }) => cssEscaped(text)),
  _html_template_cssvaluefilter: escaper(({ text, type }) => (type === "template.CSS" ? text : cssFiltered(text))),
  _html_template_jsvalescaper: { params: [], rest: "any", call: scriptValue },
  _html_template_jsstrescaper: escaper(({ text }) => jsStringEscaped(text)),
  _html_template_jstmpllitescaper: escaper(({ text }) => jsTemplateEscaped(text)),
  _html_template_jsregexpescaper: escaper(({ text }) => jsRegexpEscaped(text)),
};
