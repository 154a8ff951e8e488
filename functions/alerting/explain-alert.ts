import { labelSetText } from "../../shared/core/alerting/fingerprint.ts";
import type { FlushInput } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import type { AlertRow } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { formatDuration, iso } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { AlertExplanationView, AlertGroupView, CommentView, RoutedAlertView } from "../api/views-alerting.ts";
import type { NotificationView } from "../api/views-notifications.ts";
import { historyView } from "./history.ts";
import { type LiveGroup, liveOf } from "./live.ts";
import { routeSteps } from "./route-steps.ts";
import { alertView, groupView, type Shown, shownOf } from "./views-live.ts";

const MOST_NOTIFICATIONS = 50;
const MOST_COMMENTS = 100;
/** Decisions that are looked through for an alert that is over. */
const MOST_PAST = 500;

const when = (at: number): string => iso(at).replace(/\.\d{3}Z$/, "Z");

/**
 * An alert by its fingerprint, or by the beginning of it where no other begins so.
 *
 * @throws HeadgateError `alert.unknown`
 */
export function alertOf({ rows }: Shown, id: string): AlertRow | undefined {
  const exact = rows.get(id);
  if (exact) return exact;
  const found = /^[0-9a-f]{4,16}$/.test(id)
    ? [...rows.values()].filter(({ fingerprint }) => fingerprint.startsWith(id))
    : [];
  return found.length === 1 ? found[0] : undefined;
}

/** An alert that is over and gone, from the last decision that shows it. */
async function pastAlert(runtime: Runtime, tenant: string, id: string): Promise<RoutedAlertView | undefined> {
  const { items } = await runtime.journal.list({ tenant, noun: alertGroup.noun, acted: true, limit: MOST_PAST });
  for (const record of items) {
    const found = (record.input as Partial<FlushInput>).sample?.find(({ fingerprint }) => fingerprint === id);
    if (!found) continue;
    const { fingerprint, labels, startsAt } = found;
    const receiver = (record.config as unknown as { readonly identity: { readonly receiver: string } }).identity
      .receiver;
    return {
      fingerprint,
      labels,
      annotations: {},
      startsAt,
      endsAt: record.at,
      updatedAt: record.at,
      timeout: false,
      state: "resolved",
      groups: [{ id: record.subject, receiver }],
    };
  }
  return undefined;
}

/** What people said about groups, newest first. */
async function commentsOf(
  runtime: Runtime,
  tenant: string,
  groups: readonly string[],
): Promise<readonly CommentView[]> {
  const pages = await Promise.all(
    groups.flatMap((subject) =>
      ["acknowledged", "unacknowledged", "commented"].map((reason) =>
        runtime.journal.list({ tenant, noun: alertGroup.noun, subject, reason, limit: MOST_COMMENTS }),
      ),
    ),
  );
  return pages
    .flatMap(({ items }) => items)
    .map(({ at, reason, input }) => {
      const { by = "", comment = "" } = input as { readonly by?: string; readonly comment?: string };
      const text = reason === "commented" ? comment : comment === "" ? reason : `${reason}: ${comment}`;
      return { by, at, text };
    })
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_COMMENTS);
}

/**
 * GET /api/v1/alerting/alerts/{id}: everything that mattered for one alert.
 *
 * @throws HeadgateError `alert.unknown`, `alerting.off`
 */
export async function alertExplanation(runtime: Runtime, tenant: string, id: string): Promise<AlertExplanationView> {
  const live = await liveOf(runtime, tenant);
  const shown = shownOf(live);
  const row = alertOf(shown, id);
  const alert = row ? alertView(shown, row) : await pastAlert(runtime, tenant, id);
  if (!alert)
    throw new HeadgateError("alert.unknown", `no alert ${id.slice(0, 40)}: neither now nor among the last decisions`);
  const found = row ? (shown.groupsOf.get(row.fingerprint) ?? []) : [];
  const groups = found.map((group: LiveGroup) => groupView(shown, group));
  const ids = alert.groups.map((group) => group.id);
  const [comments, ...past] = await Promise.all([
    commentsOf(runtime, tenant, ids),
    ...ids.map((group) => historyView(runtime, tenant, { group, limit: MOST_NOTIFICATIONS })),
  ]);
  const notifications = past
    .flatMap(({ items }) => items)
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_NOTIFICATIONS);
  const routes = routeSteps(live.alerting.root, alert.labels);
  return {
    clock: clockOf(runtime),
    alert,
    explanation: [
      headline(alert, groups, notifications, live.now),
      ...routes
        .filter(({ result }) => result === "chosen")
        .map(({ receiver, key, why }) => `route ${key} → ${receiver}: ${why}`),
      ...suppressionLines(alert),
      ...groups.flatMap((group) => groupLines(group, live.now)),
    ],
    routes,
    groups,
    comments,
    notifications,
  };
}

function headline(
  alert: RoutedAlertView,
  groups: readonly AlertGroupView[],
  past: readonly NotificationView[],
  now: number,
): string {
  const name = labelSetText(alert.labels);
  const told = past.find(
    ({ outcome, alerts }) => outcome === "done" && alerts.some(({ fingerprint }) => fingerprint === alert.fingerprint),
  );
  const last = told
    ? `last told to ${told.receiver} (${told.integration}) ${formatDuration(Math.max(0, now - told.at))} ago`
    : "not told of yet";
  if (alert.state === "suppressed") return `${name} fires and is held back; ${last}`;
  if (alert.state === "resolved") return `${name} is resolved; ${last}`;
  const next = groups.map(({ nextFlushAt }) => nextFlushAt).filter((at) => at !== undefined);
  const ahead = next.length > 0 ? `, next flush at ${when(Math.min(...next))}` : "";
  return `${name} fires since ${when(alert.startsAt)}${alert.acknowledged ? `, acknowledged by ${alert.acknowledged.by}` : ""}; ${last}${ahead}`;
}

function suppressionLines({ suppressedBy }: RoutedAlertView): readonly string[] {
  if (!suppressedBy) return [];
  return [
    ...suppressedBy.inhibitedBy.map(
      ({ fingerprint, labels }) => `inhibited by ${labels ? labelSetText(labels) : fingerprint}`,
    ),
    ...(suppressedBy.mutedBy.length > 0 ? [`kept quiet by interval ${suppressedBy.mutedBy.join(", ")}`] : []),
    ...suppressedBy.silencedBy.map(
      ({ id, createdBy, comment, endsAt }) =>
        `silenced by ${createdBy || "somebody"} until ${when(endsAt)}${comment === "" ? "" : ` (${comment})`}: ${id}`,
    ),
  ];
}

function groupLines(group: AlertGroupView, now: number): readonly string[] {
  const { groupWaitMs, groupIntervalMs, repeatIntervalMs } = group.timing;
  const times = `group_wait ${formatDuration(groupWaitMs)}, group_interval ${formatDuration(groupIntervalMs)}, repeat_interval ${formatDuration(repeatIntervalMs)}`;
  const next = group.nextFlushAt === undefined ? "no flush is due" : `next flush at ${when(group.nextFlushAt)}`;
  return [
    `group ${group.groupKey} for ${group.receiver}: ${group.counts.firing} firing, ${group.counts.suppressed} held back, ${group.counts.resolved} resolved; ${next} (${times})`,
    ...group.integrations.map((one) => {
      if (!one.sendable) return `${one.id}: read and checked, but Headgate does not send ${one.type}`;
      if (one.lastAt === undefined) return `${one.id}: told nothing yet`;
      const repeat =
        one.repeatAt !== undefined && one.repeatAt > now ? `; without news told again from ${when(one.repeatAt)}` : "";
      return `${one.id}: told ${when(one.lastAt)} (${one.lastReason}) of ${one.lastFiring} firing and ${one.lastResolved} resolved${repeat}`;
    }),
    ...(group.acknowledged
      ? [`acknowledged by ${group.acknowledged.by} at ${when(group.acknowledged.at)}: repeats are held back`]
      : []),
    ...(group.escalation && !group.escalation.done
      ? [`${group.escalation.to} is told at ${when(group.escalation.at)} unless somebody acknowledges`]
      : []),
  ];
}
