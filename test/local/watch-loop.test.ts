import { expect, it } from "vitest";
import { watchLoop } from "../../local/monitoring/watch-loop.ts";
import { DAY, MINUTE } from "../anomaly/given.ts";
import { scored, tenant } from "../anomaly/scoring-world.ts";

it("scores each minute, and once a day removes what nobody names any more", async () => {
  const w = await scored();
  const start = w.clock.now();
  const waiting: { at: number; fn: () => void }[] = [];
  const errors: unknown[] = [];
  const clock = {
    now: w.clock.now,
    speed: 1,
    at: (at: number, fn: () => void) => {
      const one = { at, fn };
      waiting.push(one);
      return () => void waiting.splice(waiting.indexOf(one), 1);
    },
  };
  const loop = watchLoop({ runtime: w.runtime, clock, onError: (error) => void errors.push(error) });
  /** Everything that is due at an instant is done when nothing was asked of the store for some turns. */
  const pass = async (at: number) => {
    w.clock.set(at);
    for (const one of waiting.filter((due) => due.at <= at)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.fn();
    }
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const left = `anomaly/${tenant}/1-0/left-behind`;
  await w.runtime.objects.put(left, "a worker died");
  const there = async () => (await w.runtime.objects.head(left)) !== undefined;
  for (const minute of [1, 2]) {
    w.measure(start + (minute - 1) * MINUTE);
    await pass(start + minute * MINUTE);
    expect((await w.item()).newestAt).toBe(start + (minute - 1) * MINUTE);
  }
  w.measure(start + DAY - 2 * MINUTE);
  await pass(start + DAY - MINUTE);
  expect(await there(), "the day is not over").toBe(true);
  await pass(start + DAY);
  expect(await there()).toBe(false);
  expect(await w.runtime.objects.head((await w.item()).object as string)).toBeDefined();
  await loop.stop();
  expect(errors).toEqual([]);
});
