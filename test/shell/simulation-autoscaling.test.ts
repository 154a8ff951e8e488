import { expect, test } from "vitest";
import { simulateAutoscaling } from "./simulation/simulate-autoscaling.ts";

const ONE = process.env["HEADGATE_SEED"];
/** `npm run test:peers` plays 2,000. */
const SEEDS = Number(process.env["HEADGATE_SEEDS"] ?? 120);

test(ONE
  ? `autoscaling, seed ${ONE}`
  : `autoscaling under bad luck, ${SEEDS} seeds: nothing lost, all recorded, replayable and settled where it should`, async () => {
  let scaled = 0;
  const struck = new Map<string, number>();
  for (const seed of ONE ? [Number(ONE)] : Array.from({ length: SEEDS }, (_, index) => index + 1)) {
    const { violations, log, luck } = await simulateAutoscaling(seed);
    scaled += luck.get("scaled") ?? 0;
    for (const name of ["configured", "older version", "overtaken", "remembered"])
      struck.set(name, (struck.get(name) ?? 0) + (luck.get(name) ?? 0));
    if (violations.length === 0) continue;
    const broken = violations.map((violation) => `${violation.rule}: ${violation.detail}`).join("\n  ");
    expect.fail(
      `seed ${seed} (replay it alone with HEADGATE_SEED=${seed}):\n  ${broken}${ONE ? `\n${log.join("\n")}` : ""}`,
    );
  }
  if (ONE) return;
  expect(scaled).toBeGreaterThan(SEEDS * 3);
  // Configurations changed, versions mixed, and now and then an action was overtaken between its claim and the takeover.
  expect(struck.get("configured")).toBeGreaterThan(SEEDS);
  expect(struck.get("older version")).toBeGreaterThan(SEEDS);
  expect(struck.get("overtaken")).toBeGreaterThan(0);
  expect(struck.get("remembered"), "half of the seeds are scaled by demand").toBeGreaterThan(SEEDS);
}, 60_000);
