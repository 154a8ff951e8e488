import { newest } from "../../shared/core/alerting/decide.ts";
import type { GroupState } from "../../shared/core/alerting/group-types.ts";
import { groupSubject } from "../../shared/core/alerting/machine.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import type { GroupIdentity } from "../../shared/core/alerting/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";
import { groupKeyIn } from "./open-group.ts";

const known = new WeakMap<Alerting, ReadonlyMap<string, readonly CompiledRoute[]>>();
const nameOf = ({ key, receiver }: Pick<CompiledRoute, "key" | "receiver">): string => `${key}\u0001${receiver}`;

function byName(alerting: Alerting): ReadonlyMap<string, readonly CompiledRoute[]> {
  const found = known.get(alerting);
  if (found) return found;
  const made = Map.groupBy(alerting.routes.values(), nameOf);
  known.set(alerting, made);
  return made;
}

/**
 * What groups of other routes with the same key and receiver have told before `tick`: upstream's log knows a group by both, so that
 * two such routes share one memory. What they tell at the very tick they tell side by side.
 */
export async function heardOf(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  { identity, log }: GroupState,
  tick: Millis | undefined,
): Promise<GroupState["log"]> {
  const route = alerting.routes.get(identity.routeId);
  const twins = route ? (byName(alerting).get(nameOf(route)) ?? []).filter(({ id }) => id !== route.id) : [];
  if (tick === undefined || twins.length === 0) return {};
  const logs = await Promise.all(twins.map(({ id }) => logOf(runtime, tenant, { ...identity, routeId: id })));
  const told = logs.map((one) => Object.fromEntries(Object.entries(one).filter(([, { at }]) => at < tick)));
  const all = told.reduce(newest, {});
  return Object.fromEntries(Object.entries(all).filter(([to, { at }]) => !(log[to] && log[to].at >= at)));
}

async function logOf(runtime: Runtime, tenant: string, identity: GroupIdentity): Promise<GroupState["log"]> {
  const stored = await runtime.store.load(groupKeyIn(tenant, groupSubject(identity)));
  const state = stored?.state as unknown as GroupState | undefined;
  return state?.identity.groupKey === identity.groupKey && state.identity.receiver === identity.receiver
    ? state.log
    : {};
}
