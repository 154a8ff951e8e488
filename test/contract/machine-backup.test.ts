import fc from "fast-check";
import { backupRun } from "../../shared/core/backup/run/machine.ts";
import type { Beside, RunConfig, RunInput } from "../../shared/core/backup/run/types.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { machineLaws } from "./machine.ts";

const PARTS: readonly Beside[] = ["flink", "schemas", "config"];

const config: fc.Arbitrary<RunConfig> = fc.record(
  {
    plan: fc.constant("hourly"),
    every: fc.constantFrom(HOUR_MS, 24 * HOUR_MS),
    deadlineMs: fc.constantFrom(10 * MINUTE_MS, 6 * HOUR_MS),
    workers: fc.integer({ min: 1, max: 8 }),
    parts: fc.subarray([...PARTS]),
    verify: fc.constantFrom("shallow" as const, "deep" as const, "off" as const),
    pollMs: fc.constant(20 * SECOND_MS),
    silenceMs: fc.constant(17 * MINUTE_MS),
    backOffMs: fc.constant(5 * SECOND_MS),
  },
  { requiredKeys: ["plan", "deadlineMs", "workers", "parts", "verify", "pollMs", "silenceMs", "backOffMs"] },
);

const ids = fc.integer({ min: 0, max: 5 }).map((number) => `bkp_20261123_07300${number}`);
const said = { by: fc.constant("somebody"), why: fc.constantFrom("", "because") };
const numbers = fc.nat(12);
const units = fc.uniqueArray(
  fc.record({
    unit: numbers,
    parts: fc.integer({ min: 1, max: 3 }),
    whole: fc.boolean(),
    bytes: fc.nat(1000),
    records: fc.nat(100),
    storedBytes: fc.nat(1000),
  }),
  { selector: ({ unit }) => unit, maxLength: 8 },
);

const input: fc.Arbitrary<RunInput> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("start" as const), id: ids, ...said }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const), ...said }) },
  {
    weight: 8,
    arbitrary: fc.record(
      {
        kind: fc.constant("look" as const),
        id: ids,
        units,
        verified: fc.record({ ok: fc.boolean(), text: fc.constant("every byte is as it was written") }),
        failed: fc.array(fc.record({ unit: fc.integer({ min: -1, max: 12 }), why: fc.constant("no broker answers") }), {
          maxLength: 3,
        }),
        failures: fc.array(fc.constant("receipts: the place is down"), { maxLength: 2 }),
      },
      { requiredKeys: ["kind", "id"] },
    ),
  },
);

/** What the actions of a run come to, so that the walks get past the cut. */
const VALUES: Readonly<Record<string, ActionResult["values"]>> = {
  take_cut: {
    cut: { name: "0123456789abcdef", at: 1, kind: "full", units: 6, bytes: 10, topics: 1, partitions: 6, gaps: 0 },
  },
  fold: { draft: "0123456789abcdef" },
  seal: {
    point: {
      ...{ id: "bkp_20261123_073000", cutAt: 1, kind: "full", at: ["a"], missing: ["b"], records: 1, newRecords: 1 },
      ...{ newBytes: 1, storedBytes: 1, gaps: 1, alarming: ["offsets are missing"], warnings: 0 },
    },
  },
};
const going: typeof backupRun = {
  ...backupRun,
  settle: (config, state, results, now) =>
    backupRun.settle(
      config,
      state,
      results.map((one) => ({ ...one, values: VALUES[one.key.split(":")[1] ?? ""] ?? {} })),
      now,
    ),
};

machineLaws("backup runs", going, {
  config,
  input: input.map((given) => () => given),
  maxPauseMs: 2 * HOUR_MS,
  runs: 30,
});
