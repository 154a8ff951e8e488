import { matcher } from "../../kernel/patterns.ts";
import type { AllocationConfig } from "../section.ts";
import type { Charge } from "../types.ts";
import type { Owners } from "./tenants.ts";

/** What kind of thing is shared by many: a Kafka cluster, a Flink cluster, or the machine room of services. */
export type PoolKind = "kafka" | "flink" | "services";

/** Where a charge goes. */
export type Place =
  | { readonly to: "pool"; readonly kind: PoolKind; readonly cluster: string; readonly why: string }
  | { readonly to: "service"; readonly service: string; readonly why: string }
  | { readonly to: "tenant"; readonly tenant: string; readonly why: string }
  /** Nobody can be named for it by its nature: tax, support, what stands on no service. */
  | { readonly to: "shared"; readonly why: string }
  /** It is somebody's, and no rule says whose. */
  | { readonly to: "nobody" };

export interface Places {
  /** Kafka clusters of the configuration, and those that were observed. */
  readonly kafka: readonly string[];
  /** Clusters by their ARN, where the configuration has it. */
  readonly arns?: ReadonlyMap<string, string>;
  /** Flink clusters, by url. */
  readonly flink: readonly string[];
  /** Services of the configuration, and their names in ECS. */
  readonly services: ReadonlyMap<string, { readonly ecs?: string }>;
}

/** As bills name them: Cost Explorer, CUR and FOCUS exports of AWS, Confluent, Aiven and the like. */
const IS_KAFKA = /\bmsk\b|kafka/i;
const IS_FLINK = /flink|kinesis ?analytics/i;
const IS_TASKS = /elastic container service|\becs\b|fargate|amazonecs/i;
const IS_SHARED = /\bsupport\b|\btax(es)?\b|\bvat\b|refund|rounding/i;
const SERVICE_ARN = /^arn:aws[a-z-]*:ecs:[^:]*:[^:]*:service\/(?:[^/]+\/)?([^/]+)$/;

/** The name under which the pool of all services stands. */
export const SERVICES = "services";

/**
 * Says of each charge whose it is: what the configuration names a cluster for, then a service's own resource, then what tenants' rules and tags
 * say, then what its service tells (MSK with one Kafka cluster is that cluster). First that fits.
 */
export function placing(config: AllocationConfig, places: Places, owners: Owners): (charge: Charge) => Place {
  const named = Object.entries(config.clusters).map(([cluster, patterns]) => ({
    ...{ cluster, matches: matcher(patterns) },
    kind: places.flink.includes(cluster) || /^https?:/.test(cluster) ? ("flink" as const) : ("kafka" as const),
  }));
  const taken = new Set(named.map(({ cluster }) => cluster));
  const only = (all: readonly string[]): string | undefined => {
    const free = all.filter((one) => !taken.has(one));
    return free.length === 1 ? free[0] : undefined;
  };
  const [kafka, flink] = [only(places.kafka), only(places.flink)];
  const byEcs = new Map([...places.services.keys()].map((name) => [name, name]));
  for (const [name, { ecs }] of places.services) if (ecs !== undefined) byEcs.set(ecs, name);
  const clusters = new Set(places.kafka);

  return (charge) => {
    const { service, resourceId, resourceName, resourceKind, category } = charge;
    const names = [resourceId, resourceName, service].filter((one) => one !== undefined);
    for (const { cluster, matches, kind } of named) {
      const name = names.find(matches);
      if (name !== undefined)
        return { to: "pool", kind, cluster, why: `allocation.clusters names ${JSON.stringify(name)}` };
    }
    const cluster = [resourceId, resourceName]
      .map((one) => clusterOf(one, clusters, places))
      .find((one) => one !== undefined);
    if (cluster) return { to: "pool", ...cluster, why: "the charge names it" };
    if (category === "Tax") return { to: "shared", why: "tax" };
    const own = serviceOf(charge, byEcs);
    if (own !== undefined) return { to: "service", service: own, why: "the charge names it" };
    const owner = owners.charge(charge);
    if (owner) return { to: "tenant", ...owner };
    const what = `${service ?? ""} ${resourceKind ?? ""}`;
    if (IS_FLINK.test(what) && flink !== undefined)
      return { to: "pool", kind: "flink", cluster: flink, why: "the only Flink cluster" };
    if (IS_KAFKA.test(what) && kafka !== undefined)
      return { to: "pool", kind: "kafka", cluster: kafka, why: "the only Kafka cluster" };
    if (IS_TASKS.test(what) && places.services.size > 0)
      return { to: "pool", kind: "services", cluster: SERVICES, why: "tasks of the services" };
    if (names.length === 0) return { to: "shared", why: `${category ?? "a charge"} on no service` };
    return IS_SHARED.test(service ?? "") ? { to: "shared", why: service ?? "" } : { to: "nobody" };
  };
}

const MSK_ARN = /^arn:aws[a-z-]*:kafka:[^:]*:[^:]*:cluster\/([^/]+)\//;

/** The cluster that a resource is, or is part of. */
export function clusterOf(
  resource: string | undefined,
  kafka: ReadonlySet<string>,
  { arns, flink }: Pick<Places, "arns" | "flink">,
): { readonly kind: PoolKind; readonly cluster: string } | undefined {
  if (resource === undefined) return undefined;
  const name = arns?.get(resource) ?? MSK_ARN.exec(resource)?.[1] ?? resource;
  if (kafka.has(name)) return { kind: "kafka", cluster: name };
  const url = flink.find((one) => resource === one || resource.startsWith(`${one}/`));
  return url === undefined ? undefined : { kind: "flink", cluster: url };
}

/** The service whose own resource a charge is for. */
function serviceOf({ resourceId, resourceName }: Charge, byEcs: ReadonlyMap<string, string>): string | undefined {
  const ofArn = resourceId === undefined ? undefined : SERVICE_ARN.exec(resourceId)?.[1];
  for (const name of [ofArn, resourceName, resourceId]) {
    const found = name === undefined ? undefined : byEcs.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
