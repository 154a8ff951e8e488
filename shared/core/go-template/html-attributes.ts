/** What an attribute holds; `unsafe` where it decides over others. */
export type Content = "plain" | "css" | "html" | "js" | "url" | "srcset" | "unsafe";

const GROUPS: Readonly<Partial<Record<Content, string>>> = {
  url: "action archive background cite classid codebase data formaction href icon longdesc manifest poster profile src usemap xmlns",
  unsafe:
    "accept-charset async challenge charset content crossorigin defer enctype form formenctype formmethod formnovalidate http-equiv keytype language method novalidate pattern rel sandbox type value",
  css: "style",
  html: "srcdoc",
  srcset: "srcset",
  plain:
    "accept alt autocomplete autofocus autoplay border checked class cols colspan contenteditable contextmenu controls coords datetime default dir dirname disabled draggable dropzone for formtarget headers height hidden high hreflang id ismap kind label lang list loop low max maxlength media mediagroup min multiple name open optimum placeholder preload pubdate radiogroup readonly required reversed rows rowspan spellcheck scope scoped seamless selected shape size sizes span srclang start step tabindex target title width wrap",
};

const KNOWN: ReadonlyMap<string, Content> = new Map(
  Object.entries(GROUPS).flatMap(([content, names]) =>
    names.split(" ").map((name): [string, Content] => [name, content as Content]),
  ),
);

/** What an attribute of this name (small letters) is taken to hold; unknown names that look like handlers or addresses are treated so. */
export function contentOf(attribute: string): Content {
  const colon = attribute.indexOf(":");
  let name = attribute;
  if (name.startsWith("data-")) name = name.slice(5);
  else if (colon !== -1) {
    if (name.slice(0, colon) === "xmlns") return "url";
    name = name.slice(colon + 1);
  }
  const known = KNOWN.get(name);
  if (known) return known;
  if (name.startsWith("on")) return "js";
  return /src|uri|url/.test(name) ? "url" : "plain";
}

const SCRIPT_TYPES = new Set([
  "",
  "application/ecmascript",
  "application/javascript",
  "application/json",
  "application/ld+json",
  "application/x-ecmascript",
  "application/x-javascript",
  "module",
  "text/ecmascript",
  "text/javascript",
  "text/javascript1.0",
  "text/javascript1.1",
  "text/javascript1.2",
  "text/javascript1.3",
  "text/javascript1.4",
  "text/javascript1.5",
  "text/jscript",
  "text/livescript",
  "text/x-ecmascript",
  "text/x-javascript",
]);

/** Whether a script element of this type holds a script. */
export const isScriptType = (type: string): boolean =>
  SCRIPT_TYPES.has((type.split(";")[0] ?? "").toLowerCase().trim());
