import type { FlushInput } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import type { GroupIdentity, NotifyAction } from "../../shared/core/alerting/types.ts";
import { csvRow } from "../../shared/core/kernel/csv.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { iso, type Millis } from "../../shared/core/kernel/time.ts";
import type { DecisionQuery } from "../../shared/core/ports/journal.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { DeliveryView, NotificationsView, NotificationView } from "../api/views-notifications.ts";
import { labelFilter } from "./views-live.ts";

/** What is asked of the history. */
export interface HistoryAsked {
  readonly receiver?: string | undefined;
  readonly filter?: string | undefined;
  readonly q?: string | undefined;
  readonly group?: string | undefined;
  readonly outcome?: "done" | "failed" | "pending" | undefined;
  readonly from?: Millis | undefined;
  readonly to?: Millis | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  /** Of an alert. */
  readonly fingerprint?: string | undefined;
}

const DEFAULT_LIMIT = 50;
const PAGE = 200;
/** Decisions that one request looks through; who looks for something rarer asks again with the cursor. */
const MOST_READ = 4_000;

const isNotify = (action: { readonly type: string }): action is NotifyAction => action.type === "notify";

/** The notifications of one decision; none where it is about something else. */
export function notificationsOf(record: DecisionRecord): readonly NotificationView[] {
  const input = record.input as Partial<FlushInput>;
  const { identity } = record.config as unknown as { readonly identity?: GroupIdentity };
  return record.actions.filter(isNotify).map((action) => {
    const { key, receiver, integration, reason, groupKey, firing, resolved, flushAt } = action;
    const deliveries = record.outcomes.flatMap(({ results = [] }) =>
      results
        .filter((result) => result.key === key)
        .map(({ at, status, detail }): DeliveryView => ({ at, status, detail })),
    );
    return {
      id: key,
      decision: record.id,
      at: flushAt,
      receiver,
      integration: integration.id,
      group: record.subject,
      groupKey,
      groupLabels: identity?.labels ?? {},
      reason,
      status: firing.count > 0 ? "firing" : "resolved",
      firing: firing.count,
      resolved: resolved.count,
      alerts: (input.sample ?? [])
        .filter(({ suppressed }) => suppressed === undefined)
        .map(({ fingerprint, labels, status }) => ({ fingerprint, labels, status })),
      outcome: deliveries.at(-1)?.status ?? "pending",
      deliveries,
    };
  });
}

/** Whether a notification is one that is asked for. @throws HeadgateError `input.invalid` for a filter that is none */
function wantedOf({ receiver, filter, q, outcome, fingerprint }: HistoryAsked): (one: NotificationView) => boolean {
  const fits = labelFilter(filter);
  const text = q?.toLowerCase();
  const told = (one: NotificationView): string =>
    [
      ...[one.receiver, one.integration, one.groupKey, one.reason],
      ...one.alerts.flatMap(({ labels }) => Object.values(labels)),
      ...one.deliveries.map(({ detail }) => detail),
    ]
      .join("\n")
      .toLowerCase();
  return (one) =>
    (receiver === undefined || one.receiver === receiver) &&
    (filter === undefined || [...one.alerts, { labels: one.groupLabels }].some(({ labels }) => fits(labels))) &&
    (outcome === undefined || one.outcome === outcome) &&
    (fingerprint === undefined || one.alerts.some((alert) => alert.fingerprint === fingerprint)) &&
    (text === undefined || told(one).includes(text));
}

const queryOf = (tenant: string, { group, from, to }: HistoryAsked): DecisionQuery => ({
  tenant,
  noun: alertGroup.noun,
  acted: true,
  ...(group === undefined ? {} : { subject: group }),
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});

/** Notifications that are asked for, newest first, in portions as the journal has them. */
export async function* notifications(
  runtime: Runtime,
  tenant: string,
  asked: HistoryAsked,
): AsyncGenerator<{ readonly items: readonly NotificationView[]; readonly read: number; readonly cursor?: string }> {
  const wanted = wantedOf(asked);
  let cursor = asked.cursor;
  do {
    const page = await runtime.journal.list({
      ...queryOf(tenant, asked),
      limit: Math.min(PAGE, asked.limit ?? PAGE),
      ...(cursor === undefined ? {} : { cursor }),
    });
    cursor = page.cursor;
    const items = page.items.flatMap(notificationsOf).filter(wanted);
    yield { items, read: page.items.length, ...(cursor === undefined ? {} : { cursor }) };
  } while (cursor !== undefined);
}

/**
 * GET /api/v1/alerting/history. `limit` counts notifications; what one flush told several integrations stays together.
 *
 * @throws HeadgateError `input.invalid`, `journal.unavailable`
 */
export async function historyView(runtime: Runtime, tenant: string, asked: HistoryAsked): Promise<NotificationsView> {
  const limit = asked.limit ?? DEFAULT_LIMIT;
  const items: NotificationView[] = [];
  let read = 0;
  for await (const portion of notifications(runtime, tenant, { ...asked, limit })) {
    items.push(...portion.items);
    read += portion.read;
    if (portion.cursor !== undefined && (items.length >= limit || read >= MOST_READ))
      return { clock: clockOf(runtime), items, cursor: portion.cursor };
  }
  return { clock: clockOf(runtime), items };
}

const HEAD = [
  "at",
  "receiver",
  "integration",
  "reason",
  "status",
  "firing",
  "resolved",
  "outcome",
  "answer",
  "group",
  "groupKey",
  "alerts",
  "decision",
];

const row = (one: NotificationView): readonly string[] => [
  iso(one.at),
  ...[one.receiver, one.integration, one.reason, one.status, `${one.firing}`, `${one.resolved}`, one.outcome],
  ...[one.deliveries.at(-1)?.detail ?? "", one.group, one.groupKey],
  JSON.stringify(one.alerts.map(({ labels }) => labels)),
  one.decision,
];

/** The whole history as lines, a portion at a time: JSON objects, or CSV with a heading. */
export async function* historyLines(
  runtime: Runtime,
  tenant: string,
  asked: HistoryAsked,
  format: "ndjson" | "csv",
): AsyncGenerator<string> {
  if (format === "csv") yield `${csvRow(HEAD)}\n`;
  for await (const { items } of notifications(runtime, tenant, asked)) {
    const lines = items.map((one) => (format === "csv" ? csvRow(row(one)) : JSON.stringify(one)));
    if (lines.length > 0) yield `${lines.join("\n")}\n`;
  }
}
