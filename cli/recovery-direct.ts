import type { PlanContext } from "../functions/backup/context.ts";
import type { RecoveryView } from "../functions/backup/recovery-views.ts";
import type { RunbookWorld } from "../functions/backup/runbook-work.ts";
import type { RecoverySettings } from "../shared/core/backup/recovery/file.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { planMeant, withPlan } from "./backup-direct.ts";
import type { DirectSource } from "./backup-options.ts";
import { faultText } from "./faults.ts";
import { readText } from "./files.ts";
import { type Io, plain } from "./io.ts";

const MAX_BYTES = 1_048_576;

/** Reads a disaster-recovery file and tells what was left aside. @throws HeadgateError `config.invalid` with every fault, `input.invalid` */
export async function readDrFile(io: Io, file: string) {
  const { readRecoveryFile } = await import("../functions/backup/recovery-file.ts");
  const read = readRecoveryFile(await readText(io, file, MAX_BYTES), file);
  for (const warning of read.warnings) io.note(plain(`warning: ${faultText(warning, file)}`));
  return read;
}

const withFile = (config: HeadgateConfig, named: { file: string; settings: RecoverySettings } | undefined) =>
  named ? { ...config, disasterRecovery: named } : config;

/** Opens plans one by one, and closes them all. */
async function opened<T>(
  io: Io,
  source: DirectSource,
  config: HeadgateConfig,
  use: (open: (plan: string) => PlanContext) => Promise<T>,
): Promise<T> {
  const { openDirect } = await import("../functions/backup/direct.ts");
  const log = (line: string) => {
    if (io.env["HEADGATE_LOG"] !== undefined) io.note(line);
  };
  const contexts = new Map<string, ReturnType<typeof openDirect>>();
  try {
    return await use((plan) => {
      const known = contexts.get(plan) ?? openDirect({ ...source, kind: "config", config }, plan, { log });
      contexts.set(plan, known);
      return known.context;
    });
  } finally {
    for (const { close } of contexts.values()) await close();
  }
}

/** Where recovery stands by what lies at the destinations; runs of runbooks are not known here. */
export async function directStatus(
  io: Io,
  source: DirectSource,
  wanted: string | undefined,
  dr: string | undefined,
): Promise<RecoveryView> {
  const named = dr === undefined ? undefined : { file: dr, ...(await readDrFile(io, dr)) };
  const some = wanted !== undefined || source.manual !== undefined;
  const plans = some ? [await planMeant(io, source, wanted)] : source.plans;
  const { manual } = source;
  const known = manual
    ? plans.reduce((all, name) => (all.backup?.[name] ? all : withPlan(all, name, manual)), source.config)
    : source.config;
  const config = withFile(known, named);
  const { recoveryViewOf } = await import("../functions/backup/recovery-view.ts");
  return opened(io, source, config, (open) => recoveryViewOf(config, plans, open, some));
}

/** A world of runbooks in this process: what it begins ends with it, so only rehearsals make sense. */
export async function directRunbooks<T>(
  io: Io,
  source: DirectSource,
  use: (world: RunbookWorld) => Promise<T>,
): Promise<T> {
  const { directRuntime } = await import("../functions/backup/direct-runtime.ts");
  const { baseDir, config } = source;
  const { runtime, close } = directRuntime({ baseDir });
  try {
    return await opened(io, source, config, (open) =>
      use({ runtime, tenant: DEFAULT_TENANT, config, version: "none", baseDir, open: async (plan) => open(plan) }),
    );
  } finally {
    await close();
  }
}
