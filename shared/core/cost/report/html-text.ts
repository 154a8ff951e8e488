const NAMES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Text for the body of a page and for attributes in quotes: names come from bills, and whoever may name a resource chose them. Characters that
 * turn the direction of writing are shown as a box.
 */
export const html = (value: string): string =>
  value
    .replace(/[&<>"']/g, (char) => NAMES[char] ?? char)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\u25a1");
