/** A text whose continued lines of `[…]`, `{…}` and quotes stand further in, and by how much each line does (0-based). */
export interface Indented {
  readonly text: string;
  readonly added: ReadonlyMap<number, number>;
}

/** What may stand before a value that starts in its line: nothing, dashes, a key with its colon, an anchor or a tag. */
const OPENS = /(^|[:\-?,[{])\s+$|^$|[&!]\S+\s+$/;
const BLOCK_SCALAR = /(^|\s)[|>][-+0-9]*\s*(#.*)?$/;

/**
 * Moves lines within `[…]`, `{…}` and quotes to the right where they stand left of what they continue. YAML 1.2 wants them there, YAML 1.1
 * does not, and their white space has no meaning.
 */
export function flowIndented(text: string): Indented {
  const added = new Map<number, number>();
  const lines = text.split("\n");
  const out: string[] = [];
  let depth = 0;
  let quote = "";
  let least = 0;
  /** Indentation of the line that a block scalar hangs from; -1 for none. */
  let block = -1;
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (block >= 0 && (indent < 0 || indent > block)) {
      out.push(line);
      continue;
    }
    block = -1;
    const continues = depth > 0 || quote !== "";
    const pad = continues && indent >= 0 && indent < least ? least - indent : 0;
    if (pad > 0) added.set(index, pad);
    out.push(" ".repeat(pad) + line);
    for (let at = 0; at < line.length; at += 1) {
      const character = line[at] as string;
      if (quote !== "") {
        if (character === "\\" && quote === '"') at += 1;
        else if (character === quote) quote = "";
        continue;
      }
      if (character === "#" && (at === 0 || /\s/.test(line[at - 1] as string))) break;
      const opens = depth > 0 || OPENS.test(line.slice(0, at));
      if (!opens) continue;
      if (character === '"' || character === "'") {
        // In the middle of a bare text a quote is a letter.
        if (depth > 0 && !/[\s,:[{]$/.test(line.slice(0, at)) && at > 0) continue;
        if (depth === 0) least = at + 1;
        quote = character;
      } else if (character === "[" || character === "{") {
        if (depth === 0) least = at + 1;
        depth += 1;
      } else if (depth > 0 && (character === "]" || character === "}")) depth -= 1;
    }
    if (depth === 0 && quote === "" && BLOCK_SCALAR.test(line)) block = Math.max(indent, 0);
  }
  return { text: out.join("\n"), added };
}
