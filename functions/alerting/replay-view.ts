import { diffReplays } from "../../shared/core/alerting/diff.ts";
import { type AlertEvent, type ReplayedNotification, replayAlerts } from "../../shared/core/alerting/engine.ts";
import { readEvent } from "../../shared/core/alerting/replay-read.ts";
import { readWindows } from "../../shared/core/alerting/silence-windows.ts";
import type { AlertingConfig } from "../../shared/core/alerting/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { idTime } from "../../shared/core/kernel/id.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { DAY_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { readAlertmanagerText } from "../../shared/shell/config-alerting.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { formerConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { AlertEventsView, AlertReplayView, ReplayedNotificationView } from "../api/views-notifications.ts";
import { alertingIn, withOncall } from "./context.ts";
import type { KeptEvent } from "./events.ts";
import { EVENT_NOUN } from "./nouns.ts";

const PAGE = 200;
/** Events that one replay takes. */
const MOST_EVENTS = 100_000;
const MOST_SHOWN = 1_000;

interface Asked {
  readonly from?: Millis | undefined;
  readonly to?: Millis | undefined;
}

/** Kept events between two instants, oldest first, a page at a time. Their subjects sort by time. */
async function* kept(
  runtime: Runtime,
  tenant: string,
  { from = 0, to = Number.POSITIVE_INFINITY }: Asked,
  cursor?: string,
) {
  let next = cursor;
  do {
    const page = await runtime.store.list(tenant, EVENT_NOUN, {
      limit: PAGE,
      ...(next === undefined ? {} : { cursor: next }),
    });
    next = page.cursor;
    const items = page.items.flatMap(({ key, state }) => {
      const event = state as unknown as { readonly at: Millis };
      return event.at >= from && event.at < to ? [{ id: key.subject, event }] : [];
    });
    const over = page.items.some(({ key }) => (idTime(key.subject) ?? 0) >= to);
    yield { items, ...(next === undefined || over ? {} : { cursor: next }) };
    if (over) return;
  } while (next !== undefined);
}

/** GET /api/v1/alerting/events: what was accepted, as replay reads it. */
export async function eventsView(
  runtime: Runtime,
  tenant: string,
  asked: Asked & { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): Promise<AlertEventsView> {
  await alertingIn(runtime, tenant);
  const limit = asked.limit ?? PAGE;
  const items: unknown[] = [];
  for await (const page of kept(runtime, tenant, asked, asked.cursor)) {
    items.push(...page.items.map(({ event }) => event));
    if (page.cursor !== undefined && items.length >= limit)
      return { clock: clockOf(runtime), items, cursor: page.cursor };
  }
  return { clock: clockOf(runtime), items };
}

const shown = ({
  at,
  receiver,
  integration,
  groupKey,
  reason,
  status,
  alerts,
}: ReplayedNotification): ReplayedNotificationView => ({
  ...{ at, receiver, integration, groupKey, reason, status },
  alerts: alerts.length,
});

const counted = (all: readonly ReplayedNotification[]) => {
  const byReceiver: Record<string, number> = {};
  for (const { receiver } of all) byReceiver[receiver] = (byReceiver[receiver] ?? 0) + 1;
  return { notifications: all.length, byReceiver };
};

/** Events as they came, with the configurations that groups were formed anew by where those are still there. */
async function history(runtime: Runtime, tenant: string, { from, to }: { readonly from: Millis; readonly to: Millis }) {
  const { config } = await alertingIn(runtime, tenant);
  const named = async (version: string | undefined): Promise<AlertingConfig | undefined> => {
    const former = version === undefined ? undefined : await formerConfig(runtime, tenant, version);
    return former && withOncall(former);
  };
  const events: AlertEvent[] = [];
  let first: AlertingConfig | undefined;
  // From the beginning: what was in force at `from` is said by the last change before it, or by the first one after.
  for await (const { items } of kept(runtime, tenant, { to })) {
    for (const { event } of items) {
      if (isConfig(event)) {
        const next = await named(event.config);
        if (event.at < from) first = next;
        else {
          if (!events.some((one) => "config" in one)) first ??= await named(event.was);
          if (next) events.push({ at: event.at, config: next });
        }
        continue;
      }
      if (event.at < from) continue;
      const one = readEvent(event as unknown as Json, { readWindows });
      if (one.ok) events.push(one.event);
    }
    if (events.length > MOST_EVENTS)
      throw new HeadgateError(
        "input.too_large",
        `more than ${MOST_EVENTS} events between from and to; ask for a shorter time`,
      );
  }
  return { first: first ?? config, events };
}

const isConfig = (event: object): event is Extract<KeptEvent, { readonly config: string }> => "config" in event;

/**
 * POST /api/v1/alerting/replay: what a candidate alertmanager.yml would have sent of what was received, beside what was in force then.
 * Where groups were formed anew by another configuration, the candidate forms them anew as well.
 *
 * @throws HeadgateError `config.invalid` with every fault of the candidate, `alerting.off`, `input.too_large` for too many events
 */
export async function replayView(
  runtime: Runtime,
  tenant: string,
  asked: Asked & { readonly text: string; readonly files?: Readonly<Record<string, string>> | undefined },
): Promise<AlertReplayView> {
  const { config } = await alertingIn(runtime, tenant);
  const read = readAlertmanagerText(asked.text, "alertmanager.yml", givenFiles(asked.files ?? {}));
  if (!read.ok) throw new HeadgateError("config.invalid", "the candidate is not valid", { faults: read.faults });
  const to = asked.to ?? Math.floor(runtime.now());
  const from = asked.from ?? to - DAY_MS;
  const { first, events } = await history(runtime, tenant, { from, to });
  const began = performance.now();
  const options = { from, until: to };
  const candidate: AlertingConfig = { ...config, settings: read.settings };
  const before = replayAlerts(first, events, options).notifications;
  const others = events.map((event) => ("config" in event ? { at: event.at, config: candidate } : event));
  const after = replayAlerts(candidate, others, options).notifications;
  const difference = diffReplays(after, before);
  const moved = difference.moved.map(({ notification }) => notification);
  return {
    clock: clockOf(runtime),
    from,
    to,
    events: events.length,
    same: difference.onlyConfig.length + difference.onlyAgainst.length + moved.length === 0,
    before: counted(before),
    after: counted(after),
    missing: difference.onlyAgainst.slice(0, MOST_SHOWN).map(shown),
    added: difference.onlyConfig.slice(0, MOST_SHOWN).map(shown),
    moved: difference.moved
      .slice(0, MOST_SHOWN)
      .map(({ notification, againstAt }) => ({ ...shown(notification), before: againstAt })),
    elapsedMs: Math.round(performance.now() - began),
  };
}
