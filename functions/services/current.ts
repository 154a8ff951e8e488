import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type AppliedConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";

/** The configuration in force and a service in it. @throws HeadgateError `service.unknown`. */
export async function configWith(runtime: Runtime, tenant: string, service: string): Promise<AppliedConfig> {
  const current = await currentConfig(runtime, tenant);
  if (!current || !own(current.config.services, service)) {
    throw new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is configured`);
  }
  return current;
}
