import type { Fault } from "../core/kernel/errors.ts";
import type { PathFault } from "../core/kernel/path-fault.ts";
import { pathText, type YamlDocument } from "./yaml-document.ts";

/**
 * A fault with its place in the file. A fault inside of an expression or a template points at the very character, where the YAML is
 * written so that it can be told (one line, or a block after `|`); else at the value.
 */
export function placedFault(file: string, text: string, document: YamlDocument, found: PathFault): Fault {
  const { path, message, value, allowed, atKey, within } = found;
  const at = document.locate(path, atKey ?? false);
  return {
    file,
    path: pathText(path),
    message,
    ...(within ? inside(text, at, within) : at),
    ...(value === undefined ? {} : { value }),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

interface Place {
  readonly line?: number;
  readonly column?: number;
}

function inside(text: string, at: Place, within: { readonly line: number; readonly column: number }): Place {
  const lines = text.split(/\r\n|\n|\r/);
  const { line = 1, column = 1 } = at;
  const written = (lines[line - 1] ?? "").slice(column - 1);
  if (/^\|[-+]?\s*(#.*)?$/.test(written)) {
    const indent =
      lines
        .slice(line)
        .find((one) => one.trim() !== "")
        ?.search(/\S/) ?? 0;
    return { line: line + within.line, column: indent + within.column };
  }
  if (within.line !== 1 || /^[>|&*!]/.test(written)) return at;
  if (/^["']/.test(written)) {
    // An escape makes the text shorter than what is written.
    const before = written.slice(1, within.column + 1);
    return before.includes("\\") || before.includes("''") ? at : { line, column: column + within.column };
  }
  // A plain text that goes on in the next line is not told apart from one that ends here; its first line is right in both.
  return within.column <= written.trimEnd().length + 1 ? { line, column: column + within.column - 1 } : at;
}
