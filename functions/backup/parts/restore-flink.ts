import type { FlinkPart } from "../../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { Place } from "../place.ts";
import { behind, restoreFiles } from "./restore-files.ts";

type Job = FlinkPart["jobs"][number];

/**
 * Writes a job's savepoint into a folder, whole and checked; Flink is started from that folder (its `_metadata` refers to the other files by name). Start with claim mode
 * NO_CLAIM: the copy stays ours.
 *
 * @throws HeadgateError `backup.unknown` where the point has no savepoint of it, `backup.damaged`, `restore.refused`, `data.unwritable`
 */
export function restoreSavepoint(places: readonly Place[], job: Job, folder: string) {
  if (!job.savepoint)
    throw new HeadgateError(
      "backup.unknown",
      `there is no savepoint of ${job.name}: ${job.failure ?? "it was not taken"}`,
    );
  // data/<plan>/<point>/flink/<job>/<savepoint>/<file>
  const pathOf = (key: string) => {
    const inside = behind(`flink/${job.id}`)(key);
    return inside.slice(inside.indexOf("/") + 1);
  };
  return restoreFiles(places, job.savepoint.objects, pathOf, folder);
}
