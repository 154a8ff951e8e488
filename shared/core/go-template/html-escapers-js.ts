const CONTROL: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  "\\": "\\\\",
  "/": "\\/",
};

const coded = (char: string): string => CONTROL[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are escaped.
const IN_STRING = /[\u0000-\u001f"`&'+/<>\\\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are escaped.
const IN_TEMPLATE = /[\u0000-\u001f"`&'+/<>\\${}\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are escaped.
const IN_REGEXP = /[\u0000-\u001f"$&'()*+\-./<>?[\\\]^{|}\u2028\u2029]/g;

/** Between quotes of a script. */
export const jsStringEscaped = (text: string): string => text.replace(IN_STRING, coded);

/** Between backquotes. */
export const jsTemplateEscaped = (text: string): string => text.replace(IN_TEMPLATE, coded);

/** Within a regular expression: matches the text itself. Of nothing the slashes would make a comment. */
export function jsRegexpEscaped(text: string): string {
  const escaped = text.replace(IN_REGEXP, (char) => (/[$()*\-.?[\]^{|}]/.test(char) ? `\\${char}` : coded(char)));
  return escaped === "" ? "(?:)" : escaped;
}

const WORD = /^[$\w]|[$\w]$/;

/** JSON as a value of a script: blanks keep it from running into a word beside it. */
export const jsValue = (json: string): string => (WORD.test(json) ? ` ${json} ` : json);
