import type { MetricsPart } from "../../../shared/core/backup/format/types.ts";
import type { Place } from "../place.ts";
import { behind, restoreFiles } from "./restore-files.ts";

/**
 * Writes a snapshot into a folder that a Prometheus server can be started on (`--storage.tsdb.path`).
 *
 * @throws HeadgateError `backup.damaged`, `restore.refused`, `data.unwritable`
 */
export const restoreMetrics = (places: readonly Place[], part: MetricsPart, folder: string) =>
  restoreFiles(places, part.objects, behind(`metrics/${part.snapshot}`), folder);
