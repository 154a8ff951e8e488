import { byAlert, byLabels } from "../../shared/core/alerting/order.ts";
import { matchRoutes } from "../../shared/core/alerting/routes.ts";
import type { AlertRow, ReceiverSpec } from "../../shared/core/alerting/types.ts";
import { byBytes } from "../../shared/core/kernel/byte-order.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { filterOf, matchersOf, receiverTest } from "./am-filter.ts";
import { flag, type Query } from "./am-query.ts";
import { timeText } from "./am-time.ts";
import type { Live, LiveGroup, SuppressedNow } from "./live.ts";
import { routeLabelsOf } from "./route-labels.ts";

const sorted = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => byBytes(a, b)));

/** Labels of a receiver for `receiver_matchers`: the file's own and its name. */
export const receiverLabels = ({ name, labels }: ReceiverSpec): Labels => sorted({ name, ...labels });

/** An alert as API v2 shows it (`gettableAlert`), members in upstream's order. */
function shownAlert(
  row: AlertRow,
  { silencedBy, inhibitedBy }: SuppressedNow,
  receivers: readonly string[],
  mutedBy: readonly string[],
) {
  const suppressed = silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
  return {
    annotations: sorted(row.annotations),
    endsAt: timeText(row.endsAt),
    fingerprint: row.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: timeText(row.startsAt),
    status: { inhibitedBy, mutedBy, silencedBy, state: suppressed ? "suppressed" : "active" },
    updatedAt: timeText(row.updatedAt),
    ...(row.generatorUrl === "" ? {} : { generatorURL: row.generatorUrl }),
    labels: sorted(row.labels),
  };
}

/** Which alerts are wanted, by the flags and filters that both lists have. */
function wantedOf(live: Live, query: Query): (row: AlertRow) => SuppressedNow | undefined {
  const fits = filterOf(matchersOf(query, "filter"));
  const [active, silenced, inhibited] = [flag(query, "active"), flag(query, "silenced"), flag(query, "inhibited")];
  return (row) => {
    if (row.endsAt < live.now || !fits(row.labels)) return undefined;
    const found = live.suppressed(row.labels);
    const { silencedBy, inhibitedBy } = found;
    if (!active && silencedBy.length + inhibitedBy.length === 0) return undefined;
    if (!silenced && silencedBy.length > 0) return undefined;
    return !inhibited && inhibitedBy.length > 0 ? undefined : found;
  };
}

/** Which receivers are wanted, by name and by labels. */
function receiversWanted(live: Live, query: Query): (name: string) => boolean {
  const byName = receiverTest(query);
  const asked = matchersOf(query, "receiver_matchers", "failed to parse receiver_matchers param: ");
  const fits = filterOf(asked);
  return (name) => {
    if (byName && !byName(name)) return false;
    if (asked.length === 0) return true;
    const receiver = live.alerting.receivers.get(name);
    return receiver !== undefined && fits(receiverLabels(receiver));
  };
}

/** `GET /api/v2/alerts`: alerts that are not over, by fingerprint. @throws BadQuery */
export function listAlerts(live: Live, query: Query): readonly object[] {
  const wanted = wantedOf(live, query);
  // The name and the labels may be satisfied by two different receivers of an alert, as upstream asks for them one after the other.
  const byName = receiverTest(query);
  const asked = matchersOf(query, "receiver_matchers", "failed to parse receiver_matchers param: ");
  const fits = filterOf(asked);
  const rows = new Map<string, AlertRow>();
  for (const group of live.groups)
    for (const [fingerprint, row] of group.rows) {
      const known = rows.get(fingerprint);
      if (!known || known.updatedAt < row.updatedAt) rows.set(fingerprint, row);
    }
  const answers: object[] = [];
  for (const fingerprint of [...rows.keys()].sort()) {
    const row = rows.get(fingerprint) as AlertRow;
    const receivers = matchRoutes(live.alerting.root, row.labels).map(({ receiver }) => receiver);
    if (byName && !receivers.some(byName)) continue;
    const labelled = (name: string): boolean => {
      const receiver = live.alerting.receivers.get(name);
      return receiver !== undefined && fits(receiverLabels(receiver));
    };
    if (asked.length > 0 && !receivers.some(labelled)) continue;
    const found = wanted(row);
    if (found) answers.push(shownAlert(row, found, receivers, []));
  }
  return answers;
}

/** Go's order of label sets, then the receiver's name. */
const byGroup = (
  a: { readonly labels: Labels; readonly receiver: string },
  b: { readonly labels: Labels; readonly receiver: string },
): number => byLabels(a.labels, b.labels) || byBytes(a.receiver, b.receiver);

/** Labels of a group's route as they would be told with what the group holds now. */
const routeLabelsNow = (runtime: Runtime, { alerting, now }: Live, group: LiveGroup): Promise<Labels> =>
  routeLabelsOf(runtime, alerting, group.route, {
    receiver: group.route.receiver,
    groupLabels: group.labels,
    alerts: [...group.rows.values()].map((row) => ({ ...row, status: row.endsAt <= now ? "resolved" : "firing" })),
    externalUrl: alerting.config.publicUrl?.replace(/\/+$/, "") ?? "",
  });

/** `GET /api/v2/alerts/groups`. @throws BadQuery */
export async function listGroups(runtime: Runtime, live: Live, query: Query): Promise<readonly object[]> {
  const wanted = wantedOf(live, query);
  const receiverWanted = receiversWanted(live, query);
  const muted = flag(query, "muted");
  const receivers = new Map<string, string[]>();
  const found = live.groups.flatMap((group) => {
    const { receiver } = group.route;
    if (!receiverWanted(receiver)) return [];
    const alerts = [...group.rows.values()].flatMap((row) => {
      const suppressed = wanted(row);
      if (!suppressed) return [];
      receivers.set(row.fingerprint, [...(receivers.get(row.fingerprint) ?? []), receiver]);
      return [{ row, suppressed, labels: row.labels }];
    });
    return alerts.length === 0 ? [] : [{ group, labels: group.labels, receiver, alerts: alerts.sort(byAlert) }];
  });
  for (const names of receivers.values()) names.sort(byBytes);
  const shown = found.sort(byGroup).filter(({ group }) => muted || group.mutedBy.length === 0);
  const routeLabels = await Promise.all(shown.map(({ group }) => routeLabelsNow(runtime, live, group)));
  return shown.map(({ group, alerts, receiver }, index) => ({
    alerts: alerts.map(({ row, suppressed }) =>
      shownAlert(row, suppressed, receivers.get(row.fingerprint) ?? [], group.mutedBy),
    ),
    labels: sorted(group.labels),
    receiver: { name: receiver },
    routeLabels: sorted(routeLabels[index] ?? {}),
  }));
}
