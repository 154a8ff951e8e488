import { aclsFor, quotasFor, subjectsFor } from "../../shared/core/backup/restore/rules.ts";
import type { RestorePlan, RestoreRequest } from "../../shared/core/backup/restore/types.ts";
import { restoreSchemas, type SchemasRestored } from "./parts/restore-schemas.ts";
import type { RestoreContext } from "./restore-types.ts";

/** Access rules and quotas of the point; those that are there already are the same afterwards, and others stay. */
export async function restoreRules(context: RestoreContext, plan: RestorePlan, request: RestoreRequest) {
  const { kafka } = context.source.parts;
  const faults: string[] = [];
  const acls = aclsFor(request, kafka?.acls ?? [], plan.topics, plan.groups);
  const quotas = quotasFor(request, kafka?.quotas ?? []);
  const done = { acls: 0, quotas: 0 };
  if (acls.length > 0) {
    const added = await context.streams.addAcls(acls);
    if (added.status === "refused") faults.push(`access rules could not be set: ${added.why}`);
    else done.acls = acls.length;
  }
  if (quotas.length > 0) {
    const set = await context.streams.setQuotas(quotas);
    if (set.status === "refused") faults.push(`quotas could not be set: ${set.why}`);
    else done.quotas = quotas.length;
  }
  return { ...done, faults };
}

/** Schemas of what was restored. An id that is another one now is a fault: records still say the old one. Undefined: there is nothing to do. */
export async function restoreRegistry(context: RestoreContext, plan: RestorePlan, request: RestoreRequest) {
  const { schemas } = context.source.parts;
  const subjects = subjectsFor(request, plan.topics);
  if (!schemas || plan.schemas === 0 || !subjects) return undefined;
  if (!context.registry)
    return {
      faults: ["the point has schemas, and the cluster it is restored into has no registry in the configuration"],
    };
  const done: SchemasRestored = await restoreSchemas(context.registry, schemas, { subjects });
  return {
    done,
    faults: [
      ...done.failed.map(({ subject, version, why }) => `schema ${subject} version ${version}: ${why}`),
      ...done.moved.map(
        ({ subject, version, from, to }) =>
          `schema ${subject} version ${version} has the id ${to} now and had ${from}: records still say ${from}`,
      ),
      ...done.warnings,
    ],
  };
}
