import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { jobIdOf, triggerIdOf } from "../../shared/core/delivery/flink/ids.ts";
import { flinkRollout } from "../../shared/core/delivery/flink/machine.ts";
import { FlinkDelivery } from "../../shared/core/delivery/flink/section.ts";
import type { FlinkConfig, FlinkInput } from "../../shared/core/delivery/flink/types.ts";
import { machineLaws } from "../contract/machine.ts";

const NEW = ["green", "blue"].map((colour) => jobIdOf("rol_1", "new", colour as "green"));
const AGAIN = jobIdOf("rol_1", "again 0", "blue");
const OLD = "0".repeat(32);
const id = fc.constantFrom(OLD, ...NEW, AGAIN);
const count = fc.nat({ max: 1_000 });
const path = fc.constantFrom("s3://s/savepoint-1", "s3://s/savepoint-2", "s3://c/chk-7");
const details = fc.record(
  {
    allRunning: fc.boolean(),
    restarts: fc.nat({ max: 2 }),
    completed: count,
    failed: fc.nat({ max: 2 }),
    checkpoint: path,
    savepoint: path,
    restoredFrom: path,
    out: count,
    lag: count,
    failure: fc.constant("IllegalStateException: no"),
  },
  { requiredKeys: ["allRunning"] },
);
const states = [
  "INITIALIZING",
  "RUNNING",
  "RUNNING",
  "RUNNING",
  "FAILED",
  "CANCELED",
  "FINISHED",
  "CANCELLING",
  "SUSPENDED",
] as const;
const look = fc.record(
  {
    kind: fc.constant("look" as const),
    jobs: fc.uniqueArray(
      fc.record({ id, name: fc.constantFrom("orders", "other"), state: fc.constantFrom(...states) }),
      {
        selector: (job) => job.id,
        maxLength: 3,
      },
    ),
    details: fc.dictionary(id, details),
    savepoint: fc.oneof(
      fc.constant({ status: "in_progress" as const }),
      fc.constant({ status: "unknown" as const }),
      path.map((at) => ({ status: "completed" as const, path: at })),
      fc.constant({ status: "failed" as const, why: "no space" }),
    ),
    failures: fc.array(fc.constant("nobody answers"), { maxLength: 1 }),
  },
  { requiredKeys: ["kind"] },
);
const who = { by: fc.constant("anna"), why: fc.constantFrom("", "because") };
const release = { version: "v2", jarFile: "v2.jar", arguments: [] };
const previous = { version: "v1", jarFile: "v1.jar", arguments: ["--a"] };
const started = { id: OLD, name: "orders", state: "RUNNING" } as const;

machineLaws("Flink rollout", flinkRollout, {
  config: fc.record({ mode: fc.constantFrom("stop-start", "parallel"), approval: fc.boolean(), act: fc.boolean() }).map(
    ({ mode, approval, act }): FlinkConfig => ({
      service: "orders",
      flink: v.parse(FlinkDelivery, {
        url: "http://f:8081",
        jobName: "orders",
        savepoints: "s3://s",
        mode,
        judge: { for: "1m", baseline: "0" },
      }),
      mode: act ? "act" : "recommend",
      approval,
      deadlineMs: 86_400_000,
      lingerMs: 30_000,
    }),
  ),
  input: fc
    .oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("start" as const),
          id: fc.constant("rol_1"),
          release: fc.constant(release),
          previous: fc.constant(previous),
          look: look.map((one) => ({ ...one, jobs: [started] })),
          ...who,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("command" as const),
          command: fc.constantFrom("pause", "resume", "promote", "skip", "approve", "abort", "rollback"),
          look,
          ...who,
        }),
      },
      { weight: 9, arbitrary: look },
    )
    .map((input) => () => input as FlinkInput),
  maxPauseMs: 120_000,
  runs: 30,
});

test("ids are Flink's 32 hex digits, the same for the same rollout and purpose, and others for others", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(triggerIdOf(one)).toMatch(/^[0-9a-f]{32}$/);
      expect(jobIdOf(one, "new", "green")).toMatch(/^9e[0-9a-f]{30}$/);
      expect(jobIdOf(one, "new", "blue")).toBe(jobIdOf(one, "new", "blue"));
      if (one !== other) expect(jobIdOf(one, "new", "blue")).not.toBe(jobIdOf(other, "new", "blue"));
    }),
    { numRuns: 100 },
  );
});
