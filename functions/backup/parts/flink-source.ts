import { resolve } from "node:path";
import { behindPath, readFlinkPath } from "../../../shared/core/backup/savepoint-path.ts";
import { localTree, type Tree } from "../../../shared/edge/local-tree.ts";
import { objectsTree } from "../../../shared/edge/objects-tree.ts";
import { s3Objects } from "../../../shared/edge/s3-objects.ts";
import type { PartContext } from "./types.ts";

type Where = Pick<PartContext, "baseDir" | "clients">;

/**
 * A folder that Flink wrote, as this process sees it: below `readAs` where that is given for `savepoints`, else where Flink says, on this machine's disk or on S3.
 * The sentence that comes instead says why it cannot be seen.
 */
export function flinkTree(
  { baseDir, clients }: Where,
  path: string,
  settings: { readonly savepoints?: string | undefined; readonly readAs?: string | undefined },
): Tree | string {
  const at = readFlinkPath(path);
  const base = settings.savepoints === undefined ? undefined : readFlinkPath(settings.savepoints);
  if (!at) return `${path} is no path that can be followed from here`;
  if (settings.readAs !== undefined) {
    const rest = base && behindPath(base, at);
    if (rest === undefined)
      return `${path} does not lie below ${settings.savepoints ?? "what.flink.savepoints"}, for which readAs is given`;
    const seen = /^s3[anp]?:/i.test(settings.readAs)
      ? `${settings.readAs.replace(/\/+$/, "")}/${rest}`
      : resolve(baseDir, settings.readAs.replace(/^file:(?:\/\/)?/, ""), rest);
    return flinkTree({ baseDir, clients }, seen, {});
  }
  if (at.scheme === "file") return localTree(at.path);
  if (at.scheme === "s3") {
    const [bucket = "", ...key] = at.path.split("/");
    return objectsTree(s3Objects({ client: clients.s3, bucket }), `${key.join("/")}/`);
  }
  return `${at.scheme} cannot be read from here; what.flink.readAs says where this process sees the same place`;
}
