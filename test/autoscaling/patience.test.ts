import { describe, expect, it } from "vitest";
import { runBacktestGently } from "../../functions/autoscaling/backtest.ts";
import { runCompareGently, runLab, runTuneGently } from "../../functions/autoscaling/lab.ts";
import { inTime, patience, requestPatience } from "../../functions/autoscaling/patience.ts";
import { syntheticTrace } from "../../shared/core/autoscaling/backtest/synthetic.ts";

const TWO_DAYS = syntheticTrace({ days: 2 });
/** The time is over after so many turns. */
const turns = (count: number) => {
  let left = count;
  return {
    ms: 18_000,
    over: () => {
      left -= 1;
      return left < 0;
    },
    used: () => count - left,
  };
};
const tooLarge = {
  code: "input.too_large",
  message: expect.stringMatching(/longer than the 18 s of a request: send fewer/),
};

describe("what is played for a request", () => {
  it("is given up inside a single policy, and nothing is answered that was not played", async () => {
    const kafka = { type: "kafka-lag", cluster: "c", group: "g" };
    await expect(runLab(TWO_DAYS, kafka, { patience: turns(3) })).rejects.toMatchObject(tooLarge);
    await expect(runLab(TWO_DAYS, "auto", { patience: turns(10), days: "2-2" })).rejects.toMatchObject(tooLarge);
    await expect(runTuneGently(TWO_DAYS, { patience: turns(30) })).rejects.toMatchObject(tooLarge);
    await expect(runBacktestGently(TWO_DAYS, "demand", { patience: turns(3) })).rejects.toMatchObject(tooLarge);
    await expect(runCompareGently(TWO_DAYS, { patience: turns(3) })).rejects.toMatchObject(tooLarge);
  });

  it("is answered where there is time, the same as without a limit", async () => {
    const enough = turns(1_000);
    const [limited, free] = [
      await runLab(TWO_DAYS, "hpa-cpu70", { patience: enough }),
      await runLab(TWO_DAYS, "hpa-cpu70"),
    ];
    expect({ ...limited, elapsedMs: 0 }).toEqual({ ...free, elapsedMs: 0 });
    expect(enough.used(), "some hours each turn").toBeGreaterThanOrEqual((2 * 24) / 6);
  });

  it("is in part what was played in time: the policies that were not are named", async () => {
    const { rows, notes } = await runCompareGently(TWO_DAYS, {
      policies: ["hpa-cpu70", "seed-instances"],
      patience: turns(12),
      days: "1-2",
    });
    expect(rows.map(({ policy }) => policy)).toEqual(["hpa-cpu70"]);
    expect(notes.join()).toContain("not played, because the time was up: seed-instances");
  });

  it("has less time deployed than API Gateway waits, and more on one machine", () => {
    const deployed = requestPatience({ parts: { monitoring: false, scoring: false } });
    expect(deployed.ms).toBeLessThan(29_000);
    expect(deployed.over()).toBe(false);
    expect(requestPatience({}).ms).toBeGreaterThan(deployed.ms);
  });

  it("lets others work meanwhile, and ends by the clock", async () => {
    let worked = 0;
    const beside = setInterval(() => (worked += 1), 1);
    function* endless(): Generator<undefined, never> {
      for (;;) yield;
    }
    await expect(inTime(endless(), patience(60), "rest")).rejects.toThrow(
      "takes longer than the 0.06 s of a request: rest",
    );
    clearInterval(beside);
    expect(worked).toBeGreaterThan(0);
  });
});
