import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Streams } from "../../shared/core/ports/streams.ts";
import { own } from "../own.ts";
import type { PlanContext } from "./context.ts";
import { openRegistry } from "./parts/open-registry.ts";
import type { Place } from "./place.ts";
import type { JobWorld } from "./restore-jobs.ts";
import { type OpenedPoint, openSource } from "./restore-source.ts";
import type { RestoreContext } from "./restore-types.ts";

/** Everything a restore works with, open. */
interface RestoreWorld extends RestoreContext {
  readonly source: OpenedPoint;
  readonly places: readonly Place[];
  /** Name of the cluster that is restored into. */
  readonly cluster: string;
}

/**
 * A cluster by the name it has in the configuration; absent: the plan's own.
 *
 * @throws HeadgateError `config.invalid` where there is none, `streams.unavailable` where nobody can reach one
 */
export function clusterNamed(
  context: PlanContext,
  name?: string,
): { readonly name: string; readonly streams: Streams } {
  const { config, runtime, cluster, streams } = context;
  if (streams && cluster && (name === undefined || name === cluster.name)) return { name: cluster.name, streams };
  const clusters = config.streams ?? {};
  const names = Object.keys(clusters);
  const wanted = name ?? (names.length === 1 ? names[0] : undefined);
  const settings = wanted === undefined ? undefined : own(clusters, wanted);
  if (wanted === undefined || !settings)
    throw new HeadgateError(
      "config.invalid",
      wanted === undefined ? "no cluster to restore into is named" : `there is no cluster ${wanted} under streams`,
      { faults: [{ path: "streams", message: "is not there", allowed: names.join(", ") || "a cluster" }] },
    );
  const reached = runtime.streams?.(wanted, settings);
  if (reached) return { name: wanted, streams: reached };
  throw new HeadgateError("streams.unavailable", "no Kafka cluster can be reached from here");
}

/** Where jobs of a plan are started; `url`: another cluster than the one they came from. */
export function jobWorld(context: PlanContext, url?: string): JobWorld | undefined {
  const { flink } = context.plan.what;
  const at = url ?? flink?.url;
  const { jobs } = context.runtime;
  if (at === undefined || !jobs) return undefined;
  const { places, baseDir } = context;
  return {
    jobs,
    flink: { url: at },
    places,
    baseDir,
    sleep: context.runtime.sleep,
    settings: { savepoints: flink?.savepoints, readAs: flink?.readAs },
  };
}

/**
 * Opens a point of a plan and the cluster it is restored into.
 *
 * @param into name of the cluster; default: the plan's own
 * @throws HeadgateError `backup.unknown`, `backup.damaged`, `backup.version`, `config.invalid`, `streams.unavailable`, `objects.unavailable`
 */
export async function openRestore(context: PlanContext, point: string, into?: string): Promise<RestoreWorld> {
  const { name: cluster, streams } = clusterNamed(context, into);
  const source = await openSource(context.places, context.name, point);
  const settings = own(context.config.streams ?? {}, cluster);
  const registry = source.parts.schemas ? await openRegistry(context, settings?.registry) : undefined;
  const jobs = jobWorld(context);
  const { now, sleep } = context.runtime;
  return {
    ...{ streams, source, now, sleep, cluster, places: context.places },
    ...(registry ? { registry } : {}),
    ...(jobs ? { jobs } : {}),
  };
}
