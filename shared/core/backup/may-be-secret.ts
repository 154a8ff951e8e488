import { concealPrinted, namesSecret } from "../kernel/printed.ts";

/** Says where a value is kept, and is none itself. */
const REFERENCE = /^(?:env|file|ssm|arn):\S*$/;
const REFERENCE_IN_LINE = /["']?\b(?:env|file|ssm|arn):[^\s"',}\]]*["']?/g;

/** Whether one named value may be nobody's business: by its name, or by its form. */
export const mayBeSecret = (name: string, value: string): boolean =>
  value !== "" && !REFERENCE.test(value) && (namesSecret(name) || concealPrinted(value) !== value);

/**
 * Whether a text (YAML, JSON, INI) may hold secrets: a line that gives a value to something with the name of a secret, or has one by its form. A reference to where one
 * is kept is none. Rather once too often: what may be secret is sealed.
 */
export function textMayBeSecret(text: string): boolean {
  const lines = text.split("\n");
  return lines.some((line, index) => {
    const bare = line.replace(REFERENCE_IN_LINE, "").replace(/(["'])\1/g, "");
    if (concealPrinted(bare) !== bare) return true;
    const [, name = "", value = ""] = /^\s*(?:-\s+)?["']?([\w.-]+)["']?\s*[:=]\s*(.*)$/.exec(bare) ?? [];
    if (!namesSecret(name)) return false;
    // A block: its first line is the value.
    const said = /^[|>][+-]?\d*\s*$/.test(value) ? (lines[index + 1] ?? "") : value.replace(/(?:^|\s)#.*$/, "");
    return !/^(?:[[{].*|true|false|null|~|""|'')?,?$/.test(said.trim());
  });
}
