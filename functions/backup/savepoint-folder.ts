import { resolve } from "node:path";
import { behindPath, readFlinkPath } from "../../shared/core/backup/savepoint-path.ts";

/** The folder of a savepoint on this machine's disk, where it is one; undefined: it lies elsewhere, and Flink has to find it there. */
export function savepointFolder(
  path: string,
  settings: { readonly savepoints?: string | undefined; readonly readAs?: string | undefined },
  baseDir: string,
): string | undefined {
  const at = readFlinkPath(path);
  if (!at) return undefined;
  const { savepoints, readAs } = settings;
  if (readAs === undefined) return at.scheme === "file" ? at.path : undefined;
  const base = savepoints === undefined ? undefined : readFlinkPath(savepoints);
  const rest = base && behindPath(base, at);
  if (rest === undefined || /^[a-z][a-z0-9+.-]+:\/\//i.test(readAs)) return undefined;
  return resolve(baseDir, readAs.replace(/^file:(?:\/\/)?/, ""), rest);
}
