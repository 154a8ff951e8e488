import { resolve } from "node:path";
import type { Json } from "../../../shared/core/kernel/json.ts";
import { localTree } from "../../../shared/edge/local-tree.ts";
import { removeSnapshot, snapshotFolder, takeSnapshot } from "../../../shared/edge/prometheus-snapshot.ts";
import { type CopyProgress, copied, copyTree } from "./copy-tree.ts";
import { dataKey } from "./receipts.ts";
import { shownUrl } from "./schemas.ts";
import type { PartContext, PartStep } from "./types.ts";
import "../../shared-parts.ts";
import "../../shared-parts.ts";

interface Progress extends CopyProgress {
  readonly snapshot: string;
  readonly warnings: readonly string[];
}

/** Has Prometheus write a snapshot of its database, copies it to all places and removes it from the server's disk again. */
export async function stepMetrics(context: PartContext, given?: Json): Promise<PartStep<"metrics">> {
  const settings = context.config.what.metrics;
  if (!settings) return { status: "failed", why: "no Prometheus server is named" };
  const before = given as Progress | undefined;
  const data = resolve(context.baseDir, settings.data);
  try {
    const snapshot = before?.snapshot ?? (await takeSnapshot(context.http, settings.prometheus));
    const tree = localTree(snapshotFolder(data, snapshot));
    const files = await tree.files();
    if (!files)
      return {
        status: "failed",
        why: `Prometheus wrote snapshot ${snapshot}, and ${data} does not hold it: what.metrics.data has to be the server's data folder as this process sees it`,
      };
    const note = `metrics-${snapshot}`;
    const keyOf = (path: string) => dataKey(context, `metrics/${snapshot}/${path}`);
    const { progress, whole, warnings } = await copyTree(context, tree, files, keyOf, note, before);
    const said = [...new Set([...(before?.warnings ?? []), ...warnings])];
    if (!whole)
      return { status: "waiting", progress: { ...progress, snapshot, warnings: said } as unknown as Json, againMs: 0 };
    const objects = await copied(context, note, progress);
    const left = await removeSnapshot(data, snapshot).then(
      () => [],
      (error: Error) => [`snapshot ${snapshot} could not be removed from the server's disk: ${error.message}`],
    );
    return {
      status: "done",
      part: {
        url: shownUrl(settings.prometheus),
        snapshot,
        objects: objects.map(({ key, size, sha256 }) => ({ key, size, sha256 })),
      },
      objects,
      warnings: [...said, ...left],
      gaps: [],
    };
  } catch (error) {
    return {
      status: "failed",
      why: `metrics are not in this point: ${error instanceof Error ? error.message : error}`,
    };
  }
}
