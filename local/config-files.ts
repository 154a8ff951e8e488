import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type ConfigFiles, MAX_INCLUDED_BYTES, patternParts } from "../shared/shell/config-files.ts";
import { readBounded } from "./read-bounded.ts";

/** Files beside a configuration on this machine; `taken` is every text that was read, by its path as written. */
export interface DirectoryFiles extends ConfigFiles {
  taken(): Readonly<Record<string, string>>;
}

/** @param baseDir the folder of the configuration */
export function directoryFiles(baseDir: string): DirectoryFiles {
  const texts = new Map<string, string>();
  return {
    taken: () => Object.fromEntries(texts),
    read: (path) => {
      const known = texts.get(path);
      if (known !== undefined) return known;
      let bytes: Buffer;
      try {
        bytes = readBounded(resolve(baseDir, path), MAX_INCLUDED_BYTES + 1);
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        const why = code === "EISDIR" ? "it is a folder" : code === "EACCES" ? "it may not be read" : String(cause);
        throw new HeadgateError("input.invalid", `${path}: ${why}`, { cause });
      }
      const text = bytes.toString("utf8");
      texts.set(path, text);
      return text;
    },
    list: (pattern) => {
      const { folder, matches } = patternParts(pattern);
      let names: readonly string[];
      try {
        names = readdirSync(resolve(baseDir, folder));
      } catch {
        // A folder that is not there has no files.
        return [];
      }
      return names
        .filter(matches)
        .sort()
        .map((name) => `${folder}${name}`);
    },
  };
}
