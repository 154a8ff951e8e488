import type { BackupConfig } from "../../shared/core/backup/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { StreamsClusterConfig } from "../../shared/core/kernel/streams-section.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";
import { openPlaces } from "./destinations.ts";
import type { Patience } from "./patience.ts";
import type { Place } from "./place.ts";
import { type Surroundings, surroundings } from "./surroundings.ts";

/** Which topics a plan takes, with everything that may be left out. */
export type TopicsPlan = Exclude<NonNullable<BackupConfig["what"]["topics"]>, false>;

/** One plan, opened: nothing was asked of anybody yet. */
export interface PlanContext extends Surroundings {
  readonly runtime: Runtime;
  readonly tenant: string;
  /** Of the plan. */
  readonly name: string;
  readonly plan: BackupConfig;
  readonly config: HeadgateConfig;
  /** Version of the configuration. */
  readonly version: string;
  /** Absent: no topics are taken, or no cluster is configured. */
  readonly cluster?: { readonly name: string; readonly settings: StreamsClusterConfig };
  readonly streams?: Streams;
  readonly topics?: TopicsPlan;
  readonly places: readonly Place[];
  /** Text of the configuration that was read here, and of the files it names; absent: what is in force. */
  readonly applied?: AppliedText;
  /** In this process alone, without a server behind it: what Headgate itself keeps is not backed up. */
  readonly direct: boolean;
  /** With `direct`: the cut waits so long for a cluster that does not answer. Absent: not at all. */
  readonly patience?: Patience;
}

const ALL: TopicsPlan = {
  include: ["*"],
  exclude: [],
  groups: { include: ["*"], exclude: [] },
  acls: true,
  quotas: true,
  schemas: true,
};

const unknownPlan = (name: string, config: HeadgateConfig | undefined): HeadgateError => {
  const known = Object.keys(config?.backup ?? {});
  return new HeadgateError(
    "backup.unknown",
    `there is no backup plan ${JSON.stringify(name)}; ${known.length === 0 ? "the configuration has none" : `there is ${known.join(", ")}`}`,
  );
};

/** @throws HeadgateError `config.invalid` where several clusters could be meant, or one that is not there */
function clusterOf(config: HeadgateConfig, plan: BackupConfig, path: string): PlanContext["cluster"] {
  const { topics } = plan.what;
  if (topics === false) return undefined;
  const clusters = config.streams ?? {};
  const names = Object.keys(clusters);
  const name = topics?.cluster ?? (names.length === 1 ? names[0] : undefined);
  const settings = name === undefined ? undefined : own(clusters, name);
  if (name !== undefined && settings) return { name, settings };
  if (name === undefined && names.length === 0 && !topics) return undefined;
  const message = name === undefined ? `which of ${names.length} clusters is meant` : `there is no cluster ${name}`;
  throw new HeadgateError("config.invalid", `${path}.what.topics.cluster: ${message}`, {
    faults: [{ path: `${path}.what.topics.cluster`, message, allowed: names.join(", ") || "a cluster under streams" }],
  });
}

/** A configuration as it was written. */
export interface AppliedText {
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
}

export interface ContextGiven {
  readonly runtime: Runtime;
  readonly tenant: string;
  readonly config: HeadgateConfig;
  readonly version?: string;
  readonly name: string;
  readonly baseDir?: string;
  readonly direct?: boolean;
  readonly applied?: AppliedText;
  /** Instead of those of the configuration. */
  readonly places?: readonly Place[];
  readonly streams?: Streams;
}

/**
 * Opens a plan of a configuration that is at hand.
 *
 * @throws HeadgateError `backup.unknown`, `config.invalid`
 */
export function contextFromConfig(given: ContextGiven): PlanContext {
  const { runtime, tenant, config, name, direct = false } = given;
  const plan = own(config.backup ?? {}, name);
  if (!plan) throw unknownPlan(name, config);
  const around = surroundings(given.baseDir ?? runtime.baseDir ?? ".", direct || isLocal(runtime));
  const cluster = clusterOf(config, plan, `backup.${name}`);
  const streams = cluster && (given.streams ?? runtime.streams?.(cluster.name, cluster.settings));
  if (cluster && !streams) throw new HeadgateError("streams.unavailable", "no Kafka cluster can be reached from here");
  const places =
    given.places ?? openPlaces(plan.to, config.destinations, { ...around, now: runtime.now, at: `backup.${name}.to` });
  return {
    ...around,
    ...{ runtime, tenant, name, plan, config, places, direct },
    version: given.version ?? "none",
    ...(given.applied ? { applied: given.applied } : {}),
    ...(cluster ? { cluster } : {}),
    ...(streams ? { streams, topics: plan.what.topics || ALL } : {}),
  };
}

const isLocal = ({ stage }: Runtime): boolean => (stage ?? LOCAL_STAGE) === LOCAL_STAGE;

/**
 * Opens a plan of the configuration in force.
 *
 * @throws HeadgateError `backup.unknown`, `config.invalid`; those of the store
 */
export async function openPlan(runtime: Runtime, tenant: string, plan: string): Promise<PlanContext> {
  const applied = await currentConfig(runtime, tenant);
  if (!applied) throw unknownPlan(plan, undefined);
  return contextFromConfig({ runtime, tenant, config: applied.config, version: applied.version, name: plan });
}
