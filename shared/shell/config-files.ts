/** Files that a configuration refers to, by their path as written (relative to the configuration). */
export interface ConfigFiles {
  /** The text; undefined where there is no such file. Throws HeadgateError `input.invalid` where it cannot be read. */
  read(path: string): string | undefined;
  /** Paths that match a pattern with `*` and `?` in its last part, in order. */
  list(pattern: string): readonly string[];
}

/** Largest file that may be referred to. */
export const MAX_INCLUDED_BYTES = 1_048_576;

const lastSlash = (path: string): number => path.lastIndexOf("/") + 1;

/** The folder of a pattern or path with its slash ("" for none), and what names in it have to match. */
export function patternParts(pattern: string): {
  readonly folder: string;
  readonly matches: (name: string) => boolean;
} {
  const source = [...pattern.slice(lastSlash(pattern))]
    .map((char) => (char === "*" ? "[^/]*" : char === "?" ? "[^/]" : char.replace(/[.+^${}()|[\]\\]/g, "\\$&")))
    .join("");
  const expression = new RegExp(`^${source}$`, "u");
  return { folder: pattern.slice(0, lastSlash(pattern)), matches: (name) => expression.test(name) };
}

/** Whether a path is a pattern. */
export const isPattern = (path: string): boolean => /[*?]/.test(path);

/** A path as seen from the configuration when it is written in a file beside or below it. */
export function seenFrom(file: string, path: string): string {
  if (path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of `${file.slice(0, lastSlash(file))}${path}`.split("/")) {
    if (part === "." || part === "") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return `${file.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

/** Files that were sent along with a configuration. */
export function givenFiles(texts: Readonly<Record<string, string>>): ConfigFiles {
  return {
    read: (path) => (Object.hasOwn(texts, path) ? texts[path] : undefined),
    list: (pattern) => {
      const { folder, matches } = patternParts(pattern);
      return Object.keys(texts)
        .filter((path) => path.slice(0, lastSlash(path)) === folder && matches(path.slice(lastSlash(path))))
        .sort();
    },
  };
}
