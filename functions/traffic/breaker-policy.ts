import { type BreakerPolicy, BreakerPolicySchema } from "../../shared/core/traffic/breaker/policy.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { parseInput } from "../parse-input.ts";
import { settingsIn } from "./service-traffic.ts";

/** A policy as callers write it. @throws HeadgateError `input.invalid` naming the setting */
export const parsePolicy = (input: unknown): BreakerPolicy => parseInput(BreakerPolicySchema, input, "policy");

/** Rule of a circuit that no service has: the defaults. */
const DEFAULT = "consecutive";

/** Which rule a circuit goes by, and of which configuration: that of the service its name begins with ("orders/…"), else the defaults. */
export async function policyOfCircuit(
  runtime: Runtime,
  tenant: string,
): Promise<{ readonly policyOf: (circuit: string) => BreakerPolicy; readonly version: string }> {
  const applied = await currentConfig(runtime, tenant);
  const fallback = parsePolicy(DEFAULT);
  return {
    version: applied?.version ?? "",
    policyOf: (circuit) => {
      const slash = circuit.indexOf("/");
      const settings = applied && settingsIn(applied, slash < 0 ? circuit : circuit.slice(0, slash));
      return settings && settings.config.breaker !== "off" ? settings.config.breaker : fallback;
    },
  };
}
