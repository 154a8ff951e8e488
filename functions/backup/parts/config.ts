import { configItems } from "./config-items.ts";
import { addEcs, addFiles, addHeadgate, addParameters, addSecrets } from "./config-sources.ts";
import type { PartContext, PartStep } from "./types.ts";
import "../../shared-parts.ts";
import "../../shared-parts.ts";

/** Everything that is needed to set the platform up again; what may be secret is sealed, or left out where there is no key. */
export async function stepConfig(context: PartContext): Promise<PartStep<"config">> {
  const settings = context.config.what.config ?? { headgate: true, ecs: [], ssm: [], secrets: [], files: [] };
  const items = configItems(context);
  items.warnings.push(...(context.sealer?.warnings ?? []));
  /** One source that cannot be read does not keep back the others. */
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      items.unread(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  if (settings.headgate) await attempt("Headgate's own configuration", () => addHeadgate(items, context));
  for (const ecs of settings.ecs) await attempt(`ECS cluster ${ecs.cluster}`, () => addEcs(items, context, ecs));
  for (const path of settings.ssm) await attempt(`parameters at ${path}`, () => addParameters(items, context, path));
  for (const name of settings.secrets) await attempt(`secrets ${name}`, () => addSecrets(items, context, name));
  for (const path of settings.files) await attempt(`file ${path}`, () => addFiles(items, context, path));
  items.finish();
  const seen = new Set<string>();
  // Two patterns may name the same thing.
  const once = items.items.filter(({ kind, name }) => {
    const key = `${kind} ${name}`;
    return !seen.has(key) && seen.add(key);
  });
  return { status: "done", part: { items: once }, objects: [], warnings: items.warnings, gaps: items.gaps };
}
