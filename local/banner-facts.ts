import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatDuration } from "../shared/core/kernel/time.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import type { BannerFacts } from "./banner.ts";

type Told = Omit<BannerFacts, "clone" | "services" | "elsewhere" | "backups">;

export interface FactsGiven extends Told {
  readonly root: string;
  readonly applied: HeadgateConfig;
  /** Names of services that run here. */
  readonly services: readonly string[];
  readonly urlOf: (service: string) => string | undefined;
  readonly load: readonly { readonly service: string; readonly text?: string }[];
}

/** What the banner says of a configuration that runs. */
export function bannerFacts({ root, applied, services, urlOf, load, ...told }: FactsGiven): BannerFacts {
  return {
    ...told,
    clone: existsSync(join(root, "cli", "main.ts")),
    services: services.map((name) => {
      const bounds = applied.autoscaling[name];
      const text = load.find((one) => one.service === name)?.text;
      return {
        name,
        url: urlOf(name) ?? "",
        ...(bounds ? { bounds: `${bounds.min} to ${bounds.max} instances` } : {}),
        ...(text === undefined ? {} : { load: text }),
      };
    }),
    elsewhere: Object.entries(applied.services).flatMap(([name, one]) => (one.ecs ? [name] : [])),
    backups: Object.entries(applied.backup ?? {}).map(
      ([name, { every, to }]) => `${name}: a restore point every ${formatDuration(every)} at ${to.join(" and ")}`,
    ),
  };
}
