const KNOWN_SECRET = /pass|secret|token|credential|key$/i;

/** Whether a key's name says that its value is nobody's business: such values are never shown. */
export const namesSecret = (name: string): boolean => KNOWN_SECRET.test(name);

const HIDDEN = "[redacted]";
/** Shorter values ("on", "8080") would blot out half of what a program says. */
const LEAST = 6;
/** What stands behind this is not looked at: nobody is shown that much of a line. */
const MOST = 4_000;

/** Secrets by their form, with what is put in their place. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // postgres://app:secret@db
  [/([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,200}:)[^\s@]{1,500}@/gi, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  // password=…, "apiKey": "…", DB_PASS: …; tokens.js:12:7 is a place in a program.
  [
    /([\w.-]{0,64}(?:passw|passphrase|_pass|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)[\w.-]{0,64}["']?\s{0,3}[=:]\s{0,3})(?!\d+:\d)("[^"]*"?|'[^']*'?|[^\s,;&"')}\]]+)/gi,
    `$1${HIDDEN}`,
  ],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/g, HIDDEN],
  // A JSON web token.
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, HIDDEN],
  // A line of a PEM file; a checksum is written in hexadecimal digits.
  [/^\s*(?![0-9a-fA-F]+\s*$)[A-Za-z0-9+/]{64}\s*$/, HIDDEN],
];

/**
 * A line that somebody else's program printed, as people may see it: without what has the form of a secret, and without values that are known
 * to be one.
 */
export function concealPrinted(line: string, known: readonly string[] = []): string {
  const cut = line.slice(0, MOST);
  const without = known.filter((one) => one.length >= LEAST).reduce((text, one) => text.replaceAll(one, HIDDEN), cut);
  return FORMS.reduce((text, [form, instead]) => text.replace(form, instead), without);
}
