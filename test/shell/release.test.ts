import { expect, test } from "vitest";
import { releaseLeases } from "../../shared/shell/release.ts";
import { run } from "../../shared/shell/run.ts";
import { stage } from "./stage.ts";

const SPEED = 120;

/** A process that dies in the middle of an action, on a laptop's fast clock. */
async function killed() {
  const on = stage({ speed: SPEED });
  on.seen.wanted = 4;
  on.before.set("perform", () => new Promise(() => {}));
  void run(on.runtime, on.request);
  while (!on.calls.includes("perform")) await new Promise((done) => setImmediate(done));
  on.before.clear();
  // The next start is three real seconds later.
  on.clock.now += 3_000 * SPEED;
  return on;
}

test("a second start finishes what the killed one had claimed at once, not when the lease of nobody ends", async () => {
  const waiting = await killed();
  expect(await run(waiting.runtime, waiting.request)).toMatchObject({ status: "busy" });

  const on = await killed();
  expect(await releaseLeases(on.runtime)).toEqual([{ tenant: "default", noun: "valve", subject: "orders" }]);
  expect(await on.store.due(on.clock.now, 10)).toHaveLength(1);
  const result = await run(on.runtime, on.request);
  expect(result).toMatchObject({ recovered: true, reason: "within_target" });
  expect(on.seen.actual).toBe(4);
  expect(on.performed.map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test("the killed one, were it alive after all, could no longer settle", async () => {
  const on = stage({ speed: SPEED });
  on.seen.wanted = 4;
  on.before.set("settle", async () => {
    on.before.clear();
    await releaseLeases(on.runtime);
  });
  await run(on.runtime, on.request);
  expect((await on.item())?.pending).toBeDefined();
  expect(await run(on.runtime, on.request)).toMatchObject({ recovered: true });
  expect((await on.item())?.pending).toBeUndefined();
});

test("where nothing is pending nothing is written", async () => {
  const on = stage();
  await run(on.runtime, on.request);
  const before = await on.item();
  expect(await releaseLeases(on.runtime)).toEqual([]);
  expect(await on.item()).toEqual(before);
});
