import type { Queries } from "../../shared/core/ports/queries.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Who answers PromQL for this configuration: its Prometheus, else what this machine has scraped; undefined: nobody. */
export const queriesOf = (runtime: Runtime, config: HeadgateConfig): Queries | undefined =>
  runtime.queries?.(config.monitoring?.prometheus);
