import { existsSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { recoveryOf } from "../../functions/backup/recovery.ts";
import { readRecoveryFile } from "../../functions/backup/recovery-file.ts";
import { derivePlan } from "../../shared/core/backup/recovery/derive.ts";
import { consistencyGaps, recoveryState } from "../../shared/core/backup/recovery/status.ts";
import type { RecoveryDrill, RecoveryPoint, ReplicationLag } from "../../shared/core/backup/recovery/types.ts";
import { BackupPlan } from "../../shared/core/backup/section.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { draw, PLAN, place, store } from "./keep-kit.ts";

const NOW = Date.UTC(2026, 10, 23, 7, 30);

/** As the platform writes it. */
const FILE = `disaster_recovery:
  primary_region: eu-central-1
  secondary_region: eu-west-1

  kafka_replication:
    tool: MirrorMaker2
    topics:
      - clicks
      - sums
    replication_factor: 3

  flink_recovery:
    savepoint_storage: s3://our-savepoints
    state_backend: rocksdb
    checkpoint_interval: 30s

  data_backup:
    frequency: hourly
    retention: 30d
    destinations:
      - s3://our-first
      - s3://our-second
`;

const PLATFORM = new URL("../../../shared/platform/disaster-recovery.yml", import.meta.url);

describe("disaster-recovery.yml", () => {
  test.skipIf(!existsSync(PLATFORM))("the platform's own file is taken as it is", () => {
    const { settings, warnings } = readRecoveryFile(readFileSync(PLATFORM, "utf8"));
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      primaryRegion: "us-east-1",
      secondaryRegion: "us-west-2",
      replication: { topics: ["user-events", "processed-events"], replicationFactor: 3 },
      flink: {
        savepointStorage: "s3://flink-savepoints-backup",
        stateBackend: "rocksdb",
        checkpointIntervalMs: 30_000,
      },
      backup: {
        everyMs: HOUR_MS,
        retentionMs: 30 * DAY_MS,
        destinations: ["s3://backup-primary", "s3://backup-secondary"],
      },
    });
  });

  test("what follows from it is a plan that the configuration accepts, what it means and what it leaves open", () => {
    const { plan, means, missing } = derivePlan(readRecoveryFile(FILE).settings);
    expect(v.parse(BackupPlan, plan)).toMatchObject({
      every: HOUR_MS,
      keep: { all: 30 * DAY_MS },
      to: ["s3://our-first", "s3://our-second"],
    });
    expect(means.join("\n")).toContain("there they are called eu-central-1.<topic>");
    expect(missing.map((one) => one.split(/[ (:]/)[0])).toEqual(["the", "the", "which", "a", "a", "objectives"]);
  });

  test("other keys are left aside with a warning at their line, and objectives may stand in it", () => {
    const more = FILE.replace("    replication_factor: 3", "    replication_factor: 3\n    compression: zstd").concat(
      "  objectives:\n    rpo: 2h\n    region:\n      rto: 30m\n",
    );
    const { settings, warnings } = readRecoveryFile(more, "dr.yml");
    expect(warnings).toMatchObject([
      { file: "dr.yml", line: 11, path: "disaster_recovery.kafka_replication.compression" },
    ]);
    expect(settings.objectives).toMatchObject({
      software: { rpo: 2 * HOUR_MS },
      region: { rpo: 2 * HOUR_MS, rto: 30 * MINUTE_MS },
    });
  });

  test.each([
    ["frequency: hourly", "frequency: sometimes", "disaster_recovery.data_backup.frequency", /hourly, daily/],
    ["retention: 30d", "retention: 30", "disaster_recovery.data_backup.retention", /duration/],
    ["primary_region: eu-central-1", "primary: x", "disaster_recovery.primary_region", undefined],
  ])("%s as %s is told with its place and what is allowed", (good, bad, path, allowed) => {
    let faults: readonly { path: string; message: string; line?: number; allowed?: string }[] = [];
    try {
      readRecoveryFile(FILE.replace(good, bad));
    } catch (error) {
      ({ faults } = error as { faults: typeof faults });
    }
    expect(faults).toMatchObject([{ path, line: expect.any(Number) }]);
    if (allowed) expect(`${faults[0]?.allowed ?? faults[0]?.message}`).toMatch(allowed);
  });
});

const point = (cutAt: number, more: Partial<RecoveryPoint> = {}): RecoveryPoint => ({
  plan: PLAN,
  id: `at ${new Date(cutAt).toISOString()}`,
  cutAt,
  startedAt: cutAt - 5 * SECOND_MS,
  finishedAt: cutAt + 85 * SECOND_MS,
  whole: true,
  at: ["primary", "secondary"],
  verified: { ok: true, at: cutAt + 2 * MINUTE_MS, ms: 40 * SECOND_MS },
  ...more,
});
const drill = (at: number, more: Partial<RecoveryDrill> = {}): RecoveryDrill => ({
  at,
  ok: true,
  rtoMs: 12 * MINUTE_MS,
  steps: [
    { name: "restore", ms: 10 * MINUTE_MS },
    { name: "compare", ms: 2 * MINUTE_MS },
  ],
  covers: ["software", "hardware", "zone"],
  ...more,
});
const lag = (more: Partial<ReplicationLag> = {}): ReplicationLag => ({
  flow: "a->b",
  at: NOW,
  topics: [{ topic: "clicks", lagMs: 7 * SECOND_MS, records: 20, partitions: [] }],
  troubles: [],
  ...more,
});
const base = {
  plan: PLAN,
  every: HOUR_MS,
  objectives: {},
  drills: [],
  points: [point(NOW - 20 * MINUTE_MS - 3 * SECOND_MS)],
};
const of = (state: ReturnType<typeof recoveryState>, disruption: string) => {
  const found = state.disruptions.find((one) => one.disruption === disruption);
  if (!found) throw new Error(disruption);
  return found;
};

describe("RPO and RTO", () => {
  test("RPO now is the age of the newest VERIFIED cut, at worst interval + duration + verification, to the second", () => {
    const points = [
      point(NOW - MINUTE_MS, { verified: { ok: false, at: NOW, ms: 1 } }),
      { ...point(NOW - 2 * MINUTE_MS), verified: undefined } as unknown as RecoveryPoint,
      ...base.points,
    ];
    const software = of(recoveryState({ ...base, points }, NOW), "software");
    expect(software.rpoNow.ms).toBe(20 * MINUTE_MS + 3 * SECOND_MS);
    expect(software.rpoWorst.ms).toBe(HOUR_MS + 90 * SECOND_MS + 40 * SECOND_MS);
    expect(software.rpoWorst.parts).toEqual({
      intervalMs: HOUR_MS,
      durationMs: 90 * SECOND_MS,
      verificationMs: 40 * SECOND_MS,
    });
  });

  test("an hourly backup does not meet an RPO of an hour, and meets two", () => {
    const rpo = (ms: number) => of(recoveryState({ ...base, objectives: { software: { rpo: ms } } }, NOW), "software");
    expect(rpo(HOUR_MS)).toMatchObject({
      verdict: "breached",
      rpoNow: { verdict: "met" },
      rpoWorst: { verdict: "breached" },
    });
    expect(rpo(2 * HOUR_MS)).toMatchObject({ verdict: "met" });
  });

  test("without a verified point, or a drill, nothing is proven; without an objective there is no verdict", () => {
    const asked = { software: { rpo: HOUR_MS, rto: HOUR_MS } };
    const none = of(recoveryState({ ...base, points: [], objectives: asked }, NOW), "software");
    expect(none).toMatchObject({
      verdict: "not_proven",
      rpoNow: { verdict: "not_proven", applies: "nothing" },
      rto: { verdict: "not_proven" },
    });
    expect(of(recoveryState(base, NOW), "software").verdict).toBeUndefined();
  });

  test("RTO is the latest drill's, by step and with its age; a failed or an old one proves nothing, and none of next door proves a region", () => {
    const objectives = { software: { rto: 15 * MINUTE_MS }, region: { rto: 15 * MINUTE_MS } };
    const rto = (drills: readonly RecoveryDrill[], disruption = "software") =>
      of(recoveryState({ ...base, drills, objectives }, NOW), disruption).rto;
    expect(rto([drill(NOW - DAY_MS), drill(NOW - 2 * DAY_MS, { rtoMs: HOUR_MS })])).toMatchObject({
      ms: 12 * MINUTE_MS,
      verdict: "met",
      drillAgeMs: DAY_MS,
      steps: [{ name: "restore" }, { name: "compare" }],
    });
    expect(rto([drill(NOW - DAY_MS, { ok: false }), drill(NOW - 2 * DAY_MS)])).toMatchObject({ verdict: "not_proven" });
    expect(rto([drill(NOW - 31 * DAY_MS)])).toMatchObject({ ms: 12 * MINUTE_MS, verdict: "not_proven" });
    expect(rto([drill(NOW - DAY_MS, { rtoMs: HOUR_MS })])).toMatchObject({ verdict: "breached" });
    expect(rto([drill(NOW - DAY_MS)], "region")).toMatchObject({ verdict: "not_proven" });
  });

  test("for a region replication counts where it is sound: alone when it has every topic, else beside the backup, and never for software", () => {
    const region = (replication: ReplicationLag, topics: readonly string[]) =>
      of(recoveryState({ ...base, replication, topics, objectives: { region: { rpo: MINUTE_MS } } }, NOW), "region");
    expect(region(lag(), ["clicks"])).toMatchObject({
      verdict: "met",
      rpoNow: { applies: "replication", ms: 7 * SECOND_MS },
    });
    expect(region(lag(), ["clicks", "bills"])).toMatchObject({
      verdict: "breached",
      rpoNow: { applies: "both", ms: 20 * MINUTE_MS + 3 * SECOND_MS },
    });
    const dead = region(lag({ troubles: ["the newest heartbeat is old"] }), ["clicks"]);
    expect(dead.rpoNow).toMatchObject({ applies: "backup", why: expect.stringContaining("heartbeat is old") });
    expect(of(recoveryState({ ...base, replication: lag(), topics: ["clicks"] }, NOW), "software").rpoNow.applies).toBe(
      "backup",
    );
  });

  test("with the region its destinations are gone: only points that lie elsewhere count", () => {
    const points = [point(NOW - MINUTE_MS, { at: ["primary"] }), point(NOW - HOUR_MS)];
    const state = recoveryState({ ...base, points, away: ["secondary"] }, NOW);
    expect([of(state, "zone").rpoNow.ms, of(state, "region").rpoNow.ms]).toEqual([MINUTE_MS, HOUR_MS]);
  });

  test("a savepoint that had read more than the point holds is told apart from one that will read again", () => {
    const { kafka } = draw(
      {
        id: "x",
        cutAt: NOW,
        partitions: [
          { topic: "clicks", partition: 0, chunks: 3 },
          { topic: "clicks", partition: 1, chunks: 3 },
        ],
      },
      new Map(),
    );
    const offsets = [0, 1].map((partition) => ({
      topic: "clicks",
      partition,
      committed: partition === 0 ? 5 : 1,
      end: 9,
    }));
    const job = { id: "j", name: "sums", state: "RUNNING", arguments: [], configuration: {}, operators: [], offsets };
    const savepoint = { path: "s3://x", takenAt: NOW, objects: [] };
    expect(consistencyGaps(kafka, { url: "", jobs: [{ ...job, savepoint }] })).toEqual([
      { job: "sums", topic: "clicks", partition: 0, ahead: 2, behind: 0 },
      { job: "sums", topic: "clicks", partition: 1, ahead: 0, behind: 2 },
    ]);
    expect(consistencyGaps(kafka, { url: "", jobs: [job] })).toEqual([]);
  });

  test("read from what lies at the destinations, one of which is away", async () => {
    const one = place("primary", () => NOW);
    const drawn = draw(
      {
        id: "bkp_20261123_070000",
        cutAt: NOW - 30 * MINUTE_MS,
        partitions: [],
        destinations: ["primary", "secondary"],
      },
      new Map(),
    );
    await store(one.objects, drawn);
    const checked = { v: 1, ok: true, at: NOW - 20 * MINUTE_MS, finishedAt: NOW - 19 * MINUTE_MS };
    await one.objects.put(`verified/${PLAN}/bkp_20261123_070000/${NOW}.json`, JSON.stringify(checked));
    await one.objects.put(
      `drills/${PLAN}/${NOW}.json`,
      JSON.stringify({
        status: "breached",
        endedAt: NOW - HOUR_MS,
        rtoMs: 4000,
        steps: [{ step: "records", ms: 4000 }],
      }),
    );
    await one.objects.put(`drills/${PLAN}/${NOW + 1}.json`, "{");
    const away = { name: "secondary", objects: { ...one.objects, list: () => Promise.reject(new Error("away")) } };
    const config = { every: HOUR_MS, objective: { rto: 5000 } };
    const state = await recoveryOf({ plan: PLAN, config, places: [one, away], now: NOW });
    expect(state).toMatchObject({ verdict: "not_proven", point: { whole: false, verified: { ms: MINUTE_MS } } });
    expect(of(state, "zone")).toMatchObject({
      verdict: "met",
      rpoNow: { ms: 30 * MINUTE_MS },
      rpoWorst: { ms: HOUR_MS + MINUTE_MS + MINUTE_MS },
      rto: { ms: 4000 },
    });
  });
});
