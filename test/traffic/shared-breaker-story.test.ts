import { expect, test } from "vitest";
import { alone, type StoryOptions, together } from "../../bench/traffic/story.ts";
import { policyOf } from "./shared-world.ts";

const STORY: StoryOptions = {
  policy: policyOf("consecutive"),
  environments: 20,
  callsPerSecond: 5,
  seconds: 300,
  // Well, then three of ten calls fail for a minute, then all of them for two, then well again.
  phases: [
    { fromSecond: 0, failing: 0.002 },
    { fromSecond: 60, failing: 0.3 },
    { fromSecond: 120, failing: 1 },
    { fromSecond: 240, failing: 0 },
  ],
  seed: 20,
};

test("B4.6: twenty environments on one circuit send a fraction of the doomed calls that breakers in memory send", async () => {
  const full: StoryOptions = { ...STORY, phases: STORY.phases.filter(({ failing }) => failing !== 0.3) };
  const [shared, inMemory] = [await together(full), await alone(full)];
  expect(shared.doomed * 2).toBeLessThanOrEqual(inMemory.doomed);
  // Every environment stops within T and one call; some do call once more before they look.
  expect(shared.lateMs).toBeGreaterThan(0);
  expect(shared.lateMs).toBeLessThanOrEqual(5_000);
});

test("a partial outage before it: fewer doomed calls, and when all is well again all of them are served", async () => {
  const [shared, inMemory] = [await together(STORY), await alone(STORY)];
  expect(shared.doomed * 10).toBeLessThanOrEqual(inMemory.doomed);
  expect(shared.lateMs).toBeLessThanOrEqual(5_000);
  const after = await together({ ...STORY, phases: [{ fromSecond: 0, failing: 0 }], seconds: 60 });
  expect(after).toMatchObject({ doomed: 0, refused: 0, writes: 0 });
});
