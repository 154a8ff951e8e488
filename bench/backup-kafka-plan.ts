import * as v from "valibot";
import { pointNamed } from "../functions/backup/asks.ts";
import type { PlanContext } from "../functions/backup/context.ts";
import { restorePoint } from "../functions/backup/restore.ts";
import { openRestore } from "../functions/backup/restore-open.ts";
import { BackupPlan } from "../shared/core/backup/section.ts";

/** What openDirect wants: one plan into one folder, without reading back, so that the copy alone is measured. */
export const parsePlan = (brokers: string, folder: string, include: readonly string[]) => ({
  kind: "config" as const,
  baseDir: folder,
  plans: ["bench"],
  config: {
    version: 1 as const,
    services: {},
    autoscaling: {},
    streams: { main: { kafka: { brokers: brokers.split(","), tls: false } } },
    backup: {
      bench: v.parse(BackupPlan, { to: [folder], verify: "off", what: { topics: { include: [...include] } } }),
    },
  },
});

/** Restores into other names, and says how much came. */
async function restore(context: PlanContext) {
  const world = await openRestore(context, await pointNamed(context, "latest"));
  const report = await restorePoint(world, { prefix: "back-", groups: "none", acls: false, quotas: false });
  if (report.status !== "done") throw new Error(report.faults.join("; ") || report.status);
  return { raw: report.bytes, records: report.records };
}

export const asks = { restore } as const;
