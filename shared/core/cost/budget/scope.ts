import { patternIndex } from "../allocate/patterns.ts";
import type { BudgetConfig } from "../section.ts";
import type { Charge } from "../types.ts";

/** Whether a name matches one of some patterns with * and ?. */
export function matching(patterns: readonly string[]): (name: string) => boolean {
  const find = patternIndex(patterns.map((pattern) => [pattern, 0] as const));
  return (name) => find(name) !== undefined;
}

export type Scope = BudgetConfig["scope"];

/** Whether a charge lies in a scope: all of what is given must match. `tenantOf`: whose cost it is. */
export function inScope(
  { tenant, service, account, tag }: Scope,
  tenantOf: (charge: Charge) => string | undefined,
): (charge: Charge) => boolean {
  const isService = service === undefined ? undefined : matching(service);
  const isAccount = account === undefined ? undefined : matching(account);
  const tags = Object.entries(tag ?? {}).map(([key, value]) => [key, matching([value])] as const);
  return (charge) =>
    (!isService || (charge.service !== undefined && isService(charge.service))) &&
    (!isAccount || [charge.account, charge.subAccount].some((one) => one !== undefined && isAccount(one))) &&
    tags.every(
      ([key, is]) => charge.tags !== undefined && Object.hasOwn(charge.tags, key) && is(charge.tags[key] ?? ""),
    ) &&
    (tenant === undefined || tenantOf(charge) === tenant);
}

/**
 * Which of many scopes a charge lies in. A bill has few kinds of charges and many of each: every kind is looked up once, so a thousand budgets cost
 * hardly more than one.
 */
export function scopesOf(
  scopes: ReadonlyMap<string, Scope>,
  tenantOf: (charge: Charge) => string | undefined,
): (charge: Charge) => readonly string[] {
  const byTenant = new Map<string, string[]>();
  const others: (readonly [string, (charge: Charge) => boolean])[] = [];
  for (const [name, scope] of scopes) {
    const { tenant, ...rest } = scope;
    if (tenant !== undefined && Object.values(rest).every((one) => one === undefined))
      byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), name]);
    else others.push([name, inScope(scope, tenantOf)]);
  }
  const known = new Map<string, readonly string[]>();
  return (charge) => {
    const { service, account, subAccount, tags, resourceId, resourceName } = charge;
    const kind = JSON.stringify([
      service,
      account,
      subAccount,
      tags,
      ...(byTenant.size > 0 ? [resourceId, resourceName] : []),
    ]);
    const found = known.get(kind);
    if (found) return found;
    const tenant = byTenant.size > 0 ? tenantOf(charge) : undefined;
    const names = [
      ...(tenant === undefined ? [] : (byTenant.get(tenant) ?? [])),
      ...others.flatMap(([name, is]) => (is(charge) ? [name] : [])),
    ];
    if (known.size < MOST_KINDS) known.set(kind, names);
    return names;
  };
}

const MOST_KINDS = 100_000;
