import type { Env } from "../shared/shell/env.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import type { UsageMeter } from "../shared/shell/usage-meter.ts";

/** MB, as Lambda says it. */
const memoryGb = (): number => Number(process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] ?? 512) / 1024;

/**
 * The runtime of a deployed function with each invocation counted at its end, when telemetry is flushed. Where cost is deployed, what was counted is kept.
 *
 * @param began of the invocation at hand, `performance.now()`; Lambda hands a process one event at a time
 */
export function metered(runtime: Runtime, meter: UsageMeter, env: Env, began: () => number): Runtime {
  let keep: (() => Promise<void>) | undefined;
  const made: Runtime = {
    ...runtime,
    usage: meter,
    telemetry: {
      ...runtime.telemetry,
      flush: async () => {
        meter.add("invocations", 1);
        meter.add("gbSeconds", ((performance.now() - began()) / 1_000) * memoryGb());
        if (env.HEADGATE_COST === "on") {
          keep ??= (await import("./cost/self-counts.ts")).countKeeper(made, env.HEADGATE_TENANT, meter);
          await keep();
        }
        await runtime.telemetry.flush();
      },
    },
  };
  return made;
}
