const now = 1_767_571_260_000;
const clock = { now, speed: 1, simulated: false };
const MINUTE = 60_000;
const id = "bkp_20260105_000000";
const cutAt = now - MINUTE;
const note = {
  ...{
    id,
    cutAt,
    kind: "incremental",
    at: ["primary", "secondary"],
    missing: [],
    records: 220_000,
    newRecords: 12_000,
  },
  ...{ newBytes: 11_000_000, storedBytes: 3_100_000, gaps: 0, alarming: [], warnings: 0, verified: "ok" },
} as const;
const plan = {
  plan: "hourly",
  everyMs: 60 * MINUTE,
  destinations: ["primary", "secondary"],
  cluster: "main",
  parts: ["kafka", "config", "state"],
  nextAt: now + 59 * MINUTE,
  failures: 0,
  newest: note,
  ended: [
    {
      id,
      outcome: "sealed",
      text: "every byte is as it was written",
      startedAt: cutAt,
      endedAt: now,
      phase: "verifying",
    },
  ],
} as const;
const point = {
  ...{ id, plan: "hourly", kind: "incremental", cutAt, finishedAt: now - MINUTE / 2, topics: 3, partitions: 12 },
  ...{ records: 220_000, newRecords: 12_000, newBytes: 11_000_000, storedBytes: 3_100_000 },
  ...{ parts: ["kafka", "config"], gaps: 0, warnings: 0, needs: 4, at: ["primary", "secondary"], missing: [] },
  ...{ status: "whole", verified: "ok", faults: [] },
} as const;
const restorePlan = {
  v: 1,
  point: { plan: "hourly", id, cutAt },
  cluster: { id: "dTv8CQNDHpMjU7fkZyFfxQ", brokers: 3 },
  selection: "hourly",
  topics: [{ source: "orders", target: "orders", action: "create", partitions: 4, replicationFactor: 3 }],
  groups: [{ source: "billing", target: "billing", positions: [] }],
  jobs: [],
  ...{ acls: 0, quotas: 0, schemas: 0 },
  totals: {
    topics: 1,
    created: 1,
    partitions: 4,
    records: 110_000,
    bytes: 10_000_000,
    padded: 0,
    markers: 12,
    estimateMs: 900,
  },
  warnings: [],
  refusals: [],
} as const;
const job = {
  id: "rst_01ke5q9tk0c6m1x8z4v2b7n5qd",
  plan: "hourly",
  point: id,
  cluster: "main",
  phase: "done",
  startedAt: now - MINUTE,
  endedAt: now,
  by: "ada",
  why: "the topic was deleted",
  faults: [],
} as const;
const drill = {
  id: "drl_01ke5q9tk0c6m1x8z4v2b7n5qd",
  point: id,
  cutAt,
  startedAt: now - MINUTE,
  endedAt: now,
  status: "passed",
  rtoMs: 41_000,
  rpoMs: MINUTE,
} as const;
const hold = { v: 1, plan: "hourly", id, reason: "audit 2026", by: "ada", at: now } as const;

export const backupExamples = {
  BackupPlans: { clock, plans: [plan] },
  BackupPlan: { clock, ...plan },
  BackupCommand: { plan: "hourly", run: id, reason: "started", text: "ada: before the migration" },
  BackupHealed: { healed: [{ id, place: "secondary" }], failed: [] },
  BackupPreview: {
    at: now,
    topics: [{ name: "orders", partitions: 4, replicationFactor: 3, offsets: 110_000, bytes: 42_000_000 }],
    excluded: ["scratch"],
    partitions: 4,
    groups: 2,
    bytes: 42_000_000,
    units: 1,
    missing: [],
    warnings: [],
  },
  BackupCost: {
    currency: "USD",
    prices: "AWS list prices, us-east-1",
    basis: "measured",
    from: "the 24 newest points",
    usdPerMonth: 1.42,
    firstRunUsd: 0.03,
    notes: [],
  },
  BackupPruned: {
    plan: "hourly",
    at: now,
    dryRun: true,
    keep: [{ id, why: ["the newest that was verified"] }],
    remove: [],
    places: [{ place: "primary", status: "planned", objects: 0, freedBytes: 0, retired: [], orphans: [], locked: [] }],
  },
  BackupPoints: { clock, points: [point], unreadable: [], unreachable: [] },
  BackupPoint: { clock, ...point, manifest: { format: "headgate-backup", version: 1, id, plan: "hourly" } },
  BackupDiff: {
    from: { id: "bkp_20260104_230000", cutAt: cutAt - 60 * MINUTE },
    to: { id, cutAt },
    apartMs: 60 * MINUTE,
    topics: [{ name: "orders", kind: "changed", added: 12_000, removed: 0 }],
  },
  BackupTask: { plan: "hourly", id, follow: `/api/v1/backup/hourly/points/${id}/verifications` },
  BackupVerifications: {
    clock,
    items: [
      {
        id,
        at: now,
        deep: true,
        ok: true,
        usable: true,
        text: "every byte and every record is as it was written",
        faults: [],
      },
    ],
  },
  BackupHolds: { items: [hold] },
  BackupHold: hold,
  RestorePlan: restorePlan,
  Restores: { clock, items: [job] },
  RestoreJob: job,
  RestoreStarted: { id: job.id, plan: restorePlan, follow: `/api/v1/backup/hourly/restores/${job.id}` },
  Restore: { clock, job, plan: restorePlan, faults: [], compared: [] },
  BackupDrills: { clock, plan: "hourly", nextAt: now + 60 * MINUTE, notes: [drill], items: [drill] },
};
