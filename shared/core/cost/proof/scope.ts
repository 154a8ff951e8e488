import { clusterOf } from "../allocate/assign.ts";
import { matching } from "../budget/scope.ts";
import type { Opportunity } from "../opportunity.ts";
import type { Charge } from "../types.ts";

/** Which charges a change touches: `exact` where the bill names them, `wide` where it only names what they are part of. */
export interface Touches {
  readonly exact: (charge: Charge) => boolean;
  readonly wide: (charge: Charge) => boolean;
}

const IS_STORAGE = /stor(age|ed)|\bGB-?Mo|byte-?h/i;
const IS_KAFKA = /\bmsk\b|kafka/i;
const ON_CLUSTER: ReadonlySet<Opportunity["kind"]> = new Set(["retention", "tiering", "over_partitioned"]);

/**
 * @param clusters patterns of service or resource id by cluster, as `allocation.clusters` has them
 * @param alone whether there is only one Kafka cluster: all charges of Kafka are its own
 * @param arns clusters by their ARN, where the configuration has it: charges that name a cluster are its own, however many there are
 */
export function touches(
  { kind, resource }: Pick<Opportunity, "kind" | "resource">,
  clusters: Readonly<Record<string, readonly string[]>>,
  alone: boolean,
  arns: ReadonlyMap<string, string> = new Map(),
): Touches {
  const isUsage = ({ category }: Charge): boolean => category === undefined || category === "Usage";
  if (ON_CLUSTER.has(kind)) {
    const patterns = resource.cluster === undefined ? undefined : clusters[resource.cluster];
    const named = patterns && matching(patterns);
    const own = new Set(resource.cluster === undefined ? [] : [resource.cluster]);
    const isCluster = (charge: Charge): boolean => {
      const { service = "", resourceKind = "", resourceId, resourceName } = charge;
      if (!isUsage(charge)) return false;
      if ([resourceId, resourceName].some((one) => clusterOf(one, own, { arns, flink: [] }) !== undefined)) return true;
      if (named) return [resourceId, resourceName, service].some((one) => one !== undefined && named(one));
      return alone && (IS_KAFKA.test(service) || IS_KAFKA.test(resourceKind));
    };
    const isStorage = ({ usageType = "", unit = "" }: Charge): boolean =>
      IS_STORAGE.test(usageType) || IS_STORAGE.test(unit);
    if (kind === "over_partitioned") return { exact: isCluster, wide: isCluster };
    return { exact: (charge) => isCluster(charge) && isStorage(charge), wide: isCluster };
  }
  const { id, name, service } = resource;
  const isIt = (text: string | undefined): boolean =>
    text !== undefined && (text === id || text === name || text.endsWith(`/${name}`) || text.endsWith(`:${name}`));
  return {
    exact: (charge) => isUsage(charge) && (isIt(charge.resourceId) || isIt(charge.resourceName)),
    wide: (charge) => isUsage(charge) && service !== undefined && charge.service === service,
  };
}
