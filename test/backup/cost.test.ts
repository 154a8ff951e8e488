import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { costOf } from "../../functions/backup/cost.ts";
import { sealManifest } from "../../functions/backup/manifest.ts";
import { planView } from "../../functions/backup/plan-view.ts";
import { heldSpan, keptAges } from "../../shared/core/backup/keep/ages.ts";
import { type CostInput, forecast } from "../../shared/core/backup/keep/cost.ts";
import { LIST_PRICES } from "../../shared/core/backup/keep/prices.ts";
import type { Keep } from "../../shared/core/backup/keep/types.ts";
import { BackupPlan } from "../../shared/core/backup/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { draw, PLAN, place, store } from "./keep-kit.ts";

const GB = 2 ** 30;
const NONE: Keep = { all: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const INPUT: CostInput = {
  every: HOUR_MS,
  keep: { ...NONE, all: 30 * DAY_MS },
  storedBytesPerDay: 10 * GB,
  firstRunBytes: 70 * GB,
  objectsPerRun: 10,
  readsPerRun: 10,
  bytesPerPoint: 0,
  retention: 7 * DAY_MS,
  workerSeconds: 60,
  units: 4,
  verify: "off",
  places: [{ name: "near", kind: "s3", storageClass: "STANDARD", kms: false, far: false }],
};
const near = (more: Partial<CostInput> = {}, at: Partial<CostInput["places"][number]> = {}) => {
  const [first] = INPUT.places as [CostInput["places"][number]];
  const told = forecast({ ...INPUT, ...more, places: [{ ...first, ...at }] }, LIST_PRICES);
  return { told, usd: (what: string) => told.places[0]?.lines.find((line) => line.what === what)?.usd };
};

describe("what a plan costs", () => {
  test("points of each age once, and records for as long as a kept point holds them", () => {
    expect(keptAges({ ...NONE, all: 3 * HOUR_MS, hourly: 2, daily: 2 }, HOUR_MS)).toEqual([
      0,
      HOUR_MS,
      2 * HOUR_MS,
      DAY_MS,
    ]);
    expect(heldSpan([0, HOUR_MS], 7 * DAY_MS)).toBe(7 * DAY_MS + HOUR_MS);
    // A month's point holds a week of its own, with a gap before it.
    expect(heldSpan([0, 30 * DAY_MS], 7 * DAY_MS)).toBe(14 * DAY_MS);
  });

  test("by hand: 720 hourly points of 10 GB a day that live a week, at list price", () => {
    const { told, usd } = near();
    expect([told.points, told.runsPerMonth]).toEqual([720, 730]);
    // 29 d 23 h between the first and the last point, and the week before the oldest.
    expect(usd("storage")).toBeCloseTo((719 / 24 + 7) * 10 * 0.023, 4);
    expect(usd("puts")).toBeCloseTo(7300 * 5e-6, 6);
    expect(usd("gets")).toBeCloseTo(7300 * 4e-7, 6);
    expect(told.compute[0]).toMatchObject({ quantity: 730 * 60 * 0.25, unit: "GB-seconds" });
    expect(told.usdPerMonth).toBeCloseTo(
      [...(told.places[0]?.lines ?? []), ...told.compute].reduce((sum, { usd: one }) => sum + one, 0),
      4,
    );
  });

  test("another region pays for the way, once for the first run too; a key of KMS for each request; a directory nothing", () => {
    const { told, usd } = near({}, { far: true, kms: true });
    expect(usd("egress")).toBeCloseTo(((10 * 730) / 24) * 0.02, 4);
    expect(usd("kms")).toBeCloseTo(14_600 * 3e-6, 6);
    expect(told.firstRunUsd).toBeCloseTo(1.4, 6);
    expect(near({}, { kind: "directory" }).told.places[0]).toMatchObject({ usdPerMonth: 0 });
  });

  test("what is deleted early is charged to its least time, what grows for ever is said to, and many small requests are named", () => {
    const early = near({ keep: { ...NONE, hourly: 24 }, retention: HOUR_MS }, { storageClass: "GLACIER_IR" });
    expect(early.usd("storage")).toBeCloseTo(90 * 10 * 0.004, 2);
    expect(early.told.notes.join()).toMatch(/charged for 90 days at least/);
    const { retention: _, ...forever } = INPUT;
    expect(forecast(forever, LIST_PRICES).notes.join()).toMatch(/grow by 304 GB a month/);
    expect(near({ every: 60_000, storedBytesPerDay: GB / 100 }).told.notes.join()).toMatch(
      /requests cost more than storage/,
    );
  });

  const NOW = Date.UTC(2026, 10, 23, 7, 30);
  const config = (more: object = {}) => v.parse(BackupPlan, { to: ["primary"], ...more });
  const settings = [
    { name: "primary", s3: { bucket: "first", prefix: "", region: "us-west-2", storageClass: "STANDARD" as const } },
  ];

  test("measured from the points there are, estimated from the topics where there are none", async () => {
    const one = place("primary", () => NOW);
    const log = memoryStreams({ now: () => NOW });
    await log.createTopic({ name: "orders", partitions: 1, replicationFactor: 1, configs: [] });
    for (let index = 0; index < 48; index += 1)
      log.produce("orders", 0, [{ value: "x".repeat(1000), timestamp: NOW - (48 - index) * HOUR_MS }]);
    const ask = { plan: PLAN, config: config(), places: [one], settings, region: "us-east-1", streams: log, now: NOW };
    const guessed = await costOf(ask);
    expect(guessed).toMatchObject({
      basis: "estimated",
      from: expect.stringContaining("1 topics took in the last 24 hours"),
    });
    expect(guessed.places[0]?.lines.map(({ what }) => what)).toContain("egress");
    for (const hour of [0, 12, 24]) {
      const { manifest, ...drawn } = draw(
        {
          id: `bkp_2026112${hour < 24 ? 2 : 3}_${String(hour % 24).padStart(2, "0")}0000`,
          cutAt: NOW - DAY_MS + hour * HOUR_MS,
          partitions: [],
        },
        new Map(),
      );
      const sized = { ...manifest, totals: { ...manifest.totals, storedBytes: GB / 2 } };
      const files = new Map(drawn.files).set(`points/${PLAN}/${manifest.id}/manifest.json`, sealManifest(sized));
      await store(one.objects, { ...drawn, manifest: sized, files });
    }
    const measured = await costOf(ask);
    expect(measured).toMatchObject({ basis: "measured", from: "3 restore points over 1.0 days" });
    // 1 GB a day, kept for 30 days of topics that keep a week.
    expect(measured.places[0]?.storedBytes).toBeGreaterThan(36 * GB);
    expect(measured.places[0]?.storedBytes).toBeLessThan(38 * GB);
    await expect(
      costOf({ ...ask, places: [place("primary", () => NOW)], streams: undefined as never }),
    ).rejects.toMatchObject({ code: "backup.unknown" });
  });

  test("what a run would take now, without taking it; what it may not do is named", async () => {
    const log = memoryStreams({ now: () => NOW });
    for (const [name, partitions] of [
      ["orders", 2],
      ["secret", 1],
      ["scratch", 1],
    ] as const) {
      await log.createTopic({ name, partitions, replicationFactor: 1, configs: [] });
      log.produce(name, 0, [{ value: "x" }, { value: "y" }]);
    }
    const topics = config({ what: { topics: { exclude: ["scratch"] } } }).what.topics;
    if (!topics) throw new Error("no topics");
    const denied = {
      ...log,
      acls: () => Promise.reject(new HeadgateError("streams.denied", "DESCRIBE on CLUSTER is denied")),
      fetch: async (requests: Parameters<typeof log.fetch>[0]) =>
        (await log.fetch(requests)).map((one) =>
          one.topic === "secret"
            ? {
                topic: one.topic,
                partition: 0,
                status: "failed" as const,
                why: "READ on TOPIC secret is denied",
                retryable: false,
              }
            : one,
        ),
    };
    const view = await planView(denied, topics, config(), NOW);
    expect(view).toMatchObject({ partitions: 3, units: 1, excluded: ["scratch"] });
    expect(view.topics.map(({ name, offsets }) => [name, offsets])).toEqual([
      ["orders", 2],
      ["secret", 2],
    ]);
    expect(view.missing).toEqual([
      { need: "read access rules", code: "streams.denied", why: "DESCRIBE on CLUSTER is denied" },
      { need: "read secret", code: "streams.denied", why: "READ on TOPIC secret is denied" },
    ]);
  });
});
