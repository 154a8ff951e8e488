import { expect, test } from "vitest";
import { usageFold } from "../../shared/core/cost/retention/history.ts";
import type { GroupUsage, UsageHour } from "../../shared/core/cost/usage.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { NOW } from "./retention-kit.ts";

const FROM = NOW - 10 * HOUR_MS;
const usage = (more: Partial<GroupUsage> = {}): GroupUsage => ({
  ...{ group: "g", topic: "t", live: true, fetchedRecords: 1, maxTimeLagMs: MINUTE_MS },
  ...more,
});
const hour = (index: number, groups: readonly GroupUsage[] = [usage()], more: Partial<UsageHour> = {}): UsageHour => ({
  ...{ v: 1, cluster: "c", hour: FROM + index * HOUR_MS, seenMs: HOUR_MS, jobs: [], services: [], missing: [] },
  topics: [
    { topic: "t", topicId: "one", partitions: 1, replicationFactor: 1, cleanupPolicy: "delete", storedBytes: index },
  ],
  groups,
  ...more,
});
function seen(hours: readonly UsageHour[], id?: string) {
  const fold = usageFold(NOW, 10 * HOUR_MS);
  for (const one of hours) fold.add(one);
  return fold.topic("t", id);
}
const worst = (hours: readonly UsageHour[]) => seen(hours)?.groups.get("g")?.worstMs;

test("the largest lag and the longest replay are remembered, with their hour", () => {
  const all = [hour(0), hour(1, [usage({ maxTimeLagMs: 3 * HOUR_MS })]), hour(2, [usage({ replayAgeMs: 2 * DAY_MS })])];
  expect(worst(all)).toBe(3 * HOUR_MS);
  expect(seen(all)?.groups.get("g")?.worstAt).toBe(FROM + 2 * HOUR_MS);
  expect(seen(all)?.replay).toEqual({ group: "g", ms: 2 * DAY_MS, at: FROM + 3 * HOUR_MS });
});

test("hours in which a lag was not read, or that nobody saw, count as if the group had stood still", () => {
  const { maxTimeLagMs: _, ...unread } = usage();
  expect(worst([hour(0), hour(1, [unread]), hour(2, [unread]), hour(3)])).toBe(2 * HOUR_MS + MINUTE_MS);
  expect(worst([hour(0), hour(5)])).toBe(4 * HOUR_MS + MINUTE_MS);
  expect(worst([hour(0), hour(1), hour(2)])).toBe(MINUTE_MS);
});

test("a group that was not there in an hour that was read whole had no position, and lags nothing by it", () => {
  expect(worst([hour(0), hour(1, []), hour(2, []), hour(3)])).toBe(MINUTE_MS);
  const dark = { missing: ["groups"] };
  expect(worst([hour(0), hour(1, [], dark), hour(2, [], dark), hour(3)])).toBe(2 * HOUR_MS + MINUTE_MS);
});

test("a topic of the same name that was made anew begins its history anew", () => {
  const anew = (index: number) => ({
    ...hour(index),
    topics: [{ topic: "t", topicId: "two", partitions: 1, replicationFactor: 1, cleanupPolicy: "delete" }],
  });
  const all = [hour(0, [usage({ maxTimeLagMs: DAY_MS })]), anew(1), anew(2)];
  expect(seen(all)?.history).toMatchObject({ from: FROM + HOUR_MS, hours: 2 });
  expect(worst(all)).toBe(MINUTE_MS);
  expect(seen(all, "one")).toBeUndefined();
});

test("a topic is read infrequently in less than one hour of ten, never in none, and nobody knows where nothing was counted", () => {
  const idle = usage({ fetchedRecords: 0 });
  const hours = (read: number) => Array.from({ length: 20 }, (_, at) => hour(at - 10, [at < read ? usage() : idle]));
  expect(seen(hours(20))?.access).toBe("frequent");
  expect(seen(hours(2))?.access).toBe("frequent");
  expect(seen(hours(1))?.access).toBe("infrequent");
  expect(seen(hours(0))?.access).toBe("never");
  const { fetchedRecords: _, ...dark } = usage();
  expect(seen([hour(0, [dark])])?.access).toBe("unknown");
});

test("what is older than a month is forgotten", () => {
  const long = { ...hour(0, [usage({ maxTimeLagMs: 9 * DAY_MS })]), hour: NOW - 31 * DAY_MS };
  expect(worst([long, hour(1)])).toBe(MINUTE_MS);
});

test("an hour in which groups could not be read was not observed, and tells nobody that nothing was read", () => {
  const blind = { missing: ["groups: denied"] };
  const found = seen([hour(0), hour(1, [], blind), hour(2, [], blind)]);
  expect(found?.history).toMatchObject({ hours: 1, idleHours: 0, readHours: 1 });
  expect(seen([hour(1, [], blind), hour(2, [], blind)])?.access).toBe("unknown");
});
