import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  backupParts,
  backupsLine,
  bytes,
  dialsOf,
  holesOf,
  noteStanding,
  planStanding,
  pointStanding,
  restoreText,
  runShare,
  runText,
} from "../../console/src/backup-words.ts";
import {
  FIRST_RESTORE,
  isChosen,
  landingText,
  restoreConsequences,
  restoreFault,
  restoreRequest,
  toggled,
  touches,
} from "../../console/src/restore-form.ts";
import { subjectName } from "../../console/src/subjects.ts";
import { telling } from "../../console/src/telling.ts";
import type { DecisionSummary } from "../../functions/api/views.ts";
import type {
  BackupDrill,
  BackupPlan,
  BackupPoint,
  BackupPointNote,
  BackupRunNow,
  RestoreJobView,
  RestorePlanned,
} from "../../functions/api/views-backup.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);

const note = (more: Partial<BackupPointNote> = {}): BackupPointNote => ({
  ...{ id: "bkp_20261123_114800", cutAt: NOW - 12 * MINUTE, kind: "full", at: ["a", "b"], missing: [] },
  ...{ records: 1, newRecords: 1, newBytes: 1, storedBytes: 1, gaps: 0, alarming: [], warnings: 0, verified: "ok" },
  ...more,
});
const plan = (more: Partial<BackupPlan> = {}): BackupPlan => ({
  ...{ plan: "hourly", everyMs: HOUR, destinations: ["a", "b"], parts: ["kafka"], failures: 0, ended: [] },
  newest: note(),
  ...more,
});
const without = ({ newest: _, ...rest }: BackupPlan): BackupPlan => rest;
const run = (more: Partial<BackupRunNow> = {}): BackupRunNow => ({
  ...{ id: "bkp_1", plan: "hourly", phase: "copying", by: "ada", why: "", startedAt: NOW, deadline: NOW },
  ...{ units: { done: 1, lost: 0, total: 4 }, bytes: 12_400_000, records: 2_000, parts: [] },
  ...more,
});
const drill = (more: Partial<BackupDrill> = {}): BackupDrill => ({
  ...{ v: 1, id: "drl_1", plan: "hourly", point: "bkp_1", cutAt: NOW, cluster: "main", by: "ada", why: "" },
  ...{ startedAt: NOW - 73 * HOUR, endedAt: NOW - 72 * HOUR, status: "passed", rtoMs: HOUR, steps: [], rpoMs: HOUR },
  ...{ objective: { rpo: 2 * HOUR, rto: 2 * HOUR }, verdict: { rpo: "met", rto: "met" } },
  ...{ topics: [], groups: { restored: 0, of: 0 }, savepoints: [], records: 0, bytes: 0, faults: [], left: [] },
  ...more,
});

describe("the first line", () => {
  test("says how old the last point is, whether it was verified, and what the last drill showed", () => {
    expect(backupsLine([plan()], [drill()], NOW)).toBe(
      "last restore point 12 min ago, verified; last drill 3 d ago met its objective",
    );
    expect(backupsLine([plan({ running: run() })], [], NOW)).toMatch(
      /verified; 1 run under way; no drill yet: .*not proven/,
    );
    expect(backupsLine([plan()], undefined, NOW)).toBe("last restore point 12 min ago, verified");
    expect(backupsLine([], [], NOW)).toBe("No backup plans");
    expect(backupsLine([plan(), plan({ plan: "daily", newest: note({ cutAt: NOW - 5 * HOUR }) })], [], NOW)).toMatch(
      /^2 plans, oldest last restore point of daily 5 h ago, verified, late/,
    );
  });

  test("on the overview is about the plan that is furthest behind; without a plan there is none", () => {
    expect(backupParts([plan()], NOW)).toEqual(["last backup 12 min ago, verified"]);
    expect(backupParts([plan(), without(plan({ plan: "daily" }))], NOW)).toEqual(["no backup of daily yet"]);
    expect(backupParts([], NOW)).toEqual([]);
  });
});

test("how a point stands is a shape and a word: damaged before degraded, and not verified is no kind of verified", () => {
  const seen = (["whole", "degraded", "damaged"] as const).flatMap((status) =>
    [undefined, "ok" as const].map((verified) => pointStanding(verified ? { status, verified } : { status })),
  );
  expect(seen.map(({ word }) => word)).toEqual([
    ...["whole, not verified", "whole, verified", "degraded, not verified", "degraded, verified"],
    ...["damaged", "damaged"],
  ]);
  expect(new Set(seen.map(({ icon }) => icon)).size).toBe(4);
  expect(noteStanding(note({ verified: "failed", missing: ["b"] })).word).toBe("damaged");
  expect(noteStanding(note({ verified: "not_done", missing: ["b"] })).word).toBe("degraded, not verified");
  expect(planStanding(plan({ newest: note({ cutAt: NOW - 3 * HOUR }) }), NOW)).toMatchObject({ word: "late" });
  expect(planStanding(without(plan({ failures: 2 })), NOW)).toMatchObject({ tone: "failing" });
  expect(planStanding(without(plan()), NOW)).toMatchObject({ tone: "held" });
});

test("a run tells how far, how fast and how long still; a share is never more than all", () => {
  const now = run({ totalBytes: 80_000_000, bytesPerSecond: 24_000_000, leftMs: 3_000 });
  expect(runText(now).replaceAll("\u00a0", " ")).toBe("12.4 MB of about 80 MB, 2000 records, 24 MB/s, 3 s left");
  expect(runShare(run())).toBe(0.25);
  expect(runShare(run({ totalBytes: 1 }))).toBe(1);
  expect(runShare(run({ units: { done: 0, lost: 0 } }))).toBeUndefined();
  expect(bytes(999).replaceAll("\u00a0", " ")).toBe("999 B");
});

describe("what is proven", () => {
  const point = (more: Partial<BackupPoint>): BackupPoint =>
    ({ id: "bkp_1", plan: "hourly", cutAt: NOW - HOUR, status: "whole", ...more }) as BackupPoint;

  test("counts from the newest verified point, and is not proven where nobody looked or nothing was restored", () => {
    const none = dialsOf([point({})], undefined, NOW);
    expect(none.map(({ proof }) => proof)).toEqual(["not_proven", "not_proven", "not_proven"]);
    expect(none.every(({ ms }) => ms === undefined)).toBe(true);
    const known = dialsOf(
      [point({ cutAt: NOW - 1 }), point({ cutAt: NOW - 3 * HOUR, verified: "ok" })],
      drill({ rtoMs: HOUR }),
      NOW,
    );
    expect(known.map(({ ms, proof }) => [ms, proof])).toEqual([
      [3 * HOUR, "breached"],
      [HOUR, "met"],
      [HOUR, "met"],
    ]);
    expect(dialsOf([], drill({ status: "failed" }), NOW)[2]?.proof).toBe("not_proven");
    expect(dialsOf([], drill({ objective: {} }), NOW)[2]?.proof).toBe("no_objective");
  });

  test("a stretch without points is shown once it is longer than two intervals", () => {
    expect(holesOf([0, HOUR, 3 * HOUR, 6 * HOUR], HOUR)).toEqual([{ from: 3 * HOUR, to: 6 * HOUR }]);
    expect(holesOf([], HOUR)).toEqual([]);
  });
});

const planned = (more: Partial<RestorePlanned> = {}): RestorePlanned => ({
  ...{ v: 1, point: { plan: "hourly", id: "bkp_1", cutAt: NOW }, cluster: { id: "c", brokers: 1 }, selection: "" },
  ...{ topics: [], groups: [], jobs: [], acls: 0, quotas: 0, schemas: 0, warnings: [], refusals: [] },
  totals: { topics: 1, created: 1, partitions: 2, records: 7, bytes: 9, padded: 0, markers: 0, estimateMs: 10 },
  ...more,
});
const topic = (action: "create" | "append", target: string): RestorePlanned["topics"][number] => ({
  ...{
    source: "orders",
    target,
    action,
    partitions: 2,
    replicationFactor: 1,
    held: [],
    settled: [],
    parts: [],
    notes: [],
  },
});

describe("the form of a restore", () => {
  test("ticks and patterns are one choice: each tick turns exactly its topic over", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("", "*", "or*", "orders", "orders, payments", "p?yments"),
        fc.constantFrom("", "orders", "pay*"),
        fc.constantFrom("orders", "payments", "customers"),
        (topics, exclude, name) => {
          const form = { topics, exclude };
          const after = toggled(form, name);
          for (const other of ["orders", "payments", "customers", "ordersXpayments"])
            if (other !== name) expect(isChosen(after, other)).toBe(isChosen(form, other));
          // A pattern that leaves it out is not undone by naming it.
          if (!(exclude === "pay*" && name === "payments")) expect(isChosen(after, name)).toBe(!isChosen(form, name));
        },
      ),
      { numRuns: 80 },
    );
    expect(isChosen({ topics: "a.b", exclude: "" }, "axb")).toBe(false);
  });

  test("what is not filled in is not said; names in pairs, groups by name", () => {
    expect(restoreRequest(FIRST_RESTORE)).toEqual({});
    expect(
      restoreRequest({
        ...FIRST_RESTORE,
        ...{ topics: "or*, payments", prefix: " copy. ", rename: "a=b\nc=d", offsets: "translate", groups: "named" },
        ...{ groupNames: "billing", existing: "append", keepGroups: true },
      }),
    ).toEqual({
      ...{ topics: ["or*", "payments"], prefix: "copy.", offsets: "translate", groups: ["billing"] },
      rename: [
        { from: "a", to: "b" },
        { from: "c", to: "d" },
      ],
      ...{ existing: "append", existingGroups: "keep" },
    });
    expect(restoreFault({ ...FIRST_RESTORE, rename: "a" })).toMatch(/old=new/);
    expect(restoreFault({ ...FIRST_RESTORE, groups: "named" })).toMatch(/Name the groups/);
  });

  test("says what is created and what is written to; only the latter asks for a name", () => {
    const fresh = planned({ topics: [topic("create", "copy.orders")] });
    expect(restoreConsequences(fresh, true).join(" ")).toMatch(
      /Nothing is written until somebody approves.*Created: copy.orders\..*7 records.*No group is touched/,
    );
    expect(touches(fresh)).toBe(false);
    const over = planned({ topics: [topic("append", "orders")] });
    expect(restoreConsequences(over, false).join(" ")).toContain("Written to although it is there: orders.");
    expect(touches(over)).toBe(true);
    const position = { topic: "orders", partition: 0, source: { topic: "orders", offset: 5 } };
    const group = (target: string) => ({
      ...{ source: "billing", target },
      positions: [
        { ...position, lands: "exact" as const, offset: 5 },
        { ...position, partition: 1, lands: "earlier" as const, offset: 2, by: 3 },
        { ...position, partition: 2, lands: "not" as const, why: "it is gone" },
      ],
    });
    expect(landingText(group("billing"))).toBe("1 exactly, 1 earlier (3 records read again), 1 not set");
    expect(landingText({ ...group("billing"), refused: "it has members" })).toBe("not set: it has members");
    expect([touches(planned({ groups: [group("billing")] })), touches(planned({ groups: [group("copy")] }))]).toEqual([
      true,
      false,
    ]);
  });
});

test("a restore under way tells its rate in real time, and no time left once every record is in", () => {
  const { totals } = planned();
  const job = {
    ...{ phase: "restoring", startedAt: NOW - 240_000, totals: { ...totals, records: 100, bytes: 4_000 } },
    so: { records: 50, bytes: 2_000, partitions: 1, groups: 0 },
  } as unknown as RestoreJobView;
  expect(restoreText(job, NOW, 120).replaceAll("\u00a0", " ")).toBe(
    "50 of 100 records, 1 of 2 partitions, 1 kB/s, 2 s left",
  );
  const full = { ...job, so: { ...job.so, records: 100 } };
  expect(restoreText(full, NOW, 120)).not.toContain("left");
});

test("of the steps of a run the overview keeps begin and end", () => {
  const said = (id: string, reason: string, subject = "run:hourly") =>
    ({ id, noun: "backup", reason, subject, acted: true }) as unknown as DecisionSummary;
  const items = [said("5", "finished"), said("4", "sealing"), said("3", "work_sent"), said("2", "started")];
  expect(telling(items).map(({ id }) => id)).toEqual(["5", "2"]);
  expect(telling([said("9", "work_sent"), ...items]).map(({ id }) => id)).toEqual(["9", "5", "2"]);
  expect(subjectName("backup", "run:hourly")).toBe("hourly");
  expect(subjectName("backup", "drill:hourly")).toBe("hourly, drill");
});
