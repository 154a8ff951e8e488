import type { StreamAcl, StreamQuota, StreamsResult } from "../core/kernel/streams.ts";

/** Access rules and quotas of a log in memory. */
export interface MemoryRules {
  acls(): readonly StreamAcl[];
  quotas(): readonly StreamQuota[];
  addAcls(acls: readonly StreamAcl[]): StreamsResult;
  setQuotas(quotas: readonly StreamQuota[]): StreamsResult;
}

const ALLOWED: Readonly<Record<"resourceType" | "patternType" | "operation" | "permission", readonly string[]>> = {
  resourceType: ["TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"],
  patternType: ["LITERAL", "PREFIXED"],
  operation: [
    "ALL",
    "READ",
    "WRITE",
    "CREATE",
    "DELETE",
    "ALTER",
    "DESCRIBE",
    "CLUSTER_ACTION",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
    "IDEMPOTENT_WRITE",
    "CREATE_TOKENS",
    "DESCRIBE_TOKENS",
    "TWO_PHASE_COMMIT",
  ],
  permission: ["ALLOW", "DENY"],
};
const FIELDS = ["resourceType", "patternType", "operation", "permission"] as const;
const RATES = ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];

const aclText = (acl: StreamAcl): string =>
  JSON.stringify([
    acl.resourceType,
    acl.resourceName,
    acl.patternType,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permission,
  ]);

function refusedAcl(acl: StreamAcl): string | undefined {
  for (const field of FIELDS)
    if (!ALLOWED[field].includes(acl[field])) return `${field} ${acl[field]} is none of an access rule`;
  if (acl.resourceName === "") return "the resource name is empty";
  if (!/^[^:]+:.+$/.test(acl.principal)) return `${acl.principal} is no principal (type:name)`;
  return undefined;
}

function refusedQuota({ entity, values }: StreamQuota): string | undefined {
  const kinds = Object.keys(entity);
  if (kinds.length === 0) return "a quota needs an entity";
  const ip = kinds.includes("ip");
  if (kinds.some((kind) => !["user", "client-id", "ip"].includes(kind)) || (ip && kinds.length > 1))
    return `${kinds.join(" and ")} is no entity of a quota`;
  for (const [name, value] of Object.entries(values)) {
    if (!(ip ? ["connection_creation_rate"] : RATES).includes(name))
      return `${name} is no quota of ${kinds.join(" and ")}`;
    if (!(value > 0)) return `${name} has to be more than 0`;
  }
  return undefined;
}

/** A rule that is there already is kept once. */
export function memoryRules(): MemoryRules & {
  load(acls: readonly StreamAcl[], quotas: readonly StreamQuota[]): void;
} {
  const acls = new Map<string, StreamAcl>();
  const quotas = new Map<string, StreamQuota>();
  const entityText = (quota: StreamQuota) => JSON.stringify(Object.entries(quota.entity).sort());
  const all = <T>(kept: ReadonlyMap<string, T>): readonly T[] =>
    [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => structuredClone(one));
  const addAcls = (given: readonly StreamAcl[]): StreamsResult => {
    for (const acl of given) {
      const why = refusedAcl(acl);
      if (why !== undefined) return { status: "refused", why };
    }
    for (const acl of given) acls.set(aclText(acl), structuredClone(acl));
    return { status: "done" };
  };
  const setQuotas = (given: readonly StreamQuota[]): StreamsResult => {
    for (const quota of given) {
      const why = refusedQuota(quota);
      if (why !== undefined) return { status: "refused", why };
    }
    for (const quota of given) {
      const key = entityText(quota);
      quotas.set(key, structuredClone({ ...quota, values: { ...quotas.get(key)?.values, ...quota.values } }));
    }
    return { status: "done" };
  };
  return {
    acls: () => all(acls),
    quotas: () => all(quotas),
    addAcls,
    setQuotas,
    load: (givenAcls, givenQuotas) => {
      acls.clear();
      quotas.clear();
      addAcls(givenAcls);
      setQuotas(givenQuotas);
    },
  };
}
