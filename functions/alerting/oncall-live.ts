import type { GroupConfig, GroupState } from "../../shared/core/alerting/group-types.ts";
import { nextPageAt } from "../../shared/core/alerting/oncall/paging.ts";
import type { AlertGroupView, IntegrationView } from "../api/views-alerting.ts";
import type { Alerting } from "./context.ts";

/** Which level of the people on call is told next of a group, or was told last; undefined: none of them is told of it. */
export function pageAhead({ paging: config }: GroupConfig, { paging, ack }: GroupState): AlertGroupView["escalation"] {
  if (!config || !paging) return undefined;
  const { escalation, afterMs } = config;
  const to = (step: number): string => `level ${(step % afterMs.length) + 1} of ${escalation}`;
  const next = ack ? undefined : nextPageAt(config, paging);
  if (next !== undefined) return { to: to(paging.step + 1), at: next, done: false };
  return { to: to(paging.step), at: paging.at, done: true };
}

/** People on call who were told of a group, and of what: each by receiver and integration. */
export function pagedIntegrations(
  { receivers }: Alerting,
  { paging, repeatIntervalMs }: GroupConfig,
  { log }: GroupState,
): readonly IntegrationView[] {
  if (!paging) return [];
  return Object.entries(log).flatMap(([key, entry]) => {
    const slash = key.lastIndexOf("/");
    const found = receivers.get(key.slice(0, slash))?.integrations.find(({ id }) => id === key.slice(slash + 1));
    if (slash < 0 || !found) return [];
    const { type, sendResolved, sendable } = found;
    return [
      {
        ...{ id: key, type, sendResolved, sendable },
        lastAt: entry.at,
        lastReason: entry.reason,
        lastFiring: entry.firing.count,
        lastResolved: entry.resolved.count,
        repeatAt: entry.at + repeatIntervalMs,
      },
    ];
  });
}
