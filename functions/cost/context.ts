import * as v from "valibot";
import { type CostConfig, CostSection } from "../../shared/core/cost/section.ts";
import { type NamedSource, nameSources } from "../../shared/core/cost/sources/names.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type AwsClients, awsClients } from "../../shared/edge/aws-clients.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** What every part of cost works on: one configuration, one instant. Nothing was asked of anybody yet. */
export interface CostWork {
  readonly runtime: Runtime;
  readonly tenant: string;
  /** Section `cost`, with all defaults; those of an empty section where the configuration has none. */
  readonly config: CostConfig;
  /** Whether the configuration has a section `cost`. */
  readonly configured: boolean;
  /** All of it: services, clusters, destinations. Absent: nothing was applied yet. */
  readonly all?: HeadgateConfig;
  /** Version of the configuration; "none" where there is none. */
  readonly configVersion: string;
  /** The instant it was opened: one look at cost is one instant. */
  readonly now: Millis;
  /** Folder that relative paths of the configuration are seen from. */
  readonly baseDir: string;
  /** What everything of this tenant begins with in the object store: "cost/<tenant>/". */
  readonly prefix: string;
  /** Sources of bills by the names they are kept under, in their order. */
  readonly sources: readonly NamedSource[];
  /** Where exports in buckets are read; no SDK is loaded before the first of them. */
  readonly s3: AwsClients["s3"];
}

export const costPrefix = (tenant: string): string => `cost/${encodeURIComponent(tenant)}/`;

export interface CostGiven {
  readonly runtime: Runtime;
  readonly tenant: string;
  readonly config?: HeadgateConfig;
  readonly version?: string;
  /** Default: the runtime's own, else where the process runs. */
  readonly baseDir?: string;
  readonly s3?: AwsClients["s3"];
}

/** One set of clients for a process: they keep their connections. */
let clients: AwsClients | undefined;
const ownS3: AwsClients["s3"] = (region, endpoint) => {
  const { AWS_REGION } = process.env;
  clients ??= awsClients(AWS_REGION === undefined ? {} : { region: AWS_REGION });
  return clients.s3(region, endpoint);
};

/** Opens cost over a configuration that is at hand. */
export function costFromConfig({ runtime, tenant, config, version, baseDir, s3 }: CostGiven): CostWork {
  const section = config?.cost ?? v.parse(CostSection, {});
  return {
    ...{ runtime, tenant, config: section, configured: config?.cost !== undefined },
    ...(config ? { all: config } : {}),
    configVersion: version ?? "none",
    now: runtime.now(),
    baseDir: baseDir ?? runtime.baseDir ?? ".",
    prefix: costPrefix(tenant),
    sources: nameSources(section.sources),
    s3: s3 ?? ownS3,
  };
}

/**
 * Opens cost over the configuration in force; without one everything is at its default and there are no sources.
 *
 * @throws those of the store
 */
export async function openCost(runtime: Runtime, tenant: string): Promise<CostWork> {
  const applied = await currentConfig(runtime, tenant);
  return costFromConfig({ runtime, tenant, ...(applied ? { config: applied.config, version: applied.version } : {}) });
}
