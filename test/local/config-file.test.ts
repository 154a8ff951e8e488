import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { adoptConfig, readConfigFile } from "../../local/config-file.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryFleet } from "../fakes/memory-fleet.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { memorySamples } from "../fakes/memory-samples.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { tempDir } from "./world.ts";

function runtime(): Runtime {
  const { now } = manualClock();
  return {
    now,
    speed: 1,
    random: () => 0.5,
    sleep: async () => {},
    store: memoryStore(now),
    journal: memoryJournal(),
    objects: memoryObjects({ now }),
    fleet: memoryFleet({ now }).fleet,
    samples: memorySamples().samples,
    timers: memoryTimers({ now }).timers,
    telemetry: createTelemetry({ service: "test", write: () => {} }),
  };
}

const text = (max: number) => `version: 1
services: { a: { run: { command: [x] } } }
autoscaling: { a: { max: ${max} } }
`;

function file(dir: string, max: number) {
  writeFileSync(join(dir, "my.yaml"), text(max));
  return readConfigFile(join(dir, "my.yaml"));
}

test("the file is put in force at the first start, and again when it has changed", async () => {
  const dir = tempDir();
  const world = runtime();
  expect((await adoptConfig(world, dir, file(dir, 5))).config.autoscaling["a"]?.max).toBe(5);
  expect((await adoptConfig(world, dir, file(dir, 6))).config.autoscaling["a"]?.max).toBe(6);
});

test("what was applied after the last start stays while the file is the same", async () => {
  const dir = tempDir();
  const world = runtime();
  await adoptConfig(world, dir, file(dir, 5));
  const later = parseConfig(text(9));
  if (!later.ok) throw new Error("the test's configuration is not valid");
  await applyConfig(world, "default", { ...later, text: text(9) }, { by: "someone" });
  expect((await adoptConfig(world, dir, file(dir, 5))).config.autoscaling["a"]?.max).toBe(9);
  expect((await adoptConfig(world, dir, file(dir, 6))).config.autoscaling["a"]?.max).toBe(6);
});
