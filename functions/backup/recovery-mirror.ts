import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { checkMirror, writeMirror } from "./mirror.ts";
import type { MirrorCheckView, MirrorTextView } from "./recovery-views.ts";
import "../shared-parts.ts";

const listed = (given: string | undefined): readonly string[] =>
  (given ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

async function inForce(runtime: Runtime, tenant: string) {
  const config: HeadgateConfig | undefined = (await currentConfig(runtime, tenant))?.config;
  const settings = config?.disasterRecovery?.settings;
  if (settings) return { config, settings };
  throw new HeadgateError("backup.unknown", "the configuration names no disaster-recovery file (disasterRecovery)");
}

/** mm2.properties that the file in force asks for. @throws HeadgateError `backup.unknown` without one, `input.invalid` where it asks for none */
export async function writeMirrorOf(
  runtime: Runtime,
  tenant: string,
  asked: { readonly primary?: string | undefined; readonly secondary?: string | undefined },
): Promise<MirrorTextView> {
  const { config, settings } = await inForce(runtime, tenant);
  const { streams } = config ?? {};
  return {
    text: writeMirror(settings, {
      primaryBrokers: listed(asked.primary),
      secondaryBrokers: listed(asked.secondary),
      ...(streams ? { streams } : {}),
    }),
  };
}

/** Holds a configuration of MirrorMaker 2 against the file in force. @throws as {@link writeMirrorOf}; `input.invalid` of the text */
export async function checkMirrorOf(
  runtime: Runtime,
  tenant: string,
  { text, file }: { readonly text: string; readonly file?: string | undefined },
): Promise<MirrorCheckView> {
  const { settings } = await inForce(runtime, tenant);
  const { faults, warnings } = checkMirror(settings, text, file);
  return { ok: faults.length === 0, faults, warnings };
}
