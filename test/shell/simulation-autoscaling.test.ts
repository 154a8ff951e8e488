import { expect, test } from "vitest";
import { simulateAutoscaling } from "./simulation/simulate-autoscaling.ts";

const ONE = process.env["HEADGATE_SEED"];
const SEEDS = 200;

test(ONE
  ? `autoscaling, seed ${ONE}`
  : `autoscaling under bad luck, ${SEEDS} seeds: nothing lost, all recorded, replayable and settled where it should`, async () => {
  let scaled = 0;
  for (const seed of ONE ? [Number(ONE)] : Array.from({ length: SEEDS }, (_, index) => index + 1)) {
    const { violations, log, luck } = await simulateAutoscaling(seed);
    scaled += luck.get("scaled") ?? 0;
    if (violations.length === 0) continue;
    const broken = violations.map((violation) => `${violation.rule}: ${violation.detail}`).join("\n  ");
    expect.fail(
      `seed ${seed} (replay it alone with HEADGATE_SEED=${seed}):\n  ${broken}${ONE ? `\n${log.join("\n")}` : ""}`,
    );
  }
  if (!ONE) expect(scaled).toBeGreaterThan(SEEDS * 3);
}, 60_000);
