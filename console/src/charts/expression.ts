/** An expression that compares something with a number: what is compared, and the number. */
export interface Comparison {
  readonly expr: string;
  readonly op: string;
  readonly value: number;
}

const ENDING = /^(.*\S)\s*(==|!=|>=|<=|>|<)\s*(?:bool\s+)?([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*$/isu;

/**
 * Takes `up == 0` apart into `up` and 0, so that a chart shows what is compared and the line it is compared with. Only where
 * the comparison is the outermost one and its right side is a plain number; anything else is drawn as it is.
 */
export function comparisonOf(expr: string): Comparison | undefined {
  const parts = ENDING.exec(expr);
  const [, left, op, text] = parts ?? [];
  if (left === undefined || op === undefined || text === undefined) return undefined;
  const outer = outermost(left);
  // Words that bind weaker would take only a part of the left side along.
  if (outer === undefined || /\b(and|or|unless)\b/iu.test(outer)) return undefined;
  return { expr: left.trim(), op, value: Number(text) };
}

/** What stands outside of brackets and texts; undefined where they do not match or a comment hides what follows. */
function outermost(text: string): string | undefined {
  let depth = 0;
  let quote = "";
  let outer = "";
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? "";
    if (quote !== "") {
      if (char === "\\" && quote !== "`") index += 1;
      else if (char === quote) quote = "";
    } else if (char === "#") return undefined;
    else if (`"'\``.includes(char)) quote = char;
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char)) depth -= 1;
    else if (depth === 0) outer += char;
    if (depth < 0) return undefined;
  }
  return depth === 0 && quote === "" ? outer : undefined;
}
