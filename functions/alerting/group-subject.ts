import { groupSubject } from "../../shared/core/alerting/machine.ts";
import { type CompiledRoute, groupIdentityOf } from "../../shared/core/alerting/routes.ts";
import type { AlertRow, GroupIdentity } from "../../shared/core/alerting/types.ts";

/** A group an alert belongs to: its subject in the store, and who it is to receivers. */
export interface FoundGroup {
  readonly subject: string;
  readonly identity: GroupIdentity;
}

/** Groups of a route that were met lately: the same alerts come again each minute, and hashing them is most of their cost. */
const met = new WeakMap<CompiledRoute, Map<string, FoundGroup>>();
const MOST = 20_000;

/** Equal for alerts of one group only, whatever characters their labels have. */
const nameOf = ({ groupByAll, groupBy }: CompiledRoute, { fingerprint, labels }: AlertRow): string =>
  groupByAll ? fingerprint : JSON.stringify(groupBy.map((name) => (Object.hasOwn(labels, name) ? labels[name] : null)));

/** The group of an alert in a route it matches. */
export function groupOf(route: CompiledRoute, row: AlertRow): FoundGroup {
  let known = met.get(route);
  if (!known || known.size > MOST) met.set(route, (known = new Map()));
  const name = nameOf(route, row);
  const found = known.get(name);
  if (found) return found;
  const identity = groupIdentityOf(route, row.labels);
  const made = { subject: groupSubject(identity), identity };
  known.set(name, made);
  return made;
}
