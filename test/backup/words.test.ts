import { expect, test } from "vitest";
import { explain, sentence } from "../../shared/core/backup/explain.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";

const AT = Date.UTC(2026, 10, 23, 7, 30);
const POINT = "bkp_20261123_070000";
const MINUTE = 60_000;

function record(subject: string, reason: string, text: string, stateAfter: object): DecisionRecord {
  return {
    ...{ v: 1, id: "dec_1", tenant: "default", noun: "backup", subject, at: AT, mode: "act", configVersion: "cfg" },
    ...{
      trigger: { type: "queue", detail: "turn" },
      config: {},
      input: {},
      stateBefore: {},
      actions: [],
      outcomes: [],
    },
    ...{ reason, stateAfter, trace: [{ kind: "chosen", rule: "rule", text, values: {} }] },
  } as unknown as DecisionRecord;
}

const drill = { phase: "restoring", startedAt: AT - 3 * MINUTE, point: { id: POINT, cutAt: AT - 30 * MINUTE } };
const job = {
  id: "rst_1",
  plan: "hourly",
  point: POINT,
  cluster: "main",
  phase: "restoring",
  startedAt: AT - MINUTE,
  by: "ada",
  why: "",
};
const note = { id: POINT, kind: "incremental", newRecords: 520, verified: "ok", missing: [], gaps: 0 };

test.each([
  [
    "run:hourly",
    "finished",
    "every byte is as it was written",
    { v: 1, ended: [{ point: note }] },
    `hourly: restore point ${POINT} made: 520 new records, every byte verified`,
  ],
  [
    "run:hourly",
    "damaged",
    "orders is not as it was written",
    { v: 1, ended: [{ point: { ...note, verified: "failed", missing: ["b"], gaps: 1 } }] },
    `hourly: restore point ${POINT} made: 520 new records, verification found damage, 1 gap, not at b`,
  ],
  [
    "drill:hourly",
    "taken",
    "restoring for 12 min",
    { v: 1, current: drill, ended: [] },
    `drill of hourly: restores ${POINT}, since 3 min`,
  ],
  [
    "drill:hourly",
    "passed",
    "all is the same",
    { v: 1, ended: [{ point: POINT, status: "passed", rtoMs: MINUTE, rpoMs: 30 * MINUTE, records: 9, steps: [] }] },
    `drill of hourly: passed: 9 records of ${POINT} restored and the same, RTO 1 min, RPO 30 min`,
  ],
  [
    "restore:rst_1",
    "taken",
    "restoring for 12 min",
    { v: 1, job },
    `restore of ${POINT} into main: records are being restored, since 1 min`,
  ],
  [
    "restore:rst_1",
    "restored",
    "9 records were added and 1 groups set in 1 min",
    { v: 1, job: { ...job, phase: "done" } },
    `restore of ${POINT} into main: is done: 9 records were added and 1 groups set in 1 min`,
  ],
  [
    "restore:rst_1",
    "refused_unknown",
    "there is no such restore",
    { v: 1 },
    "restore rst_1: refused: there is no such restore",
  ],
])("%s, %s", (subject, reason, text, state, expected) => {
  const made = record(subject, reason, text, state);
  expect(sentence(made)).toBe(expected);
  expect(explain(made)[0]).toBe(expected);
  expect(explain(made)).toContain(`chosen by rule: ${text}`);
});
