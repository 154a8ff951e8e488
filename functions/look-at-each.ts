import type { AggregateKey } from "../shared/core/kernel/key.ts";
import type { Trigger } from "../shared/core/kernel/record.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import { bounded } from "./bounded.ts";

export interface LookingAt {
  readonly noun: string;
  /** What one of them is called in the log. */
  readonly what: string;
  readonly atOnce: number;
  readonly trigger: Trigger;
  readonly look: (runtime: Runtime, tenant: string, subject: string, trigger: Trigger) => Promise<unknown>;
}

/** Looks at aggregates, so many at once; one that fails is told of and stops no other. @returns what they failed with */
export async function lookAtEach(
  runtime: Runtime,
  keys: readonly AggregateKey[],
  { noun, what, atOnce, trigger, look }: LookingAt,
): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  await bounded(keys, atOnce, async (key) => {
    try {
      await look(runtime, key.tenant, key.subject, trigger);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("error", `${what} could not be looked at`, { ...key, error: message });
      runtime.telemetry.count("headgate_evaluation_failures_total", { noun });
      errors.push(error);
    }
  });
  return errors;
}
