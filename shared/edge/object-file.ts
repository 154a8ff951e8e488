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

/** How a directory writes keys as paths. */
export interface KeyNames {
  readonly fileOf: (key: string) => readonly string[];
  /** What an entry of a directory stands for; text as {@link KeyNames.partOf} reads it. */
  readonly entryOf: (name: string, isDirectory: boolean) => ReturnType<typeof entryOf>;
  readonly partOf: (text: string) => string | undefined;
}

/** Any key, also beside one that is a folder of it, on any file system. */
export const escapedNames: KeyNames = { fileOf, entryOf, partOf: unescapePart };

const KEPT = /[A-Za-z0-9._-]/;

function plainPart(part: string): string {
  return Array.from(Buffer.from(part, "utf8"), (byte, index) => {
    const letter = String.fromCharCode(byte);
    return KEPT.test(letter) && (letter !== "." || index > 0)
      ? letter
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

function readPlainPart(text: string): string | undefined {
  try {
    const part = decodeURIComponent(text);
    return plainPart(part) === text ? part : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keys of letters, digits, ".", "_" and "-" are paths as they stand, for folders that people and other tools read too. A key cannot be there beside one that it is a
 * folder of, and a part has 255 bytes at most.
 */
export const plainNames: KeyNames = {
  fileOf: (key) => key.split("/").map(plainPart),
  entryOf: (name, isDirectory) => ({ kind: isDirectory ? "part" : "object", text: name }),
  partOf: readPlainPart,
};
