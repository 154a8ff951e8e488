import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openClock } from "../../local/clock.ts";
import { tempDir } from "./world.ts";

const NOON = Date.UTC(2026, 4, 6, 12, 0, 0);

test("virtual time runs as many times as fast as real time as was asked for", () => {
  let real = 5_000;
  const clock = openClock({ dir: tempDir(), speed: 120, wall: () => NOON, monotonic: () => real });
  const first = clock.now();
  real += 500;
  expect(clock.now() - first).toBe(60_000);
  clock.close();
});

test("a faster clock starts in the morning of today, a real-time one now", () => {
  const still = () => 0;
  const fast = openClock({ dir: tempDir(), speed: 120, wall: () => NOON, monotonic: still });
  expect(new Date(fast.now()).toISOString()).toBe("2026-05-06T07:00:00.000Z");
  const real = openClock({ dir: tempDir(), speed: 1, wall: () => NOON, monotonic: still });
  expect(real.now()).toBe(NOON);
  fast.close();
  real.close();
});

test("a second start goes on from the last instant, with the same origin", () => {
  const dir = tempDir();
  let real = 0;
  const first = openClock({ dir, speed: 60, wall: () => NOON, monotonic: () => real });
  real = 10_000;
  const last = first.now();
  first.close();
  const second = openClock({ dir, speed: 60, wall: () => NOON + 3_600_000, monotonic: () => 0 });
  expect(second.now() - last).toBeLessThanOrEqual(1);
  expect(second.now()).toBeGreaterThan(last);
  expect(second.origin).toBe(first.origin);
  second.close();
});

test("after a crash, without a last write, time does not repeat", () => {
  const dir = tempDir();
  let real = 0;
  const crashed = openClock({ dir, speed: 60, wall: () => NOON, monotonic: () => real, saveEveryMs: 1000 });
  const file = join(dir, "clock.json");
  const promised = readFileSync(file, "utf8");
  // Two missed writes later.
  real = 2_900;
  const seen = crashed.now();
  crashed.close();
  writeFileSync(file, promised);
  const next = openClock({ dir, speed: 60, wall: () => NOON, monotonic: () => 0 });
  expect(next.now()).toBeGreaterThan(seen);
  next.close();
});

test("real time follows the wall over a night off, but never goes back behind what was seen", () => {
  const dir = tempDir();
  openClock({ dir, speed: 1, wall: () => NOON, monotonic: () => 0 }).close();
  const later = openClock({ dir, speed: 1, wall: () => NOON + 7_200_000, monotonic: () => 0 });
  expect(later.now()).toBe(NOON + 7_200_000);
  later.close();
  const back = openClock({ dir, speed: 1, wall: () => NOON, monotonic: () => 0 });
  expect(back.now()).toBeGreaterThan(NOON + 7_200_000);
  back.close();
});

test("real time goes on after a sleep of the machine, and stands still while the wall clock is set back", () => {
  let wall = NOON;
  const clock = openClock({ dir: tempDir(), speed: 1, wall: () => wall, monotonic: () => 0 });
  wall += 3_600_000;
  expect(clock.now()).toBe(NOON + 3_600_000);
  wall -= 60_000;
  expect(clock.now()).toBe(NOON + 3_600_000);
  clock.close();
});

test("what is set for an instant comes at or after it, and not when cancelled", async () => {
  const clock = openClock({ dir: tempDir(), speed: 600 });
  const cancel = clock.at(clock.now() + 10_000, () => expect.unreachable("cancelled"));
  cancel();
  const instant = clock.now() + 30_000;
  const came = await new Promise<number>((resolve) => clock.at(instant, () => resolve(clock.now())));
  expect(came).toBeGreaterThanOrEqual(instant);
  clock.close();
});
