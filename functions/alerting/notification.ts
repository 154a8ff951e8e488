import { resolvedAt } from "../../shared/core/alerting/merge.ts";
import { byAlert } from "../../shared/core/alerting/order.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import type { GroupIdentity, NotifyAction } from "../../shared/core/alerting/types.ts";
import type { Notification, NotifiedAlert } from "../../shared/core/ports/notify.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";
import type { GroupRows } from "./group-rows.ts";
import { linksOf } from "./links.ts";
import type { Look } from "./look.ts";
import { routeLabelsOf } from "./route-labels.ts";
import { membersOf } from "./set-members.ts";

/** Where a notification's alerts come from: what this flush has seen, or for one that another worker began the rows as they are now. */
export interface AlertsFrom {
  readonly look: Look | undefined;
  readonly rows: () => Promise<GroupRows>;
}

/** What was firing at the flush is told as firing, whatever has become of it since. */
async function alertsOf(runtime: Runtime, action: NotifyAction, from: AlertsFrom): Promise<readonly NotifiedAlert[]> {
  const { look } = from;
  if (look?.summary.input.at === action.flushAt)
    return look.summary.send.map(({ row, status }) => ({ ...row, status }));
  const [{ rows }, firing, resolved] = await Promise.all([
    from.rows(),
    membersOf(runtime, action.firing),
    membersOf(runtime, action.resolved),
  ]);
  const told = (some: readonly string[], status: NotifiedAlert["status"]): readonly NotifiedAlert[] =>
    some.flatMap((fingerprint) => {
      const row = rows.get(fingerprint);
      return row ? [{ ...row, status }] : [];
    });
  return [...told(firing, "firing"), ...told(resolved, "resolved")].sort(byAlert);
}

/** Every alert of the group, told of or not: what upstream renders a route's labels with. */
async function groupAlerts({ flushAt }: NotifyAction, from: AlertsFrom): Promise<readonly NotifiedAlert[]> {
  const { look } = from;
  const judged =
    look?.summary.input.at === flushAt
      ? look.summary.judged.map(({ row, status }): NotifiedAlert => ({ ...row, status }))
      : [...(await from.rows()).rows.values()].map(
          (row): NotifiedAlert => ({ ...row, status: resolvedAt(row, flushAt) ? "resolved" : "firing" }),
        );
  return judged.sort(byAlert);
}

/** An action with everything a receiver is told; a sentence where that is not possible any more. */
export async function notificationOf(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  group: { readonly subject: string; readonly identity: GroupIdentity; readonly route: CompiledRoute | undefined },
  action: NotifyAction,
  store: Notification["store"],
  from: AlertsFrom,
): Promise<Notification | string> {
  const receiver = alerting.receivers.get(action.receiver);
  const integration = receiver?.integrations.find(({ id }) => id === action.integration.id);
  if (!integration) return "it is not in the configuration any more";
  const all = await alertsOf(runtime, action, from);
  const alerts = integration.sendResolved ? all : all.filter(({ status }) => status === "firing");
  if (alerts.length === 0) return "none of its alerts is known any more";
  const externalUrl = alerting.config.publicUrl?.replace(/\/+$/, "") ?? "";
  const { identity, route } = group;
  const notification: Notification = {
    key: action.key,
    integration,
    receiver: action.receiver,
    groupKey: action.groupKey,
    reason: action.reason,
    alerts,
    groupLabels: identity.labels,
    routeLabels: {},
    flushAt: action.flushAt,
    deadline: action.deadline,
    externalUrl,
    ...(store ? { store } : {}),
  };
  const links = await linksOf(runtime, tenant, alerting, group.subject);
  const linked: Notification = links ? { ...notification, links } : notification;
  if (!route || Object.keys(route.labels).length === 0) return linked;
  const about = { ...linked, alerts: await groupAlerts(action, from) };
  return { ...linked, routeLabels: await routeLabelsOf(runtime, alerting, route, about) };
}
