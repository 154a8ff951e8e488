import type { StreamAcl, StreamQuota } from "../../kernel/streams.ts";
import type { GroupPlan, RestoreRequest, TopicPlan } from "./types.ts";

/** Whether a restore is of everything under its own names: then it takes the rules of the whole cluster too. */
export const isWhole = ({ topics, exclude, slices, rename, prefix, keys, time }: RestoreRequest): boolean =>
  (topics ?? []).every((one) => one === "*") &&
  (exclude ?? []).length === 0 &&
  (slices ?? []).length === 0 &&
  (rename ?? []).length === 0 &&
  (prefix ?? "") === "" &&
  keys === undefined &&
  time === undefined;

/** Access rules to set. Of a part of a point, or under other names: only those that name a topic or group of the restore, under its new name. */
export function aclsFor(
  request: RestoreRequest,
  acls: readonly StreamAcl[],
  topics: readonly TopicPlan[],
  groups: readonly GroupPlan[],
): readonly StreamAcl[] {
  if (request.acls === false) return [];
  if (request.acls === true || isWhole(request)) return acls;
  return acls.flatMap((acl) => {
    if (acl.patternType !== "LITERAL") return [];
    const list = acl.resourceType === "TOPIC" ? topics : acl.resourceType === "GROUP" ? groups : [];
    const one = list.find(({ source }) => source === acl.resourceName);
    return one ? [{ ...acl, resourceName: one.target }] : [];
  });
}

/** Quotas are of clients, not of topics: a part of a point takes them only where it says so. */
export const quotasFor = (request: RestoreRequest, quotas: readonly StreamQuota[]): readonly StreamQuota[] =>
  request.quotas === false || (request.quotas !== true && !isWhole(request)) ? [] : quotas;

/** Which subjects of a registry belong to a restore; undefined: none. Of a part of a point: those that are named after its topics. */
export function subjectsFor(
  request: RestoreRequest,
  topics: readonly TopicPlan[],
): ((subject: string) => boolean) | undefined {
  if (request.schemas === false) return undefined;
  if (request.schemas === true || isWhole(request)) return () => true;
  const names = new Set(topics.flatMap(({ source }) => [`${source}-key`, `${source}-value`]));
  return (subject) => names.has(subject);
}
