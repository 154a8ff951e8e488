import * as v from "valibot";
import { Clock, instant, opt } from "./schemas-common.ts";

const count = v.number();
const ms = v.pipe(v.number(), v.description("Milliseconds."));
const bytes = v.pipe(v.number(), v.description("Bytes."));
const usd = v.pipe(v.number(), v.description("US dollars."));
const names = v.array(v.string());
const phase = v.picklist(["cutting", "copying", "collecting", "folding", "sealing", "verifying"]);
const kind = v.picklist(["full", "incremental"]);
/** What is written in full in docs/backup-format.md and shared/core/backup: the document names its main members. */
const detail = <T extends v.ObjectEntries>(entries: T) => v.looseObject(entries);

const run = detail({
  id: v.string(),
  plan: v.string(),
  phase,
  startedAt: instant,
  deadline: instant,
  units: v.strictObject({ done: count, lost: count, total: opt(count) }),
  bytes,
  records: count,
  totalBytes: opt(bytes),
  bytesPerSecond: opt(v.number()),
  leftMs: opt(ms),
});
const note = detail({ id: v.string(), cutAt: instant, kind, at: names, missing: names, records: count, gaps: count });
const ended = detail({
  id: v.string(),
  outcome: v.picklist(["sealed", "failed", "stopped"]),
  text: v.string(),
  startedAt: instant,
  endedAt: instant,
});
const plan = {
  plan: v.string(),
  everyMs: ms,
  destinations: names,
  cluster: opt(v.string()),
  parts: names,
  nextAt: opt(instant),
  failures: count,
  running: opt(run),
  newest: opt(note),
  ended: v.array(ended),
};
const point = {
  id: v.string(),
  plan: v.string(),
  kind,
  cutAt: instant,
  finishedAt: instant,
  topics: count,
  partitions: count,
  records: count,
  newRecords: count,
  newBytes: bytes,
  storedBytes: bytes,
  parts: names,
  gaps: count,
  warnings: count,
  needs: count,
  at: names,
  missing: names,
  status: v.picklist(["whole", "degraded", "damaged"]),
  verified: opt(v.picklist(["ok", "failed"])),
  faults: names,
};
const hold = v.strictObject({
  v: v.literal(1),
  plan: v.string(),
  id: v.string(),
  reason: v.string(),
  by: v.string(),
  at: instant,
});
const fate = v.looseObject({ id: v.string(), why: names });
const verification = detail({
  id: v.string(),
  at: instant,
  deep: v.boolean(),
  ok: v.boolean(),
  usable: v.boolean(),
  text: v.string(),
  faults: v.array(v.strictObject({ place: v.string(), key: v.string(), what: v.string() })),
});
const job = detail({
  id: v.string(),
  plan: v.string(),
  point: v.string(),
  cluster: v.string(),
  phase: v.picklist(["approval", "restoring", "checking", "settling", "done", "partly", "failed", "cancelled"]),
  startedAt: instant,
  faults: names,
});
const RestorePlan = detail({
  point: v.strictObject({ plan: v.string(), id: v.string(), cutAt: instant }),
  topics: v.array(
    detail({ source: v.string(), target: v.string(), action: v.picklist(["create", "continue", "append"]) }),
  ),
  groups: v.array(detail({ source: v.string(), target: v.string() })),
  totals: detail({ topics: count, partitions: count, records: count, bytes, estimateMs: ms }),
  missing: opt(v.array(v.strictObject({ key: v.string(), why: v.string() }))),
  warnings: names,
  refusals: v.array(v.strictObject({ path: v.string(), why: v.string() })),
});
const drill = detail({
  id: v.string(),
  point: v.string(),
  cutAt: instant,
  startedAt: instant,
  endedAt: instant,
  status: v.picklist(["passed", "breached", "failed"]),
  rtoMs: ms,
  rpoMs: ms,
});

export const backupShapes = {
  BackupPlans: v.strictObject({ clock: Clock, plans: v.array(v.strictObject(plan)) }),
  BackupPlan: v.strictObject({ clock: Clock, ...plan }),
  BackupCommand: v.strictObject({ plan: v.string(), run: opt(v.string()), reason: v.string(), text: v.string() }),
  BackupHealed: v.strictObject({
    healed: v.array(v.strictObject({ id: v.string(), place: v.string() })),
    failed: v.array(v.strictObject({ id: v.string(), place: v.string(), why: v.string() })),
  }),
  BackupPreview: detail({
    at: instant,
    topics: v.array(detail({ name: v.string(), partitions: count, replicationFactor: count, offsets: count })),
    excluded: names,
    partitions: count,
    units: count,
    missing: v.array(v.strictObject({ need: v.string(), code: v.string(), why: v.string() })),
    warnings: names,
  }),
  BackupCost: detail({
    currency: v.literal("USD"),
    prices: v.string(),
    basis: v.picklist(["measured", "estimated"]),
    from: v.string(),
    usdPerMonth: usd,
    firstRunUsd: usd,
    notes: names,
  }),
  BackupPruned: detail({
    plan: v.string(),
    at: instant,
    dryRun: v.boolean(),
    keep: v.array(fate),
    remove: v.array(fate),
    places: v.array(
      detail({
        place: v.string(),
        status: v.picklist(["done", "planned", "refused", "failed"]),
        objects: count,
        freedBytes: bytes,
      }),
    ),
  }),
  BackupPoints: v.strictObject({
    clock: Clock,
    points: v.array(v.strictObject(point)),
    unreadable: v.array(v.strictObject({ plan: v.string(), id: v.string(), why: v.string() })),
    unreachable: v.array(v.strictObject({ place: v.string(), why: v.string() })),
  }),
  BackupPoint: v.strictObject({
    clock: Clock,
    ...point,
    manifest: detail({ format: v.literal("headgate-backup"), version: v.literal(1), id: v.string() }),
  }),
  BackupDiff: detail({
    from: v.strictObject({ id: v.string(), cutAt: instant }),
    to: v.strictObject({ id: v.string(), cutAt: instant }),
    apartMs: ms,
    topics: v.array(detail({ name: v.string(), kind: v.picklist(["added", "removed", "recreated", "changed"]) })),
  }),
  BackupTask: v.strictObject({ plan: v.string(), id: v.string(), follow: v.string() }),
  BackupVerifications: v.strictObject({ clock: Clock, items: v.array(verification) }),
  BackupHolds: v.strictObject({ items: v.array(hold) }),
  BackupHold: hold,
  RestorePlan,
  Restores: v.strictObject({ clock: Clock, items: v.array(job) }),
  RestoreJob: job,
  RestoreStarted: v.strictObject({ id: v.string(), plan: RestorePlan, follow: v.string() }),
  Restore: detail({ clock: Clock, job, plan: opt(RestorePlan), faults: opt(names), compared: v.array(v.unknown()) }),
  BackupDrills: detail({
    clock: Clock,
    plan: v.string(),
    nextAt: opt(instant),
    notes: v.array(drill),
    items: v.array(drill),
  }),
} as const;
