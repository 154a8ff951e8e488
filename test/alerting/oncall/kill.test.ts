import { describe, expect, it } from "vitest";
import { flushDue } from "../../../functions/alerting/flush.ts";
import { handleWake } from "../../../functions/alerting/queue.ts";
import { receiveAlerts } from "../../../functions/alerting/receive.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/core/kernel/time.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { seeded } from "../../shell/simulation/scheduler.ts";
import { alert, TENANT, type Told } from "../live-kit.ts";
import { mortal } from "../mortal.ts";
import { oncallWorld } from "./oncall-kit.ts";

const SEEDS = Number(process.env["HEADGATE_KILL_SEEDS"] ?? 3);
const NOON = Date.UTC(2026, 0, 6, 12);

/** A page that nobody acknowledges, told by workers that die one after the other. */
async function paged(seed: number): Promise<readonly Told[]> {
  const random = seeded(seed);
  const { base, clock, timers, told } = await oncallWorld();
  clock.set(NOON);
  let calls = 0;
  let last = 0;
  let life = mortal(base, () => (calls += 1) > last);
  const reborn = () => {
    calls = 0;
    last = 1 + Math.floor(random() * 60);
    life = mortal(base, () => (calls += 1) > last);
  };
  reborn();
  const attempt = async (work: (runtime: Runtime) => Promise<unknown>): Promise<boolean> => {
    const done = await work(life.runtime).then(
      () => true,
      () => false,
    );
    if (life.dead()) reborn();
    return done;
  };
  const down = alert("Down", {}, { startsAt: NOON, endsAt: NOON + 4 * HOUR_MS });
  for (let tries = 0; tries < 50; tries += 1)
    if (await attempt((runtime) => receiveAlerts(runtime, TENANT, [down]))) break;
  while (clock.now() < NOON + HOUR_MS) {
    clock.advance(Math.ceil(random() * 240 * SECOND_MS));
    await Promise.all([
      attempt((runtime) => flushDue(runtime, TENANT)),
      ...timers.take().map((wake) => attempt((runtime) => handleWake(runtime, wake))),
    ]);
  }
  // Nobody is killed any more; leases end, what was left is finished.
  while (clock.now() < NOON + 3 * HOUR_MS) {
    clock.advance(5 * MINUTE_MS);
    await flushDue(base, TENANT);
  }
  return told;
}

describe("killed at any call", () => {
  it(`every level is told, in order, and each time once (${SEEDS} seeds)`, async () => {
    let twice = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const told = await paged(seed);
      const news = told.filter(({ key }, index) => told.findIndex((one) => one.key === key) === index);
      twice += told.length - news.length;
      expect({ seed, told: news.map(({ receiver }) => receiver) }).toEqual({
        seed,
        told: ["bob", "cyd", "lead", "desk", "bob", "cyd", "lead", "desk"],
      });
    }
    // Really killed between sending and noting it: some came twice, under one key.
    expect(twice).toBeGreaterThan(0);
  });
});
