import { afterEach, describe, expect, test } from "vitest";
import { flinkScaling } from "../../shared/core/autoscaling/flink/machine.ts";
import type { FlinkScalingAction } from "../../shared/core/autoscaling/flink/types.ts";
import { killFlinkScaling } from "./flink-kill.ts";

const SEEDS = 10;
const { step } = flinkScaling;

/** The machine with its actions changed, as somebody might write it at first. */
const withActions = (change: (actions: readonly FlinkScalingAction[]) => readonly FlinkScalingAction[]) =>
  Object.assign(flinkScaling, {
    step: ((...args) => {
      const result = step(...args);
      return { ...result, actions: change(result.actions) };
    }) satisfies typeof step,
  });

afterEach(() => void Object.assign(flinkScaling, { step }));

test("killed at any call, with a cluster that fails, forgets and restarts, one job runs at the end and keeps up", () => {
  const from = Number(process.env["HEADGATE_SEED"] ?? 0);
  const count = process.env["HEADGATE_SEED"] === undefined ? SEEDS : 1;
  const reasons = new Map<string, number>();
  let kills = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = killFlinkScaling(seed);
    expect(outcome.wrong, `seed ${seed}`).toEqual([]);
    for (const reason of outcome.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    kills += outcome.kills;
  }
  if (count === 1) return;
  expect(kills).toBeGreaterThan(5 * count);
  for (const reason of ["rescaled", "rescale_rolled_back", "rescale_failed", "external_change", "held_no_job"])
    expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
});

describe("the simulation notices a machine", () => {
  const noticed = () => {
    for (let seed = 0; seed < 30; seed += 1) if (killFlinkScaling(seed).wrong.length > 0) return true;
    return false;
  };

  test("that gives a job another id at each try", () => {
    let next = 0;
    withActions((actions) =>
      actions.map((action) =>
        action.type === "run" ? { ...action, jobId: (++next).toString(16).padStart(32, "c") } : action,
      ),
    );
    expect(noticed()).toBe(true);
  });

  test("that does not take away what it started", () => {
    withActions((actions) => actions.filter(({ type }) => type !== "cancel"));
    expect(noticed()).toBe(true);
  });

  test("that does not start the old job again", () => {
    withActions((actions) => actions.filter((action) => action.type !== "run" || action.parallelism !== 2));
    expect(noticed()).toBe(true);
  });

  test("that leaves a job at a parallelism at which it dies", () => {
    withActions((actions) => actions.filter((action) => action.type !== "require" || action.parallelism["work"] !== 2));
    expect(noticed()).toBe(true);
  });
});
