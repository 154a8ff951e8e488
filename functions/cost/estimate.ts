import { compareLoads, type Estimate } from "../../shared/core/cost/self/view.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Assumed, assumptionsOf, configLoad } from "./config-load.ts";
import "../shared-parts.ts";

/** What a change of the configuration costs more or less a month, before it is deployed. Absent `before`: nothing was deployed. */
export function estimateChange(
  before: HeadgateConfig | undefined,
  after: HeadgateConfig,
  assumed: Assumed = {},
): Estimate {
  const was = before ? configLoad(before, assumed) : undefined;
  return compareLoads(was, configLoad(after, assumed), assumptionsOf(assumed));
}

/**
 * The same for a text beside the configuration in force. `files`: what it names, by their paths as written.
 *
 * @throws HeadgateError `config.invalid` with all faults; those of the store
 */
export async function estimateText(
  runtime: Runtime,
  tenant: string,
  { text, files = {} }: { readonly text: string; readonly files?: Readonly<Record<string, string>> },
  assumed: Assumed = {},
): Promise<Estimate> {
  const [{ parseConfig }, { givenFiles }, { readersFrom }] = await Promise.all([
    import("../../shared/shell/config.ts"),
    import("../../shared/shell/config-files.ts"),
    import("../../shared/shell/config-readers.ts"),
  ]);
  const parsed = parseConfig(text, readersFrom(givenFiles(files)));
  if (!parsed.ok) throw new HeadgateError("config.invalid", "the configuration has faults", { faults: parsed.faults });
  return estimateChange((await currentConfig(runtime, tenant))?.config, parsed.config, assumed);
}
