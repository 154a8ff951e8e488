/** Letters that every file system keeps apart. Upper case is escaped: some file systems do not tell "A" from "a". */
const PLAIN = /[a-z0-9_-]/;
/** Names that Windows keeps for devices, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)/;
/** File names may have 255 bytes; an escaped part may have 2,700. */
const LONGEST = 200;

/** Ends a directory's name: a part of the key ends here … */
const PART = "~";
/** … or goes on in the next component. Neither letter is ever written by {@link escapePart}. */
const MORE = "^";

function escapePart(part: string): string {
  const bytes = Buffer.from(part, "utf8");
  const text = Array.from(bytes, (byte, index) => {
    const letter = String.fromCharCode(byte);
    // A dot at the front hides a file, one at the end is dropped by Windows.
    const inner = letter === "." && index > 0 && index < bytes.length - 1;
    return inner || PLAIN.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
  return DEVICE.test(text) ? `%${text.charCodeAt(0).toString(16).toUpperCase()}${text.slice(1)}` : text;
}

/**
 * Path components of a key, the last one the file. "logs/2026" is `logs~` then `2026`, so that the keys "logs" and "logs/2026"
 * can both exist, as they can on S3.
 */
export function fileOf(key: string): readonly string[] {
  const parts = key.split("/");
  return parts.flatMap((part, index) => {
    const text = escapePart(part);
    const pieces = text.match(new RegExp(`.{1,${LONGEST}}`, "g")) ?? [];
    const last = pieces.length - 1;
    return pieces.map((piece, at) => (at < last ? piece + MORE : index < parts.length - 1 ? piece + PART : piece));
  });
}

/** What a directory entry stands for; `text` is still escaped, since a long part may be cut inside an escape. */
export function entryOf(name: string): { readonly kind: "object" | "part" | "more"; readonly text: string } {
  if (name.endsWith(PART)) return { kind: "part", text: name.slice(0, -1) };
  if (name.endsWith(MORE)) return { kind: "more", text: name.slice(0, -1) };
  return { kind: "object", text: name };
}

/** Inverse of the escaping; undefined for a file that no key leads to. */
export function unescapePart(text: string): string | undefined {
  try {
    const part = decodeURIComponent(text);
    return escapePart(part) === text ? part : undefined;
  } catch {
    return undefined;
  }
}
