import { afterEach, describe, expect, test } from "vitest";
import { flinkRollout } from "../../shared/core/delivery/flink/machine.ts";
import type { FlinkAction } from "../../shared/core/delivery/flink/types.ts";
import { killFlink } from "./flink-kill.ts";

const SEEDS = 30;
const { step } = flinkRollout;
/** The machine with its actions changed, as somebody might write it at first. */
const withActions = (change: (actions: readonly FlinkAction[]) => readonly FlinkAction[]) =>
  Object.assign(flinkRollout, {
    step: ((...args) => {
      const result = step(...args);
      return { ...result, actions: change(result.actions) };
    }) satisfies typeof step,
  });

afterEach(() => void Object.assign(flinkRollout, { step }));

test("killed at any call, with a cluster that fails, forgets and is slow, it ends promoted or rolled back with one job", async () => {
  const from = Number(process.env["HEADGATE_SEED"] ?? 0);
  const count = process.env["HEADGATE_SEED"] === undefined ? SEEDS : 1;
  const ends = new Map<string, number>();
  let kills = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await killFlink(seed);
    expect(outcome.wrong, `seed ${seed}`).toEqual([]);
    ends.set(outcome.phase, (ends.get(outcome.phase) ?? 0) + 1);
    kills += outcome.kills;
  }
  if (count === 1) return;
  expect(kills).toBeGreaterThan(count);
  expect(ends.get("promoted")).toBeGreaterThan(count / 10);
  expect(ends.get("rolled_back")).toBeGreaterThan(count / 10);
});

describe("the simulation notices a machine", () => {
  const noticed = async (most = 60) => {
    for (let seed = 0; seed < most; seed += 1) if ((await killFlink(seed)).wrong.length > 0) return true;
    return false;
  };

  test("that starts the new job without the state of the old one", async () => {
    withActions((actions) =>
      actions.map((action) => {
        if (action.type !== "flink_run") return action;
        const { savepoint: _, ...rest } = action;
        return rest;
      }),
    );
    expect(await noticed()).toBe(true);
  });

  test("that gives a job another id at each try", async () => {
    let next = 0;
    withActions((actions) =>
      actions.map((action) =>
        action.type === "flink_run" ? { ...action, jobId: (++next).toString(16).padStart(32, "c") } : action,
      ),
    );
    expect(await noticed()).toBe(true);
  });

  test("that does not take away what it started", async () => {
    withActions((actions) => actions.filter(({ type }) => type !== "flink_cancel"));
    expect(await noticed()).toBe(true);
  });

  test("that does not start the old job again", async () => {
    withActions((actions) =>
      actions.filter((action) => {
        if (action.type !== "flink_run") return true;
        return action.release.jarFile !== "v1";
      }),
    );
    expect(await noticed()).toBe(true);
  });
});
