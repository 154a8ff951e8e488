import "../shared-parts.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { ssmParameter } from "../ssm-parameter.ts";
import { type HookSettings, hookSettings } from "./settings.ts";
import { signedHook } from "./signed.ts";
import { snsHook } from "./sns.ts";

export type { HookSettings } from "./settings.ts";

/** What answers the hooks; by default as this process's environment says. */
export function hooks(
  runtime: Runtime,
  tenant: string,
  settings: HookSettings = hookSettings(process.env, ssmParameter),
) {
  return { sns: snsHook(runtime, tenant, settings), signed: signedHook(runtime, tenant, settings) };
}
