import type { Shown, ShownMap } from "./kind.ts";
import { isPrintable, styleOf } from "./scalar-style.ts";

/** A line is folded at the next space past it. */
const WIDTH = 80;
const INDENT = 2;

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escaped(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = (width: number): string => code.toString(16).toUpperCase().padStart(width, "0");
  return code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

const isBreak = (character: string): boolean => "\r\n\u0085\u2028\u2029".includes(character);

const isMap = (value: Shown): value is ShownMap =>
  typeof value === "object" && value !== null && "entries" in value && !Array.isArray(value);

/**
 * Prints a value as Go's yaml.v2 marshals it, byte for byte: the order as given, block style, texts quoted only where they have to be,
 * lines folded past 80 columns. Source: yaml.v2 encode.go and emitterc.go.
 */
export function emitYaml(value: Shown): string {
  const out: string[] = [];
  let column = 0;
  /** Nothing but indentation is in the line yet, "- " counts as such. */
  let indention = true;
  /** The last character written was white space or opens something. */
  let whitespace = true;
  /** yaml.v2 keeps a field's flow style for the next list or map to start, wherever that is. */
  let flowNext = false;

  const put = (text: string): void => {
    out.push(text);
    column += Array.from(text).length;
  };
  const newline = (): void => {
    out.push("\n");
    column = 0;
  };
  const writeIndent = (indent: number): void => {
    if (!indention || column > indent || (column === indent && !whitespace)) newline();
    if (column < indent) put(" ".repeat(indent - column));
    whitespace = true;
    indention = true;
  };
  const indicator = (text: string, space: boolean, opens: boolean, indents: boolean): void => {
    if (space && !whitespace) put(" ");
    put(text);
    whitespace = opens;
    indention = indention && indents;
  };

  const plain = (text: string, indent: number, folds: boolean): void => {
    if (!whitespace) put(" ");
    folded(Array.from(text), indent, folds, false);
    whitespace = false;
    indention = false;
  };
  /** Characters of which a single space may become a line break. */
  const folded = (characters: readonly string[], indent: number, folds: boolean, quoted: boolean): void => {
    let spaces = false;
    for (const [at, character] of characters.entries()) {
      if (character === " ") {
        const inner = !quoted || (at > 0 && at < characters.length - 1);
        if (folds && !spaces && column > WIDTH && inner && characters[at + 1] !== " ") writeIndent(indent);
        else put(character);
        spaces = true;
      } else {
        put(quoted && character === "'" ? "''" : character);
        indention = false;
        spaces = false;
      }
    }
  };
  const doubleQuoted = (text: string, indent: number, folds: boolean): void => {
    const characters = Array.from(text);
    indicator('"', true, false, false);
    let spaces = false;
    for (const [at, character] of characters.entries()) {
      if (!isPrintable(character) || isBreak(character) || character === '"' || character === "\\") {
        put(escaped(character));
        spaces = false;
      } else if (character === " ") {
        if (folds && !spaces && column > WIDTH && at > 0 && at < characters.length - 1) {
          writeIndent(indent);
          if (characters[at + 1] === " ") put("\\");
        } else put(character);
        spaces = true;
      } else {
        put(character);
        spaces = false;
      }
    }
    indicator('"', false, false, false);
    whitespace = false;
    indention = false;
  };
  const literal = (text: string, indent: number): void => {
    const leads = text.startsWith(" ") || isBreak(text[0] as string) ? String(INDENT) : "";
    const chomp = !isBreak(text.at(-1) as string)
      ? "-"
      : text.length === 1 || isBreak(text.at(-2) as string)
        ? "+"
        : "";
    indicator("|", true, false, false);
    put(`${leads}${chomp}`);
    newline();
    indention = true;
    whitespace = true;
    let atStart = true;
    for (const character of text) {
      if (isBreak(character)) {
        if (character === "\n") newline();
        else {
          out.push(character);
          column = 0;
        }
        indention = true;
        atStart = true;
        continue;
      }
      if (atStart) writeIndent(indent);
      put(character);
      indention = false;
      atStart = false;
    }
  };
  const text = (value: string, indent: number, place: { readonly flow: boolean; readonly key: boolean }): void => {
    const folds = !place.key;
    switch (styleOf(value, place)) {
      case "plain":
        plain(value, indent, folds);
        break;
      case "literal":
        literal(value, indent);
        break;
      case "double":
        doubleQuoted(value, indent, folds);
        break;
      case "single":
        indicator("'", true, false, false);
        folded(Array.from(value), indent, folds, true);
        indicator("'", false, false, false);
        whitespace = false;
        indention = false;
    }
  };

  const node = (value: Shown, indent: number, context: "root" | "sequence" | "mapping" | "flow"): void => {
    const flow = context === "flow";
    if (isMap(value)) {
      if (flow || takeFlow() || value.entries.length === 0) flowMap(value, indent);
      else blockMap(value, indent);
    } else if (Array.isArray(value)) {
      if (flow || takeFlow() || value.length === 0) flowList(value, indent);
      else blockList(value as readonly Shown[], indent, context === "mapping");
    } else if (typeof value === "string") text(value, indent < 0 ? 0 : indent + INDENT, { flow, key: false });
    else plain(value === null ? "null" : scalarText(value as number | boolean), indent + INDENT, true);
  };
  const takeFlow = (): boolean => {
    const taken = flowNext;
    flowNext = false;
    return taken;
  };
  const blockMap = (map: ShownMap, above: number): void => {
    const indent = above < 0 ? 0 : above + INDENT;
    for (const { key, value, flow } of map.entries) {
      writeIndent(indent);
      text(key, indent, { flow: false, key: true });
      indicator(":", false, false, false);
      flowNext = flow ?? false;
      node(value, indent, "mapping");
    }
  };
  const blockList = (items: readonly Shown[], above: number, inMap: boolean): void => {
    const indent = above < 0 ? 0 : inMap && !indention ? above : above + INDENT;
    for (const item of items) {
      writeIndent(indent);
      indicator("-", true, false, true);
      node(item, indent, "sequence");
    }
  };
  const flowList = (items: readonly Shown[], above: number): void => {
    const indent = above < 0 ? INDENT : above + INDENT;
    indicator("[", true, true, false);
    for (const [at, item] of items.entries()) {
      if (at > 0) indicator(",", false, false, false);
      if (column > WIDTH) writeIndent(indent);
      node(item, indent, "flow");
    }
    indicator("]", false, false, false);
  };
  const flowMap = (map: ShownMap, above: number): void => {
    const indent = above < 0 ? INDENT : above + INDENT;
    indicator("{", true, true, false);
    for (const [at, { key, value, flow }] of map.entries.entries()) {
      if (at > 0) indicator(",", false, false, false);
      if (column > WIDTH) writeIndent(indent);
      text(key, indent, { flow: true, key: true });
      indicator(":", false, false, false);
      flowNext = flow ?? false;
      node(value, indent, "flow");
      // A list or map within took the style; a scalar leaves it to what comes next.
      if (typeof value === "object" && value !== null) flowNext = false;
    }
    indicator("}", false, false, false);
  };

  node(value, -1, "root");
  if (column > 0) newline();
  return out.join("");
}

function scalarText(value: number | boolean): string {
  if (typeof value === "boolean") return String(value);
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  // Go's %g turns to exponents from 21 digits on, as this language does; its exponents have two digits.
  return String(value).replace(/e([-+])(\d)$/, "e$10$2");
}
